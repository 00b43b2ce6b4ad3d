import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("NOTIFY: its arguments (RFC 5465 sections 3.1, 5 and 8)")
struct NotifyCommandTests {
    /// The RFC's examples, with the parentheses that erratum 1804 gives them, and what the grammar has beyond.
    @Test(arguments: [
        "NONE", "none",
        "SET STATUS (selected (MessageNew (uid body.peek[header.fields (from to subject)]) MessageExpunge)) "
            + "(subtree Lists (MessageNew MessageExpunge))",
        "SET (mailboxes INBOX (Messagenew messageExpunge)) (personal (SubscriptionChange))",
        "SET (selected (Messagenew (uid flags) messageExpunge)) (personal (MessageNew FlagChange MessageExpunge))",
        "SET (selected-delayed (MessageNew MessageExpunge FlagChange))", "set (inboxes none)",
        "SET (subscribed (MailboxName MailboxName))", "SET (mailboxes (a \"b c\" d) (MailboxName))",
        "SET (mailboxes {3}\r\na b (MailboxName))", "SET (subtree (a b) (MessageExpunge MessageNew))",
        "SET (personal (MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange))",
        "SET (selected (MessageNew (UID) MessageNew (FLAGS UID) MessageExpunge))",
        // No mailbox can have that name: it is passed over.
        "SET (mailboxes \"&!\" (MailboxName))",
    ])
    func whatIsAccepted(_ arguments: String) async throws {
        let client = try await NotifyLab().client()
        let answer = await client.send("n NOTIFY \(arguments.replacing("{3}", with: "{3+}"))\r\n")
        #expect(answer.hasSuffix("n OK NOTIFY completed\r\n"), "\(answer)")
    }

    @Test(arguments: [
        "", " ", " NONE ", " NONE x", " SET", " SET ", " SETSTATUS (personal none)", " SET STATUS", " SET STATUS ",
        " SET ()", " SET (personal)", " SET (personal ())", " SET (personal NONE", " SET (personal NONE))",
        " SET (personal NONE)(personal NONE)", " SET (personal NONE) ", " SET (personal NONE NONE)",
        " SET (nobody NONE)", " SET (subtree NONE)", " SET (subtree () NONE)", " SET (mailboxes NONE)",
        // Sections 5, 6.1 and 8: what goes together, and what does not.
        " SET (personal (MessageNew))", " SET (personal (MessageExpunge))", " SET (personal (FlagChange))",
        " SET (personal (FlagChange MessageNew))", " SET (selected (MessageExpunge FlagChange))",
        " SET (selected (MailboxName))", " SET (selected-delayed (MessageNew MessageExpunge SubscriptionChange))",
        " SET (selected NONE) (selected-delayed NONE)", " SET (selected NONE) (selected NONE)",
        " SET (personal (MessageNew (UID) MessageExpunge))", " SET (selected (MessageNew () MessageExpunge))",
        " SET (selected (MessageNew (NOTHING) MessageExpunge))", " SET (selected (MessageExpunge (UID) MessageNew))",
        // As the RFC has it and its erratum has not.
        " SET STATUS (selected MessageNew (uid) MessageExpunge) (subtree Lists MessageNew)",
    ])
    func whatIsBAD(_ arguments: String) async throws {
        let client = try await NotifyLab().client()
        let answer = await client.line("n NOTIFY\(arguments)")
        #expect(answer.hasPrefix("n BAD "), "\(answer)")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
    }

    /// Section 3.1: NO, and the events there are.
    @Test(arguments: [
        "(selected (AnnotationChange))", "(personal (MessageNew MessageExpunge AnnotationChange))",
        "(personal (SomethingElse))", "(selected (SomethingElse MessageNew))", "(personal (NONE))",
    ])
    func eventsThatAreUnknown(_ groups: String) async throws {
        let client = try await NotifyLab().client()
        await client.says(
            "n NOTIFY SET \(groups)",
            "n NO [BADEVENT (MESSAGENEW MESSAGEEXPUNGE FLAGCHANGE MAILBOXNAME SUBSCRIPTIONCHANGE "
                + "MAILBOXMETADATACHANGE SERVERMETADATACHANGE)] Unsupported event\r\n")
    }

    @Test func withoutMETADATAThereIsNoEventOfIt() async throws {
        let lab = try NotifyLab(extensions: IMAPExtension.standard.leavingOut(["METADATA"]))
        let client = await lab.client()
        await client.says(
            "n NOTIFY SET (personal (ServerMetadataChange))",
            "n NO [BADEVENT (MESSAGENEW MESSAGEEXPUNGE FLAGCHANGE MAILBOXNAME SUBSCRIPTIONCHANGE)] "
                + "Unsupported event\r\n")
    }

    @Test func beforeLoginItIsBAD() async throws {
        let client = try await NotifyLab().fixture.connect()
        #expect(await client.line("n NOTIFY NONE").hasPrefix("n BAD "))
    }

    /// What was refused changes nothing.
    @Test func aRefusalLeavesWhatWas() async throws {
        let lab = try NotifyLab()
        let client = await lab.client()
        await client.notify("SET (MAILBOXES INBOX (MessageNew MessageExpunge))")
        #expect(await client.line("n NOTIFY SET (personal (FlagChange))").hasPrefix("n BAD "))
        #expect(await client.line("n NOTIFY SET (personal (AnnotationChange))").hasPrefix("n NO [BADEVENT "))
        try lab.deliver()
        await client.hears("* STATUS INBOX (UIDVALIDITY 1 UIDNEXT 2 MESSAGES 1)\r\n")
        await client.notify("SET (PERSONAL (MailboxName))")
        try lab.deliver()
        try lab.make("New")
        await client.hears("* LIST (\\HasNoChildren) \"/\" New\r\n")
    }

    /// Section 3.1, and R-ALG-6: a thousand names, and a thousand mailboxes to tell of.
    @Test func tooManyMailboxesAreNO() async throws {
        let lab = try NotifyLab()
        let client = await lab.client()
        let refusal = "n NO [NOTIFICATIONOVERFLOW] Too many mailboxes\r\n"
        let names = { (count: Int) in (0..<count).map { "m\($0)" }.joined(separator: " ") }
        await client.notify("SET (mailboxes (\(names(1_000))) (MailboxName))", tells: "")
        await client.says("n NOTIFY SET (mailboxes (\(names(1_001))) (MailboxName))", refusal)
        await client.says(
            "n NOTIFY SET (mailboxes (\(names(600))) (MailboxName)) (subtree (\(names(401))) (MailboxName))", refusal)
        for index in 0..<999 { try lab.make("a\(index)") }
        let answer = await client.line("n NOTIFY SET STATUS (personal (MessageNew MessageExpunge))")
        #expect(answer.hasSuffix("n OK NOTIFY completed\r\n"))
        #expect(answer.split(separator: "\r\n").count == 1_001)
        try lab.make("b")
        await client.says("n NOTIFY SET STATUS (personal (MessageNew MessageExpunge))", refusal)
        await client.notify("SET (personal (MessageNew MessageExpunge))", tells: "")
    }

    @Test func groupsAndEventsHaveALimit() async throws {
        let client = try await NotifyLab().client()
        let groups = { (count: Int) in Array(repeating: "(personal NONE)", count: count).joined(separator: " ") }
        await client.notify("SET \(groups(100))", tells: "")
        await client.says("n NOTIFY SET \(groups(101))", "n BAD Argument too long\r\n")
        let events = { (count: Int) in Array(repeating: "MailboxName", count: count).joined(separator: " ") }
        await client.notify("SET (personal (\(events(100))))", tells: "")
        await client.says("n NOTIFY SET (personal (\(events(101))))", "n BAD Argument too long\r\n")
    }
}
