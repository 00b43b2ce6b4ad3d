import IMAPHost
import IMAPMemoryStore
import IMAPMessage
import IMAPTestKit
import Synchronization
import Testing

@testable import IMAPServer

extension HeldMessage {
    /// Of a server of its own.
    static var unshared: HeldMessage {
        let clock = VirtualClock()
        return HeldMessage(
            .standard, ReadingBudget(ServerConfiguration(), clock: clock, timers: TimerService(clock: clock)))
    }
}

/// A budget and those who want something of it.
private final class BudgetLab: Sendable {
    let clock = VirtualClock()
    let budget: ReadingBudget
    /// What came of each wait, in the order in which it ended.
    private let endings = Mutex<[String]>([])
    private let shares = Mutex<[String: ReadingShare]>([:])

    init(_ octets: Int) {
        var configuration = ServerConfiguration()
        configuration.limits.messagesBeingRead = octets
        budget = ReadingBudget(configuration, clock: clock, timers: TimerService(clock: clock))
    }

    var story: [String] { endings.withLock { $0 } }

    /// Asks for octets in a task of its own, and returns when it has them, or waits, or has given up.
    @discardableResult func ask(_ name: String, _ octets: Int) async -> Task<Void, Never> {
        let waiting = budget.waitingCount
        let count = story.count
        let task = Task {
            do {
                let share = try await budget.take(octets)
                shares.withLock { $0[name] = share }
                endings.withLock { $0.append(name) }
            } catch {
                endings.withLock { $0.append("\(name) \(error)") }
            }
        }
        #expect(await eventually { budget.waitingCount > waiting || story.count > count })
        return task
    }

    func giveBack(_ name: String) {
        let share = shares.withLock { $0.removeValue(forKey: name) }
        #expect(share != nil)
    }

    func expect(
        _ expected: [String], inAnyOrder: Bool = false, _ location: SourceLocation = #_sourceLocation
    ) async {
        #expect(await eventually { story.count >= expected.count }, sourceLocation: location)
        for _ in 0..<20 { await Task.yield() }
        #expect((inAnyOrder ? story.sorted() : story) == expected, sourceLocation: location)
    }
}

@Suite("The budget of large messages")
struct ReadingBudgetTests {
    @Test func whatIsThereIsTakenAtOnceAndNoOctetMore() async {
        let lab = BudgetLab(100)
        await lab.ask("a", 60)
        await lab.ask("b", 40)
        await lab.expect(["a", "b"])
        await lab.ask("c", 1)
        await lab.expect(["a", "b"])
        #expect(lab.budget.taken == (100, 100))
        lab.giveBack("b")
        await lab.expect(["a", "b", "c"])
        #expect(lab.budget.taken == (61, 100))
        lab.giveBack("a")
        lab.giveBack("c")
        #expect(lab.budget.taken == (0, 100))
    }

    /// The first that asked is the first that is served, though others would have room.
    @Test func nobodyIsOvertaken() async {
        let lab = BudgetLab(100)
        await lab.ask("a", 50)
        await lab.ask("large", 80)
        await lab.ask("small", 10)
        await lab.ask("nothing", 0)
        await lab.expect(["a"])
        lab.giveBack("a")
        await lab.expect(["a", "large", "small", "nothing"])
        #expect(lab.budget.taken == (90, 90))
    }

    @Test(arguments: [101, 1 << 40, Int.max]) func whoWantsMoreThanThereIsIsAlone(_ octets: Int) async {
        let lab = BudgetLab(100)
        await lab.ask("a", 1)
        await lab.ask("large", octets)
        await lab.ask("b", 1)
        await lab.expect(["a"])
        lab.giveBack("a")
        await lab.expect(["a", "large"])
        #expect(lab.budget.taken == (100, 100))
        lab.giveBack("large")
        await lab.expect(["a", "large", "b"])
    }

    @Test(arguments: [Int.min, -1, 0, 1]) func aBudgetOfNothingLetsOneThrough(_ octets: Int) async {
        let lab = BudgetLab(octets)
        await lab.ask("a", 1000)
        await lab.ask("b", 1000)
        await lab.expect(["a"])
        lab.giveBack("a")
        await lab.expect(["a", "b"])
    }

    @Test func whoIsCancelledLeavesTheQueue() async {
        let lab = BudgetLab(100)
        await lab.ask("a", 50)
        let large = await lab.ask("large", 100)
        await lab.ask("small", 10)
        large.cancel()
        await lab.expect(["a", "large unavailable", "small"], inAnyOrder: true)
        #expect(lab.budget.taken.now == 60)
        #expect(lab.budget.waitingCount == 0)
    }

    /// Cancelled before it asked: it has its share or none, and the budget knows which.
    @Test func whoIsCancelledBeforeLeavesNothing() async {
        let lab = BudgetLab(100)
        await lab.ask("a", 100)
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            return try? await lab.budget.take(1)
        }
        task.cancel()
        let share = await task.value
        #expect(share == nil)
        #expect(lab.budget.waitingCount == 0)
        lab.giveBack("a")
        #expect(lab.budget.taken.now == 0)
    }

    @Test func aWaitEndsAfterItsTime() async {
        let lab = BudgetLab(100)
        await lab.ask("a", 100)
        await lab.ask("b", 100)
        #expect(await eventually { lab.clock.sleeperCount > 0 })
        for _ in 0..<29 {
            lab.clock.advance(by: .seconds(1))
            #expect(await eventually { lab.clock.sleeperCount > 0 })
        }
        await lab.expect(["a"])
        lab.clock.advance(by: .seconds(1))
        await lab.expect(["a", "b inUse"])
        #expect(lab.budget.waitingCount == 0)
        lab.giveBack("a")
        await lab.ask("c", 100)
        await lab.expect(["a", "b inUse", "c"])
    }
}

/// Servers in which messages are large.
private enum LargeMail {
    /// A message with a header of so many octets.
    static func header(_ octets: Int, _ number: Int = 0) -> [UInt8] {
        let line = Array("X-Padding: \(String(repeating: "y", count: 1000))\r\n".utf8)
        var message = Array("Subject: large \(number)\r\n".utf8)
        while message.count < octets { message += line }
        return message + Array("\r\nbody \(number)\r\n".utf8)
    }

    static func lab(_ count: Int = 1, octets: Int = 200_000, store: (any MailStore)? = nil, budget: Int = 1 << 20)
        throws -> Lab
    {
        let memory = MemoryStore()
        for number in 0..<count {
            _ = try memory.append(header(octets, number), to: .inbox, for: user("alice"))
        }
        return try Lab(memory: memory, store: store) { $0.limits.messagesBeingRead = budget }
    }
}

@Suite("Commands and the budget of large messages")
struct LargeMessageTurnTests {
    private static let searches = "q SEARCH HEADER Subject large\r\n"
    private static let found = "* SEARCH 1\r\nq OK SEARCH completed\r\n"

    /// They wait for their turn, all are answered, and no more is held than there is.
    @Test func manySearchesHoldNoMoreThanThereIs() async throws {
        // Each takes 3 MiB and 10,000 parts of 1 KiB: two at a time.
        let lab = try LargeMail.lab(octets: 1 << 20, budget: 32 << 20)
        var share: ReadingShare? = try await lab.server.readings.take(.max)
        var peers: [Peer] = []
        for _ in 0..<8 {
            let peer = await lab.select()
            peer.transport.send(LargeMessageTurnTests.searches)
            peers.append(peer)
        }
        #expect(await eventually { lab.server.readings.waitingCount == 8 })
        #expect(share != nil)
        share = nil
        for peer in peers { #expect(await peer.settle() == LargeMessageTurnTests.found) }
        #expect(lab.server.readings.taken == (0, 32 << 20))
    }

    @Test(arguments: [
        "q SEARCH HEADER Subject large", "q SEARCH TEXT body", "q FETCH 1 ENVELOPE", "q FETCH 1 BODYSTRUCTURE",
        "q FETCH 1 BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "q FETCH 1 BODY.PEEK[TEXT]", "q FETCH 1 BINARY.PEEK[1]",
        "q SORT (SUBJECT) UTF-8 ALL", "q THREAD REFERENCES UTF-8 ALL",
    ])
    func everyCommandThatReadsALongHeaderWaits(_ command: String) async throws {
        let lab = try LargeMail.lab()
        let peer = await lab.select()
        let alone = await peer.line(command)
        #expect(alone.hasSuffix("completed\r\n"))
        #expect(lab.server.readings.taken.most > 200_000)
        var share: ReadingShare? = try await lab.server.readings.take(1 << 20)
        peer.transport.send(command + "\r\n")
        #expect(await eventually { lab.server.readings.waitingCount == 1 })
        #expect(share != nil)
        share = nil
        #expect(await peer.settle() == alone)
        #expect(lab.server.readings.taken.now == 0)
    }

    @Test func ordinaryMailTakesNothing() async throws {
        let lab = try LargeMail.lab(3, octets: 60_000)
        let peer = await lab.select()
        for command in ["SEARCH TEXT body", "FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY[])", "SORT (SUBJECT) UTF-8 ALL"] {
            #expect(await peer.line("q " + command).hasSuffix("completed\r\n"))
        }
        #expect(lab.server.readings.taken == (0, 0))
    }

    /// A message of many parts is large, however few octets it has.
    @Test func partsCount() async throws {
        let lab = try LargeMail.lab(0)
        var message = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        for _ in 0..<1000 { message += "--b\r\n\r\n" }
        _ = try lab.memory.append(octets(message), to: .inbox, for: user("alice"))
        let peer = await lab.select()
        #expect(await peer.line("q FETCH 1 BINARY.SIZE[1]").hasSuffix("completed\r\n"))
        #expect(lab.server.readings.taken.most > 500_000)
        #expect(lab.server.readings.taken.now == 0)
    }

    @Test func aWaitThatIsTooLongIsNO() async throws {
        let lab = try LargeMail.lab()
        let peer = await lab.select()
        let share = try await lab.server.readings.take(.max)
        peer.transport.send("q SEARCH HEADER Subject large\r\nu NOOP\r\n")
        #expect(await eventually { lab.server.readings.waitingCount == 1 })
        for _ in 0..<29 { await peer.pass(.seconds(1)) }
        #expect(peer.drained() == "")
        await peer.pass(.seconds(1))
        #expect(
            await peer.settle() == "q NO [INUSE] In use, try again later\r\nu OK NOOP completed\r\n")
        withExtendedLifetime(share) {}
    }

    /// The client is gone: nothing waits for it.
    @Test func hangUpEndsTheWait() async throws {
        let lab = try LargeMail.lab()
        let peer = await lab.select()
        let share = try await lab.server.readings.take(.max)
        peer.transport.send(LargeMessageTurnTests.searches)
        #expect(await eventually { lab.server.readings.waitingCount == 1 })
        peer.transport.hangUp()
        #expect(await peer.end() != nil)
        #expect(lab.server.readings.waitingCount == 0)
        withExtendedLifetime(share) {}
        #expect(lab.server.readings.taken.now == (1 << 20))
    }

    /// What stands behind the command waits with it, UNAUTHENTICATE too; the next user has what everybody has.
    @Test(arguments: [true, false]) func unauthenticateBehindAWait(_ hasTurn: Bool) async throws {
        let lab = try LargeMail.lab()
        let peer = await lab.logIn("admin", "root")
        await peer.line("u UNAUTHENTICATE")
        await peer.line("l AUTHENTICATE PLAIN " + base64("alice\0admin\0root"))
        await peer.line("s SELECT INBOX")
        var share: ReadingShare? = try await lab.server.readings.take(.max)
        peer.transport.send(LargeMessageTurnTests.searches + "u UNAUTHENTICATE\r\n")
        #expect(await eventually { lab.server.readings.waitingCount == 1 })
        #expect(share != nil)
        if hasTurn { share = nil } else { await peer.pass(.seconds(30)) }
        let answer = await peer.settle()
        #expect(answer.hasPrefix(hasTurn ? LargeMessageTurnTests.found : "q NO [INUSE]"))
        #expect(answer.contains("u OK"))
        share = nil
        #expect(lab.server.readings.taken.now == 0)
        #expect(lab.server.readings.waitingCount == 0)
    }

    @Test func aServerThatStopsWaitsForNobody() async throws {
        let lab = try LargeMail.lab()
        let peer = await lab.select()
        let share = try await lab.server.readings.take(.max)
        peer.transport.send(LargeMessageTurnTests.searches)
        #expect(await eventually { lab.server.readings.waitingCount == 1 })
        await lab.server.shutdown(within: .zero)
        #expect(await peer.end() != nil)
        #expect(await eventually { lab.server.readings.waitingCount == 0 })
        withExtendedLifetime(share) {}
    }

    /// A store that hangs while a message is read holds what it has; when it returns, that is given back.
    @Test func aStoreThatHangsGivesBackInTheEnd() async throws {
        let memory = MemoryStore()
        _ = try memory.append(LargeMail.header(200_000), to: .inbox, for: user("alice"))
        let store = HeldStore(memory)
        let lab = try Lab(memory: memory, store: store) { $0.limits.messagesBeingRead = 1 }
        let one = await lab.select()
        let two = await lab.select()
        store.hold(.read)
        one.transport.send("q SEARCH TEXT nowhere\r\n")
        #expect(await eventually { store.heldCount == 1 })
        store.release()
        _ = await one.settle()
        // Its first octet made it large, and the next read hangs.
        #expect(lab.server.readings.taken == (0, 1))
        #expect(await two.line("q SEARCH HEADER Subject large") == LargeMessageTurnTests.found)
        #expect(lab.server.readings.taken.now == 0)
    }

    /// A client that does not read what it asked for keeps nobody from reading.
    @Test func aClientThatDoesNotReadHoldsNothing() async throws {
        let lab = try LargeMail.lab(octets: 500_000, budget: 1)
        let transport = ScriptedTransport()
        let peer = await lab.connect(transport)
        await peer.line("l LOGIN alice secret")
        await peer.line("s SELECT INBOX")
        transport.block()
        transport.send("q FETCH 1 (ENVELOPE BODY.PEEK[])\r\n")
        #expect(await eventually { lab.server.readings.taken == (0, 1) })
        let other = await lab.select()
        #expect(await other.line("q SEARCH HEADER Subject large") == LargeMessageTurnTests.found)
    }

    /// With a budget of one octet every message that is read takes its turn, and every answer is the same.
    @Test func answersAreTheSameWithHardlyAnyBudget() async throws {
        let commands = [
            "SEARCH FROM smith", "SEARCH BODY three-thirty", "SEARCH NOT TEXT smith", "SEARCH SUBJECT suj",
            "SEARCH OR SENTBEFORE 1-Jan-1995 HEADER X-Empty \"\"", "SEARCH RETURN (MIN MAX COUNT) TEXT o",
            "FETCH 1:* (ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER] BINARY.PEEK[1] BODY.PEEK[1]<3.7>)",
            "FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT DATE)] RFC822.SIZE)", "SORT (DATE SUBJECT) UTF-8 ALL",
            "THREAD REFERENCES UTF-8 ALL", "UID SEARCH RETURN (UPDATE) TEXT smith", "FETCH 1:* BODY[]",
        ]
        func answers(_ budget: Int) async throws -> [String] {
            let search = try await SearchFixture(SearchFixture.three) { $0.limits.messagesBeingRead = budget }
            var answers: [String] = []
            for command in commands { answers.append(await search.client.line("q " + command)) }
            let taken = search.fixture.server.readings.taken
            #expect(taken == (0, budget == 1 ? 1 : 0))
            return answers
        }
        let usual = try await answers(268_435_456)
        #expect(usual.allSatisfy { $0.contains("q OK") })
        #expect(try await answers(1) == usual)
    }
}
