/// What the comparators of this library make of a text before its octets are compared (RFC 4790, RFC 5051).
package enum Casemap: Hashable, Sendable {
    /// `i;octet`: nothing.
    case octet
    /// `i;ascii-casemap`: `a` to `z` become `A` to `Z`.
    case ascii
    /// `i;unicode-casemap`: see ``UnicodeCasemap``.
    case unicode

    /// `utf8` mapped, to look for it or to look for something in it. What is not well-formed becomes U+FFFD under
    /// ``unicode``.
    package func map(_ utf8: [UInt8]) -> [UInt8] {
        var mapper = CasemapMapper(self)
        var mapped: [UInt8] = []
        mapped.reserveCapacity(utf8.count)
        mapper.map(utf8.span, into: &mapped)
        mapper.finish(into: &mapped)
        return mapped
    }

    /// What decides the place of `utf8` in an order, octet by octet. A text that is no UTF-8, or of which something
    /// could not be decoded, is behind all others under ``unicode`` (RFC 5255 section 4.6).
    package func key(_ utf8: [UInt8]) -> [UInt8] {
        switch self {
        case .octet, .ascii: return map(utf8)
        case .unicode:
            var reader = UTF8ScalarReader()
            var isWhole = true
            let note = { (scalar: UInt32) in if scalar == UTF8Scalars.replacement { isWhole = false } }
            for octet in utf8 where octet >= 0x80 || reader.isInside { reader.feed(octet, note) }
            reader.finish(note)
            // No UTF-8 begins with this octet.
            return isWhole ? map(utf8) : [0xFF] + utf8
        }
    }
}

/// Maps UTF-8 that comes in pieces.
package struct CasemapMapper: Sendable {
    private let casemap: Casemap
    private var reader = UTF8ScalarReader()

    package init(_ casemap: Casemap) { self.casemap = casemap }

    package mutating func map(_ utf8: Span<UInt8>, into mapped: inout [UInt8]) {
        switch casemap {
        case .octet: mapped.append(utf8, utf8.indices) { $0 }
        case .ascii: mapped.append(utf8, utf8.indices, CasemapMapper.upper)
        case .unicode:
            var index = 0
            while index < utf8.count {
                let end = reader.isInside ? index : utf8.asciiEnd(from: index)
                guard end == index else {
                    mapped.append(utf8, index..<end, CasemapMapper.upper)
                    index = end
                    continue
                }
                reader.feed(utf8[index]) { UnicodeCasemap.append($0, to: &mapped) }
                index += 1
            }
        }
    }

    package mutating func finish(into mapped: inout [UInt8]) {
        reader.finish { UTF8Scalars.append($0, to: &mapped) }
    }

    private static func upper(_ octet: UInt8) -> UInt8 { octet >= 0x61 && octet <= 0x7A ? octet & 0xDF : octet }
}
