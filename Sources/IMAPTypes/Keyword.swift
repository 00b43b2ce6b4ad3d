/// A protocol word of at most 32 octets, compared by ASCII case: a command's, an attribute's or an option's name.
///
/// A value of four machine words: comparing two is four comparisons, and making one from the wire allocates nothing.
/// Only ASCII letters fold: `"ſTARTTLS"` is not `STARTTLS`.
public struct Keyword: Hashable, Sendable {
    @usableFromInline package let w0: UInt64
    @usableFromInline package let w1: UInt64
    @usableFromInline package let w2: UInt64
    @usableFromInline package let w3: UInt64

    /// The most octets a keyword can have.
    public static let maximumLength = 32

    /// The word in `octets`, or `nil` when it is not an atom of 1 to ``maximumLength`` octets. A host's keyword is
    /// written as it is, so none can hold `]`, `"` or `{` (R-OUT-1).
    public init?(_ octets: Span<UInt8>) {
        guard octets.count > 0, octets.count <= Keyword.maximumLength else { return nil }
        var a: UInt64 = 0
        var b: UInt64 = 0
        var c: UInt64 = 0
        var d: UInt64 = 0
        let atom = OctetSet.atom
        var start = 0
        while start < octets.count {
            var word: UInt64 = 0
            var shift: UInt64 = 0
            for index in start..<min(start + 8, octets.count) {
                let octet = ASCII.upper(octets[index])
                guard atom.contains(octet) else { return nil }
                word |= UInt64(octet) &<< shift
                shift &+= 8  // no wrap: at most 64
            }
            switch start {
            case 0: a = word
            case 8: b = word
            case 16: c = word
            default: d = word
            }
            start += 8
        }
        w0 = a
        w1 = b
        w2 = c
        w3 = d
    }

    /// The word's octets, in upper case.
    public var octets: [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(Keyword.maximumLength)
        for word in [w0, w1, w2, w3] {
            var rest = word
            while rest != 0 {
                octets.append(UInt8(truncatingIfNeeded: rest))
                rest >>= 8
            }
        }
        return octets
    }

    /// How many octets the word has.
    @inlinable package var count: Int {
        if w1 == 0 { return Keyword.count(w0) }
        return w3 != 0 ? 24 + Keyword.count(w3) : w2 != 0 ? 16 + Keyword.count(w2) : 8 + Keyword.count(w1)
    }

    @inlinable static func count(_ word: UInt64) -> Int { 8 - word.leadingZeroBitCount / 8 }
}

extension Keyword {
    @inlinable
    public static func == (one: Keyword, other: Keyword) -> Bool {
        (one.w0 ^ other.w0) | (one.w1 ^ other.w1) | (one.w2 ^ other.w2) | (one.w3 ^ other.w3) == 0
    }

    @inlinable
    public func hash(into hasher: inout Hasher) {
        hasher.combine(w0)
        // Most words have no more: as good a hash, since they alone have none.
        guard w1 | w2 | w3 != 0 else { return }
        hasher.combine(w1)
        hasher.combine(w2)
        hasher.combine(w3)
    }
}

extension Keyword: ExpressibleByStringLiteral {
    /// A word written in source code. A literal that is not a keyword is the author's mistake and stops the program.
    public init(stringLiteral value: StaticString) {
        let text = value.description
        guard let keyword = Keyword(text.utf8.span) else {
            // Host misuse: the literal stands in the source, no client can reach this.
            preconditionFailure("not a keyword: \(value)")
        }
        self = keyword
    }
}

extension Keyword: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
