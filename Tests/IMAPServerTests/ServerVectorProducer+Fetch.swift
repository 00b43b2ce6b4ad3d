import IMAPCodec
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import IMAPText
import IMAPTypes

@testable import IMAPExtensions
@testable import IMAPServer

/// FETCH responses.
extension ServerVectorProducer {
    mutating func fetch(_ number: UInt32, _ name: String, _ pairs: [WireNode]) throws {
        let names = try stride(from: 0, to: pairs.count, by: 2).map { try pairs[$0].text() }
        let values = try stride(from: 0, to: pairs.count, by: 2).map { try pairs.at($0 + 1) }
        var record = MessageRecord(uid: try require(UID(number), "UID"))
        var (isRecent, envelope, structure): (Bool, Envelope?, BodyStructure?) = (false, nil, nil)
        for (name, value) in zip(names, values) {
            switch name {
            case "FLAGS":
                let flags = try value.list()
                isRecent = flags.contains(.word(octets("\\Recent")))
                record.flags = try flags.filter { $0 != .word(octets("\\Recent")) }.map { try $0.flag() }
            case "UID": record.uid = try value.uid()
            case "INTERNALDATE": record.internalDate = try value.date()
            case "RFC822.SIZE": record.size = try value.number()
            case "MODSEQ": record.modSequence = try value.list().only().modSequence()
            case "EMAILID": record.emailID = try objectID(value)
            case "THREADID": record.threadID = value.isNil ? nil : try objectID(value)
            case "ENVELOPE": envelope = try value.envelope()
            case "BODY", "BODYSTRUCTURE": structure = try require(BodyStructure([try value.singlePart()]), name)
            default: break
            }
        }
        let message = FetchedMessage(record: record, isRecent: isRecent, envelope: envelope, structure: structure)
        var forms = MessageForms()
        if name == "UIDFETCH" { forms.fetch = "UIDFETCH" }
        context.beginFetch(try require(SequenceNumber(number), "number"), record.uid, forms)
        for (index, item) in try items(names).enumerated() {
            if index > 0 { context.connection.writer.space() }
            item.write(message, to: &context.connection.writer)
            guard item is any StreamedFetchItem else { continue }
            context.connection.writer.space()
            if let octets = try values[index].nstring() {
                context.connection.writer.literalHeader(UInt64(octets.count))
                context.connection.writer.literalOctets(octets)
            } else {
                context.connection.writer.null()
            }
        }
        context.connection.writer.closeList()
        context.connection.writer.lineEnd()
    }

    /// The items that a client asks for to be answered with these.
    private func items(_ names: [String]) throws -> [any FetchItem] {
        let asked = names.map { $0.hasSuffix(">") ? String($0.dropLast()) + ".1>" : $0 }
        var framer = Framer(limits: tables.configuration.limits.afterLogin)
        var input = InputBuffer(octets("a FETCH 1 (\(asked.joined(separator: " ")))\r\n"))
        guard case .command(let frame) = framer.next(&input) else { throw WireError("no command: \(names)") }
        var arguments = ArgumentReader(
            frame, head: frame.head, nesting: tables.configuration.limits.nestingAfterLogin)
        let command = try FetchCommand(&arguments, Grammar(tables.grammar, numbering: .sequenceNumbers))
        let items = command.items.compactMap { $0 as? any FetchItem }
        guard items.count == names.count else { throw WireError("items \(names)") }
        return items
    }
}
