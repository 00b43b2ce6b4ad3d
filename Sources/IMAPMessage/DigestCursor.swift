/// A string of a digest: where it is in the digest's octets, or one of the usual words.
package enum DigestString: Sendable {
    /// There is no string.
    case none
    case octets(start: UInt32, end: UInt32)
    case word(UInt32)

    package var isThere: Bool { if case .none = self { false } else { true } }

    /// The octets of a usual word.
    package static func word(_ index: UInt32) -> [UInt8] { StructureDigest.words[Int(index)] }
}

/// A place in a digest's octets. Once it is malformed it stays so, and what is read is nothing.
struct DigestCursor: Sendable {
    private(set) var position: Int
    private(set) var isMalformed = false
    /// Where what is read ends; no more than there are octets.
    private let end: Int

    init(position: Int, end: Int = .max) {
        self.position = position
        self.end = end
    }

    /// What was read says what cannot be.
    mutating func fail() { isMalformed = true }

    mutating func octet(_ octets: Span<UInt8>) -> UInt8 {
        guard position < min(end, octets.count), !isMalformed else {
            isMalformed = true
            return .max
        }
        position += 1
        return octets[position - 1]
    }

    @inline(__always)
    mutating func number(_ octets: Span<UInt8>) -> UInt64 {
        // Most have one octet.
        guard position < min(end, octets.count), !isMalformed, octets[position] < 0x80 else {
            return longNumber(octets)
        }
        position += 1
        return UInt64(octets[position - 1])
    }

    @inline(never)
    private mutating func longNumber(_ octets: Span<UInt8>) -> UInt64 {
        let end = min(end, octets.count)
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while position < end, shift < 63, !isMalformed {
            let octet = octets[position]
            position += 1
            value |= UInt64(octet & 0x7F) << shift
            guard octet < 0x80 else {
                shift += 7
                continue
            }
            // One way to write each number.
            guard octet != 0 || shift == 0 else { break }
            return value
        }
        isMalformed = true
        return 0
    }

    /// Octets with their number before them.
    mutating func octets(_ octets: Span<UInt8>) -> Range<Int>? { take(number(octets), octets) }

    private mutating func take(_ count: UInt64, _ octets: Span<UInt8>) -> Range<Int>? {
        let count = Int(clamping: count)
        guard !isMalformed, count <= min(end, octets.count) - position else {
            isMalformed = true
            return nil
        }
        let start = position
        position += count
        return start..<position
    }

    /// Passes over the values of a field. Each takes at least an octet, so this ends with the octets.
    mutating func skipField(_ octets: Span<UInt8>) {
        var left = number(octets)
        while left > 1, self.octets(octets) != nil { left -= 1 }
    }

    /// Octets with their number before them, as a place.
    mutating func value(_ octets: Span<UInt8>) -> DigestString { place(self.octets(octets)) }

    /// A digest has less octets than 32 bits count.
    private func place(_ range: Range<Int>?) -> DigestString {
        guard let range else { return .none }
        return .octets(
            start: UInt32(truncatingIfNeeded: range.lowerBound), end: UInt32(truncatingIfNeeded: range.upperBound))
    }

    mutating func string(_ octets: Span<UInt8>) -> DigestString {
        let head = number(octets)
        guard head & 1 == 1 else { return place(take(head >> 1, octets)) }
        if head >> 1 < UInt64(StructureDigest.words.count) { return .word(UInt32(truncatingIfNeeded: head >> 1)) }
        isMalformed = true
        return .none
    }

    /// When a message was sent.
    mutating func date(_ octets: Span<UInt8>) -> DigestDate {
        let kind = octet(octets)
        switch kind {
        case 0: return .unknown
        case 1: return .none
        case 2, 3:
            let seconds = StructureDigest.signed(number(octets))
            let zone = StructureDigest.signed(number(octets))
            guard StructureDigest.seconds.contains(seconds), (-1439...1439).contains(zone) else { break }
            return .sent(seconds: seconds, local: seconds + zone * 60 - (kind == 3 ? 1 : 0))
        default: break
        }
        isMalformed = true
        return .unknown
    }

    mutating func references(_ octets: Span<UInt8>) -> DigestString {
        switch octet(octets) {
        case 0: return .none
        case 1: return string(octets)
        default:
            isMalformed = true
            return .none
        }
    }
}
