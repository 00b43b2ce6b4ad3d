import IMAPTypes

/// Eight octets at once, checked once, and in this way: the compiler makes one load or one store of each.
extension MutableSpan<UInt8> {
    /// The 8 octets from `index` on, the first one lowest; 0 where there are fewer.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        guard index >= 0, index <= count - 8 else { return 0 }
        var low = UInt64(self[index]) | UInt64(self[index + 1]) << 8
        low |= UInt64(self[index + 2]) << 16 | UInt64(self[index + 3]) << 24
        var high = UInt64(self[index + 4]) << 32 | UInt64(self[index + 5]) << 40
        high |= UInt64(self[index + 6]) << 48 | UInt64(self[index + 7]) << 56
        return low | high
    }

    /// Writes 8 octets from `index` on, the lowest one first; nothing where there is no room for them.
    @inline(__always)
    mutating func store(_ word: UInt64, at index: Int) {
        guard index >= 0, index <= count - 8 else { return }
        self[index] = UInt8(truncatingIfNeeded: word)
        self[index + 1] = UInt8(truncatingIfNeeded: word >> 8)
        self[index + 2] = UInt8(truncatingIfNeeded: word >> 16)
        self[index + 3] = UInt8(truncatingIfNeeded: word >> 24)
        self[index + 4] = UInt8(truncatingIfNeeded: word >> 32)
        self[index + 5] = UInt8(truncatingIfNeeded: word >> 40)
        self[index + 6] = UInt8(truncatingIfNeeded: word >> 48)
        self[index + 7] = UInt8(truncatingIfNeeded: word >> 56)
    }

    /// Writes `octets[range]` from `index` on; nothing when it does not fit.
    mutating func copy(_ octets: Span<UInt8>, _ range: Range<Int>, to index: Int) {
        guard index >= 0, range.lowerBound >= 0, range.upperBound <= octets.count,
            range.count <= count - index
        else { return }
        var from = range.lowerBound
        var to = index
        while range.upperBound - from >= 8 {
            store(octets.word(at: from), at: to)
            from += 8
            to += 8
        }
        while from < range.upperBound {
            self[to] = octets[from]
            from += 1
            to += 1
        }
    }
}
