import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Faults: what a client is told of a mailbox whose store contradicts itself")
struct FaultAnswersTests {
    /// A session that selected a mailbox of an honest store, which lies from now on.
    private func selected(
        _ method: FaultyStore.Method, _ lie: FaultLie
    ) async throws -> (lab: Lab, store: FaultyStore, peer: Peer) {
        let memory = MemoryStore()
        let store = FaultyStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        let peer = await lab.select()
        #expect(!lab.witness.story.contains("fault"))
        store.lie(in: method, lie.tell)
        return (lab, store, peer)
    }

    /// NO [SERVERBUG] or BYE, no FETCH in front of it, and the observer is told.
    private func expectRefusal(_ answer: String, _ lab: Lab, _ place: String) {
        let lines = answer.split(separator: "\r\n")
        #expect(!lines.contains { $0.hasPrefix("* ") && $0.contains(" FETCH ") }, "FETCH \(place): \(answer)")
        #expect(
            lines.last.map { $0.hasPrefix("a NO [SERVERBUG] ") || $0.hasPrefix("* BYE ") } ?? false,
            "\(place): \(answer)")
        #expect(lab.witness.story.contains("fault"), "\(place)")
    }

    /// Messages out of order, twice, that nobody asked for, without what was asked for: none of them is told.
    @Test(arguments: [
        "FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE MODSEQ)", "UID FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE MODSEQ)",
        "FETCH 2 (FLAGS INTERNALDATE RFC822.SIZE MODSEQ)",
        "FETCH 1:* (FLAGS INTERNALDATE RFC822.SIZE MODSEQ BODY.PEEK[])",
    ])
    func noFETCHOfRecordsThatCannotBe(_ line: String) async throws {
        let lies = FaultyStore.Method.messages.lies.filter { $0.isReported && $0.name == "records" }
        #expect(lies.count == 5)
        for (index, lie) in lies.enumerated() {
            let (lab, _, peer) = try await selected(.messages, lie)
            expectRefusal(await peer.line("a \(line)"), lab, "\(index)")
            peer.transport.hangUp()
            #expect(await eventually { lab.server.connectionCount == 0 })
        }
    }

    /// A size that is not the body's is found when both are looked at.
    @Test(arguments: [
        "FETCH 2 (RFC822.SIZE BODY.PEEK[])", "UID FETCH 1:3 (RFC822.SIZE BODY.PEEK[] BODY.PEEK[1])", "FETCH 1 ALL",
        "FETCH 1 FULL",
    ])
    func noFETCHOfASizeThatLies(_ line: String) async throws {
        for lie in FaultyStore.Method.messages.lies where lie.name == "size" {
            let (lab, _, peer) = try await selected(.messages, lie)
            expectRefusal(await peer.line("a \(line)"), lab, line)
        }
    }

    /// More octets than were asked for are not told; too few end the connection, inside the literal or in front of it.
    @Test(arguments: ["FETCH 2 BODY.PEEK[]", "FETCH 2 BODY.PEEK[TEXT]", "FETCH 1:3 (BODY.PEEK[]<3.8>)"])
    func noFETCHOfOtherOctets(_ line: String) async throws {
        let truth = try Lab()
        try truth.fill()
        let expected = await (await truth.select()).line("a \(line)")
        #expect(expected.hasSuffix("a OK FETCH completed\r\n"))
        for lie in FaultyStore.Method.read.lies {
            let (lab, store, peer) = try await selected(.read, lie)
            let answer = await peer.line("a \(line)")
            if lie.name == "too much" {
                #expect(answer == expected, "\(answer)")
            } else {
                #expect(!answer.contains("a OK "), "\(answer)")
                #expect(peer.isClosed || answer.hasPrefix("a NO [SERVERBUG] "), "\(answer)")
                #expect(lab.witness.story.contains("fault"))
            }
            peer.transport.hangUp()
            #expect(await eventually { lab.server.connectionCount == 0 && store.livingCount == 0 })
        }
    }
}
