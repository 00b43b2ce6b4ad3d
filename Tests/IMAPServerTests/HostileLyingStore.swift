import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTypes
import Synchronization

/// What a ``LyingStore`` says in place of the truth. Nothing unless a test says so.
struct Lies: Sendable {
    var open: @Sendable (inout OpenMailbox) -> Void = { _ in }
    var changes: @Sendable (Changes) -> Changes = { $0 }
    var messages: @Sendable ([MessageRecord]) -> [MessageRecord] = { $0 }
    var body: @Sendable (any MessageBody) -> any MessageBody = { $0 }
    var copied: @Sendable (CopiedMessages) -> CopiedMessages = { $0 }
    var appended: @Sendable (AppendedMessages) -> AppendedMessages = { $0 }
    var recent: @Sendable (UIDSet) -> UIDSet = { $0 }
    var expunged: @Sendable (UIDSet) -> UIDSet = { $0 }
    var refused: @Sendable (UIDSet) -> UIDSet = { $0 }
    var vanished: @Sendable (UIDSet) -> UIDSet = { $0 }
    var highest: @Sendable (ModSequence) -> ModSequence = { $0 }
    var status: @Sendable (inout MailboxStatus) -> Void = { _ in }
    var mailboxes: @Sendable ([MailboxEntry]) -> [MailboxEntry] = { $0 }
    /// Before each of the store's calls whose name a test may want to hold or fail.
    var before: @Sendable (LyingStore.Call) async throws(StoreError) -> Void = { _ in }
    /// Before rows, or the body of a message, are read.
    var reading: @Sendable (MessageColumns) throws(StoreError) -> Void = { _ in }
    var opening: @Sendable (UID) throws(StoreError) -> Void = { _ in }
}

/// The memory store, with lies in its answers and a hand on its calls.
final class LyingStore: MailStore {
    enum Call: Hashable, Sendable, CaseIterable {
        case begin, write, end, commit, cancel
    }

    let memory: MemoryStore
    let lies: Lies
    private let wakes = Mutex<[Wake]>([])
    private let asked = Mutex(0)

    init(_ memory: MemoryStore, _ lies: Lies) {
        self.memory = memory
        self.lies = lies
    }

    convenience init(_ memory: MemoryStore = MemoryStore(), _ tell: (inout Lies) -> Void) {
        var lies = Lies()
        tell(&lies)
        self.init(memory, lies)
    }

    /// Every wake that was ever handed out: a host may keep them.
    var keptWakes: [Wake] { wakes.withLock { $0 } }
    /// How often a session asked what had changed.
    var changesAsked: Int { asked.withLock { $0 } }

    fileprivate func keep(_ wake: Wake) { wakes.withLock { $0.append(wake) } }
    fileprivate func noteChangesAsked() { asked.withLock { $0 += 1 } }

    var accountType: any Account.Type { LyingAccount.self }
    var mailboxType: any Mailbox.Type { LyingMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        LyingAccount(store: self, base: try await memory.account(of: user))
    }
}

private struct LyingAccount: SpecialUseAccount, DatingAccount {
    let store: LyingStore
    let base: any Account

    var separator: UInt8? { base.separator }
    var now: InternalDate { (base as? any DatingAccount)?.now ?? InternalDate(secondsSince1970: 0) }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] {
        store.lies.mailboxes(try await base.mailboxes())
    }

    func create(_ name: MailboxName) async throws(StoreError) { try await base.create(name) }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        guard let base = base as? any SpecialUseAccount else { throw .internalError }
        try await base.create(name, for: uses)
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        LyingAppend(store: store, base: try await base.append(to: name))
    }

    func delete(_ name: MailboxName) async throws(StoreError) { try await base.delete(name) }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try await base.rename(name, to: newName)
    }

    func subscribe(to name: MailboxName) async throws(StoreError) {
        try await base.subscribe(to: name)
    }

    func unsubscribe(from name: MailboxName) async throws(StoreError) {
        try await base.unsubscribe(from: name)
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        var status = try await base.status(of: name)
        store.lies.status(&status)
        return status
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        var open = try await base.open(name, access)
        open.mailbox = LyingMailbox(store: store, base: open.mailbox)
        store.lies.open(&open)
        return open
    }

    func watch(_ wake: Wake) async throws(StoreError) {
        store.keep(wake)
        try await base.watch(wake)
    }

    func close() async throws(StoreError) { try await base.close() }
}

private struct LyingAppend: MessageAppend {
    let store: LyingStore
    let base: any MessageAppend

    func begin(_ message: NewMessage) async throws(StoreError) {
        try await store.lies.before(.begin)
        try await base.begin(message)
    }

    func write(_ octets: [UInt8]) async throws(StoreError) {
        try await store.lies.before(.write)
        try await base.write(octets)
    }

    func end(_ digest: MessageDigest?) async throws(StoreError) {
        try await store.lies.before(.end)
        try await base.end(digest)
    }

    func commit() async throws(StoreError) -> AppendedMessages {
        do {
            try await store.lies.before(.commit)
        } catch {
            // A commit that throws has left nothing behind.
            await base.cancel()
            throw error
        }
        return store.lies.appended(try await base.commit())
    }

    func cancel() async {
        do { try await store.lies.before(.cancel) } catch {}
        await base.cancel()
    }
}

private struct LyingMailbox: MovableMailbox, ResynchronizableMailbox {
    let store: LyingStore
    let base: any Mailbox

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        store.noteChangesAsked()
        return store.lies.changes(try await base.changes(since: token))
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError)
        -> [MessageRecord]
    {
        try store.lies.reading(columns)
        return store.lies.messages(try await base.messages(uids, columns))
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        try store.lies.opening(uid)
        return store.lies.body(try await base.body(of: uid))
    }

    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError)
        -> [MessageRecord]
    {
        store.lies.messages(try await base.changeFlags(change, of: uids))
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        guard let base = base as? any ConditionalMailbox else { throw .internalError }
        var result = try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
        result.changed = store.lies.messages(result.changed)
        result.refused = store.lies.refused(result.refused)
        return result
    }

    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
        guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
        return store.lies.vanished(try await base.vanished(since: modSequence, of: uids))
    }

    func highestModSequence() async throws(StoreError) -> ModSequence {
        guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
        return store.lies.highest(try await base.highestModSequence())
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        guard let base = base as? any MovableMailbox else { throw .internalError }
        return store.lies.copied(try await base.move(uids, to: name))
    }

    func claimRecent() async throws(StoreError) -> UIDSet {
        store.lies.recent(try await base.claimRecent())
    }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        store.lies.copied(try await base.copy(uids, to: name))
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        store.lies.expunged(try await base.expunge(uids))
    }

    func close() async throws(StoreError) { try await base.close() }
}

/// Holds calls until it is told to let go.
final class Gate: Sendable {
    private struct State {
        var isShut = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var passed = 0
    }

    private let state = Mutex(State())

    var waitingCount: Int { state.withLock { $0.waiting.count } }
    /// Calls that came, held or not.
    var passedCount: Int { state.withLock { $0.passed } }

    func shut() { state.withLock { $0.isShut = true } }

    func open() {
        let waiting = state.withLock { state in
            state.isShut = false
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }

    /// Ignores cancellation.
    func pass() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let waits = state.withLock { state in
                state.passed += 1
                if state.isShut { state.waiting.append(continuation) }
                return state.isShut
            }
            if !waits { continuation.resume() }
        }
    }
}

/// A body that is not what its size says.
struct LyingBody: MessageBody {
    let octets: [UInt8]
    let size: UInt64

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        guard let start = Int(exactly: offset), start < octets.count else { return [] }
        return Array(octets[start...].prefix(max))
    }
}

/// A body that goes on for as long as it is read. It counts how often that was.
final class EndlessBody: MessageBody {
    private let reads = Mutex(0)
    let size: UInt64

    init(size: UInt64 = .max) { self.size = size }

    var readCount: Int { reads.withLock { $0 } }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        await Task.yield()
        reads.withLock { $0 += 1 }
        if offset == 0 { return Array("X: y\r\n\r\n".utf8) }
        return Array(repeating: 0x78, count: max)
    }
}

/// A body that gives more than it was asked for, and has another size whenever it is asked.
final class RestlessBody: MessageBody {
    private let octets: [UInt8]
    private let asked = Mutex(0)

    init(_ octets: [UInt8]) { self.octets = octets }

    var size: UInt64 {
        asked.withLock { asked in
            asked += 1
            return UInt64(octets.count - asked % 7)
        }
    }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        Array(octets.dropFirst(Int(clamping: offset)))
    }
}
