import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("SEARCH: every key both ways (RFC 3501 section 6.4.4, RFC 9051 section 6.4.4)")
struct SearchKeyTests {
    /// Keys, and which of three messages they match.
    static let table: [(String, String)] = [
        ("ALL", "1 2 3"), ("ANSWERED", "1"), ("UNANSWERED", "2 3"), ("DELETED", "2"), ("UNDELETED", "1 3"),
        ("DRAFT", "3"), ("UNDRAFT", "1 2"), ("FLAGGED", "2"), ("UNFLAGGED", "1 3"), ("SEEN", "1"), ("UNSEEN", "2 3"),
        ("RECENT", "1 2 3"), ("OLD", ""), ("NEW", "2 3"), ("KEYWORD $Junk", "2"), ("KEYWORD $JUNK", "2"),
        ("UNKEYWORD $junk", "1 3"), ("KEYWORD Nothing", ""), ("UNKEYWORD Nothing", "1 2 3"),
        ("BCC hidden", "2"), ("BCC smith", ""), ("CC MINUTES", "1"), ("CC mooch", ""), ("FROM smith", "2 3"),
        ("FROM \"Fred Foobar\"", "1"), ("FROM blurdybloop", "1"), ("TO smith", "1"), ("TO alice", "2"),
        ("SUBJECT meeting", "1"), ("SUBJECT \"andr\u{C9} \u{153}uf\"", "2"), ("SUBJECT iso-8859-1", ""),
        ("SUBJECT \"\"", "1 2 3"), ("CC \"\"", "1"),
        ("HEADER message-id B27397", "1"), ("HEADER Message-ID \"\"", "1"), ("HEADER X-Empty \"\"", "2"),
        ("HEADER X-Empty x", ""), ("HEADER X-Nothing \"\"", ""), ("HEADER SUBJECT Meeting", "1"),
        ("BODY smith", "2"), ("BODY \"three-thirty\"", "1"), ("BODY meeting", ""), ("BODY \"\"", "1 2 3"),
        ("TEXT smith", "1 2 3"), ("TEXT meeting", "1"), ("TEXT \"three-thirty\"", "1"),
        ("TEXT \"subject: after\"", "1"),
        ("TEXT \"long line\"", "3"), ("TEXT nowhere", ""),
        ("LARGER 500", "3"), ("SMALLER 500", "1 2"), ("LARGER 0", "1 2 3"), ("SMALLER 0", ""),
        ("LARGER 9223372036854775807", ""), ("SMALLER 9223372036854775807", "1 2 3"),
        // In the zone it was given in: in UTC the second is of the day before, the third of the day after.
        ("BEFORE 1-Feb-1994", ""), ("ON 1-Feb-1994", "2"), ("SINCE 1-Feb-1994", "1 2 3"), ("BEFORE 17-Jul-1996", "2"),
        ("ON 28-Oct-2006", "3"), ("SINCE 28-Oct-2006", "3"), ("SINCE 29-Oct-2006", ""), ("BEFORE 29-Oct-2006", "1 2 3"),
        ("ON \"28-oct-2006\"", "3"), ("ON 01-FEB-1994", "2"),
        // As its sender wrote; the third has none, and its INTERNALDATE stands in.
        ("SENTON 7-Feb-1996", "1"), ("SENTBEFORE 7-Feb-1996", "2"), ("SENTSINCE 7-Feb-1996", "1 3"),
        ("SENTON 8-Feb-1996", ""), ("SENTSINCE \"3-Feb-2024\"", ""), ("SENTON 28-Oct-2006", "3"),
        ("1", "1"), ("2:3", "2 3"), ("3:2", "2 3"), ("*", "3"), ("2:*", "2 3"), ("9:*", "3"), ("1,3", "1 3"), ("9", ""),
        ("1:4294967295", "1 2 3"), ("UID 2", "2"), ("UID 2:*", "2 3"), ("UID 7:9", ""), ("UID 4294967295:1", "1 2 3"),
        ("UID 9:*", "3"),
        ("NOT SEEN", "2 3"), ("NOT NOT SEEN", "1"), ("OR SEEN DRAFT", "1 3"), ("OR SEEN OR DRAFT DELETED", "1 2 3"),
        ("OR OR SEEN DRAFT DELETED", "1 2 3"), ("(SEEN)", "1"), ("(SEEN DRAFT)", ""), ("SEEN ANSWERED", "1"),
        ("OR (SEEN ANSWERED) (DELETED FLAGGED)", "1 2"), ("NOT (SEEN ANSWERED)", "2 3"), ("NOT 2", "1 3"),
        ("NOT OR 1 3", "2"), ("((((SEEN))))", "1"), ("OR NOT BODY smith SEEN", "1 3"), ("ALL ALL", "1 2 3"),
        ("NOT ALL", ""), ("OR ALL SEEN", "1 2 3"), ("NOT (OR TEXT nowhere SUBJECT meeting)", "2 3"),
        ("OR TEXT nowhere 2", "2"), ("FLAGGED SINCE 1-Feb-1994 FROM \"Smith\"", "2"), ("from SMITH unseen", "2 3"),
    ]

    @Test func everyKeyMatchesWhatItShouldAndItsNegationTheRest() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        for (keys, expected) in Self.table {
            #expect(await mailbox.search(keys) == expected, "SEARCH \(keys)")
            let rest = ["1", "2", "3"].filter { !expected.split(separator: " ").map(String.init).contains($0) }
            #expect(await mailbox.search("NOT (\(keys))") == rest.joined(separator: " "), "SEARCH NOT (\(keys))")
        }
    }

    @Test(arguments: [
        "", " ", "ALL ", " ALL", "ALL  ALL", "()", "(ALL", "ALL)", "( ALL)", "(ALL )", "NOT", "NOT ", "OR ALL",
        "OR ALL ",
        "OR  ALL ALL", "UID", "UID x", "UID 0", "0", "1:", ":1", "1,", "1:2:3", "4294967296", "FROM", "FROM ",
        "FROM (x)",
        "HEADER x", "HEADER \"\" x", "HEADER \"a b\" x", "HEADER a:b x", "KEYWORD \\Seen", "KEYWORD", "KEYWORD \"x\"",
        "LARGER", "LARGER -1", "LARGER 9223372036854775808", "BEFORE", "BEFORE 31-Feb-2001", "BEFORE 1-1-2001",
        "BEFORE 1-Feb-01", "ON \"1-Feb-2001", "CHARSET", "CHARSET UTF-8", "CHARSET UTF-8 ", "ALL CHARSET UTF-8",
        "XYZZY", "RETURN", "RETURN (", "RETURN ()", "RETURN () ", "RETURN (MIN MIN) ALL", "RETURN (XYZZY) ALL",
        "RETURN (MIN)ALL", "RETURN MIN ALL", "RETURN () RETURN () ALL", "CHARSET UTF-8 RETURN () ALL", "$$", "$:1",
        "FROM \"\u{1}", "\"ALL\"", "NOT NOT", "OR", "UNSEEN SEEN,", "[", "%",
    ])
    func whatIsNoSearchIsBAD(_ keys: String) async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        #expect(await mailbox.client.line("a SEARCH \(keys)").hasPrefix("a BAD "), "SEARCH \(keys)")
        #expect(await mailbox.client.line("b UID SEARCH \(keys)").hasPrefix("b BAD "), "UID SEARCH \(keys)")
    }

    @Test func uidSearchAnswersUIDsAndABareSetIsOfNumbers() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        await mailbox.play(
            """
            C: a STORE 1 +FLAGS.SILENT (\\Deleted)
            S: a OK STORE completed
            C: b UID STORE 2 -FLAGS.SILENT (\\Deleted)
            S: b OK STORE completed
            C: c EXPUNGE
            S: * 1 EXPUNGE
            S: c OK EXPUNGE completed
            """)
        #expect(await mailbox.search("1", uid: true) == "2")
        #expect(await mailbox.search("2:*", uid: true) == "3")
        #expect(await mailbox.search("UID 2", uid: true) == "2")
        #expect(await mailbox.search("UID 2") == "1")
        #expect(await mailbox.search("(from \"smith\")", uid: true) == "2 3")
        #expect(await mailbox.search("NOT 1", uid: true) == "3")
        #expect(await mailbox.search("22,28,37,39:44,1 UNDELETED") == "1")
    }

    @Test func anEmptyMailboxMatchesNothing() async throws {
        let mailbox = try await SearchFixture([])
        for keys in ["ALL", "1", "*", "1:*", "UID 1:4294967295", "UID *", "NOT SEEN", "NOT ALL", "BODY \"\"", "$"] {
            #expect(await mailbox.search(keys) == "", "\(keys)")
            #expect(await mailbox.search(keys, uid: true) == "", "\(keys)")
        }
    }

    @Test func recentIsThisSessionsOwn() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        let other = await mailbox.fixture.logIn("alice", "secret")
        await other.line("s SELECT INBOX")
        #expect(await other.line("a SEARCH RECENT") == "* SEARCH\r\na OK SEARCH completed\r\n")
        #expect(await other.line("b SEARCH OLD") == "* SEARCH 1 2 3\r\nb OK SEARCH completed\r\n")
        #expect(await other.line("c SEARCH NEW") == "* SEARCH\r\nc OK SEARCH completed\r\n")
    }

    @Test func theExamplesOfTheRFC() async throws {
        let mailbox = try await SearchFixture(SearchFixture.three)
        await mailbox.play(
            """
            C: A282 SEARCH FLAGGED SINCE 1-Feb-1994 NOT FROM "Smith"
            S: * SEARCH
            S: A282 OK SEARCH completed
            C: A283 SEARCH TEXT "string not in mailbox"
            S: * SEARCH
            S: A283 OK SEARCH completed
            C: A285 SEARCH CHARSET UTF-8 SUBJECT {4+}
            C: \u{153}uf
            S: * SEARCH 2
            S: A285 OK SEARCH completed
            C: A286 SEARCH SUBJECT {4}
            S: + Ready for literal data
            C: \u{153}uf
            S: * SEARCH 2
            S: A286 OK SEARCH completed
            """)
    }
}
