import IMAPHost
import IMAPTypes

/// One session of a user. After ``close()`` every call throws ``StoreError/unavailable``.
struct MaildirAccount: SpecialUseAccount, IdentifiedAccount {
    let mail: UserMail
    let session: UInt64
    let ended: @Sendable () -> Void

    var separator: UInt8? { FolderName.separator }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] { try await mail.entries(session) }

    func create(_ name: MailboxName) async throws(StoreError) { try await mail.create(name, for: [], session) }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try await mail.create(name, for: uses, session)
    }

    func delete(_ name: MailboxName) async throws(StoreError) { try await mail.delete(name, session) }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try await mail.rename(name, to: newName, session)
    }

    func subscribe(to name: MailboxName) async throws(StoreError) {
        try await mail.setSubscription(name, true, session)
    }

    func unsubscribe(from name: MailboxName) async throws(StoreError) {
        try await mail.setSubscription(name, false, session)
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        try await mail.status(of: name, session)
    }

    func mailboxID(of name: MailboxName) async throws(StoreError) -> ObjectID {
        guard let id = try await mail.status(of: name, session).mailboxID else { throw .internalError }
        return id
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        try await mail.open(name, access, session)
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        MaildirAppend(mail: mail, upload: try await mail.beginUpload(to: name, session))
    }

    func watch(_ wake: Wake) async throws(StoreError) { try await mail.watch(wake, for: session) }

    func close() async throws(StoreError) {
        if await mail.end(session) { ended() }
    }
}

/// Messages on their way into a mailbox.
struct MaildirAppend: MessageAppend {
    let mail: UserMail
    let upload: UInt64

    func begin(_ message: NewMessage) async throws(StoreError) { try await mail.begin(message, of: upload) }
    func write(_ octets: [UInt8]) async throws(StoreError) { try await mail.write(octets, to: upload) }
    func end(_ digest: MessageDigest?) async throws(StoreError) { try await mail.end(digest, of: upload) }
    func commit() async throws(StoreError) -> AppendedMessages { try await mail.commit(upload) }
    func cancel() async { await mail.cancel(upload) }
}

/// One session's handle on a mailbox.
///
/// Once the mailbox is deleted every call but ``close()`` throws ``StoreError/nonExistent``; once the handle or its
/// account is closed, ``StoreError/unavailable``.
///
/// A message is called after where it was first; threads are not looked for.
struct MaildirMailbox: MovableMailbox, ResynchronizableMailbox, IdentifiedMailbox {
    let mail: UserMail
    let session: UInt64
    let handle: UInt64

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        try await mail.changes(since: token, handle, session)
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        try await mail.records(uids, columns, handle, session)
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        try await mail.body(of: uid, handle, session)
    }

    @discardableResult
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try await mail.changeFlags(change, of: uids, unchangedSince: nil, handle, session).changed
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        try await mail.changeFlags(change, of: uids, unchangedSince: unchangedSince, handle, session)
    }

    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
        try await mail.vanished(since: modSequence, of: uids, handle, session)
    }

    func highestModSequence() async throws(StoreError) -> ModSequence {
        try await mail.highestModSequence(handle, session)
    }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await mail.copy(uids, to: name, handle, session)
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await mail.move(uids, to: name, handle, session)
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet { try await mail.expunge(uids, handle, session) }

    func claimRecent() async throws(StoreError) -> UIDSet { try await mail.claimRecent(handle, session) }

    func close() async throws(StoreError) { await mail.close(handle, of: session) }
}
