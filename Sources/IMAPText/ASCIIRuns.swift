// Most octets of mail are US-ASCII. They are taken in runs: a look and an append for each octet cost ten times as much.

extension Span<UInt8> {
    /// The eight octets from `index` on, which are there, the first one lowest.
    @inline(__always)
    func word(at index: Int) -> UInt64 {
        let eight = extracting(index..<index + 8)
        var word: UInt64 = 0
        for place in 0..<8 { word |= UInt64(eight[place]) << UInt64(8 * place) }
        return word
    }

    /// Behind the run of US-ASCII octets that begins at `start`: `start` itself where there is none.
    package func asciiEnd(from start: Int) -> Int {
        var index = start
        while index <= count - 32 {
            // Checked once for all of them, so that they are looked at together.
            let block = extracting(index..<index + 32)
            var all: UInt8 = 0
            for offset in block.indices { all |= block[offset] }
            guard all < 0x80 else { break }
            index += 32
        }
        while index < count, self[index] < 0x80 { index += 1 }
        return index
    }
}

extension [UInt8] {
    /// Appends the octets of `range`.
    package mutating func append(_ octets: Span<UInt8>, _ range: Range<Int>) { append(octets, range) { $0 } }

    /// Appends the octets of `range`, each as `map` makes it.
    @inline(__always)
    mutating func append(_ octets: Span<UInt8>, _ range: Range<Int>, _ map: (UInt8) -> UInt8) {
        // Even none would be a write to the storage that all empty arrays share.
        guard !range.isEmpty else { return }
        // What follows makes room for these and no more: room for one run at a time would be quadratic.
        if capacity - count < range.count { reserveCapacity(Swift.max(count + range.count, 2 * capacity)) }
        append(addingCapacity: range.count) { target in
            for index in range { target.append(map(octets[index])) }
        }
    }
}
