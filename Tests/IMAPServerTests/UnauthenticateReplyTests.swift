import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

@Suite("UNAUTHENTICATE: the reply in every case (RFC 8437 section 3)")
struct UnauthenticateReplyTests {
    static let plainCapabilities = "IMAP4rev1 LITERAL- SASL-IR ID UNSELECT"
    static let greetingCapabilities = "\(plainCapabilities) AUTH=PLAIN AUTH=LOGIN"

    /// An administrator acting for `name`.
    static func authenticate(_ tag: String, as name: String) -> String {
        "\(tag) AUTHENTICATE PLAIN \(base64("\(name)\0admin\0root"))"
    }

    private func play(_ fixture: Fixture, _ text: String, on client: TestClient? = nil) async {
        let used: TestClient
        if let client { used = client } else { used = await fixture.connect() }
        let mismatch = await used.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    /// U-1, U-5
    @Test func fromAuthenticatedItIsOKWithTheCapabilitiesOfAFreshConnection() async throws {
        let fixture = try Fixture(extensions: .few)
        await play(
            fixture,
            """
            C: a1 LOGIN admin root
            S: a1 OK [CAPABILITY \(Self.plainCapabilities) UNAUTHENTICATE] Logged in
            C: a2 UNAUTHENTICATE
            S: a2 OK [CAPABILITY \(Self.greetingCapabilities)] Not authenticated
            C: a3 CAPABILITY
            S: * CAPABILITY \(Self.greetingCapabilities)
            S: a3 OK CAPABILITY completed
            """)
    }

    /// U-4
    @Test func fromSelectedItIsOKWithoutAnExpungeEventAndNothingIsExpunged() async throws {
        let fixture = try Fixture(extensions: .few)
        try fixture.fill("admin", 2)
        _ = try fixture.store.changeFlags(
            .add([.deleted]), of: UIDSet(.first), in: .inbox, for: user("admin"))
        await play(
            fixture,
            """
            C: a1 LOGIN admin root
            S: a1 OK ...
            C: a2 SELECT INBOX
            S: * FLAGS ...
            S: * 2 EXISTS
            S: * 2 RECENT
            S: * OK [UNSEEN 1] ...
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 3] ...
            S: * OK [PERMANENTFLAGS ...
            S: a2 OK [READ-WRITE] ...
            C: a3 unauthenticate
            S: a3 OK [CAPABILITY ...] Not authenticated
            """)
        let records = try fixture.store.records(in: .inbox, for: user("admin"))
        #expect(records.count == 2)
        #expect(records.first?.flags?.contains(.deleted) == true)
    }

    /// U-1
    @Test func beforeLoginItIsBAD() async throws {
        await play(
            try Fixture(extensions: .few),
            """
            C: a1 UNAUTHENTICATE
            S: a1 BAD ...
            C: a2 LOGIN alice secret
            S: a2 OK ...
            """)
    }

    /// U-6
    @Test func theSecondOneIsBADAndAFailedLoginBehindItLeavesNobodyLoggedIn() async throws {
        await play(
            try Fixture(extensions: .few),
            """
            C: a1 LOGIN admin root
            S: a1 OK ...
            C: a2 UNAUTHENTICATE
            S: a2 OK ...
            C: a3 UNAUTHENTICATE
            S: a3 BAD ...
            C: a4 LOGIN admin wrong
            S: a4 NO [AUTHENTICATIONFAILED] ...
            C: a5 LIST "" *
            S: a5 BAD Command not permitted in this state
            """)
    }

    /// U-6
    @Test func anAbortedExchangeBehindItLeavesNobodyLoggedIn() async throws {
        await play(
            try Fixture(extensions: .few),
            """
            C: a1 LOGIN admin root
            S: a1 OK ...
            C: a2 UNAUTHENTICATE
            S: a2 OK ...
            C: a3 AUTHENTICATE PLAIN
            S: +...
            C: *
            S: a3 BAD Authentication cancelled
            C: a4 SELECT INBOX
            S: a4 BAD Command not permitted in this state
            """)
    }

    @Test func behindLOGOUTItIsNotRead() async throws {
        await play(
            try Fixture(extensions: .few),
            """
            C: a1 LOGIN admin root
            S: a1 OK ...
            C: a2 LOGOUT
            C: a3 UNAUTHENTICATE
            S: * BYE Logging out
            S: a2 OK Logged out
            """)
    }

    /// U-1, U-2
    @Test func withoutTheExtensionItIsAnUnknownCommand() async throws {
        let fixture = try Fixture(extensions: .few.leavingOut(["UNAUTHENTICATE"]))
        await play(
            fixture,
            """
            C: a1 LOGIN admin root
            S: a1 OK [CAPABILITY \(Self.plainCapabilities)] Logged in
            C: a2 UNAUTHENTICATE
            S: a2 BAD Unknown command
            C: a3 NOOP
            S: a3 OK NOOP completed
            """)
    }

    /// U-2
    @Test func toAnIdentityThatMayNotItIsNeitherAdvertisedNorKnown() async throws {
        await play(
            try Fixture(extensions: .few),
            """
            C: a1 LOGIN alice secret
            S: a1 OK [CAPABILITY \(Self.plainCapabilities)] Logged in
            C: a2 UNAUTHENTICATE
            S: a2 BAD Unknown command
            C: a3 STATUS INBOX (MESSAGES)
            S: * STATUS INBOX (MESSAGES 0)
            S: a3 OK STATUS completed
            """)
    }

    @Test(arguments: [" ", " x", " INBOX", " ()", "  ", " \"\"", " {1+}\r\nx"])
    func anyArgumentIsBADAndTheStateIsUnchanged(argument: String) async throws {
        let fixture = try Fixture(extensions: .few)
        let client = await fixture.logIn("admin", "root")
        #expect(await client.line("a1 UNAUTHENTICATE\(argument)").hasPrefix("a1 BAD "))
        #expect(await client.line("a2 SELECT INBOX").contains("a2 OK"))
        #expect(await client.line("a3 UNAUTHENTICATE\(argument)").hasPrefix("a3 BAD "))
        #expect(await client.line("a4 CLOSE") == "a4 OK CLOSE completed\r\n", "still selected")
    }

    /// Rows 23 and 48: the certificate is kept, the identity of the greeting is not.
    @Test func afterPREAUTHItIsAllowedAndEXTERNALWorksWithTheKeptCertificate() async throws {
        let fixture = try Fixture(extensions: .few)
        try fixture.fill("bob", 2)
        let tls = TLSFacts(version: "TLSv1.3", cipher: "test", peerIdentity: octets("admin"))
        let facts = ConnectionFacts(
            local: PeerAddress("server", isLoopback: false), remote: PeerAddress("client", isLoopback: false),
            tls: tls)
        let admin = AuthenticationIdentity(name: octets("admin"))
        let (client, greeting) = await TestClient.connect(
            to: fixture.server, ScriptedTransport(facts: facts),
            preauthenticated: PreauthenticatedUser(admin, as: user("admin")))
        #expect(greeting == "* PREAUTH [CAPABILITY \(Self.plainCapabilities) UNAUTHENTICATE] IMAP server ready\r\n")
        await play(
            fixture,
            """
            C: a1 UNAUTHENTICATE
            S: a1 OK [CAPABILITY \(Self.greetingCapabilities) AUTH=EXTERNAL] Not authenticated
            C: a2 SELECT INBOX
            S: a2 BAD Command not permitted in this state
            C: a3 AUTHENTICATE EXTERNAL \(base64("bob"))
            S: a3 OK [CAPABILITY \(Self.plainCapabilities) UNAUTHENTICATE] Logged in
            C: a4 STATUS INBOX (MESSAGES)
            S: * STATUS INBOX (MESSAGES 2)
            S: a4 OK STATUS completed
            """, on: client)
    }

    /// Row 24: nobody is there, whoever was.
    @Test func theCertificateAloneLogsNobodyInAfterIt() async throws {
        let tls = TLSFacts(version: "TLSv1.3", cipher: "test", peerIdentity: octets("admin"))
        let facts = ConnectionFacts(
            local: PeerAddress("server", isLoopback: false), remote: PeerAddress("client", isLoopback: false),
            tls: tls)
        let fixture = try Fixture(extensions: .few)
        let client = await fixture.connect(ScriptedTransport(facts: facts))
        await play(
            fixture,
            """
            C: a1 AUTHENTICATE EXTERNAL =
            S: a1 OK ...
            C: a2 UNAUTHENTICATE
            S: a2 OK ...
            C: a3 LIST "" *
            S: a3 BAD Command not permitted in this state
            C: a4 LOGIN alice secret
            S: a4 OK [CAPABILITY \(Self.plainCapabilities)] Logged in
            """, on: client)
    }

    @Test func anAdministratorActsForBobAndThenForCarolOnOneConnection() async throws {
        let fixture = try Fixture(extensions: .few)
        try fixture.fill("bob", 1)
        try fixture.fill("carol", 2)
        await play(
            fixture,
            """
            C: a1 AUTHENTICATE PLAIN \(base64("bob\0admin\0root"))
            S: a1 OK [CAPABILITY \(Self.plainCapabilities) UNAUTHENTICATE] Logged in
            C: a2 STATUS INBOX (MESSAGES)
            S: * STATUS INBOX (MESSAGES 1)
            S: a2 OK STATUS completed
            C: a3 UNAUTHENTICATE
            S: a3 OK ...
            C: a4 AUTHENTICATE PLAIN \(base64("carol\0admin\0root"))
            S: a4 OK [CAPABILITY \(Self.plainCapabilities) UNAUTHENTICATE] Logged in
            C: a5 STATUS INBOX (MESSAGES)
            S: * STATUS INBOX (MESSAGES 2)
            S: a5 OK STATUS completed
            C: a6 UNAUTHENTICATE
            S: a6 OK ...
            C: a7 AUTHENTICATE PLAIN \(base64("nobody\0admin\0root"))
            S: a7 NO [AUTHORIZATIONFAILED] ...
            C: a8 AUTHENTICATE PLAIN \(base64("bob\0alice\0secret"))
            S: a8 NO [AUTHORIZATIONFAILED] ...
            """)
    }

    /// Row 43
    @Test func theClientsIDIsKeptAndPreLoginLimitsHoldAgain() async throws {
        let fixture = try Fixture(extensions: .few)
        let client = await fixture.logIn("admin", "root")
        #expect(await client.line("a1 ID (\"name\" \"pool\")") == "* ID NIL\r\na1 OK ID completed\r\n")
        #expect(await client.line("a2 UNAUTHENTICATE").hasPrefix("a2 OK"))
        // 5,000 octets: too much before login, nothing special after it.
        #expect(await client.line("a3 LOGIN {5000}") == "a3 NO [TOOBIG] Literal too big\r\n")
        #expect(await client.line("a4 LOGIN alice secret").hasPrefix("a4 OK"))
        #expect(await client.line("a5 LIST \"\" {5000}") == "+ Ready for literal data\r\n")
    }
}
