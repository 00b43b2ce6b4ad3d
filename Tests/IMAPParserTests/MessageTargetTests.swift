import Testing

@testable import imap_fuzz

@Suite("The fuzzer's messages, digests and bodies (R-SW-6, R-ALG-5)")
struct MessageTargetTests {
    @Test func theCorpusIsThere() {
        let names = CorpusFile.all("message").map(\.name)
        #expect(names.count >= 40)
        #expect(names.count { $0.hasPrefix("digest-") } == 5)
    }

    @Test(arguments: CorpusFile.all("message"))
    func everyCorpusFileIsReadWithoutFault(file: CorpusFile) {
        #expect(MessageTarget.problem(file.input) == nil)
    }

    /// The seed is fixed; a failure names it and the input.
    @Test(arguments: 0..<40 as Range<UInt64>)
    func changedMessagesAreReadWithoutFault(seed: UInt64) {
        var mutator = Mutator(
            corpus: CorpusFile.all("message").map(\.input), seed: seed, words: MessageTarget.words)
        for _ in 0..<10 {
            let input = mutator.next()
            if let problem = MessageTarget.problem(input) { Issue.record("seed \(seed), \(input): \(problem)") }
        }
    }
}
