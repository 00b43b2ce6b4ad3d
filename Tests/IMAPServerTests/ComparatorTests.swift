import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("I18NLEVEL=1 and I18NLEVEL=2: comparators (RFC 5255 section 4, RFC 4790, RFC 5051)")
struct ComparatorTests {
    /// Three messages whose subjects are one word in three spellings, and two more.
    private func mailbox(_ extensions: [IMAPExtension] = IMAPExtension.standard) async throws -> SearchFixture {
        try await SearchFixture(
            ["Caf\u{e9}", "cafe\u{301}", "CAF\u{c9}", "apple", "Banana"].enumerated().map { index, subject in
                SearchFixture.Mail(
                    text: "From: \(subject) <x@y.z>\nSubject: \(subject)\nContent-Type: text/plain; charset=utf-8\n\n"
                        + "body \(subject) \(index)\n",
                    date: SearchFixture.date(1996, 2, 1 + index))
            }, extensions: extensions)
    }

    /// Section 4.3 and 4.4: one level is advertised.
    @Test func oneLevelIsAdvertised() async throws {
        let client = await (try Fixture()).logIn("alice", "secret")
        let capabilities = await client.line("a CAPABILITY")
        #expect(capabilities.contains(" I18NLEVEL=2 "))
        #expect(!capabilities.contains("I18NLEVEL=1"))
        let first = IMAPExtension.standard.leavingOut(["I18NLEVEL"]) + [.i18nLevel1]
        let other = await (try Fixture(extensions: first)).logIn("alice", "secret")
        let level1 = await other.line("a CAPABILITY")
        #expect(level1.contains(" I18NLEVEL=1"))
        #expect(!level1.contains("I18NLEVEL=2"))
        #expect(await other.line("b COMPARATOR") == "b BAD Unknown command\r\n")
        #expect(throws: ConfigurationError.duplicateExtension("I18NLEVEL")) {
            _ = try Fixture(extensions: IMAPExtension.standard + [.i18nLevel1])
        }
    }

    /// Section 4.7: the first argument that matches wins; the response lists all that match when there are many.
    @Test func theFirstArgumentThatMatchesWins() async throws {
        let mailbox = try await mailbox()
        await mailbox.play(
            """
            C: a COMPARATOR
            S: * COMPARATOR i;unicode-casemap
            S: a OK COMPARATOR completed
            C: b COMPARATOR "cz;*" i;octet
            S: * COMPARATOR i;octet
            S: b OK COMPARATOR completed
            C: c COMPARATOR
            S: * COMPARATOR i;octet
            S: c OK COMPARATOR completed
            C: d COMPARATOR "i;*"
            S: * COMPARATOR i;unicode-casemap (i;unicode-casemap i;ascii-casemap i;octet)
            S: d OK COMPARATOR completed
            C: e COMPARATOR "i;a*p" "*octet"
            S: * COMPARATOR i;ascii-casemap (i;ascii-casemap i;octet)
            S: e OK COMPARATOR completed
            C: f COMPARATOR {7+}
            C: i;octet i;octet "*;oct*"
            S: * COMPARATOR i;octet
            S: f OK COMPARATOR completed
            C: g COMPARATOR "-*-casemap"
            S: * COMPARATOR -i;unicode-casemap (i;unicode-casemap i;ascii-casemap)
            S: g OK COMPARATOR completed
            C: h COMPARATOR +default
            S: * COMPARATOR i;unicode-casemap
            S: h OK COMPARATOR completed
            C: i COMPARATOR i;octet
            S: * COMPARATOR i;octet
            S: i OK COMPARATOR completed
            C: j COMPARATOR i;ascii-numeric "defaul*" x
            S: j NO [BADCOMPARATOR] No such comparator
            C: k COMPARATOR
            S: * COMPARATOR i;octet
            S: k OK COMPARATOR completed
            """)
    }

    /// Section 4.7: the example, where there is no Czech comparator, nor the basic one.
    @Test func theExampleOfTheRFC() async throws {
        let mailbox = try await mailbox()
        #expect(
            await mailbox.client.line("A001 COMPARATOR \"cz;*\" i;basic")
                == "A001 NO [BADCOMPARATOR] No such comparator\r\n")
    }

    /// What is no collation-order (RFC 4790 section 3) is BAD, and changes nothing.
    @Test(arguments: [
        "\"**\"", "\"i;**\"", ";", "1a", "\"\"", "-", "+", "\"+-a\"", "\"a b\"", "a_b", "i;octet ", " i;octet",
        "\"i;\u{f6}\"", "\"*\u{e9}\"", "(i;octet)", "i;octet,i;octet", "{3}", "\"a*b*c,\"",
    ])
    func otherArgumentsAreBAD(_ arguments: String) async throws {
        let mailbox = try await mailbox()
        let answer = await mailbox.client.send("a COMPARATOR \(arguments)\r\n")
        if arguments == "{3}" {
            #expect(answer == "+ Ready for literal data\r\n")
            #expect(await mailbox.client.line("a\tb").hasPrefix("a BAD "))
        } else {
            #expect(answer.hasPrefix("a BAD "), "\(answer)")
        }
        #expect(await mailbox.client.line("b COMPARATOR").hasPrefix("* COMPARATOR i;unicode-casemap\r\n"))
    }

    /// R-NEST, R-ALG: many arguments, long ones, and wildcards that could be tried in many ways.
    @Test func argumentsAreLimited() async throws {
        let client = await (try Fixture()).logIn("alice", "secret")
        let hundred = String(repeating: " x", count: 100)
        #expect(await client.line("a COMPARATOR\(hundred)") == "a NO [BADCOMPARATOR] No such comparator\r\n")
        #expect(await client.line("b COMPARATOR\(hundred) x") == "b BAD Argument too long\r\n")
        let longest = String(repeating: "x", count: 254)
        #expect(await client.line("c COMPARATOR \(longest)").hasPrefix("c NO [BADCOMPARATOR]"))
        #expect(await client.line("d COMPARATOR \(longest)x").hasPrefix("d BAD "))
        let stars = String(repeating: "*i", count: 127)
        #expect(
            await client.line("e COMPARATOR" + String(repeating: " \"\(stars)\"", count: 100))
                == "e NO [BADCOMPARATOR] No such comparator\r\n")
    }

    /// Section 4.2: SEARCH by each of them.
    @Test(arguments: [
        ("i;unicode-casemap", "caf\u{e9}", "1 2 3"), ("i;unicode-casemap", "cafe", "1 2 3"),
        ("i;unicode-casemap", "BANANA", "5"), ("i;ascii-casemap", "caf\u{e9}", "1"),
        ("i;ascii-casemap", "CAF\u{c9}", "3"), ("i;ascii-casemap", "CAF", "1 2 3"), ("i;ascii-casemap", "BANANA", "5"),
        ("i;octet", "caf", "2"), ("i;octet", "Caf\u{e9}", "1"), ("i;octet", "BANANA", ""), ("i;octet", "Banana", "5"),
        ("-i;octet", "Banana", "5"), ("i;octet", "", "1 2 3 4 5"),
    ])
    func searchIsByTheActiveOne(_ name: String, _ wanted: String, _ numbers: String) async throws {
        let client = try await mailbox().client
        await client.line("a COMPARATOR \(name)")
        for key in ["SUBJECT", "FROM", "TEXT", "BODY", "HEADER SUBJECT"] {
            let answer = await client.line("b SEARCH \(key) \"\(wanted)\"")
            let expected = numbers.isEmpty ? "* SEARCH" : "* SEARCH \(numbers)"
            #expect(answer == "\(expected)\r\nb OK SEARCH completed\r\n", "\(key)")
        }
    }

    /// Sections 4.2 and 3.3 of RFC 4790: SORT by each of them.
    @Test(arguments: [
        ("i;unicode-casemap", "4 5 1 2 3"), ("i;ascii-casemap", "4 5 2 3 1"), ("i;octet", "5 3 1 4 2"),
        ("-i;octet", "2 4 1 3 5"), ("-i;unicode-casemap", "1 2 3 5 4"),
    ])
    func sortIsByTheActiveOne(_ name: String, _ numbers: String) async throws {
        let client = try await mailbox().client
        await client.line("a COMPARATOR \(name)")
        for key in ["SUBJECT", "DISPLAYFROM"] {
            #expect(
                await client.line("b SORT (\(key)) UTF-8 ALL") == "* SORT \(numbers)\r\nb OK SORT completed\r\n",
                "\(key)")
        }
        // What is not text is not touched by the direction.
        #expect(await client.line("c SORT (ARRIVAL) UTF-8 ALL") == "* SORT 1 2 3 4 5\r\nc OK SORT completed\r\n")
    }

    @Test(arguments: [("i;unicode-casemap", "(1 2 3)(4)(5)"), ("i;octet", "(1)(2)(3)(4)(5)")])
    func threadIsByTheActiveOne(_ name: String, _ threads: String) async throws {
        let client = try await mailbox().client
        await client.line("a COMPARATOR \(name)")
        #expect(
            await client.line("b THREAD ORDEREDSUBJECT UTF-8 ALL")
                == "* THREAD \(threads.replacing("(1 2 3)", with: "(1 (2)(3))"))\r\nb OK THREAD completed\r\n")
    }

    /// Section 4.6: the example. What cannot be decoded is behind what can, and by its octets.
    @Test func textsThatCannotBeDecodedComeLast() async throws {
        func header(_ charset: String, _ octets: [UInt8]) -> String {
            "Subject: =?\(charset)?B?\(TestBase64.encode(octets))?=\nFrom: x@y.z\n\nx\n"
        }
        let mailbox = try await SearchFixture(
            [
                header("utf-8", [0xD0, 0xC0, 0xD0, 0xBD, 0xD0, 0xB4, 0xD1, 0x80, 0xD0, 0xB5, 0xD0, 0xB9]),
                header("utf-8", [0xD1, 0x81, 0xD0, 0x95, 0xD0, 0xA0, 0xD0, 0x93, 0xD0, 0x95, 0xD0, 0x99]),
                header("utf-8", [0xD0, 0x92, 0xD0, 0xB0, 0xD1, 0x81, 0xD0, 0xB8, 0xD0, 0xBB, 0xD0, 0xB8, 0xFF, 0xB9]),
                header("koi8-r", [0xE1, 0xCC, 0xC5, 0xCB, 0xD3, 0xC5, 0xCA]),
            ].map { SearchFixture.Mail(text: $0) })
        #expect(
            await mailbox.client.line("a SORT (SUBJECT) UTF-8 ALL") == "* SORT 4 2 3 1\r\na OK SORT completed\r\n")
    }

    /// A search that is kept up to date goes on with the comparator it began with.
    @Test func searchesThatAreKeptStayWithTheirComparator() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        #expect(await client.line("a SEARCH RETURN (UPDATE COUNT) SUBJECT ALICE").contains("COUNT 0"))
        await client.line("b COMPARATOR i;octet")
        try fixture.fill("alice", 1)
        let news = await client.line("c NOOP")
        #expect(news.contains("* ESEARCH (TAG \"a\") ADDTO (0 1)\r\n"), "\(news)")
        #expect(await client.line("d SEARCH SUBJECT ALICE") == "* SEARCH\r\nd OK SEARCH completed\r\n")
        #expect(await client.line("e COMPARATOR").hasPrefix("* COMPARATOR i;octet\r\n"))
    }

    /// CONNECTION-STATE row 19, U-X-7: the default again, for the next user. SELECTA and a new selection keep it.
    @Test func unauthenticateGoesBackToTheDefault() async throws {
        let fixture = try Fixture(users: TestUsers(associated: ["admin": ["bob"]]))
        try fixture.fill("bob", 1)
        let client = await fixture.logIn("admin", "root")
        await client.line("a COMPARATOR i;octet")
        #expect(await client.line("b SELECTA bob").contains("b OK "))
        await client.line("c SELECT INBOX")
        #expect(await client.line("d SEARCH SUBJECT BOB") == "* SEARCH\r\nd OK SEARCH completed\r\n")
        let answer = await client.send(
            "e UNAUTHENTICATE\r\nf LOGIN bob hunter2\r\ng COMPARATOR\r\nh SELECT INBOX\r\ni SEARCH SUBJECT BOB\r\n")
        #expect(answer.contains("* COMPARATOR i;unicode-casemap\r\ng OK "), "\(answer)")
        #expect(answer.hasSuffix("* SEARCH 1\r\ni OK SEARCH completed\r\n"), "\(answer)")
    }
}
