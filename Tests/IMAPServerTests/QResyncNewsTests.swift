import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("QRESYNC: VANISHED for EXPUNGE, and what HIGHESTMODSEQ says (RFC 7162 sections 3.2.7 to 3.2.11 and 6)")
struct QResyncNewsTests {
    // MARK: Sections 3.2.7, 3.2.9 and 3.2.10

    @Test func expungesAreVANISHEDAndTheReplyHasHIGHESTMODSEQ() async throws {
        let lab = try ResyncLab(9)
        let client = await lab.session("QRESYNC", "SELECT INBOX")
        await lab.play(
            """
            C: A201 UID STORE 2:3,5,9 +FLAGS.SILENT (\\Deleted)
            S: * 2 FETCH (UID 2 MODSEQ (11))
            S: * 3 FETCH (UID 3 MODSEQ (11))
            S: * 5 FETCH (UID 5 MODSEQ (11))
            S: * 9 FETCH (UID 9 MODSEQ (11))
            S: A201 OK STORE completed
            C: A202 EXPUNGE
            S: * VANISHED 2:3,5,9
            S: A202 OK [HIGHESTMODSEQ 12] EXPUNGE completed
            C: A203 EXPUNGE
            S: A203 OK EXPUNGE completed
            C: A204 UID STORE 1,4 +FLAGS (\\Deleted)
            S: * 1 FETCH (UID 1 FLAGS (\\Deleted \\Recent) MODSEQ (13))
            S: * 2 FETCH (UID 4 FLAGS (\\Deleted \\Recent) MODSEQ (13))
            S: A204 OK STORE completed
            C: A210 UID EXPUNGE 3:4
            S: * VANISHED 4
            S: A210 OK [HIGHESTMODSEQ 14] UID EXPUNGE completed
            C: A211 UID EXPUNGE 3:4
            S: A211 OK UID EXPUNGE completed
            C: A212 CLOSE
            S: A212 OK CLOSE completed
            C: A213 EXAMINE INBOX (QRESYNC (1 14))
            S: * FLAGS ...
            S: * 3 EXISTS
            S: * 0 RECENT
            S: * OK [UNSEEN ...
            S: * OK [UIDVALIDITY 1] ...
            S: * OK [UIDNEXT 10] ...
            S: * OK [PERMANENTFLAGS ...
            S: * OK [HIGHESTMODSEQ 15] Highest
            S: * VANISHED (EARLIER) 1
            S: A213 OK [READ-ONLY] EXAMINE completed
            """, on: client)
    }

    /// A client that did not ask for it is told numbers, and no more than before.
    @Test func withoutENABLEExpungesAreEXPUNGE() async throws {
        let lab = try ResyncLab(11)
        try lab.change(.add([.deleted]), [3, 4, 7, 11])
        let client = await lab.session("CONDSTORE", "SELECT INBOX")
        await lab.play(
            """
            C: A202 EXPUNGE
            S: * 11 EXPUNGE
            S: * 7 EXPUNGE
            S: * 4 EXPUNGE
            S: * 3 EXPUNGE
            S: A202 OK EXPUNGE completed
            """, on: client)
    }

    /// RFC 6851 section 4.4
    @Test func whatIsMovedVanishes() async throws {
        let lab = try ResyncLab(4)
        let client = await lab.session("QRESYNC")
        await client.line("c CREATE box")
        await client.line("s SELECT INBOX")
        await lab.play(
            """
            C: a MOVE 1:2 box
            S: * OK [COPYUID 2 1:2 1:2] Messages moved
            S: * VANISHED 1:2
            S: a OK [HIGHESTMODSEQ 6] MOVE completed
            C: b UID MOVE 1,4 INBOX
            S: * OK [COPYUID 1 4 5] Messages moved
            S: * VANISHED 4
            S: * 2 EXISTS
            S: * 2 RECENT
            S: b OK [HIGHESTMODSEQ 8] MOVE completed
            C: c UID MOVE 1 box
            S: c OK MOVE completed
            """, on: client)
    }

    @Test func whatOthersExpungeVanishesWhereItMayBeTold() async throws {
        let lab = try ResyncLab(6)
        let client = await lab.session("QRESYNC", "SELECT INBOX")
        try lab.expunge([2, 3])
        await lab.play(
            """
            C: a NOOP
            S: * VANISHED 2:3
            S: a OK [HIGHESTMODSEQ 9] NOOP completed
            """, on: client)
        try lab.expunge([5])
        client.transport.send("b IDLE\r\n")
        #expect(await client.settle() == "+ idling\r\n* VANISHED 5\r\n")
        try lab.expunge([6])
        var told = ""
        for _ in 0..<10_000 where told.isEmpty {
            told = await client.settle()
            try await Task.sleep(for: .milliseconds(1))
        }
        #expect(told == "* VANISHED 6\r\n", "\(told)")
        #expect(await client.line("DONE") == "b OK [HIGHESTMODSEQ 13] IDLE completed\r\n")
        // One that came and went before it was announced is not told of.
        let uid = try lab.fixture.store.append(octets("Subject: x\r\n\r\n"), to: .inbox, for: user("alice"))
        try lab.expunge([uid.rawValue])
        #expect(await client.line("c NOOP") == "c OK NOOP completed\r\n")
    }

    // MARK: Section 6: HIGHESTMODSEQ does not run ahead of a VANISHED that waits

    @Test func theExampleOfSection6() async throws {
        let lab = try ResyncLab(9)
        let client = await lab.session("QRESYNC", "SELECT INBOX")
        try lab.change(.add([.flagged]), [7])
        try lab.expunge([9])
        await lab.play(
            """
            C: A150 STORE 1:7 (UNCHANGEDSINCE 10) +FLAGS.SILENT \\Seen
            S: * 1 FETCH (UID 1 MODSEQ (14))
            S: * 2 FETCH (UID 2 MODSEQ (14))
            S: * 3 FETCH (UID 3 MODSEQ (14))
            S: * 4 FETCH (UID 4 MODSEQ (14))
            S: * 5 FETCH (UID 5 MODSEQ (14))
            S: * 6 FETCH (UID 6 MODSEQ (14))
            S: * 7 FETCH (UID 7 FLAGS (\\Flagged \\Recent) MODSEQ (11))
            S: * OK [HIGHESTMODSEQ 10] Everything up to here was told
            S: A150 OK [MODIFIED 7] Some of the messages were changed by another session
            C: A151 STORE 8 +FLAGS.SILENT \\Seen
            S: * 8 FETCH (UID 8 MODSEQ (15))
            S: A151 OK [HIGHESTMODSEQ 10] STORE completed
            C: A152 FETCH 9 (MODSEQ)
            S: * OK [HIGHESTMODSEQ 10] Everything up to here was told
            S: A152 NO [EXPUNGEISSUED] Some of the messages no longer exist
            C: A153 NOOP
            S: * VANISHED 9
            S: A153 OK [HIGHESTMODSEQ 15] NOOP completed
            C: A154 NOOP
            S: A154 OK NOOP completed
            """, on: client)
    }

    /// A mod-sequence is not told before what has a smaller one, though the store did not say that anything happened.
    @Test func aStoreThatWakesNobodyIsAskedAllTheSame() async throws {
        let store = DeafStore()
        let lab = try Lab(store: store)
        let peer = await lab.logIn()
        for _ in 1...3 { await peer.line("f APPEND INBOX {3+}\r\nabc") }
        await peer.line("e ENABLE QRESYNC")
        await peer.line("s SELECT INBOX")
        let two = UIDSet([UID.first, UID(3) ?? .first])
        _ = try store.memory.changeFlags(.add([.deleted]), of: UIDSet(UID.first), in: .inbox, for: user("alice"))
        _ = try store.memory.expunge(two, in: .inbox, for: user("alice"))
        _ = try store.memory.changeFlags(.add([.flagged]), of: two, in: .inbox, for: user("alice"))
        #expect(
            await peer.line("a FETCH 3 (MODSEQ)")
                == "* 3 FETCH (MODSEQ (7))\r\n* 3 FETCH (UID 3 FLAGS (\\Flagged \\Recent) MODSEQ (7))\r\n"
                + "a OK [HIGHESTMODSEQ 4] FETCH completed\r\n")
        #expect(
            await peer.line("b UID FETCH 3 (MODSEQ)")
                == "* 3 FETCH (UID 3 MODSEQ (7))\r\n* VANISHED 1\r\nb OK [HIGHESTMODSEQ 7] FETCH completed\r\n")
    }

    /// What the store cannot say now was not told.
    @Test func aStoreThatCannotSayWhatHappenedHoldsHIGHESTMODSEQBack() async throws {
        let store = HostileStore(MemoryStore())
        let lab = try Lab(store: store)
        let peer = await lab.logIn()
        for _ in 1...2 { await peer.line("f APPEND INBOX {3+}\r\nabc") }
        await peer.line("e ENABLE QRESYNC")
        await peer.line("s SELECT INBOX")
        store.failChanges()
        #expect(
            await peer.line("a UID STORE 1 +FLAGS ($A)")
                == "* 1 FETCH (UID 1 FLAGS ($A \\Recent) MODSEQ (4))\r\na OK [HIGHESTMODSEQ 3] STORE completed\r\n")
        #expect(await peer.line("b CLOSE") == "b OK CLOSE completed\r\n")
    }

    // MARK: Section 3.2.11

    /// Whatever the client switched on (CONDSTORE or QRESYNC advertised).
    @Test(arguments: ["", "CONDSTORE", "QRESYNC", "IMAP4rev2"])
    func closedSaysWhereTheOtherMailboxBegins(_ modes: String) async throws {
        let lab = try ResyncLab(2)
        let client = await lab.session(modes)
        #expect(!(await client.line("a SELECT INBOX")).contains("CLOSED"))
        for again in ["SELECT INBOX", "EXAMINE INBOX", "SELECT nowhere"] {
            let answer = await client.line("b \(again)")
            #expect(answer.hasPrefix("* OK [CLOSED] The mailbox selected before is closed\r\n"), "\(answer)")
        }
        #expect(!(await client.line("c SELECT INBOX")).contains("CLOSED"))
        for end in ["CLOSE", "UNSELECT"] {
            #expect(!(await client.line("d \(end)")).contains("CLOSED"))
            #expect(!(await client.line("e EXAMINE INBOX")).contains("CLOSED"))
        }
        #expect(!(await client.line("f SELECT")).contains("CLOSED"))
    }

    @Test func withNeitherOfTheTwoThereIsNoCLOSED() async throws {
        let lab = try ResyncLab(2, extensions: IMAPExtension.standard.leavingOut(["CONDSTORE"]))
        let client = await lab.session("", "SELECT INBOX")
        #expect(!(await client.line("a SELECT INBOX")).contains("CLOSED"))
    }

    // MARK: Mailboxes without mod-sequences

    @Test func aMailboxThatKeepsNoModSequencesHasEXPUNGE() async throws {
        let lab = try Lab(store: LyingStore { $0.open = { $0.highestModSequence = nil } })
        let peer = await lab.logIn()
        for _ in 1...3 { await peer.line("f APPEND INBOX (\\Deleted) {3+}\r\nabc") }
        await peer.line("e ENABLE QRESYNC")
        let select = await peer.line("s SELECT INBOX (QRESYNC (1 1 1:9 (1 1)))")
        #expect(select.contains("* OK [NOMODSEQ] "))
        #expect(resynchronization(select).isEmpty)
        #expect(select.hasSuffix("s OK [READ-WRITE] SELECT completed\r\n"))
        #expect(await peer.line("a UID EXPUNGE 2") == "* 2 EXPUNGE\r\na OK UID EXPUNGE completed\r\n")
        #expect(await peer.line("b EXPUNGE") == "* 2 EXPUNGE\r\n* 1 EXPUNGE\r\nb OK EXPUNGE completed\r\n")
        for modifiers in ["CHANGEDSINCE 1 VANISHED", "VANISHED CHANGEDSINCE 1"] {
            #expect(
                await peer.line("c UID FETCH 1 FLAGS (\(modifiers))")
                    == "c BAD The mailbox keeps no modification sequences\r\n")
        }
        // FETCH has no MODSEQ there.
        await peer.line("f APPEND INBOX {3+}\r\nabc")
        #expect(await peer.line("d STORE 1 FLAGS ()") == "* 1 FETCH (FLAGS (\\Recent))\r\nd OK STORE completed\r\n")
    }

    // MARK: RFC 9586 and RFC 9051

    @Test func withUIDONLYEverythingIsByUIDAndTheSampleIsBAD() async throws {
        let lab = try ResyncLab(5)
        try lab.expunge([1])
        try lab.change(.add([.seen]), [4])
        let client = await lab.session("UIDONLY QRESYNC")
        await lab.play(
            """
            C: a SELECT INBOX (QRESYNC (1 6 1:5 (1 2)))
            S: a BAD Syntax error
            C: b SELECT INBOX (QRESYNC (1 6 (1 2)))
            S: b BAD Syntax error
            C: c SELECT INBOX (QRESYNC (1 6 1:5))
            S: * FLAGS ...
            S: * 4 EXISTS
            S: * 4 RECENT
            S: * OK [UIDVALIDITY 1] ...
            S: * OK [UIDNEXT 6] ...
            S: * OK [PERMANENTFLAGS ...
            S: * OK [HIGHESTMODSEQ 9] Highest
            S: * VANISHED (EARLIER) 1
            S: * 4 UIDFETCH (FLAGS (\\Seen \\Recent) MODSEQ (9))
            S: c OK [READ-WRITE] SELECT completed
            C: d UID FETCH 1:5 (FLAGS) (CHANGEDSINCE 6 VANISHED)
            S: * VANISHED (EARLIER) 1
            S: * 4 UIDFETCH (FLAGS (\\Seen \\Recent) MODSEQ (9))
            S: d OK FETCH completed
            C: e UID STORE 2 +FLAGS.SILENT (\\Deleted)
            S: * 2 UIDFETCH (MODSEQ (10))
            S: e OK STORE completed
            C: f EXPUNGE
            S: * VANISHED 2
            S: f OK [HIGHESTMODSEQ 11] EXPUNGE completed
            """, on: client)
    }

    @Test func withIMAP4rev2Too() async throws {
        let lab = try ResyncLab(3)
        try lab.expunge([1])
        let client = await lab.session("IMAP4rev2 QRESYNC", "SELECT INBOX")
        await lab.play(
            """
            C: c SELECT INBOX (QRESYNC (1 4 1:3 (2 3)))
            S: * OK [CLOSED] The mailbox selected before is closed
            S: * FLAGS ...
            S: * 2 EXISTS
            S: * OK [UIDVALIDITY 1] ...
            S: * OK [UIDNEXT 4] ...
            S: * OK [PERMANENTFLAGS ...
            S: * LIST () "/" INBOX
            S: * OK [HIGHESTMODSEQ 6] Highest
            S: c OK [READ-WRITE] SELECT completed
            """, on: client)
        await lab.play(
            """
            C: d UNSELECT
            S: d OK UNSELECT completed
            C: e EXAMINE INBOX (QRESYNC (1 4 1:3 (1 3)))
            S: * FLAGS ...
            S: * 2 EXISTS
            S: * OK [UIDVALIDITY 1] ...
            S: * OK [UIDNEXT 4] ...
            S: * OK [PERMANENTFLAGS ...
            S: * LIST () "/" INBOX
            S: * OK [HIGHESTMODSEQ 6] Highest
            S: * VANISHED (EARLIER) 1
            S: e OK [READ-ONLY] EXAMINE completed
            """, on: client)
    }

    // MARK: U-X-1

    @Test("U-X-1: after UNAUTHENTICATE the parameter is refused and VANISHED never sent")
    func itEndsWithUNAUTHENTICATE() async throws {
        let fixture = try Fixture()
        try fixture.fill("admin", 2)
        try fixture.fill("bob", 3)
        let client = await fixture.logIn("admin", "root")
        await client.line("a ENABLE QRESYNC")
        await client.line("b SELECT INBOX (QRESYNC (1 1))")
        await client.line("c STORE 1 +FLAGS.SILENT (\\Deleted)")
        #expect(await client.line("d EXPUNGE").hasPrefix("* VANISHED 1\r\nd OK [HIGHESTMODSEQ "))
        await client.line("e UNAUTHENTICATE")
        await client.line("f LOGIN bob hunter2")
        #expect(await client.line("g SELECT INBOX (QRESYNC (2 1))") == "g BAD Not enabled in this session\r\n")
        await client.line("h SELECT INBOX")
        #expect(await client.line("i STORE 1 +FLAGS.SILENT (\\Deleted)") == "i OK STORE completed\r\n")
        #expect(await client.line("j EXPUNGE") == "* 1 EXPUNGE\r\nj OK EXPUNGE completed\r\n")
        #expect(
            await client.line("k UID FETCH 1:3 FLAGS (CHANGEDSINCE 1 VANISHED)")
                == "k BAD Not enabled in this session\r\n")
        #expect(await client.line("l CLOSE") == "l OK CLOSE completed\r\n")
        #expect(await client.line("m ENABLE QRESYNC") == "* ENABLED QRESYNC\r\nm OK ENABLE completed\r\n")
    }

    // MARK: A store that fails

    /// Behind a NO nothing is selected (RFC 9051 section 6.3.2).
    @Test func aStoreThatCannotSayWhatVanishedRefusesTheSELECT() async throws {
        let store = HeldStore(MemoryStore())
        let lab = try Lab(store: store)
        let peer = await lab.logIn()
        for _ in 1...2 { await peer.line("f APPEND INBOX {3+}\r\nabc") }
        await peer.line("e ENABLE QRESYNC")
        store.fail(.messages)
        let answer = await peer.line("s SELECT INBOX (QRESYNC (1 1))")
        #expect(answer.contains("\r\ns NO ["), "\(answer)")
        #expect(await peer.line("t FETCH 1 FLAGS") == "t BAD Command not permitted in this state\r\n")
    }
}

/// A store that wakes nobody.
private final class DeafStore: MailStore {
    private struct DeafAccount: ForwardingAccount {
        let base: any Account

        func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
            try await base.append(to: name)
        }
        func watch(_ wake: Wake) async throws(StoreError) {}
    }

    let memory = MemoryStore()

    var accountType: any Account.Type { DeafAccount.self }
    var mailboxType: any Mailbox.Type { memory.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        DeafAccount(base: try await memory.account(of: user))
    }
}
