import Testing

@testable import IMAPCodec

@Suite("What a compressed stream can cost (RFC 4978)")
struct InflateLimitTests {
    /// 1 MiB of one octet as zlib has it: about 1,030 octets of input for each.
    private static let bomb: [UInt8] = {
        var stream = BitStream()
        stream.dynamicHead(literals: BitStream.lengths(286, [0: 2, 256: 2, 285: 1]), distances: [1])
        stream.put(code: 2, 2)
        // 258 octets from 1 back, over and over, in two bits.
        for _ in 0..<4064 {
            stream.put(code: 0, 1)
            stream.put(code: 0, 1)
        }
        for _ in 0..<63 { stream.put(code: 2, 2) }
        stream.put(code: 3, 2)
        return stream.octets
    }()

    @Test func aBombExpandsNoFurtherThanAsked() throws {
        #expect(Self.bomb.count < 1200)
        for step in [1000, 4096, 65536] {
            var inflater = Inflater()
            var input = Self.bomb[...]
            var total = 0
            var progress = Inflater.Progress.outputFull
            while progress == .outputFull {
                var text: [UInt8] = []
                progress = try inflater.inflate(&input, into: &text, max: step)
                #expect(text.count == step || progress == .end)
                #expect(text.allSatisfy { $0 == 0 })
                total += text.count
            }
            #expect(progress == .end)
            #expect(total == 1 << 20)
        }
    }

    @Test func nothingIsProducedWhenNothingIsAskedFor() throws {
        var inflater = Inflater()
        var input = Self.bomb[...]
        var text: [UInt8] = []
        for max in [0, -1, .min] {
            #expect(try inflater.inflate(&input, into: &text, max: max) == .outputFull)
            #expect(text.isEmpty)
        }
        #expect(try inflater.inflate(&input, into: &text, max: .max) == .end)
        #expect(text.count == 1 << 20)
    }

    @Test func blocksOfNothingAreCounted() throws {
        var stream = BitStream()
        for _ in 0..<500 { stream.fixedBlock([]) }
        var inflater = Inflater()
        var input = stream.octets[...]
        var text: [UInt8] = []
        #expect(try inflater.inflate(&input, into: &text, max: 1000) == .needsInput)
        #expect(inflater.blocksWithoutOutput == 500)

        inflater = Inflater()
        input = (octets(hex: "723450f0f3f70fe0e502") + octets(hex: "000000ffff"))[...]
        #expect(try inflater.inflate(&input, into: &text, max: 1000) == .boundary)
        #expect(inflater.blocksWithoutOutput == 1)
        for count in 2..<10 {
            input = octets(hex: "000000ffff")[...]
            #expect(try inflater.inflate(&input, into: &text, max: 1000) == .boundary)
            #expect(inflater.blocksWithoutOutput == count)
        }
        input = octets(hex: "723450f0f3f70fe0e502")[...]
        #expect(try inflater.inflate(&input, into: &text, max: 1000) == .needsInput)
        #expect(inflater.blocksWithoutOutput == 0)
    }

    @Test func whatWasProducedBeforeIsKept() throws {
        var inflater = Inflater()
        var input = octets(hex: "010900f6ff4131204e4f4f500d0a")[...]
        var text = octets("before ")
        #expect(try inflater.inflate(&input, into: &text, max: 100) == .end)
        #expect(text == octets("before A1 NOOP\r\n"))
    }
}
