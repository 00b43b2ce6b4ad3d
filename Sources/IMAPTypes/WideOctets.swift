/// Octets of a word at once, checked once, and in this way: the compiler makes one load of it.
extension Span<UInt8> {
    /// The 8 octets from `index` on, the first one lowest; 0 where there are fewer.
    @inline(__always)
    @inlinable
    package func word(at index: Int) -> UInt64 {
        guard index >= 0, index <= count - 8 else { return 0 }
        let eight = extracting(index..<index + 8)
        var low = UInt64(eight[0]) | UInt64(eight[1]) << 8
        low |= UInt64(eight[2]) << 16 | UInt64(eight[3]) << 24
        var high = UInt64(eight[4]) << 32 | UInt64(eight[5]) << 40
        high |= UInt64(eight[6]) << 48 | UInt64(eight[7]) << 56
        return low | high
    }

    /// Fewer than eight octets in one word, the first one lowest, zeros behind them.
    @inline(__always)
    @inlinable
    package var shortWord: UInt64 {
        guard count >= 4 else {
            var word: UInt64 = 0
            for index in indices.reversed() { word = word << 8 | UInt64(self[index]) }
            return word
        }
        // The last four may be some of the first four: they are the same octets in the same places.
        return UInt64(half(at: 0)) | UInt64(half(at: count - 4)) << UInt64(8 * (count - 4))
    }

    @inline(__always)
    @inlinable
    func half(at index: Int) -> UInt32 {
        guard index >= 0, index <= count - 4 else { return 0 }
        let low = UInt32(self[index]) | UInt32(self[index + 1]) << 8
        return low | UInt32(self[index + 2]) << 16 | UInt32(self[index + 3]) << 24
    }
}

extension Hasher {
    /// Combines octets, eight at a time: an array of them combines each alone.
    @inlinable
    package mutating func combine(octets: [UInt8]) {
        let span = octets.span
        combine(span.count)
        guard span.count > 8 else { return combine(span.count == 8 ? span.word(at: 0) : span.shortWord) }
        for index in stride(from: 0, to: span.count - 8, by: 8) { combine(span.word(at: index)) }
        // The last eight may be some of those before: the number of octets says which.
        combine(span.word(at: span.count - 8))
    }
}
