import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("IMAP4rev2 (RFC 9051), a bundle and a mode")
struct Revision2Tests {
    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    private func enabled(_ fixture: Fixture, _ name: String = "alice", _ password: String = "secret") async
        -> TestClient
    {
        let client = await fixture.logIn(name, password)
        #expect(await client.line("e ENABLE IMAP4rev2") == "* ENABLED IMAP4rev2\r\ne OK ENABLE completed\r\n")
        return client
    }

    /// Section 6.3.2: FLAGS, EXISTS, LIST, PERMANENTFLAGS, UIDNEXT, UIDVALIDITY; neither RECENT nor UNSEEN.
    @Test func selectNamesItsMailboxAndCountsNothingRecent() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 2)
        let client = await enabled(fixture)
        await play(
            """
            C: a SELECT inbox
            S: * FLAGS ...
            S: * 2 EXISTS
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 3] ...
            S: * OK [PERMANENTFLAGS ...
            S: * LIST () "/" INBOX
            S: * OK [HIGHESTMODSEQ ...
            S: a OK [READ-WRITE] SELECT completed
            C: b FETCH 1 FLAGS
            S: * 1 FETCH (FLAGS ())
            S: b OK FETCH completed
            C: c SEARCH ALL
            S: * ESEARCH (TAG "c") ALL 1:2
            S: c OK SEARCH completed
            C: d UID SEARCH SEEN
            S: * ESEARCH (TAG "d") UID
            S: d OK SEARCH completed
            """, on: client)
        try fixture.fill("alice", 1)
        _ = try fixture.store.changeFlags(.add([.seen]), of: UIDSet(.first), in: .inbox, for: user("alice"))
        #expect(
            await client.line("f NOOP") == "* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n* 3 EXISTS\r\nf OK NOOP completed\r\n")
    }

    /// Section 5.1: names are UTF-8 in both directions, and what was modified UTF-7 is a name like any other.
    @Test func namesTravelAsUTF8() async throws {
        let fixture = try Fixture()
        let old = await fixture.logIn("alice", "secret")
        #expect(await old.line("a CREATE &ZeVnLIqe-") == "a OK CREATE completed\r\n")
        let client = await enabled(fixture)
        await play(
            """
            C: a LIST "" *
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasNoChildren) "/" "日本語"
            S: a OK LIST completed
            C: b STATUS "日本語" (MESSAGES)
            S: * STATUS "日本語" (MESSAGES 0)
            S: b OK STATUS completed
            C: c CREATE "Entwürfe/a&b"
            S: c OK CREATE completed
            C: d LIST "" "Entw%/*"
            S: * LIST (\\HasNoChildren) "/" "Entwürfe/a&b"
            S: d OK LIST completed
            C: e SELECT &ZeVnLIqe-
            S: e NO [NONEXISTENT] ...
            """, on: client)
        #expect(await old.line("f LIST \"\" *").contains("* LIST (\\HasNoChildren) \"/\" Entw&APw-rfe/a&-b\r\n"))
    }

    /// SEMANTICS 2, section 7.1
    @Test func aMailboxThatCeasesToBeIsClosedAndTheConnectionGoesOn() async throws {
        let fixture = try Fixture()
        let box = try #require(MailboxName(octets("box")))
        try fixture.store.createMailbox(box, for: user("alice"))
        let client = await enabled(fixture)
        await client.line("a SELECT box")
        let reselected = await client.line("b SELECT INBOX")
        #expect(reselected.hasPrefix("* OK [CLOSED] "), "\(reselected)")
        await client.line("c SELECT box")
        try fixture.store.deleteMailbox(box, for: user("alice"))
        #expect(
            await client.line("d NOOP") == "* OK [CLOSED] The selected mailbox was deleted\r\nd OK NOOP completed\r\n")
        #expect(await client.line("e FETCH 1 UID").hasPrefix("e BAD "))
        await client.line("f CREATE box")
        await client.line("g SELECT box")
        #expect(
            await client.line("h DELETE box")
                == "* OK [CLOSED] The selected mailbox was deleted\r\nh OK DELETE completed\r\n")
    }

    @Test func unauthenticateGoesBackToRevision1() async throws {
        let fixture = try Fixture()
        try fixture.fill("bob", 1)
        let client = await enabled(fixture, "admin", "root")
        await client.line("a CREATE \"ü\"")
        #expect(await client.line("b UNAUTHENTICATE").hasPrefix("b OK "))
        await client.line("c LOGIN bob hunter2")
        #expect(await client.line("d CREATE \"ü\"") == "d NO [CANNOT] That cannot be done\r\n")
        let selected = await client.line("e SELECT INBOX")
        #expect(selected.contains("* 1 RECENT\r\n"))
        #expect(!selected.contains("* LIST "))
        #expect(await client.line("f SEARCH ALL") == "* SEARCH 1\r\nf OK SEARCH completed\r\n")
    }

    /// DESIGN: leaving out an extension that IMAP4rev2 includes withdraws IMAP4rev2.
    @Test(arguments: ["MOVE", "ESEARCH", "NAMESPACE", "BINARY", "SPECIAL-USE", "IDLE"] as [Keyword])
    func withoutOneOfItsPartsItIsNotOffered(_ part: Keyword) async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard.leavingOut([part]))
        let client = await fixture.logIn("alice", "secret")
        #expect(!(await client.line("a CAPABILITY")).contains("IMAP4rev2"))
        #expect(await client.line("b ENABLE IMAP4rev2") == "* ENABLED\r\nb OK ENABLE completed\r\n")
    }
}
