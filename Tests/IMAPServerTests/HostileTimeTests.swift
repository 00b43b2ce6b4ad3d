import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: time (R-TIME-1, U-8)")
struct HostileTimeTests {
    private static let bye = "* BYE Idle for too long\r\n"

    /// Three minutes to log in, whatever is said meanwhile.
    @Test func aClientHas180SecondsToLogIn() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        for _ in 1...17 {
            await peer.pass(.seconds(10))
            #expect(await peer.isAlive())
        }
        await peer.pass(.seconds(9))
        #expect(await peer.isAlive())
        await peer.pass(.seconds(1))
        #expect(await peer.end() == HostileTimeTests.bye)
        #expect(await eventually { lab.witness.closings == [.timeout] })
    }

    /// A command before login has a minute from its first octet to its last, however it is cut up.
    @Test(arguments: [
        "a NOOP", "a LOGIN {5}\r\n", "a LOGIN {5+}\r\nal", "a LOGIN {500+}\r\n", "a NOPE {500+}\r\n", "\r",
    ])
    func anIncompleteCommandBeforeLoginHasAMinute(_ front: String) async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        await peer.pass(.seconds(30))
        await peer.send(front)
        for _ in 1...5 {
            await peer.pass(.seconds(10))
            await peer.send(front.hasSuffix("\r") ? "" : "x")
        }
        await peer.pass(.seconds(9))
        #expect(!peer.isClosed)
        await peer.pass(.seconds(1))
        #expect(await peer.end() == HostileTimeTests.bye)
    }

    /// A command's minute begins with the command, not with the one before it.
    @Test func theMinuteBeginsAnewWithEveryCommand() async throws {
        let lab = try Lab { $0.limits.badCommandsBeforeLogin = 100 }
        for piece in ["OP\r\na NO", "X\r\na NO", "OP x\r\na NO", "{9}\r\na NO", "P {2+}\r\nab\r\na NO"] {
            let peer = await lab.connect()
            await peer.send("a NO")
            await peer.pass(.seconds(40))
            await peer.send(piece)
            await peer.pass(.seconds(40))
            #expect(!peer.isClosed, "\(piece)")
            peer.transport.hangUp()
        }
    }

    /// A client that thought before it logged in has its minute all the same.
    @Test func theMinuteOfAnExchangeBeginsWithItsFirstOctet() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        await peer.pass(.seconds(100))
        await peer.send("a AUTHEN")
        await peer.pass(.seconds(20))
        #expect(await peer.line("TICATE PLAIN") == "+ \r\n")
        await peer.pass(.seconds(39))
        #expect(!peer.isClosed)
        #expect(await peer.line(base64("\0alice\0secret")).hasPrefix("a OK "))
    }

    /// The end of the time to log in is said, also inside an exchange.
    @Test func theTimeToLogInEndsWithBYEInsideAnExchange() async throws {
        let lab = try Lab()
        let peer = await lab.connect()
        await peer.pass(.seconds(150))
        #expect(await peer.line("a AUTHENTICATE PLAIN") == "+ \r\n")
        await peer.pass(.seconds(30))
        let output = await peer.end()
        #expect(output == "* BYE Took too long\r\n")
    }

    /// RFC 9051 section 5.4: at least 30 minutes between commands.
    @Test(arguments: [false, true])
    func aClientMayBeSilentFor30MinutesAfterLogin(_ isSelected: Bool) async throws {
        let lab = try Lab()
        let peer = isSelected ? await lab.select() : await lab.logIn()
        for _ in 1...3 {
            await peer.pass(.seconds(1799))
            #expect(await peer.isAlive())
        }
        await peer.pass(.seconds(1800))
        #expect(await peer.end() == HostileTimeTests.bye)
        #expect(await eventually { lab.memory.openSessionCount == 0 && lab.witness.closings == [.timeout] })
    }

    /// Five minutes without an octet, inside a command after login.
    @Test(arguments: ["a NOOP", "a SELECT {5}\r\n", "a SELECT {5+}\r\nIN", "a NOPE {5000000+}\r\n"])
    func anIncompleteCommandAfterLoginHasFiveMinutesWithoutAnOctet(_ front: String) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        await peer.pass(.seconds(1000))
        await peer.send(front)
        await peer.pass(.seconds(299))
        #expect(!peer.isClosed)
        await peer.pass(.seconds(1))
        #expect(await peer.end() == HostileTimeTests.bye)
    }

    /// Under 256 octets a second for five minutes; at 256 it goes on.
    @Test(arguments: [2550, 2560])
    func aClientThatDripsIsCutOffAndOneThatIsSlowIsNot(_ octetsInTenSeconds: Int) async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        await peer.send("a NOPE {5000000+}\r\n")
        let piece = String(repeating: "x", count: octetsInTenSeconds)
        for _ in 1...29 {
            await peer.pass(.seconds(10))
            await peer.send(piece)
            #expect(!peer.isClosed)
        }
        await peer.pass(.seconds(9))
        await peer.send(piece)
        await peer.pass(.seconds(1))
        if octetsInTenSeconds >= 2560 {
            #expect(!peer.isClosed)
        } else {
            #expect(await peer.end()?.hasSuffix(HostileTimeTests.bye) == true)
        }
    }

    /// A fast beginning does not pay for a slow end.
    @Test func everyFiveMinutesAreMeasuredByThemselves() async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        await peer.send("a NOPE {5000000+}\r\n" + String(repeating: "x", count: 1_000_000))
        for _ in 1...59 {
            await peer.pass(.seconds(10))
            await peer.send("x")
        }
        #expect(!peer.isClosed)
        await peer.pass(.seconds(10))
        #expect(await peer.end()?.hasSuffix(HostileTimeTests.bye) == true)
    }

    private func loggedIn() async throws -> (HostileStore, Lab, Peer) {
        let store = HostileStore(MemoryStore())
        let lab = try Lab(store: store)
        return (store, lab, await lab.logIn())
    }

    /// A running command is under no deadline of its input, and what was sent behind it has its own.
    @Test func aCommandThatRanLongDoesNotUseUpTheTimeOfTheNext() async throws {
        let (store, lab, peer) = try await loggedIn()
        defer { withExtendedLifetime(lab) {} }
        store.hold()
        peer.transport.send("a STATUS INBOX (MESSAGES)\r\nb NO")
        #expect(await eventually { store.heldCount == 1 })
        await peer.leap(.seconds(1000))
        #expect(!peer.isClosed)
        store.release()
        #expect(await peer.settle().hasSuffix("a OK STATUS completed\r\n"))
        await peer.pass(.seconds(10))
        #expect(!peer.isClosed)
        #expect(await peer.line("OP") == "b OK NOOP completed\r\n")
    }

    /// R-TIME-1: commands that came together have 30 minutes each.
    @Test func eachOfTwoCommandsInOneWriteHasItsOwnTime() async throws {
        let (store, lab, peer) = try await loggedIn()
        defer { withExtendedLifetime(lab) {} }
        store.hold()
        peer.transport.send("a STATUS INBOX (MESSAGES)\r\nb STATUS INBOX (MESSAGES)\r\n")
        #expect(await eventually { store.heldCount == 1 })
        await peer.leap(.seconds(1000))
        store.releaseThose()
        #expect(await eventually { store.heldCount == 1 })
        await peer.leap(.seconds(1000))
        #expect(!peer.isClosed)
        store.release()
        #expect(await peer.settle().hasSuffix("b OK STATUS completed\r\n"))
    }

    /// R-TIME-1: the time of a command is not that in which the client was listening before it.
    @Test func aCommandBehindIDLEHasItsOwnTime() async throws {
        let (store, lab, peer) = try await loggedIn()
        defer { withExtendedLifetime(lab) {} }
        await peer.line("a IDLE")
        await peer.pass(.seconds(1500))
        store.hold()
        peer.transport.send("DONE\r\nb STATUS INBOX (MESSAGES)\r\n")
        #expect(await eventually { store.heldCount == 1 })
        await peer.leap(.seconds(600))
        #expect(!peer.isClosed)
        store.release()
        #expect(await peer.settle().hasSuffix("b OK STATUS completed\r\n"))
    }

    /// R-TIME-1: a running command is under the timer of 30 minutes, and before login under that of the login.
    @Test(arguments: [false, true])
    func aHostCallThatNeverReturnsEndsWithTheTimeOfItsState(_ isLoggedIn: Bool) async throws {
        let users = HostileUsers()
        users.hang("bob")
        let store = HostileStore(MemoryStore())
        store.waitForCancellation()
        let lab = try Lab(users: users, store: store)
        let peer = isLoggedIn ? await lab.logIn() : await lab.connect()
        peer.transport.send(isLoggedIn ? "a STATUS INBOX (MESSAGES)\r\n" : "a LOGIN bob hunter2\r\n")
        #expect(await eventually { isLoggedIn ? store.heldCount == 1 : users.questions.count == 1 })
        #expect(await peer.leaps(.seconds(60), atMost: isLoggedIn ? 31 : 4) { peer.isClosed })
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
    }

    /// U-8: the time to log in again is five minutes, and a command has a minute.
    @Test func afterUNAUTHENTICATEAClientHasFiveMinutes() async throws {
        let lab = try Lab()
        let peer = await lab.logIn("admin", "root")
        await peer.pass(.seconds(1500))
        await peer.line("a UNAUTHENTICATE")
        await peer.pass(.seconds(299))
        #expect(await peer.isAlive())
        await peer.line("b LOGIN admin root")
        await peer.pass(.seconds(1500))
        await peer.line("c UNAUTHENTICATE")
        await peer.pass(.seconds(100))
        await peer.send("d NO")
        await peer.pass(.seconds(59))
        #expect(!peer.isClosed)
        await peer.pass(.seconds(1))
        #expect(await peer.end() == HostileTimeTests.bye)
        let other = await lab.logIn("admin", "root")
        await other.line("e UNAUTHENTICATE")
        await other.pass(.seconds(300))
        #expect(await other.end() == HostileTimeTests.bye)
    }

    /// R-OUT-8: a reader that takes nothing for five minutes is gone.
    @Test(arguments: [false, true])
    func aWriteHasFiveMinutes(_ isLoggedIn: Bool) async throws {
        let lab = try Lab()
        try lab.fill()
        let peer = isLoggedIn ? await lab.select() : await lab.connect()
        peer.transport.block()
        peer.transport.send(isLoggedIn ? "a FETCH 1:* BODY[]\r\n" : "a CAPABILITY\r\n")
        #expect(await eventually { !peer.transport.takeOutput().isEmpty })
        await peer.pass(.seconds(299))
        #expect(!peer.isClosed)
        await peer.pass(.seconds(1))
        #expect(await eventually { peer.isClosed && lab.server.connectionCount == 0 })
        #expect(lab.memory.openSessionCount == 0)
        #expect(lab.witness.closings == [.timeout])
    }

    /// A reader that takes a little now and then is served, for as long as it takes: an hour and more.
    @Test func aSlowReaderIsServed() async throws {
        let lab = try Lab()
        try lab.memory.append(
            body: RepeatingBody(header: octets("a: b\r\n\r\n"), block: octets("0123456789abcdef\r\n"), size: 1_000_000),
            to: .inbox, for: user("alice"))
        let peer = await lab.select()
        peer.transport.block()
        peer.transport.send("a FETCH 1 BODY.PEEK[]\r\n")
        var output: [UInt8] = []
        for _ in 0..<100 where !peer.isClosed && !peer.transport.isAwaitingInput {
            // One write is taken, and the next waits for four minutes.
            var piece: [UInt8] = []
            await eventually {
                piece = peer.transport.takeOutput()
                return !piece.isEmpty
            }
            output += piece
            await peer.pass(.seconds(240))
            peer.transport.unblock()
            peer.transport.block()
            await eventually(within: .milliseconds(20)) { peer.transport.isAwaitingInput }
        }
        output += peer.transport.takeOutput()
        #expect(output.count > 1_000_000)
        #expect(String(decoding: output.suffix(25), as: UTF8.self).hasSuffix("a OK FETCH completed\r\n"))
    }

    /// Deadlines of many connections are kept apart.
    @Test func everyConnectionHasItsOwnDeadline() async throws {
        let lab = try Lab()
        var peers: [Peer] = []
        for _ in 0..<20 {
            peers.append(await lab.connect())
            await peers[0].pass(.seconds(5))
        }
        #expect(peers.allSatisfy { !$0.isClosed })
        for index in peers.indices {
            await peers[index].pass(.seconds(index == 0 ? 80 : 5))
            #expect(await peers[index].end() == HostileTimeTests.bye)
            #expect(peers[(index + 1)...].allSatisfy { !$0.isClosed })
        }
        #expect(await eventually { lab.server.connectionCount == 0 })
    }
}
