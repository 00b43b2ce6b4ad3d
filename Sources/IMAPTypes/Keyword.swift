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
        let count = octets.count
        guard count > 0, count <= Keyword.maximumLength, let a = Keyword.word(of: octets, from: 0) else { return nil }
        var (b, c, d): (UInt64, UInt64, UInt64) = (0, 0, 0)
        if count > 8 {
            guard let word = Keyword.word(of: octets, from: 8) else { return nil }
            b = word
        }
        if count > 16 {
            guard let word = Keyword.word(of: octets, from: 16) else { return nil }
            c = word
        }
        if count > 24 {
            guard let word = Keyword.word(of: octets, from: 24) else { return nil }
            d = word
        }
        w0 = a
        w1 = b
        w2 = c
        w3 = d
    }

    /// Up to eight octets from `start` on in upper case, the first one lowest; `nil` when one of them is none of an atom.
    @inline(__always)
    private static func word(of octets: Span<UInt8>, from start: Int) -> UInt64? {
        let left = octets.count - start
        let word: UInt64
        if left >= 8 {
            word = octets.word(at: start)
        } else if octets.count >= 8 {
            word = octets.word(at: octets.count - 8) >> UInt64(8 * (8 - left))
        } else {
            word = octets.shortWord
        }
        // The highest bit of each octet tells of it. No sum passes on a carry: both octets are below 0x80.
        let all: UInt64 = 0x8080_8080_8080_8080
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let small = (low + 0x1F1F_1F1F_1F1F_1F1F) & ~(low + 0x0505_0505_0505_0505) & ~word & all
        let upper = word ^ small >> 2
        let folded = upper & 0x7F7F_7F7F_7F7F_7F7F
        let letters = (folded + 0x3F3F_3F3F_3F3F_3F3F) & ~(folded + 0x2525_2525_2525_2525)
        // `-`, `.`, `/` and digits
        let digits = (folded + 0x5353_5353_5353_5353) & ~(folded + 0x4646_4646_4646_4646)
        let marks = (letters | digits) & ~upper
        let wanted = left >= 8 ? all : all >> UInt64(8 * (8 - left))
        if marks & wanted == wanted { return upper }
        for index in start..<min(start + 8, octets.count) {
            guard OctetSet.atom.contains(octets[index]) else { return nil }
        }
        return upper
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
