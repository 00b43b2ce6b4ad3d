import Testing

@testable import IMAPCodec

/// What zlib 1.2.13 made of a text, and the text.
struct DeflateVector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stream: [UInt8]
    let plain: [UInt8]
    var boundaries = 0

    init(_ name: String, _ hex: String, _ plain: [UInt8], boundaries: Int = 0) {
        testDescription = name
        stream = octets(hex: hex)
        self.plain = plain
        self.boundaries = boundaries
    }

    private static let text = octets(
        "* 1 FETCH (UID 3 FLAGS (\\Seen) RFC822.SIZE 44827)\r\n* 2 FETCH (UID 5 FLAGS () RFC822.SIZE 2183)\r\n"
            + "* 3 FETCH (UID 9 FLAGS (\\Seen \\Answered) RFC822.SIZE 929)\r\n")
    private static let runs =
        [UInt8](repeating: 0x61, count: 300) + [UInt8](repeating: 0x62, count: 40)
        + (0..<100).map { $0 % 2 == 0 ? 0x61 : 0x62 }

    static let all = [
        DeflateVector("level 0", "010900f6ff4131204e4f4f500d0a", octets("A1 NOOP\r\n")),
        DeflateVector("nothing", "0300", []),
        DeflateVector(
            "fixed codes",
            """
            d352305470730d71f650d008f57451305670f371740f56d088094e4dcdd354087273b63032d20bf68c72553031b13032d7e4
            e5d2523042d6620ad382aadac8d0c218acd81859b1258af90a318e79c5e5a945a929a87a2d8d2c815a01
            """, text),
        DeflateVector(
            "filtered",
            """
            d352305470730d71f650d008f57451305670f371740f56d088094e4dcdd354087273b63032d20bf68c72553031b13032d7e4
            e5d2523042d6620ad382aadac8d0c25893974b4bc11859b1258af90a318e79c5e5a945a929a87a2d8d2c3579b900
            """, text),
        DeflateVector(
            "dynamic codes, Huffman only",
            """
            05c1b1ae84201005d0dec47fb825509838ba592809324a62e54043281f2dc56eb1bfffce3158c131870baaa4031bf8f6a740
            35e97d683c1c2cd122a946ecbba5b79e270302c71c2ea8920ebcc0b73f054ae3e160891649358256bbe97932d8c031870baa
            a4030e7cfb53a09af43ed0fcf8fefaa7ff693c1c2cd122a94638727a9e0c5670cce1822ae9c006befd29504d7a1f1a0f074b
            b448aa11fb6ee9ade7c980c031870baaa4032ff0ed4f81d2783858a245528da0d56e7a9e0c3670cce1822ae98003dffe14a8
            26bd0f343fbebffee97f1a0f074bb448aa118e9c9ea77f
            """, text + text),
        DeflateVector(
            "dynamic codes, runs only",
            "edc1810000000c0421d6cb1f620a0fb0eacd8c9224499224499224499224499224499224499203", runs),
        DeflateVector("fixed codes, runs", "4b4c1c05c482242241221d2000", runs),
        DeflateVector(
            "a partial flush in the middle",
            """
            d252305470730d71f650d008f57451305670f371740f56d088094e4dcdd354087273b63032d20bf68c72553031b13032d7e4
            e50208302d0523642da6302da8aa8d0c2d8cc18a8d91155ba298af10e398575c9e5a949a82aad7d2c812a81500
            """, text),
        DeflateVector(
            "a sync flush in the middle",
            """
            d252305470730d71f650d008f57451305670f371740f56d088094e4dcdd354087273b63032d20bf68c72553031b13032d7e4
            e502000000ffffd3523042d6620ad382aadac8d0c218acd81859b1258af90a318e79c5e5a945a929a87a2d8d2c815a01
            """, text, boundaries: 1),
        DeflateVector(
            "a full flush in the middle",
            """
            d252305470730d71f650d008f57451305670f371740f56d088094e4dcdd354087273b63032d20bf68c72553031b13032d7e4
            e502000000ffffd352305270730d71f650d008f57451305570f371740f56d0d054087273b63032d20bf68c72553032b430d6
            e4e5d2523046566c09531c139c9a9aa710e398575c9e5a949a82aad7d2c812a81500
            """, text, boundaries: 1),
        DeflateVector(
            "a block's end in the middle",
            """
            d252305470730d71f650d008f57451305670f371740f56d088094e4dcdd354087273b63032d20bf68c72553031b13032d7e4
            e5024c4bc108598b294c0baa6a23430b63b0626364c59628e62bc438e61597a716a5a6a0eab534b2046a0500
            """, text),
    ]
}

@Suite("Streams of zlib (RFC 1951)")
struct InflateVectorTests {
    @Test(arguments: DeflateVector.all)
    func aStreamGivesItsText(vector: DeflateVector) {
        let read = Inflated(vector.stream)
        #expect(read.octets == vector.plain)
        #expect(read.boundaries == vector.boundaries)
        #expect(read.rest == [] && read.error == nil)
    }

    @Test(arguments: DeflateVector.all)
    func theCutChangesNothing(vector: DeflateVector) {
        let whole = Inflated(vector.stream)
        for other in Inflated.inEveryCut(vector.stream) { #expect(other == whole) }
    }

    @Test(arguments: DeflateVector.all)
    func aStreamThatIsCutShortGivesWhatItHasAndWaits(vector: DeflateVector) {
        for end in vector.stream.indices {
            let read = Inflated(Array(vector.stream[..<end]))
            #expect(read.error == nil && read.rest == nil)
            #expect(vector.plain.starts(with: read.octets))
        }
    }

    @Test(arguments: DeflateVector.all)
    func whatIsBehindTheFinalBlockIsHandedBack(vector: DeflateVector) {
        let plain = octets("A2 NOOP\r\nA3 LOGOUT\r\n")
        for other in Inflated.inEveryCut(vector.stream + plain) {
            #expect(other.rest == plain)
            #expect(other.octets == vector.plain)
        }
    }

    @Test func nothingIsReadBehindAnEmptyStoredBlockUntilAskedAgain() throws {
        var inflater = Inflater()
        var input = octets(hex: "723450f0f3f70fe0e502000000ffff 4132204e4f4f500d0a")[...]
        var text: [UInt8] = []
        #expect(try inflater.inflate(&input, into: &text, max: 1000) == .boundary)
        #expect(text == octets("A0 NOOP\r\n"))
        #expect(Array(input) == octets("A2 NOOP\r\n"))
    }

    @Test func codesOf15BitsAreRead() {
        // 1, 2, 3 ... 14, 15 bits, and the last one is the block's end. Both tables have second ones.
        var lengths = BitStream.lengths(257, [256: 15])
        for symbol in 0..<15 { lengths[symbol] = symbol + 1 }
        var stream = BitStream()
        stream.dynamicHead(literals: lengths, distances: [1])
        for symbol in 0..<15 { stream.put(code: (1 << (symbol + 1)) - 2, symbol + 1) }
        stream.put(code: 1 << 15 - 1, 15)
        for read in Inflated.inEveryCut(stream.octets + [0x41]) {
            #expect(read.octets == Array(0..<15))
            #expect(read.rest == [0x41])
        }
    }

    @Test func aMatchReachesBack32768Octets() {
        var random = Numbers(seed: 1)
        let text = (0..<32768).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        var stream = BitStream()
        stream.stored(text)
        stream.header(isFinal: true, type: 1)
        // 258 octets from 32768 back; then 3 from 1 back.
        stream.fixed(285)
        stream.put(code: 29, 5)
        stream.put(8191, 13)
        stream.fixed(257)
        stream.put(code: 0, 5)
        stream.fixed(256)
        let wanted = text + text[..<258] + [UInt8](repeating: text[257], count: 3)
        #expect(Inflated(stream.octets).octets == wanted)
        #expect(Inflated(stream.octets, max: 7).octets == wanted)
        #expect(Inflated(stream.octets.map { [$0] }).octets == wanted)
    }

    /// RFC 1951 section 3.2.7: one distance code of one bit; none at all when all is literals.
    @Test func aSingleDistanceCodeAndNoneAreAccepted() {
        var one = BitStream()
        one.dynamicHead(literals: BitStream.lengths(258, [0x61: 2, 256: 2, 257: 1]), distances: [1])
        one.put(code: 2, 2)
        one.put(code: 0, 1)
        one.put(code: 0, 1)
        one.put(code: 3, 2)
        #expect(Inflated(one.octets).octets == octets("aaaa"))
        #expect(Inflated(one.octets).rest == [])

        var none = BitStream()
        none.dynamicHead(literals: BitStream.lengths(257, [0x61: 1, 256: 1]), distances: [0])
        none.put(code: 0, 1)
        none.put(code: 1, 1)
        #expect(Inflated(none.octets).octets == octets("a"))
        #expect(Inflated(none.octets).rest == [])
    }

    @Test func aBlockWithTheCodeOfItsEndAloneIsEmpty() {
        var stream = BitStream()
        stream.dynamicHead(literals: BitStream.lengths(257, [256: 1]), distances: [0])
        stream.put(code: 0, 1)
        #expect(Inflated(stream.octets).octets.isEmpty)
        #expect(Inflated(stream.octets).rest == [])
    }
}

/// The generator SplitMix64: the same numbers from the same seed on every machine.
struct Numbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(bound, 1))) }
}
