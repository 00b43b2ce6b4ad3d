import IMAPHost
import IMAPTypes

/// One session of a user. After ``close()`` every call throws ``StoreError/unavailable``.
struct MemoryAccount: SpecialUseAccount, DatingAccount {
    let mail: UserMail
    let session: SessionRegistry.SessionID
    let separator: UInt8?
    /// The date of a message that is appended without one.
    let clock: @Sendable () -> InternalDate

    var now: InternalDate { clock() }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] {
        try checkOpen()
        return mail.entries()
    }

    func create(_ name: MailboxName) async throws(StoreError) {
        try checkOpen()
        try mail.create(name, attributes: [], access: .readWrite)
    }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try checkOpen()
        try mail.create(name, for: uses)
    }

    func delete(_ name: MailboxName) async throws(StoreError) {
        try checkOpen()
        try mail.delete(name)
    }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try checkOpen()
        try mail.rename(name, to: newName)
    }

    func subscribe(to name: MailboxName) async throws(StoreError) {
        try checkOpen()
        mail.subscribe(to: name)
    }

    func unsubscribe(from name: MailboxName) async throws(StoreError) {
        try checkOpen()
        mail.unsubscribe(from: name)
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        try checkOpen()
        let mailbox = try mail.mailbox(name)
        return try mailbox.read { (content) throws(StoreError) in content.status(uidValidity: mailbox.uidValidity) }
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        let mailbox = try mail.mailbox(name)
        let granted = mailbox.access == .readWrite ? access : .readOnly
        let handle = try mail.sessions.open(mailbox, as: name, in: session)
        do throws(StoreError) {
            return try mailbox.read { (content) throws(StoreError) in
                let isWritable = granted == .readWrite
                return OpenMailbox(
                    mailbox: MemoryMailbox(
                        mail: mail, mailbox: mailbox, sessions: mail.sessions, session: session, handle: handle,
                        access: granted),
                    access: granted, uidValidity: mailbox.uidValidity, uidNext: content.uidNext, uids: content.uids,
                    recent: isWritable ? content.claimRecent() : content.recent,
                    firstUnseen: content.firstUnseen(), flags: content.flagTable.flags,
                    permanentFlags: isWritable ? content.flagTable.flags : [],
                    acceptsNewKeywords: isWritable && content.flagTable.hasRoom,
                    highestModSequence: content.highestModSequence, token: content.token)
            }
        } catch {
            mail.sessions.close(handle, in: session)
            throw error
        }
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        try checkOpen()
        let mailbox = try mail.mailbox(name)
        guard mailbox.isSelectable else { throw .cannot }
        guard mailbox.access == .readWrite else { throw .noPermission }
        return MemoryAppend(self, to: mailbox, now: clock)
    }

    func watch(_ wake: Wake) async throws(StoreError) { try mail.sessions.watch(wake, for: session) }

    func close() async throws(StoreError) { mail.sessions.end(session) }

    func checkOpen() throws(StoreError) {
        guard mail.sessions.isOpen(session) else { throw .unavailable }
    }
}
