import IMAPHost
public import IMAPServer
import IMAPTypes

extension IMAPExtension {
    /// SASL LOGIN, draft-murchison-sasl-login: obsolete, and still what some clients speak.
    public static let saslLogin = IMAPExtension("AUTH=LOGIN") { registry in
        registry.add(mechanism: LoginMechanism.self)
    }
}

/// `LOGIN`: the name, then the password, each asked for.
struct LoginMechanism: SASLMechanism {
    static let name: Keyword = "LOGIN"
    static let credential = CredentialKind.password
    static let needsPrivacy = true

    private enum Step {
        case name
        case password(name: [UInt8])
    }

    private var step = Step.name

    init(facts: ConnectionFacts) {}

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        guard let response else { return .challenge(Array("User Name".utf8)) }
        // NUL reaches no host callback (R-NUL-1).
        guard !response.exposed.isEmpty, !response.exposed.contains(0) else { throw SASLError() }
        switch step {
        case .name:
            step = .password(name: response.exposed)
            return .challenge(Array("Password".utf8))
        case .password(let name):
            return .finished(.password(name: name, password: response), authorizationIdentity: nil)
        }
    }
}
