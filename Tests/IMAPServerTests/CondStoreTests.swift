import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("CONDSTORE (RFC 7162 section 3.1)")
struct CondStoreTests {
    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    private func selected(_ fixture: Fixture, _ option: String = "") async throws -> TestClient {
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX\(option)")
        return client
    }

    private func change(_ fixture: Fixture, _ flag: Flag, of uid: UInt32) throws {
        _ = try fixture.store.changeFlags(
            .add([flag]), of: UIDSet(try #require(UID(uid))), in: .inbox, for: user("alice"))
    }

    /// Each enabling command tells where the client stands, once, and from then on every FETCH has MODSEQ and UID.
    @Test(arguments: [
        ("STATUS INBOX (HIGHESTMODSEQ)", true), ("FETCH 1 (MODSEQ)", true), ("FETCH 1 (FLAGS) (CHANGEDSINCE 1)", true),
        ("STORE 1 (UNCHANGEDSINCE 9) +FLAGS (\\Seen)", true), ("SELECT INBOX (CONDSTORE)", false),
        ("EXAMINE INBOX (condstore)", false),
    ])
    func everyEnablingCommandEnables(_ command: String, _ tells: Bool) async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 2)
        let client = try await selected(fixture)
        try change(fixture, .flagged, of: 2)
        #expect(await client.line("a NOOP") == "* 2 FETCH (FLAGS (\\Flagged \\Recent))\r\na OK NOOP completed\r\n")
        let answer = await client.line("b \(command)")
        #expect(answer.contains("\r\nb OK "), "\(answer)")
        #expect(answer.contains("* OK [HIGHESTMODSEQ 3] Highest\r\n") == tells, "\(answer)")
        #expect(!(await client.line("c \(command)")).contains("* OK [HIGHESTMODSEQ 3] Highest\r\n") || !tells)
        try change(fixture, .answered, of: 2)
        let news = await client.line("d NOOP")
        #expect(news.contains("* 2 FETCH (UID 2 FLAGS (\\Answered \\Flagged"), "\(news)")
        #expect(news.contains(" MODSEQ ("), "\(news)")
    }

    /// RFC 7162 section 3.2.11: where CONDSTORE is advertised, whether or not it is enabled.
    @Test func anotherSELECTSaysWhereTheOldMailboxEnds() async throws {
        let fixture = try Fixture()
        let box = try #require(MailboxName(octets("box")))
        try fixture.store.createMailbox(box, for: user("alice"))
        let client = try await selected(fixture)
        #expect(await client.line("a EXAMINE box").hasPrefix("* OK [CLOSED] "))
        #expect(await client.line("b SELECT nowhere").hasPrefix("* OK [CLOSED] "))
        #expect(!(await client.line("c SELECT box")).contains("CLOSED"))
        #expect(await client.line("d CLOSE") == "d OK CLOSE completed\r\n")
        #expect(!(await client.line("e SELECT box")).contains("CLOSED"))
        let without = try Fixture(extensions: IMAPExtension.standard.leavingOut(["CONDSTORE"]))
        try without.store.createMailbox(box, for: user("alice"))
        let other = try await selected(without)
        #expect(!(await other.line("a SELECT box")).contains("CLOSED"))
    }

    @Test func enableSwitchesItOnAndUNAUTHENTICATEOff() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 1)
        try fixture.fill("admin", 1)
        let client = await fixture.logIn("admin", "root")
        #expect(await client.line("a ENABLE CONDSTORE") == "* ENABLED CONDSTORE\r\na OK ENABLE completed\r\n")
        await client.line("b SELECT INBOX")
        #expect(
            await client.line("c STORE 1 +FLAGS.SILENT (\\Seen)")
                == "* 1 FETCH (UID 1 MODSEQ (3))\r\nc OK STORE completed\r\n")
        await client.line("d UNAUTHENTICATE")
        await client.line("e LOGIN alice secret")
        await client.line("f SELECT INBOX")
        #expect(await client.line("g STORE 1 +FLAGS.SILENT (\\Seen)") == "g OK STORE completed\r\n")
        #expect(
            await client.line("h STORE 1 -FLAGS (\\Seen)") == "* 1 FETCH (FLAGS (\\Recent))\r\nh OK STORE completed\r\n"
        )
    }

    /// Examples 3 to 10
    @Test func whatWasChangedSinceIsLeftAloneNamedAndTold() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 3)
        let client = try await selected(fixture, " (CONDSTORE)")
        try change(fixture, .flagged, of: 2)
        await play(
            """
            C: a STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\\Deleted)
            S: * 1 FETCH (UID 1 MODSEQ (6))
            S: * 3 FETCH (UID 3 MODSEQ (6))
            S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent) MODSEQ (5))
            S: a OK [MODIFIED 2] Some of the messages were changed by another session
            C: b UID STORE 2 (UNCHANGEDSINCE 5) +FLAGS.SILENT (\\Deleted)
            S: * 2 FETCH (UID 2 MODSEQ (7))
            S: b OK STORE completed
            C: c UID STORE 1:3 (UNCHANGEDSINCE 0) FLAGS ($New)
            S: c OK [MODIFIED 1:3] Some of the messages were changed by another session
            C: d UID FETCH 1:* (FLAGS) (CHANGEDSINCE 6)
            S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Deleted \\Recent) MODSEQ (7))
            S: d OK FETCH completed
            C: e FETCH 1:3 (MODSEQ)
            S: * 1 FETCH (MODSEQ (6))
            S: * 2 FETCH (MODSEQ (7))
            S: * 3 FETCH (MODSEQ (6))
            S: e OK FETCH completed
            C: f STATUS INBOX (HIGHESTMODSEQ MESSAGES)
            S: * STATUS INBOX (HIGHESTMODSEQ 7 MESSAGES 3)
            S: f OK STATUS completed
            """, on: client)
        for wrong in [
            "STORE 1 (UNCHANGEDSINCE) FLAGS ()", "STORE 1 (UNCHANGEDSINCE -1) FLAGS ()", "STORE 1 () FLAGS ()",
            "STORE 1 (UNCHANGEDSINCE 9223372036854775808) FLAGS ()", "FETCH 1 FLAGS (CHANGEDSINCE)",
            "STORE 1 (UNCHANGEDSINCE 1 UNCHANGEDSINCE 2) FLAGS ()", "FETCH 1 FLAGS (CHANGEDBEFORE 1)",
            "SELECT INBOX (CONDSTORE CONDSTORE)", "SELECT INBOX ()", "SELECT INBOX (QRESYNC)",
        ] {
            #expect(await client.line("w \(wrong)").hasPrefix("w BAD "), "\(wrong)")
        }
    }

    /// Examples 15, 16 and 19
    @Test func searchFindsByModSequenceAndTellsTheHighest() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 4)
        let client = try await selected(fixture)
        try change(fixture, .flagged, of: 2)
        try change(fixture, .seen, of: 1)
        await play(
            """
            C: a SEARCH MODSEQ "/flags/\\\\draft" all 6
            S: * OK [HIGHESTMODSEQ 5] Highest
            S: * SEARCH 1 2 (MODSEQ 7)
            S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Recent) MODSEQ (7))
            S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent) MODSEQ (6))
            S: a OK SEARCH completed
            C: b UID SEARCH OR NOT MODSEQ 2 LARGER 50000
            S: * SEARCH
            S: b OK SEARCH completed
            C: c SEARCH RETURN (ALL) MODSEQ 4
            S: * ESEARCH (TAG "c") ALL 1:4 MODSEQ 7
            S: c OK SEARCH completed
            C: d SEARCH RETURN (MIN) NOT MODSEQ 7
            S: * ESEARCH (TAG "d") MIN 2 MODSEQ 6
            S: d OK SEARCH completed
            C: e SEARCH MODSEQ
            S: e BAD ...
            C: f SEARCH MODSEQ "draft" all 6
            S: f BAD ...
            """, on: client)
    }

    /// The proof of the mechanism: without it in the list, nothing of it is accepted.
    @Test func withoutItNothingOfItIsKnown() async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard.leavingOut(["CONDSTORE"]))
        try fixture.fill("alice", 1)
        let client = try await selected(fixture)
        for wrong in [
            "STORE 1 (UNCHANGEDSINCE 1) FLAGS ()", "FETCH 1 FLAGS (CHANGEDSINCE 1)", "FETCH 1 MODSEQ",
            "SELECT INBOX (CONDSTORE)", "STATUS INBOX (HIGHESTMODSEQ)", "SEARCH MODSEQ 1",
        ] {
            #expect(await client.line("w \(wrong)").hasPrefix("w BAD "), "\(wrong)")
        }
        #expect(!(await client.line("s EXAMINE INBOX")).contains("HIGHESTMODSEQ"))
        #expect(!(await client.line("c CAPABILITY")).contains("CONDSTORE"))
    }
}

@Suite("UIDONLY (RFC 9586)")
struct UIDOnlyTests {
    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    @Test func sequenceNumbersAreNeitherTakenNorGiven() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 5)
        let client = await fixture.logIn("alice", "secret")
        await play(
            """
            C: a ENABLE UIDONLY
            S: * ENABLED UIDONLY
            S: a OK ENABLE completed
            C: b SELECT INBOX
            S: * FLAGS ...
            S: * 5 EXISTS
            S: * 5 RECENT
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 6] ...
            S: * OK [PERMANENTFLAGS ...
            S: * OK [HIGHESTMODSEQ ...
            S: * OK [MAILBOXID (...)] ...
            S: b OK [READ-WRITE] SELECT completed
            C: c FETCH 1:5 (UID FLAGS)
            S: c BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: d STORE 1 FLAGS ()
            S: d BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: e COPY 1 INBOX
            S: e BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: f MOVE 1 INBOX
            S: f BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: f SEARCH MODSEQ 1 1:2
            S: f BAD [UIDREQUIRED] Sequence numbers are not used in this session
            C: g UID FETCH 2,4 (FLAGS)
            S: * 2 UIDFETCH (FLAGS (\\Recent))
            S: * 4 UIDFETCH (FLAGS (\\Recent))
            S: g OK FETCH completed
            C: h UID FETCH 4 (FLAGS UID)
            S: * 4 UIDFETCH (FLAGS (\\Recent) UID 4)
            S: h OK FETCH completed
            C: i UID STORE 2,4:5 +FLAGS (\\Deleted)
            S: * 2 UIDFETCH (FLAGS (\\Deleted \\Recent))
            S: * 4 UIDFETCH (FLAGS (\\Deleted \\Recent))
            S: * 5 UIDFETCH (FLAGS (\\Deleted \\Recent))
            S: i OK STORE completed
            C: j EXPUNGE
            S: * VANISHED 2,4:5
            S: j OK EXPUNGE completed
            C: k UID MOVE 3 INBOX
            S: * OK [COPYUID 1 3 6] Messages moved
            S: * VANISHED 3
            S: * 2 EXISTS
            S: * 2 RECENT
            S: k OK MOVE completed
            """, on: client)
        _ = try fixture.store.changeFlags(.add([.flagged]), of: UIDSet(.first), in: .inbox, for: user("alice"))
        #expect(await client.line("l NOOP") == "* 1 UIDFETCH (FLAGS (\\Flagged \\Recent))\r\nl OK NOOP completed\r\n")
    }

    @Test func withCONDSTORETheModSequenceTravelsInIt() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 2)
        let client = await fixture.logIn("alice", "secret")
        await client.line("a ENABLE UIDONLY CONDSTORE")
        await client.line("b SELECT INBOX")
        #expect(
            await client.line("c UID STORE 2 (UNCHANGEDSINCE 9) +FLAGS.SILENT (\\Seen)")
                == "* 2 UIDFETCH (MODSEQ (4))\r\nc OK STORE completed\r\n")
    }

    @Test func itEndsWithUNAUTHENTICATE() async throws {
        let fixture = try Fixture()
        try fixture.fill("bob", 1)
        let client = await fixture.logIn("admin", "root")
        await client.line("a ENABLE UIDONLY")
        await client.line("b UNAUTHENTICATE")
        await client.line("c LOGIN bob hunter2")
        await client.line("d SELECT INBOX")
        #expect(await client.line("e FETCH 1 UID") == "* 1 FETCH (UID 1)\r\ne OK FETCH completed\r\n")
    }
}

@Suite("SASL OAUTHBEARER (RFC 7628) and XOAUTH2")
struct OAuthTests {
    private func users() -> TestUsers {
        var users = TestUsers()
        users.tokens = ["vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==": "alice", "root-token": "admin"]
        return users
    }

    private let token = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="

    @Test func aTokenLogsInAsItsOwnerOrAsWhomItMay() async throws {
        for (mechanism, text) in [
            ("OAUTHBEARER", "n,a=alice,\u{1}host=server.example.com\u{1}port=143\u{1}auth=Bearer \(token)\u{1}\u{1}"),
            ("OAUTHBEARER", "n,,\u{1}auth=bearer \(token)\u{1}\u{1}"),
            ("OAUTHBEARER", "y,a=bob,\u{1}auth=Bearer root-token\u{1}\u{1}"),
            ("XOAUTH2", "user=alice\u{1}auth=Bearer \(token)\u{1}\u{1}"),
        ] {
            let client = await (try Fixture(users: users())).connect()
            let answer = await client.line("a AUTHENTICATE \(mechanism) \(base64(text))")
            #expect(answer.hasPrefix("a OK [CAPABILITY "), "\(text): \(answer)")
        }
    }

    @Test func aRefusedTokenIsToldInJSONAndThenNO() async throws {
        for mechanism in ["OAUTHBEARER", "XOAUTH2"] {
            let client = await (try Fixture(users: users())).connect()
            let front = mechanism == "XOAUTH2" ? "user=alice" : "n,a=alice,"
            let answer = await client.line(
                "a AUTHENTICATE \(mechanism) \(base64("\(front)\u{1}auth=Bearer x\u{1}\u{1}"))")
            #expect(answer == "+ \(base64(#"{"status":"invalid_token"}"#))\r\n")
            #expect(await client.line("AQ==") == "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n")
            #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
        }
    }

    @Test func whatIsNoResponseOfTheMechanismIsBAD() async throws {
        for text in [
            "", "\u{1}", "n,,\u{1}\u{1}", "n,,\u{1}auth=Bearer \u{1}\u{1}", "p=tls,,\u{1}auth=Bearer x\u{1}\u{1}",
            "n,a=,\u{1}auth=Bearer x\u{1}\u{1}", "n,a=b=2Xc,\u{1}auth=Bearer x\u{1}\u{1}",
            "n,,\u{1}auth=Basic x\u{1}\u{1}",
            "n,,\u{1}auth=Bearer a\u{1}auth=Bearer b\u{1}\u{1}", "n,,\u{1}auth=Bearer x\u{1}",
            "n,,\u{1}auth=Bearer x y\u{1}\u{1}",
        ] {
            let client = await (try Fixture(users: users())).connect()
            let initial = text.isEmpty ? "=" : base64(text)
            #expect(await client.line("a AUTHENTICATE OAUTHBEARER \(initial)").hasPrefix("a BAD "), "\(text)")
        }
    }

    @Test func withoutAHostThatTakesTokensItIsNotOffered() async throws {
        let client = await (try Fixture()).connect()
        #expect(!(await client.line("a CAPABILITY")).contains("OAUTH"))
        #expect(await client.line("b AUTHENTICATE XOAUTH2 AQ==").hasPrefix("b NO "))
    }
}
