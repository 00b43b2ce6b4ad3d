import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("NOTIFY (RFC 5465)")
struct NotifyTests {
    // MARK: The selected mailbox

    /// Section 5.1 and 5.2, without a command at work.
    @Test func theSelectedMailboxIsToldAtOnce() async throws {
        let lab = try NotifyLab()
        try lab.deliver(3)
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.notify("SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange))")
        try lab.deliver()
        await client.hears("* 4 EXISTS\r\n* 4 RECENT\r\n* 4 FETCH (UID 4 FLAGS (\\Recent))\r\n")
        try lab.flag(2)
        await client.hears("* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent))\r\n")
        try lab.expunge(1)
        await client.hears("* 1 EXPUNGE\r\n")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
    }

    /// Section 6.1.2: EXPUNGE waits for a command that allows it, the rest does not.
    @Test func delayedEXPUNGEWaitsForACommand() async throws {
        let lab = try NotifyLab()
        try lab.deliver(3)
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.notify("SET (SELECTED-DELAYED (MessageNew MessageExpunge FlagChange))")
        try lab.expunge(1)
        try lab.flag(3)
        await client.hears("* 3 FETCH (UID 3 FLAGS (\\Flagged \\Recent))\r\n")
        try lab.deliver()
        await client.hears("* 4 EXISTS\r\n* 4 RECENT\r\n")
        await client.says("a FETCH 2:3 UID", "* 2 FETCH (UID 2)\r\n* 3 FETCH (UID 3)\r\na OK FETCH completed\r\n")
        await client.says("b NOOP", "* 1 EXPUNGE\r\nb OK NOOP completed\r\n")
        try lab.expunge(2)
        await client.says("c IDLE", "+ idling\r\n* 1 EXPUNGE\r\n")
        await client.says("DONE", "c OK IDLE completed\r\n")
    }

    /// Section 3.1: without it there are no events of messages, and the mailbox stays as it was.
    @Test(arguments: ["SET (PERSONAL NONE)", "SET (SELECTED NONE)", "NONE"])
    func whatIsNotAskedForIsNotTold(_ arguments: String) async throws {
        let lab = try NotifyLab()
        try lab.deliver(3)
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.notify(arguments)
        try lab.deliver()
        try lab.flag(2)
        try lab.expunge(1)
        await client.says("a NOOP", "a OK NOOP completed\r\n")
        await client.says("b IDLE", "+ idling\r\n")
        await client.says("DONE", "b OK IDLE completed\r\n")
        await client.says("c FETCH 3 UID", "* 3 FETCH (UID 3)\r\nc OK FETCH completed\r\n")
        // What the client does itself is answered.
        await client.says(
            "d STORE 3 +FLAGS (\\Deleted)", "* 3 FETCH (FLAGS (\\Deleted \\Recent))\r\nd OK STORE completed\r\n")
        await client.says("e EXPUNGE", "* 3 EXPUNGE\r\ne OK EXPUNGE completed\r\n")
        // And NOTIFY SET is a NOOP, whatever it asks for: a snapshot.
        await client.notify(
            "SET (SELECTED NONE)",
            tells: "* 2 FETCH (FLAGS (\\Flagged \\Recent))\r\n* 1 EXPUNGE\r\n* 2 EXISTS\r\n* 2 RECENT\r\n")
    }

    @Test func flagsThatWereNotAskedForAreToldByTheNextSET() async throws {
        let lab = try NotifyLab()
        try lab.deliver(3)
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.notify("SET (SELECTED (MessageNew MessageExpunge))")
        try lab.flag(2)
        try lab.expunge(3)
        await client.hears("* 3 EXPUNGE\r\n")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
        await client.notify(
            "SET (SELECTED (MessageNew MessageExpunge FlagChange))", tells: "* 2 FETCH (FLAGS (\\Flagged \\Recent))\r\n"
        )
    }

    /// Section 5.2: what the client puts there itself it knows.
    @Test func ownMessagesAreNotFetched() async throws {
        let lab = try NotifyLab()
        try lab.deliver(1)
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.notify("SET (SELECTED (MessageNew (UID) MessageExpunge))")
        await client.says("a COPY 1 INBOX", "* 2 EXISTS\r\n* 2 RECENT\r\na OK [COPYUID 1 1 2] COPY completed\r\n")
        try lab.deliver(1)
        await client.hears("* 3 EXISTS\r\n* 3 RECENT\r\n* 3 FETCH (UID 3)\r\n")
    }

    @Test func whateverIsSelectedIsTheSelectedMailbox() async throws {
        let lab = try NotifyLab()
        try lab.make("Work")
        let client = await lab.client()
        await client.notify("SET (SELECTED (MessageNew (UID) MessageExpunge))")
        await client.line("s SELECT Work")
        try lab.deliver(1, to: "Work")
        await client.hears("* 1 EXISTS\r\n* 1 RECENT\r\n* 1 FETCH (UID 1)\r\n")
        try lab.deliver()
        await client.line("t SELECT INBOX")
        try lab.deliver()
        await client.hears("* 2 EXISTS\r\n* 2 RECENT\r\n* 2 FETCH (UID 2)\r\n")
    }

    @Test func withQRESYNCMessagesVanish() async throws {
        let lab = try NotifyLab()
        try lab.deliver(3)
        let client = await lab.client()
        await client.line("e ENABLE QRESYNC")
        await client.line("s SELECT INBOX")
        await client.notify("SET (SELECTED (MessageNew (UID FLAGS) MessageExpunge FlagChange))")
        try lab.expunge(2)
        await client.hears("* VANISHED 2\r\n")
        try lab.flag(3)
        #expect(await client.hear().hasPrefix("* 2 FETCH (UID 3 FLAGS (\\Flagged \\Recent) MODSEQ ("))
    }

    /// RFC 7162 sections 3.2.7 and 3.2.9, RFC 6851 section 4.4: HIGHESTMODSEQ is behind what was expunged, also for a client
    /// that wants to know nothing. It names no change that was not told: another client's flag came between.
    @Test(arguments: ["NONE", "SET (SELECTED (MessageNew (UID) MessageExpunge))"])
    func withQRESYNCTheModSequenceIsWhatWasTold(_ events: String) async throws {
        let lab = try NotifyLab()
        try lab.make("Other")
        try lab.deliver(5)
        let client = await lab.client()
        await client.line("e ENABLE QRESYNC")
        let opened = await client.line("s SELECT INBOX")
        let told = try #require(opened.firstMatch(of: /HIGHESTMODSEQ (\d+)/)).1
        await client.notify(events)
        try lab.flag(1)
        await client.line("f UID STORE 2,3 +FLAGS.SILENT (\\Deleted)")
        let expunged = await client.line("x UID EXPUNGE 2")
        #expect(expunged.hasPrefix("* VANISHED 2\r\nx OK [HIGHESTMODSEQ \(told)]"), "\(expunged)")
        let all = await client.line("y EXPUNGE")
        #expect(all.hasPrefix("* VANISHED 3\r\ny OK [HIGHESTMODSEQ \(told)]"), "\(all)")
        let moved = await client.line("m MOVE 1 Other")
        #expect(moved.contains("* VANISHED 1\r\n") && moved.contains("m OK [HIGHESTMODSEQ \(told)]"), "\(moved)")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
    }

    @Test func withUIDONLYNothingHasANumber() async throws {
        let lab = try NotifyLab()
        try lab.deliver(3)
        let client = await lab.client()
        await client.line("e ENABLE UIDONLY")
        await client.line("s SELECT INBOX")
        await client.notify("SET (SELECTED (MessageNew (FLAGS) MessageExpunge FlagChange))")
        try lab.deliver()
        await client.hears("* 4 EXISTS\r\n* 4 RECENT\r\n* 4 UIDFETCH (FLAGS (\\Recent))\r\n")
        try lab.expunge(2)
        await client.hears("* VANISHED 2\r\n")
    }

    // MARK: Other mailboxes

    @Test func messagesOfOtherMailboxesAreSTATUS() async throws {
        let lab = try NotifyLab()
        try lab.make("Lists/Lemonade", "Lists/Im2000", "Other")
        try lab.deliver(2, to: "Lists/Lemonade")
        let client = await lab.client()
        await client.notify(
            "SET STATUS (SUBTREE Lists (MessageNew MessageExpunge))",
            tells: "* STATUS Lists/Im2000 (UIDVALIDITY 3 UIDNEXT 1 MESSAGES 0)\r\n"
                + "* STATUS Lists/Lemonade (UIDVALIDITY 2 UIDNEXT 3 MESSAGES 2)\r\n")
        try lab.deliver(1, to: "Other")
        try lab.flag(1, in: "Lists/Lemonade")
        try lab.deliver(1, to: "Lists/Lemonade")
        await client.hears("* STATUS Lists/Lemonade (UIDVALIDITY 2 UIDNEXT 4 MESSAGES 3)\r\n")
        try lab.expunge(1, in: "Lists/Lemonade")
        await client.hears("* STATUS Lists/Lemonade (UIDVALIDITY 2 UIDNEXT 4 MESSAGES 2)\r\n")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
    }

    @Test func flagsOfOtherMailboxes() async throws {
        let lab = try NotifyLab()
        try lab.make("Work")
        try lab.deliver(2, to: "Work")
        let client = await lab.client()
        await client.notify(
            "SET STATUS (MAILBOXES Work (MessageNew MessageExpunge FlagChange))",
            tells: "* STATUS Work (UIDVALIDITY 2 UIDNEXT 3 MESSAGES 2 HIGHESTMODSEQ 3)\r\n")
        try lab.flag(1, in: "Work", [.seen])
        await client.hears("* STATUS Work (UIDVALIDITY 2 UNSEEN 1)\r\n")
        await client.line("e ENABLE CONDSTORE")
        try lab.flag(2, in: "Work", [.seen])
        await client.hears("* STATUS Work (UIDVALIDITY 2 UNSEEN 0 HIGHESTMODSEQ 5)\r\n")
        try lab.deliver(1, to: "Work")
        await client.hears("* STATUS Work (UIDVALIDITY 2 UIDNEXT 4 MESSAGES 3 HIGHESTMODSEQ 6)\r\n")
        // Who may watch the UIDVALIDITY is told of another one.
        try lab.store.deleteMailbox(try lab.name("Work"), for: user("alice"))
        try lab.make("Work")
        await client.hears("* STATUS Work (UIDVALIDITY 3 UNSEEN 0 HIGHESTMODSEQ 1)\r\n")
    }

    /// Section 3.1: SELECTED overrides all others for the mailbox that is selected.
    @Test func theSelectedMailboxIsNoOther() async throws {
        let lab = try NotifyLab()
        try lab.make("Work")
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.notify("SET (PERSONAL (MessageNew MessageExpunge))")
        try lab.deliver()
        try lab.deliver(1, to: "Work")
        await client.hears("* STATUS Work (UIDVALIDITY 2 UIDNEXT 2 MESSAGES 1)\r\n")
        await client.says("a UNSELECT", "a OK UNSELECT completed\r\n")
        try lab.deliver()
        await client.hears("* STATUS INBOX (UIDVALIDITY 1 UIDNEXT 3 MESSAGES 2)\r\n")
    }

    /// Section 5: what the client does itself it is not told.
    @Test func ownChangesAreNotTold() async throws {
        let lab = try NotifyLab()
        try lab.make("Work")
        try lab.deliver(1)
        let client = await lab.client()
        let other = await lab.client()
        await client.notify("SET (PERSONAL (MessageNew MessageExpunge FlagChange MailboxName SubscriptionChange))")
        await client.line("s SELECT INBOX")
        await client.says("a COPY 1 Work", "a OK [COPYUID 2 1 1] COPY completed\r\n")
        #expect(await client.line("b CREATE New").hasPrefix("b OK "))
        await client.says("c SUBSCRIBE New", "c OK SUBSCRIBE completed\r\n")
        await client.says("d RENAME New Old", "d OK RENAME completed\r\n")
        await client.says("e NOOP", "e OK NOOP completed\r\n")
        await other.line("f SUBSCRIBE Old")
        await client.hears("* LIST (\\HasNoChildren \\Subscribed) \"/\" Old\r\n")
    }

    /// Of two groups that a mailbox is in, both count; but NONE is none.
    @Test func groupsAddUp() async throws {
        let lab = try NotifyLab()
        try lab.make("Work", "Quiet")
        let client = await lab.client()
        await client.notify(
            "SET (MAILBOXES INBOX (MessageNew MessageExpunge)) (PERSONAL (SubscriptionChange)) (MAILBOXES Quiet NONE)")
        try lab.store.subscribe(to: try lab.name("Quiet"), for: user("alice"))
        try lab.deliver(1, to: "Work")
        try lab.deliver()
        await client.hears("* STATUS INBOX (UIDVALIDITY 1 UIDNEXT 2 MESSAGES 1)\r\n")
        try lab.store.subscribe(to: .inbox, for: user("alice"))
        await client.hears("* LIST (\\HasNoChildren \\Subscribed) \"/\" INBOX\r\n")
    }

    @Test func subscriptionsChooseAsTheyAre() async throws {
        let lab = try NotifyLab()
        try lab.make("Work")
        let client = await lab.client()
        await client.notify("SET (SUBSCRIBED (MessageNew MessageExpunge))")
        try lab.deliver(1, to: "Work")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
        try lab.store.subscribe(to: try lab.name("Work"), for: user("alice"))
        try lab.deliver(1, to: "Work")
        await client.hears("* STATUS Work (UIDVALIDITY 2 UIDNEXT 3 MESSAGES 2)\r\n")
        try lab.store.unsubscribe(from: try lab.name("Work"), for: user("alice"))
        try lab.deliver(1, to: "Work")
        await client.says("b NOOP", "b OK NOOP completed\r\n")
    }
}

@Suite("NOTIFY and searches that are kept up to date (RFC 5465 section 7)")
struct NotifyContextTests {
    /// The example of section 7: EXISTS, FETCH, ESEARCH.
    @Test func updateAnswersForNewMessages() async throws {
        let lab = try NotifyLab()
        try lab.deliver(1)
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.says(
            "a00 SEARCH RETURN (COUNT UPDATE (UID FLAGS)) FROM bob",
            "* ESEARCH (TAG \"a00\") COUNT 1\r\na00 OK SEARCH completed\r\n")
        try lab.deliver(1)
        await client.says(
            "b NOOP",
            "* 2 EXISTS\r\n* 2 RECENT\r\n* 2 FETCH (UID 2 FLAGS (\\Recent))\r\n"
                + "* ESEARCH (TAG \"a00\") ADDTO (0 2)\r\nb OK NOOP completed\r\n")
        // What NOTIFY asks for is in the same response, and comes once.
        await client.notify("SET (SELECTED (MessageNew (UID RFC822.SIZE) MessageExpunge))", tells: "")
        try lab.deliver(1)
        await client.hears(
            "* 3 EXISTS\r\n* 3 RECENT\r\n* 3 FETCH (UID 3 FLAGS (\\Recent) RFC822.SIZE 46)\r\n"
                + "* ESEARCH (TAG \"a00\") ADDTO (0 3)\r\n")
        // A message of one's own is not answered for.
        let copied = await client.line("c COPY 1 INBOX")
        #expect(!copied.contains("FETCH") && copied.contains("ADDTO (0 4)"), "\(copied)")
    }

    @Test func aSearchWithoutAListFetchesNothing() async throws {
        let lab = try NotifyLab()
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.line("a SEARCH RETURN (UPDATE) FROM bob")
        await client.notify("SET (SELECTED (MessageNew (UID) MessageExpunge))", tells: "")
        try lab.deliver(1)
        await client.hears(
            "* 1 EXISTS\r\n* 1 RECENT\r\n* ESEARCH (TAG \"a\") ADDTO (0 1)\r\n* 1 FETCH (UID 1)\r\n")
    }

    @Test func withoutNOTIFYThereIsNoList() async throws {
        let lab = try NotifyLab(extensions: IMAPExtension.standard.leavingOut(["NOTIFY"]))
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        #expect(await client.line("a SEARCH RETURN (UPDATE (UID)) ALL").hasPrefix("a BAD "))
    }
}
