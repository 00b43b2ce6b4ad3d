public import IMAPTypes

/// One SASL exchange, server side (RFC 4422). A value lives for one AUTHENTICATE command and is dropped with it,
/// however the command ends.
///
/// A host brings a mechanism of its own by conforming a type and handing it to the library's registry.
public protocol SASLMechanism: Sendable {
    /// The name in `AUTH=` and AUTHENTICATE: 1 to 20 of `A`-`Z`, digits, `-` and `_`.
    static var name: Keyword { get }

    /// The kind of credential the exchange ends in.
    static var credential: CredentialKind { get }

    /// Whether the exchange shows a secret to whoever listens: then it is offered on secure connections alone
    /// (R-TLS-6).
    static var needsPrivacy: Bool { get }

    /// Whether the connection has what the mechanism needs, such as a verified certificate.
    static func isAvailable(on facts: ConnectionFacts) -> Bool

    init(facts: ConnectionFacts)

    /// Takes the client's next response, already decoded from base64 and at most 16 KiB.
    ///
    /// The first call has `nil` when the client sent no initial response.
    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep

    /// What is sent as a last challenge when the credential was refused, before the tagged NO: the client answers it,
    /// and the answer means nothing (RFC 7628 section 3.2.3). `nil` for most mechanisms.
    var failureChallenge: [UInt8]? { get }

    /// The layer that the exchange negotiated, asked for when the login has succeeded (RFC 4422 section 3.7). `nil` for
    /// most mechanisms.
    var securityLayer: (any SecurityLayer)? { get }
}

extension SASLMechanism {
    public static func isAvailable(on facts: ConnectionFacts) -> Bool { true }

    public var failureChallenge: [UInt8]? { nil }

    public var securityLayer: (any SecurityLayer)? { nil }
}

/// What a mechanism does next.
public enum SASLStep: Sendable {
    /// Send these octets and wait for a response.
    case challenge([UInt8])
    /// The exchange is over: the proof, and the user it wants to act as (`nil`: the one the proof names).
    case finished(Credential, authorizationIdentity: [UInt8]?)
}

/// The response is not one of the mechanism's: the client's fault. `BAD`
public struct SASLError: Error, Hashable, Sendable {
    public init() {}
}
