import Testing

@testable import imap_fuzz

@Suite("The fuzzer's DEFLATE streams (R-SW-6)")
struct DeflateTargetTests {
    @Test func theCorpusIsThere() {
        #expect(CorpusFile.all("deflate").count >= 24)
    }

    @Test(arguments: CorpusFile.all("deflate"))
    func everyCorpusFileIsReadWithoutFault(file: CorpusFile) {
        #expect(DeflateTarget.problem(file.input) == nil)
    }

    /// The seed is fixed; a failure names it and the input.
    @Test(arguments: 0..<8 as Range<UInt64>)
    func changedStreamsAreReadWithoutFault(seed: UInt64) {
        var mutator = Mutator(
            corpus: CorpusFile.all("deflate").map(\.input), seed: seed, words: DeflateTarget.words)
        for _ in 0..<10 {
            let input = mutator.next()
            if let problem = DeflateTarget.problem(input) { Issue.record("seed \(seed), \(input): \(problem)") }
        }
    }
}
