import IMAPHost
import IMAPTypes

/// One session's handle on a mailbox.
///
/// Once the mailbox is deleted every call but ``close()`` throws ``StoreError/nonExistent``; once the handle or its
/// account is closed, ``StoreError/unavailable``.
struct MemoryMailbox: MovableMailbox, ConditionalMailbox, IdentifiedMailbox {
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

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        try checkOpen()
        guard let message = try mailbox.read({ (content) throws(StoreError) in content.message(uid) }) else {
            throw .expunged
        }
        return message.content.body
    }

    @discardableResult
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try checkWritable()
        return try mailbox.update { (content) throws(StoreError) in
            let changed = try content.changeFlags(change, of: uids)
            return content.records(changed, [.flags, .modSequence])
        }
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        try checkWritable()
        return try mailbox.update { (content) throws(StoreError) in
            let refused = content.changed(uids, after: unchangedSince)
            let changed = try content.changeFlags(change, of: uids.subtracting(refused))
            return ConditionalChange(changed: content.records(changed, [.flags, .modSequence]), refused: refused)
        }
    }

    func claimRecent() async throws(StoreError) -> UIDSet {
        try checkWritable()
        return try mailbox.read { (content) throws(StoreError) in content.claimRecent() }
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try checkWritable()
        let target = try target(name)
        let (source, destination) = try mailbox.move(uids, to: target)
        return CopiedMessages(uidValidity: target.uidValidity, source: source, destination: destination)
    }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try checkOpen()
        let target = try target(name)
        let (source, copies) = try mailbox.read { (content) throws(StoreError) in content.copies(of: uids) }
        guard source.count == uids.count else { throw .expunged }
        let destination = try target.append(copies)
        return CopiedMessages(uidValidity: target.uidValidity, source: source, destination: destination)
    }

    /// A mailbox that messages can be put into.
    private func target(_ name: MailboxName) throws(StoreError) -> SharedMailbox {
        let target = try account.mail(with: name).mailbox(name)
        try target.checkTakesMessages()
        return target
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        try checkWritable()
        return try mailbox.update { (content) throws(StoreError) in content.remove(uids, having: FlagTable.deleted) }
    }

    func close() async throws(StoreError) { sessions.close(handle, in: session) }

    private func checkOpen() throws(StoreError) {
        guard sessions.isOpen(handle, in: session) else { throw .unavailable }
    }

    private func checkWritable() throws(StoreError) {
        try checkOpen()
        guard access == .readWrite else { throw .noPermission }
    }
}
