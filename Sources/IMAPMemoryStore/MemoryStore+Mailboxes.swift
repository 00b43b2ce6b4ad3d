public import IMAPHost
public import IMAPTypes

/// A user's mailboxes, from outside any session.
extension MemoryStore {
    /// Makes a mailbox. Those above it are not made: a name below one that does not exist is allowed.
    ///
    /// `attributes` are what a listing shows; one with `\Noselect` cannot be opened or filled. `access` is the most a
    /// session may open it for.
    ///
    /// Throws ``/IMAPHost/StoreError/alreadyExists``; ``/IMAPHost/StoreError/cannot`` for a name with an empty level,
    /// such as `a//b`; ``/IMAPHost/StoreError/overQuota``; ``/IMAPHost/StoreError/limit``.
    public func createMailbox(
        _ name: MailboxName, for user: UserIdentity, attributes: [MailboxAttribute] = [],
        access: MailboxAccess = .readWrite
    ) throws(StoreError) {
        try mail(with: name, of: user).create(name, attributes: attributes, access: access)
    }

    /// Removes a mailbox and its messages; those below it stay, and so does a subscription to it.
    ///
    /// A session that has it open gets ``/IMAPHost/StoreError/nonExistent`` from then on. Throws
    /// ``/IMAPHost/StoreError/nonExistent``, and ``/IMAPHost/StoreError/cannot`` for INBOX.
    public func deleteMailbox(_ name: MailboxName, for user: UserIdentity) throws(StoreError) {
        try mail(with: name, of: user).delete(name)
    }

    /// Gives a mailbox, and those below it, another name; subscriptions stay with the old one. Renaming INBOX moves its
    /// messages to a new mailbox and leaves it empty.
    ///
    /// A session that has it open goes on under the old name, unless the new name may have had a UIDVALIDITY as great
    /// as the mailbox's: then the mailbox gets a new one, and the session gets ``/IMAPHost/StoreError/nonExistent``.
    /// Throws ``/IMAPHost/StoreError/nonExistent``, ``/IMAPHost/StoreError/alreadyExists``,
    /// ``/IMAPHost/StoreError/cannot`` for a name that cannot be kept or is in another namespace,
    /// ``/IMAPHost/StoreError/limit``.
    public func renameMailbox(
        _ name: MailboxName, to newName: MailboxName, for user: UserIdentity
    ) throws(StoreError) {
        let mail = try mail(with: name, of: user)
        guard try self.mail(with: newName, of: user) === mail else { throw .cannot }
        try mail.rename(name, to: newName)
    }

    /// Subscribes to a name, whether or not there is such a mailbox.
    public func subscribe(to name: MailboxName, for user: UserIdentity) throws(StoreError) {
        try mail(of: user).subscribe(to: name)
    }

    /// Ends a subscription, if there is one.
    public func unsubscribe(from name: MailboxName, for user: UserIdentity) throws(StoreError) {
        try mail(of: user).unsubscribe(from: name)
    }

    /// The user's mailboxes as ``/IMAPHost/Account/mailboxes()`` gives them. A name that is subscribed to and does not
    /// exist has `\NonExistent`.
    public func mailboxes(of user: UserIdentity) throws(StoreError) -> [MailboxEntry] {
        try mail(of: user).entries(with: shared?.mail, seenBy: Subject(user, groups: server.groups(user)))
    }

    /// The mailbox's numbers as ``/IMAPHost/Account/status(of:)`` gives them. Throws
    /// ``/IMAPHost/StoreError/nonExistent``, and ``/IMAPHost/StoreError/cannot`` for one that holds no messages.
    public func status(of name: MailboxName, for user: UserIdentity) throws(StoreError) -> MailboxStatus {
        try mailbox(name, of: user).status()
    }
}
