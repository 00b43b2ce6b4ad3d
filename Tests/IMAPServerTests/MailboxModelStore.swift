import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// A memory store that counts what is asked of its mailboxes, and lets something happen before one of the questions.
final class ModelStore: MailStore {
    struct Counts: Equatable {
        /// Questions of a mailbox.
        var calls = 0
        /// Records that were handed out.
        var records = 0
        /// Ranges in the sets that were asked for, and handed out.
        var ranges = 0

        var steps: Int { calls + records + ranges }
    }

    private struct State {
        var counts = Counts()
        var callsBefore = 0
        var hook: (@Sendable () -> Void)?
    }

    let memory: MemoryStore
    private let state = Mutex(State())

    init(_ memory: MemoryStore = MemoryStore()) { self.memory = memory }

    var counts: Counts { state.withLock { $0.counts } }

    func reset() { state.withLock { $0.counts = Counts() } }

    /// Calls `hook` once, before the question after `calls` others.
    func interrupt(after calls: Int, _ hook: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.callsBefore = calls
            state.hook = hook
        }
    }

    /// Whether the hook was not called. It is not called any more.
    func takeBackHook() -> Bool {
        state.withLock { state in
            defer { state.hook = nil }
            return state.hook != nil
        }
    }

    fileprivate func ask(_ uids: UIDSet) {
        let hook = state.withLock { state -> (@Sendable () -> Void)? in
            state.counts.calls += 1
            state.counts.ranges += uids.bounds.count
            guard state.hook != nil else { return nil }
            guard state.callsBefore == 0 else {
                state.callsBefore -= 1
                return nil
            }
            defer { state.hook = nil }
            return state.hook
        }
        hook?()
    }

    fileprivate func give(records: Int = 0, _ uids: UIDSet...) {
        state.withLock { state in
            state.counts.records += records
            state.counts.ranges += uids.reduce(0) { $0 + $1.bounds.count }
        }
    }

    var accountType: any Account.Type { ModelAccount.self }
    var mailboxType: any Mailbox.Type { ModelHandle.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        ModelAccount(store: self, base: try await memory.account(of: user))
    }

    /// Something happens that no session does.
    static func happen(_ event: ModelEvent, in name: MailboxName, _ memory: MemoryStore) {
        let owner = user("alice")
        switch event {
        case .deliver(let text, let flags):
            _ = try? memory.append(octets(text), to: name, for: owner, flags: flags.compactMap { Flag($0) })
        case .change(let uid, let isAdded, let flag):
            guard let uid = UID(uid), let flag = Flag(flag) else { return }
            _ = try? memory.changeFlags(isAdded ? .add([flag]) : .remove([flag]), of: UIDSet(uid), in: name, for: owner)
        case .remove(let uid):
            guard let uid = UID(uid) else { return }
            _ = try? memory.remove(UIDSet(uid), in: name, for: owner)
        }
    }

    static func text(of body: any MessageBody) -> String {
        String(decoding: (body as? OctetBody)?.octets ?? [], as: UTF8.self)
    }
}

private struct ModelAccount: ForwardingAccount {
    let store: ModelStore
    let base: any Account

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        var open = try await base.open(name, access)
        guard let handle = open.mailbox as? any MovableMailbox & ConditionalMailbox else { throw .internalError }
        open.mailbox = ModelHandle(store: store, base: handle)
        return open
    }
}

private struct ModelHandle: MovableMailbox, ConditionalMailbox {
    let store: ModelStore
    let base: any MovableMailbox & ConditionalMailbox

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        store.ask(UIDSet())
        let changes = try await base.changes(since: token)
        switch changes {
        case .none: break
        case .some(let appeared, let vanished, let changed, _): store.give(appeared, vanished, changed)
        case .unknown(let uids, _): store.give(uids)
        }
        return changes
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        store.ask(uids)
        let records = try await base.messages(uids, columns)
        store.give(records: records.count)
        return records
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        store.ask(UIDSet(uid))
        return try await base.body(of: uid)
    }

    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        store.ask(uids)
        let records = try await base.changeFlags(change, of: uids)
        store.give(records: records.count)
        return records
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        store.ask(uids)
        let outcome = try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
        store.give(records: outcome.changed.count, outcome.refused)
        return outcome
    }

    func claimRecent() async throws(StoreError) -> UIDSet {
        store.ask(UIDSet())
        return try await base.claimRecent()
    }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        store.ask(uids)
        let copied = try await base.copy(uids, to: name)
        store.give(copied.source, copied.destination)
        return copied
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        store.ask(uids)
        let moved = try await base.move(uids, to: name)
        store.give(moved.source, moved.destination)
        return moved
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        store.ask(uids)
        let gone = try await base.expunge(uids)
        store.give(gone)
        return gone
    }

    func close() async throws(StoreError) { try await base.close() }
}
