import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

/// What a mailbox that knows its messages' flags is asked, and what it says in place of the truth.
private final class FlagIndexStore: MailStore {
    struct Counts: Equatable {
        var asked = 0
        var records = 0
    }

    let memory = MemoryStore()
    let lie: @Sendable (FlaggedMessages) -> FlaggedMessages
    private let state = Mutex(Counts())

    init(_ lie: @escaping @Sendable (FlaggedMessages) -> FlaggedMessages = { $0 }) { self.lie = lie }

    var accountType: any Account.Type { FlagIndexAccount.self }
    var mailboxType: any Mailbox.Type { FlagIndexMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        FlagIndexAccount(store: self, base: try await memory.account(of: user))
    }

    func note(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }

    /// Since it was asked last.
    func counts() -> Counts {
        state.withLock { counts in
            defer { counts = Counts() }
            return counts
        }
    }
}

private struct FlagIndexAccount: ForwardingAccount {
    let store: FlagIndexStore
    let base: any Account

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        var open = try await base.open(name, access)
        guard let base = open.mailbox as? any FlagIndexedMailbox else { throw .internalError }
        open.mailbox = FlagIndexMailbox(store: store, base: base)
        return open
    }
}

private struct FlagIndexMailbox: FlagIndexedMailbox {
    let store: FlagIndexStore
    let base: any FlagIndexedMailbox

    func flagged(_ uids: UIDSet, with flags: [Flag]) async throws(StoreError) -> FlaggedMessages {
        store.note { $0.asked += 1 }
        return store.lie(try await base.flagged(uids, with: flags))
    }
    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        let records = try await base.messages(uids, columns)
        store.note { $0.records += records.count }
        return records
    }
    func changes(since token: ChangeToken) async throws(StoreError) -> Changes { try await base.changes(since: token) }
    func body(of uid: UID) async throws(StoreError) -> any MessageBody { try await base.body(of: uid) }
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try await base.changeFlags(change, of: uids)
    }
    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await base.copy(uids, to: name)
    }
    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet { try await base.expunge(uids) }
    func close() async throws(StoreError) { try await base.close() }
}

@Suite("SEARCH: a mailbox that knows which messages have a flag")
struct FlagIndexTests {
    private static let extensions: [IMAPExtension] = [.literalMinus, .esearch, .searchResult, .sort]

    /// Forty messages, by tens: seen; seen and flagged; neither; with a keyword.
    private func select(_ store: FlagIndexStore) async throws -> Peer {
        let flags: [[Flag]] = [[.seen], [.seen, .flagged], [], try [#require(Flag("$Work"))]]
        try store.memory.append(
            contentsOf: (0..<40).map { number in
                MemoryMessage(octets("Subject: \(number % 2 == 0 ? "even" : "odd")\n\nx\n"), flags: flags[number / 10])
            }, to: .inbox, for: user("alice"))
        let lab = try Lab(extensions: Self.extensions, memory: store.memory, store: store) {
            $0.limits.messageBatch = 7
        }
        let peer = await lab.select()
        _ = store.counts()
        return peer
    }

    @Test func flagsAloneReadNoMessageAndNarrowWhatIsRead() async throws {
        let store = FlagIndexStore()
        let peer = try await select(store)
        func expect(_ keys: String, _ answer: String, asked: Int, records: Int) async {
            #expect(
                await peer.line("a SEARCH RETURN (ALL) \(keys)")
                    == "* ESEARCH (TAG \"a\")\(answer)\r\na OK SEARCH completed\r\n",
                "\(keys)")
            #expect(store.counts() == FlagIndexStore.Counts(asked: asked, records: records), "\(keys)")
        }
        // Batches of seven messages.
        await expect("ALL", " ALL 1:40", asked: 6, records: 0)
        await expect("UNSEEN", " ALL 21:40", asked: 6, records: 0)
        await expect("SEEN UNFLAGGED", " ALL 1:10", asked: 6, records: 0)
        await expect("OR FLAGGED KEYWORD $work", " ALL 11:20,31:40", asked: 6, records: 0)
        await expect("NOT (UNSEEN UNKEYWORD $Work)", " ALL 1:20,31:40", asked: 6, records: 0)
        await expect("9:12,38 NOT UNSEEN", " ALL 9:12", asked: 1, records: 0)
        await expect("ANSWERED", "", asked: 6, records: 0)
        // The second key is asked about those alone that the first leaves.
        await expect("FLAGGED SUBJECT odd", " ALL 12,14,16,18,20", asked: 6, records: 10)
        await expect("OR FLAGGED SUBJECT nowhere", " ALL 11:20", asked: 6, records: 40)
        await expect("NOT SUBJECT even KEYWORD $Work", " ALL 32,34,36,38,40", asked: 6, records: 10)
    }

    @Test func theFirstAndTheLastOnesEndTheSearch() async throws {
        let store = FlagIndexStore()
        let peer = try await select(store)
        #expect(
            await peer.line("a SEARCH RETURN (MIN) FLAGGED")
                == "* ESEARCH (TAG \"a\") MIN 11\r\na OK SEARCH completed\r\n")
        #expect(store.counts() == FlagIndexStore.Counts(asked: 2, records: 0))
        #expect(
            await peer.line("b SEARCH RETURN (MAX) UNSEEN")
                == "* ESEARCH (TAG \"b\") MAX 40\r\nb OK SEARCH completed\r\n")
        #expect(store.counts() == FlagIndexStore.Counts(asked: 1, records: 0))
        #expect(
            await peer.line("c SEARCH RETURN (MIN MAX) FLAGGED")
                == "* ESEARCH (TAG \"c\") MIN 11 MAX 20\r\nc OK SEARCH completed\r\n")
        #expect(
            await peer.line("d SORT (REVERSE ARRIVAL SUBJECT) UTF-8 12:15 FLAGGED")
                == "* SORT 13 15 12 14\r\nd OK SORT completed\r\n")
    }

    /// Another client's changes are seen at once. A message that is gone does not match, though it is still numbered.
    @Test func whatChangedMeanwhileIsSeen() async throws {
        let store = FlagIndexStore()
        let peer = try await select(store)
        let mailbox = try await store.memory.account(of: user("alice")).open(.inbox, .readWrite).mailbox
        let some = try #require(UID(3))
        try await mailbox.changeFlags(.add([.deleted]), of: UIDSet(some))
        _ = try await mailbox.expunge(UIDSet(some))
        try await mailbox.changeFlags(.remove([.seen]), of: UIDSet(try #require(UID(5))))
        // Behind it the flags that changed.
        #expect(await peer.line("a SEARCH 1:9 SEEN").hasPrefix("* SEARCH 1 2 4 6 7 8 9\r\n"))
        #expect(await peer.line("b SEARCH 1:9 NOT SEEN") == "* SEARCH 5\r\nb OK SEARCH completed\r\n")
        #expect(await peer.line("c SEARCH 1:4") == "* SEARCH 1 2 4\r\nc OK SEARCH completed\r\n")
    }

    /// R-SW-6
    @Test(
        arguments: [
            { FlaggedMessages(existing: UIDSet($0.existing.map { $0 } + [UID.first]), having: $0.having) },
            { FlaggedMessages(existing: UIDSet(), having: $0.having) },
            { FlaggedMessages(existing: $0.existing, having: []) },
            { FlaggedMessages(existing: $0.existing, having: $0.having + [UIDSet()]) },
        ] as [@Sendable (FlaggedMessages) -> FlaggedMessages])
    func whatCannotBeIsToldToNoClient(_ lie: @escaping @Sendable (FlaggedMessages) -> FlaggedMessages) async throws {
        let peer = try await select(FlagIndexStore(lie))
        let answer = await peer.line("a SEARCH 20:22 FLAGGED")
        #expect(answer.hasPrefix("a NO "), "\(answer)")
        #expect(!answer.contains("*"))
    }
}
