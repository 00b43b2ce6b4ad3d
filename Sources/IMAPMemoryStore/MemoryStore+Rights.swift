public import IMAPHost
public import IMAPTypes

/// Access control lists, from outside any session.
extension MemoryStore {
    /// The list of a shared mailbox. Throws ``/IMAPHost/StoreError/nonExistent``, and ``/IMAPHost/StoreError/cannot``
    /// for a mailbox that is one user's own.
    public func accessList(of name: MailboxName) throws(StoreError) -> [AccessEntry] {
        guard let list = try sharedMailbox(name).accessList else { throw .cannot }
        return list.entries
    }

    /// Changes the rights of an identifier in a shared mailbox. Throws as ``accessList(of:)`` does.
    public func changeRights(
        of identifier: AccessIdentifier, in name: MailboxName, _ change: RightsChange
    ) throws(StoreError) {
        let mailbox = try sharedMailbox(name)
        guard mailbox.accessList != nil else { throw .cannot }
        try mailbox.changeRights(of: identifier, change)
    }

    private func sharedMailbox(_ name: MailboxName) throws(StoreError) -> SharedMailbox {
        guard let shared, shared.holds(name) else { throw .cannot }
        return try shared.mail.mailbox(name)
    }
}
