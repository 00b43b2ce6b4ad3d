import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

@Suite("Hostile: IDLE (R-IDLE, R-LINE-1, R-OUT-8, R-NTF-1)")
struct HostileIdleTests {
    /// R-IDLE-1
    @Test func anyCutOfIDLEAndDONECompletes() async throws {
        let program = octets("a IDLE\r\nDONE\r\nb idle\r\ndone\r\nc NOOP\r\n")
        let expected =
            "+ idling\r\na OK IDLE completed\r\n+ idling\r\nb OK IDLE completed\r\nc OK NOOP completed\r\n"
        for size in 1...program.count {
            let lab = try Lab()
            let peer = await lab.select()
            var output = ""
            var start = 0
            while start < program.count {
                let end = min(start + size, program.count)
                output += await peer.send(Array(program[start..<end]))
                start = end
            }
            #expect(output == expected, "pieces of \(size)")
        }
    }

    /// R-IDLE-2, R-LIT-5: a line that is not DONE ends it and is not executed, and neither is what it announced.
    @Test(arguments: [
        "b LOGOUT", "b NOOP", "DONE ", " DONE", "DONE x", "", "DON", "DONE\0", "\u{ff}",
        "b UNAUTHENTICATE", "b APPEND INBOX {9}",
        "DONE {9}", "DONE\rDONE",
    ])
    func aLineThatIsNotDONE(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.select("admin", "root")
        let answer = await peer.send("a IDLE\r\n\(line)\r\nc NOOP\r\n")
        #expect(answer.hasPrefix("+ idling\r\na BAD "), "\(answer)")
        #expect(answer.hasSuffix("\r\nc OK NOOP completed\r\n"), "\(answer)")
        #expect(answer.split(separator: "\r\n").count == 3, "\(answer)")
    }

    /// R-LIT-5: a client that forgot DONE sends a message. No line of it is a command.
    @Test(arguments: [
        "b APPEND INBOX {12+}", "DONE {12+}", "{12+}", "b APPEND INBOX ~{12+}",
        "{99999999999999999999+}",
    ])
    func whatALineAnnouncesIsNotExecuted(_ line: String) async throws {
        let lab = try Lab()
        let peer = await lab.select()
        let answer = await peer.send("a IDLE\r\n\(line)\r\nx DELETE box\r\nc NOOP\r\n")
        #expect(answer.hasPrefix("+ idling\r\n* BYE "), "\(answer)")
        #expect(peer.isClosed)
        #expect(lab.witness.story.allSatisfy { !$0.hasPrefix("DELETE") && !$0.hasPrefix("NOOP") })
    }

    /// The same of a SASL response.
    @Test func whatASASLResponseAnnouncesIsNotExecuted() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        let answer = await peer.send(
            "a AUTHENTICATE PLAIN\r\nb APPEND INBOX {24+}\r\nx LOGIN alice secret\r\n\r\nc NOOP\r\n")
        #expect(answer.hasPrefix("+ \r\n* BYE "), "\(answer)")
        #expect(lab.users.questions.isEmpty)
    }

    /// R-LINE-1
    @Test(arguments: [63, 64, 65, 100_000])
    func aLineWithoutAnEnd(_ length: Int) async throws {
        let lab = try Lab()
        let peer = await lab.select()
        await peer.line("a IDLE")
        let answer = await peer.send(String(repeating: "D", count: length))
        #expect(answer == (length <= 64 ? "" : "* BYE [TOOBIG] Line too long\r\n"))
        if length <= 64 { #expect(await peer.line("").hasPrefix("a BAD ")) }
    }

    /// R-IDLE-3, R-OUT-8: whatever happens while the client reads nothing, a million events, costs a mark, and is told
    /// once.
    @Test func aClientThatReadsNothing() async throws {
        let lab = try Lab()
        try lab.fill("alice", 5)
        let peer = await lab.select()
        await peer.line("a IDLE")
        peer.transport.block()
        let alice = user("alice")
        let all = UIDSet(.first, try #require(UID(5)))
        for round in 0..<200_000 {
            let change: FlagChange = round % 2 == 0 ? .add([.flagged]) : .remove([.flagged])
            _ = try lab.memory.changeFlags(change, of: all, in: .inbox, for: alice)
            if round % 100 == 0 { for _ in 0..<20 { await Task.yield() } }
        }
        _ = try lab.memory.remove(all, in: .inbox, for: alice)
        peer.transport.unblock()
        var output = peer.drained()
        #expect(
            await eventually {
                output += peer.drained()
                return output.split(separator: "\r\n").count(where: { $0.hasSuffix(" EXPUNGE") }) == 5
            })
        #expect(
            output.split(separator: "\r\n").count(where: { $0.contains(" FETCH ") }) <= 10, "\(output)")
        #expect(await peer.line("DONE") == "a OK IDLE completed\r\n")
    }

    /// R-OUT-8: the news of many messages is written in pieces, and no faster than it is read.
    @Test func manyNewsAtOnceStopAtASlowReader() async throws {
        let lab = try Lab()
        let alice = user("alice")
        try lab.fill("alice", 3000)
        let peer = await lab.select()
        await peer.line("a IDLE")
        peer.transport.block()
        _ = try lab.memory.changeFlags(
            .add([.flagged, .answered, .seen]), of: UIDSet(.first, try #require(UID(3000))), in: .inbox,
            for: alice)
        for _ in 0..<2000 { await Task.yield() }
        let first = peer.drained()
        #expect(first.utf8.count <= 2 * 65_536, "\(first.utf8.count)")
        peer.transport.unblock()
        var output = first
        #expect(
            await eventually {
                output += peer.drained()
                return output.split(separator: "\r\n").count == 3000
            })
        #expect(peer.transport.largestWrite <= 2 * 65_536)
        #expect(await peer.line("DONE") == "a OK IDLE completed\r\n")
    }

    /// R-NTF-1: a client that goes at any octet of the news leaves no session.
    @Test func aWriteThatFailsInTheMiddleOfTheNews() async throws {
        for octets in 0...40 {
            let lab = try Lab()
            try lab.fill("alice", 2)
            let peer = await lab.select()
            await peer.line("a IDLE")
            peer.transport.failWrites(after: octets)
            try lab.fill("alice", 1)
            let expected = "* 3 EXISTS\r\n* 3 RECENT\r\n".utf8.count
            if octets >= expected {
                #expect(await eventually { !peer.drained().isEmpty })
                peer.transport.hangUp()
            }
            #expect(
                await eventually { lab.server.connectionCount == 0 && lab.memory.openSessionCount == 0 })
        }
    }

    /// A store that marks the mailbox with every look at it keeps nobody else waiting, and the client can end it.
    @Test func aStoreThatAlwaysHasNews() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill("alice", 1)
        let peer = await lab.select()
        let other = await lab.logIn("bob", "hunter2")
        store.failChanges()
        await peer.line("a IDLE")
        try lab.fill("alice", 1)
        for _ in 0..<1000 { await Task.yield() }
        #expect(store.changesAsked <= 10, "while the clock stands still")
        for round in 1...5 {
            let asked = store.changesAsked
            await peer.pass(.seconds(2))
            #expect(await eventually { store.changesAsked > asked }, "asked again, \(round)")
        }
        #expect(store.changesAsked <= 100)
        #expect(await other.isAlive())
        #expect(await peer.line("DONE") == "a OK IDLE completed\r\n")
        #expect(await peer.line("b IDLE") == "+ idling\r\n")
        await peer.pass(.seconds(1801))
        let end = await peer.end(within: .seconds(300))
        #expect(end == "* BYE Idle for too long\r\n")
    }

    /// The half hour is the client's: news does not prolong it.
    @Test func newsDoesNotProlongIt() async throws {
        let lab = try Lab()
        let peer = await lab.select()
        await peer.line("a IDLE")
        for count in 1...17 {
            await peer.pass(.seconds(100))
            try lab.fill("alice", 1)
            #expect(await eventually { peer.drained().contains("* \(count) EXISTS") })
        }
        await peer.pass(.seconds(102))
        #expect(await peer.end(within: .seconds(300)) == "* BYE Idle for too long\r\n")
    }

    /// A mailbox that is deleted while it is watched: BYE, or CLOSED where the client knows it.
    @Test func theMailboxIsDeleted() async throws {
        for mode in ["CONDSTORE", "QRESYNC", "IMAP4rev2", "UIDONLY"] {
            let lab = try Lab()
            let peer = await lab.logIn()
            let other = await lab.logIn()
            await peer.line("c CREATE box")
            await peer.line("e ENABLE \(mode)")
            await peer.line("s SELECT box")
            await peer.line("a IDLE")
            #expect(await other.line("d DELETE box") == "d OK DELETE completed\r\n")
            if mode == "IMAP4rev2" {
                #expect(
                    await eventually {
                        peer.drained() == "* OK [CLOSED] The selected mailbox was deleted\r\n"
                    })
                await other.line("c CREATE box")
                #expect(await peer.line("DONE") == "a OK IDLE completed\r\n")
                #expect(
                    await peer.line("f FETCH 1 FLAGS") == "f BAD Command not permitted in this state\r\n")
            } else {
                #expect(
                    await peer.end(within: .seconds(300)) == "* BYE The selected mailbox was deleted\r\n")
            }
        }
    }
}
