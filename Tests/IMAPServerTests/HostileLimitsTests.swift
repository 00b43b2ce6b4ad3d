import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: the default limits (R-LIT-11) and nesting (R-NEST-1, R-NEST-2)")
struct HostileLimitsTests {
    /// R-LIT-11: the table at the end of HOSTILE-INPUT.md.
    @Test func theDefaultsAreThoseOfTheTable() {
        let limits = Limits()
        #expect(limits.beforeLogin == FramerLimits(line: 8192, command: 16_384, literal: 4096, literals: 4))
        #expect(limits.afterLogin == FramerLimits(line: 131_072, command: 1_048_576, literal: 65_536, literals: 1000))
        #expect(limits.nestingBeforeLogin == NestingLimits(depth: 1, lists: 1))
        #expect(limits.nestingAfterLogin == NestingLimits(depth: 32, lists: 10_000))
        #expect(limits.swallowBeforeLogin == 16_384)
        #expect(limits.swallowLine == 1_048_576)
        #expect(limits.append == 67_108_864)
        #expect(limits.saslResponse == 16_384)
        #expect(limits.badCommandsBeforeLogin == 3)
        #expect(limits.badCommandsAfterLogin == 20)
        #expect(limits.failedLogins == 5)
        #expect(limits.unreadInput == 16_384)
        #expect(limits.outputBeforeLogin == 4096)
        // The table allows 256 KiB; what is kept waiting is the table's low mark.
        #expect(limits.outputAfterLogin == 65_536)
        #expect(limits.messageBatch == 1000)
        #expect(limits.wokenMailboxes == 1000)
        #expect(limits.commandsBeforeLogin == 100)
        #expect(limits.saslSteps == 32)
        #expect(limits[.searchKeys] == 1000)
        #expect(limits[.searchContexts] == 10)
        #expect(limits[.notifyMailboxes] == 1000)
        #expect(limits[.notifyChanges] == 1000)
        #expect(limits.message.levels == 100)
        #expect(limits.message.parts == 10_000)
        #expect(limits.message.fieldOctets == 1 << 20)
        #expect(limits.message.headerOctets == 8 << 20)
        #expect(limits.message.fieldParameters == 1000)
        let timeouts = Timeouts()
        #expect(timeouts.login == .seconds(180))
        #expect(timeouts.loginAfterUnauthenticate == .seconds(300))
        #expect(timeouts.commandBeforeLogin == .seconds(60))
        #expect(timeouts.idle == .seconds(1800))
        #expect(timeouts.stall == .seconds(300))
        #expect(timeouts.minimumRate == 256)
        #expect(timeouts.write == .seconds(300))
        #expect(timeouts.ending == .seconds(10))
        #expect(ServerConfiguration().delaysFailedLogins)
        #expect(!ServerConfiguration().allowsPlaintextWithoutTLS)
        #expect(!ServerConfiguration().allowsInsecurePreauthentication)
        #expect(Tag.maximumLength == 64)
        #expect(CommandHead.maximumNameLength == 24)
        #expect(LiteralHeader.maximumDigits == 19)
        #expect(ClientIdentification.maximumFields == 30)
        #expect(ClientIdentification.maximumNameLength == 30)
        #expect(ClientIdentification.maximumValueLength == 1024)
    }

    /// R-LIT-11: a line of `length` octets.
    private static func login(_ length: Int) -> String {
        "a LOGIN " + String(repeating: "x", count: length - 10) + " y"
    }

    @Test(arguments: [8191, 8192, 8193, 100_000])
    func aLineBeforeLogin(_ length: Int) async throws {
        let lab = try Lab()
        for end in ["\r\n", "\n"] {
            let peer = await lab.connect()
            let answer = await peer.send(HostileLimitsTests.login(length) + end)
            #expect(answer.hasPrefix(length <= 8192 ? "a NO [AUTHENTICATIONFAILED] " : "* BYE [LIMIT] "), "\(answer)")
        }
    }

    @Test(arguments: [131_071, 131_072, 131_073, 1_000_000])
    func aLineAfterLogin(_ length: Int) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        // The first command after the login has the new limit already.
        for _ in 1...2 {
            let answer = await peer.send("a X " + String(repeating: "x", count: length - 4) + "\r\n")
            #expect(answer == (length <= 131_072 ? "a BAD Unknown command\r\n" : "a BAD [LIMIT] Command too long\r\n"))
        }
        #expect(await peer.isAlive())
    }

    /// R-LIT-1: the limits after login hold from its OK on, also for what was sent with it, and end with transition 7.
    @Test func theLimitsChangeWithTheState() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let long = " " + String(repeating: "x", count: 20_000) + "\r\n"
        let answer = await peer.send("a LOGIN admin root\r\nb X\(long)c X\(long)d UNAUTHENTICATE\r\ne NOOP\r\n")
        #expect(answer.contains("b BAD Unknown command\r\nc BAD Unknown command\r\nd OK "))
        #expect(answer.hasSuffix("e OK NOOP completed\r\n"))
        #expect(await peer.send("f X\(long)").hasPrefix("* BYE [LIMIT] "))
    }

    @Test(arguments: [4095, 4096, 4097, 1_000_000])
    func aLiteralBeforeLogin(_ size: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.line("a LOGIN {\(size)}")
        #expect(answer == (size <= 4096 ? "+ Ready for literal data\r\n" : "a NO [TOOBIG] Literal too big\r\n"))
    }

    @Test(arguments: [65_535, 65_536, 65_537, 4_000_000_000])
    func aLiteralAfterLogin(_ size: Int) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        let answer = await peer.line("a STATUS {\(size)}")
        #expect(answer == (size <= 65_536 ? "+ Ready for literal data\r\n" : "a NO [TOOBIG] Literal too big\r\n"))
    }

    @Test(arguments: [999, 1000, 1001, 5000])
    func literalsAfterLogin(_ count: Int) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        let answer = await peer.send("a LIST" + String(repeating: " {1+}\r\nx", count: count) + "\r\n")
        #expect(answer == (count <= 1000 ? "a BAD Syntax error\r\n" : "a BAD [TOOBIG] Literal too big\r\n"))
        #expect(await peer.isAlive())
    }

    @Test(arguments: [-1, 0, 1])
    func aCommandAfterLogin(_ excess: Int) async throws {
        let lab = try Lab(extensions: IMAPExtension.standard.leavingOut(["LITERAL-"]) + [.literalPlus])
        let peer = await lab.logIn()
        // Fifteen literals of 64 KiB and their lines, and one that fills the command up.
        let one = " {65536+}\r\n" + String(repeating: "x", count: 65_536)
        let head = "a LIST" + String(repeating: one, count: 15)
        let used = head.utf8.count - 15 * 2
        let rest = 1_048_576 - used - " {65000+}".utf8.count + excess
        let answer = await peer.send(head + " {\(rest)+}\r\n" + String(repeating: "x", count: rest) + "\r\n")
        #expect(answer == (excess <= 0 ? "a BAD Argument too long\r\n" : "a BAD [TOOBIG] Literal too big\r\n"))
        #expect(await peer.isAlive())
    }

    /// Far over: no octet behind the sixteenth literal is a command.
    @Test func aCommandFarOverTheLimit() async throws {
        let lab = try Lab(extensions: IMAPExtension.standard.leavingOut(["LITERAL-"]) + [.literalPlus])
        let peer = await lab.logIn()
        let one = " {65536+}\r\n" + String(repeating: "x NOOP\r\n", count: 8192)
        let answer = await peer.send("a LIST" + String(repeating: one, count: 100) + "\r\n")
        #expect(answer == "a BAD [TOOBIG] Literal too big\r\n")
        #expect(await peer.isAlive())
    }

    @Test(arguments: [23, 24, 25, 4000])
    func theNameOfACommand(_ length: Int) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        let answer = await peer.line("a " + String(repeating: "X", count: length))
        #expect(answer == (length <= 24 ? "a BAD Unknown command\r\n" : "a BAD Command name expected\r\n"))
        #expect(await peer.isAlive())
    }

    @Test(arguments: [16_383, 16_384, 16_385, 200_000])
    func aLineOfAUTHENTICATE(_ length: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let front = "a AUTHENTICATE PLAIN "
        let response = String(repeating: "A", count: length - front.utf8.count)
        let answer = await peer.send(front + response + "\r\n")
        #expect(answer.hasPrefix(length <= 16_384 ? "a BAD " : "* BYE [LIMIT] "), "\(answer)")
        #expect(lab.users.questions.isEmpty)
    }

    @Test(arguments: [16_383, 16_384, 16_385, 200_000])
    func aSASLResponse(_ length: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        await peer.line("a AUTHENTICATE PLAIN")
        let answer = await peer.send(String(repeating: "A", count: length) + "\r\n")
        #expect(answer.hasPrefix(length <= 16_384 ? "a BAD " : "* BYE [TOOBIG] "), "\(answer)")
    }

    @Test(arguments: [63, 64, 65, 8000])
    func aTag(_ length: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let tag = String(repeating: "t", count: length)
        #expect(
            await peer.line("\(tag) NOOP") == (length <= 64 ? "\(tag) OK NOOP completed\r\n" : "* BAD Tag expected\r\n")
        )
    }

    @Test(arguments: [18, 19, 20, 400])
    func theDigitsOfASize(_ count: Int) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.line("a LOGIN {\(String(repeating: "0", count: count - 1))5}")
        #expect(answer == (count <= 19 ? "+ Ready for literal data\r\n" : "a NO [TOOBIG] Literal too big\r\n"))
    }

    @Test(arguments: [(30, 30, 1024), (31, 30, 1024), (30, 31, 1024), (30, 30, 1025), (500, 1, 1), (1, 5000, 1)])
    func theFieldsOfAnID(_ count: Int, _ name: Int, _ value: Int) async throws {
        let lab = try Lab(extensions: IMAPExtension.standard + [.whoami])
        let peer = await lab.connect()
        let first = "\"" + String(repeating: "n", count: name) + "\" \"" + String(repeating: "v", count: value) + "\""
        let answer = await peer.line("a ID (\(first)" + String(repeating: " \"n\" NIL", count: count - 1) + ")")
        let fits = count <= 30 && name <= 30 && value <= 1024
        #expect(answer == (fits ? "* ID NIL\r\na OK ID completed\r\n" : "a BAD Argument too long\r\n"))
        #expect(await peer.line("b XWHOAMI") == (fits ? "b OK Known\r\n" : "b OK Unknown\r\n"))
    }

    /// A stranger's ID is answered whole, and of its fields those are kept that are no more than 2,048 octets together.
    @Test(arguments: [(2, 1023, 2), (2, 1024, 1), (30, 67, 30), (30, 68, 29), (1, 0, 1), (0, 0, 0)])
    func anIDBeforeLoginIsKeptInPart(_ count: Int, _ value: Int, _ kept: Int) throws {
        let field = ClientIdentification.Field(name: [0x6E], value: Array(repeating: 0x76, count: value))
        let client = try #require(ClientIdentification(Array(repeating: field, count: count)))
        #expect(client.keptBeforeLogin?.fields == Array(repeating: field, count: kept))
    }

    /// The table: ID over the limit of a line is BAD, not BYE.
    @Test func anIDThatIsTooLongIsBADAndSwallowed() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send("a ID (\"n\" \"" + String(repeating: "v", count: 10_000) + "\")\r\nb NOOP\r\n")
        #expect(answer == "a BAD [LIMIT] Command too long\r\nb OK NOOP completed\r\n")
        // And no further than that which is swallowed.
        let long = await peer.send("c ID (\"n\" \"" + String(repeating: "v", count: 30_000) + "\")\r\nd NOOP\r\n")
        #expect(long == "c BAD [LIMIT] Command too long\r\n* BYE [TOOBIG] Too much to swallow\r\n")
    }

    /// R-NEST-1: before login one list, of one level.
    @Test(arguments: [
        ("(a)", true), ("()", true), ("((a))", false), ("(a (b))", false), ("(a", false), ("(()", false),
        (String(repeating: "(", count: 4000), false),
    ])
    func listsBeforeLogin(_ value: String, _ isRead: Bool) async throws {
        let lab = try Lab(extensions: IMAPExtension.standard + [.nest])
        let peer = await lab.connect()
        #expect(await peer.line("a XNEST \(value)").hasPrefix(isRead ? "a OK " : "a BAD "))
        #expect(await peer.line("b ID ((\"a\" \"b\"))").hasPrefix("b BAD "))
        #expect(await peer.isAlive())
    }

    /// R-NEST-1, R-NEST-2: charged where a list opens, closed or not.
    @Test(arguments: [31, 32, 33, 1000, 60_000])
    func depthAfterLogin(_ depth: Int) async throws {
        let lab = try Lab(extensions: IMAPExtension.standard + [.nest])
        let peer = await lab.logIn()
        let open = String(repeating: "(", count: depth)
        let closed = await peer.line("a XNEST \(open)a\(String(repeating: ")", count: depth))")
        #expect(closed == (depth <= 32 ? "a OK Read\r\n" : "a BAD Lists nested too deeply\r\n"))
        #expect(await peer.line("b XNEST \(open)").hasPrefix("b BAD "))
        #expect(await peer.isAlive())
    }

    /// R-NEST-1
    @Test(arguments: [9_999, 10_000, 10_001, 30_000])
    func theNumberOfListsAfterLogin(_ count: Int) async throws {
        let lab = try Lab(extensions: IMAPExtension.standard + [.nest])
        let peer = await lab.logIn()
        let answer = await peer.line("a XNEST (" + String(repeating: "(a) ", count: count - 1) + "a)")
        #expect(answer == (count <= 10_000 ? "a OK Read\r\n" : "a BAD Lists nested too deeply\r\n"))
    }
}
