import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTypes
import Synchronization

/// A store that misbehaves on demand: it holds STATUS, hides mailboxes, fails, counts what is read, and remembers the
/// names it was asked for.
final class HostileStore: MailStore {
    private struct State {
        var isHeld = false
        var held: [CheckedContinuation<Void, Never>] = []
        var waitsForCancellation = false
        var waiting = 0
        var hidden: Set<MailboxName> = []
        var failsChanges = false
        var bodiesAreGone = false
        var refusesExpunge = false
        var names: [MailboxName] = []
        var changesAsked = 0
        var octetsRead = 0
        var bodiesOpened = 0
    }

    fileprivate let memory: MemoryStore
    private let state = Mutex(State())

    init(_ memory: MemoryStore) { self.memory = memory }

    /// STATUS does not return, whatever happens, until ``release()``.
    func hold() { state.withLock { $0.isHeld = true } }

    /// STATUS does not return until the connection's task is cancelled.
    func waitForCancellation() { state.withLock { $0.waitsForCancellation = true } }

    /// Calls that wait.
    var heldCount: Int { state.withLock { $0.held.count + $0.waiting } }

    /// Calls that wait return; those behind them wait.
    func releaseThose() {
        let held = state.withLock { state in
            defer { state.held = [] }
            return state.held
        }
        for one in held { one.resume() }
    }

    func release() {
        let held = state.withLock { state in
            state.isHeld = false
            defer { state.held = [] }
            return state.held
        }
        for one in held { one.resume() }
    }

    /// This mailbox exists, and nobody may know.
    func hide(_ name: MailboxName) { state.withLock { _ = $0.hidden.insert(name) } }

    /// Asking for changes fails, and marks the mailbox once more.
    func failChanges() { state.withLock { $0.failsChanges = true } }

    /// Bodies can still be opened, and are gone when they are read.
    func expungeBodies() { state.withLock { $0.bodiesAreGone = true } }

    /// The user lacks the right `e`.
    func refuseExpunge() { state.withLock { $0.refusesExpunge = true } }

    /// The mailboxes asked for by name.
    var names: [MailboxName] { state.withLock { $0.names } }

    /// How often a session asked what had changed, since that fails.
    var changesAsked: Int { state.withLock { $0.changesAsked } }

    /// Octets of message bodies that were handed out.
    var octetsRead: Int { state.withLock { $0.octetsRead } }

    /// Message bodies that were opened.
    var bodiesOpened: Int { state.withLock { $0.bodiesOpened } }

    fileprivate func noteOpening() { state.withLock { $0.bodiesOpened += 1 } }
    fileprivate func note(read count: Int) { state.withLock { $0.octetsRead += count } }
    fileprivate func noteChangesAsked() { state.withLock { $0.changesAsked += 1 } }
    fileprivate var hasExpungedBodies: Bool { state.withLock { $0.bodiesAreGone } }
    fileprivate var isFailingChanges: Bool { state.withLock { $0.failsChanges } }
    fileprivate var isRefusingExpunge: Bool { state.withLock { $0.refusesExpunge } }
    fileprivate func isHidden(_ name: MailboxName) -> Bool { state.withLock { $0.hidden.contains(name) } }

    fileprivate func ask(_ name: MailboxName) throws(StoreError) {
        state.withLock { $0.names.append(name) }
        if isHidden(name) { throw .nonExistent }
    }

    fileprivate func pass() async {
        if state.withLock({ $0.waitsForCancellation }) {
            state.withLock { $0.waiting += 1 }
            try? await Task.sleep(for: .seconds(600))
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isHeld = state.withLock { state in
                if state.isHeld { state.held.append(continuation) }
                return state.isHeld
            }
            if !isHeld { continuation.resume() }
        }
    }

    var accountType: any Account.Type { HostileAccount.self }
    var mailboxType: any Mailbox.Type { HostileMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        HostileAccount(store: self, base: try await memory.account(of: user))
    }
}

private final class HostileAccount: SpecialUseAccount, DatingAccount {
    private let store: HostileStore
    private let base: any Account
    private let wake = Mutex<Wake?>(nil)

    init(store: HostileStore, base: any Account) {
        self.store = store
        self.base = base
    }

    var separator: UInt8? { base.separator }

    var now: InternalDate { (base as? any DatingAccount)?.now ?? InternalDate(secondsSince1970: 0) }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] {
        try await base.mailboxes().filter { !store.isHidden($0.name) }
    }

    func create(_ name: MailboxName) async throws(StoreError) { try await base.create(name) }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        guard let base = base as? any SpecialUseAccount else { throw .internalError }
        try await base.create(name, for: uses)
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        try store.ask(name)
        return try await base.append(to: name)
    }

    func delete(_ name: MailboxName) async throws(StoreError) {
        try store.ask(name)
        try await base.delete(name)
    }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try store.ask(name)
        try await base.rename(name, to: newName)
    }

    func subscribe(to name: MailboxName) async throws(StoreError) { try await base.subscribe(to: name) }

    func unsubscribe(from name: MailboxName) async throws(StoreError) { try await base.unsubscribe(from: name) }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        try store.ask(name)
        await store.pass()
        return try await base.status(of: name)
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        try store.ask(name)
        var open = try await base.open(name, access)
        open.mailbox = HostileMailbox(store: store, base: open.mailbox, name: name, wake: wake.withLock { $0 })
        return open
    }

    func watch(_ wake: Wake) async throws(StoreError) {
        self.wake.withLock { $0 = wake }
        try await base.watch(wake)
    }

    func close() async throws(StoreError) { try await base.close() }
}

private struct HostileMailbox: MovableMailbox, ResynchronizableMailbox {
    let store: HostileStore
    let base: any Mailbox
    let name: MailboxName
    let wake: Wake?

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        if store.isFailingChanges {
            store.noteChangesAsked()
            wake?.mark(name)
            throw .unavailable
        }
        return try await base.changes(since: token)
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        try await base.messages(uids, columns)
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        store.noteOpening()
        return CountedBody(store: store, base: try await base.body(of: uid))
    }

    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try await base.changeFlags(change, of: uids)
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        guard let base = base as? any ConditionalMailbox else { throw .internalError }
        return try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
    }

    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
        guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
        return try await base.vanished(since: modSequence, of: uids)
    }

    func highestModSequence() async throws(StoreError) -> ModSequence {
        guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
        return try await base.highestModSequence()
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        guard let base = base as? any MovableMailbox else { throw .internalError }
        try store.ask(name)
        return try await base.move(uids, to: name)
    }

    func claimRecent() async throws(StoreError) -> UIDSet { try await base.claimRecent() }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try store.ask(name)
        return try await base.copy(uids, to: name)
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        if store.isRefusingExpunge { throw .noPermission }
        return try await base.expunge(uids)
    }

    func close() async throws(StoreError) { try await base.close() }
}

private struct CountedBody: MessageBody {
    let store: HostileStore
    let base: any MessageBody

    var size: UInt64 { base.size }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        if store.hasExpungedBodies { throw .expunged }
        let octets = try await base.read(at: offset, max: max)
        store.note(read: octets.count)
        return octets
    }
}
