import IMAPHost
import IMAPTypes
import Synchronization

/// A store under which something may happen before any question that is asked of a mailbox.
final class ResyncStore: MailStore {
    typealias Handle = MovableMailbox & ResynchronizableMailbox

    private struct State {
        var callsBefore = 0
        var hook: (@Sendable () async -> Void)?
    }

    let base: any MailStore
    /// Whether sessions are never woken.
    private let isDeaf: Bool
    private let state = Mutex(State())

    init(_ base: any MailStore, isDeaf: Bool) {
        self.base = base
        self.isDeaf = isDeaf
    }

    /// Calls `hook` once, before the question after `calls` others.
    func interrupt(after calls: Int, _ hook: @escaping @Sendable () async -> Void) {
        state.withLock { $0 = State(callsBefore: calls, hook: hook) }
    }

    /// What was not called is not called any more.
    func takeBackHook() { state.withLock { $0.hook = nil } }

    private func pass() async {
        let hook = state.withLock { state -> (@Sendable () async -> Void)? in
            guard state.hook != nil, state.callsBefore == 0 else {
                state.callsBefore -= 1
                return nil
            }
            defer { state.hook = nil }
            return state.hook
        }
        await hook?()
    }

    var accountType: any Account.Type { ResyncAccount.self }
    var mailboxType: any Mailbox.Type { ResyncHandle.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        ResyncAccount(store: self, base: try await base.account(of: user))
    }

    private struct ResyncAccount: ForwardingAccount {
        let store: ResyncStore
        let base: any Account

        func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
            try await base.append(to: name)
        }
        func watch(_ wake: Wake) async throws(StoreError) { if !store.isDeaf { try await base.watch(wake) } }

        func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
            var open = try await base.open(name, access)
            guard let handle = open.mailbox as? any Handle else { throw .internalError }
            open.mailbox = ResyncHandle(store: store, base: handle)
            return open
        }
    }

    private struct ResyncHandle: MovableMailbox, ResynchronizableMailbox {
        let store: ResyncStore
        let base: any Handle

        func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
            await store.pass()
            return try await base.changes(since: token)
        }

        func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
            await store.pass()
            return try await base.messages(uids, columns)
        }

        func body(of uid: UID) async throws(StoreError) -> any MessageBody { try await base.body(of: uid) }

        func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
            await store.pass()
            return try await base.changeFlags(change, of: uids)
        }

        func changeFlags(
            _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
        ) async throws(StoreError) -> ConditionalChange {
            await store.pass()
            return try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
        }

        func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
            await store.pass()
            return try await base.vanished(since: modSequence, of: uids)
        }

        func highestModSequence() async throws(StoreError) -> ModSequence {
            await store.pass()
            return try await base.highestModSequence()
        }

        func claimRecent() async throws(StoreError) -> UIDSet { try await base.claimRecent() }

        func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
            await store.pass()
            return try await base.copy(uids, to: name)
        }

        func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
            await store.pass()
            return try await base.move(uids, to: name)
        }

        func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
            await store.pass()
            return try await base.expunge(uids)
        }

        func close() async throws(StoreError) { try await base.close() }
    }
}
