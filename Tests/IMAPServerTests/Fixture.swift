import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// Fails the running test when a server writes what it must not write.
enum CheckedOutput {
    /// Asked for by every way to a server.
    static let isInstalled: Void = OutputReport.install { violation in Issue.record("\(violation)") }
}

func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

func base64(_ text: String) -> String { TestBase64.encode(octets(text)) }

func user(_ name: String) -> UserIdentity { UserIdentity(name: octets(name)) }

/// Users by password; `admin` may act as any of them and may UNAUTHENTICATE.
struct TestUsers: Authenticator {
    var users = ["alice": "secret", "bob": "hunter2", "carol": "carol", "admin": "root"]
    var everyoneMayUnauthenticate = false
    var acceptsStrangers = false
    /// Bearer tokens, and whose they are.
    var tokens: [String: String] = [:]
    /// Who belongs together with whom.
    var associated: [String: [String]] = [:]

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        switch credential {
        case .password(let name, let password):
            let known = users[String(decoding: name, as: UTF8.self)].map(octets)
            guard let known, password.constantTimeEquals(known) else { throw .rejected }
            return AuthenticationIdentity(name: name)
        case .external(let peer): return AuthenticationIdentity(name: peer)
        case .anonymous: return AuthenticationIdentity(name: octets("anonymous"))
        case .bearerToken(let token):
            guard let owner = tokens[String(decoding: token.exposed, as: UTF8.self)] else { throw .rejected }
            return AuthenticationIdentity(name: octets(owner))
        case .proven(let name): return AuthenticationIdentity(name: name)
        }
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        guard let requested, requested != identity.name else { return UserIdentity(name: identity.name) }
        guard identity.name == octets("admin"), users[String(decoding: requested, as: UTF8.self)] != nil else {
            throw .notAuthorized
        }
        return UserIdentity(name: requested)
    }

    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool {
        everyoneMayUnauthenticate || identity.name == octets("admin")
    }

    func associatedUsers(
        of identity: AuthenticationIdentity, as user: UserIdentity
    ) async throws(AuthenticationError) -> [UserIdentity] {
        (associated[String(decoding: user.name, as: UTF8.self)] ?? []).map { UserIdentity(name: octets($0)) }
    }

    func accepts(_ kind: CredentialKind, on facts: ConnectionFacts) -> Bool {
        switch kind {
        case .anonymous: acceptsStrangers
        case .bearerToken: !tokens.isEmpty
        case .password, .external, .proven: true
        }
    }
}

/// A server with mail in it, and a clock that stands still.
struct Fixture {
    let store: MemoryStore
    let clock = VirtualClock()
    let server: Server

    init(
        users: TestUsers = TestUsers(), extensions: [IMAPExtension] = IMAPExtension.standard,
        observer: any ServerObserver = SilentObserver(), store: MemoryStore? = nil,
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        CheckedOutput.isInstalled
        var configuration = ServerConfiguration()
        configuration.delaysFailedLogins = false
        configure(&configuration)
        self.store = store ?? MemoryStore()
        server = try Server(
            store: self.store, authenticator: users, extensions: extensions, configuration: configuration,
            observer: observer, clock: clock)
    }

    /// `count` messages in the INBOX of `name`, each saying whose it is.
    func fill(_ name: String, _ count: Int = 3) throws {
        for index in 1...count {
            _ = try store.append(
                octets("From: \(name)@example.com\r\nSubject: \(name) \(index)\r\n\r\nmail of \(name), \(index)\r\n"),
                to: .inbox, for: user(name))
        }
    }

    func connect(_ transport: ScriptedTransport = ScriptedTransport()) async -> TestClient {
        await TestClient.connect(to: server, transport).client
    }

    /// A client that is logged in. The server may write what `permissions` declare.
    func logIn(
        _ name: String, _ password: String, permitting permissions: OutputPermissions = OutputPermissions()
    ) async -> TestClient {
        let client = await connect(ScriptedTransport(output: .checked(permissions)))
        await client.line("l LOGIN \(name) \(password)")
        return client
    }
}

enum TestBase64 {
    static func encode(_ octets: [UInt8]) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var text: [UInt8] = []
        var index = 0
        while index < octets.count {
            let group = (0..<3).map { index + $0 < octets.count ? octets[index + $0] : 0 }
            text.append(alphabet[Int(group[0] >> 2)])
            text.append(alphabet[Int((group[0] & 3) << 4 | group[1] >> 4)])
            text.append(index + 1 < octets.count ? alphabet[Int((group[1] & 15) << 2 | group[2] >> 6)] : 0x3D)
            text.append(index + 2 < octets.count ? alphabet[Int(group[2] & 63)] : 0x3D)
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension [IMAPExtension] {
    /// A short list, for transcripts that spell the capabilities out.
    static var few: [IMAPExtension] {
        [
            .literalMinus, .saslIR, .id(), .unselect, .unauthenticate, .saslPlain, .saslLogin, .saslExternal,
            .saslAnonymous,
        ]
    }
}
