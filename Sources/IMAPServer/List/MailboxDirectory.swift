public import IMAPHost
public import IMAPTypes

/// An account's mailboxes at one moment, for LIST responses that nobody asked for.
public struct MailboxDirectory: Sendable {
    /// The mailboxes that the user may know of, and subscriptions to names that have none.
    public let entries: [MailboxEntry]
    private let byName: [MailboxName: MailboxEntry]
    /// The names that have a mailbox below them.
    private let parents: Set<MailboxName>

    init(_ entries: [MailboxEntry], _ hierarchy: Hierarchy) {
        self.entries = entries
        byName = Dictionary(entries.map { ($0.name, $0) }) { first, _ in first }
        var parents: Set<MailboxName> = []
        for entry in entries where !entry.attributes.contains(.nonExistent) {
            guard let separator = hierarchy.separator(of: entry.name.octets) else { continue }
            parents.formUnion(entry.name.ancestors(separator: separator))
        }
        self.parents = parents
    }

    public func isSubscribed(_ name: MailboxName) -> Bool { byName[name]?.isSubscribed ?? false }

    public func exists(_ name: MailboxName) -> Bool {
        byName[name].map { !$0.attributes.contains(.nonExistent) } ?? false
    }

    fileprivate func listed(_ name: MailboxName) -> ListedMailbox {
        ListedMailbox(
            name: name, attributes: byName[name]?.attributes ?? [], isSubscribed: isSubscribed(name),
            exists: exists(name), hasChildren: parents.contains(name), isSelected: false)
    }
}

extension Context {
    /// The mailboxes as they are now.
    public func directory() async throws(CommandFailure) -> MailboxDirectory {
        let account = try account()
        let entries = try await ask { () async throws(StoreError) in try await account.mailboxes() }
        return MailboxDirectory(entries, Hierarchy(account, utf8: true))
    }

    /// A LIST response for a name, whether it has a mailbox or not: what LIST says of it, `\NonExistent` where there is
    /// none, and `\Subscribed`.
    public mutating func listResponse(
        of name: MailboxName, in directory: MailboxDirectory
    ) async throws(CommandFailure) -> ListResponse {
        let mailbox = directory.listed(name)
        var response = ListResponse(name, separator: try account().separator(of: name))
        if !mailbox.exists { response.add(.nonExistent) }
        response.addOwn(mailbox.attributes)
        for option in channel.tables.plainListOptions {
            try await option.describe(mailbox, in: &response, &self)
        }
        if mailbox.isSubscribed { response.add(.subscribed) }
        return response
    }
}
