import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// A store that counts what a search asks of it, and lets something happen between two questions.
final class SearchStore: MailStore {
    struct Counts: Equatable {
        /// Calls of ``Mailbox/messages(_:_:)``, and the records they gave.
        var calls = 0
        var records = 0
        /// Messages whose octets were opened, and the octets that were read.
        var opened = 0
        var octets: UInt64 = 0
        /// The columns that were asked for, all together.
        var columns: MessageColumns = []
        /// The ranges of UIDs that were to be expunged.
        var expungeRanges = 0
        /// Reads that did not begin where the one before ended.
        var jumps = 0
    }

    let memory: MemoryStore
    private let state = Mutex((counts: Counts(), hook: (@Sendable (Counts) -> Void)?.none))

    init(_ memory: MemoryStore = MemoryStore()) { self.memory = memory }

    var counts: Counts { state.withLock { $0.counts } }

    func reset() { state.withLock { $0.counts = Counts() } }

    /// Called behind each question.
    func onQuestion(_ hook: @escaping @Sendable (Counts) -> Void) { state.withLock { $0.hook = hook } }

    fileprivate func note(_ change: (inout Counts) -> Void) {
        let (counts, hook) = state.withLock { state in
            change(&state.counts)
            return (state.counts, state.hook)
        }
        hook?(counts)
    }

    var accountType: any Account.Type { SearchAccount.self }
    var mailboxType: any Mailbox.Type { SearchMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        SearchAccount(store: self, base: try await memory.account(of: user))
    }
}

private struct SearchAccount: ForwardingAccount {
    let store: SearchStore
    let base: any Account

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        var open = try await base.open(name, access)
        open.mailbox = SearchMailbox(store: store, base: open.mailbox)
        return open
    }
}

private struct SearchMailbox: Mailbox {
    let store: SearchStore
    let base: any Mailbox

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes { try await base.changes(since: token) }
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try await base.changeFlags(change, of: uids)
    }
    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await base.copy(uids, to: name)
    }
    func close() async throws(StoreError) { try await base.close() }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        store.note { $0.expungeRanges += uids.bounds.count }
        return try await base.expunge(uids)
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        let records = try await base.messages(uids, columns)
        store.note {
            $0.calls += 1
            $0.records += records.count
            $0.columns.formUnion(columns)
        }
        return records
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        let body = SearchBody(store: store, base: try await base.body(of: uid))
        store.note { $0.opened += 1 }
        return body
    }
}

private final class SearchBody: MessageBody {
    private let store: SearchStore
    private let base: any MessageBody
    private let end = Mutex<UInt64>(0)

    init(store: SearchStore, base: any MessageBody) {
        self.store = store
        self.base = base
    }

    var size: UInt64 { base.size }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        let octets = try await base.read(at: offset, max: max)
        let isNext = end.withLock { end in
            defer { end = offset + UInt64(octets.count) }
            return end == offset
        }
        store.note {
            $0.octets += UInt64(octets.count)
            if !isNext { $0.jumps += 1 }
        }
        return octets
    }
}
