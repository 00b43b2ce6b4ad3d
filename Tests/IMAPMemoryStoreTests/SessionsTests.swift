import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

@Suite("Sessions, wakes and the recent flag")
struct SessionsTests {
    @Test func everyChangeWakesTheUsersSessions() async throws {
        let store = store(messages: 2)
        let recorder = WakeRecorder()
        let account = try await store.account(of: alice)
        try await account.watch(Wake(recorder))
        let other = try await store.account(of: alice).open(.inbox, .readWrite)
        #expect(recorder.take() == [])

        try store.append([], to: .inbox, for: alice)
        #expect(recorder.take() == [.inbox])
        try await other.mailbox.changeFlags(.add([.deleted]), of: uids(1))
        #expect(recorder.take() == [.inbox])
        _ = try await other.mailbox.expunge(uids(1))
        #expect(recorder.take() == [.inbox])

        let (name, renamed) = (try mailbox("a"), try mailbox("b"))
        try store.createMailbox(name, for: alice)
        #expect(recorder.take() == [name])
        try store.renameMailbox(name, to: renamed, for: alice)
        #expect(recorder.take() == [name, renamed])
        try store.deleteMailbox(renamed, for: alice)
        #expect(recorder.take() == [renamed])
    }

    @Test func whatChangesNothingWakesNobody() async throws {
        let store = store(messages: 1)
        let recorder = WakeRecorder()
        let account = try await store.account(of: alice)
        try await account.watch(Wake(recorder))
        try store.changeFlags(.remove([.seen]), of: uids(1), in: .inbox, for: alice)
        try store.expunge(uids(1), in: .inbox, for: alice)
        _ = try await account.open(.inbox, .readWrite)
        _ = try await account.status(of: .inbox)
        #expect(recorder.take() == [])
    }

    @Test func anotherUsersMailWakesNobodyElse() async throws {
        let store = store(messages: 0)
        let recorder = WakeRecorder()
        try await store.account(of: alice).watch(Wake(recorder))
        try store.append([], to: .inbox, for: UserIdentity(name: Array("bob".utf8)))
        #expect(recorder.take() == [])
    }

    @Test func aSessionIsWokenUnderTheNameItOpened() async throws {
        let store = store(messages: 0)
        let (old, new) = (try mailbox("old"), try mailbox("new"))
        try store.createMailbox(old, for: alice)
        let recorder = WakeRecorder()
        let account = try await store.account(of: alice)
        try await account.watch(Wake(recorder))
        let open = try await account.open(old, .readWrite)
        try store.renameMailbox(old, to: new, for: alice)
        _ = recorder.take()
        try store.append([], to: new, for: alice)
        #expect(Set(recorder.take()) == [old, new])
        #expect(ChangeSummary(try await open.mailbox.changes(since: open.token)).appeared == uids(1))
    }

    @Test func nothingOfASessionIsLeftAfterItsEnd() async throws {
        let store = store(messages: 1)
        weak var left: WakeRecorder?
        do {
            let recorder = WakeRecorder()
            left = recorder
            let account = try await store.account(of: alice)
            try await account.watch(Wake(recorder))
            let open = try await account.open(.inbox, .readWrite)
            #expect(store.openSessionCount == 1)
            #expect(store.openMailboxCount == 1)
            try await account.close()
            #expect(store.openSessionCount == 0)
            #expect(store.openMailboxCount == 0)
            try store.append([], to: .inbox, for: alice)
            #expect(recorder.take() == [])

            await #expect(throws: StoreError.unavailable) { try await account.mailboxes() }
            await #expect(throws: StoreError.unavailable) { try await account.status(of: .inbox) }
            await #expect(throws: StoreError.unavailable) { try await account.open(.inbox, .readOnly) }
            await #expect(throws: StoreError.unavailable) { try await account.watch(Wake(recorder)) }
            await #expect(throws: StoreError.unavailable) { try await open.mailbox.messages(uids(1), .flags) }
            await #expect(throws: StoreError.unavailable) { try await open.mailbox.expunge(uids(1)) }
            try await open.mailbox.close()
            try await account.close()
        }
        #expect(left == nil)
    }

    @Test func aClosedMailboxLeavesItsSessionOpen() async throws {
        let store = store(messages: 1)
        let account = try await store.account(of: alice)
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.close()
        #expect(store.openMailboxCount == 0)
        #expect(store.openSessionCount == 1)
        await #expect(throws: StoreError.unavailable) { try await open.mailbox.changes(since: open.token) }
        _ = try await account.open(.inbox, .readOnly)
        #expect(store.openMailboxCount == 1)
    }

    @Test func aMailboxThatIsNotThereLeavesNoHandle() async throws {
        let store = store(messages: 0)
        let account = try await store.account(of: alice)
        await #expect(throws: StoreError.nonExistent) { try await account.open(try mailbox("none"), .readOnly) }
        #expect(store.openMailboxCount == 0)
    }

    @Test func onlyAReadWriteOpeningClaimsWhatIsRecent() async throws {
        let store = store(messages: 2)
        let account = try await store.account(of: alice)
        #expect(try await account.open(.inbox, .readOnly).recent == uids(1, 2))
        #expect(try await account.status(of: .inbox).recent == 2)
        #expect(try await account.open(.inbox, .readWrite).recent == uids(1, 2))
        #expect(try await account.status(of: .inbox).recent == 0)
        #expect(try await account.open(.inbox, .readWrite).recent.isEmpty)
        try store.append([], to: .inbox, for: alice)
        #expect(try store.recent(in: .inbox, for: alice) == uids(3))
        #expect(try await account.open(.inbox, .readOnly).recent == uids(3))
        #expect(try await account.open(.inbox, .readWrite).recent == uids(3))
    }

    @Test func aRecentMessageIsClaimedByOneSessionOnly() async throws {
        let store = store(messages: 100)
        let claimed = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<16 {
                group.addTask { try await store.account(of: alice).open(.inbox, .readWrite).recent.count }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(claimed.sorted() == [Int](repeating: 0, count: 15) + [100])
    }

    @Test func concurrentFirstLoginsSeeOneInbox() async throws {
        let store = store(messages: 5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<16 {
                group.addTask {
                    let account = try await store.account(of: alice)
                    try store.append([], to: .inbox, for: alice)
                    try await account.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(try store.status(of: .inbox, for: alice).messages == 21)
        #expect(store.userCount == 1)
    }
}
