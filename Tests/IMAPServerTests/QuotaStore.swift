import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTypes
import Synchronization

/// A quota root, as tests write it.
func root(_ name: String) -> QuotaRoot? { QuotaRoot(octets(name)) }

/// A store whose quotas are what a test says. Mail is in memory.
final class QuotaStore: MailStore {
    fileprivate struct State {
        var quotas: [QuotaRoot: [QuotaUsage]] = [:]
        var roots: [QuotaRoot] = []
        var failures: [QuotaRoot: StoreError] = [:]
        var isFull = false
    }

    let memory = MemoryStore()
    fileprivate let state = Mutex(State())
    private let isSettable: Bool

    /// Those who may set quotas act as `admin`. Limits of STORAGE are multiples of 512.
    init(isSettable: Bool = true) { self.isSettable = isSettable }

    func add(_ name: String, _ quota: [QuotaUsage]) {
        guard let root = root(name) else { return }
        state.withLock { state in
            state.roots.append(root)
            state.quotas[root] = quota
        }
    }

    func fail(_ name: String, _ error: StoreError) {
        guard let root = root(name) else { return }
        state.withLock { $0.failures[root] = error }
    }

    /// From now on no message is taken.
    func fill() { state.withLock { $0.isFull = true } }

    var accountType: any Account.Type { isSettable ? SettableAccount.self : ReadableAccount.self }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        let base = try await memory.account(of: user)
        guard isSettable else { return ReadableAccount(store: self, base: base) }
        return SettableAccount(store: self, base: base, isAdmin: user.name == octets("admin"))
    }
}

private protocol QuotaTestAccount: ForwardingAccount, QuotaAccount, SpecialUseAccount {
    var store: QuotaStore { get }
}

extension QuotaTestAccount {
    static var quotaResources: [QuotaResource] { [.storage, .message, QuotaResource("X-BEANS")] }

    func quotaRoots(of name: MailboxName) async throws(StoreError) -> [QuotaRoot] {
        guard name != MailboxName("secret") else { throw .noPermission }
        return name == MailboxName("comp.mail.mime") ? [] : store.state.withLock { $0.roots }
    }

    func quota(of root: QuotaRoot) async throws(StoreError) -> [QuotaUsage] {
        if let failure = store.state.withLock({ $0.failures[root] }) { throw failure }
        guard let quota = store.state.withLock({ $0.quotas[root] }) else { throw .nonExistent }
        return quota
    }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try await base.create(name)
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        var open = try await base.open(name, access)
        open.mailbox = FullMailbox(store: store, base: open.mailbox)
        return open
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        if store.state.withLock({ $0.isFull }) { throw .overQuota }
        return try await base.append(to: name)
    }
}

private struct ReadableAccount: QuotaTestAccount {
    let store: QuotaStore
    let base: any Account
}

private struct SettableAccount: QuotaTestAccount, SettableQuotaAccount {
    let store: QuotaStore
    let base: any Account
    let isAdmin: Bool

    func setQuota(of root: QuotaRoot, to limits: [QuotaLimit]) async throws(StoreError) {
        guard isAdmin else { throw .noPermission }
        guard limits.allSatisfy({ Self.quotaResources.contains($0.resource) }) else { throw .cannot }
        if root == IMAPServerTests.root("!partition/sda4") { throw .cannot }
        try store.state.withLock { (state) throws(StoreError) in
            guard let before = state.quotas[root] else { throw .nonExistent }
            state.quotas[root] = limits.map { limit in
                let usage = before.first { $0.resource == limit.resource }?.usage ?? 0
                let rounded =
                    limit.resource == .storage && limit.limit < 1 << 62 ? (limit.limit + 511) / 512 * 512 : limit.limit
                return QuotaUsage(limit.resource, usage: usage, limit: rounded)
            }
        }
    }
}

/// A mailbox out of which nothing can be copied once the store is full.
private struct FullMailbox: Mailbox {
    let store: QuotaStore
    let base: any Mailbox

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes { try await base.changes(since: token) }
    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        try await base.messages(uids, columns)
    }
    func body(of uid: UID) async throws(StoreError) -> any MessageBody { try await base.body(of: uid) }
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try await base.changeFlags(change, of: uids)
    }
    func claimRecent() async throws(StoreError) -> UIDSet { try await base.claimRecent() }
    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        if store.state.withLock({ $0.isFull }) { throw .overQuota }
        return try await base.copy(uids, to: name)
    }
    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet { try await base.expunge(uids) }
    func close() async throws(StoreError) { try await base.close() }
}
