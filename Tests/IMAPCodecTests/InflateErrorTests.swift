import Testing

@testable import IMAPCodec

/// A stream that is wrong, what comes out of it before, and how.
struct BadStream: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stream: [UInt8]
    let error: InflateError
    let plain: [UInt8]

    init(_ name: String, _ error: InflateError, plain: [UInt8] = [], _ write: (inout BitStream) -> Void) {
        testDescription = name
        self.error = error
        self.plain = plain
        var stream = BitStream()
        write(&stream)
        self.stream = stream.octets
    }

    static let all: [BadStream] = ofBlocks + ofHeads + ofCodes + ofSymbols

    private static let ofBlocks = [
        BadStream("a block of type 3", .invalidBlockType) { $0.header(isFinal: false, type: 3) },
        BadStream("the second block of type 3", .invalidBlockType, plain: [0x61]) {
            $0.fixedBlock([0x61])
            $0.header(isFinal: true, type: 3)
        },
        BadStream("a stored length without its complement", .badStoredLength) {
            $0.header(isFinal: false, type: 0)
            $0.align()
            $0.put(0, 32)
        },
        BadStream("a complement that is off by a bit", .badStoredLength) {
            $0.header(isFinal: false, type: 0)
            $0.align()
            $0.put(9, 16)
            $0.put(9 ^ 0xFFFE, 16)
        },
    ]

    private static let ofHeads = [
        BadStream("287 literal and length codes", .tooManyCodes) {
            $0.header(isFinal: true, type: 2)
            $0.put(30, 5)
            $0.put(0, 9)
        },
        BadStream("31 distance codes", .tooManyCodes) {
            $0.header(isFinal: true, type: 2)
            $0.put(0, 5)
            $0.put(30, 5)
            $0.put(0, 4)
        },
        BadStream("a code length code of nothing", .incompleteCode) { $0.dynamicHead(meta: [0, 0, 0, 0]) },
        BadStream("a code length code of a single bit", .incompleteCode) { $0.dynamicHead(meta: [0, 0, 0, 1]) },
        BadStream("a code length code of three single bits", .oversubscribedCode) {
            $0.dynamicHead(meta: [1, 1, 1, 0])
        },
        BadStream("the first code length repeats the one before", .badRepeat) {
            $0.dynamicHead(meta: [1, 0, 1, 0])
            $0.put(code: 0, 1)
            $0.put(0, 2)
        },
        BadStream("zeros run past the last code", .badRepeat) {
            $0.dynamicHead(meta: [0, 0, 1, 1])
            for _ in 0..<2 {
                $0.put(code: 1, 1)
                $0.put(127, 7)
            }
        },
        BadStream("a repetition runs past the last code", .badRepeat) {
            // 16 and 18 in one bit and two, 0 in two.
            $0.dynamicHead(meta: [1, 0, 2, 2])
            $0.put(code: 3, 2)
            $0.put(127, 7)
            $0.put(code: 3, 2)
            $0.put(105, 7)
            // 254 of 258 so far, and 5 more.
            $0.put(code: 0, 1)
            $0.put(2, 2)
        },
        BadStream("no code for the block's end", .noEndOfBlock) {
            $0.dynamicHead(literals: BitStream.lengths(257, [0: 1, 1: 1]), distances: [1])
        },
    ]

    private static let ofCodes = [
        BadStream("literal codes that leave bits over", .incompleteCode) {
            $0.dynamicHead(literals: BitStream.lengths(257, [0: 2, 256: 2]), distances: [1])
        },
        BadStream("three literal codes of a bit", .oversubscribedCode) {
            $0.dynamicHead(literals: BitStream.lengths(257, [0: 1, 1: 1, 256: 1]), distances: [1])
        },
        BadStream("a single literal code of two bits", .incompleteCode) {
            $0.dynamicHead(literals: BitStream.lengths(257, [256: 2]), distances: [1])
        },
        BadStream("a single distance code of two bits", .incompleteCode) {
            $0.dynamicHead(literals: BitStream.lengths(257, [0: 1, 256: 1]), distances: [2])
        },
        BadStream("three distance codes of a bit", .oversubscribedCode) {
            $0.dynamicHead(literals: BitStream.lengths(257, [0: 1, 256: 1]), distances: [1, 1, 1])
        },
        BadStream("distance codes of 15 bits and none else", .incompleteCode) {
            $0.dynamicHead(literals: BitStream.lengths(257, [0: 1, 256: 1]), distances: [15, 15])
        },
    ]

    private static let ofSymbols = [
        BadStream("the fixed code of length symbol 286", .invalidSymbol, plain: [0x61]) {
            $0.header(isFinal: true, type: 1)
            $0.fixed(0x61)
            $0.fixed(286)
        },
        BadStream("the fixed code of distance symbol 30", .invalidSymbol, plain: [0x61]) {
            $0.header(isFinal: true, type: 1)
            $0.fixed(0x61)
            $0.fixed(257)
            $0.put(code: 30, 5)
        },
        BadStream("bits that a single literal code leaves", .invalidSymbol) {
            $0.dynamicHead(literals: BitStream.lengths(257, [256: 1]), distances: [1])
            $0.put(code: 1, 1)
        },
        BadStream("bits that a single distance code leaves", .invalidSymbol, plain: [0x61]) {
            $0.dynamicHead(literals: BitStream.lengths(258, [0x61: 2, 256: 2, 257: 1]), distances: [1])
            $0.put(code: 2, 2)
            $0.put(code: 0, 1)
            $0.put(code: 1, 1)
        },
        BadStream("a match without a distance code", .invalidSymbol) {
            $0.dynamicHead(literals: BitStream.lengths(258, [256: 1, 257: 1]), distances: [0])
            $0.put(code: 1, 1)
            $0.put(code: 0, 1)
        },
        BadStream("a match before the first octet", .distanceTooFar) {
            $0.header(isFinal: true, type: 1)
            $0.fixed(257)
            $0.put(code: 0, 5)
        },
        BadStream("a match one octet too far back", .distanceTooFar, plain: [0x61, 0x62, 0x63]) {
            $0.header(isFinal: true, type: 1)
            for octet in [0x61, 0x62, 0x63] { $0.fixed(octet) }
            $0.fixed(257)
            $0.put(code: 3, 5)
        },
    ]
}

@Suite("Streams that are none (RFC 1951, R-SW-6)")
struct InflateErrorTests {
    @Test(arguments: BadStream.all)
    func aBadStreamIsRefusedInEveryCut(bad: BadStream) {
        // Octets behind, too: the fast way through a block is taken only when enough of them are there.
        for stream in [bad.stream, bad.stream + [UInt8](repeating: 0, count: 40)] {
            let whole = Inflated(stream)
            #expect(whole.error == bad.error)
            #expect(whole.octets == bad.plain)
            for other in Inflated.inEveryCut(stream) { #expect(other == whole) }
        }
    }

    @Test(arguments: BadStream.all)
    func aBadStreamStaysBad(bad: BadStream) {
        var inflater = Inflater()
        var input = bad.stream[...]
        var text: [UInt8] = []
        // What came before the error comes without it.
        if !bad.plain.isEmpty { #expect(throws: Never.self) { try inflater.inflate(&input, into: &text, max: 100) } }
        #expect(text == bad.plain)
        #expect(throws: bad.error) { try inflater.inflate(&input, into: &text, max: 100) }
        #expect(throws: bad.error) {
            var more = octets(hex: "010100feff61")[...]
            _ = try inflater.inflate(&more, into: &text, max: 100)
        }
        #expect(text == bad.plain)
    }

    /// The seed is fixed; a failure names it.
    @Test(arguments: 0..<10 as Range<UInt64>)
    func randomOctetsAreReadTheSameInEveryCut(seed: UInt64) {
        var random = Numbers(seed: seed)
        for _ in 0..<20 {
            var stream = (0..<random.below(60)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            // Dynamic blocks are the ones with something to get wrong.
            if !stream.isEmpty, random.below(3) > 0 { stream[0] = stream[0] & 0xF8 | 4 }
            let whole = Inflated(stream)
            for other in Inflated.inEveryCut(stream) { #expect(other == whole, "seed \(seed), \(stream)") }
        }
    }
}
