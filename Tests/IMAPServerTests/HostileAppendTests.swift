import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: APPEND and MULTIAPPEND (R-LIT)")
struct HostileAppendTests {
    private static let ok = "z OK NOOP completed\r\n"
    private static let tooMuch = "* BYE [TOOBIG] Too much to swallow\r\n"

    /// Lines that would be commands, were they not data: `count` octets.
    private static func data(_ count: Int) -> String {
        String(decoding: octets(String(repeating: "x LOGOUT\r\n", count: count / 10 + 1)).prefix(count), as: UTF8.self)
    }

    private func lab(_ limit: UInt64 = 1000, total: UInt64 = 2500, plus: Bool = true) throws -> Lab {
        let list = IMAPExtension.standard.map {
            $0.name == "LITERAL-" && plus ? IMAPExtension.literalPlus : $0
        }
        return try Lab(extensions: list) {
            $0.limits.append = limit
            $0.limits.appendTotal = total
        }
    }

    private func count(_ lab: Lab) throws -> Int {
        try lab.memory.records(in: .inbox, for: user("alice")).count
    }

    /// R-LIT-11, R-LIT-1: at the limit and around it, waiting or not.
    @Test(arguments: [1, 999, 1000, 1001, 100_000])
    func theLimitOfAMessage(_ size: Int) async throws {
        let lab = try lab()
        let peer = await lab.logIn()
        let fits = size <= 1000
        #expect(
            await peer.line("a APPEND INBOX {\(size)}")
                == (fits ? "+ Ready for literal data\r\n" : "a NO [TOOBIG] Message too big\r\n"))
        if fits {
            #expect(await peer.line(Self.data(size)) == "a OK [APPENDUID 1 1] APPEND completed\r\n")
        }
        let answer = await peer.send("b APPEND INBOX {\(size)+}\r\n\(Self.data(size))\r\nz NOOP\r\n")
        // One octet more than the limit is also one more than is swallowed.
        #expect(
            answer
                == (fits
                    ? "b OK [APPENDUID 1 2] APPEND completed\r\n" + Self.ok
                    : "b NO [TOOBIG] Message too big\r\n" + Self.tooMuch))
        #expect(try count(lab) == (fits ? 2 : 0))
    }

    /// R-LIT-11: and of all messages of a command together.
    @Test(arguments: [499, 500, 501, 50_000])
    func theLimitOfAllMessages(_ size: Int) async throws {
        let lab = try lab()
        let peer = await lab.logIn()
        let front = "a APPEND INBOX {1000+}\r\n\(Self.data(1000)) {1000+}\r\n\(Self.data(1000)) "
        let answer = await peer.send("\(front){\(size)}\r\n")
        #expect(
            answer
                == (size <= 500 ? "+ Ready for literal data\r\n" : "a NO [TOOBIG] Message too big\r\n"),
            "\(answer)")
        if size <= 500 {
            #expect(await peer.line(Self.data(size)) == "a OK [APPENDUID 1 1:3] APPEND completed\r\n")
        } else {
            #expect(await peer.isAlive())
        }
        let other = await peer.send("\(front){\(size)+}\r\n\(Self.data(size))\r\nz NOOP\r\n")
        #expect(other.hasSuffix("\r\n" + (size <= 501 ? Self.ok : Self.tooMuch)), "\(other)")
        #expect(try count(lab) == (size <= 500 ? 6 : 0))
    }

    /// R-LIT-1, R-LIT-10: what is swallowed of a refused APPEND is the APPEND limit, of all its literals and lines.
    @Test(arguments: [990, 997, 998, 999, 1000, 1001, 100_000])
    func theRestOfARefusedAPPEND(_ size: Int) async throws {
        for front in ["nowhere", "INBOX \"x\"", "\"&x\""] {
            let lab = try lab()
            let peer = await lab.logIn()
            let answer = await peer.send(
                "a APPEND \(front) {\(size)+}\r\n\(Self.data(size))\r\nz NOOP\r\n")
            // With the line's end behind it.
            #expect(answer.hasSuffix(size + 2 <= 1000 ? Self.ok : Self.tooMuch), "\(front): \(answer)")
            #expect(answer.hasPrefix("a NO ") || answer.hasPrefix("a BAD "))
            #expect(try count(lab) == 0)
        }
    }

    /// R-LIT-4: a size is read, refused, and never added to anything without care.
    @Test(arguments: [
        "2147483648", "4294967295", "4294967296", "4294967297", "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615", "18446744073709551616", String(repeating: "9", count: 400),
        "000000000000000000000000000001",
    ])
    func sizesThatAreTooLarge(_ size: String) async throws {
        for binary in ["", "~"] {
            for front in ["INBOX", "nowhere", "INBOX {3+}\r\nabc", "INBOX {3+}\r\nabc (\\Seen)"] {
                let lab = try Lab()
                let peer = await lab.logIn()
                let waiting = await peer.line("a APPEND \(front) \(binary){\(size)}")
                #expect(waiting.hasPrefix("a NO ") || waiting.hasPrefix("a BAD "), "\(waiting)")
                #expect(!waiting.contains("+ "))
                #expect(await peer.isAlive())
                let answer = await peer.send("b APPEND \(front) \(binary){\(size)+}\r\nz NOOP\r\n")
                #expect(answer.hasPrefix("b NO ") || answer.hasPrefix("b BAD "), "\(answer)")
                #expect(answer.hasSuffix(Self.tooMuch), "\(answer)")
                #expect(try count(lab) == 0)
            }
        }
    }

    /// R-LIT-5: wherever an APPEND fails, nothing of what it announced is a command.
    @Test(arguments: [
        "a APPEND nowhere {40+}\r\n#", "a APPEND INBOX \"x\" {40+}\r\n#",
        "a APPEND INBOX (\\Seen {40+}\r\n#",
        "a APPEND INBOX {0+}\r\n {40+}\r\n#", "a APPEND INBOX {40+}\r\n#x",
        "a APPEND INBOX {40+}\r\n# ",
        "a APPEND INBOX {40+}\r\n# (\\Seen)", "a APPEND INBOX {40+}\r\n# \"x\" {40+}\r\n#",
        "a APPEND INBOX {40+}\r\n# {40+}\r\n#)", "a APPEND INBOX {40+}\r\n#{40+}\r\n#",
        "a APPEND INBOX {40+}\r\n#  {40+}\r\n#", "a APPEND INBOX ~{40+}\r\n# ({40+}\r\n#",
        "a APPEND {40+}\r\n# {40+}\r\n#", "a APPEND {5+}\r\nINBOX {40+}\r\n# x {40+}\r\n#",
        "a APPEND  INBOX {40+}\r\n#",
        "a APPEND INBOX {40+}\r\n# \"17-Jul-1996 02:44:25 -0700\" (\\Seen) {40+}\r\n#",
        "a UID APPEND INBOX {40+}\r\n#",
        "a APPEND INBOX CATENATE (TEXT {40+}\r\n# TEXT {40+}\r\n#)",
        "a APPEND INBOX UTF8 (~{40+}\r\n#)",
    ])
    func nothingAnnouncedIsEverACommand(_ template: String) async throws {
        let lab = try lab(64_000)
        let peer = await lab.logIn()
        let text = template.replacing("#", with: Self.data(40))
        let whole = await peer.send("\(text)\r\nz NOOP\r\n")
        #expect(whole.hasPrefix("a NO ") || whole.hasPrefix("a BAD "), "\(whole)")
        #expect(whole.hasSuffix("\r\n" + Self.ok), "\(whole)")
        #expect(whole.split(separator: "\r\n").count == 2, "\(whole)")
        #expect(try count(lab) == 0)
        #expect(await peer.send(octets("\(text)\r\nz NOOP\r\n"), eachOctet: true) == whole)
    }

    /// Command too long behind a literal: swallowed too.
    @Test func aLineWithoutAnEndBehindALiteral() async throws {
        let lab = try lab(4_000_000)
        let peer = await lab.logIn()
        let long = String(repeating: "x", count: 200_000)
        let answer = await peer.send(
            "a APPEND INBOX {3+}\r\nabc (\(long) {12+}\r\nx LOGOUT\r\ny \r\nz NOOP\r\n")
        #expect(answer == "a BAD [LIMIT] Command too long\r\n" + Self.ok)
        #expect(try count(lab) == 0)
    }

    @Test(arguments: [1000, 1001, 3000, 100_000])
    func aThousandMessages(_ number: Int) async throws {
        let lab = try lab(64_000, total: 64_000)
        let peer = await lab.logIn()
        let answer = await peer.send(
            "a APPEND INBOX" + String(repeating: " {3+}\r\nabc", count: number) + "\r\nz NOOP\r\n")
        #expect(
            answer
                == (number <= 1000
                    ? "a OK [APPENDUID 1 1:1000] APPEND completed\r\n" + Self.ok
                    : "a NO [LIMIT] Too many messages for one command\r\n"
                        + (number <= 3000 ? Self.ok : Self.tooMuch)))
        #expect(try count(lab) == (number <= 1000 ? number : 0))
    }

    @Test(arguments: [2, 3, 4, 100, 300])
    func aHostSetsHowManyMessages(_ number: Int) async throws {
        let lab = try Lab { $0.limits[.appendMessages] = 3 }
        let peer = await lab.logIn()
        let answer = await peer.send(
            "a APPEND INBOX" + String(repeating: " {3+}\r\nabc", count: number) + "\r\nz NOOP\r\n")
        #expect(answer.hasPrefix(number <= 3 ? "a OK [APPENDUID 1 1:\(number)] " : "a NO [LIMIT] "), "\(answer)")
        #expect(answer.hasSuffix(Self.ok))
        #expect(try count(lab) == (number <= 3 ? number : 0))
    }

    /// LITERAL-: 4,096 and no octet more without waiting, in the second message too; waiting, more.
    @Test(arguments: [4095, 4096, 4097, 409_600])
    func withoutWaiting4096(_ size: Int) async throws {
        let lab = try lab(640_000, total: 6_400_000, plus: false)
        let peer = await lab.logIn()
        for front in ["", " {3+}\r\nabc", " {3+}\r\nabc (\\Seen)"] {
            let answer = await peer.send(
                "a APPEND INBOX\(front) {\(size)+}\r\n\(Self.data(size))\r\nz NOOP\r\n")
            #expect(
                size <= 4096
                    ? answer.hasPrefix("a OK [APPENDUID ")
                    : answer.hasPrefix("a BAD [TOOBIG] Literal too big to be sent without waiting\r\n"),
                "\(answer)")
            #expect(answer.hasSuffix(Self.ok))
            #expect(
                await peer.send("b APPEND INBOX\(front) {\(size)}\r\n") == "+ Ready for literal data\r\n")
            #expect(await peer.line(Self.data(size)).contains("b OK [APPENDUID "))
        }
    }

    /// R-LIT-9: NUL in any of the messages is read whole and refused, and stored where `~{` says so.
    @Test func nulInAnyMessage() async throws {
        let lab = try lab(64_000)
        let peer = await lab.logIn()
        for (form, stored) in [
            ("{3+}\r\na\0b", 0), ("{3+}\r\nabc {3+}\r\na\0b", 0), ("~{3+}\r\na\0b {3+}\r\na\0b", 0),
            ("~{3+}\r\na\0b ~{3+}\r\na\0b", 2), ("{3+}\r\nabc ~{3+}\r\na\0b", 2), ("{1}", 0),
        ] {
            let before = try count(lab)
            var answer = await peer.send("a APPEND INBOX \(form)\r\n")
            if answer == "+ Ready for literal data\r\n" { answer = await peer.send("\0\r\n") }
            #expect(
                stored > 0
                    ? answer.contains("a OK")
                    : answer == "a NO [CANNOT] A message that holds NUL is not stored\r\n",
                "\(form): \(answer)")
            #expect(try count(lab) == before + stored)
            #expect(await peer.isAlive())
        }
    }

    /// RFC 9051 section 7.5.1: a command that is still being received is not in progress, so no EXPUNGE is sent.
    @Test(arguments: [
        "a APPEND nowhere {3}\r\n", "a APPEND nowhere {3+}\r\n", "a APPEND INBOX {0+}\r\n",
        "a APPEND INBOX {67108865+}\r\n", "a APPEND INBOX {3+}\r\na\0b",
        "a APPEND INBOX {3+}\r\nabc {0}\r\n",
    ])
    func noEXPUNGEWhileARefusedAPPENDIsStillComing(_ text: String) async throws {
        let lab = try Lab()
        try lab.fill("alice", 2)
        let peer = await lab.select()
        _ = try lab.memory.remove(UIDSet(.first), in: .inbox, for: user("alice"))
        try lab.fill("alice", 1)
        let answer = await peer.send(text)
        #expect(!answer.contains("EXPUNGE"), "\(answer)")
        #expect(answer.contains("* 3 EXISTS\r\n") || answer.isEmpty, "\(answer)")
        if peer.isClosed { return }
        let rest = await peer.send(
            text.hasSuffix("+}\r\n") || text.contains("\0") ? "abc\r\nz NOOP\r\n" : "z NOOP\r\n")
        #expect(rest.contains("* 1 EXPUNGE\r\n"), "\(rest)")
    }

    /// R-TIME-1: between two messages, too, a client has five minutes for an octet; nothing is stored then.
    @Test(arguments: [
        "{3+}\r\na", "{3+}\r\nabc", "{3+}\r\nabc ", "{3+}\r\nabc (\\Seen) {", "{3}\r\n",
        "{3+}\r\nabc {3}\r\n",
    ])
    func anAPPENDThatStalls(_ form: String) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        await peer.send("a APPEND INBOX \(form)")
        await peer.pass(.seconds(298))
        #expect(!peer.isClosed)
        await peer.pass(.seconds(4))
        #expect(await peer.end() == "* BYE Idle for too long\r\n")
        #expect(try count(lab) == 0)
        #expect(await eventually { lab.memory.openSessionCount == 0 })
    }
}

extension Peer {
    /// Sends octet by octet, as many segments.
    fileprivate func send(_ octets: [UInt8], eachOctet: Bool) async -> String {
        var output = ""
        for octet in octets { output += await send([octet]) }
        return output
    }
}
