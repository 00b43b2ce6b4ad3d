public import IMAPTypes

/// An account whose mailboxes have access control lists (ACL, RFC 4314): who may do what with them.
///
/// What a user may not do is refused by every call of the account and of its mailboxes, as the rights are at that moment
/// (R-AZ-3). The right for each is that of RFC 4314 section 4; MOVE needs `t` and `e` where the messages are. What is
/// refused in a mailbox that the user may not look up is ``StoreError/nonExistent``, as of one that does not exist, and
/// ``StoreError/noPermission`` otherwise: see ``IMAPTypes/AccessRights/refusal``. So is what a handle is asked once its
/// user may no longer read the mailbox.
///
/// - ``Account/mailboxes()`` has those with `l`; a subscription to another one is as to a mailbox that does not exist.
/// - A mailbox opened by a user with none of `i`, `e`, `s`, `w` and `t` is read-only; with one of them it is not, as far
///   as other users see the same flags (section 5.2).
/// - ``OpenMailbox/permanentFlags`` has the flags that this user may change.
/// - Flags that a user may not set are left out of what APPEND, COPY and MOVE bring, and out of a change of flags, which
///   is refused when nothing is left of it. A user who may not change a flag does not remove it by replacing all.
/// - A new mailbox has the list of the nearest one above it; a renamed one keeps its own.
///
/// How the rights of several identifiers that name a user go together is the store's business, and so is what other
/// identifiers than users' names and `anyone` mean.
public protocol ControlledAccount: Account {
    /// Every right there is: ``/IMAPTypes/AccessRights/standard`` at least. SETACL with another one is BAD.
    static var knownRights: AccessRights { get }

    /// What this user may do. Throws ``StoreError/nonExistent`` when there is no such mailbox.
    func rights(in name: MailboxName) async throws(StoreError) -> AccessRights

    /// The list. Needs `a`, as the calls below do.
    func accessList(of name: MailboxName) async throws(StoreError) -> [AccessEntry]

    /// What an identifier may be granted.
    func grantableRights(
        of identifier: AccessIdentifier, in name: MailboxName
    ) async throws(StoreError) -> GrantableRights

    /// Changes the rights that the list has for an identifier. Lasts when it returns. Throws ``StoreError/cannot`` for
    /// rights that it cannot be granted, or that cannot be taken from it.
    ///
    /// Returns the mailboxes whose lists it changed beside what was asked, this one too: the client is told their lists.
    func changeRights(
        of identifier: AccessIdentifier, in name: MailboxName, _ change: RightsChange
    ) async throws(StoreError) -> [MailboxName]

    /// Removes the entry of an identifier; one that is not there is no error. Returns as
    /// ``changeRights(of:in:_:)`` does.
    func removeRights(of identifier: AccessIdentifier, in name: MailboxName) async throws(StoreError) -> [MailboxName]
}

/// A mailbox of a ``ControlledAccount``. The session is woken with ``WakeTopics/rights`` when its user's rights change.
public protocol ControlledMailbox: Mailbox {
    /// The flags as they are now (``OpenMailbox/flags``, ...), by the rights that the user has now and the access that
    /// the mailbox was opened with.
    func currentFlags() async throws(StoreError) -> MailboxFlags
}

/// The flags of a mailbox, and which of them can be changed for good.
public struct MailboxFlags: Hashable, Sendable {
    public var flags: [Flag]
    public var permanentFlags: [Flag]
    public var acceptsNewKeywords: Bool

    public init(flags: [Flag], permanentFlags: [Flag], acceptsNewKeywords: Bool) {
        self.flags = flags
        self.permanentFlags = permanentFlags
        self.acceptsNewKeywords = acceptsNewKeywords
    }
}

/// An entry of an access control list.
public struct AccessEntry: Hashable, Sendable {
    public var identifier: AccessIdentifier
    public var rights: AccessRights

    public init(_ identifier: AccessIdentifier, _ rights: AccessRights) {
        self.identifier = identifier
        self.rights = rights
    }
}

/// A change of an identifier's rights.
public enum RightsChange: Hashable, Sendable {
    case replace(AccessRights)
    case add(AccessRights)
    case remove(AccessRights)

    /// The rights that it names.
    public var rights: AccessRights {
        switch self {
        case .replace(let rights), .add(let rights), .remove(let rights): rights
        }
    }

    /// The rights as they are after it.
    public func applied(to rights: AccessRights) -> AccessRights {
        switch self {
        case .replace(let new): new
        case .add(let more): rights.union(more)
        case .remove(let gone): rights.subtracting(gone)
        }
    }
}

/// What an identifier can be granted in a mailbox (RFC 4314 section 3.7).
public struct GrantableRights: Hashable, Sendable {
    /// The rights it always has.
    public var always: AccessRights
    /// The rights it can be granted, none twice; those of one set are granted together or not at all.
    public var optional: [AccessRights]

    public init(always: AccessRights, optional: [AccessRights]) {
        self.always = always
        self.optional = optional
    }
}

extension AccessRights {
    /// What is thrown where a user with these rights is refused something: a mailbox that they may not look up is as
    /// one that does not exist (RFC 4314 section 6).
    public var refusal: StoreError { contains(.lookup) ? .noPermission : .nonExistent }

    /// Whether this flag may be changed (RFC 4314 section 4).
    public func permits(_ flag: Flag) -> Bool {
        switch flag {
        case .seen: contains(.seen)
        case .deleted: contains(.deleteMessages)
        default: contains(.write)
        }
    }

    /// One of `l`, `r`, `i`, `k`, `x` and `a`: enough to be told one's rights.
    public var revealsMailbox: Bool {
        !isDisjoint(with: [.lookup, .read, .insert, .createMailboxes, .deleteMailbox, .administer])
    }

    /// One of those for which a mailbox is opened read-write (RFC 4314 section 5.2), where its flags are shared.
    public var permitsChanges: Bool { !isDisjoint(with: [.insert, .expunge, .seen, .write, .deleteMessages]) }

    /// `l`, and one of `r`, `s`, `w`, `i` and `p`: enough to read and set annotations (RFC 5464 section 3.3).
    public var permitsAnnotations: Bool {
        contains(.lookup) && !isDisjoint(with: [.read, .seen, .write, .insert, .post])
    }
}
