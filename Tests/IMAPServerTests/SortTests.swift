import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// Five messages whose subjects, senders and dates are in five orders.
private func five(_ extensions: [IMAPExtension] = IMAPExtension.standard) async throws -> SearchFixture {
    let mails: [(from: String, subject: String, date: String)] = [
        ("\"Zed\" <ann@example.com>", "Re: lunch", "Wed, 7 Feb 1996 10:00:00 +0000"),
        ("Bob@example.com", "agenda", "Wed, 7 Feb 1996 10:00:00 +0100"),
        ("=?utf-8?q?=C3=89mile?= <carl@example.com>", "[list] LUNCH", "Wed, 7 Feb 1996 08:59:59 +0000"),
        ("bob@example.com (The Bob)", "", "1 Jan 1996 00:00 +0000"),
        ("group: a@example.com;", "Zebra", "no date"),
    ]
    return try await SearchFixture(
        mails.enumerated().map { index, mail in
            SearchFixture.Mail(
                text: "From: \(mail.from)\nSubject: \(mail.subject)\nDate: \(mail.date)\nTo: x@y.z\n\n\(index)\n",
                flags: index % 2 == 0 ? [.flagged] : [], date: SearchFixture.date(1996, 2, 7 - index))
        }, extensions: extensions)
}

@Suite("SORT (RFC 5256)")
struct SortTests {
    @Test(arguments: [
        ("ARRIVAL", "5 4 3 2 1"), ("REVERSE ARRIVAL", "1 2 3 4 5"), ("DATE", "4 5 3 2 1"), ("SUBJECT", "4 2 1 3 5"),
        // REVERSE does not touch the order of the mailbox among what is equal.
        ("REVERSE SUBJECT", "5 1 3 2 4"), ("SUBJECT DATE", "4 2 3 1 5"), ("SUBJECT REVERSE DATE", "4 2 1 3 5"),
        ("FROM", "1 2 4 3 5"), ("reverse from", "5 3 2 4 1"), ("TO", "1 2 3 4 5"), ("CC REVERSE TO", "1 2 3 4 5"),
        ("SIZE", "5 4 2 1 3"), ("DATE DATE REVERSE DATE", "4 5 3 2 1"),
        // RFC 5957: what is shown. A group has no host, and none of the names of addresses.
        ("DISPLAYFROM", "2 3 5 4 1"), ("REVERSE DISPLAYFROM", "1 4 5 3 2"), ("DISPLAYTO", "1 2 3 4 5"),
    ])
    func criteriaOrder(_ criteria: String, _ order: String) async throws {
        let mailbox = try await five()
        #expect(
            await mailbox.client.line("a SORT (\(criteria)) US-ASCII ALL")
                == "* SORT \(order)\r\na OK SORT completed\r\n")
        #expect(
            await mailbox.client.line("a uid sort (\(criteria)) utf-8 all")
                == "* SORT \(order)\r\na OK SORT completed\r\n")
    }

    @Test func theResultIsThatOfASearchInOrder() async throws {
        let mailbox = try await five()
        await mailbox.play(
            """
            C: A282 SORT (SUBJECT) UTF-8 FLAGGED
            S: * SORT 1 3 5
            S: A282 OK SORT completed
            C: A283 SORT (SUBJECT REVERSE DATE) "UTF-8" SINCE 4-Feb-1996 NOT 2
            S: * SORT 4 1 3
            S: A283 OK SORT completed
            C: A284 SORT (SUBJECT) US-ASCII TEXT "not in mailbox"
            S: * SORT
            S: A284 OK SORT completed
            C: A286 UID SORT (REVERSE ARRIVAL) UTF-8 OR FLAGGED UID 4
            S: * SORT 1 3 4 5
            S: A286 OK SORT completed
            """)
        #expect(
            await mailbox.client.line("A285 SORT (DATE) ISO-8859-1 SUBJECT {5+}\r\nLunch")
                == "* SORT 3 1\r\nA285 OK SORT completed\r\n")
        let refused = await mailbox.client.line("A287 SORT (DATE) X-NONE ALL")
        #expect(refused.hasPrefix("A287 NO [BADCHARSET (US-ASCII UTF-8 "), "\(refused)")
    }

    @Test(arguments: [
        "SORT", "SORT (DATE)", "SORT (DATE) UTF-8", "SORT (DATE) ALL", "SORT () UTF-8 ALL", "SORT DATE UTF-8 ALL",
        "SORT (REVERSE) UTF-8 ALL", "SORT (REVERSE REVERSE DATE) UTF-8 ALL", "SORT (DATES) UTF-8 ALL",
        "SORT (DATE ) UTF-8 ALL", "SORT (DATE)UTF-8 ALL", "SORT (DATE) UTF-8 CHARSET UTF-8 ALL",
        "SORT RETURN (DATE) UTF-8 ALL", "SORT (DATE) RETURN () UTF-8 ALL", "SORT (DATE) UTF-8 ALL ",
        "THREAD", "THREAD REFERENCES", "THREAD REFERENCES UTF-8", "THREAD JWZ UTF-8 ALL",
        "THREAD (REFERENCES) UTF-8 ALL",
        "THREAD RETURN () REFERENCES UTF-8 ALL",
    ])
    func whatIsNotWellFormedIsBad(_ line: String) async throws {
        let mailbox = try await five()
        let answer = await mailbox.client.line("a \(line)")
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
        #expect(await mailbox.client.line("b SORT (SIZE) UTF-8 1:2") == "* SORT 2 1\r\nb OK SORT completed\r\n")
    }

    /// What is not in the host's list is neither advertised nor accepted.
    @Test func eachExtensionBringsItsOwn() async throws {
        let plain = try await five([.sort, .esearch])
        #expect(await plain.client.line("a SORT (DISPLAYFROM) UTF-8 ALL") == "a BAD Unknown item\r\n")
        #expect((await plain.client.line("b SORT RETURN (MIN) (DATE) UTF-8 ALL")).hasPrefix("b BAD "))
        #expect((await plain.client.line("c THREAD REFERENCES UTF-8 ALL")).hasPrefix("c BAD "))
        let threading = try await five([.threadReferences])
        #expect((await threading.client.line("a THREAD ORDEREDSUBJECT UTF-8 ALL")).hasPrefix("a BAD "))
        #expect((await threading.client.line("b THREAD REFERENCES UTF-8 ALL")).hasPrefix("* THREAD "))
        #expect((await threading.client.line("c SORT (DATE) UTF-8 ALL")).hasPrefix("c BAD "))
    }

    /// RFC 9586: no sequence numbers; UID SORT and UID THREAD stay.
    @Test func uidOnlyRefusesNumbers() async throws {
        let mailbox = try await five()
        await mailbox.enable("UIDONLY")
        #expect((await mailbox.client.line("a SORT (DATE) UTF-8 ALL")).hasPrefix("a BAD [UIDREQUIRED]"))
        #expect((await mailbox.client.line("b THREAD REFERENCES UTF-8 ALL")).hasPrefix("b BAD [UIDREQUIRED]"))
        #expect((await mailbox.client.line("c UID SORT (DATE) UTF-8 1:2")).hasPrefix("c BAD [UIDREQUIRED]"))
        #expect(await mailbox.client.line("d UID SORT (DATE) UTF-8 UID 1:2") == "* SORT 2 1\r\nd OK SORT completed\r\n")
    }

    /// RFC 7162 sections 3.1.9 and 3.1.10.
    @Test func modSequenceOfWhatIsReturned() async throws {
        let mailbox = try await five()
        await mailbox.enable("CONDSTORE")
        for (uid, flag) in [(4, Flag.seen), (3, .draft)] {
            _ = try mailbox.fixture.store.changeFlags(
                .add([flag]), of: UIDSet(try #require(UID(UInt32(uid)))), in: .inbox, for: user("alice"))
        }
        await mailbox.client.line("n NOOP")
        await mailbox.play(
            """
            C: a SORT (DATE) UTF-8 MODSEQ 6
            S: * SORT 4 5 3 (MODSEQ 8)
            S: a OK SORT completed
            C: b SORT RETURN (ALL) (DATE) UTF-8 MODSEQ 1
            S: * ESEARCH (TAG "b") ALL 4:5,3,2,1 MODSEQ 8
            S: b OK SORT completed
            C: c SORT RETURN (MIN) (DATE) UTF-8 MODSEQ 1
            S: * ESEARCH (TAG "c") MIN 4 MODSEQ 7
            S: c OK SORT completed
            C: d SORT (DATE) UTF-8 MODSEQ 99
            S: * SORT
            S: d OK SORT completed
            C: e THREAD ORDEREDSUBJECT UTF-8 MODSEQ 7
            S: * THREAD (4)(3)
            S: e OK THREAD completed
            """)
    }

    /// No number can go wrong in UID SORT; in SORT it can.
    @Test func expungeIsTellableBehindUIDSortAlone() async throws {
        let mailbox = try await five()
        _ = try mailbox.fixture.store.remove(UIDSet(try #require(UID(2))), in: .inbox, for: user("alice"))
        #expect(await mailbox.client.line("a SORT (DATE) UTF-8 ALL") == "* SORT 4 5 3 1\r\na OK SORT completed\r\n")
        #expect(
            await mailbox.client.line("b THREAD ORDEREDSUBJECT UTF-8 ALL")
                == "* THREAD (4)(5)(3 1)\r\nb OK THREAD completed\r\n")
        #expect(
            await mailbox.client.line("c UID SORT (DATE) UTF-8 ALL")
                == "* SORT 4 5 3 1\r\n* 2 EXPUNGE\r\nc OK SORT completed\r\n")
        #expect(await mailbox.client.line("d SORT (DATE) UTF-8 ALL") == "* SORT 3 4 2 1\r\nd OK SORT completed\r\n")
    }
}

@Suite("ESORT (RFC 5267 section 3)")
struct ExtendedSortTests {
    @Test func optionsTellOfTheOrder() async throws {
        let mailbox = try await five()
        await mailbox.play(
            """
            C: E01 UID SORT RETURN () (REVERSE DATE) UTF-8 UNDELETED
            S: * ESEARCH (TAG "E01") UID ALL 1:3,5,4
            S: E01 OK SORT completed
            C: E02 SORT RETURN (MIN MAX COUNT ALL) (DATE) UTF-8 ALL
            S: * ESEARCH (TAG "E02") MIN 4 MAX 1 COUNT 5 ALL 4:5,3,2,1
            S: E02 OK SORT completed
            C: E03 SORT RETURN (MIN MAX ALL COUNT) (DATE) UTF-8 DELETED
            S: * ESEARCH (TAG "E03") COUNT 0
            S: E03 OK SORT completed
            C: E04 SORT RETURN (PARTIAL 2:3) (SUBJECT) UTF-8 ALL
            S: * ESEARCH (TAG "E04") PARTIAL (2:3 2,1)
            S: E04 OK SORT completed
            C: E05 SORT RETURN (PARTIAL -1:-2) (SUBJECT) UTF-8 ALL
            S: * ESEARCH (TAG "E05") PARTIAL (-1:-2 3,5)
            S: E05 OK SORT completed
            """)
    }

    /// RFC 5182 section 2.4: `$` is what was returned, and it is a set.
    @Test func savedAreTheFirstAndLastOfTheOrder() async throws {
        let mailbox = try await five()
        await mailbox.play(
            """
            C: a SORT RETURN (MIN MAX SAVE) (DATE) UTF-8 ALL
            S: * ESEARCH (TAG "a") MIN 4 MAX 1
            S: a OK SORT completed
            C: b SEARCH $
            S: * SEARCH 1 4
            S: b OK SEARCH completed
            C: c SORT RETURN (SAVE) (DATE) UTF-8 FLAGGED
            S: c OK SORT completed
            C: d SORT (DATE) UTF-8 $
            S: * SORT 5 3 1
            S: d OK SORT completed
            C: e SORT RETURN (SAVE PARTIAL 1:2) (DATE) UTF-8 $
            S: * ESEARCH (TAG "e") PARTIAL (1:2 5,3)
            S: e OK SORT completed
            C: f SEARCH $
            S: * SEARCH 3 5
            S: f OK SEARCH completed
            """)
        #expect((await mailbox.client.line("g SORT RETURN (SAVE) (DATE) X-NONE ALL")).hasPrefix("g NO [BADCHARSET"))
        #expect(await mailbox.search("$") == "")
    }

    /// IMAP4rev2 changes what answers SEARCH, and leaves SORT as it is.
    @Test func revision2LeavesPlainSortAlone() async throws {
        let mailbox = try await five()
        await mailbox.enable("IMAP4rev2")
        #expect(await mailbox.client.line("a SORT (DATE) UTF-8 1:2") == "* SORT 2 1\r\na OK SORT completed\r\n")
    }
}

extension SearchFixture {
    /// Enables a mode, which only works before SELECT, and selects again.
    fileprivate func enable(_ mode: String) async {
        for line in ["UNSELECT", "ENABLE \(mode)", "SELECT INBOX"] { await client.line("e \(line)") }
    }
}
