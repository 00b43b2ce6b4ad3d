import Foundation
import IMAPHost
import IMAPMaildirStore
import IMAPMemoryStore
import Testing

@Suite(
    "QRESYNC: a client that is cut off at random moments ends with exactly the mailbox (RFC 7162 sections 3.2 and 6)")
struct ResyncProgramTests {
    private func run(_ seeds: Range<UInt64>, _ store: (UInt64) throws -> any MailStore) async throws {
        var resynchronizations = 0
        for seed in seeds {
            let program = try await ResyncProgram(seed: seed, over: store(seed))
            do {
                try await program.run(40)
            } catch {
                Issue.record("seed \(seed): \(error)\n\(program.log.suffix(60).joined(separator: "\n"))")
                return
            }
            resynchronizations += program.resynchronizations
        }
        // Not by chance: without them nothing was tried.
        #expect(resynchronizations > seeds.count)
    }

    private func number(_ name: String, _ usual: UInt64) -> UInt64 {
        ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) } ?? usual
    }

    /// The store remembers all, little, or nothing. `RESYNC_PROGRAMS` and `RESYNC_SEED` make a long run of it.
    @Test func withMailInMemory() async throws {
        let first = number("RESYNC_SEED", 1)
        try await run(first..<first + number("RESYNC_PROGRAMS", 300)) { seed in
            MemoryStore(historyLimit: [1000, 1000, 8, 3, 0][Int(seed % 5)])
        }
    }

    @Test func withMailOnDisk() async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "resync-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let first = number("RESYNC_SEED", 1)
        try await run(first..<first + number("RESYNC_MAILDIR_PROGRAMS", 30)) { seed in
            MaildirStore(
                path: directory.appending(path: "\(seed)").path,
                options: MaildirStore.Options(historyLimit: [1000, 8, 0][Int(seed % 3)]))
        }
    }
}
