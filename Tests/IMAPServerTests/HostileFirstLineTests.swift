import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: other protocols and bad commands (R-TLS-10)")
struct HostileFirstLineTests {
    static let otherProtocols: [[UInt8]] = [
        octets("GET / HTTP/1.1\r\nHost: mail.example.com\r\n\r\n"),
        octets("POST /LOGIN HTTP/1.1\r\nContent-Length: 22\r\n\r\na LOGIN alice secret\r\n"),
        octets("SSH-2.0-OpenSSH_9.6\r\n"),
        octets("EHLO mail.example.com\r\n"),
        octets("\r\n"),
        octets("* OK\r\n"),
        octets("a+b NOOP\r\n"),
        octets("a n\u{00f6}op\r\n"),
        octets("a LOGIN j\u{00fc}rgen secret\r\n"),
        octets("a LOGIN \"j\u{00fc}rgen\" secret\r\n"),
        octets("zqxjk BOGUS {3}\r\n"),
        octets("zqxjk BOGUS {3+}\r\nabc\r\n"),
        octets("zqxjk\r\n"),
        octets("GET {3}\r\n"),
        // TLS 1.2 and SSL 2 hellos with an LF somewhere in them.
        [0x16, 0x03, 0x01, 0x00, 0xA5, 0x01, 0x00, 0x00, 0xA1, 0x03, 0x03, 0x0A, 0x5B, 0x90, 0x9D, 0x0A],
        [0x80, 0x2E, 0x01, 0x00, 0x02, 0x00, 0x15, 0x00, 0x00, 0x00, 0x10, 0x0A],
        [0x00, 0x0A],
        [0xFF, 0xFE, 0x0A],
    ]

    /// R-TLS-10
    @Test(arguments: otherProtocols)
    func aClientThatDoesNotBeginWithACommandGetsBYEAndNoEcho(_ input: [UInt8]) async throws {
        for isSecure in [false, true] {
            let lab = try Lab()
            let peer = isSecure ? await lab.connectWithTLS() : await lab.connectInTheClear()
            let answer = await peer.send(input)
            #expect(answer == "* BYE This is an IMAP server\r\n", "\(String(decoding: input, as: UTF8.self))")
            #expect(await eventually { peer.isClosed })
            #expect(lab.users.questions.isEmpty)
        }
    }

    /// R-TLS-10: a person may be typing.
    @Test(arguments: otherProtocols.prefix(7))
    func onLoopbackAFirstLineThatIsNoCommandIsBAD(_ input: [UInt8]) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send(Array(input[...(input.firstIndex(of: 0x0A) ?? 0)]))
        #expect(answer.contains(" BAD "), "\(answer)")
        #expect(await peer.isAlive())
    }

    /// R-TLS-10: a hello without an LF is no line; the time for one command ends it.
    @Test func aHelloWithoutALineEndIsClosedWithinAMinute() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        peer.transport.send(
            [0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03] + [UInt8](repeating: 7, count: 500))
        _ = await peer.settle()
        await peer.pass(.seconds(60))
        #expect(await peer.end() == "* BYE Idle for too long\r\n")
    }

    /// R-TLS-10: known in any form, in this state or not.
    @Test(arguments: [
        "a NOOP", "a capability", "a SELECT INBOX", "a UID FETCH 1 FLAGS", "a FETCH 1 FLAGS", "a NOOP x", "a LOGOUT",
        "a ID NIL",
    ])
    func aFirstLineWithAKnownCommandIsAnswered(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        let answer = await peer.line(line)
        #expect(answer.contains("a OK ") || answer.contains("a BAD "), "\(answer)")
    }

    /// R-TLS-10 judges the line; a literal is not in it.
    @Test func aFirstLoginWithANonASCIILiteralIsALogin() async throws {
        let lab = try Lab()
        let peer = await lab.connectWithTLS()
        let answer = await peer.send("a LOGIN {7+}\r\nj\u{00fc}rgen {6+}\r\nsecret\r\n")
        #expect(answer == "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n")
        #expect(lab.users.names == [octets("j\u{00fc}rgen")])
    }

    /// R-TLS-10
    @Test func onlyTheFirstLineIsJudgedSoStrictly() async throws {
        let lab = try Lab()
        let peer = await lab.connectInTheClear()
        await peer.line("a NOOP")
        #expect(await peer.line("GET / HTTP/1.1") == "GET BAD Unknown command\r\n")
        #expect(await peer.isAlive())
    }

    /// R-TLS-10
    @Test func beforeLoginTheThirdBadCommandInARowIsTheLast() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        for _ in 1...5 {
            #expect(await peer.line("a BOGUS") == "a BAD Unknown command\r\n")
            #expect(await peer.line("b SELECT INBOX").hasPrefix("b BAD "))
            #expect(await peer.isAlive())
        }
        await peer.line("a BOGUS")
        await peer.line("b BOGUS {4+}\r\nabcd")
        #expect(
            await peer.line("c LOGIN") == "c BAD Syntax error\r\n* BYE Too many bad commands\r\n"
                || lab.witness.closings == [.tooManyFailures])
        #expect(await eventually { peer.isClosed })
        #expect(await eventually { lab.witness.closings == [.tooManyFailures] })
    }

    /// R-TLS-10: what stands behind the last bad command is not looked at.
    @Test func nothingIsExecutedBehindTheLastBadCommand() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send("a X\r\nb X\r\nc X\r\nd LOGIN alice secret\r\ne CAPABILITY\r\n")
        #expect(answer.hasSuffix("c BAD Unknown command\r\n* BYE Too many bad commands\r\n"))
        #expect(lab.users.questions.isEmpty)
    }

    /// R-TLS-10
    @Test func afterLoginTheTwentiethBadCommandInARowIsTheLast() async throws {
        let lab = try Lab()
        let peer = await lab.select()
        for round in 1...2 {
            for index in 1...19 {
                let answer = await peer.line(index % 2 == 0 ? "a BOGUS" : "a FETCH 99 FLAGS")
                #expect(answer.hasPrefix("a BAD "), "\(round) \(index) \(answer)")
            }
            if round == 1 { #expect(await peer.isAlive()) }
        }
        #expect(await peer.line("a BOGUS") == "a BAD Unknown command\r\n* BYE Too many bad commands\r\n")
        #expect(await eventually { peer.isClosed && lab.memory.openSessionCount == 0 })
    }

    /// R-TLS-10, U-7: the count begins at 0, and the limit is the one before login again.
    @Test func unauthenticateBeginsTheCountOfBadCommandsAnew() async throws {
        let lab = try Lab()
        let peer = await lab.logIn("admin", "root")
        for _ in 1...19 { await peer.line("a BOGUS") }
        #expect(await peer.line("b UNAUTHENTICATE").hasPrefix("b OK "))
        await peer.line("c BOGUS")
        await peer.line("d BOGUS")
        #expect(await peer.isAlive())
        await peer.send("e X\r\nf X\r\n")
        #expect(await peer.line("g X").hasSuffix("* BYE Too many bad commands\r\n"))
    }
}
