/// How long a piece of connection state lives. Ending a scope ends every scope inside it.
///
///     connection > cycle > authentication > account > selection
///
/// The outermost, the connection's own, is missing on purpose: what lives there is listed in one struct of the server,
/// its survivors, and no extension can add to it.
public enum Scope: Int, Sendable, CaseIterable, Comparable {
    /// From the greeting, or a transition 7, to the next transition 7.
    case cycle
    /// From login to UNAUTHENTICATE or logout.
    case authentication
    /// While one account is active.
    case account
    /// While one mailbox is selected.
    case selection

    public static func < (a: Scope, b: Scope) -> Bool { a.rawValue < b.rawValue }
}

/// What ending a piece of state does beyond dropping its value.
public enum Ending: Sendable {
    /// Nothing: the value is gone and that is all.
    case drop
    /// Work to await before anything is said to the next user: cancel a subscription, close a handle. If it throws,
    /// the connection is closed.
    case work(@Sendable () async throws -> Void)
}

/// A value at the root of a scope: an identity, an account, a selected mailbox.
public protocol ScopeRoot: Sendable {
    /// Ends it. Has no default: saying nothing about the end does not compile.
    consuming func end() -> Ending
}

/// A piece of state that a command or an extension leaves on the connection.
///
/// Reset is the default: the value is dropped with its scope. There is no default for the scope, nor for the end; a
/// type without one of them does not compile:
///
///     struct SavedResult: ConnectionState {
///         var uids: [UInt32]
///         static func fresh() -> SavedResult { SavedResult(uids: []) }
///     }
///     // error: type 'SavedResult' does not conform to protocol 'ConnectionState'
///     // note: protocol requires property 'scope' with type 'Scope'
///     // note: protocol requires function 'end()' with type '() -> Ending'
///
/// Equatable so that a test can tell a used connection from a fresh one.
public protocol ConnectionState: Sendable, Equatable {
    /// The scope it lives in.
    static var scope: Scope { get }

    /// The state of a connection that has done nothing.
    static func fresh() -> Self

    /// Ends it.
    consuming func end() -> Ending
}
