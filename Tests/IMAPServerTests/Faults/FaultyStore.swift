import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization

/// A store around another one whose n-th call goes wrong, whichever call that is.
///
/// It knows what a host may rely on, too: what is called twice, late or out of order is in ``misuses``.
final class FaultyStore: MailStore {
    /// Every call of the host's boundary that is awaited.
    enum Method: String, CaseIterable, Sendable {
        case account, mailboxes, create, createForUse, delete, rename, subscribe, unsubscribe, status, open, append
        case watch, closeAccount
        case quotaRoots, quota, setQuota
        case mailboxID
        case rights, accessList, grantableRights, changeRights, removeRights
        case annotations, values, annotate, annotationNews
        case follow, news, visibility
        case changes, messages, body, changeFlags, changeFlagsUnchangedSince, copy, move, expunge, claimRecent
        case vanished, highestModSequence, currentFlags, flagged, closeMailbox
        case read
        case begin, write, end, commit, cancel

        /// A call that throws has done nothing, or so its documentation says: it does not fail behind its work.
        var isAllOrNone: Bool {
            switch self {
            case .commit, .copy, .move, .create, .createForUse, .delete, .rename, .annotate, .setQuota, .changeRights,
                .removeRights:
                true
            default: false
            }
        }

        /// The end of a scope: its failure ends the connection.
        var isEnding: Bool { self == .closeAccount || self == .closeMailbox }
    }

    /// What the call does.
    enum Deed: Sendable {
        case fail(StoreError)
        /// Does its work and fails then.
        case failLate(StoreError)
        /// Does not return before its task is cancelled, and throws then.
        case hangUntilCancelled
        /// Does not return before ``letGo()``, cancelled or not; does its work then.
        case hang
        /// Something else happens first.
        case after(@Sendable () async -> Void)
    }

    private struct State {
        var calls: [Method] = []
        var faults: [Int: Deed] = [:]
        var isHanging = false
        var hangs: [CheckedContinuation<Void, Never>] = []
        var isLetGo = false
        var misuses: [String] = []
        var events: [Method: @Sendable () -> Void] = [:]
        var lies: [Method: @Sendable (any Sendable) -> any Sendable] = [:]
    }

    let base: any MailStore
    private let state = Mutex(State())
    fileprivate let living = Atomic<Int>(0)

    /// Without a deed it only counts.
    init(_ base: any MailStore, at call: Int = -1, _ deed: Deed? = nil) {
        self.base = base
        if let deed { state.withLock { $0.faults[call] = deed } }
    }

    /// The calls so far, in order.
    var calls: [Method] { state.withLock { $0.calls } }
    /// Accounts, mailboxes, bodies and appends that somebody holds.
    var livingCount: Int { living.load(ordering: .sequentiallyConsistent) }
    /// Whether a call hangs now.
    var isHanging: Bool { state.withLock { $0.isHanging } }
    var misuses: [String] { state.withLock { $0.misuses } }

    func note(misuse: String) { state.withLock { $0.misuses.append(misuse) } }

    /// The hanging call goes on.
    func letGo() {
        let hangs = state.withLock { state in
            state.isLetGo = true
            defer { state.hangs = [] }
            return state.hangs
        }
        for one in hangs { one.resume() }
    }

    /// Has something happen before the first call of a kind.
    func beforeFirst(_ method: Method, _ event: @escaping @Sendable () -> Void) {
        state.withLock { $0.events[method] = event }
    }

    /// Has something else said in place of every answer of a kind.
    func lie(in method: Method, _ lie: @escaping @Sendable (any Sendable) -> any Sendable) {
        state.withLock { $0.lies[method] = lie }
    }

    private func deed(_ method: Method) -> Deed? {
        let (event, deed) = state.withLock { state in
            state.calls.append(method)
            return (state.events.removeValue(forKey: method), state.faults[state.calls.count - 1])
        }
        event?()
        return deed
    }

    func call<Answer: Sendable>(
        _ method: Method, undo: (Answer) async -> Void = { (_: Answer) in },
        _ work: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        switch deed(method) {
        case nil:
            let answer = try await work()
            guard let lie = state.withLock({ $0.lies[method] }) else { return answer }
            return lie(answer) as? Answer ?? answer
        case .fail(let error):
            // The end of a scope ends it, whatever it says; a commit that throws has left nothing.
            if method.isEnding { _ = try await work() }
            throw error
        case .failLate(let error):
            await undo(try await work())
            throw error
        case .hangUntilCancelled:
            await untilCancelled()
            if method.isEnding { return try await work() }
            throw .unavailable
        case .hang:
            await untilLetGo()
            return try await work()
        case .after(let event):
            await event()
            return try await work()
        }
    }

    /// A call that cannot throw.
    func callQuietly(_ method: Method, _ work: () async -> Void) async {
        switch deed(method) {
        case nil, .fail, .failLate: await work()
        case .hangUntilCancelled:
            await untilCancelled()
            await work()
        case .hang:
            await untilLetGo()
            await work()
        case .after(let event):
            await event()
            await work()
        }
    }

    private func untilCancelled() async {
        state.withLock { $0.isHanging = true }
        await withTaskCancellationHandler {
            await untilLetGo()
        } onCancel: {
            letGo()
        }
        state.withLock { $0.isHanging = false }
    }

    private func untilLetGo() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isOver = state.withLock { state in
                state.isHanging = true
                if !state.isLetGo { state.hangs.append(continuation) }
                return state.isLetGo
            }
            if isOver { continuation.resume() }
        }
        state.withLock { $0.isHanging = false }
    }

    // MARK: MailStore

    var accountType: any Account.Type { FaultyAccount.self }
    var mailboxType: any Mailbox.Type { FaultyMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        let account = try await call(.account, undo: { (account: any Account) in try? await account.close() }) {
            () async throws(StoreError) in try await base.account(of: user)
        }
        return FaultyAccount(base: account, store: self)
    }
}

/// Something that a store hands out: it is counted while somebody holds it, and has an end.
class FaultyObject: @unchecked Sendable {
    let store: FaultyStore
    private let name: String
    private let ended = Mutex(false)

    init(_ store: FaultyStore, _ name: String) {
        self.store = store
        self.name = name
        store.living.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    deinit { store.living.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

    /// Its end, of which there is one.
    func end(_ how: String) {
        let isSecond = ended.withLock { ended in
            defer { ended = true }
            return ended
        }
        if isSecond { store.note(misuse: "\(name) ended again by \(how)") }
    }

    func use(_ method: FaultyStore.Method) {
        if ended.withLock({ $0 }) { store.note(misuse: "\(name): \(method) behind its end") }
    }
}

/// One APPEND. Called in order, and ended once.
final class FaultyAppend: FaultyObject, MessageAppend, @unchecked Sendable {
    private let base: any MessageAppend
    private let hasFailed = Mutex(false)

    init(base: any MessageAppend, store: FaultyStore) {
        self.base = base
        super.init(store, "append")
    }

    private func step(
        _ method: FaultyStore.Method, _ work: () async throws(StoreError) -> Void
    ) async throws(StoreError) {
        use(method)
        if hasFailed.withLock({ $0 }) { store.note(misuse: "append: \(method) behind a failure") }
        do {
            try await store.call(method, work)
        } catch {
            hasFailed.withLock { $0 = true }
            throw error
        }
    }

    func begin(_ message: NewMessage) async throws(StoreError) {
        try await step(.begin) { () async throws(StoreError) in try await base.begin(message) }
    }

    func write(_ octets: [UInt8]) async throws(StoreError) {
        try await step(.write) { () async throws(StoreError) in try await base.write(octets) }
    }

    func end(_ digest: MessageDigest?) async throws(StoreError) {
        try await step(.end) { () async throws(StoreError) in try await base.end(digest) }
    }

    func commit() async throws(StoreError) -> AppendedMessages {
        if hasFailed.withLock({ $0 }) { store.note(misuse: "append: commit behind a failure") }
        end("commit")
        let began = Mutex(false)
        do {
            return try await store.call(.commit) { () async throws(StoreError) in
                began.withLock { $0 = true }
                return try await base.commit()
            }
        } catch {
            // What throws here has left nothing behind.
            if !began.withLock({ $0 }) { await base.cancel() }
            throw error
        }
    }

    func cancel() async {
        end("cancel")
        await store.callQuietly(.cancel) { await base.cancel() }
    }
}

/// The octets of one message.
final class FaultyBody: FaultyObject, MessageBody, @unchecked Sendable {
    private let base: any MessageBody

    init(base: any MessageBody, store: FaultyStore) {
        self.base = base
        super.init(store, "body")
    }

    var size: UInt64 { base.size }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        try await store.call(.read) { () async throws(StoreError) in try await base.read(at: offset, max: max) }
    }
}
