import IMAPTypes

extension BitReader {
    /// The octets of input that a step in haste draws at most.
    static let haste = 16

    /// Reads symbols while ``haste`` octets of input are left and `window` ends at `limit` or before, and puts the
    /// octets they stand for at the end of `window`. Returns whether the block is over.
    ///
    /// `limit` is ``InflateWindow/slack`` octets before the end of `window`.
    mutating func readHastily(
        _ input: Span<UInt8>, _ position: inout Int, _ literals: HuffmanTable, _ distances: HuffmanTable,
        _ window: inout [UInt8], _ windowEnd: inout Int, _ limit: Int
    ) throws(InflateError) -> Bool {
        // Below 56 bits: what is kept is the beginning of one symbol.
        giveBack(&position)
        let literalTable = literals.entries.span
        let distanceTable = distances.entries.span
        let literalMask: UInt64 = 1 << UInt64(literals.bits) - 1
        let distanceMask: UInt64 = 1 << UInt64(distances.bits) - 1
        var bits = self.bits
        var count = UInt64(self.count)
        var at = position
        var end = windowEnd
        let last = input.count - BitReader.haste
        var octets = window.mutableSpan
        var isOver = false
        var failure: InflateError?

        while at <= last, end <= limit {
            // At least 56 bits. Those above `count` are the input's too: drawn again, they are the same.
            bits |= input.word(at: at) << count
            at += Int((63 - count) >> 3)
            count |= 56

            var entry = literalTable[Int(bits & literalMask)]
            if entry & HuffmanTable.literal != 0 {
                // Three literals have at most 45 bits.
                BitReader.drop(entry, &bits, &count)
                octets[end] = UInt8(truncatingIfNeeded: entry >> 16)
                end += 1
                entry = literalTable[Int(bits & literalMask)]
                if entry & HuffmanTable.literal != 0 {
                    BitReader.drop(entry, &bits, &count)
                    octets[end] = UInt8(truncatingIfNeeded: entry >> 16)
                    end += 1
                    entry = literalTable[Int(bits & literalMask)]
                    if entry & HuffmanTable.literal != 0 {
                        BitReader.drop(entry, &bits, &count)
                        octets[end] = UInt8(truncatingIfNeeded: entry >> 16)
                        end += 1
                        continue
                    }
                }
                // A match has at most 48.
                bits |= input.word(at: at) << count
                at += Int((63 - count) >> 3)
                count |= 56
            }
            if entry & HuffmanTable.special != 0 {
                if entry & HuffmanTable.link != 0 {
                    BitReader.drop(entry, &bits, &count)
                    let index = bits & (1 << UInt64((entry >> 8) & 15) - 1)
                    entry = literalTable[Int((entry >> 16) & 0x7FFF) + Int(index)]
                }
                if entry & HuffmanTable.literal != 0 {
                    BitReader.drop(entry, &bits, &count)
                    octets[end] = UInt8(truncatingIfNeeded: entry >> 16)
                    end += 1
                    continue
                }
                if entry & HuffmanTable.special != 0 {
                    BitReader.drop(entry, &bits, &count)
                    isOver = true
                    if entry & HuffmanTable.endOfBlock == 0 { failure = .invalidSymbol }
                    break
                }
            }
            let length = BitReader.value(entry, bits)
            BitReader.drop(entry, &bits, &count)

            entry = distanceTable[Int(bits & distanceMask)]
            if entry & HuffmanTable.special != 0 {
                if entry & HuffmanTable.link != 0 {
                    BitReader.drop(entry, &bits, &count)
                    let index = bits & (1 << UInt64((entry >> 8) & 15) - 1)
                    entry = distanceTable[Int((entry >> 16) & 0x7FFF) + Int(index)]
                }
                guard entry & HuffmanTable.special == 0 else {
                    failure = .invalidSymbol
                    break
                }
            }
            let distance = BitReader.value(entry, bits)
            BitReader.drop(entry, &bits, &count)
            guard distance <= end else {
                failure = .distanceTooFar
                break
            }
            BitReader.copy(&octets, length, distance, to: end)
            end += length
        }
        windowEnd = end
        position = at
        self = BitReader(bits, Int(count))
        giveBack(&position)
        if let failure { throw failure }
        return isOver
    }

    @inline(__always)
    private static func drop(_ entry: UInt32, _ bits: inout UInt64, _ count: inout UInt64) {
        let length = UInt64(entry & 0xFF)
        // At most 28 bits of the 56 and more that were drawn: `drop` never takes more than there are.
        bits &>>= length
        count &-= length  // no wrap, see above
    }

    /// The entry's value and the extra bits behind its code.
    @inline(__always)
    private static func value(_ entry: UInt32, _ bits: UInt64) -> Int {
        let all = bits & (1 &<< UInt64(entry & 0xFF) - 1)
        return Int((entry >> 16) & 0x7FFF) + Int(truncatingIfNeeded: all &>> UInt64((entry >> 8) & 15))
    }

    /// Repeats `length` octets from `distance` back. Whole words are written: up to 7 octets behind the match too.
    @inline(__always)
    private static func copy(_ octets: inout MutableSpan<UInt8>, _ length: Int, _ distance: Int, to end: Int) {
        var from = end - distance
        var to = end
        let stop = end + length
        if distance >= 8 {
            repeat {
                octets.store(octets.word(at: from), at: to)
                from += 8
                to += 8
            } while to < stop
        } else if distance == 1 {
            let word = UInt64(octets[from]) * 0x0101_0101_0101_0101
            repeat {
                octets.store(word, at: to)
                to += 8
            } while to < stop
        } else {
            while to < stop {
                octets[to] = octets[from]
                from += 1
                to += 1
            }
        }
    }
}
