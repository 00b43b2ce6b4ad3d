import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

@Suite("MOVE and COPY between mailboxes in memory")
struct MovesTests {
    private func open(_ name: MailboxName, _ store: MemoryStore) async throws -> any MovableMailbox {
        try #require(try await store.account(of: alice).open(name, .readWrite).mailbox as? any MovableMailbox)
    }

    @Test func movesInBothDirectionsAtOnceEndAndLoseNothing() async throws {
        let store = store(messages: 40)
        let name = try mailbox("a")
        try store.createMailbox(name, for: alice)
        let all = UIDSet(.first, uid(.max))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                let (from, to) = index % 2 == 0 ? (MailboxName.inbox, name) : (name, .inbox)
                let mailbox = try await open(from, store)
                group.addTask {
                    for _ in 0..<50 { _ = try await mailbox.move(all, to: to) }
                }
            }
            try await group.waitForAll()
        }
        let left = try store.status(of: .inbox, for: alice).messages + store.status(of: name, for: alice).messages
        #expect(left == 40)
    }

    @Test func aReadOnlyMailboxTakesNoMessages() async throws {
        let store = store(messages: 1)
        let name = try mailbox("archive")
        try store.createMailbox(name, for: alice, access: .readOnly)
        let inbox = try await open(.inbox, store)
        await #expect(throws: StoreError.noPermission) { try await inbox.copy(uids(1), to: name) }
        await #expect(throws: StoreError.noPermission) { try await inbox.move(uids(1), to: name) }
        #expect(try store.status(of: name, for: alice).messages == 0)
        #expect(try store.status(of: .inbox, for: alice).messages == 1)
    }

    @Test func aRenamedInboxKeepsWhatIsDoneToItMeanwhile() async throws {
        let store = store(messages: 30)
        let inbox = try await open(.inbox, store)
        async let expunged = Task {
            try await inbox.changeFlags(.add([.deleted]), of: UIDSet(.first, uid(15)))
            return try await inbox.expunge(UIDSet(.first, uid(30))).count
        }.value
        try await store.account(of: alice).rename(.inbox, to: try mailbox("saved"))
        let gone = try await expunged
        let saved = try store.status(of: try mailbox("saved"), for: alice).messages
        #expect(Int(saved) + gone == 30)
        #expect(try store.status(of: .inbox, for: alice).messages == 0)
    }
}
