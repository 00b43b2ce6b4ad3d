import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization

/// A session of a ``FaultyStore``: every call of it goes through the store.
final class FaultyAccount: FaultyObject, SpecialUseAccount, SettableQuotaAccount, DatingAccount, IdentifiedAccount,
    AnnotatedAccount, ControlledAccount, NotifyingAccount, @unchecked Sendable
{
    private let base: any Account
    private let isWatched = Mutex(false)

    init(base: any Account, store: FaultyStore) {
        self.base = base
        super.init(store, "account")
    }

    private func ask<Answer: Sendable>(
        _ method: FaultyStore.Method, _ work: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        use(method)
        return try await store.call(method, work)
    }

    var separator: UInt8? { base.separator }
    var namespaces: Namespaces { base.namespaces }
    var now: InternalDate { (base as? any DatingAccount)?.now ?? InternalDate(secondsSince1970: 0) }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] {
        try await ask(.mailboxes) { () async throws(StoreError) in try await base.mailboxes() }
    }

    func create(_ name: MailboxName) async throws(StoreError) {
        try await ask(.create) { () async throws(StoreError) in try await base.create(name) }
    }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        guard let base = base as? any SpecialUseAccount else { throw .internalError }
        try await ask(.createForUse) { () async throws(StoreError) in try await base.create(name, for: uses) }
    }

    func delete(_ name: MailboxName) async throws(StoreError) {
        try await ask(.delete) { () async throws(StoreError) in try await base.delete(name) }
    }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try await ask(.rename) { () async throws(StoreError) in try await base.rename(name, to: newName) }
    }

    func subscribe(to name: MailboxName) async throws(StoreError) {
        try await ask(.subscribe) { () async throws(StoreError) in try await base.subscribe(to: name) }
    }

    func unsubscribe(from name: MailboxName) async throws(StoreError) {
        try await ask(.unsubscribe) { () async throws(StoreError) in try await base.unsubscribe(from: name) }
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        try await ask(.status) { () async throws(StoreError) in try await base.status(of: name) }
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        use(.open)
        var open = try await store.call(.open, undo: { (open: OpenMailbox) in try? await open.mailbox.close() }) {
            () async throws(StoreError) in try await base.open(name, access)
        }
        open.mailbox = FaultyMailbox(base: open.mailbox, store: store)
        return open
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        use(.append)
        let append = try await store.call(.append, undo: { (append: any MessageAppend) in await append.cancel() }) {
            () async throws(StoreError) in try await base.append(to: name)
        }
        return FaultyAppend(base: append, store: store)
    }

    func watch(_ wake: Wake) async throws(StoreError) {
        let isSecond = isWatched.withLock { isWatched in
            defer { isWatched = true }
            return isWatched
        }
        if isSecond { store.note(misuse: "watched again") }
        try await ask(.watch) { () async throws(StoreError) in try await base.watch(wake) }
    }

    func close() async throws(StoreError) {
        end("close")
        try await store.call(.closeAccount) { () async throws(StoreError) in try await base.close() }
    }

    // MARK: Quota

    static var quotaResources: [QuotaResource] { [.storage, .message, .mailbox, .annotationStorage] }

    private func quotaBase() throws(StoreError) -> any SettableQuotaAccount {
        guard let base = base as? any SettableQuotaAccount else { throw .internalError }
        return base
    }

    func quotaRoots(of name: MailboxName) async throws(StoreError) -> [QuotaRoot] {
        let base = try quotaBase()
        return try await ask(.quotaRoots) { () async throws(StoreError) in try await base.quotaRoots(of: name) }
    }

    func quota(of root: QuotaRoot) async throws(StoreError) -> [QuotaUsage] {
        let base = try quotaBase()
        return try await ask(.quota) { () async throws(StoreError) in try await base.quota(of: root) }
    }

    func setQuota(of root: QuotaRoot, to limits: [QuotaLimit]) async throws(StoreError) {
        let base = try quotaBase()
        try await ask(.setQuota) { () async throws(StoreError) in try await base.setQuota(of: root, to: limits) }
    }

    func mailboxID(of name: MailboxName) async throws(StoreError) -> ObjectID {
        guard let base = base as? any IdentifiedAccount else { throw .internalError }
        return try await ask(.mailboxID) { () async throws(StoreError) in try await base.mailboxID(of: name) }
    }

    // MARK: Rights

    static var knownRights: AccessRights { .standard }

    private func rightsBase() throws(StoreError) -> any ControlledAccount {
        guard let base = base as? any ControlledAccount else { throw .internalError }
        return base
    }

    func rights(in name: MailboxName) async throws(StoreError) -> AccessRights {
        let base = try rightsBase()
        return try await ask(.rights) { () async throws(StoreError) in try await base.rights(in: name) }
    }

    func accessList(of name: MailboxName) async throws(StoreError) -> [AccessEntry] {
        let base = try rightsBase()
        return try await ask(.accessList) { () async throws(StoreError) in try await base.accessList(of: name) }
    }

    func grantableRights(
        of identifier: AccessIdentifier, in name: MailboxName
    ) async throws(StoreError) -> GrantableRights {
        let base = try rightsBase()
        return try await ask(.grantableRights) { () async throws(StoreError) in
            try await base.grantableRights(of: identifier, in: name)
        }
    }

    func changeRights(
        of identifier: AccessIdentifier, in name: MailboxName, _ change: RightsChange
    ) async throws(StoreError) -> [MailboxName] {
        let base = try rightsBase()
        return try await ask(.changeRights) { () async throws(StoreError) in
            try await base.changeRights(of: identifier, in: name, change)
        }
    }

    func removeRights(of identifier: AccessIdentifier, in name: MailboxName) async throws(StoreError) -> [MailboxName] {
        let base = try rightsBase()
        return try await ask(.removeRights) { () async throws(StoreError) in
            try await base.removeRights(of: identifier, in: name)
        }
    }

    // MARK: Annotations

    static var annotatesMailboxes: Bool { true }

    private func annotationBase() throws(StoreError) -> any AnnotatedAccount {
        guard let base = base as? any AnnotatedAccount else { throw .internalError }
        return base
    }

    func annotations(of object: AnnotatedObject) async throws(StoreError) -> [AnnotationSize] {
        let base = try annotationBase()
        return try await ask(.annotations) { () async throws(StoreError) in try await base.annotations(of: object) }
    }

    func values(of names: [EntryName], in object: AnnotatedObject) async throws(StoreError) -> [EntryName: [UInt8]] {
        let base = try annotationBase()
        return try await ask(.values) { () async throws(StoreError) in try await base.values(of: names, in: object) }
    }

    func annotate(
        _ object: AnnotatedObject, _ changes: [AnnotationChange]
    ) async throws(StoreError) -> AnnotationOutcome {
        let base = try annotationBase()
        return try await ask(.annotate) { () async throws(StoreError) in try await base.annotate(object, changes) }
    }

    func annotationNews() async throws(StoreError) -> [AnnotationNews] {
        let base = try annotationBase()
        return try await ask(.annotationNews) { () async throws(StoreError) in try await base.annotationNews() }
    }

    // MARK: News

    private func newsBase() throws(StoreError) -> any NotifyingAccount {
        guard let base = base as? any NotifyingAccount else { throw .internalError }
        return base
    }

    func follow(_ topics: WakeTopics) async throws(StoreError) -> NewsToken {
        let base = try newsBase()
        return try await ask(.follow) { () async throws(StoreError) in try await base.follow(topics) }
    }

    func news(since token: NewsToken) async throws(StoreError) -> AccountNews {
        let base = try newsBase()
        return try await ask(.news) { () async throws(StoreError) in try await base.news(since: token) }
    }

    func visibility(of name: MailboxName) async throws(StoreError) -> MailboxVisibility {
        let base = try newsBase()
        return try await ask(.visibility) { () async throws(StoreError) in try await base.visibility(of: name) }
    }
}
