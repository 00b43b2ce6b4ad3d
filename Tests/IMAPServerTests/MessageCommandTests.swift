import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Messages: STORE, EXPUNGE, COPY (RFC 3501 sections 6.4.3, 6.4.6 and 6.4.7)")
struct MessageCommandTests {
    private func selected(_ count: Int = 3, in fixture: Fixture, examining: Bool = false) async throws -> TestClient {
        if count > 0 { try fixture.fill("alice", count) }
        let client = await fixture.logIn("alice", "secret")
        await client.line(examining ? "s EXAMINE INBOX" : "s SELECT INBOX")
        return client
    }

    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    @Test func flagsAreChangedAndToldOnceAndSilentlyNotAtAll() async throws {
        let client = try await selected(in: Fixture())
        await play(
            """
            C: a STORE 1:2 +FLAGS (\\Deleted $Work)
            S: * 1 FETCH (FLAGS (\\Deleted $Work \\Recent))
            S: * 2 FETCH (FLAGS (\\Deleted $Work \\Recent))
            S: a OK STORE completed
            C: b STORE 2 -flags.silent (\\DELETED)
            S: b OK STORE completed
            C: c UID STORE 3 FLAGS \\Seen \\Recent \\Flagged
            S: * 3 FETCH (UID 3 FLAGS (...))
            S: c OK STORE completed
            C: d NOOP
            S: d OK NOOP completed
            C: e FETCH 1:3 FLAGS
            S: * 1 FETCH (FLAGS (\\Deleted $Work \\Recent))
            S: * 2 FETCH (FLAGS ($Work \\Recent))
            S: * 3 FETCH (FLAGS (\\Flagged \\Seen \\Recent))
            S: e OK FETCH completed
            C: f UID STORE 77 +FLAGS (\\Seen)
            S: f OK STORE completed
            C: g STORE 4 +FLAGS (\\Seen)
            S: g BAD No such message
            C: h STORE 1 +FLAGS ()
            S: * 1 FETCH (FLAGS (\\Deleted $Work \\Recent))
            S: h OK STORE completed
            """, on: client)
    }

    @Test func anotherSessionIsToldTheFlagsAndTheExpungeAtTheRightMoments() async throws {
        let fixture = try Fixture()
        let client = try await selected(4, in: fixture)
        let other = try await selected(0, in: fixture)
        await client.line("a STORE 2,3 +FLAGS.SILENT (\\Deleted)")
        #expect(
            await other.line("o NOOP")
                == "* 2 FETCH (FLAGS (\\Deleted))\r\n* 3 FETCH (FLAGS (\\Deleted))\r\no OK NOOP completed\r\n")
        #expect(await client.line("b EXPUNGE") == "* 3 EXPUNGE\r\n* 2 EXPUNGE\r\nb OK EXPUNGE completed\r\n")
        // Not while messages are named by number: the numbers hold until the client can be told.
        #expect(
            await other.line("p FETCH 4 (UID)") == "* 4 FETCH (UID 4)\r\np OK FETCH completed\r\n")
        #expect(await other.line("q STORE 4 +FLAGS.SILENT (\\Seen)") == "q OK STORE completed\r\n")
        #expect(
            await other.line("r FETCH 2:3 (UID)")
                == "r NO [EXPUNGEISSUED] Some of the messages no longer exist\r\n")
        #expect(await other.line("s UID FETCH 2:3 (FLAGS)").hasSuffix("s OK FETCH completed\r\n"))
        #expect(
            await other.line("t FETCH 1:* (UID)")
                == "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 4)\r\nt OK FETCH completed\r\n")
        #expect(await client.line("c FETCH 2 (FLAGS)").hasPrefix("* 2 FETCH (FLAGS (\\Seen \\Recent))\r\n"))
    }

    @Test func aSilentStoreDoesNotHideWhatAnotherSessionChangedSince() async throws {
        let fixture = try Fixture()
        let client = try await selected(1, in: fixture)
        let other = try await selected(0, in: fixture)
        await client.line("a STORE 1 +FLAGS.SILENT (\\Seen)")
        await other.line("o STORE 1 +FLAGS (\\Flagged)")
        #expect(
            await client.line("b NOOP") == "* 1 FETCH (FLAGS (\\Flagged \\Seen \\Recent))\r\nb OK NOOP completed\r\n")
    }

    /// Told once, and as the flags are then: a FETCH of the time before the STORE would leave the client to guess
    /// whether its own change is in it (RFC 3501 section 6.4.6).
    @Test func aSilentStoreDoesNotHideWhatAnotherSessionChangedBefore() async throws {
        let fixture = try Fixture()
        let client = try await selected(1, in: fixture)
        let other = try await selected(0, in: fixture)
        await other.line("o STORE 1 +FLAGS (\\Flagged)")
        #expect(
            await client.line("a STORE 1 +FLAGS.SILENT (\\Seen)")
                == "* 1 FETCH (FLAGS (\\Flagged \\Seen \\Recent))\r\na OK STORE completed\r\n")
        #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
    }

    @Test func messagesAreCopiedAllOrNothing() async throws {
        let fixture = try Fixture()
        let client = try await selected(3, in: fixture)
        await play(
            """
            C: a COPY 1:2 box
            S: a NO [TRYCREATE] No such mailbox
            C: b CREATE box
            S: b OK ...CREATE completed
            C: c STORE 2 +FLAGS.SILENT (\\Flagged)
            S: c OK STORE completed
            C: d COPY 2:3 box
            S: d OK [COPYUID ...] COPY completed
            C: e UID COPY 77 box
            S: e OK COPY completed
            C: f COPY 1 INBOX
            S: * 4 EXISTS
            S: * 4 RECENT
            S: f OK [COPYUID 1 1 4] COPY completed
            C: g EXAMINE box
            S: * OK [CLOSED] ...
            S: * FLAGS ...
            S: * 2 EXISTS
            S: * 2 RECENT
            S: * OK [UNSEEN 1] ...
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 3] ...
            S: * OK [PERMANENTFLAGS ()] ...
            S: * OK [HIGHESTMODSEQ ...
            S: * OK [MAILBOXID (...)] ...
            S: g OK [READ-ONLY] EXAMINE completed
            C: h FETCH 1:2 (FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])
            S: * 1 FETCH (FLAGS (\\Flagged \\Recent) BODY[HEADER.FIELDS (SUBJECT)] {20}
            S: Subject: alice 2
            S:
            S: )
            S: * 2 FETCH (FLAGS (\\Recent) BODY[HEADER.FIELDS (SUBJECT)] {20}
            S: Subject: alice 3
            S:
            S: )
            S: h OK FETCH completed
            """, on: client)
    }

    @Test func aMailboxThatIsReadOnlyIsNotChanged() async throws {
        let fixture = try Fixture()
        let client = try await selected(2, in: fixture, examining: true)
        _ = try fixture.store.changeFlags(.add([.deleted]), of: UIDSet(.first), in: .inbox, for: user("alice"))
        for line in ["STORE 1 +FLAGS (\\Seen)", "UID STORE 1 FLAGS ()", "EXPUNGE"] {
            #expect(await client.line("a \(line)").hasSuffix("a NO The mailbox was opened to be read\r\n"), "\(line)")
        }
        await client.line("b CLOSE")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).count == 2)
    }

    @Test func closeExpungesInSilence() async throws {
        let fixture = try Fixture()
        let client = try await selected(3, in: fixture)
        await client.line("a STORE 1:2 +FLAGS.SILENT (\\Deleted)")
        #expect(await client.line("b CLOSE") == "b OK CLOSE completed\r\n")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).map(\.uid) == [UID(3)].compactMap { $0 })
    }
}

@Suite("COPY of messages that are gone (RFC 3501 section 6.4.7)")
struct VanishedCopyTests {
    @Test func byNumberItIsNOAndNothingIsCopiedByUIDTheRestIs() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 3)
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        await client.line("b CREATE box")
        _ = try fixture.store.remove(UIDSet([UID(2)].compactMap { $0 }), in: .inbox, for: user("alice"))
        // Pipelined, so that no command between could tell of the expunge.
        let output = await client.send("c COPY 1:3 box\r\nd STATUS box (MESSAGES)\r\n")
        #expect(output.contains("c NO [EXPUNGEISSUED]"))
        #expect(output.contains("* STATUS box (MESSAGES 0)"))
        #expect(await client.line("e UID COPY 1:3 box").hasSuffix("] COPY completed\r\n"))
        #expect(await client.line("f STATUS box (MESSAGES)").contains("(MESSAGES 2)"))
    }
}

@Suite("EXPUNGE in a mailbox with gaps (RFC 3501 section 6.4.3)")
struct GapTests {
    /// Messages 2, 4, 6 and so on of twice as many.
    private func mailbox(_ count: Int) async throws -> (store: SearchStore, peer: Peer) {
        let store = SearchStore()
        let lab = try Lab(extensions: [.literalMinus], memory: store.memory, store: store)
        try store.memory.append(
            contentsOf: Array(repeating: MemoryMessage(octets("Subject: x\n\ny\n")), count: 2 * count), to: .inbox,
            for: user("alice"))
        let odd = UIDSet(stride(from: 1, to: 2 * count, by: 2).compactMap { UID(UInt32($0)) })
        try store.memory.remove(odd, in: .inbox, for: user("alice"))
        return (store, await lab.select())
    }

    /// The store is not told which messages there are: it knows.
    @Test(arguments: ["EXPUNGE", "CLOSE"]) func theStoreIsAskedForOneRange(_ command: String) async throws {
        let (store, peer) = try await mailbox(1000)
        await peer.line("a UID STORE 1000 +FLAGS.SILENT (\\Deleted)")
        let told = command == "CLOSE" ? "" : "* 500 EXPUNGE\r\n"
        #expect(await peer.line("b \(command)") == "\(told)b OK \(command) completed\r\n")
        #expect(store.counts.expungeRanges == 1)
        #expect(try store.memory.records(in: .inbox, for: user("alice")).count == 999)
    }

    @Test func noMessageIsNoRange() async throws {
        let (store, peer) = try await mailbox(1)
        await peer.line("a STORE 1 +FLAGS.SILENT (\\Deleted)")
        #expect(await peer.line("b EXPUNGE") == "* 1 EXPUNGE\r\nb OK EXPUNGE completed\r\n")
        #expect(await peer.line("c EXPUNGE") == "c OK EXPUNGE completed\r\n")
        #expect(store.counts.expungeRanges == 1)
    }

    /// Runs of one and of several, at both ends and between.
    @Test func whatIsLeftKeepsItsOrder() async throws {
        let (_, peer) = try await mailbox(10)
        await peer.line("a STORE 1,3:5,8,10 +FLAGS.SILENT (\\Deleted)")
        #expect(
            await peer.line("b EXPUNGE")
                == [10, 8, 5, 4, 3, 1].map { "* \($0) EXPUNGE\r\n" }.joined() + "b OK EXPUNGE completed\r\n")
        #expect(
            await peer.line("c FETCH 1:* UID")
                == [4, 12, 14, 18].enumerated().map { "* \($0.offset + 1) FETCH (UID \($0.element))\r\n" }.joined()
                + "c OK FETCH completed\r\n")
    }

    /// One that came behind the view's last message is not expunged before its client was told of it.
    @Test func whatTheClientDoesNotKnowStays() async throws {
        let (store, peer) = try await mailbox(3)
        _ = try store.memory.append(octets("Subject: x\n\ny\n"), to: .inbox, for: user("alice"), flags: [.deleted])
        let told = await peer.line("b EXPUNGE")
        #expect(told.hasPrefix("* 4 EXISTS\r\n") && !told.contains("EXPUNGE\r\n"), "\(told)")
        #expect(await peer.line("c EXPUNGE") == "* 4 EXPUNGE\r\nc OK EXPUNGE completed\r\n")
    }
}
