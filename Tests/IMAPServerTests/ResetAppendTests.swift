import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("UNAUTHENTICATE and APPEND, IDLE, SEARCH (row 31, U-A-5, U-P-3, U-P-4)")
struct ResetAppendTests {
    private static let login = "l AUTHENTICATE PLAIN \(base64("carol\0admin\0root"))\r\n"

    private func count(_ store: MemoryStore, _ name: String) throws -> Int {
        try store.records(in: .inbox, for: user(name)).count
    }

    private func bob(_ fixture: Fixture) async throws -> TestClient {
        try fixture.fill("bob", 2)
        try fixture.fill("carol", 1)
        let client = await fixture.connect()
        await client.line(UnauthenticateReplyTests.authenticate("s", as: "bob"))
        await client.line("s SELECT INBOX")
        return client
    }

    /// What is still to be swallowed of a refused command is the old user's, and comes before the UNAUTHENTICATE.
    @Test(arguments: [
        "a APPEND nowhere {39+}", "a APPEND INBOX \"x\" {39+}", "a APPEND \"&x\" {39+}",
        "a STATUS INBOX {39+}",
        "a APPEND INBOX {3+}\r\nabc x {39+}", "a BOGUS {39+}",
    ])
    func behindARefusedAPPEND(_ line: String) async throws {
        let data = "x LOGOUT\r\ny UNAUTHENTICATE\r\nz LOGIN a b"
        #expect(data.utf8.count == 39)
        for cut in [0, 5, 10, 20, 39] {
            let fixture = try Fixture()
            let client = try await bob(fixture)
            let index = data.utf8.index(data.utf8.startIndex, offsetBy: cut)
            let refusal = await client.send("\(line)\r\n\(data[..<index])")
            // STATUS takes a literal, and is refused for what stands behind it.
            #expect(refusal.isEmpty == line.hasPrefix("a STATUS"), "\(refusal)")
            let rest = await client.send(
                "\(data[index...])\r\nu UNAUTHENTICATE\r\n\(Self.login)e STATUS INBOX (MESSAGES)\r\n")
            let output = refusal + rest
            let lines = output.split(separator: "\r\n")
            #expect(output.hasPrefix("a NO ") || output.hasPrefix("a BAD "), "\(output)")
            #expect(lines.count == 5 && lines[1].hasPrefix("u OK [CAPABILITY "), "\(output)")
            #expect(
                output.hasSuffix("* STATUS INBOX (MESSAGES 1)\r\ne OK STATUS completed\r\n"), "\(output)")
            #expect(try count(fixture.store, "bob") == 2)
        }
    }

    /// U-P-3, U-P-4: inside a message it is text.
    @Test func insideAMessageItIsText() async throws {
        let fixture = try Fixture()
        let client = try await bob(fixture)
        let message = "u UNAUTHENTICATE\r\n\(Self.login)"
        #expect(
            await client.line("a APPEND INBOX {\(message.utf8.count)}") == "+ Ready for literal data\r\n")
        #expect(await client.send(message) == "")
        let output = await client.send("\r\nb FETCH 3 BODY.PEEK[]\r\nu UNAUTHENTICATE\r\n")
        #expect(output.contains("BODY[] {\(message.utf8.count)}\r\n\(message))\r\n"))
        #expect(output.contains("\r\nu OK [CAPABILITY "))
    }

    /// The message is stored before the OK, and what follows it is the next user's.
    @Test func behindAnAPPENDInOneSegment() async throws {
        let fixture = try Fixture()
        let client = try await bob(fixture)
        let output = await client.send(
            "a APPEND INBOX {3+}\r\none {3+}\r\ntwo\r\nu UNAUTHENTICATE\r\n\(Self.login)b APPEND INBOX {4+}\r\nfour\r\nc NOOP\r\n"
        )
        let parts = output.split(separator: "u OK ", maxSplits: 1)
        #expect(
            parts.first == "* 4 EXISTS\r\n* 4 RECENT\r\na OK [APPENDUID 1 3:4] APPEND completed\r\n")
        #expect(
            parts.last?.hasSuffix("b OK [APPENDUID 2 2] APPEND completed\r\nc OK NOOP completed\r\n")
                == true)
        #expect(try count(fixture.store, "bob") == 4)
        #expect(try count(fixture.store, "carol") == 2)
    }

    /// Row 32: DONE first. The line is not DONE: BAD, and the state is what it was.
    @Test func behindIDLE() async throws {
        let fixture = try Fixture()
        let client = try await bob(fixture)
        #expect(
            await client.send("i IDLE\r\nu UNAUTHENTICATE\r\n") == "+ idling\r\ni BAD DONE expected\r\n")
        #expect(await client.line("n FETCH 1 UID") == "* 1 FETCH (UID 1)\r\nn OK FETCH completed\r\n")
        let output = await client.send("i IDLE\r\nDONE\r\nu UNAUTHENTICATE\r\n\(Self.login)j IDLE\r\n")
        #expect(output.hasPrefix("+ idling\r\ni OK IDLE completed\r\nu OK [CAPABILITY "))
        #expect(output.hasSuffix("] Logged in\r\n+ idling\r\n"))
        try fixture.fill("bob", 1)
        #expect(await client.line("DONE") == "j OK IDLE completed\r\n")
    }

    /// U-A-1: a host may keep the wake of every session there was. One that is over wakes nobody.
    @Test func aStoreThatWakesLateWakesNobody() async throws {
        let store = LyingStore { _ in }
        let lab = try Lab(store: store)
        for name in ["alice", "bob"] {
            _ = try store.memory.append(octets("x: \(name)\r\n\r\n"), to: .inbox, for: user(name))
        }
        let peer = await lab.connect()
        for name in ["bob", "bob", "alice"] {
            await peer.line("l AUTHENTICATE PLAIN \(base64("\(name)\0admin\0root"))")
            await peer.line("s SELECT INBOX")
            await peer.send("i IDLE\r\nDONE\r\n")
            #expect(await peer.line("u UNAUTHENTICATE").hasPrefix("u OK "))
        }
        await peer.line("l LOGIN bob hunter2")
        await peer.line("s SELECT INBOX")
        #expect(await peer.line("i IDLE") == "+ idling\r\n")
        let asked = store.changesAsked
        #expect(store.keptWakes.count == 4)
        let name = MailboxName.inbox
        for wake in store.keptWakes.dropLast() { for _ in 0..<100 { wake.mark(name) } }
        for _ in 0..<500 { await Task.yield() }
        #expect(peer.drained() == "")
        #expect(store.changesAsked == asked, "nobody looked")
        for wake in store.keptWakes { wake.mark(name) }
        #expect(await eventually { store.changesAsked > asked })
        #expect(await peer.line("DONE") == "i OK IDLE completed\r\n")
    }

    /// U-A-1, U-A-5: a call of an APPEND that does not return holds up everything behind it, and after half an hour
    /// ends the connection without a word. What is there then is whole, or nothing.
    @Test(arguments: LyingStore.Call.allCases)
    func aHostThatDoesNotReturn(_ call: LyingStore.Call) async throws {
        let gate = Gate()
        let store = LyingStore { lies in
            lies.before = { (now: LyingStore.Call) async throws(StoreError) in
                if now == call { await gate.pass() }
            }
        }
        let lab = try Lab(store: store)
        let peer = await lab.connect()
        await peer.line("l LOGIN admin root")
        gate.shut()
        // The second is refused, so that the append is cancelled.
        let last = call == .cancel ? " {0+}\r\n" : ""
        peer.transport.send("a APPEND INBOX {3+}\r\nabc\(last)\r\nu UNAUTHENTICATE\r\n")
        #expect(await eventually { gate.waitingCount == 1 })
        await peer.pass(.seconds(11))
        #expect(!peer.isClosed && peer.drained() == "", "a command at work has the time of a command")
        await peer.pass(.seconds(1800))
        #expect(await eventually { peer.isClosed })
        #expect(peer.drained() == "")
        gate.open()
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(try count(store.memory, "admin") == (call == .cancel ? 0 : 1), "whole, or nothing")
        #expect(!lab.witness.story.contains("unauthenticated"))
        #expect(store.memory.openSessionCount == 0)
    }

    /// U-A-5: a client that goes while the host commits: the commit is the host's to end, and all is there or nothing.
    @Test(arguments: [true, false])
    func hangUpInTheMiddleOfACommit(_ hostGivesUp: Bool) async throws {
        let gate = Gate()
        let store = LyingStore { lies in
            lies.before = { (now: LyingStore.Call) async throws(StoreError) in
                guard now == .commit else { return }
                await gate.pass()
                if hostGivesUp { throw .unavailable }
            }
        }
        let lab = try Lab(store: store)
        let peer = await lab.connect()
        await peer.line("l LOGIN admin root")
        gate.shut()
        peer.transport.send("a APPEND INBOX {3+}\r\nabc {3+}\r\ndef\r\nu UNAUTHENTICATE\r\nb NOOP\r\n")
        #expect(await eventually { gate.waitingCount == 1 })
        #expect(try count(store.memory, "admin") == 0)
        peer.transport.hangUp()
        for _ in 0..<100 { await Task.yield() }
        #expect(lab.server.connectionCount == 1)
        gate.open()
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(try count(store.memory, "admin") == (hostGivesUp ? 0 : 2))
        #expect(store.memory.openSessionCount == 0)
        #expect(
            !lab.witness.story.contains("unauthenticated"),
            "nothing behind it is executed for one who is gone")
    }

    /// Each of the host's errors, at each call, is a NO; the rest is swallowed, and what follows is read as what it is.
    @Test(
        arguments: [LyingStore.Call.begin, .write, .end, .commit],
        [StoreError.overQuota, .tooBig, .internalError])
    func aHostThatThrows(_ call: LyingStore.Call, _ error: StoreError) async throws {
        let gate = Gate()
        let store = LyingStore { lies in
            lies.before = { (now: LyingStore.Call) async throws(StoreError) in
                if now == .cancel { await gate.pass() }
                if now == call { throw error }
            }
        }
        let lab = try Lab(store: store)
        let peer = await lab.connect()
        await peer.line("l LOGIN admin root")
        let data = "x LOGOUT\r\n"
        for form in [
            "{10+}\r\n\(data)", "{10+}\r\n\(data) (\\Seen) {10+}\r\n\(data)", "~{10+}\r\n\(data)",
        ] {
            let answer = await peer.send("a APPEND INBOX \(form)\r\nb NOOP\r\n")
            #expect(
                answer.hasPrefix("a NO ") && answer.hasSuffix("\r\nb OK NOOP completed\r\n"),
                "\(form): \(answer)")
        }
        // A commit that throws has ended the append; after every other throw it is cancelled, once.
        #expect(gate.passedCount == (call == .commit ? 0 : 3))
        #expect(await peer.line("u UNAUTHENTICATE").hasPrefix("u OK "))
        #expect(try count(store.memory, "admin") == 0)
    }
}
