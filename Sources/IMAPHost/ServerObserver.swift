public import IMAPTypes

/// Hears what happens, for logs, metrics and audit. Every method returns quickly and may be called from any thread.
///
/// No secret is passed: passwords, SASL payloads and tokens never reach an observer (R-LOG-2). Octets that a client
/// chose are already escaped where they are text (R-LOG-1).
public protocol ServerObserver: Sendable {
    func observe(_ event: ServerEvent, on connection: ConnectionID)
}

/// A connection's number within its server: never used again.
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    public let rawValue: UInt64

    public init(_ rawValue: UInt64) { self.rawValue = rawValue }

    public var description: String { String(rawValue) }
}

/// Something that happened.
public enum ServerEvent: Sendable {
    case opened(ConnectionFacts)
    /// A command was answered. The name is the registry's, not the client's; `nil` for one that is not known.
    case command(Keyword?, outcome: CommandOutcome)
    case authenticated(AuthenticationIdentity, as: UserIdentity)
    /// The login works in the account of this user from now on (SELECTA).
    case accountChanged(UserIdentity)
    case authenticationFailed(AuthenticationError)
    /// Transition 7 of RFC 8437 is complete: no line after this one belongs to the old user.
    case unauthenticated
    /// Work for a user did not end within its time and was cut off from the connection.
    case workAbandoned
    /// The host or the library failed in a way the client is not to blame for.
    case fault(String)
    case closed(CloseReason)
}

/// The status of a tagged reply.
public enum CommandOutcome: Hashable, Sendable {
    case ok
    case no
    case bad
}

/// Why a connection ended.
public enum CloseReason: Hashable, Sendable {
    case logout
    case hangUp
    case timeout
    case shutdown
    case limitExceeded
    case tooManyFailures
    case handshakeFailed
    case fault
}

/// Hears nothing.
public struct SilentObserver: ServerObserver {
    public init() {}

    public func observe(_ event: ServerEvent, on connection: ConnectionID) {}
}
