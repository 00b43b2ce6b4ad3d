import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("APPEND (RFC 9051 section 6.3.12), MULTIAPPEND (RFC 3502), APPENDLIMIT (RFC 7889), UIDPLUS (RFC 4315)")
struct AppendTests {
    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    private func text(_ fixture: Fixture, _ uid: UInt32, in name: MailboxName = .inbox) async throws -> String {
        let body = try fixture.store.body(of: try #require(UID(uid)), in: name, for: user("alice"))
        return String(decoding: try await body.read(at: 0, max: 1 << 20), as: UTF8.self)
    }

    @Test func aMessageIsInvitedStoredAndCountedBeforeTheOK() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        await play(
            """
            C: a SELECT INBOX
            S: ...
            S: * 0 EXISTS
            S: ...
            S: ...
            S: ...
            S: ...
            S: * OK [HIGHESTMODSEQ 1] ...
            S: * OK [MAILBOXID (...)] ...
            S: a OK [READ-WRITE] SELECT completed
            C: b APPEND inbox (\\Seen $Work \\recent) " 7-Feb-1994 21:52:25 -0800" {18}
            S: + Ready for literal data
            """, on: client)
        let answer = await client.send("Subject: x\r\n\r\nabcd\r\n")
        #expect(answer == "* 1 EXISTS\r\n* 1 RECENT\r\nb OK [APPENDUID 1 1] APPEND completed\r\n")
        #expect(try await text(fixture, 1) == "Subject: x\r\n\r\nabcd")
        #expect(
            await client.line("c FETCH 1 (FLAGS INTERNALDATE RFC822.SIZE)")
                == "* 1 FETCH (FLAGS (\\Seen $Work \\Recent) INTERNALDATE \" 7-Feb-1994 21:52:25 -0800\" RFC822.SIZE 18)\r\n"
                + "c OK FETCH completed\r\n")
    }

    /// A refused message is refused before it is invited, and one that was not invited is swallowed.
    @Test func aMessageForNowhereIsRefusedBeforeItIsSent() async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard.leavingOut(["BINARY"]))
        let client = await fixture.logIn("alice", "secret")
        await play(
            """
            C: a APPEND nowhere {1000}
            S: a NO [TRYCREATE] No such mailbox
            C: b APPEND "&x" {1000}
            S: b NO [CANNOT] No mailbox can have that name
            C: c APPEND INBOX {67108865}
            S: c NO [TOOBIG] Message too big
            C: d APPEND INBOX {0}
            S: d NO A message has at least one octet
            C: e APPEND INBOX {99999999999999999999}
            S: e NO [TOOBIG] Message too big
            C: f APPEND INBOX (\\Seen) "not a date" {3}
            S: f BAD Syntax error
            C: g APPEND INBOX
            S: g BAD Argument missing
            C: h NOOP
            S: h OK NOOP completed
            """, on: client)
        let swallowed = await client.send("i APPEND nowhere {6+}\r\nz NO\r\n\r\nj NOOP\r\n")
        #expect(swallowed == "i NO [TRYCREATE] No such mailbox\r\nj OK NOOP completed\r\n")
        let tooBig = await client.send(
            "k APPEND INBOX {5000+}\r\n" + String(repeating: "x", count: 5000) + "\r\nl NOOP\r\n")
        #expect(tooBig == "k BAD [TOOBIG] Literal too big to be sent without waiting\r\nl OK NOOP completed\r\n")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).isEmpty)
    }

    @Test func aCommandOfTheHostNeedNotTakeAllOfItsLiteral() async throws {
        let client = try await Fixture(extensions: IMAPExtension.standard + [.peek]).logIn("alice", "secret")
        #expect(await client.line("a XPEEK {3}") == "a OK Seen\r\n")
        #expect(await client.send("b XPEEK {3+}\r\nxyz\r\nc NOOP\r\n") == "b OK Seen\r\nc OK NOOP completed\r\n")
        #expect(await client.line("d XPEEK {9}") == "+ Ready for literal data\r\n")
        #expect(await client.send("xyz") == "d OK Peeked\r\n")
        #expect(await client.send("z NOOP\r\ne NOOP\r\n") == "e OK NOOP completed\r\n")
    }

    /// RFC 9051 section 7.5.1: a command that was not received to its end is not in progress.
    @Test func noEXPUNGEIsSentWhileTheRestOfACommandIsStillToCome() async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard + [.peek])
        try fixture.fill("alice", 2)
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        await client.line("a XPEEK {9}")
        _ = try fixture.store.remove(UIDSet(try #require(UID(1))), in: .inbox, for: user("alice"))
        #expect(await client.send("xyz") == "a OK Peeked\r\n")
        #expect(await client.send("z NOOP\r\nb NOOP\r\n") == "* 1 EXPUNGE\r\nb OK NOOP completed\r\n")
    }

    /// RFC 3516 section 4.4: octets as they are, NUL among them.
    @Test func aBinaryLiteralIsStoredAsItIsWhereBINARYIs() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        #expect(
            await client.send("a APPEND INBOX ~{4+}\r\na\0bc\r\n") == "a OK [APPENDUID 1 1] APPEND completed\r\n")
        #expect(try await text(fixture, 1) == "a\0bc")
        let plain = await (try Fixture(extensions: .few)).logIn("alice", "secret")
        #expect(
            await plain.send("a APPEND INBOX ~{4+}\r\na\0bc\r\nb NOOP\r\n")
                == "a BAD A binary literal is not accepted here\r\nb OK NOOP completed\r\n")
    }

    @Test func theMailboxMayBeALiteralToo() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        #expect(await client.line("a APPEND {5}") == "+ Ready for literal data\r\n")
        #expect(await client.line("INBOX (\\Draft) {3}") == "+ Ready for literal data\r\n")
        #expect(await client.line("abc") == "a OK [APPENDUID 1 1] APPEND completed\r\n")
        #expect(
            await client.send("b APPEND {5+}\r\nINBOX {3+}\r\nabc\r\n") == "b OK [APPENDUID 1 2] APPEND completed\r\n")
    }

    /// R-LIT-9
    @Test func nulIsReadWholeAndRefused() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        let answer = await client.send("a APPEND INBOX {4+}\r\na\0bc\r\nb NOOP\r\n")
        #expect(answer == "a NO [CANNOT] A message that holds NUL is not stored\r\nb OK NOOP completed\r\n")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).isEmpty)
    }

    @Test func manyMessagesAreAllStoredOrNone() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        let all = await client.send(
            "a APPEND INBOX {3+}\r\none (\\Seen) {3+}\r\ntwo \"01-Jan-2020 00:00:00 +0000\" {5+}\r\nthree\r\n")
        #expect(all == "a OK [APPENDUID 1 1:3] APPEND completed\r\n")
        let records = try fixture.store.records(in: .inbox, for: user("alice"))
        #expect(records.map(\.flags) == [[], [.seen], []])
        #expect(try await text(fixture, 3) == "three")
        for last in ["(\\Seen) {0+}\r\n", "{3+}\r\na\0b", "\"x\" {3+}\r\nabc", "{67108865}", "abc", ")"] {
            let answer = await client.send("b APPEND INBOX {3+}\r\none \(last)\r\nc NOOP\r\n")
            #expect(answer.hasPrefix("b NO ") || answer.hasPrefix("b BAD "), "\(last): \(answer)")
            #expect(answer.hasSuffix("\r\nc OK NOOP completed\r\n"), "\(last): \(answer)")
        }
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).count == 3)
    }

    @Test func withoutMULTIAPPENDASecondMessageIsRefusedWithTheFirst() async throws {
        let fixture = try Fixture(extensions: .few + [.uidPlus])
        let client = await fixture.logIn("alice", "secret")
        let answer = await client.send("a APPEND INBOX {3+}\r\none {3+}\r\ntwo\r\nb NOOP\r\n")
        #expect(answer == "a BAD One message at a time\r\nb OK NOOP completed\r\n")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).isEmpty)
    }

    /// U-A-5: whatever the moment at which the client goes, the message is whole or was never there.
    @Test func aClientThatGoesHalfWayLeavesNothing() async throws {
        let octets = octets("a APPEND INBOX {10+}\r\n0123456789 {5+}\r\nabcde\r\n")
        for cut in 0...octets.count {
            let fixture = try Fixture()
            let client = await fixture.logIn("alice", "secret")
            client.transport.send(Array(octets[..<cut]))
            _ = await client.settle()
            client.transport.hangUp()
            _ = await client.settle()
            while fixture.server.connectionCount > 0 { await Task.yield() }
            let count = try fixture.store.records(in: .inbox, for: user("alice")).count
            #expect(count == (cut == octets.count ? 2 : 0), "\(cut)")
        }
    }

    /// However the octets are cut, the same is stored and answered.
    @Test func everyCutGivesTheSame() async throws {
        let octets = octets("a APPEND INBOX (\\Seen) {12+}\r\nX: 1\r\n\r\ntext {3+}\r\ntwo\r\nb NOOP\r\n")
        for cut in 1..<octets.count {
            let fixture = try Fixture()
            let client = await fixture.logIn("alice", "secret")
            let answer = await client.send(octets, cutAt: [cut])
            #expect(answer == "a OK [APPENDUID 1 1:2] APPEND completed\r\nb OK NOOP completed\r\n", "\(cut)")
            #expect(try await text(fixture, 1) == "X: 1\r\n\r\ntext")
        }
    }

    @Test func statusTellsTheLimit() async throws {
        let fixture = try Fixture { $0.limits.append = 1000 }
        let client = await fixture.logIn("alice", "secret")
        #expect(await client.line("a CAPABILITY").contains(" APPENDLIMIT=1000 "))
        #expect(
            await client.line("b STATUS INBOX (APPENDLIMIT)").hasPrefix("* STATUS INBOX (APPENDLIMIT 1000)\r\nb OK "))
        #expect(await client.line("c APPEND INBOX {1001}") == "c NO [TOOBIG] Message too big\r\n")
        #expect(await client.line("d APPEND INBOX {1000}") == "+ Ready for literal data\r\n")
    }

    /// R-TIME-1: a client that sends a message too slowly is cut off, one that is slow and steady is not.
    @Test func aMessageMustComeFastEnough() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        await client.line("a APPEND INBOX {1000000}")
        for _ in 1...9 {
            fixture.clock.advance(by: .seconds(100))
            #expect(await client.send(String(repeating: "x", count: 30_000)) == "")
        }
        for _ in 1...2 {
            fixture.clock.advance(by: .seconds(100))
            #expect(await client.send("x") == "")
        }
        fixture.clock.advance(by: .seconds(301))
        var answer = ""
        for _ in 0..<10_000 where answer.isEmpty {
            answer += await client.settle()
            await Task.yield()
        }
        #expect(answer == "* BYE Idle for too long\r\n")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).isEmpty)
    }
}
