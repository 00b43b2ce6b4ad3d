@testable import IMAPCodec

/// A DEFLATE stream written bit by bit (RFC 1951 section 3.1.1), right or wrong.
struct BitStream {
    private(set) var octets: [UInt8] = []
    private var free = 0

    /// The lowest bit first, as all but codes are written.
    mutating func put(_ value: Int, _ count: Int) {
        for bit in 0..<count {
            if free == 0 {
                octets.append(0)
                free = 8
            }
            if value >> bit & 1 == 1 { octets[octets.count - 1] |= 1 << UInt8(8 - free) }
            free -= 1
        }
    }

    /// The highest bit first, as codes are written.
    mutating func put(code: Int, _ count: Int) {
        for bit in (0..<count).reversed() { put(code >> bit & 1, 1) }
    }

    mutating func align() { free = 0 }

    mutating func alignWithOnes() { put(0xFF, free) }

    mutating func header(isFinal: Bool, type: Int) {
        put(isFinal ? 1 : 0, 1)
        put(type, 2)
    }

    mutating func stored(_ text: [UInt8], isFinal: Bool = false) {
        header(isFinal: isFinal, type: 0)
        align()
        octets += [UInt8(text.count & 255), UInt8(text.count >> 8)]
        octets += [~UInt8(text.count & 255), ~UInt8(text.count >> 8)] + text
    }

    /// A symbol of a fixed block (RFC 1951 section 3.2.6).
    mutating func fixed(_ symbol: Int) {
        switch symbol {
        case ..<144: put(code: 0x30 + symbol, 8)
        case ..<256: put(code: 0x190 + symbol - 144, 9)
        case ..<280: put(code: symbol - 256, 7)
        default: put(code: 0xC0 + symbol - 280, 8)
        }
    }

    mutating func fixedBlock(_ text: [UInt8], isFinal: Bool = false) {
        header(isFinal: isFinal, type: 1)
        for octet in text { fixed(Int(octet)) }
        fixed(256)
    }

    /// The head of a dynamic block whose code lengths have 4 bits each.
    mutating func dynamicHead(isFinal: Bool = true, literals: [Int], distances: [Int]) {
        header(isFinal: isFinal, type: 2)
        put(literals.count - 257, 5)
        put(distances.count - 1, 5)
        put(15, 4)
        for _ in 0..<3 { put(0, 3) }
        for _ in 0..<16 { put(4, 3) }
        for length in literals + distances { put(code: length, 4) }
    }

    /// The head of a dynamic block without its code lengths, 257 and 1 of them. `meta` are the lengths of the code
    /// they are written in, in the order of the RFC: 16, 17, 18, 0, 8, 7 and so on.
    mutating func dynamicHead(meta: [Int]) {
        header(isFinal: true, type: 2)
        put(0, 5)
        put(0, 5)
        put(meta.count - 4, 4)
        for length in meta { put(length, 3) }
    }

    /// `count` lengths, all 0 but those named.
    static func lengths(_ count: Int, _ named: [Int: Int]) -> [Int] { (0..<count).map { named[$0] ?? 0 } }
}

func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

func octets(hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

/// What a reader made of a stream that came in pieces.
struct Inflated: Equatable {
    var octets: [UInt8] = []
    /// How many empty stored blocks ended.
    var boundaries = 0
    var error: InflateError?
    /// What was behind the final block; `nil` when that did not come.
    var rest: [UInt8]?

    init(_ pieces: [[UInt8]], max: Int = .max) {
        var inflater = Inflater()
        for (index, piece) in pieces.enumerated() {
            var input = piece[...]
            var progress: Inflater.Progress?
            while progress != .needsInput {
                do {
                    progress = try inflater.inflate(&input, into: &octets, max: max)
                } catch {
                    self.error = error
                    return
                }
                if progress == .boundary { boundaries += 1 }
                if progress == .end {
                    rest = Array(input) + pieces[(index + 1)...].joined()
                    return
                }
            }
        }
    }

    init(_ stream: [UInt8], max: Int = .max) { self.init([stream], max: max) }

    /// The stream cut once at each place, and into octets, and read in steps of one octet.
    static func inEveryCut(_ stream: [UInt8]) -> [Inflated] {
        let drip = stream.map { [$0] }
        return stream.indices.map { Inflated([Array(stream[..<$0]), Array(stream[$0...])]) }
            + [Inflated(drip), Inflated(drip, max: 1), Inflated([stream], max: 1), Inflated([stream], max: 2)]
    }
}
