/// A value of the wire: what a reader without a grammar sees.
indirect enum WireTree: Equatable {
    case word([UInt8])
    /// Quoted or a literal: which, means nothing.
    case text([UInt8])
    case list([WireTree])

    static let null = WireTree.word(Array("NIL".utf8))

    static func number(_ value: UInt64) -> WireTree { .word(Array(String(value).utf8)) }

    /// As it must arrive: NUL travels as 0x80, but in a `literal8`.
    static func string(_ octets: [UInt8]) -> WireTree { .text(octets.map { $0 == 0 ? 0x80 : $0 }) }

    static func nstring(_ octets: [UInt8]?) -> WireTree { octets.map { string($0) } ?? null }
}

/// Reads values by the rules of strings, lists and words alone; it shares nothing with the library.
struct WireTreeReader {
    private var rest: ArraySlice<UInt8>

    private init(_ octets: [UInt8]) { rest = octets[...] }

    /// The values in `octets`, or `nil` when they are none.
    static func read(_ octets: [UInt8]) -> [WireTree]? {
        var reader = WireTreeReader(octets)
        var values: [WireTree] = []
        while !reader.rest.isEmpty {
            if !values.isEmpty, reader.rest.popFirst() != 0x20 { return nil }
            guard let value = reader.value(depth: 0) else { return nil }
            values.append(value)
        }
        return values
    }

    private mutating func value(depth: Int) -> WireTree? {
        guard depth < 1000 else { return nil }
        switch rest.first {
        case 0x28:
            rest = rest.dropFirst()
            var members: [WireTree] = []
            while rest.first != 0x29 {
                // Addresses and parts stand without a space between them.
                if !members.isEmpty, rest.first == 0x20 {
                    rest = rest.dropFirst()
                } else if !members.isEmpty, rest.first != 0x28 {
                    return nil
                }
                guard let member = value(depth: depth + 1) else { return nil }
                members.append(member)
            }
            rest = rest.dropFirst()
            return .list(members)
        case 0x22:
            rest = rest.dropFirst()
            return quoted()
        case 0x7B: return literal()
        case 0x7E where rest.dropFirst().first == 0x7B:
            rest = rest.dropFirst()
            return literal()
        default:
            let word = Array(rest.prefix { $0 > 0x20 && $0 < 0x7F && ![0x28, 0x29, 0x22, 0x7B].contains($0) })
            rest = rest.dropFirst(word.count)
            return word.isEmpty ? nil : .word(word)
        }
    }

    private mutating func quoted() -> WireTree? {
        var text: [UInt8] = []
        while let octet = rest.popFirst() {
            switch octet {
            case 0x22: return .text(text)
            case 0x5C:
                guard let next = rest.popFirst(), next == 0x22 || next == 0x5C else { return nil }
                text.append(next)
            case 0, 0x0A, 0x0D: return nil
            default: text.append(octet)
            }
        }
        return nil
    }

    private mutating func literal() -> WireTree? {
        guard rest.popFirst() == 0x7B, let end = rest.firstIndex(of: 0x7D),
            let count = Int(String(decoding: rest[..<end], as: UTF8.self))
        else { return nil }
        rest = rest[(end + 1)...]
        guard rest.popFirst() == 0x0D, rest.popFirst() == 0x0A, rest.count >= count, count >= 0 else { return nil }
        defer { rest = rest.dropFirst(count) }
        return .text(Array(rest.prefix(count)))
    }
}
