/// What the codes of a Huffman code mean, found by looking at the next bits (RFC 1951 section 3.2.2).
///
/// A first table is indexed by the next few bits; a code that is longer leads to a second one. An entry is
///
///     bits 0-7    how many bits to take, the extra bits of a length or a distance among them
///     bits 8-11   how many of them are the code's; of a link, how many bits index the second table
///     bit  13     the end of a block
///     bit  14     a link to a second table
///     bit  15     neither a length nor a distance: the end of a block, a link, or nothing at all
///     bits 16-30  the literal, the shortest length, the shortest distance, or where the second table begins
///     bit  31     a literal
struct HuffmanTable: Sendable {
    private(set) var entries: [UInt32] = []
    /// How many bits index the first table.
    private(set) var bits = 0

    static let endOfBlock: UInt32 = 1 << 13
    static let link: UInt32 = 1 << 14
    static let special: UInt32 = 1 << 15
    static let literal: UInt32 = 1 << 31

    /// What each symbol means, without its code.
    enum Alphabet {
        case literals, distances, codeLengths

        /// How many bits index the first table at most.
        var bits: Int {
            switch self {
            case .literals: 10
            case .distances: 8
            case .codeLengths: 7
            }
        }

        var meanings: [UInt32] {
            switch self {
            case .literals: Alphabet.ofLiterals
            case .distances: Alphabet.ofDistances
            case .codeLengths: Alphabet.ofCodeLengths
            }
        }

        private static let ofLiterals: [UInt32] =
            (0..<256).map { literal | UInt32($0) << 16 } + [special | endOfBlock]
            + DeflateAlphabet.lengths.map { $0.base << 16 | $0.extra } + [special, special]
        private static let ofDistances: [UInt32] =
            DeflateAlphabet.reaches.map { $0.base << 16 | $0.extra } + [special, special]
        private static let ofCodeLengths: [UInt32] = (0..<19).map { UInt32($0) << 16 }
    }

    static let fixedLiterals = fixed(DeflateAlphabet.fixedLiterals, .literals)
    static let fixedDistances = fixed(DeflateAlphabet.fixedDistances, .distances)

    private static func fixed(_ lengths: [UInt8], _ alphabet: Alphabet) -> HuffmanTable {
        var table = HuffmanTable()
        // The codes of a fixed block are complete.
        try? table.build(lengths.span, alphabet)
        return table
    }

    /// Makes the table of the code that gives `lengths[symbol]` bits to each symbol, at most 15; none when 0.
    mutating func build(_ lengths: Span<UInt8>, _ alphabet: Alphabet) throws(InflateError) {
        var counts = InlineArray<16, Int>(repeating: 0)
        for symbol in lengths.indices { counts[Int(lengths[symbol] & 15)] += 1 }
        counts[0] = 0
        let longest = try HuffmanTable.longest(counts, alphabet)

        // Symbols in the order of their codes.
        var offsets = InlineArray<17, Int>(repeating: 0)
        for length in 0..<16 { offsets[length + 1] = offsets[length] + counts[length] }
        let used = offsets[16]
        var sorted = InlineArray<288, UInt16>(repeating: 0)
        for symbol in lengths.indices where lengths[symbol] & 15 != 0 {
            let length = Int(lengths[symbol] & 15)
            sorted[offsets[length]] = UInt16(symbol)
            offsets[length] += 1
        }

        bits = max(1, min(alphabet.bits, longest))
        entries.removeAll(keepingCapacity: true)
        // What is left over is no code; it takes the bit that a single code leaves (see `longest`).
        entries.append(contentsOf: repeatElement(HuffmanTable.special | 1 << 8 | 1, count: 1 << bits))

        let meanings = alphabet.meanings
        var next = 0
        // The codes, with their first bit lowest, as the bits of a stream come.
        var code = 0
        var length = 1
        while length <= min(bits, longest) {
            let end = next + counts[length]
            while next < end {
                let entry = HuffmanTable.entry(meanings, sorted[next], length)
                var slots = entries.mutableSpan
                var slot = code
                while slot < slots.count {
                    slots[slot] = entry
                    slot += 1 << length
                }
                code = HuffmanTable.after(code, length)
                next += 1
            }
            length += 1
        }
        guard next < used else { return }
        fillSecondTables(from: length, code, next..<used, sorted, counts, meanings)
    }

    /// Codes that are longer than the first table's index: a table for each beginning they share.
    private mutating func fillSecondTables(
        from first: Int, _ firstCode: Int, _ rest: Range<Int>, _ sorted: InlineArray<288, UInt16>,
        _ allCounts: InlineArray<16, Int>, _ meanings: [UInt32]
    ) {
        var counts = allCounts
        var length = first
        var code = firstCode
        var beginning = -1
        var start = 0
        var size = 0
        for next in rest {
            while length < 15, counts[length] == 0 { length += 1 }
            let prefix = code & (1 << bits - 1)
            if prefix != beginning {
                beginning = prefix
                // As many bits as it takes until the codes of this length and longer fill the table.
                var index = length - bits
                var left = 1 << index - counts[length]
                while left > 0, index + bits < 15 {
                    index += 1
                    left = left << 1 - counts[index + bits]
                }
                start = entries.count
                size = 1 << index
                entries.append(contentsOf: repeatElement(HuffmanTable.special | 1 << 8 | 1, count: size))
                let link = HuffmanTable.special | HuffmanTable.link | UInt32(truncatingIfNeeded: start) << 16
                entries[prefix] = link | UInt32(truncatingIfNeeded: index << 8 | bits)
            }
            let entry = HuffmanTable.entry(meanings, sorted[next], length - bits)
            var slot = code >> bits
            while slot < size {
                entries[start + slot] = entry
                slot += 1 << (length - bits)
            }
            code = HuffmanTable.after(code, length)
            counts[length] -= 1
        }
    }

    /// The longest code's bits, when the codes fill their room and no more.
    private static func longest(
        _ counts: InlineArray<16, Int>, _ alphabet: Alphabet
    ) throws(InflateError) -> Int {
        var longest = 0
        var left = 1
        for length in 1..<16 {
            left = left << 1 - counts[length]
            guard left >= 0 else { throw .oversubscribedCode }
            if counts[length] > 0 { longest = length }
        }
        // A block whose matches have one distance gives that a single code of one bit, and a block without matches may
        // have no distance code at all (RFC 1951 section 3.2.7). A block of nothing has a single literal code.
        guard left == 0 || alphabet != .codeLengths && longest <= 1 else { throw .incompleteCode }
        return longest
    }

    private static func entry(_ meanings: [UInt32], _ symbol: UInt16, _ length: Int) -> UInt32 {
        let symbol = Int(symbol)
        let meaning = symbol < meanings.count ? meanings[symbol] : special
        return meaning + UInt32(truncatingIfNeeded: length << 8 | length)
    }

    /// The code behind `code` of the same length, both with their first bit lowest.
    private static func after(_ code: Int, _ length: Int) -> Int {
        var bit = 1 << (length - 1)
        while bit > 0, code & bit != 0 { bit >>= 1 }
        // Behind the last code there is none.
        return bit == 0 ? 0 : code & (bit - 1) | bit
    }
}
