/// Unicode scalar values written to and read from UTF-8 octets.
package enum UTF8Scalars {
    /// U+FFFD, which stands for what cannot be decoded.
    package static let replacement: UInt32 = 0xFFFD

    /// Appends `scalar`; what is not a scalar value becomes U+FFFD.
    package static func append(_ scalar: UInt32, to utf8: inout [UInt8]) {
        switch scalar {
        case ..<0x80: utf8.append(UInt8(truncatingIfNeeded: scalar))
        case ..<0x800:
            utf8.append(UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6))
            utf8.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        case 0xD800...0xDFFF, 0x110000...: utf8.append(contentsOf: [0xEF, 0xBF, 0xBD])
        case ..<0x10000:
            utf8.append(UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12))
            utf8.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            utf8.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        default:
            utf8.append(UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18))
            utf8.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 12 & 0x3F))
            utf8.append(UInt8(truncatingIfNeeded: 0x80 | scalar >> 6 & 0x3F))
            utf8.append(UInt8(truncatingIfNeeded: 0x80 | scalar & 0x3F))
        }
    }
}

/// Reads UTF-8 octet by octet, however it is cut. Each maximal part of a sequence that is not well-formed is one
/// U+FFFD (the Unicode Standard, section 3.9, "substitution of maximal subparts").
package struct UTF8ScalarReader: Sendable {
    private var scalar: UInt32 = 0
    /// Octets still to come of the sequence that was begun.
    private var missing = 0
    /// What the next octet may be.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF

    package init() {}

    /// Whether a sequence was begun and is not complete.
    package var isInside: Bool { missing > 0 }

    /// Takes one octet and hands every scalar that is now known to `emit`: none, one, or a U+FFFD and one.
    package mutating func feed(_ octet: UInt8, _ emit: (UInt32) -> Void) {
        if missing > 0 {
            if octet >= low, octet <= high {
                scalar = scalar << 6 | UInt32(octet & 0x3F)
                missing -= 1
                low = 0x80
                high = 0xBF
                if missing == 0 { emit(scalar) }
                return
            }
            missing = 0
            emit(UTF8Scalars.replacement)
        }
        low = 0x80
        high = 0xBF
        switch octet {
        case ..<0x80: emit(UInt32(octet))
        case 0xC2...0xDF: begin(octet & 0x1F, 1)
        case 0xE0...0xEF:
            if octet == 0xE0 { low = 0xA0 }
            if octet == 0xED { high = 0x9F }
            begin(octet & 0x0F, 2)
        case 0xF0...0xF4:
            if octet == 0xF0 { low = 0x90 }
            if octet == 0xF4 { high = 0x8F }
            begin(octet & 0x07, 3)
        default: emit(UTF8Scalars.replacement)
        }
    }

    private mutating func begin(_ bits: UInt8, _ count: Int) {
        scalar = UInt32(bits)
        missing = count
    }

    /// The input is over: a sequence that was begun is one U+FFFD.
    package mutating func finish(_ emit: (UInt32) -> Void) {
        if missing > 0 { emit(UTF8Scalars.replacement) }
        missing = 0
    }
}
