public import IMAPTypes

/// An account that tells what others do in it, whichever mailbox is open (NOTIFY, RFC 5465).
///
/// Nothing is queued for a session: it is woken, and asks when its client can be told. What it is told is what happened
/// since it asked last, as far as the store still knows; how much the store remembers is its own business.
///
/// Left out is what this session did itself, and, in an account with access control, what happens to mailboxes that
/// its user may not look up at that moment.
public protocol NotifyingAccount: Account {
    /// From now on this session is woken with those of `topics` that something happens to, ``WakeTopics/messages``,
    /// ``WakeTopics/names`` and ``WakeTopics/subscriptions`` among them; with none of them, where `topics` has none.
    /// Other topics it is woken with as ever.
    ///
    /// Returns where ``news(since:)`` begins.
    func follow(_ topics: WakeTopics) async throws(StoreError) -> NewsToken

    /// What happened since `token`: to the topics that are followed, and possibly to others.
    func news(since token: NewsToken) async throws(StoreError) -> AccountNews

    /// How much the user sees of a mailbox now. Everything, unless said otherwise: for accounts without access control.
    func visibility(of name: MailboxName) async throws(StoreError) -> MailboxVisibility
}

extension NotifyingAccount {
    public func visibility(of name: MailboxName) async throws(StoreError) -> MailboxVisibility { .readable }
}

/// Up to where a session was told what happens in its account. Opaque to the library, which gives it back to the
/// account that it came from.
public struct NewsToken: Hashable, Sendable {
    public let positions: [UInt64]

    public init(_ positions: [UInt64]) { self.positions = positions }
}

/// What happened in an account.
public enum AccountNews: Hashable, Sendable {
    /// These, in the order in which they happened, those of messages last; and the token that includes them.
    case events([AccountEvent], token: NewsToken)
    /// The store no longer knows. The client is told that it missed something, and is told no more.
    case unknown
}

/// Something that happened in an account.
public enum AccountEvent: Hashable, Sendable {
    /// Messages of a mailbox, by the name it has now. Once, however many there were.
    case messages(MailboxName, MessageEvents)
    /// A mailbox was made.
    case created(MailboxName)
    /// A mailbox is gone.
    case deleted(MailboxName)
    /// A mailbox has another name, and so have those below it, which are not named. INBOX stays, empty, where it is what
    /// was renamed.
    case renamed(MailboxName, to: MailboxName)
    /// The user subscribed to a name, or no longer does.
    case subscription(MailboxName)
    /// The user sees more or less of a mailbox than before.
    case visibility(MailboxName, from: MailboxVisibility, to: MailboxVisibility)
}

/// What happened to messages of a mailbox. One too many does no harm: the client is told numbers that it knows.
public struct MessageEvents: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let appeared = MessageEvents(rawValue: 1 << 0)
    public static let vanished = MessageEvents(rawValue: 1 << 1)
    public static let flagsChanged = MessageEvents(rawValue: 1 << 2)

    public static let all: MessageEvents = [.appeared, .vanished, .flagsChanged]
}

/// How much a user sees of a mailbox.
public enum MailboxVisibility: Int, Comparable, Hashable, Sendable {
    /// Nothing: it is as one that does not exist.
    case hidden
    /// That it is there: `l` of RFC 4314.
    case listed
    /// What is in it: `l` and `r`.
    case readable

    public static func < (a: MailboxVisibility, b: MailboxVisibility) -> Bool { a.rawValue < b.rawValue }
}
