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
            S: * OK [MAILBOXID (...)] ...
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
        #expect(await old.line("a CREATE &ZeVnLIqe-").hasSuffix("] CREATE completed\r\n"))
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
            S: c OK ...CREATE completed
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

@Suite("Messages of 4 GiB and more (SEMANTICS 6)")
struct OversizedTests {
    private let huge = RepeatingBody(header: octets("Subject: huge\r\n\r\n"), block: octets("x\r\n"), size: 1 << 32)

    private func fixture() throws -> Fixture {
        let fixture = try Fixture()
        try fixture.fill("alice", 1)
        _ = try fixture.store.append(body: huge, to: .inbox, for: user("alice"), flags: [.deleted])
        try fixture.fill("alice", 1)
        return fixture
    }

    /// IMAP4rev1's sizes have 32 bits: such a session does not see the message, and does not expunge it.
    @Test func revision1DoesNotSeeThem() async throws {
        let fixture = try fixture()
        let client = await fixture.logIn("alice", "secret")
        let selected = await client.line("a SELECT INBOX")
        #expect(selected.contains("* 2 EXISTS\r\n"))
        #expect(selected.contains("* 2 RECENT\r\n"))
        #expect(
            await client.line("b FETCH 1:* UID") == "* 1 FETCH (UID 1)\r\n* 2 FETCH (UID 3)\r\nb OK FETCH completed\r\n"
        )
        #expect(await client.line("c UID FETCH 2 RFC822.SIZE") == "c OK FETCH completed\r\n")
        #expect(await client.line("d SEARCH DELETED") == "* SEARCH\r\nd OK SEARCH completed\r\n")
        #expect(await client.line("e EXPUNGE") == "e OK EXPUNGE completed\r\n")
        _ = try fixture.store.append(body: huge, to: .inbox, for: user("alice"))
        #expect(await client.line("f NOOP") == "f OK NOOP completed\r\n")
        try fixture.fill("alice", 1)
        #expect(await client.line("g NOOP").hasPrefix("* 3 EXISTS\r\n"))
        await client.line("h CLOSE")
        #expect(try fixture.store.records(in: .inbox, for: user("alice")).count == 5)
    }

    @Test func revision2SeesThem() async throws {
        let fixture = try fixture()
        let client = await fixture.logIn("alice", "secret")
        await client.line("a ENABLE IMAP4rev2")
        #expect(await client.line("b SELECT INBOX").contains("* 3 EXISTS\r\n"))
        #expect(
            await client.line("c FETCH 2 RFC822.SIZE")
                == "* 2 FETCH (RFC822.SIZE 4294967296)\r\nc OK FETCH completed\r\n")
        #expect(await client.line("d EXPUNGE") == "* 2 EXPUNGE\r\nd OK EXPUNGE completed\r\n")
    }
}
