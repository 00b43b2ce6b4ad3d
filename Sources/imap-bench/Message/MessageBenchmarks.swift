import IMAPServer

/// Messages, read as they come in: ENVELOPE and BODYSTRUCTURE of each.
enum MessageBenchmarks {
    static var all: [Benchmark] { [digests(1000), digests(10_000)] }

    private static func digests(_ count: Int) -> Benchmark {
        Benchmark("message/digest-\(count)", per: "message", units: count) {
            let messages = (0..<count).map { Corpus.octets($0, lines: Corpus.lines) }
            return {
                for message in messages {
                    var maker = DigestMaker()
                    maker.feed(message)
                    guard maker.finish() != nil else { throw Benchmark.Failure("no digest") }
                }
            }
        }
    }
}
