public import IMAPTypes

/// The host's mail, user by user.
///
/// A host sees UIDs, flags, modification sequences and octets; never a sequence number, a wire form or an untagged
/// response.
public protocol MailStore: Sendable {
    /// The type of every account it hands out. What it conforms to is what the server may offer: extensions that need
    /// a refinement are checked against it at start-up.
    var accountType: any Account.Type { get }

    /// The type of every mailbox its accounts open.
    var mailboxType: any Mailbox.Type { get }

    /// The mailboxes of `user`, for one session. ``Account/close()`` ends it.
    func account(of user: UserIdentity) async throws(StoreError) -> any Account
}

/// One user's mailboxes, as one session sees them. Lives from login to logout or UNAUTHENTICATE.
///
/// Every right the user has is asked for again at each call (R-AZ-3): the library caches none.
///
/// After ``close()`` every call of the account and of its mailboxes throws ``StoreError/unavailable``. A
/// ``MessageBody`` that was handed out may go on, or throw ``StoreError/expunged``.
public protocol Account: Sendable {
    /// The hierarchy separator: one octet of printable ASCII, or `nil` for a flat list of names. Any other octet counts
    /// as `nil`.
    var separator: UInt8? { get }

    /// Where names begin (RFC 2342). One personal namespace without a prefix, unless said otherwise.
    var namespaces: Namespaces { get }

    /// Every mailbox the user may know of, in no particular order. The library matches patterns and sorts.
    ///
    /// A subscription to a name that has no mailbox is an entry too, with ``/IMAPTypes/MailboxAttribute/nonExistent``.
    func mailboxes() async throws(StoreError) -> [MailboxEntry]

    /// Makes a mailbox. Throws ``StoreError/alreadyExists``, for INBOX too, and ``StoreError/cannot`` for a name the
    /// store cannot keep. A name that was used before gets a greater UIDVALIDITY.
    func create(_ name: MailboxName) async throws(StoreError)

    /// Deletes a mailbox and its messages, not those below it (RFC 9051 section 6.3.5). Throws ``StoreError/cannot``
    /// for INBOX, and ``StoreError/hasChildren`` for a name with `\Noselect` that has mailboxes below it.
    ///
    /// A session that has it open goes on to hold its handle, which throws ``StoreError/nonExistent`` from now on.
    func delete(_ name: MailboxName) async throws(StoreError)

    /// Renames a mailbox and all below it, all or none. Renaming INBOX moves its messages into a new mailbox and leaves
    /// INBOX empty (RFC 9051 section 6.3.6). Throws ``StoreError/alreadyExists`` when the new name is taken.
    ///
    /// A handle that is open goes on with its mailbox, or throws ``StoreError/nonExistent`` from now on; one of INBOX
    /// stays with INBOX. Subscriptions stay with the old name.
    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError)

    /// Remembers a name in the user's subscriptions, whether it has a mailbox or not, until it is unsubscribed.
    func subscribe(to name: MailboxName) async throws(StoreError)

    /// Forgets a subscription. One that is not there is no error.
    func unsubscribe(from name: MailboxName) async throws(StoreError)

    /// The answers STATUS and LIST-STATUS need. Does not claim `\Recent`, does not select.
    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus

    /// Opens a mailbox for SELECT (`readWrite`) or EXAMINE (`readOnly`). Throws ``StoreError/cannot`` for a name that
    /// is listed and holds no messages.
    ///
    /// In read-write mode the messages that are recent are claimed for this session, atomically: no other session is
    /// told that they are recent (RFC 3501 section 2.3.2). In read-only mode nothing is claimed. The store may open
    /// read-only where read-write was asked for; the snapshot says so.
    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox

    /// Begins to put messages into a mailbox, open or not. Throws ``StoreError/nonExistent`` when there is none.
    ///
    /// May throw ``StoreError/cannot`` for a name that holds no messages, ``StoreError/noPermission``, and
    /// ``StoreError/overQuota``: the client is answered before it sends a message.
    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend

    /// Wakes this session when a mailbox changes. The store calls ``Wake/mark(_:)-(MailboxName)`` until ``close()``. Called once.
    ///
    /// Any mailbox of the account is marked, open or not, whoever changed it: this session too. It has changed when
    /// messages came, went or have other flags, and when it was created, deleted or renamed, under both names. A mark
    /// too many does no harm.
    func watch(_ wake: Wake) async throws(StoreError)

    /// Ends the session: subscriptions, handles and whatever was opened for it. Awaited before UNAUTHENTICATE is
    /// answered. Called once.
    func close() async throws(StoreError)
}

extension Account {
    public var namespaces: Namespaces { Namespaces(personal: [Namespace(prefix: "", separator: separator)]) }
}

/// How a mailbox is opened.
public enum MailboxAccess: Hashable, Sendable {
    case readOnly
    case readWrite
}

/// One mailbox of a listing.
public struct MailboxEntry: Hashable, Sendable {
    public var name: MailboxName
    /// `\Noselect`, `\Noinferiors`, `\Marked`, the special uses of RFC 6154, and what the store knows beyond. The
    /// library adds `\HasChildren` and `\Subscribed` by itself.
    public var attributes: [MailboxAttribute]
    public var isSubscribed: Bool

    public init(_ name: MailboxName, attributes: [MailboxAttribute] = [], isSubscribed: Bool = false) {
        self.name = name
        self.attributes = attributes
        self.isSubscribed = isSubscribed
    }
}

/// Numbers about a mailbox.
public struct MailboxStatus: Hashable, Sendable {
    public var messages: UInt32
    public var recent: UInt32
    public var unseen: UInt32
    public var deleted: UInt32
    public var uidNext: UID
    public var uidValidity: UIDValidity
    /// The octets of all messages together.
    public var size: UInt64
    /// The octets of the messages with `\Deleted`.
    public var deletedSize: UInt64
    /// 0 when the mailbox keeps none.
    public var highestModSequence: ModSequence
    /// The octets a message may have here; `nil` when it is the server's own limit.
    public var appendLimit: UInt64?
    /// What the mailbox is called whatever its name: not `nil` in an ``IdentifiedAccount``.
    public var mailboxID: ObjectID?

    public init(
        messages: UInt32, recent: UInt32, unseen: UInt32, deleted: UInt32, uidNext: UID, uidValidity: UIDValidity,
        size: UInt64, deletedSize: UInt64 = 0, highestModSequence: ModSequence, appendLimit: UInt64? = nil,
        mailboxID: ObjectID? = nil
    ) {
        self.messages = messages
        self.recent = recent
        self.unseen = unseen
        self.deleted = deleted
        self.uidNext = uidNext
        self.uidValidity = uidValidity
        self.size = size
        self.deletedSize = deletedSize
        self.highestModSequence = highestModSequence
        self.appendLimit = appendLimit
        self.mailboxID = mailboxID
    }
}

/// A mailbox as it was at the moment it was opened, and the handle to go on with.
public struct OpenMailbox: Sendable {
    public var mailbox: any Mailbox
    public var access: MailboxAccess
    public var uidValidity: UIDValidity
    public var uidNext: UID
    /// Every message.
    public var uids: UIDSet
    /// Those of 4 GiB and more. IMAP4rev1 has no number for their size: a session of it does not see them (SEMANTICS 6).
    public var oversized: UIDSet
    /// The messages claimed as recent by this opening; in read-only mode those that are recent and stay so.
    public var recent: UIDSet
    /// The first message without `\Seen`, if the store knows it cheaply.
    public var firstUnseen: UID?
    /// The flags in use or known in this mailbox.
    public var flags: [Flag]
    /// The flags that can be changed for good.
    public var permanentFlags: [Flag]
    /// Whether a client may make up keywords: `\*` in PERMANENTFLAGS.
    public var acceptsNewKeywords: Bool
    /// The greatest mod-sequence in it; `nil` when the mailbox keeps none.
    public var highestModSequence: ModSequence?
    /// Where ``Mailbox/changes(since:)`` continues.
    public var token: ChangeToken
    /// As ``MailboxStatus/mailboxID``.
    public var mailboxID: ObjectID?

    public init(
        mailbox: any Mailbox, access: MailboxAccess, uidValidity: UIDValidity, uidNext: UID, uids: UIDSet,
        oversized: UIDSet = UIDSet(), recent: UIDSet, firstUnseen: UID?, flags: [Flag], permanentFlags: [Flag],
        acceptsNewKeywords: Bool,
        highestModSequence: ModSequence? = nil, token: ChangeToken, mailboxID: ObjectID? = nil
    ) {
        self.mailbox = mailbox
        self.access = access
        self.uidValidity = uidValidity
        self.uidNext = uidNext
        self.uids = uids
        self.oversized = oversized
        self.recent = recent
        self.firstUnseen = firstUnseen
        self.flags = flags
        self.permanentFlags = permanentFlags
        self.acceptsNewKeywords = acceptsNewKeywords
        self.highestModSequence = highestModSequence
        self.token = token
        self.mailboxID = mailboxID
    }
}
