import IMAPHost
import IMAPMemoryStore
import IMAPServer
import Synchronization

/// A store whose calls can be held, and whose handles can be watched: what a host does wrong, on demand.
final class HeldStore: MailStore {
    enum Call: Hashable, CaseIterable {
        case mailboxes, status, open, changes, messages, body, read, changeFlags, expunge, closeMailbox, closeAccount
    }

    private struct State {
        var held: Set<Call> = []
        var waiting: [CheckedContinuation<Void, Never>] = []
        var failing: Set<Call> = []
        var handles: [WeakHandle] = []
        var arrived: [Call] = []
    }

    private let memory: MemoryStore
    private let state = Mutex(State())

    init(_ memory: MemoryStore) { self.memory = memory }

    /// From now on, calls of this kind do not return until ``release()``. They ignore cancellation.
    func hold(_ call: Call) { state.withLock { _ = $0.held.insert(call) } }

    /// From now on, calls of this kind throw.
    func fail(_ call: Call) { state.withLock { _ = $0.failing.insert(call) } }

    func release() {
        let waiting = state.withLock { state in
            state.held = []
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    /// Calls that are held now.
    var heldCount: Int { state.withLock { $0.waiting.count } }

    /// Handles that were given out and are still alive.
    var liveHandles: Int { state.withLock { $0.handles.count { $0.object != nil } } }

    func pass(_ call: Call) async throws(StoreError) {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isHeld = state.withLock { state in
                state.arrived.append(call)
                if state.held.contains(call) { state.waiting.append(continuation) }
                return state.held.contains(call)
            }
            if !isHeld { continuation.resume() }
        }
        if state.withLock({ $0.failing.contains(call) }) { throw .internalError }
    }

    private func note(_ object: some AnyObject & Sendable) {
        state.withLock { $0.handles.append(WeakHandle(object: object)) }
    }

    var accountType: any Account.Type { HeldAccount.self }
    var mailboxType: any Mailbox.Type { HeldMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        let account = HeldAccount(self, try await memory.account(of: user))
        note(account)
        return account
    }

    private final class HeldAccount: SpecialUseAccount, DatingAccount {
        let store: HeldStore
        let base: any Account

        init(_ store: HeldStore, _ base: any Account) {
            self.store = store
            self.base = base
        }

        var separator: UInt8? { base.separator }

        var now: InternalDate { (base as? any DatingAccount)?.now ?? InternalDate(secondsSince1970: 0) }

        func mailboxes() async throws(StoreError) -> [MailboxEntry] {
            try await store.pass(.mailboxes)
            return try await base.mailboxes()
        }

        func create(_ name: MailboxName) async throws(StoreError) { try await base.create(name) }

        func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
            guard let base = base as? any SpecialUseAccount else { throw .internalError }
            try await base.create(name, for: uses)
        }

        func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
            try await base.append(to: name)
        }

        func delete(_ name: MailboxName) async throws(StoreError) { try await base.delete(name) }

        func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
            try await base.rename(name, to: newName)
        }

        func subscribe(to name: MailboxName) async throws(StoreError) { try await base.subscribe(to: name) }

        func unsubscribe(from name: MailboxName) async throws(StoreError) {
            try await base.unsubscribe(from: name)
        }

        func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
            try await store.pass(.status)
            return try await base.status(of: name)
        }

        func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
            try await store.pass(.open)
            var open = try await base.open(name, access)
            let mailbox = HeldMailbox(store, open.mailbox)
            store.note(mailbox)
            open.mailbox = mailbox
            return open
        }

        func watch(_ wake: Wake) async throws(StoreError) { try await base.watch(wake) }

        func close() async throws(StoreError) {
            try await store.pass(.closeAccount)
            try await base.close()
        }
    }

    private final class HeldMailbox: MovableMailbox, ResynchronizableMailbox {
        let store: HeldStore
        let base: any Mailbox

        init(_ store: HeldStore, _ base: any Mailbox) {
            self.store = store
            self.base = base
        }

        func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
            try await store.pass(.changes)
            return try await base.changes(since: token)
        }

        func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
            try await store.pass(.messages)
            return try await base.messages(uids, columns)
        }

        func body(of uid: UID) async throws(StoreError) -> any MessageBody {
            try await store.pass(.body)
            return HeldBody(store: store, base: try await base.body(of: uid))
        }

        func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
            try await store.pass(.changeFlags)
            return try await base.changeFlags(change, of: uids)
        }

        func changeFlags(
            _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
        ) async throws(StoreError) -> ConditionalChange {
            guard let base = base as? any ConditionalMailbox else { throw .internalError }
            return try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
        }

        func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
            try await store.pass(.messages)
            guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
            return try await base.vanished(since: modSequence, of: uids)
        }

        func highestModSequence() async throws(StoreError) -> ModSequence {
            try await store.pass(.changes)
            guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
            return try await base.highestModSequence()
        }

        func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
            guard let base = base as? any MovableMailbox else { throw .internalError }
            return try await base.move(uids, to: name)
        }

        func claimRecent() async throws(StoreError) -> UIDSet { try await base.claimRecent() }

        func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
            try await base.copy(uids, to: name)
        }

        func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
            try await store.pass(.expunge)
            return try await base.expunge(uids)
        }

        func close() async throws(StoreError) {
            try await store.pass(.closeMailbox)
            try await base.close()
        }
    }

    private struct HeldBody: MessageBody {
        let store: HeldStore
        let base: any MessageBody

        var size: UInt64 { base.size }

        func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
            try await store.pass(.read)
            return try await base.read(at: offset, max: max)
        }
    }
}

private struct WeakHandle: Sendable {
    weak let object: (any AnyObject & Sendable)?
}

/// Remembers what it heard.
final class Witness: ServerObserver {
    private let events = Mutex<[ServerEvent]>([])

    func observe(_ event: ServerEvent, on connection: ConnectionID) { events.withLock { $0.append(event) } }

    var all: [ServerEvent] { events.withLock { $0 } }

    func count(where matches: (ServerEvent) -> Bool) -> Int { all.count(where: matches) }
}
