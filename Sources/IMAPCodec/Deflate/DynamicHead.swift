/// The codes of a dynamic block, and how its head says them (RFC 1951 section 3.2.7).
struct DynamicHead {
    let literals: HuffmanCode
    let distances: HuffmanCode
    /// How many bits the head has, behind the block's type.
    private(set) var size = 14

    private var literalCount = DeflateAlphabet.literals
    private var distanceCount = DeflateAlphabet.distances
    /// Code lengths and repetitions: the symbol in bits 0 to 7, above it what follows its code.
    private var symbols: [UInt16] = []
    private var meta = HuffmanCode(lengths: [])
    private var metaCount = 19

    init(_ literalFrequencies: [UInt32], _ distanceFrequencies: [UInt32]) {
        literals = HuffmanCode(frequencies: literalFrequencies, limit: 15)
        distances = HuffmanCode(frequencies: distanceFrequencies, limit: 15)
        while literalCount > 257, literals.length(of: literalCount - 1) == 0 { literalCount -= 1 }
        while distanceCount > 1, distances.length(of: distanceCount - 1) == 0 { distanceCount -= 1 }
        var lengths = (0..<literalCount).map { literals.length(of: $0) }
        lengths += (0..<distanceCount).map { distances.length(of: $0) }
        collect(lengths)

        var frequencies = [UInt32](repeating: 0, count: 19)
        for symbol in symbols { frequencies[Int(symbol & 0xFF)] += 1 }
        meta = HuffmanCode(frequencies: frequencies, limit: 7)
        while metaCount > 4, meta.length(of: DeflateAlphabet.codeLengthOrder[metaCount - 1]) == 0 { metaCount -= 1 }
        size += 3 * metaCount
        for (symbol, frequency) in frequencies.enumerated() {
            size += Int(frequency) * (meta.length(of: symbol) + DynamicHead.extra(symbol))
        }
    }

    func write(_ bits: inout BitWriter, into output: inout [UInt8]) {
        bits.write(literalCount - 257, 5, into: &output)
        bits.write(distanceCount - 1, 5, into: &output)
        bits.write(metaCount - 4, 4, into: &output)
        for symbol in DeflateAlphabet.codeLengthOrder.prefix(metaCount) {
            bits.write(meta.length(of: symbol), 3, into: &output)
        }
        for entry in symbols {
            let symbol = Int(entry & 0xFF)
            bits.write(Int(meta.codes[symbol] & 0xFFFF), meta.length(of: symbol), into: &output)
            bits.write(Int(entry >> 8), DynamicHead.extra(symbol), into: &output)
        }
    }

    /// How many bits follow a symbol's code.
    private static func extra(_ symbol: Int) -> Int {
        switch symbol {
        case 16: 2
        case 17: 3
        case 18: 7
        default: 0
        }
    }

    /// Writes runs of a length as repetitions.
    private mutating func collect(_ lengths: [Int]) {
        var index = 0
        while index < lengths.count {
            let length = lengths[index]
            var run = 1
            while index + run < lengths.count, lengths[index + run] == length { run += 1 }
            index += run
            if length > 0 {
                add(length, 0)
                run -= 1
            }
            while run >= 3 {
                let most = length > 0 ? 6 : run <= 10 ? 10 : 138
                let times = min(run, most)
                add(length > 0 ? 16 : times <= 10 ? 17 : 18, times - (times <= 10 ? 3 : 11))
                run -= times
            }
            for _ in 0..<run { add(length, 0) }
        }
    }

    private mutating func add(_ symbol: Int, _ extra: Int) {
        symbols.append(UInt16(truncatingIfNeeded: extra << 8 | symbol))
    }
}
