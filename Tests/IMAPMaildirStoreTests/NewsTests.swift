import IMAPHost
import IMAPTypes
import Synchronization
import Testing

@testable import IMAPMaildirStore

@Suite("Maildir: news of mailboxes, by other processes too")
struct NewsTests {
    private func put(_ account: any Account, _ name: MailboxName) async throws {
        let append = try await account.append(to: name)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: 8))
        try await append.write(Array("a: b\r\n\r\n".utf8))
        try await append.end(nil)
        _ = try await append.commit()
    }

    /// Asks until something is told; what is told then, and what follows in a moment.
    private func hear(_ account: any NotifyingAccount, _ token: inout NewsToken) async throws -> Set<AccountEvent> {
        var heard: Set<AccountEvent> = []
        let deadline = ContinuousClock.now + .seconds(60)
        while heard.isEmpty, ContinuousClock.now < deadline {
            guard case .events(let events, let next) = try await account.news(since: token) else {
                Issue.record("not known")
                return heard
            }
            token = next
            heard.formUnion(events)
            try await Task.sleep(for: .milliseconds(5))
        }
        return heard
    }

    /// Each store is to the other as another process.
    @Test func whatAnotherProcessDoes() async throws {
        let scratch = try Scratch()
        let mine = try #require(try await scratch.account() as? any NotifyingAccount)
        let theirs = try await scratch.account()
        let work = try mailbox("Work")
        try await theirs.create(work)
        let recorder = TopicRecorder()
        try await mine.watch(Wake(recorder))
        var token = try await mine.follow([.messages, .names, .subscriptions])
        // The time of the directories' making is over.
        try await Task.sleep(for: .milliseconds(50))
        _ = try await mine.news(since: token)
        try await put(theirs, work)
        let deadline = ContinuousClock.now + .seconds(60)
        while recorder.topics.withLock({ !$0.contains(.messages) }), ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(recorder.topics.withLock { $0.contains(.messages) })
        #expect(try await hear(mine, &token) == [.messages(work, .all)])
        #expect(try await mine.status(of: work).messages == 1)
        let new = try mailbox("New")
        try await theirs.create(new)
        #expect(try await hear(mine, &token).contains(.created(new)))
        try await theirs.subscribe(to: new)
        #expect(try await hear(mine, &token).contains(.subscription(new)))
        try await theirs.delete(new)
        #expect(try await hear(mine, &token).contains(.deleted(new)))
    }

    /// Who follows nothing is not woken, and nothing is watched for nobody.
    @Test func nothingIsKeptForWhoFollowsNothing() async throws {
        let scratch = try Scratch()
        let mine = try #require(try await scratch.account() as? any NotifyingAccount)
        let theirs = try await scratch.account()
        let recorder = TopicRecorder()
        try await mine.watch(Wake(recorder))
        _ = try await mine.follow([.messages, .names])
        _ = try await mine.follow([])
        let work = try mailbox("Work")
        try await theirs.create(work)
        try await put(theirs, work)
        try await Task.sleep(for: .milliseconds(200))
        #expect(recorder.topics.withLock { $0.isDisjoint(with: [.messages, .names]) })
        let mail = try #require(mine as? MaildirAccount).mail
        #expect(await mail.survey == nil)
    }
}
