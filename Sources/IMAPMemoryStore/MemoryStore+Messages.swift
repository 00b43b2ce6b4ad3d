public import IMAPHost
public import IMAPTypes

/// A mailbox's messages, from outside any session. Every method throws ``StoreError/nonExistent`` when there is no such
/// mailbox and ``StoreError/cannot`` when it can hold no messages.
extension MemoryStore {
    /// Adds a message, recent until a read-write session opens the mailbox. Throws ``/IMAPHost/StoreError/overQuota``,
    /// and ``/IMAPHost/StoreError/limit`` when UIDs, keywords or the 2^64 octets of a mailbox run out.
    @discardableResult
    public func append(
        _ message: MemoryMessage, to name: MailboxName, for user: UserIdentity
    ) throws(StoreError) -> UID {
        guard let uid = try append(contentsOf: [message], to: name, for: user).first else { throw .internalError }
        return uid
    }

    /// Adds a message of `octets`; a bare LF in them becomes CRLF. Otherwise as ``append(_:to:for:)``.
    @discardableResult
    public func append(
        _ octets: [UInt8], to name: MailboxName, for user: UserIdentity, flags: [Flag] = [],
        internalDate: InternalDate = InternalDate(secondsSince1970: 0)
    ) throws(StoreError) -> UID {
        try append(MemoryMessage(octets, flags: flags, internalDate: internalDate), to: name, for: user)
    }

    /// Adds a message whose octets come from `body` whenever they are read. Otherwise as ``append(_:to:for:)``.
    @discardableResult
    public func append(
        body: any MessageBody, to name: MailboxName, for user: UserIdentity, flags: [Flag] = [],
        internalDate: InternalDate = InternalDate(secondsSince1970: 0)
    ) throws(StoreError) -> UID {
        try append(MemoryMessage(body: body, flags: flags, internalDate: internalDate), to: name, for: user)
    }

    /// Adds messages in one operation, all or none, with adjacent UIDs in the order given. Throws
    /// ``/IMAPHost/StoreError/overQuota`` and ``/IMAPHost/StoreError/limit``.
    @discardableResult
    public func append(
        contentsOf messages: [MemoryMessage], to name: MailboxName, for user: UserIdentity
    ) throws(StoreError) -> UIDSet {
        try mailbox(name, of: user).append(messages)
    }

    /// Changes flags; returns the messages whose flags are other ones now. Throws ``/IMAPHost/StoreError/limit`` when
    /// the mailbox can know no more keywords.
    @discardableResult
    public func changeFlags(
        _ change: FlagChange, of uids: UIDSet, in name: MailboxName, for user: UserIdentity
    ) throws(StoreError) -> UIDSet {
        try mailbox(name, of: user).update { (content) throws(StoreError) in
            try content.changeFlags(change, of: uids)
        }
    }

    /// Removes those of `uids` that have `\Deleted`, for good; returns them.
    @discardableResult
    public func expunge(
        _ uids: UIDSet, in name: MailboxName, for user: UserIdentity
    ) throws(StoreError) -> UIDSet {
        try mailbox(name, of: user).update { (content) throws(StoreError) in
            content.remove(uids, having: FlagTable.deleted)
        }
    }

    /// Removes those of `uids` that exist, whatever their flags; returns them.
    @discardableResult
    public func remove(_ uids: UIDSet, in name: MailboxName, for user: UserIdentity) throws(StoreError) -> UIDSet {
        try mailbox(name, of: user).update { (content) throws(StoreError) in content.remove(uids, having: 0) }
    }

    /// All messages with all columns, ascending by UID.
    public func records(in name: MailboxName, for user: UserIdentity) throws(StoreError) -> [MessageRecord] {
        try mailbox(name, of: user).read { (content) throws(StoreError) in
            content.records(content.uids, [.flags, .internalDate, .size, .modSequence])
        }
    }

    /// The octets of one message. Throws ``/IMAPHost/StoreError/expunged`` when there is none of that UID.
    public func body(
        of uid: UID, in name: MailboxName, for user: UserIdentity
    ) throws(StoreError) -> any MessageBody {
        let message = try mailbox(name, of: user).read { (content) throws(StoreError) in content.message(uid) }
        guard let message else { throw .expunged }
        return message.content.body
    }

    /// The messages that no read-write session has claimed as recent.
    public func recent(in name: MailboxName, for user: UserIdentity) throws(StoreError) -> UIDSet {
        try mailbox(name, of: user).read { (content) throws(StoreError) in content.recent }
    }
}
