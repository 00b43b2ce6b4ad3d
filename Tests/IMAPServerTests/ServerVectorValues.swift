import IMAPCodec
import IMAPHost
import IMAPTypes

@testable import IMAPServer

/// The value, or an error that says what it is none of.
func require<Value>(_ value: Value?, _ name: String) throws -> Value {
    guard let value else { throw WireError("not of the library's type: \(name)") }
    return value
}

func keyword(_ text: String) throws -> Keyword {
    let octets = octets(text)
    return try require(Keyword(octets.span), text)
}

extension [WireNode] {
    func at(_ index: Int) throws -> WireNode {
        guard index < count else { throw WireError("too short") }
        return self[index]
    }

    func only() throws -> WireNode {
        guard count == 1 else { throw WireError("\(count) values") }
        return self[0]
    }
}

/// The library's values of what was read.
extension WireNode {
    var isNil: Bool { self == .word(octets("NIL")) }

    func value() throws -> [UInt8] {
        switch self {
        case .word(let octets), .string(let octets): octets
        case .list: throw WireError("a list")
        }
    }

    func text() throws -> String { String(decoding: try value(), as: UTF8.self) }

    func nstring() throws -> [UInt8]? { isNil ? nil : try value() }

    func list() throws -> [WireNode] {
        guard case .list(let nodes) = self else { throw WireError("no list") }
        return nodes
    }

    func number() throws -> UInt64 { try require(UInt64(try text()), "number") }

    func number32() throws -> UInt32 { try require(UInt32(try text()), "number of 32 bits") }

    func uid() throws -> UID { try require(UID(try number32()), "UID") }

    func modSequence() throws -> ModSequence { try require(ModSequence(try number()), "mod-sequence") }

    func flag() throws -> Flag { try require(Flag(try value()), "flag") }

    func capability() throws -> Capability { try require(Capability(try value()), "capability") }

    func mailbox() throws -> MailboxName { try require(MailboxWireForm.decode(try value()), "mailbox") }

    func set<Number: MessageNumber>() throws -> NumberSet<Number> {
        let runs = try require(WireNode.written(try value()), "set")
        return NumberSet(
            bounds: try runs.map { run in
                (lower: try require(Number(run.lowerBound), "0"), upper: try require(Number(run.upperBound), "0"))
            })
    }

    /// A set in the order it is written, as SORT's are.
    func orderedMessages() throws -> OrderedMessages {
        let runs = try require(WireNode.written(try value()), "set")
        let list = runs.flatMap { Array($0) }
        let isAscending = zip(list, list.dropFirst()).allSatisfy { $0 < $1 }
        return isAscending ? OrderedMessages(UIDSet(list.compactMap { UID($0) })) : OrderedMessages(sorted: list)
    }

    func namespaces() throws -> [Namespace] {
        guard !isNil else { return [] }
        return try list().map { node in
            let members = try node.list()
            guard members.count == 2 || members.count == 4 else { throw WireError("namespace of \(members.count)") }
            let separator = try members[1].nstring()
            var namespace = Namespace(
                prefix: try members[0].text(), separator: try separator.map { try require($0.first, "") })
            if members.count == 4 { namespace.translations["de"] = try members[3].list().only().mailbox().description }
            return namespace
        }
    }

    /// `dd-Mon-yyyy hh:mm:ss +zzzz`
    func date() throws -> InternalDate {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = try text().split { " -:+".contains($0) }.map { String($0) }
        let month = try require(months.firstIndex(of: try require(parts.dropFirst().first, "date")), "month")
        let numbers = parts.compactMap { Int($0) }
        guard numbers.count == 6 else { throw WireError("date") }
        let zone = numbers[5] / 100 * 60 + numbers[5] % 100
        let isWest = try text().split(separator: " ").last?.hasPrefix("-") ?? false
        return try require(
            InternalDate(
                year: numbers[1], month: month + 1, day: numbers[0], hour: numbers[2], minute: numbers[3],
                second: numbers[4], zoneMinutes: isWest ? -zone : zone), "date")
    }

    func envelope() throws -> Envelope {
        let members = try list()
        guard members.count == 10 else { throw WireError("envelope of \(members.count)") }
        return Envelope(
            date: try members[0].nstring(), subject: try members[1].nstring(), from: try members[2].addresses(),
            sender: try members[3].addresses(), replyTo: try members[4].addresses(), to: try members[5].addresses(),
            cc: try members[6].addresses(), bcc: try members[7].addresses(), inReplyTo: try members[8].nstring(),
            messageID: try members[9].nstring())
    }

    private func addresses() throws -> [Address] {
        guard !isNil else { return [] }
        return try list().map { node in
            let members = try node.list().map { try $0.nstring() }
            guard members.count == 4 else { throw WireError("address of \(members.count)") }
            switch (members[2], members[3]) {
            case (let local?, let host?):
                return .mailbox(Address.Mailbox(name: members[0], route: members[1], localPart: local, host: host))
            case (let name?, nil): return .groupStart(name)
            default: return .groupEnd
            }
        }
    }

    /// A body that has no parts, without extension data: all that the vectors have.
    func singlePart() throws -> BodyPart {
        let members = try list()
        guard (7...8).contains(members.count) else { throw WireError("body of \(members.count)") }
        var fields = BodyPart.Fields()
        let parameters = members[2].isNil ? [] : try members[2].list()
        fields.parameters = try stride(from: 0, to: parameters.count, by: 2).map { index in
            BodyPart.Parameter(name: try parameters[index].value(), value: try parameters.at(index + 1).value())
        }
        fields.id = try members[3].nstring()
        fields.description = try members[4].nstring()
        fields.encoding = try members[5].value()
        return BodyPart(
            type: try members[0].value(), subtype: try members[1].value(), fields: fields,
            octets: try members[6].number(), lines: members.count == 8 ? try members[7].number() : 0)
    }
}

extension MessageThreads {
    /// Adds what stands between two parentheses.
    mutating func append(_ members: [WireNode], below parent: Int?) throws {
        var parent = parent
        if case .list? = members.first { parent = append(nil, below: parent) }
        for member in members {
            switch member {
            case .list(let nested): try append(nested, below: parent)
            case .word, .string: parent = append(try member.uid(), below: parent)
            }
        }
    }
}
