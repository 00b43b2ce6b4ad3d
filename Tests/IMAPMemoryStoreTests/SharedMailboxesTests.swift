import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

@Suite("NAMESPACE (RFC 2342): mailboxes that all users share, in memory")
struct SharedMailboxesTests {
    private let bob = UserIdentity(name: Array("bob".utf8))

    @Test func aSharedMailboxIsOneForAllUsers() async throws {
        let store = MemoryStore(sharedPrefix: "#shared/")
        let name = try mailbox("#shared/news")
        let (hers, his) = (try await store.account(of: alice), try await store.account(of: bob))
        #expect(hers.namespaces.shared == [Namespace(prefix: "#shared/", separator: 0x2F)])
        let recorder = WakeRecorder()
        try await his.watch(Wake(recorder))
        try await hers.create(name)
        try store.append([0x61], to: name, for: alice)
        #expect(recorder.take() == [name, name])
        let open = try await his.open(name, .readWrite)
        #expect(open.recent == uids(1))
        #expect(try await hers.open(name, .readWrite).recent.isEmpty)
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(1))
        let gone = try await hers.open(name, .readWrite).mailbox.expunge(uids(1))
        #expect(gone == uids(1))
        #expect(ChangeSummary(try await open.mailbox.changes(since: open.token)).vanished == uids(1))
        #expect(try await store.account(of: bob).mailboxes().map(\.name).contains(name))
    }

    @Test func aSubscriptionToASharedMailboxIsOnesOwn() async throws {
        let store = MemoryStore(sharedPrefix: "#shared/")
        let name = try mailbox("#shared/news")
        let (hers, his) = (try await store.account(of: alice), try await store.account(of: bob))
        try await hers.create(name)
        try await hers.subscribe(to: name)
        #expect(try await hers.mailboxes().first { $0.name == name }?.isSubscribed == true)
        #expect(try await his.mailboxes().first { $0.name == name }?.isSubscribed == false)
        try await his.delete(name)
        #expect(try await hers.mailboxes().first { $0.name == name }?.attributes == [.nonExistent])
        #expect(try await his.mailboxes().map(\.name) == [.inbox])
    }

    @Test func nothingIsRenamedBetweenNamespaces() async throws {
        let store = MemoryStore(sharedPrefix: "#shared/")
        let account = try await store.account(of: alice)
        try await account.create(try mailbox("a"))
        try await account.create(try mailbox("#shared/a"))
        await #expect(throws: StoreError.cannot) {
            try await account.rename(try mailbox("a"), to: try mailbox("#shared/b"))
        }
        await #expect(throws: StoreError.cannot) {
            try await account.rename(try mailbox("#shared/a"), to: try mailbox("b"))
        }
        await #expect(throws: StoreError.cannot) { try await account.rename(.inbox, to: try mailbox("#shared/b")) }
        try await account.rename(try mailbox("#shared/a"), to: try mailbox("#shared/b"))
        #expect(try await account.status(of: try mailbox("#shared/b")).messages == 0)
    }

    @Test func messagesAreCopiedAndMovedBetweenNamespacesAndAccountedFor() async throws {
        let store = MemoryStore(sharedPrefix: "#shared/") { _ in
            [MemoryMessage](repeating: MemoryMessage([0x61]), count: 3)
        }
        let name = try mailbox("#shared/a")
        try store.setQuota([QuotaLimit(.message, 3)], for: alice)
        let account = try await store.account(of: alice)
        try await account.create(name)
        let inbox = try #require(try await account.open(.inbox, .readWrite).mailbox as? any MovableMailbox)
        #expect(try await inbox.copy(uids(1), to: name).destination == uids(1))
        #expect(try await inbox.move(uids(2, 3), to: name).destination == uids(2, 3))
        #expect(try store.quota(of: alice).map(\.usage) == [1])
        let common = try #require(try await account.open(name, .readWrite).mailbox as? any MovableMailbox)
        await #expect(throws: StoreError.overQuota) { try await common.move(uids(1, 2, 3), to: .inbox) }
        #expect(try await account.status(of: name).messages == 3)
        _ = try await common.move(uids(2, 3), to: .inbox)
        #expect(try store.quota(of: alice).map(\.usage) == [3])
        let quota = try #require(account as? any QuotaAccount)
        #expect(try await quota.quotaRoots(of: name) == [])
    }

    @Test func nothingOfASessionIsLeftInTheSharedMail() async throws {
        let store = MemoryStore(sharedPrefix: "#shared/")
        let name = try mailbox("#shared/a")
        let recorder = WakeRecorder()
        let account = try await store.account(of: alice)
        try await account.watch(Wake(recorder))
        try await account.create(name)
        let open = try await account.open(name, .readWrite)
        #expect(store.openMailboxCount == 1)
        try await account.close()
        #expect(store.openMailboxCount == 0)
        _ = recorder.take()
        try store.append([0x61], to: name, for: bob)
        #expect(recorder.take() == [])
        await #expect(throws: StoreError.unavailable) { try await open.mailbox.messages(uids(1), .flags) }
        await #expect(throws: StoreError.unavailable) { try await account.open(name, .readOnly) }
    }

    @Test(arguments: [nil, "", "#shared", "#shared."] as [String?])
    func aPrefixThatEndsOtherwiseSharesNothing(_ prefix: String?) async throws {
        let store = MemoryStore(sharedPrefix: prefix)
        #expect(store.sharedPrefix == nil)
        #expect(try await store.account(of: alice).namespaces.shared == [])
    }
}
