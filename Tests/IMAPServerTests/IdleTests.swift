import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("IDLE (RFC 2177, RFC 9051 section 6.3.13)")
struct IdleTests {
    private func selected(_ fixture: Fixture, _ name: String = "alice") async -> TestClient {
        let client = await fixture.logIn(name, name == "alice" ? "secret" : "hunter2")
        await client.line("s SELECT INBOX")
        return client
    }

    /// Waits for what the server says by itself.
    private func hear(_ client: TestClient, until end: String) async -> String {
        var heard = ""
        for _ in 0..<10_000 where !heard.hasSuffix(end) {
            heard += await client.settle()
            await Task.yield()
        }
        return heard
    }

    @Test func newsIsToldWhenItHappens() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 3)
        let client = await selected(fixture)
        #expect(await client.line("a IDLE") == "+ idling\r\n")
        try fixture.fill("alice", 1)
        #expect(await hear(client, until: "RECENT\r\n") == "* 4 EXISTS\r\n* 4 RECENT\r\n")
        let second = try #require(UID(2))
        _ = try fixture.store.changeFlags(.add([.deleted]), of: UIDSet(second), in: .inbox, for: user("alice"))
        #expect(await hear(client, until: ")\r\n") == "* 2 FETCH (FLAGS (\\Deleted \\Recent))\r\n")
        _ = try fixture.store.expunge(UIDSet(second), in: .inbox, for: user("alice"))
        #expect(await hear(client, until: "EXPUNGE\r\n") == "* 2 EXPUNGE\r\n")
        #expect(await client.line("done") == "a OK IDLE completed\r\n")
        #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
    }

    @Test func whatHappenedBeforeIsToldWithTheInvitation() async throws {
        let fixture = try Fixture()
        let client = await selected(fixture)
        try fixture.fill("alice", 2)
        #expect(await client.line("a IDLE") == "+ idling\r\n* 2 EXISTS\r\n* 2 RECENT\r\n")
        #expect(await client.line("DONE") == "a OK IDLE completed\r\n")
    }

    @Test func anythingButDONEIsBAD() async throws {
        let fixture = try Fixture()
        let client = await selected(fixture)
        await client.line("a IDLE")
        #expect(await client.line("b NOOP") == "a BAD DONE expected\r\n")
        #expect(await client.line("c NOOP") == "c OK NOOP completed\r\n")
        await client.line("d IDLE")
        #expect(await client.line(String(repeating: "x", count: 100)).hasPrefix("* BYE "))
    }

    @Test func everythingInOneSegmentIsAnswered() async throws {
        let fixture = try Fixture()
        let client = await selected(fixture)
        #expect(
            await client.send("a IDLE\r\nDONE\r\nb NOOP\r\n")
                == "+ idling\r\na OK IDLE completed\r\nb OK NOOP completed\r\n")
    }

    @Test func withNothingSelectedItWaitsAndTellsNothing() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        #expect(await client.line("a IDLE") == "+ idling\r\n")
        try fixture.fill("alice", 2)
        #expect(await client.line("DONE") == "a OK IDLE completed\r\n")
    }

    @Test func halfAnHourIsTheLongest() async throws {
        let fixture = try Fixture()
        let client = await selected(fixture)
        await client.line("a IDLE")
        fixture.clock.advance(by: .seconds(1799))
        #expect(await client.settle() == "")
        fixture.clock.advance(by: .seconds(2))
        #expect(await hear(client, until: "\r\n").hasPrefix("* BYE "))
    }

    @Test func shutdownEndsIt() async throws {
        let fixture = try Fixture()
        let client = await selected(fixture)
        await client.line("a IDLE")
        await fixture.server.shutdown(within: .seconds(5))
        #expect(await client.settle() == "* BYE [UNAVAILABLE] Server shutting down\r\n")
    }

    /// The new user is never told of the old one's mail, nor woken by it.
    @Test func afterUNAUTHENTICATETheOldUsersMailWakesNobody() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("admin", "root")
        await client.line("s SELECT INBOX")
        await client.send("a IDLE\r\nDONE\r\n")
        #expect(await client.line("b UNAUTHENTICATE").hasPrefix("b OK "))
        await client.line("c LOGIN bob hunter2")
        await client.line("d SELECT INBOX")
        #expect(await client.line("e IDLE") == "+ idling\r\n")
        try fixture.fill("admin", 2)
        #expect(await client.line("DONE") == "e OK IDLE completed\r\n")
    }
}

@Suite("MOVE (RFC 6851), UID EXPUNGE (RFC 4315), ENABLE (RFC 5161)")
struct MoveTests {
    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    private func client(_ fixture: Fixture, _ command: String = "SELECT") async throws -> TestClient {
        try fixture.fill("alice", 4)
        let client = await fixture.logIn("alice", "secret")
        await client.line("s \(command) INBOX")
        await client.line("t CREATE foo")
        return client
    }

    @Test func theCodeComesBeforeTheExpunges() async throws {
        let fixture = try Fixture()
        let client = try await client(fixture)
        await play(
            """
            C: a UID MOVE 2:3,77 foo
            S: * OK [COPYUID 2 2:3 1:2] Messages moved
            S: * 3 EXPUNGE
            S: * 2 EXPUNGE
            S: a OK MOVE completed
            C: b MOVE 2 nowhere
            S: b NO [TRYCREATE] No such mailbox
            C: c UID MOVE 99 foo
            S: c OK MOVE completed
            C: d MOVE 1 INBOX
            S: * OK [COPYUID 1 1 5] Messages moved
            S: * 1 EXPUNGE
            S: * 2 EXISTS
            S: * 2 RECENT
            S: d OK MOVE completed
            """, on: client)
        #expect(try fixture.store.records(in: try #require(MailboxName(octets("foo"))), for: user("alice")).count == 2)
    }

    @Test func inAMailboxThatIsReadOnlyNothingMoves() async throws {
        let fixture = try Fixture()
        let client = try await client(fixture, "EXAMINE")
        #expect(await client.line("a MOVE 1 foo") == "a NO The mailbox was opened to be read\r\n")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).count == 4)
    }

    @Test func uidExpungeRemovesOnlyWhatIsNamedAndDeleted() async throws {
        let fixture = try Fixture()
        let client = try await client(fixture)
        await play(
            """
            C: a STORE 1:3 +FLAGS.SILENT (\\Deleted)
            S: a OK STORE completed
            C: b UID EXPUNGE 2,4
            S: * 2 EXPUNGE
            S: b OK UID EXPUNGE completed
            C: c EXPUNGE
            S: * 2 EXPUNGE
            S: * 1 EXPUNGE
            S: c OK EXPUNGE completed
            """, on: client)
    }

    @Test func enableAnswersWithWhatItSwitchedOn() async throws {
        let mode = SessionMode("X-MODE")
        let extensions: [IMAPExtension] =
            .few + [
                .enable, IMAPExtension("X-MODE") { $0.add(mode: mode, enabledAs: "X-MODE") },
            ]
        let fixture = try Fixture(extensions: extensions)
        let client = await fixture.logIn("admin", "root")
        await play(
            """
            C: a enable UTF8=ACCEPT x-mode CONDSTORE X-MODE
            S: * ENABLED X-MODE
            S: a OK ENABLE completed
            C: b ENABLE X-MODE
            S: * ENABLED
            S: b OK ENABLE completed
            C: c UNAUTHENTICATE
            S: c OK ...
            C: d LOGIN bob hunter2
            S: d OK ...
            C: e ENABLE X-MODE
            S: * ENABLED X-MODE
            S: e OK ENABLE completed
            """, on: client)
    }
}
