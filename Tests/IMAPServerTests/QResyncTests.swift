import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A store with an INBOX, UIDVALIDITY 1, without identifiers, where things happen that no session did.
struct ResyncLab {
    let fixture: Fixture

    /// `count` messages, mod-sequences 2 and up, of which those are expunged that `keeps` refuses, in one step.
    init(
        _ count: Int, historyLimit: Int = 1000, extensions: [IMAPExtension]? = nil,
        keeps: (UInt32) -> Bool = { _ in true }
    ) throws {
        let standard = IMAPExtension.standard.filter { $0.name != IMAPExtension.objectID.name }
        fixture = try Fixture(extensions: extensions ?? standard, store: MemoryStore(historyLimit: historyLimit))
        try fixture.fill("alice", count)
        let gone = (1...UInt32(count)).filter { !keeps($0) }
        if !gone.isEmpty { try expunge(gone) }
    }

    func uids(_ numbers: some Sequence<UInt32>) -> UIDSet { UIDSet(numbers.compactMap { UID($0) }) }

    func change(_ change: FlagChange, _ numbers: some Sequence<UInt32>) throws {
        _ = try fixture.store.changeFlags(change, of: uids(numbers), in: .inbox, for: user("alice"))
    }

    func expunge(_ numbers: some Sequence<UInt32>) throws {
        try change(.add([.deleted]), numbers)
        _ = try fixture.store.expunge(uids(numbers), in: .inbox, for: user("alice"))
    }

    var highest: UInt64 {
        get throws { try fixture.store.status(of: .inbox, for: user("alice")).highestModSequence.rawValue }
    }

    /// A session that has switched on what `modes` says.
    func session(_ modes: String = "QRESYNC", _ select: String? = nil) async -> TestClient {
        let client = await fixture.logIn("alice", "secret")
        if !modes.isEmpty { await client.line("e ENABLE \(modes)") }
        if let select { await client.line("s \(select)") }
        return client
    }

    func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }
}

/// The answer to a SELECT without the responses that every SELECT has.
func resynchronization(_ answer: String) -> [String] {
    answer.split(separator: "\r\n").map(String.init).filter { $0.contains("VANISHED") || $0.contains("FETCH (") }
}

@Suite("QRESYNC (RFC 7162 section 3.2)")
struct QResyncTests {
    // MARK: Sections 3.2.3 and 3.2.5

    @Test(arguments: [
        ("QRESYNC", "QRESYNC"), ("QRESYNC CONDSTORE", "QRESYNC CONDSTORE"), ("condstore qresync", "CONDSTORE QRESYNC"),
    ])
    func enableSwitchesCONDSTOREOnToo(_ words: String, _ enabled: String) async throws {
        let lab = try ResyncLab(2)
        let client = await lab.session("")
        #expect(await client.line("a ENABLE \(words)") == "* ENABLED \(enabled)\r\na OK ENABLE completed\r\n")
        #expect(await client.line("b ENABLE CONDSTORE QRESYNC") == "* ENABLED\r\nb OK ENABLE completed\r\n")
        await client.line("c SELECT INBOX")
        let answer = await client.line("d STORE 1 +FLAGS.SILENT (\\Seen)")
        #expect(answer == "* 1 FETCH (UID 1 MODSEQ (4))\r\nd OK STORE completed\r\n")
    }

    /// Nothing happens then: the mailbox that was selected still is, and CONDSTORE is off.
    @Test func withoutENABLEItIsBAD() async throws {
        let lab = try ResyncLab(2)
        let client = await lab.session("", "SELECT INBOX")
        await lab.play(
            """
            C: a SELECT INBOX (QRESYNC (1 1))
            S: a BAD Not enabled in this session
            C: b EXAMINE INBOX (CONDSTORE QRESYNC (1 1))
            S: b BAD Not enabled in this session
            C: c UID FETCH 1 (MODSEQ) (CHANGEDSINCE 1 VANISHED)
            S: c BAD Not enabled in this session
            C: d STORE 1 +FLAGS.SILENT (\\Deleted)
            S: d OK STORE completed
            C: e EXPUNGE
            S: * 1 EXPUNGE
            S: e OK EXPUNGE completed
            """, on: client)
    }

    @Test func aUIDVALIDITYThatIsNotTheMailboxesTellsNothing() async throws {
        let lab = try ResyncLab(5, keeps: { $0 != 3 })
        let client = await lab.session()
        await lab.play(
            """
            C: A02 SELECT INBOX (QRESYNC (67890007 3 1,2:3,4:541))
            S: * FLAGS (...)
            S: * 4 EXISTS
            S: * 4 RECENT
            S: * OK [UNSEEN 1] First unseen
            S: * OK [UIDVALIDITY 1] ...
            S: * OK [UIDNEXT 6] ...
            S: * OK [PERMANENTFLAGS ...
            S: * OK [HIGHESTMODSEQ 8] Highest
            S: A02 OK [READ-WRITE] SELECT completed
            """, on: client)
    }

    /// The example of section 3.2.5.1, with UIDs that fit a test.
    @Test func whatChangedAndWhatVanishedIsTold() async throws {
        let lab = try ResyncLab(60)
        let since = try lab.highest
        try lab.expunge([41] + Array(43...52))
        try lab.change(.add([.seen, .answered]), [53])
        try lab.change(.add([.draft]), [55])
        try lab.expunge([54])
        try lab.expunge(Array(1...3))
        let client = await lab.session("QRESYNC", "EXAMINE box")
        let answer = await client.line("A03 SELECT INBOX (QRESYNC (1 \(since) 41:52,54:59))")
        #expect(
            resynchronization(answer) == [
                "* VANISHED (EARLIER) 41,43:52,54", "* 40 FETCH (UID 55 FLAGS (\\Draft \\Recent) MODSEQ (65))",
            ])
        #expect(answer.hasSuffix("A03 OK [READ-WRITE] SELECT completed\r\n"))
        #expect(answer.contains("* OK [HIGHESTMODSEQ \(try lab.highest)] Highest\r\n"))
    }

    /// Without the list of UIDs everything up to UIDNEXT is meant; what came since is among what changed.
    @Test func withoutAListEveryUIDIsMeant() async throws {
        let lab = try ResyncLab(4)
        try lab.expunge([2, 4])
        try lab.fixture.fill("alice", 1)
        let client = await lab.session()
        let answer = resynchronization(await client.line("a SELECT INBOX (QRESYNC (1 5))"))
        #expect(answer == ["* VANISHED (EARLIER) 2,4", "* 3 FETCH (UID 5 FLAGS (\\Recent) MODSEQ (8))"])
        for (since, gone) in [(7, []), (6, ["* VANISHED (EARLIER) 2,4"])] {
            let answer = resynchronization(await client.line("b SELECT INBOX (QRESYNC (1 \(since)))"))
            #expect(answer.filter { $0.contains("VANISHED") } == gone)
        }
        for since in ["8", "9", "9223372036854775807"] {
            #expect(resynchronization(await client.line("c EXAMINE INBOX (QRESYNC (1 \(since)))")).isEmpty)
        }
    }

    @Test func anEmptyMailboxThatNeverHadAMessageHasNothingToTell() async throws {
        let lab = try ResyncLab(1)
        let client = await lab.session()
        await client.line("a CREATE box")
        let answer = await client.line("b SELECT box (QRESYNC (2 1))")
        #expect(resynchronization(answer).isEmpty)
        #expect(answer.hasSuffix("b OK [READ-WRITE] SELECT completed\r\n"))
        #expect(resynchronization(await client.line("c SELECT box (QRESYNC (2 0 1:9 (1:2 4:5)))")).isEmpty)
        #expect(
            await client.line("d UID FETCH 1:* FLAGS (CHANGEDSINCE 0 VANISHED)") == "d OK FETCH completed\r\n")
    }

    // MARK: Section 3.2.5.2

    /// Of 300 messages those are left whose UID is divisible by three, and the store remembers no expunge.
    @Test func withoutASampleOfNumbersAForgetfulStoreNamesAllThatAreGone() async throws {
        let lab = try ResyncLab(300, historyLimit: 0, keeps: { $0.isMultiple(of: 3) })
        // It forgot the last expunge, and knows that it forgot none later.
        let since = try lab.highest - 1
        try lab.change(.add([.seen, .answered]), [3, 297])
        let client = await lab.session()
        let answer = resynchronization(await client.line("A04 SELECT INBOX (QRESYNC (1 \(since) 1:297))"))
        let gone = (1...98).map { "\($0 * 3 - 2):\($0 * 3 - 1)" }.joined(separator: ",")
        #expect(
            answer == [
                "* VANISHED (EARLIER) \(gone),295:296",
                "* 1 FETCH (UID 3 FLAGS (\\Answered \\Seen \\Recent) MODSEQ (\(since + 2)))",
                "* 99 FETCH (UID 297 FLAGS (\\Answered \\Seen \\Recent) MODSEQ (\(since + 2)))",
            ])
    }

    @Test func aSampleOfNumbersThatIsRightSavesTheUIDsBelowIt() async throws {
        let lab = try ResyncLab(300, historyLimit: 0, keeps: { $0.isMultiple(of: 3) })
        let since = try lab.highest
        let client = await lab.session()
        func gone(_ match: String) async -> [String] {
            resynchronization(await client.line("B04 SELECT INBOX (QRESYNC (1 \(since - 1) 250:297 (\(match))))"))
                .filter { $0.contains("VANISHED") }
        }
        #expect(await gone("50,75,90,93:99 150,225,270,279,282,285,288,291,294,297").isEmpty)
        // Where a pair is wrong, what is below the last right one is left out all the same.
        #expect(
            await gone("50,85,96 150,255,289") == [
                "* VANISHED (EARLIER) 256:257,259:260,262:263,265:266,268:269,271:272,274:275,277:278,280:281,"
                    + "283:284,286:287,289:290,292:293,295:296"
            ])
        #expect(await gone("97 291") == ["* VANISHED (EARLIER) 292:293,295:296"])
        #expect(await gone("97:99 291:293") == ["* VANISHED (EARLIER) 292:293,295:296"])
        #expect(await gone("99,4000000000 297,4294967295").isEmpty)
        let all = await gone("1 1")
        #expect(all.count == 1 && all[0].hasPrefix("* VANISHED (EARLIER) 250:251,253:254,"))
        for wrong in ["1:4294967295 1:4294967295", "100 297", "99 298", "4294967295 4294967295", "1:50 4:53"] {
            #expect(await gone(wrong) == all, "\(wrong)")
        }
        // Without a list of UIDs.
        let answer = await client.line("c SELECT INBOX (QRESYNC (1 \(since - 1) (99 297)))")
        #expect(resynchronization(answer).filter { $0.contains("VANISHED") } == ["* VANISHED (EARLIER) 298:299"])
    }

    /// The example of the text: the fourth message is 8, the twelfth is not 24.
    @Test func theLowestUIDIsBehindTheLastRightPair() async throws {
        let lab = try ResyncLab(26, historyLimit: 0, keeps: { $0.isMultiple(of: 2) && $0 != 10 })
        let client = await lab.session()
        let answer = await client.line("a SELECT INBOX (QRESYNC (1 2 1:26 (4,12 8,24)))")
        #expect(
            resynchronization(answer).first == "* VANISHED (EARLIER) 9:11,13,15,17,19,21,23,25")
    }

    // MARK: Section 3.2.6

    @Test func uidFETCHTellsWhatVanishedBeforeItAnswers() async throws {
        let lab = try ResyncLab(16)
        let since = try lab.highest
        let client = await lab.session("QRESYNC", "SELECT INBOX")
        let other = await lab.session("", "SELECT INBOX")
        await other.line("a STORE 1:3,5,11 +FLAGS.SILENT (\\Deleted)")
        await other.line("b EXPUNGE")
        await other.line("c UID STORE 4 FLAGS (\\Seen)")
        await other.line("d UID STORE 6 FLAGS (\\Deleted)")
        await client.line("a NOOP")
        await lab.play(
            """
            C: s100 UID FETCH 1:12 (FLAGS) (CHANGEDSINCE \(since) VANISHED)
            S: * VANISHED (EARLIER) 1:3,5,11
            S: * 1 FETCH (UID 4 FLAGS (\\Seen \\Recent) MODSEQ (20))
            S: * 2 FETCH (UID 6 FLAGS (\\Deleted \\Recent) MODSEQ (21))
            S: s100 OK FETCH completed
            C: s101 UID FETCH 6:12 (FLAGS) (VANISHED CHANGEDSINCE 20)
            S: * 2 FETCH (UID 6 FLAGS (\\Deleted \\Recent) MODSEQ (21))
            S: s101 OK FETCH completed
            C: s102 UID FETCH 10,11 (UID) (CHANGEDSINCE \(since) VANISHED)
            S: * VANISHED (EARLIER) 11
            S: s102 OK FETCH completed
            C: s103 UID FETCH 1 FLAGS (VANISHED)
            S: s103 BAD VANISHED needs CHANGEDSINCE
            C: s104 FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)
            S: s104 BAD Syntax error
            C: s105 UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED VANISHED)
            S: s105 BAD Syntax error
            C: s106 STORE 1 (UNCHANGEDSINCE 1 VANISHED) FLAGS ()
            S: s106 BAD Unknown item
            """, on: client)
    }

    /// What the session still sees is told without EARLIER, and behind the answer: numbers shift.
    @Test func whatIsInViewIsNoEarlierNews() async throws {
        let lab = try ResyncLab(4)
        try lab.expunge([1])
        let client = await lab.session("QRESYNC", "SELECT INBOX")
        try lab.expunge([3])
        await lab.play(
            """
            C: a UID FETCH 1:4 (FLAGS) (CHANGEDSINCE 5 VANISHED)
            S: * VANISHED (EARLIER) 1
            S: * VANISHED 3
            S: a OK [HIGHESTMODSEQ 9] FETCH completed
            """, on: client)
    }

    /// `*` was a greater UID when the client saw it.
    @Test func theGreatestUIDMayBeGone() async throws {
        let lab = try ResyncLab(4)
        try lab.expunge([3, 4])
        let client = await lab.session("QRESYNC", "SELECT INBOX")
        await lab.play(
            """
            C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE 5 VANISHED)
            S: * VANISHED (EARLIER) 3:4
            S: a OK FETCH completed
            C: b UID FETCH 1:4294967295 (FLAGS) (CHANGEDSINCE 0 VANISHED)
            S: * VANISHED (EARLIER) 3:4
            S: * 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (2))
            S: * 2 FETCH (UID 2 FLAGS (\\Recent) MODSEQ (3))
            S: b OK FETCH completed
            C: c UID SEARCH RETURN (SAVE) ALL
            S: c OK SEARCH completed
            C: d UID FETCH $ (FLAGS) (CHANGEDSINCE 2 VANISHED)
            S: * 2 FETCH (UID 2 FLAGS (\\Recent) MODSEQ (3))
            S: d OK FETCH completed
            """, on: client)
    }

    /// One response names at most a thousand ranges.
    @Test func manyRangesAreSeveralResponses() async throws {
        let lab = try ResyncLab(5000, keeps: { $0.isMultiple(of: 2) })
        let client = await lab.session("QRESYNC")
        let answer = resynchronization(await client.line("a EXAMINE INBOX (QRESYNC (1 5000))"))
        let vanished = answer.filter { $0.hasPrefix("* VANISHED (EARLIER) ") }
        #expect(vanished.count == 3)
        let uids = vanished.flatMap { $0.dropFirst(21).split(separator: ",").compactMap { UInt32($0) } }
        #expect(uids == (0..<2500).map { $0 * 2 + 1 })
    }

    // MARK: What does not exist

    @Test func withoutItNothingOfItIsKnown() async throws {
        for left in ["QRESYNC", "CONDSTORE", "ENABLE"] as [Keyword] {
            let lab = try ResyncLab(1, extensions: IMAPExtension.standard.leavingOut([left]))
            let client = await lab.session("", "SELECT INBOX")
            #expect(!(await client.line("c CAPABILITY")).contains("QRESYNC"))
            for wrong in ["SELECT INBOX (QRESYNC (1 1))", "UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)"] {
                #expect(await client.line("w \(wrong)").hasPrefix("w BAD "), "\(wrong)")
            }
        }
        let lab = try ResyncLab(1)
        #expect((await lab.session().line("c CAPABILITY")).contains(" CONDSTORE QRESYNC "))
    }

    /// Hostile arguments: BAD, and nothing else happens.
    @Test(arguments: [
        "", " ", " ()", " (1)", " (1 )", " (0 1)", " (1 1", " (1 1) x", " (1  1)", " (1 1 )", " (4294967296 1)",
        " (1 -1)", " (1 9223372036854775808)", " (1 18446744073709551616)", " (1 1 *)", " (1 1 1:*)", " (1 1 2,*:7)",
        " (1 1 0)", " (1 1 0:4)", " (1 1 4294967296)", " (1 1 1:)", " (1 1 1 1)", " (1 1 $)", " (1 1 1 ())",
        " (1 1 ())", " (1 1 (1))", " (1 1 (1 ))", " (1 1 (1 1)", " (1 1 (1 1) )", " (1 1 (1 1) 1)", " (1 1 (* 1))",
        " (1 1 (1 *))", " (1 1 (1:* 1:*))", " (1 1 (1,2 1))", " (1 1 (1 1,2))", " (1 1 (1:4294967295 1:4294967294))",
        " (1 1 (2,1 1,2))", " (1 1 (1,2 2,1))", " (1 1 (1,1 1,2))", " (1 1 (2:1 1:2))", " (1 1 (1:3,3 1:4))",
        " (1 1 ((1 1)))", " (1 1 (0 1))", " (\"1\" 1)", " ({1+}\r\n1 1)", " (1 1) QRESYNC (1 1)",
    ])
    func whatIsNoResynchronizationIsBAD(_ argument: String) async throws {
        let lab = try ResyncLab(2)
        let client = await lab.session("QRESYNC", "SELECT INBOX")
        let answer = await client.line("w EXAMINE INBOX (QRESYNC\(argument))")
        #expect(answer.hasPrefix("w BAD "), "\(argument): \(answer)")
        #expect(await client.line("x STORE 1 +FLAGS.SILENT (\\Seen)").hasSuffix("x OK STORE completed\r\n"))
    }

    /// 0 is not in the grammar, and some clients send it: everything is told.
    @Test func theModSequence0MeansEverything() async throws {
        let lab = try ResyncLab(3, keeps: { $0 != 2 })
        let client = await lab.session()
        #expect(
            resynchronization(await client.line("a SELECT INBOX (QRESYNC (1 0 1:4294967295))")) == [
                "* VANISHED (EARLIER) 2", "* 1 FETCH (UID 1 FLAGS (\\Recent) MODSEQ (2))",
                "* 2 FETCH (UID 3 FLAGS (\\Recent) MODSEQ (4))",
            ])
    }

    /// As long as a line may be (R-LINE-1).
    @Test func anOverlongSampleIsReadOrRefusedWhole() async throws {
        let lab = try ResyncLab(10, keeps: { $0 != 3 })
        let client = await lab.session()
        for count in [1000, 3000, 20_000] {
            let numbers = (1...count).map { String($0 * 2) }.joined(separator: ",")
            let answer = await client.line("a SELECT INBOX (QRESYNC (1 1 \(numbers) (\(numbers) \(numbers))))")
            #expect(answer.contains("a OK ") || answer.contains("a BAD "), "\(answer.prefix(100))")
            #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
        }
    }
}
