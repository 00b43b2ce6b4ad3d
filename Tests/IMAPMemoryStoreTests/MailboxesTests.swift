import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMemoryStore

@Suite("Mailboxes")
struct MailboxesTests {
    private func names(_ store: MemoryStore) throws -> [String] {
        try store.mailboxes(of: alice).filter { !$0.attributes.contains(.nonExistent) }.map(\.name.description).sorted()
    }

    @Test func everyUserHasAnInboxOfItsOwn() async throws {
        let store = MemoryStore { user in [MemoryMessage(user.name)] }
        let bob = UserIdentity(name: Array("bob".utf8))
        #expect(store.userCount == 0)
        _ = try await store.account(of: alice)
        #expect(store.userCount == 1)
        try store.append([], to: .inbox, for: alice)
        #expect(try store.status(of: .inbox, for: alice).size == 5)
        #expect(try store.status(of: .inbox, for: bob).size == 3)
        #expect(try store.status(of: .inbox, for: alice).messages == 2)
        #expect(try store.mailboxes(of: bob) == [MailboxEntry(.inbox)])
    }

    @Test func recreatingANameGivesAGreaterUIDValidity() throws {
        let store = store(messages: 0)
        let name = try mailbox("a")
        try store.createMailbox(name, for: alice)
        let first = try store.status(of: name, for: alice).uidValidity
        #expect(throws: StoreError.alreadyExists) { try store.createMailbox(name, for: alice) }
        try store.deleteMailbox(name, for: alice)
        #expect(throws: StoreError.nonExistent) { try store.status(of: name, for: alice) }
        try store.createMailbox(name, for: alice)
        #expect(try store.status(of: name, for: alice).uidValidity > first)
    }

    @Test func aDeletedMailboxIsNonExistentToWhoeverHasItOpen() async throws {
        let store = store(messages: 0)
        let name = try mailbox("a")
        try store.createMailbox(name, for: alice)
        try store.append([], to: name, for: alice)
        let account = try await store.account(of: alice)
        let open = try await account.open(name, .readWrite)
        try store.deleteMailbox(name, for: alice)
        try store.createMailbox(name, for: alice)
        try store.append([], to: name, for: alice)
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.changes(since: open.token) }
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.messages(uids(1), .flags) }
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.body(of: uid(1)) }
        await #expect(throws: StoreError.nonExistent) {
            try await open.mailbox.changeFlags(.add([.deleted]), of: uids(1))
        }
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.expunge(uids(1)) }
        try await open.mailbox.close()
        #expect(try store.records(in: name, for: alice).first?.flags == [])
    }

    @Test func inboxCannotBeDeletedOrMadeAgain() throws {
        let store = store(messages: 1)
        #expect(throws: StoreError.cannot) { try store.deleteMailbox(.inbox, for: alice) }
        #expect(throws: StoreError.alreadyExists) { try store.createMailbox(try mailbox("inBox"), for: alice) }
        #expect(try store.status(of: .inbox, for: alice).messages == 1)
    }

    @Test(arguments: ["/", "/a", "a/", "a//b"])
    func namesWithAnEmptyLevelCannotBeKept(name: String) throws {
        let store = store(messages: 0)
        #expect(throws: StoreError.cannot) { try store.createMailbox(try mailbox(name), for: alice) }
        let flat = MemoryStore(separator: nil)
        try flat.createMailbox(try mailbox(name), for: alice)
        #expect(try names(flat) == [name, "INBOX"].sorted())
    }

    @Test func renamingTakesTheMailboxesBelowAlong() throws {
        let store = store(messages: 0)
        for name in ["a", "a/b", "a/b/c", "ab", "x"] { try store.createMailbox(try mailbox(name), for: alice) }
        try store.append([1, 2], to: try mailbox("a/b"), for: alice)
        let before = try store.status(of: try mailbox("a/b"), for: alice)
        try store.renameMailbox(try mailbox("a"), to: try mailbox("z/y"), for: alice)
        #expect(try names(store) == ["INBOX", "ab", "x", "z/y", "z/y/b", "z/y/b/c"])
        #expect(try store.status(of: try mailbox("z/y/b"), for: alice) == before)
        #expect(throws: StoreError.nonExistent) {
            try store.renameMailbox(try mailbox("a"), to: try mailbox("q"), for: alice)
        }
        #expect(throws: StoreError.alreadyExists) {
            try store.renameMailbox(try mailbox("x"), to: try mailbox("ab"), for: alice)
        }
        #expect(throws: StoreError.alreadyExists) {
            try store.renameMailbox(try mailbox("x"), to: try mailbox("x"), for: alice)
        }
    }

    @Test func renamingBelowItselfMovesTheWholeTree() throws {
        let store = store(messages: 0)
        for name in ["a", "a/c"] { try store.createMailbox(try mailbox(name), for: alice) }
        #expect(throws: StoreError.alreadyExists) {
            try store.renameMailbox(try mailbox("a"), to: try mailbox("a/c"), for: alice)
        }
        #expect(try names(store) == ["INBOX", "a", "a/c"])
        try store.renameMailbox(try mailbox("a"), to: try mailbox("a/b"), for: alice)
        #expect(try names(store) == ["INBOX", "a/b", "a/b/c"])
    }

    @Test func aNameUsedAgainByARenameGetsAGreaterUIDValidity() async throws {
        let store = store(messages: 0)
        let (old, new) = (try mailbox("old"), try mailbox("new"))
        try store.createMailbox(old, for: alice)
        try store.append([1, 2, 3], to: old, for: alice)
        try store.createMailbox(new, for: alice)
        let lost = try store.status(of: new, for: alice).uidValidity
        try store.deleteMailbox(new, for: alice)
        let open = try await store.account(of: alice).open(old, .readWrite)
        try store.renameMailbox(old, to: new, for: alice)
        let status = try store.status(of: new, for: alice)
        #expect(status.uidValidity > lost)
        #expect(status.size == 3)
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.changes(since: open.token) }
    }

    @Test func renamingInboxMovesItsMessagesAndLeavesItEmpty() async throws {
        let store = store(messages: 3)
        try store.changeFlags(.add([try flag("kept")]), of: uids(2), in: .inbox, for: alice)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        let new = try mailbox("2024")
        try store.renameMailbox(.inbox, to: new, for: alice)
        #expect(ChangeSummary(try await open.mailbox.changes(since: open.token)).vanished == uids(1, 2, 3))
        #expect(try store.records(in: new, for: alice).map(\.flags) == [[], [try flag("kept")], []])
        #expect(try store.append([], to: .inbox, for: alice) == uid(4))
    }

    @Test func aSubscriptionOutlivesItsMailbox() throws {
        let store = store(messages: 0)
        let name = try mailbox("gone")
        try store.subscribe(to: name, for: alice)
        let absent = MailboxEntry(name, attributes: [.nonExistent], isSubscribed: true)
        #expect(try store.mailboxes(of: alice).contains(absent))
        try store.createMailbox(name, for: alice)
        #expect(try store.mailboxes(of: alice).contains(MailboxEntry(name, isSubscribed: true)))
        try store.deleteMailbox(name, for: alice)
        #expect(try store.mailboxes(of: alice).contains(absent))
        try store.unsubscribe(from: name, for: alice)
        #expect(try store.mailboxes(of: alice) == [MailboxEntry(.inbox)])
    }

    @Test func aMailboxThatHoldsNoMessagesCannotBeOpened() async throws {
        let store = store(messages: 0)
        let name = try mailbox("shelf")
        try store.createMailbox(name, for: alice, attributes: [.noSelect])
        let account = try await store.account(of: alice)
        await #expect(throws: StoreError.cannot) { try await account.open(name, .readOnly) }
        await #expect(throws: StoreError.cannot) { try await account.status(of: name) }
        #expect(throws: StoreError.cannot) { try store.append([], to: name, for: alice) }
        #expect(store.openMailboxCount == 0)
        #expect(try await account.mailboxes().contains(MailboxEntry(name, attributes: [.noSelect])))
    }

    @Test func uidValidityValuesRunOutWithoutWrapping() throws {
        let store = MemoryStore(firstUIDValidity: UIDValidity(.max))
        #expect(try store.status(of: .inbox, for: alice).uidValidity == UIDValidity(.max))
        #expect(throws: StoreError.limit) { try store.createMailbox(try mailbox("a"), for: alice) }
    }
}
