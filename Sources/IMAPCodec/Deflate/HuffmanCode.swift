/// The codes that symbols are written with (RFC 1951 section 3.2.2).
struct HuffmanCode: Sendable {
    /// Of each symbol its code in bits 0 to 15, the first bit lowest, and above that the code's length.
    private(set) var codes: [UInt32]

    /// The code of these lengths, at most 15 bits each.
    init(lengths: [UInt8]) {
        var counts = InlineArray<16, Int>(repeating: 0)
        for length in lengths { counts[Int(length & 15)] += 1 }
        counts[0] = 0
        var next = InlineArray<16, Int>(repeating: 0)
        var code = 0
        for length in 1..<16 {
            code = (code + counts[length - 1]) << 1
            next[length] = code
        }
        codes = lengths.map { length in
            let length = Int(length & 15)
            guard length > 0 else { return 0 }
            let code = UInt16(truncatingIfNeeded: next[length] << (16 - length))
            next[length] += 1
            return UInt32(length) << 16 | UInt32(HuffmanCode.reversed(code))
        }
    }

    /// The best code of at most `limit` bits, nearly, for symbols that occur so often. At least two symbols get one.
    init(frequencies: [UInt32], limit: Int) {
        // The rarest first. A count fits 16 bits: a block has fewer symbols.
        var sorted: [UInt32] = []
        for (symbol, frequency) in frequencies.enumerated() where frequency > 0 {
            sorted.append(min(frequency, 0xFFFF) << 16 | UInt32(truncatingIfNeeded: symbol))
        }
        // A decoder may refuse a code of a single symbol, and one of none.
        for symbol in 0..<2 where sorted.count < 2 && frequencies[symbol] == 0 {
            sorted.append(1 << 16 | UInt32(truncatingIfNeeded: symbol))
        }
        sorted.sort()
        var counts = HuffmanCode.depths(sorted)
        HuffmanCode.shorten(&counts, to: limit)
        var lengths = [UInt8](repeating: 0, count: frequencies.count)
        var index = 0
        for length in stride(from: limit, to: 0, by: -1) {
            for _ in 0..<counts[length] where index < sorted.count {
                lengths[Int(sorted[index] & 0xFFFF)] = UInt8(truncatingIfNeeded: length)
                index += 1
            }
        }
        self.init(lengths: lengths)
    }

    func length(of symbol: Int) -> Int { Int(codes[symbol] >> 16) }

    @inline(__always)
    static func put(_ code: UInt32, _ bits: inout UInt64, _ count: inout UInt64) {
        bits |= UInt64(code & 0xFFFF) &<< count
        count += UInt64(code >> 16)
    }

    private static func reversed(_ code: UInt16) -> UInt16 {
        var code = (code & 0x5555) << 1 | code >> 1 & 0x5555
        code = (code & 0x3333) << 2 | code >> 2 & 0x3333
        code = (code & 0x0F0F) << 4 | code >> 4 & 0x0F0F
        return code.byteSwapped
    }

    /// How many leaves Huffman's tree has at each depth; those below 31 are counted at 31.
    ///
    /// In place, after Moffat and Katajainen: first each inner node gets the weight, then the parent's index, then the
    /// depth. At least two leaves.
    private static func depths(_ sorted: [UInt32]) -> InlineArray<32, Int> {
        var nodes = sorted.map { Int($0 >> 16) }
        let leaves = nodes.count
        var leaf = 0
        var root = 0
        for next in 0..<leaves - 1 {
            var weight = 0
            for _ in 0..<2 {
                if leaf >= leaves || root < next && nodes[root] < nodes[leaf] {
                    weight += nodes[root]
                    nodes[root] = next
                    root += 1
                } else {
                    weight += nodes[leaf]
                    leaf += 1
                }
            }
            nodes[next] = weight
        }
        var counts = InlineArray<32, Int>(repeating: 0)
        nodes[leaves - 2] = 0
        for next in stride(from: leaves - 3, through: 0, by: -1) { nodes[next] = nodes[nodes[next]] + 1 }
        // Of the places at a depth, those that inner nodes do not take are leaves'.
        var places = 1
        var depth = 0
        var node = leaves - 2
        while places > 0 {
            var inner = 0
            while node >= 0, nodes[node] == depth {
                inner += 1
                node -= 1
            }
            counts[min(depth, 31)] += places - inner
            places = 2 * inner
            depth += 1
        }
        return counts
    }

    /// Moves the leaves below `limit` up to it, and others down until there is room for all.
    private static func shorten(_ counts: inout InlineArray<32, Int>, to limit: Int) {
        for depth in limit + 1..<32 {
            counts[limit] += counts[depth]
            counts[depth] = 0
        }
        var used = 0
        for depth in 1...limit { used += counts[depth] << (limit - depth) }
        while used > 1 << limit {
            // A leaf of the lowest depth joins one that moves down: together they take one place less.
            var depth = limit - 1
            while depth > 1, counts[depth] == 0 { depth -= 1 }
            // There is one: not even all symbols fill the lowest depth.
            guard counts[depth] > 0 else { return }
            counts[limit] -= 1
            counts[depth] -= 1
            counts[depth + 1] += 2
            used -= 1
        }
    }
}
