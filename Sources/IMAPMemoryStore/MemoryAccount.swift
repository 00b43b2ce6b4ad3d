import IMAPHost
import IMAPTypes

/// One session of a user. After ``close()`` every call throws ``StoreError/unavailable``.
struct MemoryAccount: SpecialUseAccount, SettableQuotaAccount, DatingAccount, IdentifiedAccount {
    let user: UserIdentity
    let server: MemoryServer
    let mail: UserMail
    let session: SessionRegistry.SessionID
    /// The mailboxes that all users share, and this session's number there.
    let shared: SharedMail?
    let sharedSession: SessionRegistry.SessionID
    let separator: UInt8?
    let maySetQuota: Bool
    /// The date of a message that is appended without one.
    let clock: @Sendable () -> InternalDate
    /// What this session was told of changed annotations, and its number as an author of news.
    let reader: AnnotationReader

    var now: InternalDate { clock() }

    var namespaces: Namespaces {
        Namespaces(
            personal: [Namespace(prefix: "", separator: separator)],
            shared: shared.map { [Namespace(prefix: $0.prefix, separator: separator)] } ?? [])
    }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] {
        try checkOpen()
        return mail.entries(with: shared?.mail, seenBy: subject)
    }

    func create(_ name: MailboxName) async throws(StoreError) {
        try await create(name, for: [])
    }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try checkOpen()
        let mail = mail(with: name)
        try mail.create(name, for: uses, by: reader.number) { (parent) throws(StoreError) in
            try checkMaking(below: parent, in: mail)
        }
    }

    func delete(_ name: MailboxName) async throws(StoreError) {
        try checkOpen()
        try mail(with: name).delete(name, by: reader.number) { (mailbox) throws(StoreError) in
            try check(mailbox) { $0.contains(.deleteMailbox) }
        }
    }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try checkOpen()
        let mail = mail(with: name)
        guard mail === self.mail(with: newName) else { throw .cannot }
        try mail.rename(name, to: newName, by: reader.number) { (mailbox, parent) throws(StoreError) in
            try check(mailbox) { $0.contains(.deleteMailbox) }
            try checkMaking(below: parent, in: mail)
        }
    }

    func subscribe(to name: MailboxName) async throws(StoreError) {
        try checkOpen()
        mail.subscribe(to: name, by: reader.number)
    }

    func unsubscribe(from name: MailboxName) async throws(StoreError) {
        try checkOpen()
        mail.unsubscribe(from: name, by: reader.number)
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        try checkOpen()
        return try mailbox(name, for: .read).status()
    }

    func mailboxID(of name: MailboxName) async throws(StoreError) -> ObjectID {
        try checkOpen()
        guard let id = try mailbox(name, where: \.revealsMailbox).id else { throw .internalError }
        return id
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        let mail = mail(with: name)
        let session = mail === self.mail ? session : sharedSession
        let mailbox = try mailbox(name, for: .read)
        let rights = mailbox.rights(of: subject)
        let granted = mailbox.access == .readWrite && rights.permitsChanges ? access : .readOnly
        let handle = try mail.sessions.open(mailbox, as: name, in: session)
        do throws(StoreError) {
            return try mailbox.read { (content) throws(StoreError) in
                let isWritable = granted == .readWrite
                let flags = content.flags(granted, rights)
                return OpenMailbox(
                    mailbox: MemoryMailbox(
                        account: self, mailbox: mailbox, sessions: mail.sessions, session: session, handle: handle,
                        access: granted),
                    access: granted, uidValidity: mailbox.uidValidity, uidNext: content.uidNext, uids: content.uids,
                    oversized: content.oversized, recent: isWritable ? content.claimRecent() : content.recent,
                    firstUnseen: content.firstUnseen(), flags: flags.flags,
                    permanentFlags: flags.permanentFlags, acceptsNewKeywords: flags.acceptsNewKeywords,
                    highestModSequence: content.highestModSequence, token: content.token, mailboxID: mailbox.id)
            }
        } catch {
            mail.sessions.close(handle, in: session)
            throw error
        }
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        try checkOpen()
        let mail = mail(with: name)
        let mailbox = try mailbox(name, for: .insert)
        try mailbox.checkTakesMessages()
        return MemoryAppend(self, to: mailbox, ledger: mail.ledger)
    }

    func watch(_ wake: Wake) async throws(StoreError) {
        try mail.sessions.watch(wake, for: session)
        try shared?.mail.sessions.watch(wake, for: sharedSession)
    }

    func close() async throws(StoreError) {
        mail.sessions.end(session)
        shared?.mail.sessions.end(sharedSession)
    }

    func checkOpen() throws(StoreError) {
        guard mail.sessions.isOpen(session) else { throw .unavailable }
    }

    /// The mail that a mailbox of that name is in.
    func mail(with name: MailboxName) -> UserMail {
        if let shared, shared.holds(name) { return shared.mail }
        return mail
    }
}

extension MemoryAccount {
    // MARK: Quota

    static var quotaResources: [QuotaResource] { QuotaLedger.resources }

    func quotaRoots(of name: MailboxName) async throws(StoreError) -> [QuotaRoot] {
        try checkOpen()
        guard mail(with: name) === mail, let root = QuotaRoot([]) else { return [] }
        return [root]
    }

    func quota(of root: QuotaRoot) async throws(StoreError) -> [QuotaUsage] {
        try checkOpen()
        guard root.octets.isEmpty else { throw .nonExistent }
        return mail.ledger.usage
    }

    func setQuota(of root: QuotaRoot, to limits: [QuotaLimit]) async throws(StoreError) {
        try checkOpen()
        guard root.octets.isEmpty else { throw .nonExistent }
        guard maySetQuota else { throw .noPermission }
        try mail.ledger.limit(limits)
    }
}
