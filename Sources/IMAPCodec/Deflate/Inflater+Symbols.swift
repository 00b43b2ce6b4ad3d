extension Inflater {
    /// Produces octets from a block's symbols, at most `room`: in haste while there is plenty of everything, else one
    /// symbol at a time.
    mutating func readSymbols(
        _ input: Span<UInt8>, _ position: inout Int, _ room: Int
    ) throws(InflateError) -> Progress? {
        if room >= InflateWindow.slack, input.count - position >= BitReader.haste {
            let before = window.end
            let limit = min(window.octets.count - before, room) + before - InflateWindow.slack
            let isOver = try reader.readHastily(
                input, &position, literals, distances, &window.octets, &window.end, limit)
            if isOver { return endBlock() }
            if window.end > before { return nil }
        }
        return try readSymbol(room)
    }

    /// One symbol: a literal, the end of the block, or a whole match. Nothing of it is taken while its bits are not
    /// complete, or while there is no room for its first octet.
    private mutating func readSymbol(_ room: Int) throws(InflateError) -> Progress? {
        let (entry, code) = Inflater.look(literals, reader.bits)
        guard code + Int(entry & 0xFF) <= reader.count else { return .needsInput }
        if entry & HuffmanTable.special != 0 {
            guard entry & HuffmanTable.endOfBlock != 0 else { throw .invalidSymbol }
            reader.drop(code + Int(entry & 0xFF))
            return endBlock()
        }
        guard room > 0 else { return .outputFull }
        var rest = reader
        rest.drop(code)
        let value = Inflater.take(entry, &rest)
        if entry & HuffmanTable.literal != 0 {
            reader = rest
            window.append(UInt8(truncatingIfNeeded: value))
            return nil
        }
        let (second, secondCode) = Inflater.look(distances, rest.bits)
        guard secondCode + Int(second & 0xFF) <= rest.count else { return .needsInput }
        guard second & HuffmanTable.special == 0 else { throw .invalidSymbol }
        rest.drop(secondCode)
        let distance = Inflater.take(second, &rest)
        guard distance <= window.end else { throw .distanceTooFar }
        reader = rest
        step = .match(left: value, distance: distance)
        return nil
    }

    /// The entry that `bits` lead to, and how many bits of its code a link took.
    private static func look(_ table: HuffmanTable, _ bits: UInt64) -> (entry: UInt32, link: Int) {
        let entry = table.entries[Int(bits & (1 << table.bits - 1))]
        guard entry & HuffmanTable.link != 0 else { return (entry, 0) }
        let index = (bits >> table.bits) & (1 << UInt64((entry >> 8) & 15) - 1)
        return (table.entries[Int((entry >> 16) & 0x7FFF) + Int(index)], table.bits)
    }

    /// Takes an entry's bits and adds the extra ones to its value.
    private static func take(_ entry: UInt32, _ reader: inout BitReader) -> Int {
        let code = Int((entry >> 8) & 15)
        reader.drop(code)
        return Int((entry >> 16) & 0x7FFF) + reader.take(Int(entry & 0xFF) - code)
    }
}
