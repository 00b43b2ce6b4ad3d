/// The head of a dynamic block as far as it was read (RFC 1951 section 3.2.7).
struct CodeLengths: Sendable {
    /// How many codes the block has: of literals and lengths, of distances, and of the code they are written in.
    var literals = 0
    var distances = 0
    var metaCodes = 0
    /// The lengths that were read.
    var lengths: [UInt8] = []
    var meta = HuffmanTable()

    /// How many lengths both alphabets have.
    var all: Int { literals + distances }
}

extension Inflater {
    /// Goes on with the head of a dynamic block as far as the drawn bits reach. Returns whether they reached anywhere.
    mutating func readCounts() throws(InflateError) -> Bool {
        guard reader.count >= 14 else { return false }
        codes.literals = reader.take(5) + 257
        codes.distances = reader.take(5) + 1
        codes.metaCodes = reader.take(4) + 4
        guard codes.literals <= DeflateAlphabet.literals, codes.distances <= DeflateAlphabet.distances else {
            throw .tooManyCodes
        }
        codes.lengths.removeAll(keepingCapacity: true)
        step = .metaLengths
        return true
    }

    mutating func readMetaLengths() throws(InflateError) -> Bool {
        let before = codes.lengths.count
        while codes.lengths.count < codes.metaCodes {
            guard reader.count >= 3 else { return codes.lengths.count > before }
            codes.lengths.append(UInt8(truncatingIfNeeded: reader.take(3)))
        }
        var lengths = InlineArray<19, UInt8>(repeating: 0)
        for (index, length) in codes.lengths.enumerated() { lengths[DeflateAlphabet.codeLengthOrder[index]] = length }
        try codes.meta.build(lengths.span, .codeLengths)
        codes.lengths.removeAll(keepingCapacity: true)
        step = .codeLengths
        return true
    }

    mutating func readCodeLengths() throws(InflateError) -> Bool {
        let before = codes.lengths.count
        while codes.lengths.count < codes.all {
            let entry = codes.meta.entries[reader.peek(codes.meta.bits)]
            let bits = Int(entry & 0xFF)
            let symbol = UInt8(truncatingIfNeeded: entry >> 16)
            let extra = symbol < 16 ? 0 : symbol == 16 ? 2 : symbol == 17 ? 3 : 7
            guard reader.count >= bits + extra else { return codes.lengths.count > before }
            reader.drop(bits)
            if symbol < 16 {
                codes.lengths.append(symbol)
                continue
            }
            let length: UInt8
            if symbol == 16 {
                guard let last = codes.lengths.last else { throw .badRepeat }
                length = last
            } else {
                length = 0
            }
            let times = reader.take(extra) + (symbol == 18 ? 11 : 3)
            guard times <= codes.all - codes.lengths.count else { throw .badRepeat }
            codes.lengths.append(contentsOf: repeatElement(length, count: times))
        }
        guard codes.lengths[DeflateAlphabet.endOfBlock] != 0 else { throw .noEndOfBlock }
        let lengths = codes.lengths
        try literals.build(lengths.span.extracting(first: codes.literals), .literals)
        try distances.build(lengths.span.extracting(last: codes.distances), .distances)
        step = .symbols
        return true
    }
}
