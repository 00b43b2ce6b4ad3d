public import IMAPCodec
public import IMAPHost
public import IMAPSession
public import IMAPTypes

/// A command: what it is called, when it may come, and what it does.
///
/// Its arguments are read by ``/IMAPCodec/CommandSyntax/init(_:_:)``. One value is made for each command that a client
/// sends.
public protocol Command: CommandSyntax {
    static var facts: CommandFacts { get }

    /// Why the command is refused in this session whatever its arguments are, or `nil`.
    ///
    /// Asked before the client is invited to send a literal, so a refused LOGIN never invites a password.
    static func refusal(in session: SessionFacts) -> CommandFailure?

    /// The answer to a literal among its arguments that asks to be sent: it has more octets than `limit`, the most one
    /// may have, or the command has as many literals, or octets, as it may, when that is `nil`.
    static func refusalOfLiteral(over limit: Int?) -> CommandFailure

    /// Does it. Untagged responses go to the context; the tagged one is what it returns or throws.
    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion
}

extension Command {
    public static func refusal(in session: SessionFacts) -> CommandFailure? { nil }

    public static func refusalOfLiteral(over limit: Int?) -> CommandFailure { .no(.tooBig, "Literal too big") }
}

/// How a command ends well.
public enum Completion: Sendable {
    /// A tagged OK.
    case ok(ResponseCode?, ResponseText)
    /// `* BYE`, a tagged OK, and the connection's end (transition 8).
    case logout
    /// Transition 7 of RFC 8437: a tagged OK, or a closed connection. There is no NO.
    case unauthenticate
    /// A tagged OK, and then the TLS handshake.
    case startTLS
    /// A continuation request, and then the client is told what happens in the selected mailbox until it sends a line
    /// (IDLE, RFC 2177). That line is given to `then`, whose completion or failure is the command's.
    ///
    /// While nothing happens it costs nothing: the connection rests, and the store's wake is what ends the rest. A line
    /// longer than a word, and silence for as long as a client may be silent (RFC 9051 section 5.4), end the connection.
    case listen(inviting: ResponseText, then: @Sendable ([UInt8]) throws(CommandFailure) -> Completion)

    /// A tagged OK without a code.
    public static func ok(_ text: ResponseText) -> Completion { .ok(nil, text) }
}

/// How a command ends otherwise, sorted by whose fault it is.
public enum CommandFailure: Error, Sendable {
    /// The host or the state of things refuses: a tagged NO.
    case no(ResponseCode?, ResponseText)
    /// The client's fault: a tagged BAD.
    case bad(ResponseCode?, ResponseText)
    /// `* BYE` and the connection's end.
    case bye(ResponseCode?, ResponseText, CloseReason)
    /// The connection cannot go on and nothing more can be said on it.
    case closed(CloseReason)

    /// The status of the tagged reply, if there is one.
    var outcome: CommandOutcome? {
        switch self {
        case .no: .no
        case .bad: .bad
        case .bye: nil
        case .closed: nil
        }
    }

    /// What a host's error becomes (RFC 5530).
    public init(_ error: StoreError) {
        self =
            switch error {
            case .nonExistent: .no(.nonExistent, "No such mailbox")
            case .alreadyExists: .no(.alreadyExists, "Mailbox already exists")
            case .noPermission: .no(.noPermission, "Permission denied")
            case .cannot: .no(.cannot, "That cannot be done")
            case .hasChildren: .no(.hasChildren, "There are mailboxes below it")
            case .expunged: .no(.expungeIssued, "Some of the messages no longer exist")
            case .inUse: .no(.inUse, "In use, try again later")
            case .overQuota: .no(.overQuota, "Quota exceeded")
            case .tooBig: .no(.tooBig, "Message too big")
            case .useAttribute: .no(.useAttribute, "A mailbox cannot have that use")
            case .limit: .no(.limit, "Too much for one command")
            case .unavailable: .no(.unavailable, "Mail store unavailable, try again later")
            case .corrupt: .no(.corruption, "Mailbox data is damaged")
            case .internalError: .no(.serverBug, "Internal error")
            }
    }
}

/// What is known of a session apart from its user's mail: the input of capabilities and refusals.
public struct SessionFacts: Sendable {
    public let connection: ConnectionFacts
    public let phase: SessionPhase
    /// Whether a secret may be sent on this connection: it is secure, or the host said so.
    public let allowsPlaintext: Bool
    /// Whether the identity that authenticated may send UNAUTHENTICATE. False before login.
    public let mayUnauthenticate: Bool
    /// Whether COMPRESS is on (RFC 4978).
    public let isCompressed: Bool
}
