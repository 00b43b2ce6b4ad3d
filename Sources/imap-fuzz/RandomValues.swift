import IMAPTypes

/// Makes values out of an input's octets: every choice is the next octet, and zero when there are none.
struct RandomValues {
    private var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) { rest = octets }

    mutating func octet() -> UInt8 { rest.popFirst() ?? 0 }

    mutating func choose(_ bound: Int) -> Int { Int(octet()) % bound }

    mutating func number() -> UInt64 {
        let count = choose(9)
        return (0..<count).reduce(0) { value, _ in value << 8 | UInt64(octet()) }
    }

    /// Octets of any kind: mostly short, now and then around the longest that are quoted.
    mutating func octets() -> [UInt8] {
        let length = octet()
        if length >= 0xFC { return [UInt8](repeating: octet(), count: 998 + Int(length & 3)) }
        let taken = Array(rest.prefix(Int(length) % 24))
        rest = rest.dropFirst(taken.count)
        return taken
    }

    mutating func octetsOrNil() -> [UInt8]? { octet() & 1 == 0 ? nil : octets() }

    mutating func list<Element>(atMost most: Int, _ element: (inout RandomValues) -> Element) -> [Element] {
        (0..<choose(most + 1)).map { _ in element(&self) }
    }

    /// A word of letters, at least one.
    mutating func word() -> [UInt8] {
        (0...choose(6)).map { _ in 0x61 + octet() % 26 }
    }

    // MARK: Mail

    mutating func address() -> Address {
        switch choose(4) {
        case 0: .groupStart(octets())
        case 1: .groupEnd
        default:
            .mailbox(Address.Mailbox(name: octetsOrNil(), route: octetsOrNil(), localPart: octets(), host: octets()))
        }
    }

    mutating func addresses() -> [Address] { list(atMost: 3) { $0.address() } }

    mutating func envelope() -> Envelope {
        Envelope(
            date: octetsOrNil(), subject: octetsOrNil(), from: addresses(), sender: addresses(), replyTo: addresses(),
            to: addresses(), cc: addresses(), bcc: addresses(), inReplyTo: octetsOrNil(), messageID: octetsOrNil())
    }

    private mutating func fields() -> BodyPart.Fields {
        var fields = BodyPart.Fields()
        let parameter = { (values: inout RandomValues) in
            BodyPart.Parameter(name: values.octets(), value: values.octets())
        }
        fields.parameters = list(atMost: 2, parameter)
        fields.id = octetsOrNil()
        fields.description = octetsOrNil()
        fields.encoding = octets()
        fields.md5 = octetsOrNil()
        if octet() & 1 == 1 {
            fields.disposition = BodyPart.Disposition(type: octets(), parameters: list(atMost: 2, parameter))
        }
        fields.languages = list(atMost: 3) { $0.octets() }
        fields.location = octetsOrNil()
        return fields
    }

    /// The parts of a message, in order, at most about 40.
    mutating func structure() -> BodyStructure? {
        var parts: [BodyPart] = []
        var missing = 1
        while missing > 0 {
            missing -= 1
            let part: BodyPart
            switch parts.count < 40 ? choose(5) : 4 {
            case 0, 1:
                part = BodyPart(
                    type: Array("multipart".utf8), subtype: octets(), fields: fields(), count: 1 + choose(3))
            case 2:
                part = BodyPart(
                    type: Array("MESSAGE".utf8), subtype: Array("rfc822".utf8), fields: fields(), octets: number(),
                    lines: number(), envelope: envelope())
            case 3:
                part = BodyPart(
                    type: Array("Text".utf8), subtype: octets(), fields: fields(), octets: number(), lines: number())
            default: part = BodyPart(type: octets(), subtype: octets(), fields: fields(), octets: number())
            }
            parts.append(part)
            missing += part.childCount
        }
        return BodyStructure(parts)
    }

    // MARK: Others

    mutating func date() -> InternalDate? {
        InternalDate(
            year: Int(number() % 10_000), month: 1 + choose(12), day: 1 + choose(31), hour: choose(24),
            minute: choose(60),
            second: choose(61), zoneMinutes: Int(number() % 2879) - 1439)
    }

    mutating func uids() -> UIDSet {
        UIDSet(
            bounds: list(atMost: 6) { values in
                let one = UID(UInt32(truncatingIfNeeded: values.number())) ?? .first
                let other = UID(UInt32(truncatingIfNeeded: values.number())) ?? .first
                return (lower: min(one, other), upper: max(one, other))
            })
    }

    mutating func flags() -> [Flag] {
        var flags: [Flag] = []
        for _ in 0..<choose(6) {
            let flag: Flag =
                switch choose(4) {
                case 0: .seen
                case 1: .deleted
                default: Flag(octets()) ?? Flag(word()) ?? .draft
                }
            // A message has a flag or not.
            if !flags.contains(flag) { flags.append(flag) }
        }
        return flags
    }
}
