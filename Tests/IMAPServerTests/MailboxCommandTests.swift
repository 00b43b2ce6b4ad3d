import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Mailboxes: CREATE, DELETE, RENAME, SUBSCRIBE, LIST, LSUB (RFC 3501 sections 6.3.3 to 6.3.9)")
struct MailboxCommandTests {
    private func play(_ text: String, on fixture: Fixture? = nil) async throws {
        let fixture = try fixture ?? Fixture()
        let client = await fixture.logIn("alice", "secret")
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    @Test func mailboxesAreMadeRenamedAndDeleted() async throws {
        try await play(
            """
            C: a CREATE owatagusiam/
            C: b CREATE owatagusiam/blurdybloop
            C: c LIST "" *
            S: a OK ...CREATE completed
            S: b OK ...CREATE completed
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasChildren) "/" owatagusiam
            S: * LIST (\\HasNoChildren) "/" owatagusiam/blurdybloop
            S: c OK LIST completed
            C: d RENAME owatagusiam sarasoop
            C: e LIST "" sara*
            S: d OK RENAME completed
            S: * LIST (\\HasChildren) "/" sarasoop
            S: * LIST (\\HasNoChildren) "/" sarasoop/blurdybloop
            S: e OK LIST completed
            C: f DELETE sarasoop
            C: g LIST "" %
            S: f OK DELETE completed
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\Noselect \\HasChildren) "/" sarasoop
            S: g OK LIST completed
            C: h DELETE sarasoop/blurdybloop
            C: i LIST "" sara%
            S: h OK DELETE completed
            S: i OK LIST completed
            C: j CREATE INBOX
            S: j NO [ALREADYEXISTS] ...
            C: k DELETE sarasoop
            S: k NO [NONEXISTENT] ...
            C: l RENAME INBOX/x INBOX
            S: l NO ...
            """)
    }

    @Test func aNameIsWrittenInModifiedUTF7AndOneThatIsMalformedIsNOAndNeverBAD() async throws {
        try await play(
            """
            C: a CREATE Entw&APw-rfe
            S: a OK ...CREATE completed
            C: b LIST "" &AOk*
            S: b OK LIST completed
            C: c LIST "" Entw&APw*
            S: * LIST (\\HasNoChildren) "/" Entw&APw-rfe
            S: c OK LIST completed
            C: d CREATE &AOk
            S: d NO [CANNOT] ...
            C: e DELETE &AOk
            S: e NO [NONEXISTENT] ...
            C: f RENAME Entw&APw-rfe a&b
            S: f NO [CANNOT] ...
            C: g SUBSCRIBE a&b
            S: g NO [CANNOT] ...
            C: h STATUS &AOk (MESSAGES)
            S: h NO [NONEXISTENT] ...
            C: i CREATE "a/"
            S: i OK ...CREATE completed
            C: j CREATE "/"
            S: j NO [CANNOT] ...
            """)
    }

    @Test func subscriptionsOutliveTheirMailboxes() async throws {
        try await play(
            """
            C: a CREATE news/comp/mail
            C: b SUBSCRIBE news/comp/mail
            C: c SUBSCRIBE absent
            C: d LSUB "" *
            S: a OK ...
            S: b OK ...
            S: c OK ...
            S: * LSUB (\\Noselect) "/" absent
            S: * LSUB () "/" news/comp/mail
            S: d OK LSUB completed
            C: e LSUB "" %
            S: * LSUB (\\Noselect) "/" absent
            S: * LSUB (\\Noselect) "/" news
            S: e OK LSUB completed
            C: f DELETE news/comp/mail
            C: g LIST "" *
            C: h LSUB news/ *
            S: f OK ...
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasChildren) "/" news
            S: * LIST (\\HasNoChildren) "/" news/comp
            S: g OK ...
            S: * LSUB (\\Noselect) "/" news/comp/mail
            S: h OK ...
            C: i UNSUBSCRIBE news/comp/mail
            C: j UNSUBSCRIBE news/comp/mail
            C: k LSUB news/ *
            S: i OK ...
            S: j OK ...
            S: k OK LSUB completed
            """)
    }

    @Test func renamingINBOXMovesItsMessagesAndLeavesItEmpty() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 2)
        try await play(
            """
            C: a RENAME inbox old
            C: b STATUS INBOX (MESSAGES)
            C: c STATUS old (MESSAGES)
            S: a OK RENAME completed
            S: * STATUS INBOX (MESSAGES 0)
            S: b OK ...
            S: * STATUS old (MESSAGES 2)
            S: c OK ...
            """, on: fixture)
    }

    @Test func aSessionThatDeletesItsSelectedMailboxHasNoneAndAnotherIsToldBYE() async throws {
        let fixture = try Fixture()
        let other = await fixture.logIn("alice", "secret")
        await other.line("o CREATE shared")
        await other.line("p SELECT shared")
        try await play(
            """
            C: a SELECT shared
            S: * FLAGS ...
            S: * 0 EXISTS
            S: * 0 RECENT
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 1] ...
            S: * OK [PERMANENTFLAGS ...
            S: * OK [HIGHESTMODSEQ ...
            S: * OK [MAILBOXID (...)] ...
            S: a OK [READ-WRITE] SELECT completed
            C: b DELETE shared
            S: b OK DELETE completed
            C: c CHECK
            S: c BAD Command not permitted in this state
            C: d SELECT shared
            S: d NO [NONEXISTENT] ...
            """, on: fixture)
        #expect(await other.line("q NOOP") == "* BYE The selected mailbox was deleted\r\n")
    }

    @Test func aNameThatIsMadeAgainHasAGreaterUIDVALIDITY() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        func validity() async -> Int {
            await client.line("a CREATE again")
            let status = await client.line("b STATUS again (UIDVALIDITY)")
            await client.line("c DELETE again")
            let digits = status.split(separator: "UIDVALIDITY ").last?.prefix { $0 != ")" } ?? ""
            return Int(digits) ?? 0
        }
        let first = await validity()
        #expect(await validity() > first)
    }
}
