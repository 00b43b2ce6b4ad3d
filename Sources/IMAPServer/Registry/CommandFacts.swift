public import IMAPSession
public import IMAPTypes

/// The forms in which a command is known.
public enum CommandForms: Sendable, Hashable {
    /// `NOOP`
    case plain
    /// `FETCH` and `UID FETCH`
    case plainAndUID
    /// `UID EXPUNGE`: only behind `UID`
    case uidOnly
}

/// Whether EXPUNGE may be sent while the command is answered (RFC 9051 section 7.5.1).
public enum ExpungePermission: Sendable, Hashable {
    case permitted
    /// The command names messages by sequence number, or its answer does.
    case forbiddenWithSequenceNumbers
}

/// What the user must be allowed to do with the mailbox that the command names (RFC 4314 section 4).
///
/// A declaration: the store enforces rights at each call (R-AZ-3). It is what a table over all commands is checked
/// against, and what ACL answers with.
public enum RequiredRight: Sendable, Hashable {
    /// The command names no mailbox.
    case none
    /// `l`: to know that it exists
    case lookup
    /// `r`: to select it, and to read what is in it
    case read
    /// `w`: to change flags
    case write
    /// `i`: to put messages into it
    case insert
    /// `e`: to expunge
    case expunge
    /// `k`: to make mailboxes below the one above it
    case create
    /// `x`: to delete it
    case delete
    /// `a`: to say who may do what, and how much
    case administer
}

/// Whether an argument of the command can be a literal.
public enum LiteralUse: Sendable, Hashable {
    /// None: a literal is refused before the client is invited to send it.
    case none
    /// Strings, kept with the command.
    case buffered
    /// Strings are kept, and one literal or more is taken in pieces while the command runs: see ``StreamingCommand``.
    case streamed
}

/// What happens when a line of the command is longer than the limit before login.
public enum OverlongLine: Sendable, Hashable {
    /// `* BYE`
    case endsConnection
    /// BAD, and the rest is swallowed.
    case isRefused
    /// It holds a SASL response and may grow to ``Limits/saslResponse``, and then `* BYE`.
    case holdsSASLResponse
}

/// Everything the gate must know of a command before it looks at an argument. No fact has a default, but the last.
public struct CommandFacts: Sendable {
    public let name: Keyword
    public let states: SessionStates
    public let forms: CommandForms
    public let expunge: ExpungePermission
    public let right: RequiredRight
    public let literals: LiteralUse
    public let overlongLine: OverlongLine

    public init(
        _ name: Keyword, in states: SessionStates, forms: CommandForms, expunge: ExpungePermission,
        right: RequiredRight, literals: LiteralUse, overlongLine: OverlongLine = .endsConnection
    ) {
        self.name = name
        self.states = states
        self.forms = forms
        self.expunge = expunge
        self.right = right
        self.literals = literals
        self.overlongLine = overlongLine
    }
}
