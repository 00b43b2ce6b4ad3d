import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("PARTIAL (RFC 9394)")
struct PartialTests {
    private func mailbox() async throws -> SearchFixture {
        let mailbox = try await SearchFixture(
            (1...9).map { SearchFixture.Mail(text: "Subject: \($0)\n\nx\n", flags: $0 % 2 == 0 ? [.seen] : []) })
        _ = try mailbox.fixture.store.remove(UIDSet(try #require(UID(1))), in: .inbox, for: user("alice"))
        await mailbox.client.line("n NOOP")
        return mailbox
    }

    @Test(arguments: [
        ("1:3", "2:4"), ("3:1", "2:4"), ("2:2", "3"), ("7:100", "8:9"), ("8:8", "9"), ("9:9", "NIL"),
        ("100:4294967295", "NIL"), ("-1:-1", "9"), ("-1:-3", "7:9"), ("-3:-1", "7:9"), ("-7:-100", "2:3"),
        ("-8:-8", "2"), ("-9:-9", "NIL"), ("-4294967295:-9", "NIL"), ("1:4294967295", "2:9"),
    ])
    func aPageIsCountedFromEitherEnd(_ range: String, _ page: String) async throws {
        let mailbox = try await mailbox()
        #expect(
            await mailbox.client.line("a UID SEARCH RETURN (PARTIAL \(range)) ALL")
                == "* ESEARCH (TAG \"a\") UID PARTIAL (\(range) \(page))\r\na OK SEARCH completed\r\n")
    }

    /// Table 1 of section 3.2.
    @Test func whatIsSavedWithIt() async throws {
        let mailbox = try await mailbox()
        for (options, saved) in [
            ("PARTIAL 2:3", "2 3"), ("PARTIAL 2:3 MIN", "1 2 3"), ("MAX PARTIAL 2:3", "2 3 8"),
            ("MIN PARTIAL -2:-3 MAX", "1 6 7 8"), ("PARTIAL 2:3 COUNT", "1 2 3 4 5 6 7 8"),
            ("PARTIAL 2:3 COUNT MIN", "1 2 3 4 5 6 7 8"), ("PARTIAL 99:100", ""),
        ] {
            let answer = await mailbox.client.line("a SEARCH RETURN (SAVE \(options)) ALL")
            #expect(answer.hasSuffix("\r\na OK SEARCH completed\r\n"), "\(answer)")
            #expect(await mailbox.search("$") == saved, "\(options)")
        }
    }

    @Test func pagesOfWhatMatchesAreReadFromTheirEnd() async throws {
        let mailbox = try await mailbox()
        await mailbox.play(
            """
            C: a SEARCH RETURN (PARTIAL 2:3 COUNT) SEEN
            S: * ESEARCH (TAG "a") PARTIAL (2:3 3,5) COUNT 4
            S: a OK SEARCH completed
            C: b SEARCH RETURN (MIN PARTIAL -2:-2 MAX) UNSEEN
            S: * ESEARCH (TAG "b") MIN 2 PARTIAL (-2:-2 6) MAX 8
            S: b OK SEARCH completed
            """)
    }

    @Test(arguments: [
        "SEARCH RETURN (PARTIAL) ALL", "SEARCH RETURN (PARTIAL 1) ALL", "SEARCH RETURN (PARTIAL 0:1) ALL",
        "SEARCH RETURN (PARTIAL 1:-1) ALL", "SEARCH RETURN (PARTIAL -1:1) ALL", "SEARCH RETURN (PARTIAL -0:-1) ALL",
        "SEARCH RETURN (PARTIAL 1:*) ALL", "SEARCH RETURN (PARTIAL 1:4294967296) ALL",
        "SEARCH RETURN (PARTIAL 1:2 PARTIAL 3:4) ALL", "SEARCH RETURN (PARTIAL 1:2 ALL) ALL",
        "SEARCH RETURN (ALL PARTIAL 1:2) ALL", "FETCH 1:* (FLAGS) (PARTIAL 1:2)", "UID FETCH 1:* (FLAGS) (PARTIAL)",
        "UID FETCH 1:* (FLAGS) (PARTIAL 0:1)", "UID FETCH 1:* (FLAGS) (PARTIAL 1:2 PARTIAL 1:2)",
        "UID STORE 1:* (PARTIAL 1:2) FLAGS (\\Seen)",
    ])
    func whatIsNotWellFormedIsBad(_ line: String) async throws {
        let mailbox = try await mailbox()
        let answer = await mailbox.client.line("a \(line)")
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
    }

    /// Sections 3.3 and 3.4.
    @Test func uidFetchAnswersAPage() async throws {
        let mailbox = try await mailbox()
        await mailbox.play(
            """
            C: a UID FETCH 3:7 (UID) (PARTIAL -1:-3)
            S: * 4 FETCH (UID 5)
            S: * 5 FETCH (UID 6)
            S: * 6 FETCH (UID 7)
            S: a OK FETCH completed
            C: b UID FETCH 1:* (UID) (PARTIAL 2:2)
            S: * 2 FETCH (UID 3)
            S: b OK FETCH completed
            C: c UID FETCH 3:7 (UID) (PARTIAL 6:9)
            S: c OK FETCH completed
            """)
        _ = try mailbox.fixture.store.changeFlags(
            .add([.flagged]), of: UIDSet(try #require(UID(5)), try #require(UID(9))), in: .inbox, for: user("alice"))
        await mailbox.client.line("n NOOP")
        for modifiers in ["PARTIAL -3:-5 CHANGEDSINCE 10", "CHANGEDSINCE 10 PARTIAL -5:-3"] {
            let answer = await mailbox.client.line("d UID FETCH 1:* (UID) (\(modifiers))")
            #expect(answer.contains("* 4 FETCH (UID 5 MODSEQ"), "\(answer)")
            #expect(answer.contains("* 6 FETCH (UID 7 MODSEQ"), "\(answer)")
            #expect(answer.split(separator: "\r\n").filter { $0.contains(" FETCH (") }.count == 3, "\(answer)")
        }
    }
}
