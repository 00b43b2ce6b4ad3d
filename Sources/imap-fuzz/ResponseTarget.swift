import IMAPCodec
import IMAPTestKit
import IMAPTypes

/// Writes values that are made of the input, and reads what was written: by a reader that knows no grammar, which must
/// find the same value, and by the checker of a server's output, which must find nothing (R-OUT-2, R-OUT-3).
enum ResponseTarget {
    /// The first octet says whether the session has UTF-8 on, the second what is written; the rest is the value.
    static func problem(_ input: [UInt8]) -> String? { problem(input, written: { $0 }) }

    /// The same, with what was written changed before it is read.
    static func problem(_ input: [UInt8], written change: ([UInt8]) -> [UInt8]) -> String? {
        guard input.count >= 2 else { return nil }
        var values = RandomValues(input[2...])
        let kind = kinds[Int(input[1]) % kinds.count]
        let usesUTF8 = input[0] & 1 != 0
        for _ in 0...(input[0] >> 1 & 3) {
            guard let sample = kind.make(&values, usesUTF8) else { return nil }
            var writer = ResponseWriter()
            writer.usesUTF8 = usesUTF8
            sample.write(&writer)
            let octets = change(writer.takeAll())
            if let expected = sample.expected {
                guard var found = WireTreeReader.read(octets) else {
                    return "\(kind.name): unreadable: \(text(octets))"
                }
                if sample.mayBeWord, case .word(let word)? = found.first, found[0] != .null { found = [.text(word)] }
                guard found == expected else { return "\(kind.name): \(found) was written for \(expected)" }
            }
            if let problem = lineProblem(sample, octets, usesUTF8) { return "\(kind.name): \(problem)" }
        }
        return nil
    }

    /// R-OUT-1, R-OUT-2: as a response, it is one, and of the grammar.
    private static func lineProblem(_ sample: Sample, _ octets: [UInt8], _ usesUTF8: Bool) -> String? {
        guard let frame = sample.frame else { return nil }
        var permissions = OutputPermissions()
        permissions.allowsUTF8 = usesUTF8
        var checker = OutputChecker(permissions, commands: .unseen, from: .middle)
        checker.wrote(Array(frame.before.utf8) + octets + Array(frame.after.utf8) + (sample.isWhole ? [] : [13, 10]))
        checker.quiet()
        if let violation = checker.takeViolations().first { return "\(violation)" }
        return checker.count == 1 ? nil : "\(checker.count) responses"
    }

    private static func text(_ octets: [UInt8]) -> String { String(decoding: octets, as: UTF8.self) }

    /// One value: how it is written, what must arrive, and the response it stands in.
    struct Sample {
        let write: (inout ResponseWriter) -> Void
        /// `nil` when only the response is looked at.
        let expected: [WireTree]?
        let frame: (before: String, after: String)?
        /// Whether its line end is written with it.
        var isWhole = false
        /// Whether the string may stand as a word.
        var mayBeWord = false
    }

    struct Kind {
        let name: String
        let make: (inout RandomValues, _ usesUTF8: Bool) -> Sample?
    }

    /// The order is part of the corpus's format: add at the end.
    private static var kinds: [Kind] {
        [
            Kind(name: "envelope") { values, _ in
                let envelope = values.envelope()
                return Sample(
                    write: { $0.envelope(envelope) }, expected: [ExpectedTree.envelope(envelope)],
                    frame: ("* 1 FETCH (ENVELOPE ", ")"))
            },
            Kind(name: "BODYSTRUCTURE") { values, _ in
                guard let structure = values.structure() else { return nil }
                return Sample(
                    write: { $0.bodyStructure(structure, extended: true) },
                    expected: [ExpectedTree.structure(structure, extended: true)],
                    frame: ("* 1 FETCH (BODYSTRUCTURE ", ")"))
            },
            Kind(name: "BODY") { values, _ in
                guard let structure = values.structure() else { return nil }
                return Sample(
                    write: { $0.bodyStructure(structure, extended: false) },
                    expected: [ExpectedTree.structure(structure, extended: false)],
                    frame: ("* 1 FETCH (BODY ", ")"))
            },
            Kind(name: "strings") { values, _ in
                let (one, two, three) = (values.octets(), values.octetsOrNil(), values.octetsOrNil())
                return Sample(
                    write: { writer in
                        writer.string(one)
                        writer.space()
                        writer.nstring(two)
                        writer.space()
                        writer.nstring8(three)
                    },
                    expected: [.string(one), .nstring(two), three.map { .text($0) } ?? .null], frame: nil)
            },
            Kind(name: "astring") { values, _ in
                let value = values.octets()
                return Sample(
                    write: { $0.astring(value) }, expected: [.string(value)], frame: ("* QUOTAROOT INBOX ", ""),
                    mayBeWord: true)
            },
            Kind(name: "mailbox") { values, usesUTF8 in
                guard let name = MailboxName(values.octets()) else { return nil }
                let octets = usesUTF8 ? name.octets : ModifiedUTF7Model.encode(name.octets)
                return Sample(
                    write: { $0.mailbox(name) }, expected: [.string(octets)],
                    frame: ("* LIST (\\HasNoChildren) NIL ", ""), mayBeWord: true)
            },
            Kind(name: "dates") { values, _ in
                guard let date = values.date() else { return nil }
                return Sample(
                    write: { $0.dateTime(date) }, expected: [.text(ExpectedTree.date(date))],
                    frame: ("* 1 FETCH (INTERNALDATE ", ")"))
            },
            Kind(name: "UIDs") { values, _ in
                let uids = values.uids()
                guard !uids.isEmpty else { return nil }
                return Sample(
                    write: { $0.uids(uids) }, expected: [.word(ExpectedTree.uids(uids))], frame: ("* VANISHED ", ""))
            },
            Kind(name: "flags") { values, _ in
                let flags = values.flags()
                let recent = values.choose(2) == 1
                let words = flags.map { WireTree.word($0.octets) }
                let all = words + (recent ? [.word(Array("\\Recent".utf8))] : [])
                return Sample(
                    write: { $0.flags(flags, recent: recent) }, expected: [.list(all)],
                    frame: ("* 1 FETCH (FLAGS ", ")"))
            },
            Kind(name: "numbers") { values, _ in
                let (one, two) = (values.number(), values.number())
                return Sample(
                    write: { writer in
                        writer.number63(one)
                        writer.space()
                        writer.number(UInt32(truncatingIfNeeded: two))
                    },
                    expected: [.number(min(one, UInt64(Int64.max))), .number(two & 0xFFFF_FFFF)], frame: nil)
            },
            Kind(name: "status") { values, _ in status(&values) },
            Kind(name: "ESEARCH") { values, _ in search(&values) },
        ]
    }

    /// What a search found, with any of the data, each once.
    private static func search(_ values: inout RandomValues) -> Sample {
        let tag = values.choose(4) == 0 ? nil : Tag(values.octets()) ?? Tag(values.word())
        let byUID = values.choose(2) == 1
        var tree: [WireTree] = [.word(Array("ESEARCH".utf8))]
        if let tag { tree.append(.list([.word(Array("TAG".utf8)), .string(tag.octets)])) }
        if byUID { tree.append(.word(Array("UID".utf8))) }
        var data: [(name: Keyword, write: (inout ResponseWriter) -> Void)] = []
        func add(_ name: Keyword, _ value: WireTree, _ write: @escaping (inout ResponseWriter) -> Void) {
            tree += [.word(name.octets), value]
            data.append((name, write))
        }
        for name in ["MIN", "MAX"] as [Keyword] where values.choose(2) == 1 {
            let number = UInt32(truncatingIfNeeded: values.number())
            if number > 0 { add(name, .number(UInt64(number))) { $0.number(number) } }
        }
        let uids = values.uids()
        if !uids.isEmpty, values.choose(2) == 1 { add("ALL", .word(ExpectedTree.uids(uids))) { $0.uids(uids) } }
        if values.choose(2) == 1 {
            let count = UInt32(truncatingIfNeeded: values.number())
            add("COUNT", .number(UInt64(count))) { $0.number(count) }
        }
        if !uids.isEmpty, values.choose(4) == 1 {
            let range = Array("1:100".utf8)
            add("PARTIAL", .list([.word(range), .word(ExpectedTree.uids(uids))])) { writer in
                writer.list([0, 1]) { writer, index in
                    guard index == 0 else { return writer.uids(uids) }
                    writer.number(1 as UInt32)
                    writer.colon()
                    writer.number(100 as UInt32)
                }
            }
        }
        let modSequence = min(values.number(), UInt64(Int64.max))
        if modSequence > 0, values.choose(2) == 1 { add("MODSEQ", .number(modSequence)) { $0.number63(modSequence) } }
        return Sample(
            write: { writer in
                writer.extendedSearch(tag, byUID: byUID)
                for one in data {
                    writer.space()
                    writer.keyword(one.name)
                    writer.space()
                    one.write(&writer)
                }
            }, expected: tree, frame: ("* ", ""))
    }

    /// A whole status response: its code's arguments come from clients.
    private static func status(_ values: inout RandomValues) -> Sample? {
        let statuses: [ResponseStatus] = [.ok, .no, .bad]
        let status = statuses[values.choose(3)]
        let tag = values.choose(2) == 0 ? nil : Tag(values.octets()) ?? Tag(values.word())
        let code: ResponseCode?
        let uids = values.uids()
        switch values.choose(8) {
        case 0: code = nil
        case 1: code = .alert
        case 2: code = .permanentFlags(values.flags(), newKeywords: values.choose(2) == 1)
        case 3: code = uids.isEmpty ? nil : ResponseCode("MODIFIED", [.uids(uids)])
        case 4: code = UID(UInt32(truncatingIfNeeded: values.number())).map { .uidNext($0) }
        case 5:
            code = (Tag(values.octets()) ?? Tag(values.word())).flatMap { ResponseCode.CommandName($0) }.map {
                .noUpdate($0)
            }
        case 6: code = ObjectID(values.word()).map { ResponseCode("MAILBOXID", [.objectID($0)]) }
        default: code = .badCharset(values.list(atMost: 2) { CharsetName($0.octets()) }.compactMap { $0 })
        }
        // Each code belongs to a status, and some to no command.
        let lawful: ResponseStatus
        let isUntagged: Bool
        switch code?.name {
        case "NOUPDATE": (lawful, isUntagged) = (.no, true)
        case "BADCHARSET": (lawful, isUntagged) = (.no, false)
        case "PERMANENTFLAGS", "UIDNEXT", "MAILBOXID": (lawful, isUntagged) = (.ok, true)
        case "MODIFIED": (lawful, isUntagged) = (status == .bad ? .ok : status, false)
        default: (lawful, isUntagged) = (status, tag == nil)
        }
        let named = isUntagged ? nil : tag ?? Tag(Array("a".utf8))
        return Sample(
            write: { $0.status(named, lawful, code, "Text") }, expected: nil, frame: ("", ""),
            isWhole: true)
    }
}
