public import IMAPTypes

/// Messages on their way into a mailbox: one APPEND command, of one message or many (RFC 3502).
///
/// Called from one task, in this order: ``begin(_:)``, ``write(_:)`` for each piece, ``end(_:)``, again for the next
/// message, and then exactly one of ``commit()`` and ``cancel()``. Until ``commit()`` no session sees anything.
///
/// When `begin`, `write` or `end` has thrown, ``cancel()`` is called and nothing else.
public protocol MessageAppend: Sendable {
    /// A message begins. Throw here what can be refused before its octets have come: ``StoreError/overQuota``,
    /// ``StoreError/tooBig``.
    func begin(_ message: NewMessage) async throws(StoreError)

    /// The next octets of the message: as the client sent them, at most 64 KiB at a time. The client is read no
    /// faster than this returns.
    func write(_ octets: [UInt8]) async throws(StoreError)

    /// The message is complete. `digest` is what the library found out about it; keep it and give it back as
    /// ``MessageRecord/digest``, or do not.
    func end(_ digest: MessageDigest?) async throws(StoreError)

    /// Puts all of them into the mailbox, or none, in one step and for good: when this returns, they are on disk. They
    /// get UIDs in ascending order and are recent.
    ///
    /// A commit that throws has left nothing behind and ends the append: ``cancel()`` is not called then. Throws
    /// ``StoreError/nonExistent`` when the mailbox was deleted meanwhile.
    func commit() async throws(StoreError) -> AppendedMessages

    /// Leaves nothing behind. Also called when the client is gone; the task may be cancelled already.
    func cancel() async
}

/// A message that is about to come.
public struct NewMessage: Hashable, Sendable {
    public var flags: [Flag]
    /// When it arrived; `nil`: now, by the store's clock.
    public var internalDate: InternalDate?
    /// How many octets the client announced; `nil` when that is not known before they came.
    public var size: UInt64?

    public init(flags: [Flag], internalDate: InternalDate?, size: UInt64?) {
        self.flags = flags
        self.internalDate = internalDate
        self.size = size
    }
}

/// What was appended: the n-th message has the n-th UID.
public struct AppendedMessages: Hashable, Sendable {
    public var uidValidity: UIDValidity
    public var uids: UIDSet

    public init(uidValidity: UIDValidity, uids: UIDSet) {
        self.uidValidity = uidValidity
        self.uids = uids
    }
}

/// What the library found out about a message when it was appended: its envelope and structure, when it was sent, and
/// the values of Subject, From, To, Cc and Bcc, so that they need not be read out of the octets again (SEMANTICS 9).
/// SEARCH looks for texts where it says that there are some: a store that gives back another message's has wrong answers.
/// Opaque to a store; with its version inside, so that one kept by an older library is not misread: it is none. About
/// 1 KiB.
public struct MessageDigest: Hashable, Sendable {
    public let octets: [UInt8]

    public init(_ octets: [UInt8]) { self.octets = octets }
}
