import IMAPHost
import IMAPTypes

/// One session's handle on a mailbox.
///
/// Once the mailbox is deleted every call but ``close()`` throws ``StoreError/nonExistent``; once the handle or its
/// account is closed, ``StoreError/unavailable``.
struct MemoryMailbox: MovableMailbox, ResynchronizableMailbox, IdentifiedMailbox, ControlledMailbox,
    FlagIndexedMailbox
{
    let account: MemoryAccount
    let mailbox: SharedMailbox
    let sessions: SessionRegistry
    let session: SessionRegistry.SessionID
    let handle: SessionRegistry.HandleID
    let access: MailboxAccess

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        try checkOpen()
        return try mailbox.read { (content) throws(StoreError) in content.changes(since: token) }
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        try checkOpen()
        return try mailbox.read { (content) throws(StoreError) in
            content.records(uids, columns, calledBy: mailbox.identities)
        }
    }

    func flagged(_ uids: UIDSet, with flags: [Flag]) async throws(StoreError) -> FlaggedMessages {
        try checkOpen()
        return try mailbox.read { (content) throws(StoreError) in content.flagged(uids, with: flags) }
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        try checkOpen()
        guard let message = try mailbox.read({ (content) throws(StoreError) in content.message(uid) }) else {
            throw .expunged
        }
        return message.content.body
    }

    @discardableResult
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        let rights = try checkWritable()
        return try mailbox.update(by: account.reader.number) { (content) throws(StoreError) in
            let changed = try content.changeFlags(change, of: uids, permitting: rights)
            return content.records(changed, [.flags, .modSequence])
        }
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        let rights = try checkWritable()
        return try mailbox.update(by: account.reader.number) { (content) throws(StoreError) in
            let refused = content.changed(uids, after: unchangedSince)
            let changed = try content.changeFlags(change, of: uids.subtracting(refused), permitting: rights)
            return ConditionalChange(changed: content.records(changed, [.flags, .modSequence]), refused: refused)
        }
    }

    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
        try checkOpen()
        return try mailbox.read { (content) throws(StoreError) in content.vanished(after: modSequence, of: uids) }
    }

    func highestModSequence() async throws(StoreError) -> ModSequence {
        try checkOpen()
        return try mailbox.read { (content) throws(StoreError) in content.highestModSequence }
    }

    func claimRecent() async throws(StoreError) -> UIDSet {
        try checkWritable()
        return try mailbox.read { (content) throws(StoreError) in content.claimRecent() }
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try checkWritable(for: [.deleteMessages, .expunge])
        let (target, rights) = try target(name)
        let (source, destination) = try mailbox.move(uids, to: target, permitting: rights, by: account.reader.number)
        return CopiedMessages(uidValidity: target.uidValidity, source: source, destination: destination)
    }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try checkOpen()
        let (target, rights) = try target(name)
        let (source, copies) = try mailbox.read { (content) throws(StoreError) in content.copies(of: uids) }
        guard source.count == uids.count else { throw .expunged }
        let destination = try target.append(copies.permitted(by: rights), by: account.reader.number)
        return CopiedMessages(uidValidity: target.uidValidity, source: source, destination: destination)
    }

    /// A mailbox that messages can be put into, and what the user may do there.
    private func target(_ name: MailboxName) throws(StoreError) -> (SharedMailbox, AccessRights) {
        let target = try account.mailbox(name, for: .insert)
        try target.checkTakesMessages()
        return (target, target.rights(of: account.subject))
    }

    func currentFlags() async throws(StoreError) -> MailboxFlags {
        let rights = try checkOpen()
        return try mailbox.read { (content) throws(StoreError) in content.flags(access, rights) }
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        try checkWritable(for: .expunge)
        return try mailbox.update(by: account.reader.number) { (content) throws(StoreError) in
            content.remove(uids, having: FlagTable.deleted)
        }
    }

    func close() async throws(StoreError) { sessions.close(handle, in: session) }

    /// What the user may do now. One who may no longer read the mailbox has lost it, as if it were deleted.
    @discardableResult
    private func checkOpen() throws(StoreError) -> AccessRights {
        guard sessions.isOpen(handle, in: session) else { throw .unavailable }
        let rights = mailbox.rights(of: account.subject)
        guard rights.contains(.read) else { throw .nonExistent }
        return rights
    }

    @discardableResult
    private func checkWritable(for needed: AccessRights = []) throws(StoreError) -> AccessRights {
        let rights = try checkOpen()
        guard access == .readWrite, rights.isSuperset(of: needed) else { throw .noPermission }
        return rights
    }
}
