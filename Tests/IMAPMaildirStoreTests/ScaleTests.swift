import IMAPHost
import IMAPTypes
import Synchronization
import Testing

@testable import IMAPMaildirStore

/// Counts what is changed on disk.
private final class CountedSteps: FileSteps {
    private let state = Mutex(0)

    var splitsWrites: Bool { false }
    func pass(_ step: FileStep) { state.withLock { $0 += 1 } }

    /// The steps since this was asked last.
    func take() -> Int {
        state.withLock { count in
            defer { count = 0 }
            return count
        }
    }
}

/// Four times the messages are four times the steps on disk, and never more: counted, not timed.
@Suite("A large mailbox on disk")
struct ScaleTests {
    /// What each operation takes, on a mailbox of so many messages; `odd` is each second one of them.
    private func steps(_ count: Int) async throws -> [(what: String, steps: Int)] {
        let scratch = try Scratch()
        let counted = CountedSteps()
        let account = try await scratch.account(steps: counted)
        try await account.create(mailbox("box"))
        let odd = UIDSet(stride(from: 1, through: count, by: 2).map { uid(UInt32($0)) })
        var all: [(String, Int)] = []
        func note(_ what: String) { all.append((what, counted.take())) }
        _ = counted.take()
        try await account.add(Array(repeating: "Subject: x\r\n\r\ny\r\n", count: count))
        note("append")
        let open = try await account.open(.inbox, .readWrite)
        note("open")
        let inbox = try #require(open.mailbox as? any MovableMailbox)
        let other = try await scratch.account(steps: counted).open(.inbox, .readOnly)
        _ = counted.take()
        _ = try await inbox.changeFlags(.add([.seen]), of: everyUID)
        note("flags of all")
        _ = try await inbox.changeFlags(.add([.deleted]), of: odd)
        note("flags of each second")
        _ = try await inbox.copy(odd, to: mailbox("box"))
        note("copy of each second")
        #expect(try await inbox.expunge(everyUID) == odd)
        note("expunge of each second")
        guard case .some(_, let vanished, let changed, _) = try await other.mailbox.changes(since: other.token) else {
            Issue.record("what changed is not known")
            return all
        }
        #expect(vanished == odd)
        #expect(changed.count == count / 2)
        note("what another session is told")
        let quarter = UIDSet(stride(from: 2, through: count, by: 4).map { uid(UInt32($0)) })
        _ = try await inbox.move(quarter, to: mailbox("box"))
        note("move of each fourth")
        _ = try await inbox.messages(everyUID, [.flags, .size, .modSequence])
        note("reading all")
        try await account.close()
        return all
    }

    @Test func stepsGrowWithMessages() async throws {
        for (few, many) in zip(try await steps(200), try await steps(800)) {
            #expect(many.steps <= few.steps * 4 + 8, "\(few.what): \(few.steps) steps became \(many.steps)")
        }
    }
}
