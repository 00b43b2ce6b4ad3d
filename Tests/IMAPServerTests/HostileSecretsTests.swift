import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: secrets (R-LOG-2)")
struct HostileSecretsTests {
    static let canary = "xk7QcanaryQ9zz"

    /// The canary as it travels.
    private static let traces = [
        canary, base64(canary), String(base64("\0alice\0\(canary)").suffix(16)), base64("\0\(canary)"),
    ]

    private static func sessions() -> [String] {
        let plain = base64("\0alice\0\(canary)")
        return [
            "a LOGIN alice \(canary)", "a LOGIN alice \"\(canary)\"",
            "a LOGIN alice {\(canary.utf8.count)+}\r\n\(canary)", "a LOGIN \(canary) \(canary)",
            "a LOGIN alice \(canary) x", "a LOGIN alice \"\(canary)", "a LOGIM alice \(canary)",
            "a LOGIN alice \(canary)\u{0}", "a AUTHENTICATE PLAIN \(plain)",
            "a AUTHENTICATE PLAIN \(plain)!", "a AUTHENTICATE PLAIN\r\n\(plain)",
            "a AUTHENTICATE LOGIN\r\nYWxpY2U=\r\n\(base64(canary))",
            "a AUTHENTICATE PLAIN\r\n\(base64("\0alice\0\(canary)\0"))",
            "a AUTHENTICATE EXTERNAL \(base64(canary))", "a AUTHENTICATE ANONYMOUS \(base64(canary))",
            "a AUTHENTICATE XOAUTH2 \(base64(canary))", "a ID (\"password\" \"\(canary)\")",
            "a SELECT \(canary)", "a UID \(canary)",
        ]
    }

    /// Everything that can be printed of a value.
    private static func printed(_ value: some Any) -> String {
        var text = String(describing: value) + String(reflecting: value)
        dump(value, to: &text)
        return text
    }

    @Test func aPasswordAppearsInNoEventNoDumpAndNoReply() async throws {
        for isCorrect in [false, true] {
            let users = isCorrect ? CanaryUsers(password: HostileSecretsTests.canary) : CanaryUsers(password: "other")
            let lab = try Lab(authenticator: users)
            for session in HostileSecretsTests.sessions() {
                let peer = await lab.connect()
                let output = await peer.line(session)
                let events = HostileSecretsTests.printed(lab.witness.all)
                let shown = output + HostileSecretsTests.printed(lab.server) + events
                for trace in HostileSecretsTests.traces {
                    #expect(!shown.contains(trace), "\(session)")
                }
                peer.transport.hangUp()
            }
            #expect(await eventually { lab.server.connectionCount == 0 })
            let shown = HostileSecretsTests.printed(lab.witness.all)
            #expect(lab.witness.all.count > 30)
            for trace in HostileSecretsTests.traces { #expect(!shown.contains(trace)) }
        }
    }

    @Test func whatHoldsASecretDoesNotShowIt() throws {
        let secret = Redacted(octets(HostileSecretsTests.canary))
        let marks = [HostileSecretsTests.canary, "120, 107, 55, 81"]
        struct Holder { let inner: [Redacted<[UInt8]>] }
        let credential = Credential.password(name: octets("alice"), password: secret)
        for shown in [
            HostileSecretsTests.printed(secret), HostileSecretsTests.printed(credential),
            HostileSecretsTests.printed(Holder(inner: [secret])), "\(secret)", "\(credential)",
        ] {
            for mark in marks { #expect(!shown.contains(mark), "\(shown)") }
        }
    }

    @Test func aParsedCommandDoesNotShowItsSecret() throws {
        for line in [
            "a LOGIN alice \(HostileSecretsTests.canary)",
            "a AUTHENTICATE PLAIN \(base64(HostileSecretsTests.canary))=",
        ] {
            let frame = Frame(octets: octets(line))
            var tables = GrammarTables()
            tables.modes.insert(.initialResponse)
            var arguments = ArgumentReader(frame, head: frame.head, nesting: NestingLimits(depth: 1, lists: 1))
            let grammar = Grammar(tables, numbering: .sequenceNumbers)
            let command: any CommandSyntax =
                line.hasPrefix("a LOGIN")
                ? try LoginCommand(&arguments, grammar) : try AuthenticateCommand(&arguments, grammar)
            let shown = HostileSecretsTests.printed(command)
            #expect(!shown.contains(HostileSecretsTests.canary))
            #expect(!shown.contains("120, 107") && !shown.contains("101, 71, 115"))
        }
    }

    @Test func errorsHoldNoOctetsOfTheClient() async throws {
        #expect(Mirror(reflecting: SyntaxError(.unexpected, at: 3)).children.count == 2)
        #expect(Mirror(reflecting: SASLError()).children.isEmpty)
    }
}

private struct CanaryUsers: Authenticator {
    let password: Redacted<[UInt8]>

    init(password: String) { self.password = Redacted(octets(password)) }

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        guard case .password(_, let given) = credential, given.constantTimeEquals(password.exposed) else {
            throw .rejected
        }
        return AuthenticationIdentity(name: octets("alice"))
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity { UserIdentity(name: identity.name) }

    func accepts(_ kind: CredentialKind, on facts: ConnectionFacts) -> Bool { true }
}
