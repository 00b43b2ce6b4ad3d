import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: lines, NUL and names (R-LINE-1, R-LINE-4, R-NUL-1, R-SW)")
struct HostileLineTests {
    /// R-LINE-1, before login: cut at the limit, however much follows.
    @Test func aLineWithoutAnEndIsBYEBeforeLogin() async throws {
        let lab = try Lab()
        let transport = SegmentedTransport(
            Array(repeating: [UInt8](repeating: 0x78, count: 65_536), count: 256), facts: ScriptedTransport().facts)
        lab.server.accept(transport)
        #expect(await eventually { transport.isClosed })
        #expect(transport.output.hasSuffix("* BYE [LIMIT] Line too long\r\n"))
        #expect(transport.delivered <= 8192 + 16_384, "\(transport.delivered) octets were read")
    }

    /// R-LINE-1, inside SASL
    @Test func aResponseWithoutAnEndIsBYE() async throws {
        let lab = try Lab()
        let transport = SegmentedTransport(
            [octets("a AUTHENTICATE PLAIN\r\n")]
                + Array(repeating: [UInt8](repeating: 0x41, count: 65_536), count: 256),
            facts: ScriptedTransport().facts)
        lab.server.accept(transport)
        #expect(await eventually { transport.isClosed })
        #expect(transport.output.hasSuffix("+ \r\n* BYE [TOOBIG] Line too long\r\n"))
        #expect(transport.delivered <= 3 * 16_384)
    }

    /// R-LINE-1, R-LIT-1, after login: skipped for at most 1 MiB.
    @Test func aLineWithoutAnEndIsSkippedAfterLoginAndThenBYE() async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        let answer = await peer.send("a X " + String(repeating: "x", count: 500_000) + "\r\nb NOOP\r\n")
        #expect(answer == "a BAD [LIMIT] Command too long\r\nb OK NOOP completed\r\n")
        let transport = SegmentedTransport(
            [octets("l LOGIN alice secret\r\n")]
                + Array(repeating: [UInt8](repeating: 0x78, count: 16_384), count: 1024),
            facts: ScriptedTransport().facts)
        lab.server.accept(transport)
        #expect(await eventually { transport.isClosed })
        #expect(transport.output.hasSuffix("* BAD [LIMIT] Command too long\r\n* BYE [TOOBIG] Too much to swallow\r\n"))
        #expect(transport.delivered <= 131_072 + 1_048_576 + 3 * 16_384)
    }

    /// R-LIT-1, R-LIT-5: a literal behind an overlong line is swallowed with it.
    @Test func theLiteralsOfASkippedLineAreSkipped() async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        let long = String(repeating: "x", count: 140_000)
        let answer = await peer.send("a X \(long) {14+}\r\nz CAPABILITY\r\n {8+}\r\nz NOOP\r\n\r\nb NOOP\r\n")
        #expect(answer == "a BAD [LIMIT] Command too long\r\nb OK NOOP completed\r\n")
        // A client that has its tagged reply does not send a literal it was not invited to.
        let other = await peer.send("c X \(long) {8}\r\nd NOOP\r\n")
        #expect(other == "c BAD [LIMIT] Command too long\r\nd OK NOOP completed\r\n")
    }

    /// R-LINE-4
    @Test(arguments: [
        "", " NOOP", "+ NOOP", "a+ NOOP", "* NOOP", "% NOOP", "\"a\" NOOP", "\\a NOOP", "(a) NOOP", "{a NOOP",
        "a\tb NOOP", "\u{7F} NOOP", "\u{e4}zqxjk NOOP", "zqxjk\u{1B}[31m NOOP", "zqx(jk NOOP",
    ])
    func whatIsNoTagIsAnsweredWithoutIt(_ line: String) async throws {
        let lab = try Lab()
        for peer in [await lab.connect(), await lab.logIn()] {
            #expect(await peer.line(line) == "* BAD Tag expected\r\n")
            #expect(await peer.isAlive())
        }
    }

    /// R-LINE-4: any ASTRING-CHAR but `+`, and octet by octet.
    @Test(arguments: ["a", "A", "]", "a]b", "1", "-", "&", "~", "#", "!$',./:;<=>?@[^_`|}~"])
    func everyTagIsEchoedAsItCame(_ tag: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        #expect(await peer.line("\(tag) NOOP") == "\(tag) OK NOOP completed\r\n")
        #expect(await peer.line("\(tag) x") == "\(tag) BAD Unknown command\r\n")
    }

    /// R-LINE-2 at server level
    @Test func aLineEndsAtLFAndAnyOtherCRIsBAD() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        #expect(await peer.send("a NOOP\n") == "a OK NOOP completed\r\n")
        #expect(await peer.send("a NOOP\r\r\n") == "a BAD A line ends with CRLF\r\n")
        #expect(await peer.send("a\rNOOP\r\nb NOOP\r\n") == "* BAD Tag expected\r\nb OK NOOP completed\r\n")
        let strict = try Lab { $0.requiresCRLF = true }
        let other = await strict.connect()
        let answer = await other.send("a NOOP\nb LOGOUT\r\nc NOOP\r\n")
        #expect(answer == "a BAD A line ends with CRLF\r\nc OK NOOP completed\r\n")
    }

    /// R-NUL-1
    @Test(arguments: [
        "\u{0}", "\u{0}a NOOP", "a \u{0}NOOP", "a NOOP\u{0}", "a LOGIN ali\u{0}ce secret",
        "a LOGIN \"ali\u{0}ce\" secret",
        "a LOGIN alice \"sec\u{0}ret\"", "a ID (\"name\" \"\u{0}\")", "a LOGOUT\u{0}", "a LOGOUT \u{0}",
    ])
    func aNULInALineIsBADAndTheCommandHasNoEffect(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.line(line)
        #expect(answer.contains(" BAD "), "\(answer)")
        #expect(!answer.utf8.contains(0))
        #expect(lab.users.questions.isEmpty)
        #expect(await peer.isAlive())
    }

    /// R-NUL-1, after login, and with a line end that a C string would stop at.
    @Test(arguments: [
        "a SELECT INBOX\u{0}", "a SELECT \"INBOX\u{0}\"", "a EXAMINE \u{0}", "a STATUS \"IN\u{0}BOX\" (MESSAGES)",
        "a LIST \"\u{0}\" *", "a LIST \"\" \"*\u{0}\"", "a CLOSE\u{0}", "a UNAUTHENTICATE\u{0}", "a FETCH 1 \u{0}FLAGS",
        "a FETCH 1\u{0}:2 FLAGS", "a UNSELECT\u{0}",
    ])
    func aNULAfterLoginIsBADAndTheCommandHasNoEffect(_ line: String) async throws {
        let lab = try Lab()
        try lab.fill("admin")
        let peer = await lab.select("admin", "root")
        #expect(await peer.line(line) == "a BAD NUL is not allowed\r\n")
        #expect(await peer.line("b FETCH 1 UID") == "* 1 FETCH (UID 1)\r\nb OK FETCH completed\r\n")
    }

    /// R-SW-2: only ASCII letters fold.
    @Test(arguments: [
        "NOOP", "noop", "nOoP",
    ])
    func keywordsFoldByASCII(_ name: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        #expect(await peer.line("a \(name)") == "a OK NOOP completed\r\n")
    }

    /// R-SW-2: `ſ` is not S, `K` (the Kelvin sign) not K, `ı` not I, and a combining accent is an octet too many.
    @Test(arguments: [
        "\u{017F}TARTTLS", "LOGOUT\u{0301}", "\u{0131}D NIL", "LO\u{0261}OUT", "\u{FF2E}OOP", "NOOP\u{200B}",
        "LOGIN\u{00A0}alice secret",
    ])
    func lookalikesAreUnknown(_ name: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.line("a \(name)")
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
    }

    /// R-SW-3: names of users are their octets.
    @Test func namesOfUsersReachTheHostAsTheyCame() async throws {
        let lab = try Lab()
        let names = ["j\u{00fc}rgen", "ju\u{0308}rgen", "Alice", " alice", "alice ", "%s%n", "$(id)", "a\"b\\c", "*"]
        for name in names {
            let peer = await lab.connect()
            await peer.send("a LOGIN {\(name.utf8.count)+}\r\n\(name) secret\r\n")
            await peer.line("b AUTHENTICATE PLAIN \(base64("\0\(name)\0secret"))")
            peer.transport.hangUp()
        }
        #expect(lab.users.names == names.flatMap { [octets($0), octets($0)] })
    }

    /// R-SW-3: NFC and NFD are two mailboxes; INBOX alone folds.
    @Test func namesOfMailboxesAreTheirOctets() async throws {
        let lab = try Lab()
        for name in ["caf\u{00e9}", "cafe\u{0301}", "Work", "work"] {
            try lab.memory.createMailbox(#require(MailboxName(name)), for: user("alice"))
        }
        let peer = await lab.logIn()
        let list = await peer.line("a LIST \"\" *")
        #expect(list.contains("\"/\" caf&AOk-\r\n") && list.contains("\"/\" cafe&AwE-\r\n"), "\(list)")
        #expect(list.contains("\"/\" Work\r\n") && list.contains("\"/\" work\r\n"))
        try lab.memory.deleteMailbox(#require(MailboxName("caf\u{00e9}")), for: user("alice"))
        #expect(await peer.line("b SELECT caf&AOk-").hasPrefix("b NO [NONEXISTENT] "))
        #expect(await peer.line("c SELECT cafe&AwE-").contains("c OK "))
        #expect(await peer.line("d SELECT inBOX").contains("d OK "))
        #expect(await peer.line("e SELECT inBOX/x").contains("\r\ne NO [NONEXISTENT] "))
        #expect(await peer.line("f SELECT WORK").hasPrefix("f NO [NONEXISTENT] "))
    }

    /// R-SW-5: the same answer on every path, and no repaired name reaches the host.
    @Test(
        arguments: [[0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x61, 0xE2, 0x82]]
            as [[UInt8]])
    func invalidUTF8IsTheSameOnEveryPath(_ bad: [UInt8]) async throws {
        let lab = try Lab()
        let size = bad.count
        var answers: Set<String> = []
        let plain = TestBase64.encode([0] + bad + [0] + octets("secret"))
        for attempt in [
            octets("a LOGIN \"") + bad + octets("\" secret\r\n"),
            octets("a LOGIN {\(size)+}\r\n") + bad + octets(" secret\r\n"),
            octets("a LOGIN alice \"") + bad + octets("\"\r\n"),
            octets("a AUTHENTICATE PLAIN \(plain)\r\n"),
            octets("a AUTHENTICATE LOGIN \(TestBase64.encode(bad))\r\n\(base64("secret"))\r\n"),
        ] {
            let peer = await lab.connect()
            let answer = await peer.send(attempt)
            answers.insert(answer.split(separator: "\r\n").last.map { String($0) } ?? "")
        }
        #expect(answers.count == 1, "\(answers)")
        #expect(lab.users.names.allSatisfy { $0 == bad || $0 == octets("alice") })
    }
}
