/// The client's name for one command (RFC 9051 section 2.2.1).
///
/// ```abnf
/// tag = 1*<any ASTRING-CHAR except "+">
/// ```
///
/// At most ``maximumLength`` octets. Tags compare octet by octet.
public struct Tag: Hashable, Sendable {
    // The first 16 octets stand in two words, the lowest first: the tags that clients send need no memory of their own.
    @usableFromInline let first: UInt64
    @usableFromInline let second: UInt64
    @usableFromInline let count: UInt8
    @usableFromInline let rest: [UInt8]

    @inlinable static var inPlace: Int { 16 }

    /// The most octets a tag can have.
    public static let maximumLength = 64

    /// The tag in `octets`, or `nil` when they are none.
    public init?(_ octets: [UInt8]) { self.init(octets.span) }

    package init?(_ octets: Span<UInt8>) {
        guard octets.count > 0, octets.count <= Tag.maximumLength else { return nil }
        let set = OctetSet.tag
        var words: (UInt64, UInt64) = (0, 0)
        var shift: UInt64 = 0
        for index in 0..<min(octets.count, 8) {
            guard set.contains(octets[index]) else { return nil }
            words.0 |= UInt64(octets[index]) &<< shift
            shift &+= 8  // no wrap: at most 64
        }
        var rest: [UInt8] = []
        if octets.count > 8 {
            shift = 0
            for index in 8..<octets.count {
                guard set.contains(octets[index]) else { return nil }
                if index < Tag.inPlace {
                    words.1 |= UInt64(octets[index]) &<< shift
                    shift &+= 8  // no wrap: at most 64
                } else {
                    rest.append(octets[index])
                }
            }
        }
        (first, second) = words
        self.rest = rest
        count = UInt8(truncatingIfNeeded: octets.count)
    }

    /// The tag as it was sent.
    public var octets: [UInt8] { (0..<length).map { self[$0] } }

    /// How many octets it has.
    @inlinable package var length: Int { Int(count) }

    /// The octet at `index`, which is less than ``length``.
    @inlinable
    package subscript(index: Int) -> UInt8 {
        guard index < Tag.inPlace else { return rest[index - Tag.inPlace] }
        let word = index < 8 ? first : second
        return UInt8(truncatingIfNeeded: word &>> UInt64((index & 7) &* 8))
    }
}

extension Tag: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
