import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization
import Testing

/// What a client is told when a store fails for a while, or fails at one message of many.
@Suite("A store that fails at times")
struct StoreFailureTests {
    /// What fails next; `nil` when nothing does.
    private final class Weather: Sendable {
        private let columns = Mutex<MessageColumns?>(nil)

        /// Rows with one of these columns cannot be read.
        func fail(_ columns: MessageColumns?) { self.columns.withLock { $0 = columns } }

        func check(_ asked: MessageColumns) throws(StoreError) {
            let fails = columns.withLock { $0.map { !$0.isDisjoint(with: asked) } ?? false }
            if fails { throw .unavailable }
        }
    }

    private func lab(_ weather: Weather) throws -> Lab {
        let memory = MemoryStore()
        let store = LyingStore(memory) { lies in
            lies.reading = { (columns) throws(StoreError) in try weather.check(columns) }
        }
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        return lab
    }

    /// A revision 1 session looks how large new messages are. Those it could not look at are told later, not never.
    @Test func newMessagesThatCouldNotBeLookedAtAreToldLater() async throws {
        let weather = Weather()
        let lab = try lab(weather)
        let peer = await lab.select()
        try lab.fill("alice", 1)
        weather.fail(.size)
        #expect(await peer.line("a NOOP").hasPrefix("a NO [UNAVAILABLE] "))
        weather.fail(nil)
        #expect(await peer.line("b CAPABILITY").contains("* 4 EXISTS\r\n"))
        #expect(await peer.line("c FETCH 4 UID").hasPrefix("* 4 FETCH (UID 4)\r\n"))
    }

    /// What the session was woken for is not forgotten with the failure: the next command tells it.
    @Test func flagsThatCouldNotBeReadAreToldLater() async throws {
        let weather = Weather()
        let lab = try lab(weather)
        let peer = await lab.select()
        _ = try lab.memory.changeFlags(
            .add([.flagged]), of: UIDSet(try #require(UID(2))), in: .inbox, for: user("alice"))
        weather.fail(.flags)
        #expect(await peer.line("a NOOP").hasPrefix("a NO [UNAVAILABLE] "))
        weather.fail(nil)
        #expect(await peer.line("b CAPABILITY").contains("* 2 FETCH (FLAGS (\\Flagged \\Recent))\r\n"))
    }

    /// One damaged message is left out; a client still gets the others, and is told.
    @Test func aDamagedMessageIsLeftOutOfAFetch() async throws {
        let memory = MemoryStore()
        let store = LyingStore(memory) { lies in
            lies.opening = { (uid) throws(StoreError) in if uid.rawValue == 2 { throw .corrupt } }
        }
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        let peer = await lab.select()
        let answer = await peer.line("a FETCH 1:3 (UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        #expect(answer.contains("* 1 FETCH ("))
        #expect(!answer.contains("* 2 FETCH ("))
        #expect(answer.contains("* 3 FETCH ("))
        #expect(answer.hasSuffix("a NO [CORRUPTION] Mailbox data is damaged\r\n"), "\(answer)")
    }

    /// RFC 9051 section 6.3.12: also when the mailbox was deleted while the message came.
    @Test func aMailboxThatIsGoneAtTheEndOfAnAppendIsTRYCREATE() async throws {
        let lab = try Lab()
        let peer = await lab.logIn()
        await peer.line("a CREATE box")
        #expect(await peer.line("b APPEND box {5}").hasPrefix("+ "))
        try lab.memory.deleteMailbox(try #require(MailboxName(octets("box"))), for: user("alice"))
        let answer = await peer.send("a: b\n\r\n")
        #expect(answer.hasPrefix("b NO [TRYCREATE] "), "\(answer)")
    }
}
