import Testing

@testable import IMAPCodec

/// What a client sends behind the compressed line UNAUTHENTICATE, and what that is.
struct EndOfCompression: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let stream: [UInt8]
    let found: Inflater.Boundary

    static let line = octets("A1 UNAUTHENTICATE\r\n")
    static let plain = octets("A2 NOOP\r\n")

    init(_ name: String, _ found: Inflater.Boundary, _ hex: String) {
        testDescription = name
        stream = octets(hex: hex)
        self.found = found
    }

    init(_ name: String, _ found: Inflater.Boundary, _ write: (inout BitStream) -> Void) {
        testDescription = name
        var stream = BitStream()
        write(&stream)
        self.stream = stream.octets
        self.found = found
    }

    static let boundaries = ofZlib + ofBits + atEachBit
    static let none = noneOfZlib + noneOfBits

    private static let ofZlib = [
        EndOfCompression("sync flush", .boundary, "72345408f5730c0df170f50bf174760c71e5e502000000ffff"),
        EndOfCompression("final block", .boundary, "73345408f5730c0df170f50bf174760c71e5e50200"),
        EndOfCompression(
            "stored, sync flush", .boundary, "001300ecff413120554e41555448454e5449434154450d0a000000ffff"),
        EndOfCompression("stored final block", .boundary, "011300ecff413120554e41555448454e5449434154450d0a"),
        EndOfCompression(
            "the block's end, then an empty final block", .boundary, "72345408f5730c0df170f50bf174760c71e5e5020c00"),
    ]

    private static let ofBits = [
        EndOfCompression("an empty stored final block", .boundary) {
            $0.fixedBlock(line)
            $0.stored([], isFinal: true)
        },
        EndOfCompression("an empty dynamic final block", .boundary) {
            $0.fixedBlock(line)
            $0.dynamicHead(literals: BitStream.lengths(257, [256: 1]), distances: [0])
            $0.put(code: 0, 1)
        },
        EndOfCompression("padding that is not 0", .boundary) {
            $0.fixedBlock(line)
            $0.header(isFinal: false, type: 0)
            $0.alignWithOnes()
            $0.put(0xFFFF << 16, 32)
        },
    ]

    /// The flush begins at each bit of an octet: empty blocks of 10 bits, and one of 1,107, come before.
    private static let atEachBit = (0..<8).map { bit in
        EndOfCompression("a flush that begins \(bit) bits further", .boundary) {
            for _ in 0..<bit / 2 { $0.fixedBlock([]) }
            if bit % 2 == 1 {
                $0.dynamicHead(isFinal: false, literals: BitStream.lengths(257, [256: 1]), distances: [0])
                $0.put(code: 0, 1)
            }
            $0.fixedBlock(line)
            $0.stored([])
        }
    }

    private static let noneOfZlib = [
        EndOfCompression("partial flush", .none, "72345408f5730c0df170f50bf174760c71e5e50208 000000"),
        EndOfCompression(
            "partial flush, then sync flush", .none, "72345408f5730c0df170f50bf174760c71e5e50208000000ffff"),
        EndOfCompression(
            "more in the same block", .none, "72345408f5730c0df170f50bf174760c71e5e5723452f0f3f70fe0e502000000ffff"),
        EndOfCompression(
            "more in the next block", .none, "72345408f5730c0df170f50bf174760c71e5e502c8d148c1cfdf3f80970b000000ffff"),
        EndOfCompression(
            "more in a stored block", .none,
            "001300ecff413120554e41555448454e5449434154450d0a000900f6ff4132204e4f4f500d0a000000ffff"),
    ]

    private static let noneOfBits = [
        EndOfCompression("more in the final block", .none) {
            $0.fixedBlock(line)
            $0.fixedBlock(plain, isFinal: true)
        },
        EndOfCompression("a match in the same block", .none) {
            $0.header(isFinal: false, type: 1)
            for octet in line { $0.fixed(Int(octet)) }
            $0.fixed(257)
            $0.put(code: 2, 5)
            $0.fixed(256)
            $0.stored([])
        },
        EndOfCompression("an empty dynamic block", .none) {
            $0.fixedBlock(line)
            $0.dynamicHead(isFinal: false, literals: BitStream.lengths(257, [256: 1]), distances: [0])
            $0.put(code: 0, 1)
            $0.stored([])
        },
        EndOfCompression("an empty fixed block, then the final one", .none) {
            $0.fixedBlock(line)
            $0.fixedBlock([])
            $0.fixedBlock([], isFinal: true)
        },
        EndOfCompression("another block, then nonsense", .none) {
            $0.fixedBlock(line)
            $0.fixedBlock([])
            $0.header(isFinal: false, type: 3)
        },
    ]
}

/// A connection that takes the line out of its stream, asks for no octet more, and then for the boundary.
private struct Reader {
    var text: [UInt8] = []
    var found: Inflater.Boundary?
    var error: InflateError?
    /// What was not taken when the answer came.
    var rest: [UInt8] = []

    init(_ pieces: [[UInt8]], max: Int) {
        var inflater = Inflater()
        for (index, piece) in pieces.enumerated() {
            var input = piece[...]
            do {
                var progress = Inflater.Progress.outputFull
                while text.count < EndOfCompression.line.count, progress != .needsInput {
                    let most = Swift.min(max, EndOfCompression.line.count - text.count)
                    progress = try inflater.inflate(&input, into: &text, max: most)
                }
                guard text.count == EndOfCompression.line.count else { continue }
                found = try inflater.endAtBoundary(&input)
            } catch {
                self.error = error
                return
            }
            rest = Array(input) + pieces[(index + 1)...].joined()
            if found != .needsMore { return }
        }
    }

    static func inEveryCut(_ stream: [UInt8]) -> [Reader] {
        var all: [Reader] = []
        for max in [1, 1000] {
            for place in stream.indices {
                all.append(Reader([Array(stream[..<place]), Array(stream[place...])], max: max))
            }
            all.append(Reader(stream.map { [$0] }, max: max))
        }
        return all
    }
}

@Suite("Where compression ends (RFC 8437 section 4.1)")
struct InflateBoundaryTests {
    @Test(arguments: EndOfCompression.boundaries)
    func plainTextBeginsBehindTheFlush(end: EndOfCompression) {
        for reader in Reader.inEveryCut(end.stream + EndOfCompression.plain) {
            #expect(reader.text == EndOfCompression.line)
            #expect(reader.found == .boundary)
            #expect(reader.rest == EndOfCompression.plain)
        }
    }

    /// The OK does not wait for the flush: it may come in later segments, or never.
    @Test(arguments: EndOfCompression.boundaries)
    func aFlushThatIsNotThereYetIsWaitedFor(end: EndOfCompression) {
        for count in end.stream.indices {
            let reader = Reader([Array(end.stream[..<count])], max: 1000)
            // The octet that ends the line may hold the flush's first bits.
            #expect(reader.found == (reader.text.count < EndOfCompression.line.count ? nil : .needsMore))
            #expect(reader.rest.isEmpty)
        }
    }

    @Test(arguments: EndOfCompression.none)
    func whatElseIsCompressedBehindTheLineIsNoBoundary(end: EndOfCompression) {
        for reader in Reader.inEveryCut(end.stream + EndOfCompression.plain) {
            #expect(reader.text == EndOfCompression.line)
            #expect(reader.found == Inflater.Boundary.none)
        }
    }

    /// `inflate` had read on to the flush, or over the partial flush, before the line was understood.
    @Test(arguments: EndOfCompression.boundaries + EndOfCompression.none.prefix(2))
    func theBoundaryIsKnownToAReaderThatAskedForMore(end: EndOfCompression) throws {
        var inflater = Inflater()
        var input = (end.stream + EndOfCompression.plain)[...]
        var text: [UInt8] = []
        if end.found == Inflater.Boundary.none { input = input.prefix(21) }
        let progress = try inflater.inflate(&input, into: &text, max: 1000)
        #expect(text == EndOfCompression.line)
        #expect(progress != .outputFull)
        #expect(try inflater.endAtBoundary(&input) == end.found)
        if end.found == .boundary { #expect(Array(input) == EndOfCompression.plain) }
    }

    @Test func theFirstFlushCounts() throws {
        // zlib: sync flush, then the end of the stream.
        let stream = octets(hex: "72345408f5730c0df170f50bf174760c71e5e502000000ffff0300")
        for reader in Reader.inEveryCut(stream) {
            #expect(reader.found == .boundary)
            #expect(reader.rest == [0x03, 0x00])
        }
    }

    @Test func earlierFlushesAreNoBoundaryOfALaterLine() throws {
        var inflater = Inflater()
        var input = octets(hex: "723450f0f3f70fe0e502000000ffff72345408f5730c0df170f50bf174760c71e5e502")[...]
        var text: [UInt8] = []
        #expect(try inflater.inflate(&input, into: &text, max: 1000) == .boundary)
        #expect(try inflater.inflate(&input, into: &text, max: 1000) == .needsInput)
        #expect(text == octets("A0 NOOP\r\nA1 UNAUTHENTICATE\r\n"))
        #expect(try inflater.endAtBoundary(&input) == .needsMore)
        var flush = octets(hex: "000000ffff41")[...]
        #expect(try inflater.endAtBoundary(&flush) == .boundary)
        #expect(Array(flush) == [0x41])
    }

    @Test func theInflaterIsAtItsEndBehindTheBoundary() throws {
        var inflater = Inflater()
        var input = (EndOfCompression.boundaries[0].stream + EndOfCompression.plain)[...]
        var text: [UInt8] = []
        _ = try inflater.inflate(&input, into: &text, max: 19)
        #expect(try inflater.endAtBoundary(&input) == .boundary)
        #expect(try inflater.endAtBoundary(&input) == .boundary)
        #expect(try inflater.inflate(&input, into: &text, max: 1000) == .end)
        #expect(Array(input) == EndOfCompression.plain)
        #expect(text == EndOfCompression.line)
    }

    @Test(arguments: [
        "72345408f5730c0df170f50bf174760c71e5e50218", "72345408f5730c0df170f50bf174760c71e5e50200010000ff",
    ])
    func nonsenseBehindTheLineIsAnError(hex: String) {
        let stream = octets(hex: hex)
        for reader in Reader.inEveryCut(stream) {
            #expect(reader.text == EndOfCompression.line)
            #expect(reader.error != nil)
        }
    }
}
