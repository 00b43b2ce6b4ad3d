import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// A store that counts what is appended to it and keeps nothing; all else it leaves to one in memory.
final class DiscardingStore: MailStore {
    private let memory = MemoryStore()
    /// Octets that were appended and committed.
    let appended = Atomic<UInt64>(0)

    var accountType: any Account.Type { DiscardingAccount.self }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        DiscardingAccount(base: try await memory.account(of: user), store: self)
    }
}

private struct DiscardingAccount: SpecialUseAccount {
    let base: any Account
    let store: DiscardingStore

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
    func watch(_ wake: Wake) async throws(StoreError) { try await base.watch(wake) }
    func close() async throws(StoreError) { try await base.close() }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        DiscardingAppend(store: store)
    }
}

private final class DiscardingAppend: MessageAppend {
    private let store: DiscardingStore
    private let count = Atomic<UInt64>(0)

    init(store: DiscardingStore) { self.store = store }

    func begin(_ message: NewMessage) async throws(StoreError) {}

    func write(_ octets: [UInt8]) async throws(StoreError) {
        count.wrappingAdd(UInt64(octets.count), ordering: .relaxed)
    }

    func end(_ digest: MessageDigest?) async throws(StoreError) {}

    func commit() async throws(StoreError) -> AppendedMessages {
        store.appended.wrappingAdd(count.load(ordering: .relaxed), ordering: .relaxed)
        guard let validity = UIDValidity(1) else { throw .internalError }
        return AppendedMessages(uidValidity: validity, uids: UIDSet(.first))
    }

    func cancel() async {}
}
