import IMAPCodec
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTypes
import Synchronization

/// What a host says in place of what the memory store does.
struct HostSays: Sendable {
    var separator: UInt8??
    var namespaces: Namespaces?
    var mailboxes: [MailboxEntry] = []
    var news: [AccountEvent] = []
    var status: @Sendable (inout MailboxStatus) -> Void = { _ in }
    var open: @Sendable (inout OpenMailbox) -> Void = { _ in }
    var record: @Sendable (inout MessageRecord) -> Void = { _ in }
    var quotaRoots: [QuotaRoot] = []
    var quotaUsage: [QuotaUsage] = []
    var accessList: [AccessEntry]?
    var annotations: [EntryName: [UInt8]] = [:]
    /// Names of what changed; told once.
    var annotationNews: [EntryName] = []
    var mailboxID: ObjectID?
    // Beside the store
    var associated: [UserIdentity] = []
    var identity: AuthenticationIdentity?
    var user: UserIdentity?
    var facts: ConnectionFacts?
    var identification: ClientIdentification?
    var languages: [TextLanguage] = []
    var capability: Capability?
    var charsets: [[UInt8]] = []
    /// The argument of XSHOW.
    var shown: Shown?

    enum Shown: Sendable {
        case text(ResponseText)
        case code(ResponseCode)
        case written(@Sendable (inout ResponseWriter) -> Void)
    }
}

/// The memory store, with a host's words in what it says.
final class FieldStore: MailStore {
    let memory = MemoryStore()
    let says: HostSays
    private let wakes = Mutex<[Wake]>([])
    private let told = Mutex(0)

    init(_ says: HostSays) { self.says = says }

    var accountType: any Account.Type { FieldAccount.self }
    var mailboxType: any Mailbox.Type { FieldMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        guard let base = try await memory.account(of: user) as? any FieldAccount.Base else { throw .internalError }
        return FieldAccount(store: self, base: base)
    }

    fileprivate func keep(_ wake: Wake) { wakes.withLock { $0.append(wake) } }

    /// Everything there is may have changed.
    func wake() {
        for wake in wakes.withLock({ $0 }) { wake.mark([.annotations, .rights, .names, .messages, .subscriptions]) }
    }

    /// The first time asked.
    fileprivate func news() -> [AccountEvent] {
        let isFirst = told.withLock { told in
            defer { told += 1 }
            return told == 0
        }
        return isFirst ? says.news : []
    }
}

struct FieldAccount: ForwardingAccount, SpecialUseAccount, SettableQuotaAccount, DatingAccount, IdentifiedAccount,
    ControlledAccount, AnnotatedAccount, NotifyingAccount
{
    typealias Base = SpecialUseAccount & SettableQuotaAccount & DatingAccount & IdentifiedAccount & ControlledAccount
        & AnnotatedAccount & NotifyingAccount

    let store: FieldStore
    let whole: any Base
    var base: any Account { whole }
    private var says: HostSays { store.says }

    init(store: FieldStore, base: any Base) { (self.store, whole) = (store, base) }

    static var quotaResources: [QuotaResource] { [.storage, .message] }
    static var knownRights: AccessRights { .standard }
    static var annotatesMailboxes: Bool { true }

    var separator: UInt8? { says.separator ?? base.separator }
    var namespaces: Namespaces {
        says.namespaces ?? Namespaces(personal: [Namespace(prefix: "", separator: separator)])
    }
    var now: InternalDate { whole.now }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] { try await base.mailboxes() + says.mailboxes }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try await whole.create(name, for: uses)
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        var status = try await base.status(of: says.mailboxes.contains { $0.name == name } ? .inbox : name)
        says.status(&status)
        return status
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        var open = try await base.open(name, access)
        guard let mailbox = open.mailbox as? any FieldMailbox.Base else { throw .internalError }
        open.mailbox = FieldMailbox(store: store, base: mailbox)
        says.open(&open)
        return open
    }

    func watch(_ wake: Wake) async throws(StoreError) {
        store.keep(wake)
        try await base.watch(wake)
    }

    // Quota

    func quotaRoots(of name: MailboxName) async throws(StoreError) -> [QuotaRoot] { says.quotaRoots }
    func quota(of root: QuotaRoot) async throws(StoreError) -> [QuotaUsage] { says.quotaUsage }
    func setQuota(of root: QuotaRoot, to limits: [QuotaLimit]) async throws(StoreError) {}

    // Rights

    func rights(in name: MailboxName) async throws(StoreError) -> AccessRights { .standard }
    func accessList(of name: MailboxName) async throws(StoreError) -> [AccessEntry] { says.accessList ?? [] }
    func grantableRights(
        of identifier: AccessIdentifier, in name: MailboxName
    ) async throws(StoreError) -> GrantableRights { GrantableRights(always: .lookup, optional: [.read, .write]) }
    func changeRights(
        of identifier: AccessIdentifier, in name: MailboxName, _ change: RightsChange
    ) async throws(StoreError) -> [MailboxName] { says.mailboxes.map(\.name) }
    func removeRights(of identifier: AccessIdentifier, in name: MailboxName) async throws(StoreError) -> [MailboxName] {
        says.mailboxes.map(\.name)
    }

    // Annotations

    func annotations(of object: AnnotatedObject) async throws(StoreError) -> [AnnotationSize] {
        says.annotations.map { AnnotationSize($0.key, size: $0.value.count) }
    }
    func values(of names: [EntryName], in object: AnnotatedObject) async throws(StoreError) -> [EntryName: [UInt8]] {
        says.annotations.filter { names.contains($0.key) }
    }
    func annotate(_ object: AnnotatedObject, _ changes: [AnnotationChange]) async throws(StoreError)
        -> AnnotationOutcome
    { .done }
    func annotationNews() async throws(StoreError) -> [AnnotationNews] {
        says.annotationNews.isEmpty ? [] : [AnnotationNews(.mailbox(.inbox), says.annotationNews)]
    }

    // News

    func follow(_ topics: WakeTopics) async throws(StoreError) -> NewsToken { NewsToken([]) }
    func news(since token: NewsToken) async throws(StoreError) -> AccountNews { .events(store.news(), token: token) }
    func visibility(of name: MailboxName) async throws(StoreError) -> MailboxVisibility { .readable }
    func mailboxID(of name: MailboxName) async throws(StoreError) -> ObjectID {
        if let id = says.mailboxID { return id }
        return try await whole.mailboxID(of: name)
    }
}

struct FieldMailbox: MovableMailbox, ResynchronizableMailbox, IdentifiedMailbox, ControlledMailbox {
    typealias Base = MovableMailbox & ResynchronizableMailbox & IdentifiedMailbox & ControlledMailbox

    let store: FieldStore
    let base: any Base

    private func told(_ records: [MessageRecord]) -> [MessageRecord] {
        records.map { record in
            var record = record
            store.says.record(&record)
            return record
        }
    }

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes { try await base.changes(since: token) }
    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        told(try await base.messages(uids, columns))
    }
    func body(of uid: UID) async throws(StoreError) -> any MessageBody { try await base.body(of: uid) }
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        told(try await base.changeFlags(change, of: uids))
    }
    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
    }
    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
        try await base.vanished(since: modSequence, of: uids)
    }
    func highestModSequence() async throws(StoreError) -> ModSequence { try await base.highestModSequence() }
    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await base.move(uids, to: name)
    }
    func claimRecent() async throws(StoreError) -> UIDSet { try await base.claimRecent() }
    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await base.copy(uids, to: name)
    }
    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet { try await base.expunge(uids) }
    func currentFlags() async throws(StoreError) -> MailboxFlags {
        let flags = try await base.currentFlags()
        guard let uidValidity = UIDValidity(1), let uidNext = UID(1) else { throw .internalError }
        var open = OpenMailbox(
            mailbox: self, access: .readWrite, uidValidity: uidValidity, uidNext: uidNext, uids: UIDSet(),
            recent: UIDSet(), firstUnseen: nil, flags: flags.flags, permanentFlags: flags.permanentFlags,
            acceptsNewKeywords: flags.acceptsNewKeywords, token: ChangeToken(0))
        store.says.open(&open)
        return MailboxFlags(
            flags: open.flags, permanentFlags: open.permanentFlags, acceptsNewKeywords: open.acceptsNewKeywords)
    }
    func close() async throws(StoreError) { try await base.close() }
}
