import IMAPHost
public import IMAPServer
import IMAPTypes

extension IMAPExtension {
    /// SASL EXTERNAL, RFC 4422 appendix A: the identity of the verified client certificate.
    ///
    /// Available only while TLS has one. After UNAUTHENTICATE it may be used again with the same certificate (RFC 8437
    /// section 4.2); the certificate alone logs nobody in.
    public static let saslExternal = IMAPExtension("AUTH=EXTERNAL") { registry in
        registry.add(mechanism: ExternalMechanism.self)
    }
}

/// `EXTERNAL` (RFC 4422 appendix A.1)
///
/// ```abnf
/// response = *( UTF8-char-no-nul )   ; the authorisation identity, or nothing
/// ```
struct ExternalMechanism: SASLMechanism {
    static let name: Keyword = "EXTERNAL"
    static let credential = CredentialKind.external
    static let needsPrivacy = false

    static func isAvailable(on facts: ConnectionFacts) -> Bool { facts.tls?.peerIdentity != nil }

    private let peerIdentity: [UInt8]?

    init(facts: ConnectionFacts) { peerIdentity = facts.tls?.peerIdentity }

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        guard let peerIdentity, !response.exposed.contains(0), UTF8Octets.isValid(response.exposed.span) else {
            throw SASLError()
        }
        return .finished(
            .external(peerIdentity: peerIdentity),
            authorizationIdentity: response.exposed.isEmpty ? nil : response.exposed)
    }
}
