import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// Mail in memory that counts the accounts it handed out: those not closed, and those somebody still holds.
final class CountingStore: MailStore {
    let base = MemoryStore()
    fileprivate let open = Atomic<Int>(0)
    fileprivate let live = Atomic<Int>(0)
    private let total = Atomic<Int>(0)

    var openAccounts: Int { open.load(ordering: .sequentiallyConsistent) }
    var liveAccounts: Int { live.load(ordering: .sequentiallyConsistent) }
    /// All there ever were.
    var opened: Int { total.load(ordering: .sequentiallyConsistent) }

    var accountType: any Account.Type { CountedAccount.self }
    var mailboxType: any Mailbox.Type { base.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        total.wrappingAdd(1, ordering: .sequentiallyConsistent)
        return CountedAccount(base: try await base.account(of: user), store: self)
    }
}

private final class CountedAccount: Account, DatingAccount, SpecialUseAccount {
    let base: any Account
    let store: CountingStore

    init(base: any Account, store: CountingStore) {
        self.base = base
        self.store = store
        store.open.wrappingAdd(1, ordering: .sequentiallyConsistent)
        store.live.wrappingAdd(1, ordering: .sequentiallyConsistent)
    }

    deinit { store.live.wrappingSubtract(1, ordering: .sequentiallyConsistent) }

    var now: InternalDate { InternalDate(secondsSince1970: 0) }
    var separator: UInt8? { base.separator }
    func mailboxes() async throws(StoreError) -> [MailboxEntry] { try await base.mailboxes() }
    func create(_ name: MailboxName) async throws(StoreError) { try await base.create(name) }
    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try await base.create(name)
    }
    func delete(_ name: MailboxName) async throws(StoreError) { try await base.delete(name) }
    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try await base.rename(name, to: newName)
    }
    func subscribe(to name: MailboxName) async throws(StoreError) { try await base.subscribe(to: name) }
    func unsubscribe(from name: MailboxName) async throws(StoreError) { try await base.unsubscribe(from: name) }
    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus { try await base.status(of: name) }
    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        try await base.open(name, access)
    }
    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend { try await base.append(to: name) }
    func watch(_ wake: Wake) async throws(StoreError) { try await base.watch(wake) }

    func close() async throws(StoreError) {
        store.open.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        try await base.close()
    }
}
