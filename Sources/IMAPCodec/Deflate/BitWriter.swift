/// Puts bits behind each other, the lowest first, and completed octets into an output (RFC 1951 section 3.1.1).
struct BitWriter: Sendable {
    /// The bits of the octet that is not complete.
    private var bits: UInt64 = 0
    /// How many: at most 7 between calls.
    private(set) var count = 0

    /// Appends the lowest `length` bits of `value`, at most 32. Bits above them are 0.
    mutating func write(_ value: Int, _ length: Int, into output: inout [UInt8]) {
        bits |= UInt64(truncatingIfNeeded: value) << count
        count += length
        while count >= 8 {
            output.append(UInt8(truncatingIfNeeded: bits))
            bits >>= 8
            count -= 8
        }
    }

    /// Fills the octet that was begun with 0.
    mutating func align(into output: inout [UInt8]) {
        if count > 0 { write(0, 8 - count, into: &output) }
    }

    /// Appends the codes of `tokens` and of the block's end, which have `size` bits.
    mutating func write(
        _ tokens: Span<UInt32>, _ literals: HuffmanCode, _ distances: HuffmanCode, size: Int, into output: inout [UInt8]
    ) {
        let start = output.count
        let total = count + size
        // Whole words are written.
        output.append(contentsOf: repeatElement(0, count: total / 8 + 9))
        var octets = output.mutableSpan
        var at = start
        let literalCodes = literals.codes.span
        let distanceCodes = distances.codes.span
        var bits = self.bits
        var count = UInt64(self.count)
        for index in tokens.indices {
            let token = Token(tokens[index])
            if !token.isMatch {
                HuffmanCode.put(literalCodes[token.literal], &bits, &count)
            } else {
                HuffmanCode.put(literalCodes[token.lengthSymbol], &bits, &count)
                let (extra, extraLength) = token.lengthExtra
                bits |= extra &<< count
                count += extraLength
                // At most 7 bits were left, 20 are a length's and 28 a distance's.
                HuffmanCode.put(distanceCodes[token.distanceSymbol], &bits, &count)
                let (reach, reachLength) = token.distanceExtra
                bits |= reach &<< count
                count += reachLength
            }
            octets.store(bits, at: at)
            at += Int(count >> 3)
            bits &>>= count & 56
            count &= 7
        }
        HuffmanCode.put(literalCodes[DeflateAlphabet.endOfBlock], &bits, &count)
        octets.store(bits, at: at)
        at += Int(count >> 3)
        self.bits = bits &>> (count & 56)
        self.count = Int(count & 7)
        output.removeLast(output.count - at)
    }
}
