import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// Messages 1 to `count`, a day each, by Jones and Smith in turn.
private func numbered(_ count: Int, flagged: [Int]) -> [SearchFixture.Mail] {
    (1...count).map { number in
        SearchFixture.Mail(
            text: "From: \(number % 2 == 0 ? "Smith" : "Jones")\nSubject: \(number)\n\nbody \(number)\n",
            flags: flagged.contains(number) ? [.flagged] : [], date: SearchFixture.date(2006, 2, 1 + number))
    }
}

@Suite("ESEARCH (RFC 4731)")
struct ESEARCHTests {
    @Test func theExamplesOfTheRFC() async throws {
        let mailbox = try await SearchFixture(numbered(15, flagged: [2, 10, 11]))
        await mailbox.play(
            """
            C: A282 SEARCH RETURN (MIN COUNT) FLAGGED SINCE 1-Feb-1994 NOT FROM "Smyth"
            S: * ESEARCH (TAG "A282") MIN 2 COUNT 3
            S: A282 OK SEARCH completed
            C: A283 SEARCH RETURN () FLAGGED SINCE 1-Feb-1994 NOT FROM "Smyth"
            S: * ESEARCH (TAG "A283") ALL 2,10:11
            S: A283 OK SEARCH completed
            C: A284 SEARCH RETURN (MIN) UNSEEN
            S: * ESEARCH (TAG "A284") MIN 1
            S: A284 OK SEARCH completed
            C: A285 UID SEARCH RETURN (MIN MAX) 1:5000
            S: * ESEARCH (TAG "A285") UID MIN 1 MAX 15
            S: A285 OK SEARCH completed
            C: A286 SEARCH RETURN (COUNT) DELETED
            S: * ESEARCH (TAG "A286") COUNT 0
            S: A286 OK SEARCH completed
            C: A287 uid search return (max all min count) flagged
            S: * ESEARCH (TAG "A287") UID MAX 11 ALL 2,10:11 MIN 2 COUNT 3
            S: A287 OK SEARCH completed
            C: A288 SEARCH RETURN (MIN MAX ALL COUNT) DELETED
            S: * ESEARCH (TAG "A288") COUNT 0
            S: A288 OK SEARCH completed
            C: A289 SEARCH RETURN () DELETED
            S: * ESEARCH (TAG "A289")
            S: A289 OK SEARCH completed
            C: A290 SEARCH RETURN (MAX) SEEN
            S: * ESEARCH (TAG "A290")
            S: A290 OK SEARCH completed
            C: A"x SEARCH RETURN () ALL
            S: * BAD Tag expected
            """)
    }

    @Test func theAnswerIsInTheClientsNumbers() async throws {
        let mailbox = try await SearchFixture(numbered(9, flagged: [5, 6, 9]))
        await mailbox.play(
            """
            C: a UID STORE 1:3,7 +FLAGS.SILENT (\\Deleted)
            S: a OK STORE completed
            C: b EXPUNGE
            S: * 7 EXPUNGE
            S: * 3 EXPUNGE
            S: * 2 EXPUNGE
            S: * 1 EXPUNGE
            S: b OK EXPUNGE completed
            C: c SEARCH RETURN (MIN MAX ALL) FLAGGED
            S: * ESEARCH (TAG "c") MIN 2 MAX 5 ALL 2:3,5
            S: c OK SEARCH completed
            C: d UID SEARCH RETURN (MIN MAX ALL) FLAGGED
            S: * ESEARCH (TAG "d") UID MIN 5 MAX 9 ALL 5:6,9
            S: d OK SEARCH completed
            C: e SEARCH RETURN (ALL) ALL
            S: * ESEARCH (TAG "e") ALL 1:5
            S: e OK SEARCH completed
            C: f UID SEARCH RETURN (ALL) ALL
            S: * ESEARCH (TAG "f") UID ALL 4:6,8:9
            S: f OK SEARCH completed
            """)
    }

    @Test func withoutTheExtensionThereIsNoRETURN() async throws {
        let mailbox = try await SearchFixture(
            numbered(2, flagged: []),
            extensions: IMAPExtension.standard.leavingOut([
                "ESEARCH", "ESORT", "PARTIAL", "CONTEXT=SEARCH", "CONTEXT=SORT",
            ]))
        #expect(await mailbox.client.line("a SEARCH RETURN () ALL") == "a BAD Unknown item\r\n")
        #expect(await mailbox.client.line("b SEARCH $") == "b BAD Unknown item\r\n")
        #expect(await mailbox.search("ALL") == "1 2")
    }
}

@Suite("SEARCHRES (RFC 5182)")
struct SEARCHRESTests {
    private static let flagged = [2, 10, 11, 12, 13, 14, 15, 21]

    @Test func whatOneSearchFoundIsUsedByOtherCommands() async throws {
        let mailbox = try await SearchFixture(numbered(21, flagged: [2, 4]))
        await mailbox.play(
            """
            C: A282 SEARCH RETURN (SAVE) FLAGGED SINCE 1-Feb-1994 NOT FROM "Jones"
            S: A282 OK SEARCH completed
            C: A283 FETCH $ (UID FLAGS)
            S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent))
            S: * 4 FETCH (UID 4 FLAGS (\\Flagged \\Recent))
            S: A283 OK FETCH completed
            C: A284 UID FETCH $ (UID)
            S: * 2 FETCH (UID 2)
            S: * 4 FETCH (UID 4)
            S: A284 OK FETCH completed
            C: A301 UID SEARCH UID $ SMALLER 4096
            S: * SEARCH 2 4
            S: A301 OK SEARCH completed
            C: A302 UID SEARCH $ SMALLER 4096
            S: * SEARCH 2 4
            S: A302 OK SEARCH completed
            C: A303 SEARCH NOT $ 1:5
            S: * SEARCH 1 3 5
            S: A303 OK SEARCH completed
            C: P283 SEARCH CHARSET UTF-8 (OR $ 1,3000:3021) TEXT {4+}
            C: body
            S: * SEARCH 1 2 4
            S: P283 OK SEARCH completed
            C: A304 UID SEARCH RETURN (SAVE) $ 4
            C: A305 STORE $ +FLAGS.SILENT (\\Seen)
            S: A304 OK SEARCH completed
            S: A305 OK STORE completed
            C: A306 SEARCH SEEN
            S: * SEARCH 4
            S: A306 OK SEARCH completed
            """)
    }

    @Test func aSearchAnsweredNOEmptiesTheResultAndOneAnsweredBADDoesNot() async throws {
        let mailbox = try await SearchFixture(numbered(5, flagged: [2, 3]))
        await mailbox.play(
            """
            C: a SEARCH RETURN (SAVE) FLAGGED
            S: a OK SEARCH completed
            C: b SEARCH RETURN (SAVE) XYZZY
            S: b BAD Unknown item
            C: c SEARCH CHARSET XYZZY SEEN
            S: c NO [BADCHARSET (...)] Unknown charset
            C: d SEARCH RETURN (COUNT) SEEN
            S: * ESEARCH (TAG "d") COUNT 0
            S: d OK SEARCH completed
            C: e SEARCH RETURN (ALL) $
            S: * ESEARCH (TAG "e") ALL 2:3
            S: e OK SEARCH completed
            C: f SEARCH RETURN (SAVE) CHARSET XYZZY (OR $ 1,3000:3021) TEXT {4+}
            C: text
            S: f NO [BADCHARSET (...)] Unknown charset
            C: g SEARCH RETURN (COUNT) $
            S: * ESEARCH (TAG "g") COUNT 0
            S: g OK SEARCH completed
            C: h FETCH $ FLAGS
            S: h OK FETCH completed
            C: i COPY $ "Other Messages"
            S: i OK COPY completed
            C: j UID STORE $ +FLAGS (\\Seen)
            S: j OK STORE completed
            C: k SEARCH $
            S: * SEARCH
            S: k OK SEARCH completed
            C: l SEARCH NOT $
            S: * SEARCH 1 2 3 4 5
            S: l OK SEARCH completed
            """)
    }

    /// Section 2.4, the table and example 10.
    @Test func theOtherOptionsSayWhatIsSaved() async throws {
        let mailbox = try await SearchFixture(numbered(21, flagged: Self.flagged))
        await mailbox.play(
            """
            C: C282 SEARCH RETURN (ALL) FLAGGED
            S: * ESEARCH (TAG "C282") ALL 2,10:15,21
            S: C282 OK SEARCH completed
            C: v1 SEARCH RETURN () $
            S: * ESEARCH (TAG "v1")
            S: v1 OK SEARCH completed
            C: C283 SEARCH RETURN (ALL SAVE) FLAGGED
            S: * ESEARCH (TAG "C283") ALL 2,10:15,21
            S: C283 OK SEARCH completed
            C: v2 SEARCH RETURN () $
            S: * ESEARCH (TAG "v2") ALL 2,10:15,21
            S: v2 OK SEARCH completed
            C: C284 SEARCH RETURN (SAVE MIN) FLAGGED
            S: * ESEARCH (TAG "C284") MIN 2
            S: C284 OK SEARCH completed
            C: v3 SEARCH RETURN () $
            S: * ESEARCH (TAG "v3") ALL 2
            S: v3 OK SEARCH completed
            C: C285 SEARCH RETURN (MAX SAVE MIN) FLAGGED
            S: * ESEARCH (TAG "C285") MAX 21 MIN 2
            S: C285 OK SEARCH completed
            C: v4 SEARCH RETURN () $
            S: * ESEARCH (TAG "v4") ALL 2,21
            S: v4 OK SEARCH completed
            C: C286 SEARCH RETURN (MAX SAVE MIN COUNT) FLAGGED
            S: * ESEARCH (TAG "C286") MAX 21 MIN 2 COUNT 8
            S: C286 OK SEARCH completed
            C: v5 SEARCH RETURN () $
            S: * ESEARCH (TAG "v5") ALL 2,10:15,21
            S: v5 OK SEARCH completed
            C: C287 SEARCH RETURN (SAVE MAX) FLAGGED
            S: * ESEARCH (TAG "C287") MAX 21
            S: C287 OK SEARCH completed
            C: v6 SEARCH RETURN () $
            S: * ESEARCH (TAG "v6") ALL 21
            S: v6 OK SEARCH completed
            C: C288 SEARCH RETURN (ALL SAVE MIN) FLAGGED
            S: * ESEARCH (TAG "C288") ALL 2,10:15,21 MIN 2
            S: C288 OK SEARCH completed
            C: v7 SEARCH RETURN () $
            S: * ESEARCH (TAG "v7") ALL 2,10:15,21
            S: v7 OK SEARCH completed
            C: C289 SEARCH RETURN (MIN SAVE) SEEN
            S: * ESEARCH (TAG "C289")
            S: C289 OK SEARCH completed
            C: v8 SEARCH RETURN () $
            S: * ESEARCH (TAG "v8")
            S: v8 OK SEARCH completed
            """)
    }

    @Test func whatIsExpungedDropsOutAndWhatIsSelectedAnewHasNothingSaved() async throws {
        let mailbox = try await SearchFixture(numbered(5, flagged: [2, 4]))
        await mailbox.play(
            """
            C: a SEARCH RETURN (SAVE) FLAGGED
            S: a OK SEARCH completed
            C: b STORE 1:2 +FLAGS.SILENT (\\Deleted)
            S: b OK STORE completed
            C: c EXPUNGE
            S: * 2 EXPUNGE
            S: * 1 EXPUNGE
            S: c OK EXPUNGE completed
            C: d SEARCH $
            S: * SEARCH 2
            S: d OK SEARCH completed
            C: e UID FETCH $ UID
            S: * 2 FETCH (UID 4)
            S: e OK FETCH completed
            """)
        await mailbox.client.line("f SELECT INBOX")
        #expect(await mailbox.search("$") == "")
        await mailbox.client.line("g SEARCH RETURN (SAVE) ALL")
        await mailbox.client.line("h CLOSE")
        await mailbox.client.line("i SELECT INBOX")
        #expect(await mailbox.search("$") == "")
    }

    @Test func aPipelinedSearchIsDoneBeforeWhatUsesIt() async throws {
        let mailbox = try await SearchFixture(numbered(5, flagged: [2, 4]))
        await mailbox.play(
            """
            C: F282 SEARCH RETURN (SAVE) FLAGGED
            C: F283 COPY $ INBOX
            C: F284 STORE $ +FLAGS.Silent (\\Deleted)
            C: F285 SEARCH RETURN (SAVE) DELETED
            C: F286 SEARCH RETURN (SAVE) NOT DELETED FROM "Smith"
            C: F287 SEARCH $
            S: F282 OK SEARCH completed
            S: * 7 EXISTS
            S: * 7 RECENT
            S: F283 OK [COPYUID ...] COPY completed
            S: F284 OK STORE completed
            S: F285 OK SEARCH completed
            S: F286 OK SEARCH completed
            S: * SEARCH 6 7
            S: F287 OK SEARCH completed
            """)
    }
}

@Suite("WITHIN (RFC 5032)")
struct WITHINTests {
    @Test func theIntervalIsCountedFromTheStoresNow() async throws {
        let store = MemoryStore(now: { SearchFixture.date(2006, 2, 10, hour: 12, zone: 200) })
        let mailbox = try await SearchFixture(numbered(12, flagged: []), store: store)
        // Now is 10:00 of the 10th in UTC; message 8 is of 0:00 of the 9th.
        #expect(await mailbox.search("OLDER \(34 * 3600)") == "1 2 3 4 5 6 7 8")
        #expect(await mailbox.search("OLDER \(34 * 3600 + 1)") == "1 2 3 4 5 6 7")
        #expect(await mailbox.search("YOUNGER \(34 * 3600)") == "8 9 10 11 12")
        #expect(await mailbox.search("YOUNGER \(34 * 3600 - 1)") == "9 10 11 12")
        #expect(await mailbox.search("NOT YOUNGER 259200 OLDER 4294967295") == "")
        #expect(await mailbox.search("unseen younger 259200") == "7 8 9 10 11 12")
        #expect(await mailbox.search("NOT YOUNGER 259200") == "1 2 3 4 5 6")
        for keys in ["OLDER", "OLDER 0", "YOUNGER x", "YOUNGER 4294967296", "OLDER -1"] {
            #expect(await mailbox.client.line("a SEARCH \(keys)").hasPrefix("a BAD "), "\(keys)")
        }
    }

    @Test func aStoreWithoutAClockIsNotOfferedIt() throws {
        #expect(IMAPExtension.standard.supported(by: MemoryStore()).contains { $0.name == "WITHIN" })
    }
}
