import IMAPCodec
import IMAPExtensions
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTestKit
import IMAPTypes

/// `XSHOW`: writes what the host wants written.
private struct ShowCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XSHOW", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let account = try context.account() as? FieldAccount else { throw CommandFailure(.internalError) }
        switch account.store.says.shown {
        case .text(let text): return .ok(text)
        case .code(let code): throw .no(code, "Shown")
        case .written(let write): context.respond("XSHOW", write)
        case nil: break
        }
        return .ok("XSHOW completed")
    }
}

/// Its challenge is the identity in the certificate of the peer: the one text a mechanism of a test can have by itself.
private struct EchoMechanism: SASLMechanism {
    static let name: Keyword = "XECHO"
    static let credential = CredentialKind.proven
    static let needsPrivacy = false

    let challenge: [UInt8]

    init(facts: ConnectionFacts) { challenge = facts.tls?.peerIdentity ?? [] }

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep { .challenge(challenge) }
}

/// The same, as what it says when the host refuses.
private struct FailingMechanism: SASLMechanism {
    static let name: Keyword = "XFAIL"
    static let credential = CredentialKind.bearerToken
    static let needsPrivacy = false

    let failureChallenge: [UInt8]?

    init(facts: ConnectionFacts) { failureChallenge = facts.tls?.peerIdentity }

    mutating func respond(to response: Redacted<[UInt8]>?) async throws(SASLError) -> SASLStep {
        .finished(.bearerToken(Redacted([])), authorizationIdentity: nil)
    }
}

extension HostSays {
    var extensions: [IMAPExtension] {
        let capability = capability
        let replaced = IMAPExtension.standard.leavingOut(["ID", "LANGUAGE"])
        return replaced + [
            .id(identification), .language(languages + [.german]),
            IMAPExtension("XSHOW") { registry in
                registry.add(ShowCommand.self)
                registry.add(mechanism: EchoMechanism.self)
                registry.add(mechanism: FailingMechanism.self)
                if let capability { registry.advertise(capability, in: .any) }
            },
        ]
    }
}

/// Names of charsets that nobody can read.
struct NamedCharsets: CharsetProvider {
    let names: [[UInt8]]

    func decoder(named name: [UInt8]) -> (any CharsetDecoder)? { nil }
}

/// Users whose names are what the host says.
struct FieldUsers: Authenticator {
    let says: HostSays

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        if case .bearerToken = credential { throw .rejected }
        return says.identity ?? AuthenticationIdentity(name: octets("alice"))
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity { says.user ?? user("alice") }

    func associatedUsers(
        of identity: AuthenticationIdentity, as user: UserIdentity
    ) async throws(AuthenticationError) -> [UserIdentity] { says.associated }

    func accepts(_ kind: CredentialKind, on facts: ConnectionFacts) -> Bool { true }
}
