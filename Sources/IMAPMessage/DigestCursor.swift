/// A string of a digest: where it is in the digest's octets, or one of the usual words.
package enum DigestPlace: Sendable {
    case none
    case octets(Range<Int>)
    case word(Int)
}

/// A place in a digest's octets. Once it is malformed it stays so, and what is read is nothing.
struct DigestCursor: Sendable {
    private(set) var position: Int
    private(set) var isMalformed = false
    /// Where what is read ends; no more than there are octets.
    private let end: Int

    /// At nothing: what is read there is malformed.
    static let none = DigestCursor(position: 0, end: 0)

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

    mutating func number(_ octets: Span<UInt8>) -> UInt64 {
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

    mutating func string(_ octets: Span<UInt8>) -> DigestPlace {
        let head = number(octets)
        guard head & 1 == 1 else { return take(head >> 1, octets).map { .octets($0) } ?? .none }
        let index = Int(clamping: head >> 1)
        if index < StructureDigest.words.count { return .word(index) }
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

    mutating func references(_ octets: Span<UInt8>) -> DigestPlace {
        switch octet(octets) {
        case 0: return .none
        case 1: return string(octets)
        default:
            isMalformed = true
            return .none
        }
    }

    // MARK: What is passed over

    /// An envelope; the whole message's may have its subject elsewhere.
    mutating func skipEnvelope(_ octets: Span<UInt8>, isWhole: Bool) {
        let fields = StructureDigest.EnvelopeFields(rawValue: octet(octets))
        let known: StructureDigest.EnvelopeFields = isWhole ? [.all, .subjectIsValue] : .all
        guard fields.isSubset(of: known) else { return fail() }
        if fields.contains(.date) { _ = string(octets) }
        if fields.contains(.subject), !fields.contains(.subjectIsValue) { _ = string(octets) }
        if fields.contains(.inReplyTo) { _ = string(octets) }
        if fields.contains(.messageID) { _ = string(octets) }
        for _ in 0..<6 { skipList(octets) }
    }

    /// How many strings, pairs of them or addresses follow, which take an octet each; none of a cursor at nothing.
    mutating func listCount(_ octets: Span<UInt8>) -> Int {
        guard end > 0 else { return 0 }
        let count = Int(clamping: number(octets))
        if count > octets.count - position { fail() }
        return isMalformed ? 0 : count
    }

    mutating func skipParameters(_ octets: Span<UInt8>) {
        for _ in 0..<listCount(octets) where !isMalformed {
            _ = string(octets)
            _ = string(octets)
        }
    }

    /// What follows the parameters of a part.
    mutating func skipFields(_ there: StructureDigest.PartFields, _ octets: Span<UInt8>) {
        if there.contains(.id) { _ = string(octets) }
        if there.contains(.description) { _ = string(octets) }
        if there.contains(.md5) { _ = string(octets) }
        if there.contains(.disposition) {
            _ = string(octets)
            skipParameters(octets)
        }
        if there.contains(.languages) {
            for _ in 0..<listCount(octets) where !isMalformed { _ = string(octets) }
        }
        if there.contains(.location) { _ = string(octets) }
    }

    mutating func skipList(_ octets: Span<UInt8>) {
        var left = number(octets)
        while left > 0, !isMalformed {
            left -= 1
            guard let kind = StructureDigest.AddressKind(rawValue: octet(octets)) else {
                isMalformed = true
                return
            }
            for _ in 0..<kind.strings { _ = string(octets) }
        }
    }
}

extension StructureDigest.AddressKind {
    /// How many strings an address of this kind has.
    var strings: Int {
        switch self {
        case .groupEnd: 0
        case .groupStart: 1
        case .plain: 2
        case .named, .routed: 3
        case .namedAndRouted: 4
        }
    }
}
