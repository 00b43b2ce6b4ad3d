public import IMAPTypes

// What a store may be able to do beyond the rest. An extension that needs one of these says so; a server whose store
// hands out accounts or mailboxes without it does not start with that extension.

/// A mailbox out of which messages can be moved (MOVE, RFC 6851).
public protocol MovableMailbox: Mailbox {
    /// Moves the messages of `uids` that exist, in ascending order, to another mailbox of the account or to this one,
    /// with flags and internal date. They are recent in their target. Each message is moved whole: it is never in
    /// neither, nor in both for anyone to see. In this mailbox each is as if expunged.
    ///
    /// Throws ``StoreError/nonExistent`` when there is no such mailbox. When it throws, nothing was moved.
    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages
}

/// A mailbox that keeps a modification sequence for each message (CONDSTORE, RFC 7162).
///
/// Its records have ``MessageRecord/modSequence`` when asked, its ``OpenMailbox/highestModSequence`` is not `nil`, and
/// each change, an expunge too, gets a greater mod-sequence than all before it.
public protocol ConditionalMailbox: Mailbox {
    /// As ``Mailbox/changeFlags(_:of:)``, but leaves alone, each atomically, those of `uids` whose mod-sequence is
    /// greater than `unchangedSince`.
    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange
}

/// What a conditional change of flags did.
public struct ConditionalChange: Hashable, Sendable {
    /// Those that were changed, with ``MessageColumns/flags`` and ``MessageColumns/modSequence`` as this left them.
    public var changed: [MessageRecord]
    /// Those that were left alone because they had been changed since.
    public var refused: UIDSet

    public init(changed: [MessageRecord], refused: UIDSet) {
        self.changed = changed
        self.refused = refused
    }
}

/// A mailbox that can say what was expunged while a client was away (QRESYNC, RFC 7162 section 3.2).
///
/// What is asked of it are mod-sequences that a client kept, possibly for years and from before a restart: they are good
/// for as long as the UIDVALIDITY.
public protocol ResynchronizableMailbox: ConditionalMailbox {
    /// Those of `uids` that were expunged or moved away by a change with a greater mod-sequence than `modSequence`.
    ///
    /// `uids` may hold any UID there can be, and every mod-sequence may be asked with, 0 too. None of the messages that
    /// are there is named, and no UID that was never given.
    ///
    /// A store that no longer knows may name more: all of `uids` that were given and are gone. The client forgets what
    /// it is told of and does not have, so that costs octets and no mail. It must never name fewer.
    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet

    /// The greatest mod-sequence of all changes so far. The library asks for it before it asks for
    /// ``Mailbox/changes(since:)``: these include every change up to it.
    func highestModSequence() async throws(StoreError) -> ModSequence
}

/// A mailbox that knows which messages have a flag without looking at each: SEARCH UNSEEN asks it, and reads no message.
/// Nothing needs it; of other mailboxes the flags of every message are read.
public protocol FlagIndexedMailbox: Mailbox {
    /// Which of `uids` exist, and which of those have each of `flags`: all of it as it is at one moment. The library asks
    /// for no more messages at a time than ``Mailbox/messages(_:_:)``, and for at most 16 flags.
    func flagged(_ uids: UIDSet, with flags: [Flag]) async throws(StoreError) -> FlaggedMessages
}

/// Which messages have some flags.
public struct FlaggedMessages: Hashable, Sendable {
    /// Those asked for that exist.
    public var existing: UIDSet
    /// For each flag that was asked for, in that order, the messages of ``existing`` that have it.
    public var having: [UIDSet]

    public init(existing: UIDSet, having: [UIDSet]) {
        self.existing = existing
        self.having = having
    }
}

/// An account whose store tells the time (WITHIN, RFC 5032).
public protocol DatingAccount: Account {
    /// The date a message would get that is appended now without one.
    var now: InternalDate { get }
}

/// An account whose mailboxes can be made for a special use (CREATE-SPECIAL-USE, RFC 6154).
public protocol SpecialUseAccount: Account {
    /// Makes a mailbox with these attributes: `\Sent`, `\Trash`, ... Throws ``StoreError/useAttribute`` when it cannot
    /// have them, and makes none then.
    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError)
}

/// An account that is under quota (QUOTA, RFC 9208).
public protocol QuotaAccount: Account {
    /// The resources that some quota root of some user may limit: `QUOTA=RES-` in the capabilities.
    static var quotaResources: [QuotaResource] { get }

    /// The quota roots of a mailbox, possibly none. It need not exist.
    func quotaRoots(of name: MailboxName) async throws(StoreError) -> [QuotaRoot]

    /// The limits of a root. Throws ``StoreError/nonExistent`` when there is no such root.
    func quota(of root: QuotaRoot) async throws(StoreError) -> [QuotaUsage]
}

/// An account whose quota can be set by those who may (SETQUOTA, RFC 9208 section 4.1.3).
public protocol SettableQuotaAccount: QuotaAccount {
    /// Sets the limits of a root; resources that are not named have none then. Throws ``StoreError/noPermission`` for
    /// most users, ``StoreError/cannot`` for a resource it cannot limit.
    func setQuota(of root: QuotaRoot, to limits: [QuotaLimit]) async throws(StoreError)
}

/// The name of a quota root: any octets without NUL, CR and LF. Often empty, or the user's name.
public struct QuotaRoot: Hashable, Sendable {
    public let octets: [UInt8]

    /// The root, or `nil` for a name that cannot be sent.
    public init?(_ octets: [UInt8]) {
        for octet in octets where octet == 0 || octet == ASCII.cr || octet == ASCII.lf { return nil }
        self.octets = octets
    }
}

/// What a quota limits (RFC 9208 section 5).
public struct QuotaResource: Hashable, Sendable {
    public let name: Keyword

    public init(_ name: Keyword) { self.name = name }

    /// The octets of all messages, in units of 1,024.
    public static let storage = QuotaResource("STORAGE")
    /// The number of messages.
    public static let message = QuotaResource("MESSAGE")
    /// The number of mailboxes.
    public static let mailbox = QuotaResource("MAILBOX")
    /// The octets of all annotations, in units of 1,024.
    public static let annotationStorage = QuotaResource("ANNOTATION-STORAGE")
}

/// How much of a resource is in use, and how much may be.
public struct QuotaUsage: Hashable, Sendable {
    public var resource: QuotaResource
    /// In the resource's unit, rounded up.
    public var usage: UInt64
    public var limit: UInt64

    public init(_ resource: QuotaResource, usage: UInt64, limit: UInt64) {
        self.resource = resource
        self.usage = usage
        self.limit = limit
    }
}

/// How much of a resource may be in use.
public struct QuotaLimit: Hashable, Sendable {
    public var resource: QuotaResource
    public var limit: UInt64

    public init(_ resource: QuotaResource, _ limit: UInt64) {
        self.resource = resource
        self.limit = limit
    }
}
