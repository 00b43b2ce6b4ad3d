public import IMAPTypes

/// An open mailbox of one session. Lives from SELECT to CLOSE, UNSELECT, another SELECT, or the account's end.
///
/// Messages are named by UID. A UID that is gone is left out of an answer, never an error, except where said.
///
/// A handle opened ``MailboxAccess/readOnly`` refuses every change with ``StoreError/noPermission``. Once its mailbox
/// was deleted, or replaced by another of the same name, every call but ``close()`` throws ``StoreError/nonExistent``.
/// After ``close()`` every call throws ``StoreError/unavailable``; a ``MessageBody`` that was handed out may go on, or
/// throw ``StoreError/expunged``.
public protocol Mailbox: Sendable {
    /// What happened since `token`, and the token to ask with next time.
    ///
    /// A store that no longer knows answers ``Changes/unknown(uids:token:)`` and the library compares: it reads the
    /// flags of every message it knew.
    func changes(since token: ChangeToken) async throws(StoreError) -> Changes

    /// The messages of `uids` that exist, ascending by UID, with at least the columns asked for.
    ///
    /// The library asks for as many at a time as the server is configured to, 1,000 unless said otherwise; a store
    /// holds no lock when it returns.
    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord]

    /// The octets of one message. Throws ``StoreError/expunged`` when it is gone, and ``StoreError/corrupt`` when they are
    /// not what they were: a FETCH leaves such a message out, answers the others, and says so at its end.
    func body(of uid: UID) async throws(StoreError) -> any MessageBody

    /// Changes the flags of the messages of `uids` that exist, each atomically. A message whose flags are already as
    /// asked is not changed: it gets no new modification sequence.
    ///
    /// Returns those that were changed, with ``MessageColumns/flags`` and ``MessageColumns/modSequence`` as this change
    /// left them.
    @discardableResult
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord]

    /// Copies the messages of `uids`, in ascending order and all or none, to another mailbox of the account or to this
    /// one, with flags and internal date. The copies are recent in their target.
    ///
    /// Throws ``StoreError/nonExistent`` when there is no such mailbox, and ``StoreError/expunged``, with nothing
    /// copied, when one of the messages is gone.
    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages

    /// Removes those of `uids` that have `\Deleted`, for good. Returns those it removed.
    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet

    /// Claims, in one atomic step, the messages that came since this mailbox was opened and that no other session was
    /// told of: they are recent here and nowhere else (RFC 3501 section 2.3.2). Called in read-write mode alone. A
    /// store without it lets them be recent to the next session.
    func claimRecent() async throws(StoreError) -> UIDSet

    /// Ends this session's use of the mailbox. Nothing is expunged. Called once. It is no error that the mailbox was
    /// deleted; any error but ``StoreError/nonExistent`` ends the connection.
    func close() async throws(StoreError)
}

extension Mailbox {
    public func claimRecent() async throws(StoreError) -> UIDSet { UIDSet() }
}

/// Where a session's knowledge of a mailbox ends. Opaque to the library, which gives it back to the handle it came from
/// and to no other: it need not be valid in another session, or after a restart. Older ones go on to count when a newer
/// one was handed out: a STORE asks with both. One that is not known any more is answered with
/// ``Changes/unknown(uids:token:)``.
public struct ChangeToken: Hashable, Sendable {
    public let rawValue: UInt64

    public init(_ rawValue: UInt64) { self.rawValue = rawValue }
}

/// What happened in a mailbox since a token.
public enum Changes: Sendable {
    /// Nothing.
    case none
    /// These messages came, went, or have other flags now; and the token that includes it. `flagsChanged` may name
    /// messages whose flags are as they were.
    case some(appeared: UIDSet, vanished: UIDSet, flagsChanged: UIDSet, token: ChangeToken)
    /// The store cannot tell: all messages there are now, and the token for them. Any of them may have other flags; the
    /// library reads them again.
    case unknown(uids: UIDSet, token: ChangeToken)
}

/// What to read of a message beyond its UID.
public struct MessageColumns: OptionSet, Sendable {
    public let rawValue: UInt32

    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let flags = MessageColumns(rawValue: 1 << 0)
    public static let internalDate = MessageColumns(rawValue: 1 << 1)
    public static let size = MessageColumns(rawValue: 1 << 2)
    public static let modSequence = MessageColumns(rawValue: 1 << 3)
    public static let digest = MessageColumns(rawValue: 1 << 4)
    /// Asked of an ``IdentifiedMailbox`` alone, as is ``threadID``.
    public static let emailID = MessageColumns(rawValue: 1 << 5)
    public static let threadID = MessageColumns(rawValue: 1 << 6)
}

/// One message of a batch. What was not asked for may be `nil`.
public struct MessageRecord: Hashable, Sendable {
    public var uid: UID
    public var flags: [Flag]?
    public var internalDate: InternalDate?
    /// The octets of the body, exactly (SEMANTICS 6).
    public var size: UInt64?
    public var modSequence: ModSequence?
    /// What was handed to ``MessageAppend/end(_:)``, if the store kept it.
    public var digest: MessageDigest?
    /// What the message's content is called: see ``IdentifiedMailbox``.
    public var emailID: ObjectID?
    /// The thread it belongs to; `nil` where the store knows of none.
    public var threadID: ObjectID?

    @inlinable
    public init(
        uid: UID, flags: [Flag]? = nil, internalDate: InternalDate? = nil, size: UInt64? = nil,
        modSequence: ModSequence? = nil, digest: MessageDigest? = nil, emailID: ObjectID? = nil,
        threadID: ObjectID? = nil
    ) {
        self.uid = uid
        self.flags = flags
        self.internalDate = internalDate
        self.size = size
        self.modSequence = modSequence
        self.digest = digest
        self.emailID = emailID
        self.threadID = threadID
    }
}

/// What was copied: the n-th message of `source` became the n-th of `destination`.
public struct CopiedMessages: Hashable, Sendable {
    /// The target's.
    public var uidValidity: UIDValidity
    public var source: UIDSet
    public var destination: UIDSet

    public init(uidValidity: UIDValidity, source: UIDSet, destination: UIDSet) {
        self.uidValidity = uidValidity
        self.source = source
        self.destination = destination
    }
}

/// A change of flags (RFC 9051 section 6.4.6).
public enum FlagChange: Hashable, Sendable {
    case add([Flag])
    case remove([Flag])
    case replace([Flag])
}

/// The octets of one message, read in pieces; CRLF at every line's end. Immutable.
public protocol MessageBody: Sendable {
    /// How many octets there are.
    var size: UInt64 { get }

    /// 1 to `max` octets from `offset`; none only at the end. Called with a `max` of at least 1. Throws
    /// ``StoreError/expunged`` when they are gone.
    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8]
}
