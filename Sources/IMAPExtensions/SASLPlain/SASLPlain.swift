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
        let parts = response.exposed.split(separator: 0, omittingEmptySubsequences: false)
        guard parts.count == 3, !parts[1].isEmpty, !parts[2].isEmpty else { throw SASLError() }
        return .finished(
            .password(name: Array(parts[1]), password: Redacted(Array(parts[2]))),
            authorizationIdentity: parts[0].isEmpty ? nil : Array(parts[0]))
    }
}
