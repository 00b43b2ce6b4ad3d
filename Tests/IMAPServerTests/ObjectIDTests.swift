import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("OBJECTID (RFC 8474)")
struct ObjectIDTests {
    /// The examples of sections 4 and 5, with the identifiers of this store.
    @Test func mailboxesKeepTheirIdentifierWhenTheyAreRenamed() async throws {
        let fixture = try Fixture(store: MemoryStore(firstUIDValidity: UIDValidity(7)))
        let client = await fixture.logIn("alice", "secret")
        #expect(await client.line("3 create foo") == "3 OK [MAILBOXID (F8)] CREATE completed\r\n")
        #expect(await client.line("4 create bar") == "4 OK [MAILBOXID (F9)] CREATE completed\r\n")
        #expect(await client.line("5 create foo") == "5 NO [ALREADYEXISTS] Mailbox already exists\r\n")
        #expect(
            await client.line("6 status foo (mailboxid)") == """
                * STATUS foo (MAILBOXID (F8))\r
                6 OK STATUS completed\r

                """)
        await client.line("8 rename foo renamed")
        #expect(await client.line("9 status renamed (mailboxid)").hasPrefix("* STATUS renamed (MAILBOXID (F8))\r\n"))
        #expect(await client.line("10 examine renamed").contains("\r\n* OK [MAILBOXID (F8)] "))
        #expect(
            await client.line("11 list \"\" \"*\" return (status (mailboxid))") == """
                * LIST () "/" INBOX\r
                * STATUS INBOX (MAILBOXID (F7))\r
                * LIST () "/" bar\r
                * STATUS bar (MAILBOXID (F9))\r
                * LIST () "/" renamed\r
                * STATUS renamed (MAILBOXID (F8))\r
                11 OK LIST completed\r

                """)
        #expect(await client.line("12 select bar").contains("\r\n* OK [MAILBOXID (F9)] "))
    }

    /// Section 5.3: a message, an answer, another message; then a move.
    @Test func messagesKeepTheirIdentifiersWhenTheyAreMoved() async throws {
        let fixture = try Fixture()
        for (id, more) in [("a@x", ""), ("b@x", "References: <a@x>\r\n"), ("c@x", "")] {
            try fixture.store.append(
                octets("Message-ID: <\(id)>\r\n\(more)Subject: \(id)\r\n\r\n"), to: .inbox, for: user("alice"))
        }
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        let all = try Fetched(await client.line("22 fetch 1:* (emailid threadid)"))
        #expect(Set(all.emails).count == 3)
        #expect(all.threads[0] == all.threads[1] && all.threads[0] != all.threads[2])
        #expect(Set(all.emails).isDisjoint(with: all.threads))
        #expect(await client.line("27 search emailid \(all.emails[0])") == "* SEARCH 1\r\n27 OK SEARCH completed\r\n")
        #expect(await client.line("28 search threadid \(all.threads[0])").hasPrefix("* SEARCH 1 2\r\n"))
        let either = "28 search or emailid \(all.emails[2]) emailid \(all.emails[1])"
        #expect(await client.line(either).hasPrefix("* SEARCH 2 3\r\n"))
        await client.line("m create foo")
        await client.line("23 move 2 foo")
        let rest = try Fetched(await client.line("24 fetch 1:* (emailid threadid)"))
        #expect(rest.emails == [all.emails[0], all.emails[2]])
        await client.line("25 select foo")
        let moved = try Fetched(await client.line("26 uid fetch 1:* (emailid threadid)"))
        #expect(moved.emails == [all.emails[1]] && moved.threads == [all.threads[1]])
    }

    /// The octets of identifiers differ by case; what cannot be one is the client's mistake.
    @Test func identifiersAreReadAsTheyAre() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 1)
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        let id = try Fetched(await client.line("f fetch 1 (emailid threadid)")).emails[0]
        let other = "m" + id.dropFirst()
        #expect(await client.line("a SEARCH EMAILID \(other)") == "* SEARCH\r\na OK SEARCH completed\r\n")
        #expect(await client.line("b SEARCH EmailId \(id)").hasPrefix("* SEARCH 1\r\n"))
        let long = String(repeating: "a", count: 256)
        for wrong in ["", " ", " \"\(id)\"", " a.b", " (\(id))", " \(long)", " a\u{E9}", " *"] {
            #expect(await client.line("c SEARCH EMAILID\(wrong)").hasPrefix("c BAD "), "\(wrong)")
        }
        #expect(await client.line("d SEARCH THREADID \(long.dropLast())") == "* SEARCH\r\nd OK SEARCH completed\r\n")
        #expect(await client.line("e STATUS INBOX (MAILBOXID MAILBOXID)").contains("MAILBOXID (F1)"))
    }

    @Test func withoutTheExtensionNothingOfItIsThere() async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard.leavingOut(["OBJECTID"]))
        try fixture.fill("alice", 1)
        let client = await fixture.logIn("alice", "secret")
        #expect(await client.line("a CREATE x") == "a OK CREATE completed\r\n")
        #expect(await !client.line("b SELECT INBOX").contains("MAILBOXID"))
        for command in ["FETCH 1 EMAILID", "SEARCH THREADID a", "STATUS x (MAILBOXID)"] {
            #expect(await client.line("c \(command)").hasPrefix("c BAD "))
        }
    }

    /// U-X-8: no identifier that one user was told of finds or names anything for the next.
    @Test func unauthenticateLeavesNoIdentifierBehind() async throws {
        let fixture = try Fixture()
        for name in ["admin", "bob"] {
            try fixture.store.append(
                octets("Message-ID: <same@x>\r\nSubject: \(name)\r\n\r\n"), to: .inbox, for: user(name))
        }
        let client = await fixture.logIn("admin", "root")
        let mine = await client.line("a SELECT INBOX")
        let ids = try Fetched(await client.line("b FETCH 1 (EMAILID THREADID)"))
        await client.line("c UNAUTHENTICATE")
        await client.line("d LOGIN bob hunter2")
        let theirs = await client.line("a SELECT INBOX")
        #expect(mine.contains("MAILBOXID") && theirs.contains("MAILBOXID") && mine != theirs)
        let others = try Fetched(await client.line("b FETCH 1 (EMAILID THREADID)"))
        #expect(Set(ids.emails + ids.threads).isDisjoint(with: others.emails + others.threads))
        #expect(await client.line("e SEARCH THREADID \(ids.threads[0])") == "* SEARCH\r\ne OK SEARCH completed\r\n")
    }
}

/// The identifiers of FETCH responses, in order.
private struct Fetched {
    var emails: [String] = []
    var threads: [String] = []

    init(_ answer: String) throws {
        for line in answer.split(separator: "\r\n") where line.hasPrefix("* ") && line.contains(" FETCH ") {
            emails.append(try Fetched.value(of: "EMAILID", in: line))
            threads.append(try Fetched.value(of: "THREADID", in: line))
        }
    }

    private static func value(of name: String, in line: Substring) throws -> String {
        let start = try #require(line.range(of: "\(name) ("))
        return String(line[start.upperBound...].prefix { $0 != ")" })
    }
}
