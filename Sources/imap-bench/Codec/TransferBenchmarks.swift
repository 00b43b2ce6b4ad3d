import IMAPCodec
import IMAPText

/// Octets into other octets: names, base64, DEFLATE.
enum TransferBenchmarks {
    static var all: [Benchmark] {
        [
            encoding("text/mutf7-encode", mailbox) { ModifiedUTF7.encode($0) },
            encoding("text/mutf7-decode", ModifiedUTF7.encode(mailbox.span)) { ModifiedUTF7.decode($0) },
            encoding("text/base64-encode", binary) { Base64.encode($0) },
            encoding("text/base64-decode", Base64.encode(binary.span)) { Base64.decode($0) },
            deflate("deflate/deflate-listing", listing), deflate("deflate/deflate-binary", binary),
            inflate("deflate/inflate-listing", listing), inflate("deflate/inflate-binary", binary),
        ]
    }

    /// A mailbox name with ASCII, an ampersand, and characters of one, two and four octets of UTF-16.
    private static let mailbox = Array("Archive/R&D/Überweisungen/台北/日本語/Отчёты 2024/😀".utf8)

    /// 64 KiB without a pattern.
    private static let binary: [UInt8] = {
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        return (0..<65_536).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }()

    /// What FETCH 1:1500 (UID FLAGS) is answered with.
    private static let listing: [UInt8] = (1...1500).flatMap { number -> [UInt8] in
        Array(
            "* \(number) FETCH (UID \(number * 3 + 4000) FLAGS (\\Seen\(number % 7 == 0 ? " \\Answered" : "")))\r\n"
                .utf8)
    }

    private static func encoding<Result: Equatable>(
        _ name: String, _ input: [UInt8], _ transform: @escaping (Span<UInt8>) -> Result
    ) -> Benchmark {
        Benchmark(name, per: "call", octets: input.count) {
            let expected = transform(input.span)
            return {
                guard transform(input.span) == expected else { throw Benchmark.Failure("another result") }
            }
        }
    }

    private static func deflate(_ name: String, _ input: [UInt8]) -> Benchmark {
        Benchmark(name, per: "KiB", units: input.count / 1024, octets: input.count) {
            var deflater = Deflater()
            return {
                var output: [UInt8] = []
                deflater.deflate(input.span, into: &output)
                deflater.flush(.full, into: &output)
                guard !output.isEmpty else { throw Benchmark.Failure("no octets") }
            }
        }
    }

    private static func inflate(_ name: String, _ input: [UInt8]) -> Benchmark {
        Benchmark(name, per: "KiB", units: input.count / 1024, octets: input.count) {
            var deflater = Deflater()
            var stream: [UInt8] = []
            deflater.deflate(input.span, into: &stream)
            deflater.flush(.finish, into: &stream)
            return {
                var inflater = Inflater()
                var rest = stream[...]
                var output: [UInt8] = []
                output.reserveCapacity(input.count)
                while case let progress = try inflater.inflate(&rest, into: &output, max: 65_536), progress != .end {
                    guard progress != .needsInput else { throw Benchmark.Failure("the stream has no end") }
                }
                guard output.count == input.count else { throw Benchmark.Failure("\(output.count) octets") }
            }
        }
    }
}
