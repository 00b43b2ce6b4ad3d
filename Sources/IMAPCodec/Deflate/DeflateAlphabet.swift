/// The numbers of DEFLATE's alphabets (RFC 1951 section 3.2.5 to 3.2.7).
enum DeflateAlphabet {
    static let endOfBlock = 256
    /// Symbols that a dynamic block can give a code to.
    static let literals = 286
    static let distances = 30
    /// The farthest that a match can reach back, in octets.
    static let window = 32768
    static let longestMatch = 258

    /// The shortest match of each length symbol, and how many extra bits follow its code. The first symbol is 257.
    static let lengths: [(base: UInt32, extra: UInt32)] = {
        var list: [(base: UInt32, extra: UInt32)] = []
        var base: UInt32 = 3
        for index in 0..<28 {
            let extra = UInt32(max(0, index / 4 - 1))
            list.append((base, extra))
            base += 1 << extra
        }
        // The last one is out of the row: 258 octets, without extra bits.
        list.append((258, 0))
        return list
    }()

    /// The shortest distance of each distance symbol, and how many extra bits follow its code.
    static let reaches: [(base: UInt32, extra: UInt32)] = {
        var list: [(base: UInt32, extra: UInt32)] = []
        var base: UInt32 = 1
        for index in 0..<30 {
            let extra = UInt32(max(0, index / 2 - 1))
            list.append((base, extra))
            base += 1 << extra
        }
        return list
    }()

    /// The order in which a dynamic block lists the lengths of the code length code.
    static let codeLengthOrder: [Int] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15]

    /// The code lengths of a fixed block.
    static let fixedLiterals: [UInt8] =
        [UInt8](repeating: 8, count: 144) + [UInt8](repeating: 9, count: 112) + [UInt8](repeating: 7, count: 24)
        + [UInt8](repeating: 8, count: 8)
    static let fixedDistances = [UInt8](repeating: 5, count: 32)
}
