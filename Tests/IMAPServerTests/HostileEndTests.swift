import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

@Suite("Hostile: ends of sessions: shutdown, faults of the host, what an observer hears")
struct HostileEndTests {
    private static let bye = "* BYE [UNAVAILABLE] Server shutting down\r\n"

    @Test func everyClientGetsBYEWhateverItIsDoing() async throws {
        let lab = try Lab()
        let peers = [
            await lab.connect(), await lab.connectInTheClear(), await lab.logIn(), await lab.select("bob", "hunter2"),
            await lab.connect(), await lab.connect(), await lab.logIn(), await lab.logIn(),
        ]
        await peers[4].line("a AUTHENTICATE PLAIN")
        await peers[5].line("a LOGIN {5}")
        await peers[6].send("a NOOP")
        await peers[7].line("a NOPE {5000+}")
        await lab.server.shutdown(within: .seconds(5))
        for peer in peers { #expect(await peer.end()?.hasSuffix(HostileEndTests.bye) == true) }
        #expect(lab.server.connectionCount == 0 && lab.memory.openSessionCount == 0)
        #expect(lab.witness.closings == Array(repeating: .shutdown, count: peers.count))
        let late = ScriptedTransport()
        lab.server.accept(late)
        #expect(late.isClosed)
    }

    @Test func aRunningCommandIsCompletedAndNothingBehindIt() async throws {
        let store = HostileStore(MemoryStore())
        let lab = try Lab(store: store)
        let peer = await lab.logIn()
        store.hold()
        peer.transport.send("a STATUS INBOX (MESSAGES)\r\nb CAPABILITY\r\n")
        #expect(await eventually { store.heldCount == 1 })
        let shutdown = Task { await lab.server.shutdown(within: .seconds(5)) }
        await peer.pass(.seconds(4))
        #expect(!peer.isClosed)
        store.release()
        await shutdown.value
        #expect(
            await peer.end() == "* STATUS INBOX (MESSAGES 0)\r\na OK STATUS completed\r\n" + HostileEndTests.bye)
    }

    @Test func aCommandThatHangsIsCutOffWhenTheTimeIsOver() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        let peer = await lab.logIn()
        store.waitForCancellation()
        peer.transport.send("a STATUS INBOX (MESSAGES)\r\n")
        #expect(await eventually { store.heldCount == 1 })
        let other = await lab.logIn("bob", "hunter2")
        let shutdown = Task { await lab.server.shutdown(within: .seconds(5)) }
        #expect(await other.end() == HostileEndTests.bye)
        await peer.pass(.seconds(4))
        #expect(!peer.isClosed)
        await peer.pass(.seconds(1))
        await shutdown.value
        #expect(await eventually { peer.isClosed })
        #expect(await eventually { memory.openSessionCount == 0 && lab.server.connectionCount == 0 })
    }

    /// A host that ignores cancellation must not keep the process.
    @Test func shutdownReturnsEvenIfAHostCallNeverDoes() async throws {
        let store = HostileStore(MemoryStore())
        let lab = try Lab(store: store)
        let peer = await lab.logIn()
        store.hold()
        peer.transport.send("a STATUS INBOX (MESSAGES)\r\n")
        #expect(await eventually { store.heldCount == 1 })
        let returned = Flagged()
        let shutdown = Task {
            await lab.server.shutdown(within: .seconds(5))
            returned.raise()
        }
        #expect(await peer.leaps(.seconds(1), atMost: 30) { peer.isClosed && returned.isRaised })
        store.release()
        await shutdown.value
    }

    /// Without any time to wait, the same holds, whichever comes first.
    @Test func shutdownWithoutATimeLimitReturns() async throws {
        for _ in 1...100 {
            let store = HostileStore(MemoryStore())
            let lab = try Lab(store: store)
            let peer = await lab.logIn()
            store.hold()
            peer.transport.send("a STATUS INBOX (MESSAGES)\r\n")
            #expect(await eventually { store.heldCount == 1 })
            let returned = Flagged()
            let shutdown = Task {
                await lab.server.shutdown(within: .zero)
                returned.raise()
            }
            let isBack = await eventually { returned.isRaised }
            store.release()
            await shutdown.value
            guard isBack else {
                Issue.record("shutdown waited for the host")
                return
            }
        }
    }

    @Test func aBlockedReaderDoesNotHoldUpTheShutdown() async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        peer.transport.block()
        peer.transport.send("a CAPABILITY\r\n")
        #expect(await eventually { !peer.transport.takeOutput().isEmpty })
        let shutdown = Task { await lab.server.shutdown(within: .seconds(5)) }
        await eventually { lab.clock.sleeperCount >= 2 }
        await peer.pass(.seconds(5))
        await shutdown.value
        #expect(await eventually { peer.isClosed })
        #expect(await eventually { lab.server.connectionCount == 0 && lab.memory.openSessionCount == 0 })
    }

    @Test func aDelayedFailureDoesNotHoldUpTheShutdown() async throws {
        let lab = try Lab { $0.delaysFailedLogins = true }
        let peer = await lab.connect()
        peer.transport.send("a LOGIN alice wrong\r\nb LOGIN alice wrong\r\n")
        #expect(await eventually { lab.users.questions.count == 1 })
        await lab.server.shutdown(within: .seconds(60))
        #expect(await peer.end()?.hasSuffix(HostileEndTests.bye) == true)
        #expect(lab.users.questions.count == 1)
    }

    /// A host error becomes a tagged NO, also when it comes while the news is told.
    @Test func aStoreThatCannotTellItsChangesIsANO() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        let peer = await lab.select()
        store.failChanges()
        let answer = await peer.line("a NOOP")
        #expect(answer.hasPrefix("a NO [UNAVAILABLE] "), "\(answer)")
        #expect(!peer.isClosed)
    }

    /// SEMANTICS 3: octets that the host does not keep are gone when they are read, and that is a NO.
    @Test(arguments: ["BODY.PEEK[]", "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[]<5.5>", "(UID BODY.PEEK[])"])
    func aMessageWhoseOctetsAreGoneIsANO(_ item: String) async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        let peer = await lab.select()
        store.expungeBodies()
        let answer = await peer.line("a FETCH 1:2 \(item)")
        #expect(answer.hasSuffix("a NO [EXPUNGEISSUED] Some of the messages no longer exist\r\n"), "\(answer)")
        #expect(!peer.isClosed)
    }

    /// Every command is heard of, with its registered name and no other, in the order of the replies.
    @Test func anObserverHearsEverythingInOrder() async throws {
        let lab = try Lab()
        try lab.fill("admin")
        let peer = await lab.connect()
        await peer.line("a capability")
        await peer.line("b BOGUS")
        await peer.line("c LOGIN admin wrong")
        await peer.line("d AUTHENTICATE PLAIN \(base64("bob\0admin\0root"))")
        await peer.line("e SELECT Nowhere")
        await peer.line("f SELECT INBOX")
        await peer.line("g FETCH 99 UID")
        await peer.line("h UID FETCH 1 UID")
        await peer.line("i STATUS")
        await peer.line("j NOOP {9999999}")
        await peer.line("k LOGOUT")
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(
            lab.witness.story == [
                "opened", "CAPABILITY ok", "? bad", "failed rejected", "LOGIN no", "authenticated admin as bob",
                "AUTHENTICATE ok", "SELECT no", "SELECT ok", "FETCH bad", "FETCH ok", "STATUS bad", "NOOP bad",
                "LOGOUT ok",
                "closed logout",
            ])
    }

    /// "No line after this one belongs to the old user" (ServerEvent.unauthenticated).
    @Test func theLastEventOfAUserIsItsEnd() async throws {
        let lab = try Lab()
        let peer = await lab.logIn("admin", "root")
        await peer.line("a UNAUTHENTICATE")
        await peer.line("b NOOP")
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(
            lab.witness.story == [
                "opened", "authenticated admin as admin", "LOGIN ok", "UNAUTHENTICATE ok", "unauthenticated",
                "NOOP ok",
                "closed hangUp",
            ])
    }

    /// Every connection is opened once and closed once, with its reason.
    @Test func everyEndIsHeardOnceWithItsReason() async throws {
        let lab = try Lab()
        let logout = await lab.connect()
        await logout.line("a LOGOUT")
        #expect(await eventually { lab.witness.closings == [.logout] })
        let gone = await lab.connect()
        gone.transport.hangUp()
        #expect(await eventually { lab.witness.closings == [.logout, .hangUp] })
        let bad = await lab.connect()
        await bad.send("a X\r\nb X\r\nc X\r\n")
        #expect(await eventually { lab.witness.closings.last == .tooManyFailures })
        let long = await lab.connect()
        await long.send(String(repeating: "x", count: 9000))
        #expect(await eventually { lab.witness.closings.last == .limitExceeded })
        let late = await lab.connect()
        await late.pass(.seconds(180))
        #expect(await eventually { lab.witness.closings.last == .timeout })
        #expect(lab.witness.story.count { $0 == "opened" } == 5)
        #expect(lab.witness.closings.count == 5)
    }
}

/// Something that happened, seen from another task.
private final class Flagged: Sendable {
    private let value = Atomic(false)

    var isRaised: Bool { value.load(ordering: .relaxed) }

    func raise() { value.store(true, ordering: .relaxed) }
}
