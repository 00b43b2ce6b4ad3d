/// Writes blocks, each in the form that is shortest: stored, with the fixed codes, or with codes of its own (RFC 1951
/// section 3.2.3).
struct BlockWriter: Sendable {
    private var bits = BitWriter()

    private static let fixedLiterals = HuffmanCode(lengths: DeflateAlphabet.fixedLiterals)
    private static let fixedDistances = HuffmanCode(lengths: DeflateAlphabet.fixedDistances)
    /// Codes of its own never pay for a block of fewer tokens: they take about so many octets.
    private static let fewest = 48
    private static let longestStored = 65535

    /// Writes a block of the tokens that `matcher` has.
    mutating func write(_ matcher: Matcher, isFinal: Bool, into output: inout [UInt8]) {
        let tokens = matcher.tokens.span.extracting(first: matcher.count)
        var literals = [UInt32](repeating: 0, count: DeflateAlphabet.literals)
        var distances = [UInt32](repeating: 0, count: DeflateAlphabet.distances)
        BlockWriter.count(tokens, &literals, &distances)
        let extra = BlockWriter.extraBits(literals, distances)
        var size = extra + BlockWriter.size(literals, BlockWriter.fixedLiterals)
        size += BlockWriter.size(distances, BlockWriter.fixedDistances)
        var head: DynamicHead?
        if tokens.count >= BlockWriter.fewest {
            let own = DynamicHead(literals, distances)
            var ownSize = extra + own.size
            ownSize += BlockWriter.size(literals, own.literals) + BlockWriter.size(distances, own.distances)
            if ownSize < size {
                head = own
                size = ownSize
            }
        }
        if let raw = matcher.raw, BlockWriter.storedSize(raw.count) <= size + 3 {
            return store(matcher.window.span, raw, isFinal: isFinal, into: &output)
        }
        bits.write((isFinal ? 1 : 0) | (head == nil ? 1 : 2) << 1, 3, into: &output)
        if let head {
            head.write(&bits, into: &output)
            bits.write(tokens, head.literals, head.distances, size: size - head.size, into: &output)
        } else {
            bits.write(
                tokens, BlockWriter.fixedLiterals, BlockWriter.fixedDistances, size: size, into: &output)
        }
        if isFinal { bits.align(into: &output) }
    }

    /// An empty stored block: the output ends on an octet, 00 00 FF FF.
    mutating func writeBoundary(into output: inout [UInt8]) {
        bits.write(0, 3, into: &output)
        bits.align(into: &output)
        bits.write(0xFFFF_0000, 32, into: &output)
    }

    private static func storedSize(_ octets: Int) -> Int {
        let blocks = max(1, (octets + BlockWriter.longestStored - 1) / BlockWriter.longestStored)
        return octets * 8 + blocks * 42
    }

    private mutating func store(
        _ window: Span<UInt8>, _ raw: Range<Int>, isFinal: Bool, into output: inout [UInt8]
    ) {
        var start = raw.lowerBound
        repeat {
            let count = min(raw.upperBound - start, BlockWriter.longestStored)
            let isLast = start + count == raw.upperBound
            bits.write(isFinal && isLast ? 1 : 0, 3, into: &output)
            bits.align(into: &output)
            bits.write(count | (count ^ 0xFFFF) << 16, 32, into: &output)
            let place = output.count
            output.append(contentsOf: repeatElement(0, count: count))
            var octets = output.mutableSpan
            octets.copy(window, start..<start + count, to: place)
            start += count
        } while start < raw.upperBound
    }

    private static func count(_ tokens: Span<UInt32>, _ literals: inout [UInt32], _ distances: inout [UInt32]) {
        var literals = literals.mutableSpan
        var distances = distances.mutableSpan
        for index in tokens.indices {
            let token = Token(tokens[index])
            if token.isMatch {
                literals[token.lengthSymbol] += 1
                distances[token.distanceSymbol] += 1
            } else {
                literals[token.literal] += 1
            }
        }
        literals[DeflateAlphabet.endOfBlock] = 1
    }

    private static func extraBits(_ literals: [UInt32], _ distances: [UInt32]) -> Int {
        var size = 0
        for (index, length) in DeflateAlphabet.lengths.enumerated() {
            size += Int(literals[257 + index]) * Int(length.extra)
        }
        for (index, reach) in DeflateAlphabet.reaches.enumerated() { size += Int(distances[index]) * Int(reach.extra) }
        return size
    }

    private static func size(_ frequencies: [UInt32], _ code: HuffmanCode) -> Int {
        var size = 0
        for (symbol, frequency) in frequencies.enumerated() { size += Int(frequency) * code.length(of: symbol) }
        return size
    }
}
