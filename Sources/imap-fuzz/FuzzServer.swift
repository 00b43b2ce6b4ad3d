import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization

/// The users of the fuzzed server. `admin` may act as any of them, and may UNAUTHENTICATE.
struct FuzzUsers: Authenticator {
    static let passwords: [[UInt8]: [UInt8]] = [
        Array("alice".utf8): Array("secret".utf8), Array("bob".utf8): Array("hunter2".utf8),
        Array("admin".utf8): Array("root".utf8),
    ]
    static let tokens: [[UInt8]: [UInt8]] = [Array("tok123".utf8): Array("alice".utf8)]

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        switch credential {
        case .password(let name, let password):
            guard let known = FuzzUsers.passwords[name], password.constantTimeEquals(known) else { throw .rejected }
            return AuthenticationIdentity(name: name)
        case .external(let name): return AuthenticationIdentity(name: name)
        case .anonymous: return AuthenticationIdentity(name: Array("anonymous".utf8))
        case .bearerToken(let token):
            guard let owner = FuzzUsers.tokens[token.exposed] else { throw .rejected }
            return AuthenticationIdentity(name: owner)
        case .proven(let name):
            guard name == FuzzMechanism.known else { throw .rejected }
            return AuthenticationIdentity(name: name)
        }
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        guard let requested, requested != identity.name else { return UserIdentity(name: identity.name) }
        guard identity.name == Array("admin".utf8), FuzzUsers.passwords[requested] != nil else {
            throw .notAuthorized
        }
        return UserIdentity(name: requested)
    }

    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool { identity.name == Array("admin".utf8) }

    func accepts(_ kind: CredentialKind, on facts: ConnectionFacts) -> Bool { true }
}

/// Who was logged in, as the server told its host.
final class FuzzObserver: ServerObserver {
    private let state = Mutex<(logins: [[UInt8]], faults: [String])>(([], []))

    var logins: [[UInt8]] { state.withLock { $0.logins } }
    var faults: [String] { state.withLock { $0.faults } }

    func observe(_ event: ServerEvent, on connection: ConnectionID) {
        switch event {
        case .authenticated(_, let user): state.withLock { $0.logins.append(user.name) }
        case .fault(let text): state.withLock { $0.faults.append(text) }
        case .workAbandoned: state.withLock { $0.faults.append("work abandoned") }
        default: break
        }
    }
}

/// The most that a connection held at once.
final class FuzzMeter: HeldOctetsMeter {
    private let state = Mutex<(unparsed: Int, command: Int, output: Int)>((0, 0, 0))

    var most: (unparsed: Int, command: Int, output: Int) { state.withLock { $0 } }

    func note(_ held: HeldOctets) {
        state.withLock { most in
            most.unparsed = max(most.unparsed, held.unparsed)
            most.command = max(most.command, held.command)
            most.output = max(most.output, held.output)
        }
    }
}

/// A server with mail in it, a clock that stands still, and limits that a fuzzer's inputs reach.
struct FuzzServer {
    let store: MemoryStore
    let clock = VirtualClock()
    let observer = FuzzObserver()
    let server: Server
    let configuration: ServerConfiguration

    static let configuration: ServerConfiguration = {
        var configuration = ServerConfiguration()
        configuration.delaysFailedLogins = false
        let limits = FramerLimits(line: 512, command: 1024, literal: 256, literals: 8)
        configuration.limits.beforeLogin = limits
        configuration.limits.afterLogin = limits
        configuration.limits.swallowBeforeLogin = 512
        configuration.limits.swallowLine = 1024
        configuration.limits.append = 1024
        configuration.limits.appendTotal = 1500
        configuration.limits.saslResponse = 300
        configuration.limits.unreadInput = 256
        configuration.limits.outputBeforeLogin = 512
        configuration.limits.outputAfterLogin = 1024
        configuration.limits.messageBatch = 2
        return configuration
    }()

    static let facts = ConnectionFacts(
        local: PeerAddress("server", isLoopback: true), remote: PeerAddress("client", isLoopback: true))

    /// A server of its own: nothing of another run is in it.
    init(_ kind: Kind = .all) throws {
        guard let model = kind == .all ? FuzzServer.all : FuzzServer.sasl else { throw Kind.Failure() }
        configuration = kind == .all ? FuzzServer.configuration : FuzzServer.forSASL
        store = FuzzServer.makeStore()
        server = Server(like: model, store: store, observer: observer, clock: clock)
    }

    /// A server with these extensions, made for this.
    init(_ extensions: [IMAPExtension]) throws {
        guard let model = FuzzServer.make(extensions, FuzzServer.configuration) else { throw Kind.Failure() }
        configuration = FuzzServer.configuration
        store = FuzzServer.makeStore()
        server = Server(like: model, store: store, observer: observer, clock: clock)
    }

    enum Kind {
        /// Every extension, and limits that a fuzzer's inputs reach.
        case all
        /// With a mechanism of the fuzzer's, and the limits that a server has of itself.
        case sasl

        struct Failure: Error {}
    }

    /// The tables are made once.
    private static let all = make(IMAPExtension.standard + [.compressDeflate], configuration)
    private static let sasl = make(IMAPExtension.standard + [.fuzzMechanism], forSASL)

    private static let forSASL: ServerConfiguration = {
        var configuration = ServerConfiguration()
        configuration.delaysFailedLogins = false
        return configuration
    }()

    private static func make(_ extensions: [IMAPExtension], _ configuration: ServerConfiguration) -> Server? {
        let store = makeStore()
        return try? Server(
            store: store, authenticator: FuzzUsers(), extensions: extensions.supported(by: store),
            configuration: configuration)
    }

    /// A store whose users have the same mail.
    private static func makeStore() -> MemoryStore {
        MemoryStore(sharedPrefix: "#shared/", newUser: { _ in messages.map { MemoryMessage($0) } })
    }

    private static let messages: [[UInt8]] = [
        """
        From: A <a@example.com>\r
        Subject: =?utf-8?q?caf=C3=A9?= (re: "x" \\ y)\r
        Date: Tue, 1 Feb 1994 21:52:25 -0800\r
        Message-ID: <1@example.com>\r
        \r
        one\r

        """,
        """
        From: b@example.com\r
        To: undisclosed:;, c@example.com\r
        In-Reply-To: <1@example.com>\r
        Content-Type: multipart/mixed; boundary=b\r
        \r
        --b\r
        Content-Type: message/rfc822\r
        \r
        Subject: inner\r
        \r
        inner body\r
        --b\r
        Content-Transfer-Encoding: base64\r
        Content-Type: text/plain; charset=iso-8859-1; name="a b"\r
        \r
        4Q==\r
        --b--\r

        """,
        "\r\nno header, and 8 bits: \u{E9}\r\n",
    ].map { Array($0.utf8) }
}
