import IMAPHost
import IMAPServer
import IMAPTypes

/// Which events of which mailboxes a client wants to know of, but for the messages of the selected one
/// (RFC 5465 section 6).
struct NotifyScope: Sendable, Equatable {
    /// Without those of the selected mailbox.
    let groups: [NotifyGroup]
    /// Every event of some group.
    let events: NotifyEvents

    init(_ groups: [NotifyGroup]) {
        self.groups = groups.filter { !$0.mailboxes.isSelected }
        events = self.groups.reduce(into: []) { $0.formUnion($1.events) }
    }

    /// What the client wants to know of a mailbox: what any group has that it is in, and nothing when one of them says
    /// so.
    ///
    /// `isSubscribed` may be `nil` where nobody knows: it is in every group of subscribed mailboxes then.
    func events(of name: MailboxName, isSubscribed: Bool?, _ names: NameRules) -> NotifyEvents {
        var events: NotifyEvents = []
        for group in groups where group.mailboxes.contains(name, isSubscribed: isSubscribed, names) {
            guard !group.events.isEmpty else { return [] }
            events.formUnion(group.events)
        }
        return events
    }

    /// Whether it depends on the subscriptions what the client wants to know.
    var dependsOnSubscriptions: Bool { groups.contains { $0.mailboxes == .subscribed } }
}

extension NotifyMailboxes {
    fileprivate func contains(_ name: MailboxName, isSubscribed: Bool?, _ names: NameRules) -> Bool {
        switch self {
        case .selected: false
        // Which mailboxes mail is delivered to, nobody here knows: then they are all (section 6.3).
        case .inboxes, .personal: names.isPersonal(name)
        case .subscribed: isSubscribed ?? true
        case .subtree(let roots): roots.contains { names.isWithin(name, $0) }
        case .mailboxes(let all): all.contains(name)
        }
    }
}

/// How the names of an account go together.
struct NameRules: Sendable {
    private let personal: [[UInt8]]
    private let foreign: [[UInt8]]
    private let separator: @Sendable (MailboxName) -> UInt8?

    init(_ account: any Account) {
        self.init(account.namespaces.usable) { account.separator(of: $0) }
    }

    init(_ namespaces: Namespaces, separator: @escaping @Sendable (MailboxName) -> UInt8?) {
        personal = namespaces.personal.map { Array($0.prefix.utf8) }
        foreign = (namespaces.otherUsers + namespaces.shared).map { Array($0.prefix.utf8) }
        self.separator = separator
    }

    /// Whether the longest prefix that a name has is that of a personal namespace. INBOX is personal whatever they are.
    func isPersonal(_ name: MailboxName) -> Bool {
        guard !name.isInbox else { return true }
        let own = longest(of: personal, of: name)
        guard let other = longest(of: foreign, of: name) else { return own != nil }
        return own.map { $0 > other } ?? false
    }

    private func longest(of prefixes: [[UInt8]], of name: MailboxName) -> Int? {
        prefixes.filter { name.octets.starts(with: $0) }.map(\.count).max()
    }

    /// Whether a name is `root` or below it.
    func isWithin(_ name: MailboxName, _ root: MailboxName) -> Bool {
        // The level above a name may be INBOX in any spelling.
        let front = name.octets.prefix(root.octets.count)
        guard root.isInbox ? MailboxName(Array(front)) == root : front.elementsEqual(root.octets) else { return false }
        guard name.octets.count > root.octets.count else { return true }
        return name.octets[root.octets.count] == separator(name)
    }

    /// The name above another, whether there is such a mailbox or not.
    func parent(of name: MailboxName) -> MailboxName? {
        guard let separator = separator(name), let end = name.octets.lastIndex(of: separator) else { return nil }
        return MailboxName(Array(name.octets[..<end]))
    }

    func separator(of name: MailboxName) -> UInt8? { separator(name) }
}
