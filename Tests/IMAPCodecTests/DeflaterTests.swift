import Testing

@testable import IMAPCodec

@Suite("Streams that are written (RFC 1951, RFC 4978)")
struct DeflaterTests {
    private static func stream(_ text: [UInt8], _ end: Deflater.Flush = .finish) -> [UInt8] {
        var deflater = Deflater()
        var stream: [UInt8] = []
        deflater.deflate(text.span, into: &stream)
        deflater.flush(end, into: &stream)
        return stream
    }

    private static func response(_ number: Int) -> [UInt8] {
        octets("* \(number) FETCH (UID \(3 * number) FLAGS (\\Seen) RFC822.SIZE \(number * 7919 % 65536))\r\n")
    }

    private static func noise(_ count: Int, seed: UInt64) -> [UInt8] {
        var random = Numbers(seed: seed)
        return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
    }

    @Test func whatIsWrittenIsRead() {
        let responses = (1...300).flatMap(Self.response)
        let texts: [[UInt8]] = [
            [], [0], octets("abc"), [UInt8](repeating: 0x61, count: 3), [UInt8](repeating: 0, count: 100_000),
            responses, Self.noise(70_000, seed: 4), responses + Self.noise(20_000, seed: 5) + responses,
        ]
        for text in texts {
            let read = Inflated(Self.stream(text))
            #expect(read.octets == text)
            #expect(read.rest == [] && read.boundaries == 0)
        }
    }

    /// The seed is fixed; a failure names it.
    @Test(arguments: 0..<30 as Range<UInt64>)
    func randomPiecesAndFlushesAreRead(seed: UInt64) {
        var random = Numbers(seed: seed)
        var deflater = Deflater()
        var stream: [UInt8] = []
        var text: [UInt8] = []
        var flushes = 0
        for _ in 0..<20 {
            // Between noise and one octet alone, and again what was there before.
            let mask = [0xFF, 0x0F, 0x03, 0x00][random.below(4)]
            var piece = Self.noise(random.below(1500), seed: random.next()).map { $0 & UInt8(mask) }
            if random.below(3) == 0 { piece = Array(text.dropFirst(random.below(text.count)).prefix(2000)) }
            text += piece
            deflater.deflate(piece.span, into: &stream)
            guard random.below(3) == 0 else { continue }
            deflater.flush(random.below(2) == 0 ? .sync : .full, into: &stream)
            flushes += 1
            #expect(!deflater.hasUnflushed)
            let read = Inflated(stream)
            #expect(read.octets == text && read.boundaries == flushes && read.rest == nil, "seed \(seed)")
        }
        deflater.flush(.finish, into: &stream)
        let read = Inflated(stream, max: 1 + random.below(5000))
        #expect(read.octets == text && read.boundaries == flushes && read.rest == [], "seed \(seed)")
    }

    /// The window moves, and blocks get full.
    @Test func aLongStreamIsRead() {
        var text: [UInt8] = []
        for number in 1...2500 {
            text += Self.response(number)
            if number % 50 == 0 { text += Self.noise(900, seed: UInt64(number)) }
        }
        #expect(text.count > 3 * 65536 / 2)
        let stream = Self.stream(text)
        #expect(stream.count < text.count / 2)
        #expect(Inflated(stream).octets == text)
    }

    @Test func aFlushBringsEverythingOutAndEndsOnAnOctet() {
        for kind in [Deflater.Flush.sync, .full] {
            var deflater = Deflater()
            var stream: [UInt8] = []
            var text: [UInt8] = []
            for number in 1...20 {
                #expect(!deflater.hasUnflushed)
                deflater.deflate(Self.response(number).span, into: &stream)
                #expect(deflater.hasUnflushed)
                deflater.flush(kind, into: &stream)
                text += Self.response(number)
                #expect(stream.suffix(4) == [0x00, 0x00, 0xFF, 0xFF])
                #expect(Inflated(stream).octets == text)
            }
        }
    }

    @Test func aFlushOfNothingIsAnEmptyStoredBlock() {
        #expect(Self.stream([], .sync) == [0x00, 0x00, 0x00, 0xFF, 0xFF])
        #expect(Self.stream([], .full) == [0x00, 0x00, 0x00, 0xFF, 0xFF])
        #expect(Self.stream([], .finish) == [0x03, 0x00])
    }

    /// What follows a full flush has the size it has in a new stream; after a sync flush it is shorter.
    @Test func aFullFlushForgetsWhatWasBefore() {
        let secret = Self.noise(1024, seed: 9)
        func size(after flush: Deflater.Flush) -> Int {
            var deflater = Deflater()
            var stream: [UInt8] = []
            deflater.deflate(secret.span, into: &stream)
            deflater.flush(flush, into: &stream)
            let before = stream.count
            deflater.deflate(secret.span, into: &stream)
            deflater.flush(.sync, into: &stream)
            return stream.count - before
        }
        let alone = Self.stream(secret, .sync).count
        #expect(size(after: .full) == alone)
        #expect(size(after: .finish) == alone)
        #expect(size(after: .sync) < 100)
    }

    /// Behind any flush the memory may be given back, on both sides: what follows is read, refers to what was before, and
    /// is about as short.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func whoRestsGoesOnWhereItWas(seed: UInt64) {
        var random = Numbers(seed: seed)
        var (restless, resting) = (Deflater(), Deflater())
        var inflater = Inflater()
        var sizes = (0, 0)
        var text: [UInt8] = []
        for _ in 0..<24 {
            var piece = Self.noise(random.below(9000), seed: random.next()).map { $0 & 0x0F }
            // What was there before, up to the farthest that a match reaches.
            if random.below(2) == 0 { piece = Array(text.suffix(random.below(33_000)).prefix(3000)) + piece }
            text += piece
            var (long, short): ([UInt8], [UInt8]) = ([], [])
            restless.deflate(piece.span, into: &long)
            restless.flush(.sync, into: &long)
            resting.deflate(piece.span, into: &short)
            resting.rest()
            resting.flush(.sync, into: &short)
            resting.rest()
            sizes = (sizes.0 + long.count, sizes.1 + short.count)
            var rest = short[...]
            var read: [UInt8] = []
            while (try? inflater.inflate(&rest, into: &read, max: 5000)) != .needsInput {
                #expect(read.count <= piece.count, "seed \(seed)")
                guard read.count <= piece.count else { return }
                if random.below(3) == 0 { inflater.rest() }
            }
            inflater.rest()
            #expect(read == piece, "seed \(seed)")
        }
        #expect(sizes.1 < sizes.0 + sizes.0 / 50, "\(sizes), seed \(seed)")
    }

    @Test func whoRestsHoldsWhatAMatchReaches() throws {
        var deflater = Deflater()
        var inflater = Inflater()
        var stream: [UInt8] = []
        let noise = Self.noise(300_000, seed: 7).map { $0 & 0x3F }
        deflater.deflate(noise.span, into: &stream)
        deflater.flush(.sync, into: &stream)
        var rest = stream[...]
        var read: [UInt8] = []
        while try inflater.inflate(&rest, into: &read, max: .max) != .needsInput {}
        // 64 KiB of octets and as many of tokens, with a table of 32 KiB.
        #expect(deflater.held > 150_000 && inflater.held > 60_000)
        deflater.rest()
        inflater.rest()
        #expect(deflater.held < 76_000 && inflater.held < 38_000)
        // Again and again, with little between, is no more work.
        let held = deflater.held
        for _ in 0..<20 {
            let line = octets("* OK\r\n")
            deflater.deflate(line.span, into: &stream)
            deflater.flush(.sync, into: &stream)
            deflater.rest()
        }
        #expect(deflater.held == held)
    }

    @Test func noiseBecomesAFewOctetsLongerAtMost() {
        for count in [1, 100, 20_000, 70_000] {
            let stream = Self.stream(Self.noise(count, seed: 2))
            #expect(stream.count <= count + 5 * (1 + count / 16384) + 1)
        }
    }

    @Test func textIsAboutAsShortAsZlibMakesIt() {
        // Of 16,303 octets zlib 1.2.13 makes 3,249 at its level 1, and 2,736 at level 6.
        #expect(Self.stream((1...300).flatMap(Self.response)).count < 3249)
    }

    @Test func theStreamBehindAFinalBlockIsANewOne() {
        var deflater = Deflater()
        var first: [UInt8] = []
        deflater.deflate(octets("A1 NOOP\r\n").span, into: &first)
        deflater.flush(.finish, into: &first)
        var second: [UInt8] = []
        deflater.deflate(octets("A1 NOOP\r\n").span, into: &second)
        deflater.flush(.finish, into: &second)
        #expect(first == second)
        #expect(Inflated(first + second).rest == second)
    }

    /// Codes that would be longer than 15 bits are not: each octet occurs as often as the two before it together.
    @Test func codesAreLimitedTo15Bits() {
        var frequencies: [UInt32] = [1, 1]
        while frequencies.count < 40 { frequencies.append(frequencies.suffix(2).reduce(0, +)) }
        for limit in [7, 15] {
            let lengths = HuffmanCode(frequencies: Array(frequencies.prefix(limit + 6)), limit: limit).codes.map {
                $0 >> 16
            }
            #expect(lengths.max() == UInt32(limit))
            #expect(lengths.reduce(0) { $0 + (1 << (UInt32(limit) - $1)) } == 1 << UInt32(limit))
        }
    }

    @Test func everyLengthAndDistanceHasItsSymbol() {
        for length in 3...258 {
            let token = Token(length: length, distance: 1)
            let (base, extra) = DeflateAlphabet.lengths[token.lengthSymbol - 257]
            #expect(Int(base) + Int(token.lengthExtra.bits) == length)
            #expect(token.lengthExtra.count == UInt64(extra))
        }
        for distance in 1...32768 {
            let token = Token(length: 3, distance: distance)
            let (base, extra) = DeflateAlphabet.reaches[token.distanceSymbol]
            guard Int(base) + Int(token.distanceExtra.bits) == distance, token.distanceExtra.count == UInt64(extra)
            else {
                Issue.record("distance \(distance)")
                return
            }
        }
    }
}
