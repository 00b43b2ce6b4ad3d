public import IMAPTypes

/// What a client gave to prove who it is, at the end of a LOGIN or of a SASL exchange.
public enum Credential: Sendable {
    /// A name and a password, as octets: the library neither normalises nor interprets them (R-AUTH-8).
    case password(name: [UInt8], password: Redacted<[UInt8]>)
    /// The identity of the verified client certificate, ``TLSFacts/peerIdentity`` (SASL EXTERNAL, RFC 4422).
    case external(peerIdentity: [UInt8])
    /// No proof at all, with the trace text the client gave (SASL ANONYMOUS, RFC 4505).
    case anonymous(trace: [UInt8])
    /// An OAuth 2.0 bearer token (SASL OAUTHBEARER, RFC 7628, and XOAUTH2): the host asks whom it stands for.
    case bearerToken(Redacted<[UInt8]>)
    /// An identity that a mechanism of the host proved by itself.
    case proven(name: [UInt8])
}

/// Who authenticated: the owner of the credential, not yet anyone's mailboxes (RFC 4422 section 3.4.1).
public struct AuthenticationIdentity: Hashable, Sendable {
    public let name: [UInt8]

    public init(name: [UInt8]) { self.name = name }

    public func hash(into hasher: inout Hasher) { hasher.combine(octets: name) }
}

/// The user whose mail a connection may see.
public struct UserIdentity: Hashable, Sendable {
    public let name: [UInt8]

    public init(name: [UInt8]) { self.name = name }

    public func hash(into hasher: inout Hasher) { hasher.combine(octets: name) }
}

/// Says who is who. Authentication ("who sent this?") and authorisation ("whose mail may they act on?") are two
/// questions; the second is asked with the answer to the first and nothing else.
///
/// The library bounds and decodes everything before it calls, adds a delay to failures, and keeps no answer beyond the
/// login it was given for (R-AUTH-4, R-AUTH-9).
public protocol Authenticator: Sendable {
    /// Who owns `credential`.
    ///
    /// Throws ``AuthenticationError/rejected`` for an unknown user, a wrong password and a disabled user alike, after
    /// the same amount of work.
    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity

    /// The user that `identity` may act as: itself when `requested` is `nil`, else the one requested.
    ///
    /// A requested name that is the identity's own is passed on like any other. Throws
    /// ``AuthenticationError/notAuthorized`` when it may not, and also when there is no such user.
    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity

    /// Whether `identity`, the one that authenticated, may send UNAUTHENTICATE (RFC 8437 section 8). Asked once at
    /// login. Administrators are the case it was made for; nobody is one by default.
    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool

    /// The users whose accounts `identity`, logged in as `user`, may work in beside that of `user`
    /// (draft-lu-imap-multi-account-01 section 3.1). Asked when a client sends LISTA or SELECTA, and not kept. Nobody
    /// by default.
    func associatedUsers(
        of identity: AuthenticationIdentity, as user: UserIdentity
    ) async throws(AuthenticationError) -> [UserIdentity]

    /// Whether a credential of this kind can succeed on this connection: a mechanism that ends in it is offered only
    /// then.
    func accepts(_ kind: CredentialKind, on facts: ConnectionFacts) -> Bool
}

/// The kinds of credential a mechanism can end in: what an ``Authenticator`` says it takes.
public enum CredentialKind: Hashable, Sendable, CaseIterable {
    case password
    case external
    case anonymous
    case bearerToken
    case proven
}

extension Authenticator {
    public func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool { false }

    public func associatedUsers(
        of identity: AuthenticationIdentity, as user: UserIdentity
    ) async throws(AuthenticationError) -> [UserIdentity] { [] }

    /// Passwords, certificates and identities that a host's mechanism proved; neither tokens nor strangers.
    public func accepts(_ kind: CredentialKind, on facts: ConnectionFacts) -> Bool {
        kind != .anonymous && kind != .bearerToken
    }
}

/// Why a login did not succeed.
public enum AuthenticationError: Error, Hashable, Sendable {
    /// The credential proves nothing. The client's fault: counted and delayed. `NO [AUTHENTICATIONFAILED]`
    case rejected
    /// The credential is right, but not for this user. Not counted. `NO [AUTHORIZATIONFAILED]`
    case notAuthorized
    /// The credential was right once. `NO [EXPIRED]`
    case expired
    /// A secure connection is needed for this credential. `NO [PRIVACYREQUIRED]`
    case privacyRequired
    /// The host cannot tell at the moment. The host's fault: not counted. `NO [UNAVAILABLE]`
    case unavailable
}
