import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("NOTIFY: its end, its place, and clients that do not listen (RFC 5465, RFC 8437; U-X-5, R-NTF-1, R-ALG-6)")
struct NotifyEndTests {
    private static let everything =
        "SET (SELECTED (MessageNew (UID) MessageExpunge FlagChange)) (PERSONAL (MessageNew MessageExpunge FlagChange "
        + "MailboxName SubscriptionChange MailboxMetadataChange ServerMetadataChange))"

    /// Everything that can happen to alice's mail.
    private func stir(_ lab: NotifyLab) throws {
        let alice = user("alice")
        try lab.deliver(2)
        try lab.deliver(1, to: "Work")
        try lab.flag(1)
        try lab.expunge(2)
        try lab.make("New")
        try lab.store.renameMailbox(try lab.name("New"), to: try lab.name("Old"), for: alice)
        try lab.store.subscribe(to: try lab.name("Old"), for: alice)
        try lab.store.unsubscribe(from: try lab.name("Old"), for: alice)
        let entry = try #require(EntryName("/shared/comment"))
        _ = try lab.store.annotate(.inbox, [AnnotationChange(entry, octets("x"))], for: alice)
        try lab.store.deleteMailbox(try lab.name("Old"), for: alice)
    }

    private func connected(_ arguments: String = everything) async throws -> (NotifyLab, TestClient) {
        var users = TestUsers()
        users.everyoneMayUnauthenticate = true
        users.associated = ["alice": ["bob"]]
        let lab = try NotifyLab(users: users)
        try lab.make("Work")
        let client = await lab.client()
        await client.line("s SELECT INBOX")
        await client.notify(arguments)
        return (lab, client)
    }

    private func isClosed(_ client: TestClient) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while !client.transport.isClosed, ContinuousClock.now < deadline { await Task.yield() }
        return client.transport.isClosed
    }

    // MARK: UNAUTHENTICATE and SELECTA

    /// U-X-5: nothing of it is left, and not one octet of the old user's mail comes.
    @Test func nothingIsLeftBehindUNAUTHENTICATE() async throws {
        let (lab, client) = try await connected()
        #expect(await client.line("u UNAUTHENTICATE").hasPrefix("u OK [CAPABILITY "))
        #expect(lab.store.openSessionCount == 0)
        #expect(lab.store.openMailboxCount == 0)
        try stir(lab)
        for _ in 0..<100 { await Task.yield() }
        #expect(await client.settle() == "")
        #expect(await client.line("a NOOP") == "a OK NOOP completed\r\n")
        #expect(await client.line("l LOGIN bob hunter2").hasPrefix("l OK "))
        try stir(lab)
        await client.says("b NOOP", "b OK NOOP completed\r\n")
        // The next user's mail is told as if there had been no NOTIFY: with commands alone.
        #expect(await client.line("s SELECT INBOX").contains("* 0 EXISTS\r\n"))
        try lab.deliver(1, user: "bob")
        for _ in 0..<100 { await Task.yield() }
        #expect(await client.settle() == "")
        await client.says("c NOOP", "* 1 EXISTS\r\n* 1 RECENT\r\nc OK NOOP completed\r\n")
    }

    /// U-X-5: the same after NOTIFY NONE, which would tell nothing of the selected mailbox, and after SELECTED-DELAYED.
    @Test(arguments: ["NONE", "SET (SELECTED-DELAYED (MessageNew MessageExpunge))", "SET (PERSONAL NONE)"])
    func theNextUserIsToldAsEver(_ arguments: String) async throws {
        let (lab, client) = try await connected(arguments)
        await client.line("u UNAUTHENTICATE")
        await client.line("l LOGIN bob hunter2")
        await client.line("s SELECT INBOX")
        try lab.deliver(2, user: "bob")
        await client.says("a NOOP", "* 2 EXISTS\r\n* 2 RECENT\r\na OK NOOP completed\r\n")
    }

    /// U-X-5, row 16: what happens while UNAUTHENTICATE is on its way, in the same segment as the changes.
    @Test func changesBesideUNAUTHENTICATEComeBeforeItsOKOrNever() async throws {
        for round in 0..<20 {
            let (lab, client) = try await connected()
            async let stirred: Void = try { try stir(lab) }()
            if round % 2 == 0 { await Task.yield() }
            let answer = await client.send("u UNAUTHENTICATE\r\nl LOGIN bob hunter2\r\nz NOOP\r\n")
            try await stirred
            let rest = answer.components(after: "u OK [CAPABILITY ")
            #expect(
                rest.split(separator: "\r\n").dropFirst().allSatisfy { !$0.hasPrefix("* ") || $0.hasPrefix("* CAP") })
            #expect(await client.settle() == "")
        }
    }

    /// Row 29 of the table of connection state: another account is as another user.
    @Test func nothingIsLeftBehindSELECTA() async throws {
        let (lab, client) = try await connected()
        await client.line("z UNSELECT")
        #expect(await client.line("a SELECTA bob").contains("a OK "))
        try stir(lab)
        for _ in 0..<100 { await Task.yield() }
        #expect(await client.settle() == "")
        await client.says("b NOOP", "b OK NOOP completed\r\n")
        await client.line("s SELECT INBOX")
        try lab.deliver(1, user: "bob")
        await client.says("c NOOP", "* 1 EXISTS\r\n* 1 RECENT\r\nc OK NOOP completed\r\n")
    }

    // MARK: Its place

    /// Nothing comes into the middle of a command: of its line, or of the exchange over its literal.
    @Test func nothingComesIntoACommand() async throws {
        let (lab, client) = try await connected()
        #expect(await client.send("a LO") == "")
        try stir(lab)
        for _ in 0..<100 { await Task.yield() }
        #expect(await client.settle() == "")
        let answer = await client.send("GIN\r\n")
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
        let status = "* STATUS Work (UIDVALIDITY 2 UIDNEXT 2 MESSAGES 1)\r\n"
        if !answer.contains(status) { #expect((await client.hear(until: status)).hasSuffix(status)) }
        #expect(await client.line("b CREATE {3}") == "+ Ready for literal data\r\n")
        try lab.deliver(1, to: "Work")
        for _ in 0..<100 { await Task.yield() }
        #expect(await client.settle() == "")
        let created = await client.line("New")
        #expect(
            created.hasPrefix("* STATUS Work (UIDVALIDITY 2 UIDNEXT 3 MESSAGES 2)\r\nb OK [MAILBOXID "), "\(created)")
    }

    /// Commands in one segment: EXPUNGE may come between them, and not in a FETCH by number.
    @Test func pipelinedCommands() async throws {
        let (lab, client) = try await connected()
        try lab.deliver(3)
        _ = await client.hear(until: "* 3 FETCH (UID 3)\r\n")
        try lab.expunge(1)
        let answer = await client.send("a FETCH 2 UID\r\nb UID FETCH 3 FLAGS\r\nc NOOP\r\n")
        let all = answer + (answer.contains("EXPUNGE") ? "" : await client.hear(until: "EXPUNGE\r\n"))
        #expect(all.components(separatedBy: "* 1 EXPUNGE\r\n").count == 2, "\(all)")
    }

    /// Section 4: IDLE tells the same.
    @Test func inIDLETheSameIsTold() async throws {
        let (lab, client) = try await connected(
            "SET (SELECTED (MessageNew (UID) MessageExpunge)) (PERSONAL (MailboxName))")
        await client.says("a IDLE", "+ idling\r\n")
        try lab.deliver()
        await client.hears("* 1 EXISTS\r\n* 1 RECENT\r\n* 1 FETCH (UID 1)\r\n")
        try lab.flag(1)
        try lab.deliver(1, to: "Work")
        try lab.make("New")
        await client.hears("* LIST (\\HasNoChildren) \"/\" New\r\n")
        await client.says("DONE", "a OK IDLE completed\r\n")
    }

    /// A mailbox that is deleted while it is selected: the session is over, as it is in IDLE.
    @Test func theSelectedMailboxIsDeleted() async throws {
        let (lab, client) = try await connected()
        await client.line("s SELECT Work")
        try lab.store.deleteMailbox(try lab.name("Work"), for: user("alice"))
        #expect(await client.hear().hasSuffix("* BYE The selected mailbox was deleted\r\n"))
        #expect(await isClosed(client))
    }

    /// The time a client may be silent goes on, whatever it is told.
    @Test func halfAnHourIsTheLongest() async throws {
        let (lab, client) = try await connected()
        lab.fixture.clock.advance(by: .seconds(1_700))
        try lab.deliver()
        _ = await client.hear(until: "(UID 1)\r\n")
        lab.fixture.clock.advance(by: .seconds(200))
        #expect(await client.hear() == "* BYE Idle for too long\r\n")
        #expect(await isClosed(client))
    }

    // MARK: Clients that do not listen

    /// R-OUT-8, R-ALG-6: what happens while the client reads nothing costs no memory for each event.
    @Test func aClientThatReadsNothing() async throws {
        let (lab, client) = try await connected()
        try lab.deliver(5, to: "Work")
        _ = await client.hear(until: ")\r\n")
        _ = await client.line("z NOOP")
        client.transport.block()
        let alice = user("alice")
        let all = UIDSet(.first, try #require(UID(5)))
        for round in 0..<2_000 {
            let change: FlagChange = round % 2 == 0 ? .add([.flagged]) : .remove([.flagged])
            _ = try lab.store.changeFlags(change, of: all, in: try lab.name("Work"), for: alice)
            if round % 100 == 0 { for _ in 0..<20 { await Task.yield() } }
        }
        _ = try lab.store.remove(all, in: try lab.name("Work"), for: alice)
        client.transport.unblock()
        var output = ""
        let deadline = ContinuousClock.now + .seconds(60)
        while !output.contains("MESSAGES 0"), ContinuousClock.now < deadline { output += await client.settle() }
        #expect(output.split(separator: "\r\n").count < 20, "\(output)")
        #expect(output.contains("* STATUS Work (UIDVALIDITY 2 UIDNEXT 6 MESSAGES 0 UNSEEN 0)\r\n"), "\(output)")
        await client.says("a NOOP", "a OK NOOP completed\r\n")
    }

    /// Section 5.8: who was away for too long is told that, and no more.
    @Test func tooMuchIsNOTIFICATIONOVERFLOW() async throws {
        let (lab, client) = try await connected()
        try lab.deliver(1)
        _ = await client.hear(until: "(UID 1)\r\n")
        client.transport.block()
        try lab.flag(1)
        for _ in 0..<100 { await Task.yield() }
        for index in 0..<1_100 { try lab.make("m\(index)") }
        client.transport.unblock()
        let overflow = "* OK [NOTIFICATIONOVERFLOW] Too much happened, nothing more is told\r\n"
        let heard = await client.hear(until: overflow)
        #expect(heard.hasSuffix(overflow))
        try stir(lab)
        await client.says("a NOOP", "a OK NOOP completed\r\n")
        #expect(await client.line("b SELECT INBOX").contains("* 2 EXISTS\r\n"))
        // Another NOTIFY begins anew.
        await client.notify("SET (PERSONAL (MailboxName))", tells: "")
        try lab.make("Again")
        await client.hears("* LIST (\\HasNoChildren) \"/\" Again\r\n")
    }

    /// R-NTF-1: a client that goes at any octet of a burst leaves no session and no watch.
    @Test func goingAtAnyOctetLeavesNothing() async throws {
        for octet in stride(from: 0, through: 900, by: 23) {
            let (lab, client) = try await connected()
            client.transport.failWrites(after: octet)
            try stir(lab)
            for _ in 0..<20 { await Task.yield() }
            client.transport.hangUp()
            let deadline = ContinuousClock.now + .seconds(60)
            while lab.store.openSessionCount > 0, ContinuousClock.now < deadline {
                try? await Task.sleep(for: .milliseconds(1))
            }
            #expect(lab.store.openSessionCount == 0, "cut at \(octet)")
            #expect(lab.store.openMailboxCount == 0, "cut at \(octet)")
            try stir(lab)
        }
    }
}

extension String {
    /// What stands behind `mark`, or nothing.
    fileprivate func components(after mark: String) -> String {
        range(of: mark).map { String(self[$0.upperBound...]) } ?? ""
    }
}
