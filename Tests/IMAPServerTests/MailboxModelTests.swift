import Foundation
import Testing

@Suite("Sessions that look at the same mailboxes")
struct MailboxModelTests {
    /// `MODEL_PROGRAMS` and `MODEL_SEED` make a long run of it.
    @Test func randomProgramsAgreeWithTheModel() async {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["MODEL_PROGRAMS"].flatMap { UInt64($0) } ?? 1000
        let first = environment["MODEL_SEED"].flatMap { UInt64($0) } ?? 1
        for seed in first..<first + count {
            let program = ModelProgram(seed: seed)
            guard await program.run() != nil else { continue }
            let shrunk = await program.shrunk()
            Issue.record("seed \(seed), \(shrunk.steps.count) steps: \(await shrunk.run() ?? "does not fail again")")
            return
        }
    }
}
