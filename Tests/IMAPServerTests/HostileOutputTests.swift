import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: output (R-OUT-1, 5, 7, 8) and work (R-ALG-1, R-ALG-2)")
struct HostileOutputTests {
    /// R-OUT-1: apart from its tag, nothing a client sent comes back in a status response.
    @Test func noFreeTextHoldsAClientsOctets() async throws {
        let lab = try Lab {
            $0.limits.badCommandsBeforeLogin = 1000; $0.limits.badCommandsAfterLogin = 1000
        }
        for peer in [await lab.connect(), await lab.select()] {
            var output = ""
            for line in [
                "a zqxjk", "a NOOP zqxjk", "a LOGIN zqxjk zqxjk", "a LOGIN \"zqxjk", "a AUTHENTICATE zqxjk",
                "a AUTHENTICATE PLAIN zqxjk", "a SELECT zqxjk", "a EXAMINE &zqxjk", "a STATUS zqxjk (MESSAGES)",
                "a STATUS INBOX (zqxjk)", "a LIST zqxjk zqxjk", "a FETCH 1 zqxjk", "a FETCH 1 BODY[zqxjk]",
                "a UID zqxjk",
                "a UID FETCH zqxjk FLAGS", "a ID (\"zqxjk\" \"zqxjk\")", "a ID (zqxjk", "a CLOSE zqxjk", "zqxjk+ NOOP",
                "a LOGIN {99999}", "a zqxjk {5+}\r\nzqxjk", "a FETCH zqxjk:zqxjk (FLAGS)", "a LOGIN zqxjk@[] x",
                "a SELECT \"zqxjk]\u{7}\"", "a AUTHENTICATE PLAIN \(base64("zqxjk\0zqxjk\0zqxjk"))",
                "a SELECT {5+}\r\nzqxjk",
            ] {
                output += await peer.line(line)
            }
            #expect(!output.lowercased().contains("zqxjk"), "\(output)")
            #expect(output.split(separator: "\r\n").count >= 26)
        }
    }

    /// R-OUT-1, R-OUT-5: what would break a response cannot be made.
    @Test(arguments: [
        "", "a b", "a\r\nb", "a\u{0}", "(a", "a)", "{5}", "%", "*", "\"", "a\\", "]", "a]", "\u{e4}", "\u{7F}",
    ])
    func aHostCannotMakeAValueThatBreaksAResponse(_ text: String) {
        #expect(Flag(text) == nil)
        #expect(Flag("\\" + text) == nil)
        #expect(Capability(octets(text)) == nil)
        #expect(MailboxAttribute(octets("\\" + text)) == nil)
        #expect(MailboxAttribute(octets(text)) == nil)
    }

    /// R-OUT-1
    @Test(arguments: ["", "a\r\nb OK", "a\u{0}", "[ALERT] x", "\u{e4}", "a\nb", String(repeating: "x", count: 1025)])
    func aHostCannotMakeATextThatBreaksAResponse(_ text: String) {
        #expect(ResponseText(text) == nil)
    }

    /// R-OUT-5: flags that are the protocol's own words.
    @Test func aHostCannotMakeRecentOrTheWildcardAFlag() {
        for text in ["\\Recent", "\\RECENT", "\\*", "\\", "\\\\Seen"] { #expect(Flag(text) == nil, "\(text)") }
    }

    /// R-ALG-3: what is copied or moved to where it is, is what was there when the command began.
    @Test func messagesAreCopiedToTheirOwnMailboxOnce() async throws {
        let lab = try Lab()
        try lab.fill("alice", 3)
        let peer = await lab.select()
        func count() throws -> Int { try lab.memory.records(in: .inbox, for: user("alice")).count }
        #expect((await peer.line("a COPY 1:* INBOX")).contains("a OK [COPYUID 1 1:3 4:6]"))
        #expect(try count() == 6)
        #expect((await peer.line("b UID COPY 1:* INBOX")).contains("b OK [COPYUID 1 1:6 7:12]"))
        #expect(try count() == 12)
        #expect((await peer.line("c MOVE 1:* INBOX")).contains("[COPYUID 1 1:12 13:24]"))
        #expect(try count() == 12)
        #expect((await peer.line("d UID MOVE 1:* INBOX")).contains("[COPYUID 1 13:24 25:36]"))
        #expect(try count() == 12)
    }

    /// R-OUT-7
    @Test func whatIsAskedForTwiceIsAnsweredOnce() async throws {
        let lab = try Lab()
        try lab.fill()
        let peer = await lab.select()
        #expect(
            await peer.line("a FETCH 3,1,1:2,2:1,3:3,*,*:1 (UID UID RFC822.SIZE UID rfc822.size)")
                == (1...3).map { "* \($0) FETCH (UID \($0) RFC822.SIZE 63)\r\n" }.joined() + "a OK FETCH completed\r\n")
        #expect(
            await peer.line("b UID FETCH 1:*,1,4294967295:1 (UID UID)")
                == (1...3).map { "* \($0) FETCH (UID \($0))\r\n" }.joined() + "b OK FETCH completed\r\n")
        let bodies = await peer.line("c FETCH 2 (BODY.PEEK[TEXT]<0.4> BODY.PEEK[TEXT]<0.4>)")
        #expect(bodies == "* 2 FETCH (BODY[TEXT]<0> {4}\r\nmail)\r\nc OK FETCH completed\r\n")
        let both = await peer.line("d FETCH 2 (BODY[TEXT]<0.4> BODY.PEEK[TEXT]<0.4>)")
        #expect(both.components("BODY[TEXT]<0>") == 1, "\(both)")
        let status = await peer.line("e STATUS INBOX (MESSAGES messages UIDNEXT MESSAGES)")
        #expect(status == "* STATUS INBOX (MESSAGES 3 UIDNEXT 4)\r\ne OK STATUS completed\r\n")
    }

    /// R-OUT-8: the answers to what is pipelined wait for their reader.
    @Test func aReaderThatTakesNothingStopsTheWorkBeforeLogin() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        peer.transport.block()
        peer.transport.send(String(repeating: "a CAPABILITY\r\n", count: 1100))
        #expect(await eventually { !lab.witness.story.isEmpty && peer.transport.largestWrite > 1000 })
        for _ in 0..<100 { await Task.yield() }
        #expect(peer.drained().utf8.count <= 4096 + 1024)
        #expect(lab.witness.story.count < 60)
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
    }

    private static func fillWithOneLargeMessage(_ lab: Lab, header: String = "a: b\r\n\r\n", size: UInt64) throws {
        try lab.memory.append(
            body: RepeatingBody(header: octets(header), block: octets("0123456789abcd\r\n"), size: size), to: .inbox,
            for: user("alice"))
    }

    /// R-OUT-8
    @Test func aReaderThatTakesNothingStopsTheReadingOfMail() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try HostileOutputTests.fillWithOneLargeMessage(lab, size: 1 << 30)
        let peer = await lab.select()
        peer.transport.block()
        peer.transport.send("a FETCH 1 BODY.PEEK[]\r\n")
        #expect(await eventually { peer.transport.largestWrite > 10_000 })
        for _ in 0..<100 { await Task.yield() }
        #expect(peer.drained().utf8.count <= 2 * 65_536)
        #expect(store.octetsRead <= 2 * 65_536)
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 && lab.memory.openSessionCount == 0 })
    }

    /// R-OUT-8: many sections of one message are no reason to hold them all.
    @Test func manyPartsOfOneMessageAreNotHeldTogether() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try HostileOutputTests.fillWithOneLargeMessage(lab, size: 1 << 22)
        let peer = await lab.select()
        peer.transport.block()
        let items = (0..<40).map { "BODY.PEEK[]<\($0).65536>" }.joined(separator: " ")
        peer.transport.send("a FETCH 1 (\(items))\r\n")
        #expect(await eventually { peer.transport.largestWrite > 10_000 })
        #expect(store.octetsRead <= 4 * 65_536, "\(store.octetsRead) octets were read")
        #expect(peer.transport.largestWrite <= 3 * 65_536, "\(peer.transport.largestWrite) octets in one write")
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
    }

    /// R-ALG, R-OUT-8: the end of a header is looked for once a message.
    @Test func theEndOfAHeaderIsLookedForOnce() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try HostileOutputTests.fillWithOneLargeMessage(lab, header: "", size: 100_000)
        let peer = await lab.select()
        let items = (0..<30).map { "BODY.PEEK[HEADER]<\($0).1>" }.joined(separator: " ")
        #expect(await peer.line("a FETCH 1 (\(items))").hasSuffix("a OK FETCH completed\r\n"))
        #expect(store.octetsRead <= 200_000, "\(store.octetsRead) octets were read")
    }

    /// R-OUT-8: many messages gone, many flags changed.
    @Test func theNewsOfALargeMailboxIsWrittenInPieces() async throws {
        let lab = try Lab()
        let mail = Array(repeating: MemoryMessage(octets("a: b\r\n\r\n")), count: 12_000)
        try lab.memory.append(contentsOf: mail, to: .inbox, for: user("alice"))
        let peer = await lab.select()
        let all = try lab.memory.records(in: .inbox, for: user("alice")).map(\.uid)
        try lab.memory.changeFlags(.add([.deleted]), of: UIDSet(all), in: .inbox, for: user("alice"))
        #expect(await peer.line("a NOOP").components("FETCH (FLAGS (") == 12_000)
        #expect(peer.transport.largestWrite <= 2 * 65_536)
        try lab.memory.expunge(UIDSet(all), in: .inbox, for: user("alice"))
        #expect(await peer.line("b NOOP").components(" EXPUNGE\r\n") == 12_000)
        #expect(peer.transport.largestWrite <= 2 * 65_536, "\(peer.transport.largestWrite) octets in one write")
    }

    /// R-ALG-1
    @Test func setsAreRangesHoweverWide() async throws {
        let lab = try Lab()
        try lab.fill()
        let peer = await lab.select()
        let uids = (1...3).map { "* \($0) FETCH (UID \($0))\r\n" }.joined() + "a OK FETCH completed\r\n"
        #expect(await peer.line("a UID FETCH 1:4294967295 UID") == uids)
        #expect(await peer.line("a UID FETCH 4294967295:1 UID") == uids)
        #expect(await peer.line("a UID FETCH 5:4294967295,4294967295:1,* UID") == uids)
        #expect(await peer.line("a UID FETCH 4:4294967295 UID") == "a OK FETCH completed\r\n")
        let singletons = (1...9000).reversed().map { String($0) }.joined(separator: ",")
        #expect(await peer.line("a UID FETCH \(singletons) UID") == uids)
        for bad in [
            "4294967296", "1:4294967296", "0", "0:1", "18446744073709551617", "-1", "+1", "1:", ":1", "1,", ",1",
            "1:2:3",
            "*1", "1*", "", "$1", "1,$",
        ] {
            #expect(await peer.line("b UID FETCH \(bad) UID").hasPrefix("b BAD "), "\(bad)")
            #expect(await peer.line("c NOOP").hasPrefix("c OK "))
        }
        // A sequence number that is not there is BAD; with `*` in it a range never names too much.
        for bad in ["4", "1:4", "4294967295", "4294967295:1"] {
            #expect(await peer.line("d FETCH \(bad) UID") == "d BAD No such message\r\n", "\(bad)")
        }
        #expect(await peer.line("a FETCH 1:*,9:*,3:* UID") == uids)
    }

    /// R-ALG-2: no pattern makes matching go back.
    @Test func aPatternOfManyStarsIsMatchedInTimeOfPatternTimesName() async throws {
        let lab = try Lab()
        let name = String(repeating: "a", count: 500) + "b"
        try lab.memory.createMailbox(#require(MailboxName(name)), for: user("alice"))
        let peer = await lab.logIn()
        let stars = String(repeating: "*a", count: 499)
        #expect(
            await peer.line("a LIST \"\" \(stars)*")
                == "* LIST (\\HasNoChildren) \"/\" \(name)\r\na OK LIST completed\r\n")
        #expect(await peer.line("b LIST \"\" \(stars)*c") == "b OK LIST completed\r\n")
        #expect(await peer.line("c LIST \"\" \(String(repeating: "%a", count: 499))c") == "c OK LIST completed\r\n")
        #expect(await peer.line("d LIST \"\" \(String(repeating: "*%", count: 2000))b").contains(name))
        #expect(await peer.line("e LIST \"\" \(String(repeating: "*", count: 4096))").contains(name))
        #expect(await peer.line("f LIST \"\" \(String(repeating: "*", count: 4097))") == "f BAD Argument too long\r\n")
        #expect(
            await peer.line("g LIST \(String(repeating: "a", count: 4000)) \(stars)") == "g BAD Argument too long\r\n")
    }
}

extension String {
    /// How often `part` is in it.
    fileprivate func components(_ part: String) -> Int {
        let (all, piece) = (Array(utf8), Array(part.utf8))
        var count = 0
        var index = 0
        while index + piece.count <= all.count {
            if all[index] == piece[0], all[index...].starts(with: piece) {
                count += 1
                index += piece.count
            } else {
                index += 1
            }
        }
        return count
    }
}
