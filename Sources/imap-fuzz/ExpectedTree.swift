import IMAPTypes

/// What must arrive of a value, said from the grammar of RFC 9051 section 9.
enum ExpectedTree {
    static func envelope(_ envelope: Envelope) -> WireTree {
        let lists = [envelope.from, envelope.sender, envelope.replyTo, envelope.to, envelope.cc, envelope.bcc]
        return .list(
            [.nstring(envelope.date), .nstring(envelope.subject)] + lists.map(addresses)
                + [.nstring(envelope.inReplyTo), .nstring(envelope.messageID)])
    }

    private static func addresses(_ list: [Address]) -> WireTree {
        guard !list.isEmpty else { return .null }
        return .list(
            list.map { address in
                switch address {
                case .mailbox(let mailbox):
                    .list([
                        .nstring(mailbox.name), .nstring(mailbox.route), .string(mailbox.localPart),
                        .string(mailbox.host),
                    ])
                case .groupStart(let name): .list([.null, .null, .string(name), .null])
                case .groupEnd: .list([.null, .null, .null, .null])
                }
            })
    }

    static func structure(_ structure: BodyStructure, extended: Bool) -> WireTree {
        var index = 0
        return part(structure, &index, extended)
    }

    private static func part(_ structure: BodyStructure, _ index: inout Int, _ extended: Bool) -> WireTree {
        let part = structure.parts[index]
        index += 1
        var members: [WireTree] = []
        if case .multipart(let count) = part.content {
            for _ in 0..<count { members.append(self.part(structure, &index, extended)) }
            members.append(.string(part.subtype))
            return .list(members + (extended ? [parameters(part.fields.parameters)] + common(part) : []))
        }
        members = [
            .string(part.type), .string(part.subtype), parameters(part.fields.parameters), .nstring(part.fields.id),
            .nstring(part.fields.description), .string(part.fields.encoding), .number(min(part.octets, 0xFFFF_FFFF)),
        ]
        switch part.content {
        case .text(let lines): members.append(.number(min(lines, UInt64(Int64.max))))
        case .message(let envelope, let lines):
            members.append(self.envelope(envelope))
            members.append(self.part(structure, &index, extended))
            members.append(.number(min(lines, UInt64(Int64.max))))
        case .basic, .multipart: break
        }
        return .list(members + (extended ? [.nstring(part.fields.md5)] + common(part) : []))
    }

    private static func common(_ part: BodyPart) -> [WireTree] {
        let disposition = part.fields.disposition.map { found in
            WireTree.list([.string(found.type), parameters(found.parameters)])
        }
        let languages = part.fields.languages
        let language: WireTree =
            switch languages.count {
            case 0: .null
            case 1: .string(languages[0])
            default: .list(languages.map { .string($0) })
            }
        return [disposition ?? .null, language, .nstring(part.fields.location)]
    }

    private static func parameters(_ list: [BodyPart.Parameter]) -> WireTree {
        list.isEmpty ? .null : .list(list.flatMap { [.string($0.name), .string($0.value)] })
    }

    static func date(_ date: InternalDate) -> [UInt8] {
        func digits(_ value: Int, _ count: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(count - text.count, 0)) + text
        }
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = date.day < 10 ? " \(date.day)" : "\(date.day)"
        let zone = abs(date.zoneMinutes)
        let time = [date.hour, date.minute, date.second].map { digits($0, 2) }.joined(separator: ":")
        let sign = date.zoneMinutes < 0 ? "-" : "+"
        return Array(
            "\(day)-\(months[date.month - 1])-\(digits(date.year, 4)) \(time) \(sign)\(digits(zone / 60, 2))\(digits(zone % 60, 2))"
                .utf8)
    }

    static func uids(_ uids: UIDSet) -> [UInt8] {
        let runs = uids.bounds.map { lower, upper in
            lower == upper ? "\(lower.rawValue)" : "\(lower.rawValue):\(upper.rawValue)"
        }
        return Array(runs.joined(separator: ",").utf8)
    }
}
