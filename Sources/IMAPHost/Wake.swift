public import IMAPTypes

/// A host's way to say that a mailbox changed. It carries no change: the session asks for them when it may tell its
/// client, so a slow client costs no queue.
///
/// May be kept for as long as the host likes: once its session is over, it marks nothing.
public struct Wake: Sendable {
    private let receiver: any WakeReceiver

    /// Made by the library; public for tests of stores.
    public init(_ receiver: any WakeReceiver) { self.receiver = receiver }

    /// `mailbox` changed, by the name under which this session opened it, should it have another one now.
    ///
    /// Returns at once, from any thread, and never calls back into the store.
    public func mark(_ mailbox: MailboxName) { receiver.wake(mailbox) }

    /// Something else than messages and names of mailboxes changed, by another session of this user or of another.
    ///
    /// Returns at once, as ``mark(_:)-(MailboxName)`` does. A mark too many does no harm.
    public func mark(_ topics: WakeTopics) { receiver.wake(topics) }
}

/// What a session can be woken for beyond mailboxes.
public struct WakeTopics: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Annotations, of any mailbox or of the server: ``AnnotatedAccount/annotationNews()`` has something to tell.
    public static let annotations = WakeTopics(rawValue: 1 << 0)
    /// What the user may do with a mailbox: ``ControlledMailbox/currentFlags()`` of the open one may be others.
    public static let rights = WakeTopics(rawValue: 1 << 1)

    // For sessions that asked for it by ``NotifyingAccount/follow(_:)``.

    /// Messages of any mailbox, open or not.
    public static let messages = WakeTopics(rawValue: 1 << 2)
    /// Names of mailboxes: made, deleted, renamed, or seen no longer or again.
    public static let names = WakeTopics(rawValue: 1 << 3)
    /// What the user is subscribed to.
    public static let subscriptions = WakeTopics(rawValue: 1 << 4)
}

/// Who is woken.
public protocol WakeReceiver: AnyObject, Sendable {
    func wake(_ mailbox: MailboxName)
    func wake(_ topics: WakeTopics)
}

extension WakeReceiver {
    public func wake(_ topics: WakeTopics) {}
}
