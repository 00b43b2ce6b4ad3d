import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization

/// An account that hands everything on to another one.
protocol ForwardingAccount: Account {
    var base: any Account { get }
}

extension ForwardingAccount {
    var separator: UInt8? { base.separator }
    func mailboxes() async throws(StoreError) -> [MailboxEntry] { try await base.mailboxes() }
    func create(_ name: MailboxName) async throws(StoreError) { try await base.create(name) }
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
    func close() async throws(StoreError) { try await base.close() }
}

/// A mailbox of a listing, as tests write it.
func entry(_ name: String, _ attributes: [MailboxAttribute] = [], subscribed: Bool = false) -> MailboxEntry {
    MailboxEntry(MailboxName(name) ?? .inbox, attributes: attributes, isSubscribed: subscribed)
}

/// A store whose listing and numbers are what a test says. Everything else is in memory.
final class ListingStore: MailStore {
    private struct State {
        var entries: [MailboxEntry]
        var failures: [MailboxName: StoreError] = [:]
        var asked = 0
    }

    private let memory = MemoryStore()
    let separator: UInt8?
    let namespaces: Namespaces
    private let state: Mutex<State>

    init(_ entries: [MailboxEntry], separator: UInt8? = 0x2F, namespaces: Namespaces? = nil) {
        state = Mutex(State(entries: entries))
        self.separator = separator
        self.namespaces = namespaces ?? Namespaces(personal: [Namespace(prefix: "", separator: separator)])
    }

    var entries: [MailboxEntry] {
        get { state.withLock { $0.entries } }
        set { state.withLock { $0.entries = newValue } }
    }

    /// STATUS of this mailbox fails.
    func fail(_ name: String, _ error: StoreError) {
        state.withLock { $0.failures[MailboxName(name) ?? .inbox] = error }
    }

    /// How often STATUS was asked for.
    var asked: Int { state.withLock { $0.asked } }

    fileprivate func failure(_ name: MailboxName) -> StoreError? {
        state.withLock { state in
            state.asked += 1
            return state.failures[name]
        }
    }

    var accountType: any Account.Type { ListingAccount.self }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        ListingAccount(store: self, base: try await memory.account(of: user))
    }
}

private struct ListingAccount: ForwardingAccount, SpecialUseAccount {
    let store: ListingStore
    let base: any Account

    var separator: UInt8? { store.separator }
    var namespaces: Namespaces { store.namespaces }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] { store.entries }

    /// Keeps `\All` for itself.
    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        guard !uses.contains(.all) else { throw .useAttribute }
        store.entries.append(MailboxEntry(name, attributes: uses))
    }

    /// As many messages as the name has octets.
    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        if let failure = store.failure(name) { throw failure }
        let one = UIDValidity(1), next = UID(9)
        guard let one, let next else { throw .internalError }
        let count = UInt32(clamping: name.octets.count)
        return MailboxStatus(
            messages: count, recent: 0, unseen: count / 2, deleted: 1, uidNext: next, uidValidity: one,
            size: UInt64(count) * 1000, deletedSize: 8, highestModSequence: .zero)
    }
}

/// A server on a ``ListingStore``, and a client that is logged in.
struct ListLab {
    let store: ListingStore
    let client: TestClient

    init(
        _ entries: [MailboxEntry], separator: UInt8? = 0x2F, namespaces: Namespaces? = nil,
        extensions: [IMAPExtension] = IMAPExtension.standard,
        permitting permissions: OutputPermissions = OutputPermissions()
    ) async throws {
        store = ListingStore(entries, separator: separator, namespaces: namespaces)
        let server = try Server(
            store: store, authenticator: TestUsers(), extensions: extensions.supported(by: store),
            clock: VirtualClock())
        client = await TestClient.connect(to: server, ScriptedTransport(output: .checked(permissions))).client
        await client.line("l LOGIN alice secret")
    }

    /// Plays a transcript. Returns where it went otherwise.
    func play(_ text: String) async -> String? { await client.play(Transcript(text))?.description }
}

/// A store that can do nothing beyond what every store can.
final class PlainStore: MailStore {
    private let memory = MemoryStore()

    private struct PlainAccount: ForwardingAccount {
        let base: any Account
    }

    var accountType: any Account.Type { PlainAccount.self }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        PlainAccount(base: try await memory.account(of: user))
    }
}
