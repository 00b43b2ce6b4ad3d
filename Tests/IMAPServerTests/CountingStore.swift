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

private final class CountedAccount: ForwardingAccount, DatingAccount, SpecialUseAccount {
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
    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try await base.create(name)
    }

    func close() async throws(StoreError) {
        store.open.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        try await base.close()
    }
}
