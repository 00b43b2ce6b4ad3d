import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: peers that go away (R-PIPE-4)")
struct HostileHangUpTests {
    private static let session =
        "a CAPABILITY\r\nb LOGIN admin root\r\nc SELECT INBOX\r\nd FETCH 1 (FLAGS BODY[])\r\ne STATUS INBOX (UNSEEN)\r\n"
        + "f UNAUTHENTICATE\r\ng AUTHENTICATE PLAIN\r\n\(base64("bob\0admin\0root"))\r\nh SELECT {5}\r\nINBOX\r\n"
        + "i FETCH 1:2 BODY.PEEK[]\r\nj UNAUTHENTICATE\r\nk NOOP\r\n"

    private static func lab() throws -> Lab {
        let lab = try Lab()
        for name in ["bob", "admin"] { try lab.fill(name, 2) }
        return lab
    }

    private static func isEmpty(_ lab: Lab) -> Bool {
        lab.memory.openSessionCount == 0 && lab.memory.openMailboxCount == 0 && lab.server.connectionCount == 0
    }

    /// R-PIPE-4
    @Test func aWriteThatFailsAtAnyOctetEndsTheSessionAndReleasesEverything() async throws {
        let lab = try HostileHangUpTests.lab()
        var length = 0
        // The second time all messages are seen, as they are from then on.
        for _ in 1...2 {
            let whole = await lab.connect()
            length = whole.greeting.utf8.count + (await whole.send(HostileHangUpTests.session)).utf8.count
            whole.transport.hangUp()
        }
        #expect(length > 1000)
        for count in 0..<length {
            let transport = ScriptedTransport()
            transport.failWrites(after: count)
            transport.send(HostileHangUpTests.session)
            lab.server.accept(transport)
            guard await eventually({ transport.isClosed && HostileHangUpTests.isEmpty(lab) }) else {
                Issue.record("something is left after a write that failed at octet \(count)")
                return
            }
        }
        #expect(lab.witness.closings.allSatisfy { $0 == .hangUp })
    }

    /// R-PIPE-4: the client is gone behind every octet it sent, by hang-up or by the end of its input.
    @Test(arguments: [false, true])
    func aClientThatGoesAwayAtAnyOctetLeavesNothing(_ hangsUp: Bool) async throws {
        let lab = try HostileHangUpTests.lab()
        let input = octets(HostileHangUpTests.session)
        for count in 0..<input.count {
            let transport = ScriptedTransport()
            transport.send(Array(input[..<count]))
            if hangsUp {
                lab.server.accept(transport)
                transport.hangUp()
            } else {
                transport.endInput()
                lab.server.accept(transport)
            }
            guard await eventually({ transport.isClosed && HostileHangUpTests.isEmpty(lab) }) else {
                // Hang-up before the first read reaches no sink of this transport.
                transport.hangUp()
                guard await eventually({ transport.isClosed && HostileHangUpTests.isEmpty(lab) }) else {
                    Issue.record("something is left after \(count) octets")
                    return
                }
                continue
            }
        }
    }

    /// R-PIPE-4: nobody is there for whom what was pipelined could be done.
    @Test func nothingIsExecutedForAClientThatIsGone() async throws {
        let users = HostileUsers()
        users.hang("alice")
        let lab = try Lab(users: users)
        let peer = await lab.connect()
        peer.transport.send("a LOGIN alice wrong\r\nb LOGIN bob hunter2\r\nc SELECT INBOX\r\nd CLOSE\r\n")
        #expect(await eventually { users.questions.count == 1 })
        peer.transport.hangUp()
        #expect(await eventually { peer.isClosed && HostileHangUpTests.isEmpty(lab) })
        #expect(users.questions == ["authenticate alice"])
    }

    /// R-PIPE-4: hang-up while a host call is running.
    @Test func hangUpEndsACommandThatWaitsForItsHost() async throws {
        let users = HostileUsers()
        users.hang("bob")
        let lab = try Lab(users: users)
        let peer = await lab.connect()
        peer.transport.send("a LOGIN bob hunter2\r\n")
        #expect(await eventually { users.questions.count == 1 })
        peer.transport.hangUp()
        #expect(await eventually { peer.isClosed && HostileHangUpTests.isEmpty(lab) })
        #expect(lab.witness.closings == [.hangUp])
    }
}
