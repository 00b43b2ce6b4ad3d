import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

@Suite("QUOTA (RFC 9208) in memory")
struct QuotaTests {
    private static let kibibyte = MemoryMessage([UInt8](repeating: 0x61, count: 1024))

    @Test func limitsAreWhatWasSetLast() throws {
        let store = store(messages: 2)
        #expect(try store.quota(of: alice) == [])
        try store.setQuota([QuotaLimit(.message, 9), QuotaLimit(.storage, 1), QuotaLimit(.message, 3)], for: alice)
        #expect(
            try store.quota(of: alice) == [
                QuotaUsage(.storage, usage: 1, limit: 1), QuotaUsage(.message, usage: 2, limit: 3),
            ])
        #expect(throws: StoreError.cannot) {
            try store.setQuota([QuotaLimit(.annotationStorage, 1)], for: alice)
        }
        try store.setQuota([QuotaLimit(.mailbox, 7)], for: alice)
        #expect(try store.quota(of: alice) == [QuotaUsage(.mailbox, usage: 1, limit: 7)])
        #expect(try store.quota(of: UserIdentity(name: [0x62])) == [])
    }

    @Test func whatIsThereStaysBeItTooMuch() async throws {
        let store = store(messages: 3)
        try store.setQuota([QuotaLimit(.message, 1), QuotaLimit(.mailbox, 0)], for: alice)
        let account = try await store.account(of: alice)
        #expect(try await account.status(of: .inbox).messages == 3)
        #expect(throws: StoreError.overQuota) { try store.append(QuotaTests.kibibyte, to: .inbox, for: alice) }
        await #expect(throws: StoreError.overQuota) { try await account.create(try mailbox("a")) }
        await #expect(throws: StoreError.overQuota) { try await account.rename(.inbox, to: try mailbox("a")) }
        #expect(try store.status(of: .inbox, for: alice).messages == 3)
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.seen]), of: uids(1))
    }

    @Test func anAnnouncedMessageIsRefusedBeforeItsOctets() async throws {
        let store = store(messages: 0)
        try store.setQuota([QuotaLimit(.storage, 2)], for: alice)
        let append = try await store.account(of: alice).append(to: .inbox)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: 1024))
        try await append.write([UInt8](repeating: 0x61, count: 1024))
        try await append.end(nil)
        await #expect(throws: StoreError.overQuota) {
            try await append.begin(NewMessage(flags: [], internalDate: nil, size: .max))
        }
        await append.cancel()
        #expect(try store.quota(of: alice) == [QuotaUsage(.storage, usage: 0, limit: 2)])
    }

    @Test func renamesChangeNoUsage() async throws {
        let store = store(messages: 4)
        try store.setQuota([QuotaLimit(.message, 4), QuotaLimit(.mailbox, 3)], for: alice)
        let account = try await store.account(of: alice)
        try await account.rename(.inbox, to: try mailbox("a"))
        try await account.create(try mailbox("b"))
        let used = try store.quota(of: alice).map(\.usage)
        #expect(used == [4, 3])
        try await account.delete(try mailbox("b"))
        // The name has had a greater UIDVALIDITY: the mailbox is made anew.
        try await account.rename(try mailbox("a"), to: try mailbox("b"))
        #expect(try store.quota(of: alice).map(\.usage) == [4, 2])
        try await account.delete(try mailbox("b"))
        #expect(try store.quota(of: alice).map(\.usage) == [0, 1])
    }

    @Test func concurrentAppendsNeverPassTheLimit() async throws {
        let store = store(messages: 0)
        try store.setQuota([QuotaLimit(.message, 50), QuotaLimit(.storage, 1000)], for: alice)
        try store.createMailbox(try mailbox("a"), for: alice)
        let names = [MailboxName.inbox, try mailbox("a")]
        let kept = await withTaskGroup(of: Int.self) { group in
            for index in 0..<8 {
                group.addTask {
                    (0..<20).count { _ in
                        (try? store.append(QuotaTests.kibibyte, to: names[index % 2], for: alice)) != nil
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(kept == 50)
        #expect(try store.quota(of: alice).map(\.usage) == [50, 50])
    }

    @Test func onlyWhomTheProgramLetsSetsLimits() async throws {
        let store = MemoryStore(maySetQuota: { $0 == alice })
        let root = try #require(QuotaRoot([]))
        for (user, mayDo) in [(alice, true), (UserIdentity(name: [0x62]), false)] {
            let account = try #require(try await store.account(of: user) as? any SettableQuotaAccount)
            #expect(try await account.quotaRoots(of: .inbox) == [root])
            do throws(StoreError) {
                try await account.setQuota(of: root, to: [QuotaLimit(.message, 5)])
                #expect(mayDo)
            } catch {
                #expect(!mayDo && error == .noPermission)
            }
        }
        #expect(try store.quota(of: alice).map(\.limit) == [5])
    }
}
