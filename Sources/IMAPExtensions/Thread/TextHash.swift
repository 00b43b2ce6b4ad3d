import IMAPServer
import IMAPTypes

/// Stands for a text of any length: two texts of one THREAD have the same only if they are the same, but for a chance of
/// one in 2^122 for each pair, times the square of how many words of seven octets the longer one has.
struct TextHash: Hashable, Sendable {
    let first: UInt64
    let second: UInt64

    func hash(into hasher: inout Hasher) { hasher.combine(first) }
}

/// Makes hashes that are comparable with each other.
///
/// A text is a polynomial over the numbers modulo 2^61 - 1, whose coefficients are its words, and its hash are the values
/// at two places that are chosen at random for each command: what clients and authors of mail write cannot aim at them
/// (R-ALG-4). Two polynomials of n words meet at n of 2^61 places at most (Carter and Wegman).
struct TextHashing: Sendable {
    private let first = TextHashing.place()
    private let second = TextHashing.place()

    private static let modulus: UInt64 = (1 << 61) - 1
    private static let octetsPerWord = 7

    private static func place() -> UInt64 { .random(in: (1 << 32)..<modulus) }

    func hash(of text: Span<UInt8>) -> TextHash { hash(text) { $0 } }

    /// The hash of the key by which a collation compares a text.
    func hash(ofKey text: ArraySlice<UInt8>, _ collation: Collation) -> TextHash {
        let span = text.span
        var all: UInt64 = 0
        TextHashing.forEachWord(span) { all |= $0 }
        guard all & 0x8080_8080_8080_8080 == 0 else { return hash(of: collation.key(Array(text)).span) }
        guard collation.foldsASCII else { return hash(of: span) }
        return hash(span, TextHashing.upper)
    }

    /// Octets of ASCII in upper case.
    @inline(__always)
    private static func upper(_ word: UInt64) -> UInt64 {
        // The highest bit of each octet tells of it. No sum passes on a carry: both octets are below 0x80, and the eighth of
        // a word is 0.
        let fromA = word + 0x1F1F_1F1F_1F1F_1F1F
        let beyondZ = word + 0x0505_0505_0505_0505
        return word ^ (fromA & ~beyondZ & 0x8080_8080_8080_8080) >> 2
    }

    @inline(__always)
    private func hash(_ text: Span<UInt8>, _ map: (UInt64) -> UInt64) -> TextHash {
        // How long it is comes first, so that no text is another with zeros at an end.
        let count = UInt64(clamping: text.count)
        var a = TextHashing.product(0, plus: count, first)
        var b = TextHashing.product(0, plus: count, second)
        TextHashing.forEachWord(text) { word in
            let word = map(word)
            a = TextHashing.product(a, plus: word, first)
            b = TextHashing.product(b, plus: word, second)
        }
        return TextHash(first: a, second: b)
    }

    /// Hands out words of seven octets, the first one lowest; the last word has what is left.
    @inline(__always)
    private static func forEachWord(_ text: Span<UInt8>, _ body: (UInt64) -> Void) {
        var index = 0
        while text.count - index >= 8 {
            body(text.word(at: index) & 0x00FF_FFFF_FFFF_FFFF)
            index += octetsPerWord
        }
        let left = text.count - index
        guard left > 0 else { return }
        body(index == 0 ? text.shortWord : text.word(at: text.count - 8) >> UInt64(8 * (8 - left)))
    }

    /// `(a + word) * b`, modulo 2^61 - 1, of numbers below 2^61 and a word of 56 bits.
    @inline(__always)
    private static func product(_ a: UInt64, plus word: UInt64, _ b: UInt64) -> UInt64 {
        let product = (a + word).multipliedFullWidth(by: b)
        // 2^61 is 1: what is above is added to what is below. Below 2^123 before, below 2^63 behind it.
        let sum = (product.low & modulus) + (product.high << 3 | product.low >> 61)
        let reduced = (sum & modulus) + (sum >> 61)
        return reduced >= modulus ? reduced - modulus : reduced
    }
}

/// From hashes to numbers.
struct TextHashTable: Sendable {
    /// A place in the table: small, because there are many, and most looks find another hash.
    private struct Slot: Sendable {
        /// A part of the hash.
        var part: UInt32
        /// The place of the hash among all; negative where there is none.
        var index: Int32
    }

    private static let free = Slot(part: 0, index: -1)
    private var slots = [Slot](repeating: TextHashTable.free, count: 512)
    private var hashes: [TextHash] = []
    private var values: [Int32] = []

    init() {}

    func find(_ hash: TextHash) -> Int32? {
        let index = slots[place(of: hash)].index
        return index < 0 ? nil : values[Int(index)]
    }

    /// The number of a hash, which is `value` if it is new.
    mutating func find(_ hash: TextHash, orInsert value: Int32) -> (value: Int32, isNew: Bool) {
        var place = place(of: hash)
        let index = slots[place].index
        guard index < 0 else { return (values[Int(index)], false) }
        if hashes.count * 2 >= slots.count {
            grow()
            place = self.place(of: hash)
        }
        slots[place] = TextHashTable.slot(hash, hashes.count)
        hashes.append(hash)
        values.append(value)
        return (value, true)
    }

    private static func slot(_ hash: TextHash, _ index: Int) -> Slot {
        Slot(part: UInt32(truncatingIfNeeded: hash.second), index: Int32(truncatingIfNeeded: index))
    }

    /// Where a hash is, or belongs.
    private func place(of hash: TextHash) -> Int {
        let mask = slots.count - 1
        let part = UInt32(truncatingIfNeeded: hash.second)
        var place = Int(truncatingIfNeeded: hash.first) & mask
        while slots[place].index >= 0, slots[place].part != part || hashes[Int(slots[place].index)] != hash {
            place = (place + 1) & mask
        }
        return place
    }

    private mutating func grow() {
        slots = [Slot](repeating: TextHashTable.free, count: slots.count * 2)
        for (index, hash) in hashes.enumerated() { slots[place(of: hash)] = TextHashTable.slot(hash, index) }
    }
}
