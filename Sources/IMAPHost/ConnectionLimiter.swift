import IMAPTypes

/// Says how many connections there may be, of one user and from one address: the host's decision, since it alone knows
/// what is one address (a whole network behind a translator, or many connections of a proxy) and how many servers share
/// the count.
///
/// Called by every connection, in its own task, without waiting: an implementation takes a lock at most. What was
/// granted is given back exactly once, whatever ends it. `ConnectionCounter` of IMAPServer counts in memory.
public protocol ConnectionLimiter: Sendable {
    /// Whether a connection that was accepted is served. When it is not, it hears `* BYE` and is closed.
    func admit(_ connection: ConnectionID, on facts: ConnectionFacts) -> Bool

    /// Whether `user` may have another session, on this connection. Asked when a login has succeeded, and at a PREAUTH
    /// greeting. When not, the login is `NO [LIMIT]` (RFC 9051 section 7.1), not counted as failed, and the client may
    /// go on; at a greeting it hears `* BYE`.
    func admit(_ user: UserIdentity, on facts: ConnectionFacts) -> Bool

    /// The session of `user` is over: by UNAUTHENTICATE, or with its connection. `facts` are those it was admitted with.
    func release(_ user: UserIdentity, on facts: ConnectionFacts)

    /// The connection is over.
    func release(_ connection: ConnectionID, on facts: ConnectionFacts)
}
