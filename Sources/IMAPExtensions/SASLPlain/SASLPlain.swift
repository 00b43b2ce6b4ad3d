import IMAPHost
public import IMAPServer
import IMAPTypes

extension IMAPExtension {
    /// SASL PLAIN, RFC 4616, with an authorisation identity: an administrator acts for a user.
    public static let saslPlain = IMAPExtension("AUTH=PLAIN") { registry in
        registry.add(mechanism: PlainMechanism.self)
    }
}

/// `PLAIN` (RFC 4616 section 2)
///
/// ```abnf
/// message = [authzid] UTF8NUL authcid UTF8NUL passwd
/// ```
struct PlainMechanism: SASLMechanism {
    static let name: Keyword = "PLAIN"
    static let credential = CredentialKind.password
    static let needsPrivacy = true

    init(facts: ConnectionFacts) {}

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge([]) }
        let octets = response.exposed
        guard let first = octets.firstIndex(of: 0), let second = octets[(first + 1)...].firstIndex(of: 0) else {
            throw SASLError()
        }
        let (user, password) = (octets[(first + 1)..<second], octets[(second + 1)...])
        guard !user.isEmpty, !password.isEmpty, !password.contains(0) else { throw SASLError() }
        return .finished(
            .password(name: Array(user), password: Redacted(Array(password))),
            authorizationIdentity: first == 0 ? nil : Array(octets[..<first]))
    }
}
