import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: the TLS boundary (R-TLS-1 to R-TLS-9)")
struct HostileTLSTests {
    private static let inTheClear = ConnectionFacts(
        local: PeerAddress("server", isLoopback: false), remote: PeerAddress("client", isLoopback: false),
        canStartTLS: true)

    /// R-TLS-1, R-TLS-3
    @Test func noOctetBehindSTARTTLSIsEverACommandHoweverItIsCut() async throws {
        let lab = try Lab()
        let attack = octets("A1 STARTTLS\r\nA2 CAPABILITY\r\nA3 LOGIN alice secret\r\nA4 LOGOUT\r\n")
        for cut in 1..<attack.count {
            let transport = SegmentedTransport(
                [Array(attack[..<cut]), Array(attack[cut...])], facts: HostileTLSTests.inTheClear)
            lab.server.accept(transport)
            #expect(await eventually { transport.isWaiting || transport.isClosed })
            let lines = transport.output.split(separator: "\r\n")
            #expect(lines.count == 2, "cut at \(cut): \(lines)")
            #expect(lines.last == "A1 OK Begin TLS negotiation now")
            // What was read goes to the handshake; what was not read stays with the transport.
            #expect(transport.leftovers == [Array(cut < 13 ? attack[13...] : attack[13..<cut])], "cut at \(cut)")
            #expect(!transport.isClosed)
            transport.close()
        }
        #expect(lab.users.questions.isEmpty)
    }

    /// R-TLS-1, R-TLS-3: an injected AUTHENTICATE with its SASL response is neither a command nor an answer later.
    @Test func anInjectedLoginDoesNotHappenAfterTheHandshake() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        let answer = await peer.send("a STARTTLS\r\nb AUTHENTICATE PLAIN \(base64("\0alice\0secret"))\r\nc NOOP\r\n")
        #expect(answer == "a OK Begin TLS negotiation now\r\n")
        #expect(
            peer.transport.startTLSLeftover
                == octets("b AUTHENTICATE PLAIN \(base64("\0alice\0secret"))\r\nc NOOP\r\n"))
        #expect(await peer.line("d SELECT INBOX") == "d BAD Command not permitted in this state\r\n")
        #expect(lab.users.questions.isEmpty)
    }

    /// R-TLS-2
    @Test(arguments: ["x NOO", "x LOGIN {2000+}\r\n", "x LOGIN {2000}\r\n", "x LOGIN \"ali", "x NOOP\r"])
    func nothingHalfReadBeforeTheHandshakeSwallowsAnOctetAfterIt(_ half: String) async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        #expect(await peer.send("a STARTTLS\r\n\(half)") == "a OK Begin TLS negotiation now\r\n")
        #expect(await peer.line("b LOGIN alice secret").hasPrefix("b OK "))
    }

    /// R-TLS-4
    @Test(arguments: [
        "a STARTTLS ", "a STARTTLS  ", "a STARTTLS x", "a STARTTLS \"\"", "a STARTTLS\t", "a STARTTLS ()",
        "a STARTTLS\r", "a STARTTLS {0+}\r\n", "a STARTTLS {3+}\r\nabc",
    ])
    func anythingBehindSTARTTLSIsBADAndNoHandshakeBegins(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        await peer.line("n NOOP")
        let answer = await peer.line(line)
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
        #expect(peer.transport.startTLSLeftover == nil)
        #expect(await peer.line("b CAPABILITY").contains(" STARTTLS LOGINDISABLED"))
    }

    private static let bob = PreauthenticatedUser(
        AuthenticationIdentity(name: octets("bob")), as: UserIdentity(name: octets("bob")))

    /// R-TLS-5
    @Test func preauthenticationFailsOnAnInsecureConnection() async throws {
        let lab = try Lab()
        let peer = await lab.connect(
            ScriptedTransport(isLoopback: false, startTLS: .hostileTest), preauthenticated: HostileTLSTests.bob)
        #expect(peer.greeting.hasPrefix("* BYE [PRIVACYREQUIRED] "))
        #expect(peer.isClosed)
        #expect(lab.memory.openSessionCount == 0)
    }

    /// R-TLS-5
    @Test func preauthenticationSucceedsWhereItIsSafeOrTheHostSaysSoAndSTARTTLSIsNotOffered() async throws {
        let overridden = try Lab { $0.allowsInsecurePreauthentication = true }
        let safe = try Lab()
        let peers = [
            await overridden.connect(
                ScriptedTransport(isLoopback: false, startTLS: .hostileTest), preauthenticated: HostileTLSTests.bob),
            await safe.connect(ScriptedTransport(startTLS: .hostileTest), preauthenticated: HostileTLSTests.bob),
            await safe.connect(
                ScriptedTransport(facts: .remote(tls: .hostileTest)), preauthenticated: HostileTLSTests.bob),
        ]
        for peer in peers {
            #expect(peer.greeting.hasPrefix("* PREAUTH [CAPABILITY IMAP4rev1 "))
            #expect(!peer.greeting.contains("STARTTLS"))
            #expect(await peer.line("a STARTTLS").hasPrefix("a BAD "))
            #expect(await peer.line("b SELECT INBOX").hasSuffix("b OK [READ-WRITE] SELECT completed\r\n"))
        }
    }

    /// R-TLS-6
    @Test func anInsecureConnectionIsOfferedNoWayToShowAPassword() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        for text in [peer.greeting, await peer.line("a CAPABILITY")] {
            #expect(text.contains(" LOGINDISABLED"))
            #expect(text.contains(" STARTTLS"))
            #expect(!text.contains("AUTH=PLAIN"))
            #expect(!text.contains("AUTH=LOGIN"))
        }
    }

    /// R-TLS-6: no host call, and no `+` for a literal.
    @Test(arguments: [
        "a LOGIN alice secret", "a LOGIN \"alice\" \"secret\"", "a LOGIN alice {6}", "a LOGIN {5}", "a login {5}",
        "a LOGIN ~{5}",
    ])
    func loginIsRefusedInTheClearWithoutAskingForAnything(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        #expect(await peer.line(line) == "a NO [PRIVACYREQUIRED] LOGIN needs a secure connection\r\n")
        #expect(lab.users.questions.isEmpty)
        #expect(await peer.isAlive())
    }

    /// R-TLS-6, R-LIT-5: the literals that were sent all the same are data.
    @Test func aRefusedLoginsLiteralsAreSwallowed() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        let answer = await peer.send("a LOGIN {8+}\r\nx NOOP\r\n {8+}\r\ny NOOP\r\n\r\nb NOOP\r\n")
        #expect(answer == "a NO [PRIVACYREQUIRED] LOGIN needs a secure connection\r\nb OK NOOP completed\r\n")
        #expect(lab.users.questions.isEmpty)
    }

    /// R-TLS-6
    @Test(arguments: [
        "a AUTHENTICATE PLAIN", "a AUTHENTICATE plain", "a AUTHENTICATE LOGIN",
        "a AUTHENTICATE PLAIN AGFsaWNlAHNlY3JldA==", "a AUTHENTICATE LOGIN YWxpY2U=", "a AUTHENTICATE PLAIN =",
    ])
    func mechanismsThatShowAPasswordAreRefusedInTheClearBeforeTheyInviteOne(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        let answer = await peer.line(line)
        #expect(answer == "a NO [PRIVACYREQUIRED] That mechanism needs a secure connection\r\n")
        #expect(lab.users.questions.isEmpty)
    }

    /// R-TLS-6: AUTHENTICATE has no string in it, so no literal of it is ever invited.
    @Test(arguments: ["a AUTHENTICATE PLAIN {20}", "a AUTHENTICATE {5}"])
    func aLiteralInAUTHENTICATEIsNotInvitedInTheClear(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        let answer = await peer.line(line)
        #expect(!answer.contains("+"), "\(answer)")
    }

    /// R-TLS-7: what was learnt or begun in the clear is gone.
    @Test func theHandshakeForgetsIDAndOffersAgain() async throws {
        let lab = try Lab(extensions: IMAPExtension.standard + [.whoami])
        let peer = await lab.connectInTheClear()
        await peer.line("a ID (\"name\" \"in the clear\")")
        #expect(await peer.line("b XWHOAMI") == "b OK Known\r\n")
        #expect(await peer.line("c AUTHENTICATE EXTERNAL").hasPrefix("c NO [CANNOT] "))
        await peer.line("d STARTTLS")
        #expect(await peer.line("e XWHOAMI") == "e OK Unknown\r\n")
        let capabilities = await peer.line("f CAPABILITY")
        #expect(!capabilities.contains("STARTTLS"))
        #expect(!capabilities.contains("LOGINDISABLED"))
        #expect(capabilities.contains(" AUTH=PLAIN AUTH=LOGIN"))
        #expect(await peer.line("g STARTTLS").hasPrefix("g BAD "))
        #expect(await peer.line("h LOGIN alice secret").hasPrefix("h OK "))
    }

    /// R-TLS-7
    @Test func theCertificateOfTheHandshakeIsThereAfterIt() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear(.hostileTest("bob"))
        #expect(!peer.greeting.contains("AUTH=EXTERNAL"))
        await peer.line("a STARTTLS")
        #expect(await peer.line("b CAPABILITY").contains(" AUTH=EXTERNAL"))
        #expect(await peer.line("c AUTHENTICATE EXTERNAL =").hasPrefix("c OK "))
        #expect(lab.users.questions == ["external bob", "authorize bob"])
    }

    /// R-TLS-7
    @Test func startTLSAfterLoginIsBAD() async throws {
        let lab = try Lab { $0.allowsPlaintextWithoutTLS = true }
        let peer = await lab.connectInTheClear()
        #expect(await peer.line("a LOGIN alice secret").hasPrefix("a OK "))
        #expect(await peer.line("b STARTTLS") == "b BAD Command not permitted in this state\r\n")
        await peer.line("c SELECT INBOX")
        #expect(await peer.line("d STARTTLS") == "d BAD Command not permitted in this state\r\n")
        #expect(peer.transport.startTLSLeftover == nil)
    }

    /// R-TLS-7: a SASL exchange is no place for STARTTLS.
    @Test func startTLSInsideAnExchangeIsAResponse() async throws {
        let lab = try Lab { $0.allowsPlaintextWithoutTLS = true }
        let peer = await lab.connectInTheClear()
        #expect(await peer.line("a AUTHENTICATE PLAIN") == "+ \r\n")
        #expect(await peer.line("b STARTTLS") == "a BAD Not base64\r\n")
        #expect(peer.transport.startTLSLeftover == nil)
    }

    /// R-TLS-8
    @Test func aStalledHandshakeIsClosedWhenTheTimeToLogInIsOverAndOthersAreServed() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        peer.transport.holdHandshake()
        await peer.pass(.seconds(50))
        peer.transport.send("a STARTTLS\r\n")
        #expect(await eventually { peer.transport.startTLSLeftover != nil })
        let other = await lab.connectInTheClear()
        #expect(await other.isAlive())
        await other.pass(.seconds(129))
        #expect(!peer.isClosed)
        #expect(await other.isAlive())
        await other.pass(.seconds(1))
        #expect(await peer.end() == "a OK Begin TLS negotiation now\r\n")
        #expect(lab.witness.closings == [.handshakeFailed])
        #expect(await other.isAlive())
    }

    /// R-TLS-8: the handshake does not begin the time anew.
    @Test func theTimeToLogInRunsThroughTheHandshake() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        await peer.pass(.seconds(100))
        await peer.line("a STARTTLS")
        await peer.pass(.seconds(79))
        #expect(await peer.isAlive())
        await peer.pass(.seconds(1))
        #expect(await peer.end()?.hasPrefix("* BYE ") == true)
    }

    /// R-TLS-8 after transition 7: the time that runs is the one that began then.
    @Test func startTLSAfterUnauthenticateHasTheTimeOfItsCycle() async throws {
        let lab = try Lab { $0.allowsPlaintextWithoutTLS = true }
        let peer = await lab.connectInTheClear()
        await peer.line("a LOGIN admin root")
        await peer.pass(.seconds(1000))
        await peer.line("b UNAUTHENTICATE")
        #expect(await peer.line("c STARTTLS") == "c OK Begin TLS negotiation now\r\n")
        await peer.pass(.seconds(10))
        #expect(!peer.isClosed)
        #expect(await peer.line("d LOGIN alice secret").hasPrefix("d OK "))
    }

    /// R-TLS-9
    @Test func beforeTLSNothingIsAlertedAndNothingIsEchoed() async throws {
        let lab = try Lab { $0.limits.badCommandsBeforeLogin = 100 }
        let peer = await lab.connectInTheClear()
        var output = peer.greeting
        for line in [
            "a NOOP", "a zqxjk", "a LOGIN zqxjk zqxjk", "a AUTHENTICATE ZQXJK", "a AUTHENTICATE PLAIN zqxjk", "* zqxjk",
            "a SELECT zqxjk", "a ID (\"zqxjk\" \"zqxjk\")", "a LOGIN {5}", "zqxj+ NOOP", "a UID zqxjk",
        ] {
            output += await peer.line(line)
        }
        #expect(!output.contains("ALERT"))
        #expect(!output.lowercased().contains("zqxjk"))
    }
}
