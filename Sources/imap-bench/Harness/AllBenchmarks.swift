extension Benchmark {
    /// Everything that `imap-bench run` measures.
    static var all: [Benchmark] {
        ParserBenchmarks.all + ResponseBenchmarks.all + TransferBenchmarks.all + MessageBenchmarks.all
            + ServerBenchmarks.all + ViewBenchmarks.all
    }
}
