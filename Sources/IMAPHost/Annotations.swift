public import IMAPTypes

/// An account whose server can be annotated, and whose mailboxes can be (METADATA, RFC 5464).
///
/// An annotation of a mailbox goes where the mailbox goes: it is renamed with it and deleted with it; the mailbox that
/// RENAME makes of INBOX gets a copy of those of INBOX. Any mailbox that exists may have some, one with `\Noselect` too.
///
/// A name below `/private` has a value for each user, which no other sees; a name below `/shared` has one value, of the
/// mailbox or of the server. Every value may be of at least 1,024 octets, and a mailbox, and the server, may have ten
/// annotations at least (section 4.1).
///
/// Each call throws ``StoreError/nonExistent`` for a mailbox that does not exist or that the user may not know of, and
/// ``StoreError/noPermission`` for one whose messages the user may neither read nor change (section 3.3).
public protocol AnnotatedAccount: Account {
    /// Whether mailboxes can be annotated, METADATA, or the server alone, METADATA-SERVER.
    static var annotatesMailboxes: Bool { get }

    /// The annotations that have a value for this user, each once, in no particular order.
    func annotations(of object: AnnotatedObject) async throws(StoreError) -> [AnnotationSize]

    /// The values of those of `names` that have one. The library asks for as many at a time as are small, or for one.
    func values(of names: [EntryName], in object: AnnotatedObject) async throws(StoreError) -> [EntryName: [UInt8]]

    /// Sets and removes annotations, all or none. Lasts when it returns.
    ///
    /// Removing what is not there is no error. Throws ``StoreError/noPermission`` too for what this user, or nobody, may
    /// change: `/shared/admin` of the server.
    func annotate(_ object: AnnotatedObject, _ changes: [AnnotationChange]) async throws(StoreError)
        -> AnnotationOutcome

    /// Which annotations others have changed since this was asked last, or since the account was opened: other sessions
    /// of this user too, but not this one. Those that this user may see, each object and each name once. One too many
    /// does no harm: a store that no longer knows names all there are.
    ///
    /// The store wakes the session with ``WakeTopics/annotations`` when there is something to ask for.
    func annotationNews() async throws(StoreError) -> [AnnotationNews]
}

/// What an annotation belongs to.
public enum AnnotatedObject: Hashable, Sendable {
    case server
    case mailbox(MailboxName)
}

/// An annotation that has a value.
public struct AnnotationSize: Hashable, Sendable {
    public var name: EntryName
    /// The octets of the value.
    public var size: Int

    public init(_ name: EntryName, size: Int) {
        self.name = name
        self.size = size
    }
}

/// The value that an annotation is to have.
public struct AnnotationChange: Hashable, Sendable {
    public var name: EntryName
    /// Any octets, none of them too; `nil` removes the annotation.
    public var value: [UInt8]?

    public init(_ name: EntryName, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }
}

/// What became of changes to annotations. But for ``done`` nothing was changed.
public enum AnnotationOutcome: Hashable, Sendable {
    case done
    /// A value is larger than this many octets.
    case tooLarge(limit: Int)
    /// There would be more annotations than there may be.
    case tooMany
    /// No annotations of users are kept here, shared ones alone.
    case noPrivate
}

/// What others changed of one object's annotations.
public struct AnnotationNews: Hashable, Sendable {
    public var object: AnnotatedObject
    /// At least one.
    public var names: [EntryName]

    public init(_ object: AnnotatedObject, _ names: [EntryName]) {
        self.object = object
        self.names = names
    }
}
