import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("NOTIFY: names, subscriptions, annotations and rights (RFC 5465 sections 5.4 to 5.9)")
struct NotifyNameTests {
    private let alice = user("alice")

    /// Section 5.4: the mailbox, and the one above it.
    @Test func mailboxesThatAreMadeAndDeleted() async throws {
        let lab = try NotifyLab()
        let client = await lab.client()
        await client.notify("SET (PERSONAL (MailboxName))")
        try lab.make("New")
        await client.hears("* LIST (\\HasNoChildren) \"/\" New\r\n")
        try lab.make("New/Below")
        await client.hears("* LIST (\\HasNoChildren) \"/\" New/Below\r\n* LIST (\\HasChildren) \"/\" New\r\n")
        try lab.store.deleteMailbox(try lab.name("New/Below"), for: alice)
        await client.hears(
            "* LIST (\\NonExistent \\HasNoChildren) \"/\" New/Below\r\n* LIST (\\HasNoChildren) \"/\" New\r\n")
        // Above it there may be no mailbox.
        try lab.make("a/b")
        await client.hears("* LIST (\\HasNoChildren) \"/\" a/b\r\n* LIST (\\NonExistent \\HasChildren) \"/\" a\r\n")
    }

    @Test func aNameOutsideIsNotTold() async throws {
        let lab = try NotifyLab()
        let client = await lab.client()
        await client.notify("SET (SUBTREE Lists (MailboxName)) (MAILBOXES (a b) (MailboxName))")
        try lab.make("Other", "a/below/deep", "Lists2", "Lists/x", "b")
        await client.hears(
            "* LIST (\\HasNoChildren) \"/\" Lists/x\r\n* LIST (\\NonExistent \\HasChildren) \"/\" Lists\r\n"
                + "* LIST (\\HasNoChildren) \"/\" b\r\n")
        // Of those two, `a` is the one above what was made.
        try lab.make("a/other")
        await client.hears("* LIST (\\NonExistent \\HasChildren) \"/\" a\r\n")
    }

    /// Section 5.4: with OLDNAME, and nothing of those below.
    @Test func mailboxesThatAreRenamed() async throws {
        let lab = try NotifyLab()
        try lab.make("Old", "Old/Below", "Old/Below/Deep")
        let client = await lab.client()
        await client.notify("SET (PERSONAL (MailboxName))")
        try lab.store.renameMailbox(try lab.name("Old"), to: try lab.name("New name"), for: alice)
        await client.hears("* LIST (\\HasChildren) \"/\" \"New name\" (\"OLDNAME\" (Old))\r\n")
        try lab.deliver(2)
        try lab.store.renameMailbox(.inbox, to: try lab.name("Was"), for: alice)
        await client.hears("* LIST (\\HasNoChildren) \"/\" Was (\"OLDNAME\" (INBOX))\r\n")
        await client.notify("SET (MAILBOXES Was (MailboxName))")
        try lab.store.renameMailbox(try lab.name("Was"), to: try lab.name("Is"), for: alice)
        await client.hears("* LIST (\\HasNoChildren) \"/\" Is (\"OLDNAME\" (Was))\r\n")
    }

    /// Section 5.5.
    @Test func subscriptionsAreTold() async throws {
        let lab = try NotifyLab()
        try lab.make("Work")
        let client = await lab.client()
        let other = await lab.client()
        await client.notify("SET (SUBSCRIBED (SubscriptionChange))")
        await other.line("a SUBSCRIBE Work")
        await client.hears("* LIST (\\HasNoChildren \\Subscribed) \"/\" Work\r\n")
        await other.line("a UNSUBSCRIBE Work")
        await client.hears("* LIST (\\HasNoChildren) \"/\" Work\r\n")
        await other.line("a SUBSCRIBE Nowhere")
        await client.hears("* LIST (\\NonExistent \\HasNoChildren \\Subscribed) \"/\" Nowhere\r\n")
        // Of its own namespace alone.
        await client.notify("SET (MAILBOXES Work (SubscriptionChange))")
        await other.line("a UNSUBSCRIBE Nowhere")
        await other.line("a SUBSCRIBE Work")
        await client.hears("* LIST (\\HasNoChildren \\Subscribed) \"/\" Work\r\n")
    }

    /// Sections 5.6 and 5.7: without ENABLE METADATA.
    @Test func annotationsAreTold() async throws {
        let lab = try NotifyLab(store: MemoryStore(mayAnnotateServer: { _ in true }))
        try lab.make("Work")
        let client = await lab.client()
        let other = await lab.client()
        await client.notify("SET (MAILBOXES INBOX (MailboxMetadataChange ServerMetadataChange))")
        await other.line("a SETMETADATA Work (/shared/comment \"x\")")
        await other.line("a SETMETADATA INBOX (/shared/comment \"x\")")
        await client.hears("* METADATA INBOX /shared/comment\r\n")
        await other.line("a SETMETADATA \"\" (/shared/comment \"x\")")
        await client.hears("* METADATA \"\" /shared/comment\r\n")
        await client.notify("SET (MAILBOXES INBOX (MailboxMetadataChange))")
        await other.line("a SETMETADATA \"\" (/shared/comment NIL)")
        await other.line("a SETMETADATA INBOX (/shared/comment NIL)")
        await client.hears("* METADATA INBOX /shared/comment\r\n")
        // ENABLE METADATA is as much as nothing after NOTIFY.
        await client.line("e ENABLE METADATA")
        await client.notify("NONE")
        await other.line("a SETMETADATA INBOX (/shared/comment \"x\")")
        await client.says("b NOOP", "b OK NOOP completed\r\n")
    }

    /// Sections 5.4 and 5.9; R-AZ-3.
    @Test func rightsThatComeAndGo() async throws {
        let lab = try NotifyLab()
        let plans = try lab.name("#shared/Plans")
        try lab.store.createMailbox(plans, for: alice)
        let client = await lab.client("bob")
        let bob = try #require(AccessIdentifier(octets("anyone")))
        await client.notify("SET (SUBTREE #shared (MessageNew MessageExpunge))")
        try lab.deliver(1, to: "#shared/Plans")
        await client.hears("* STATUS #shared/Plans (UIDVALIDITY 1 UIDNEXT 2 MESSAGES 1)\r\n")
        try lab.store.changeRights(of: bob, in: plans, .remove(.read))
        await client.hears("* LIST (\\HasNoChildren \\NoAccess) \"/\" #shared/Plans\r\n")
        try lab.deliver(1, to: "#shared/Plans")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
        await client.notify(
            "SET STATUS (SUBTREE #shared (MessageNew MessageExpunge))",
            tells: "* LIST (\\HasNoChildren \\NoAccess) \"/\" #shared/Plans\r\n")
        try lab.store.changeRights(of: bob, in: plans, .add(.read))
        await client.hears("* LIST (\\HasNoChildren) \"/\" #shared/Plans\r\n")
        try lab.deliver(1, to: "#shared/Plans")
        await client.hears("* STATUS #shared/Plans (UIDVALIDITY 1 UIDNEXT 4 MESSAGES 3)\r\n")
        try lab.store.changeRights(of: bob, in: plans, .remove(.lookup))
        await client.hears("* LIST (\\NonExistent \\HasNoChildren \\NoAccess) \"/\" #shared/Plans\r\n")
        try lab.deliver(1, to: "#shared/Plans")
        await client.says("b NOOP", "b OK NOOP completed\r\n")
    }

    /// What is told is how it is when it is told: rights that came back meanwhile are there.
    @Test func rightsThatComeBackBeforeItIsTold() async throws {
        let lab = try NotifyLab()
        let plans = try lab.name("#shared/Plans")
        try lab.store.createMailbox(plans, for: alice)
        let client = await lab.client("bob")
        let anyone = try #require(AccessIdentifier(octets("anyone")))
        await client.notify("SET (SUBTREE #shared (MessageNew MessageExpunge))")
        client.transport.send("a NO")
        _ = await client.settle()
        try lab.store.changeRights(of: anyone, in: plans, .replace([]))
        try lab.store.changeRights(of: anyone, in: plans, .replace(.standard))
        let answer = await client.send("OP\r\n")
        #expect(answer == "* LIST (\\HasNoChildren) \"/\" #shared/Plans\r\na OK NOOP completed\r\n")
    }

    /// Section 5.4: `l` is what makes a mailbox. What happens to one without it is nobody's business (R-AZ-2).
    @Test func whatCannotBeLookedUpDoesNotExist() async throws {
        let lab = try NotifyLab(
            store: MemoryStore(sharedPrefix: "#shared/", sharedAccess: []))
        let anyone = try #require(AccessIdentifier(octets("anyone")))
        let client = await lab.client("bob")
        await client.notify(
            "SET STATUS (SUBTREE #shared (MessageNew MessageExpunge FlagChange MailboxName MailboxMetadataChange))",
            tells: "")
        let name = try lab.name("#shared/Secret")
        try lab.store.createMailbox(name, for: alice)
        try lab.deliver(1, to: "#shared/Secret")
        let entry = try #require(EntryName("/shared/comment"))
        _ = try lab.store.annotate(name, [AnnotationChange(entry, octets("x"))], for: alice)
        try lab.store.renameMailbox(name, to: try lab.name("#shared/Other"), for: alice)
        try lab.store.deleteMailbox(try lab.name("#shared/Other"), for: alice)
        await client.says("a NOOP", "a OK NOOP completed\r\n")
        try lab.store.createMailbox(name, for: alice)
        try lab.store.changeRights(of: anyone, in: name, .add([.lookup, .read]))
        await client.hears(
            "* LIST (\\HasNoChildren) \"/\" #shared/Secret\r\n* LIST (\\NonExistent \\HasChildren) \"/\" #shared\r\n")
    }
}
