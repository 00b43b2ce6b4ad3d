/// Stands for a text of any length: two texts of one THREAD have the same only if they are the same, but for a chance of
/// one in 2^128 for each pair.
struct TextHash: Hashable, Sendable {
    /// Seeded by the process: what clients write cannot aim at it (R-ALG-4).
    let first: UInt64
    /// Seeded by the command.
    let second: UInt64

    func hash(into hasher: inout Hasher) { hasher.combine(first) }
}

/// Makes hashes that are comparable with each other.
struct TextHashing: Sendable {
    private let seed = UInt64.random(in: 0 ... .max)
    private let factor = UInt64.random(in: 0 ... .max) | 1

    func hash(of text: ArraySlice<UInt8>) -> TextHash {
        var hasher = Hasher()
        var second = seed
        var index = text.startIndex
        hasher.combine(text.count)
        while index < text.endIndex {
            var word: UInt64 = 0
            let end = min(index + 8, text.endIndex)
            while index < end {
                word = word << 8 | UInt64(text[index])
                index += 1
            }
            hasher.combine(word)
            let product = (second ^ word).multipliedFullWidth(by: factor)
            second = product.high ^ product.low
        }
        return TextHash(first: UInt64(bitPattern: Int64(hasher.finalize())), second: second)
    }
}

/// From hashes to numbers.
struct TextHashTable: Sendable {
    private struct Entry: Sendable {
        var hash: TextHash
        /// Negative where there is none.
        var value: Int32
    }

    private static let free = Entry(hash: TextHash(first: 0, second: 0), value: -1)
    private var entries = [Entry](repeating: TextHashTable.free, count: 64)
    private var count = 0

    init() {}

    func find(_ hash: TextHash) -> Int32? {
        let value = entries[place(of: hash)].value
        return value < 0 ? nil : value
    }

    /// The number of a hash, which is `value` if it is new.
    mutating func find(_ hash: TextHash, orInsert value: Int32) -> (value: Int32, isNew: Bool) {
        var place = place(of: hash)
        guard entries[place].value < 0 else { return (entries[place].value, false) }
        if count * 2 >= entries.count {
            grow()
            place = self.place(of: hash)
        }
        entries[place] = Entry(hash: hash, value: value)
        count += 1
        return (value, true)
    }

    /// Where a hash is, or belongs.
    private func place(of hash: TextHash) -> Int {
        let mask = entries.count - 1
        var place = Int(truncatingIfNeeded: hash.first) & mask
        while entries[place].value >= 0, entries[place].hash != hash { place = (place + 1) & mask }
        return place
    }

    private mutating func grow() {
        let before = entries
        entries = [Entry](repeating: TextHashTable.free, count: before.count * 2)
        for entry in before where entry.value >= 0 { entries[place(of: entry.hash)] = entry }
    }
}
