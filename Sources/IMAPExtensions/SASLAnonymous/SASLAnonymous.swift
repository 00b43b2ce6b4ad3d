import IMAPHost
public import IMAPServer
import IMAPTypes

extension IMAPExtension {
    /// SASL ANONYMOUS, RFC 4505. Offered only where the host's authenticator accepts strangers.
    public static let saslAnonymous = IMAPExtension("AUTH=ANONYMOUS") { registry in
        registry.add(mechanism: AnonymousMechanism.self)
    }
}

/// `ANONYMOUS` (RFC 4505 section 2)
///
/// ```abnf
/// message = [ email / token ]   ; at most 255 characters of UTF-8
/// ```
struct AnonymousMechanism: SASLMechanism {
    static let name: Keyword = "ANONYMOUS"
    static let credential = CredentialKind.anonymous
    static let needsPrivacy = false

    init(facts: ConnectionFacts) {}

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        let characters = response.exposed.count { $0 & 0xC0 != 0x80 }
        guard characters <= 255, UTF8Octets.isValid(response.exposed.span), !response.exposed.contains(0) else {
            throw SASLError()
        }
        return .finished(.anonymous(trace: response.exposed), authorizationIdentity: nil)
    }
}
