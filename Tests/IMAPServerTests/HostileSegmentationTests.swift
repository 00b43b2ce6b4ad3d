import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: segmentation and pipelining (R-LINE-3, R-PIPE-1 to R-PIPE-3)")
struct HostileSegmentationTests {
    /// Whole sessions: logins of every kind, literals, mail, garbage, refusals.
    static let corpus: [(name: String, octets: [UInt8])] = [
        (
            "a whole session",
            octets(
                """
                a CAPABILITY\r\nb LOGIN alice secret\r\nc LIST "" *\r\nd SELECT INBOX\r\ne FETCH 1:* (FLAGS UID BODY[])\r\n\
                f UID FETCH 2:* (BODY.PEEK[HEADER] BODY.PEEK[TEXT]<3.5>)\r\ng STATUS INBOX (MESSAGES UNSEEN)\r\n\
                h NOOP\r\ni CLOSE\r\nj LOGOUT\r\nk NOOP\r\n
                """)
        ),
        (
            "literals",
            octets(
                """
                a LOGIN {5}\r\nalice {6+}\r\nsecret\r\nb SELECT ~{5}\r\nINBOX\r\nc EXAMINE {5+}\r\nINBOX\r\n\
                d LIST {0}\r\n {1+}\r\n*\r\ne STATUS {5+}\r\nINBOX ({4}\r\nf NOOP\r\ng BOGUS {9+}\r\nz LOGOUT\n\r\nh NOOP\r\n
                """)
        ),
        (
            "SASL",
            octets(
                """
                a AUTHENTICATE PLAIN\r\n*\r\nb AUTHENTICATE LOGIN\r\nYWxpY2U=\r\n!\r\nc NOOP\r\nd AUTHENTICATE PLAIN =\r\n\
                e NOOP\r\nf AUTHENTICATE PLAIN\r\nAGFsaWNlAHNlY3JldA==\r\ng FETCH 1 FLAGS\r\nh LOGOUT\r\n
                """)
        ),
        (
            "UNAUTHENTICATE",
            octets(
                """
                a LOGIN admin root\r\nb SELECT INBOX\r\nc UNAUTHENTICATE \r\nd UNAUTHENTICATE\r\ne FETCH 1 FLAGS\r\n\
                f UNAUTHENTICATE\r\ng AUTHENTICATE PLAIN \(base64("alice\0admin\0root"))\r\nh SELECT INBOX\r\n\
                i FETCH 1 BODY[TEXT]\r\nj UNAUTHENTICATE\r\nk LOGIN {3+}\r\nbob {7+}\r\nhunter2\r\nl SELECT INBOX\r\n
                """)
        ),
        ("garbage", octets("\r\n\n \r\na\r\n") + [0xFF, 0x00, 0x0D, 0x0D, 0x0A, 0x7B, 0x33, 0x2B, 0x7D, 0x0A]),
        ("garbage after login", octets("a LOGIN alice secret\r\n") + noise(seed: 7, count: 1500)),
        (
            "more garbage after login",
            octets("a LOGIN alice secret\r\nb SELECT INBOX\r\n") + noise(seed: 8, count: 1500)
        ),
        (
            "too big",
            octets(
                "a LOGIN {4097}\r\nb LOGIN {5000+}\r\n" + String(repeating: "z NOOP\r\n", count: 625)
                    + "\r\nc NOPE {3+}\r\nabc {4+}\r\nabcd{1}\r\nd NOOP\r\ne NOPE {20000+}\r\nf NOOP\r\n")
        ),
        ("too long", octets("a NOOP\r\nb LOGIN " + String(repeating: "x", count: 8200) + "\r\nc NOOP\r\n")),
        (
            "exactly long enough",
            octets(
                "b LOGIN " + String(repeating: "x", count: 8182) + " y\r\nc LOGIN "
                    + String(repeating: "x", count: 8182)
                    + " y\r\r\nd NOOP\r\n")
        ),
        ("a size that cannot be read", octets("a NOOP {99999999999999999999+}\r\nb NOOP\r\n")),
        (
            "bare line feeds",
            octets("a NOOP\nb LOGIN {5}\nalice {6+}\nsecret\nc SELECT INBOX\nd FETCH 1 BODY[]\ne\rNOOP\n")
        ),
        ("ID", octets("a ID NIL\r\nb ID (\"name\" {4+}\r\ntest \"x\" NIL)\r\nc ID ((\r\nd ID (\"a\")\r\ne NOOP\r\n")),
    ]

    /// Octets of which many mean something to IMAP; the same for the same seed.
    static func noise(seed: UInt64, count: Int) -> [UInt8] {
        var random = Dice(seed: seed)
        let words = [
            "\r\n", "\n", "\r", " ", "{3+}\r\n", "{3}\r\n", "~{2+}\r\n", "a ", "b NOOP\r\n", "FETCH 1:* ", "(FLAGS)",
            "\"", "\\",
            "NIL", "INBOX", "UID ", "\0", "\u{e9}", "*", "%", "(", ")", "c SELECT INBOX\r\n", "{", "}", "+", "[", "]",
            "<1.2>",
        ]
        var result: [UInt8] = []
        while result.count < count { result += octets(words[random.roll(words.count)]) }
        return result
    }

    /// The whole output of a session whose input is cut into segments of the sizes that `next` says.
    private static func output(of input: [UInt8], _ next: () -> Int) async throws -> [UInt8] {
        let lab = try Lab()
        for name in ["alice", "bob", "admin"] { try lab.fill(name, 2) }
        var segments: [[UInt8]] = []
        var start = 0
        while start < input.count {
            let end = min(input.count, start + max(next(), 1))
            segments.append(Array(input[start..<end]))
            start = end
        }
        let transport = SegmentedTransport(segments, facts: ScriptedTransport().facts)
        lab.server.accept(transport)
        guard await eventually({ transport.isWaiting || transport.isClosed }) else { return octets("fell silent") }
        defer { transport.close() }
        return transport.outputOctets
    }

    /// R-LINE-3
    @Test(arguments: corpus.indices)
    func theOutputDoesNotDependOnHowTheInputIsCut(_ index: Int) async throws {
        let (name, input) = HostileSegmentationTests.corpus[index]
        let whole = try await HostileSegmentationTests.output(of: input) { input.count }
        let single = try await HostileSegmentationTests.output(of: input) { 1 }
        #expect(whole == single, "\(name): at once and octet by octet")
        for seed in 1...12 {
            var random = Dice(seed: UInt64(seed))
            let sizes = (0..<input.count).map { _ in random.roll(seed % 3 == 0 ? 400 : 9) + 1 }
            var turn = 0
            let cut = try await HostileSegmentationTests.output(of: input) {
                turn += 1
                return sizes[turn - 1]
            }
            #expect(whole == cut, "\(name): seed \(seed)")
        }
        #expect(whole.count > 20)
    }

    /// R-PIPE-1: what is sent in one piece is what is sent command by command.
    @Test func pipelinedCommandsAreExecutedInOrderOneAtATime() async throws {
        let commands = [
            "a SELECT INBOX", "b LOGIN alice secret", "c LOGIN bob hunter2", "d SELECT INBOX", "e SELECT Nowhere",
            "f FETCH 1 FLAGS", "g EXAMINE INBOX", "h FETCH 1:2 BODY[]", "i CLOSE", "j FETCH 1 UID", "k UNSELECT",
            "l STATUS INBOX (MESSAGES)", "m CAPABILITY",
        ]
        func play(_ pieces: [String]) async throws -> String {
            let lab = try Lab()
            try lab.fill("alice", 2)
            let peer = await lab.connect()
            var output = ""
            for piece in pieces { output += await peer.line(piece) }
            return output
        }
        let together = try await play([commands.joined(separator: "\r\n")])
        let apart = try await play(commands)
        #expect(together == apart)
        let tags = together.split(separator: "\r\n").compactMap { $0.first }.filter { $0.isLetter }
        #expect(String(tags.filter { ("a"..."m").contains($0) }).hasSuffix("lm"))
    }

    /// R-PIPE-1, R-AUTH-10: a login that is awaited lets nothing behind it begin.
    @Test func pipelinedLoginsDoNotOverlap() async throws {
        let users = HostileUsers()
        users.hang("alice")
        let lab = try Lab(users: users)
        let peer = await lab.connect()
        peer.transport.send("a LOGIN alice wrong\r\nb LOGIN bob hunter2\r\nc CAPABILITY\r\n")
        #expect(await eventually { users.questions.count == 1 })
        for _ in 0..<100 { await Task.yield() }
        #expect(users.questions == ["authenticate alice"])
        #expect(peer.drained() == "")
        peer.transport.hangUp()
        #expect(await eventually { peer.isClosed && lab.server.connectionCount == 0 })
    }

    /// R-PIPE-2: while a command runs, no more than 16 KiB are taken from the transport, and hang-up is heard.
    @Test func unreadInputIsBoundedAndHangUpIsHeard() async throws {
        let users = HostileUsers()
        users.hang("alice")
        let lab = try Lab(users: users)
        let flood = [octets("a LOGIN alice secret\r\n")] + Array(repeating: octets("b NOOP\r\n"), count: 1)
        let transport = SegmentedTransport(
            [flood.flatMap { $0 } + [UInt8](repeating: 0x0A, count: 4_000_000)], facts: ScriptedTransport().facts)
        lab.server.accept(transport)
        #expect(await eventually { users.questions.count == 1 })
        for _ in 0..<200 { await Task.yield() }
        #expect(transport.delivered <= 16_384)
        #expect(transport.largestRequest <= 16_384)
        transport.hangUp()
        #expect(await eventually { transport.isClosed && lab.server.connectionCount == 0 })
    }

    /// R-PIPE-3
    @Test func nothingIsExecutedBehindLOGOUT() async throws {
        let lab = try Lab()
        for front in ["", "l LOGIN alice secret\r\n", "l LOGIN alice secret\r\ns SELECT INBOX\r\n"] {
            let asked = lab.users.questions.count
            let peer = await lab.connect()
            let answer = await peer.send(front + "a LOGOUT\r\nb LOGIN bob hunter2\r\nc CAPABILITY\r\nd NOOP\r\n")
            #expect(answer.hasSuffix("* BYE Logging out\r\na OK Logged out\r\n"))
            #expect(lab.users.questions.dropFirst(asked).allSatisfy { !$0.contains("bob") })
            #expect(await eventually { peer.isClosed && lab.memory.openSessionCount == 0 })
        }
    }
}

/// The same numbers for the same seed.
struct Dice {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    /// 0 to `sides` - 1
    mutating func roll(_ sides: Int) -> Int {
        // xorshift64: wrapping by design
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(max(sides, 1)))
    }
}
