import Glibc
import IMAPHost
import IMAPTypes
import Synchronization
import Testing

@testable import IMAPMaildirStore

@Suite("Maildir: annotations and identifiers")
struct AnnotationsTests {
    private func annotated(_ account: any Account) throws -> any AnnotatedAccount {
        try #require(account as? any AnnotatedAccount)
    }

    private func set(_ name: String, _ value: String?, in account: any AnnotatedAccount) async throws {
        let change = AnnotationChange(try #require(EntryName(name)), value.map { Array($0.utf8) })
        #expect(try await account.annotate(.mailbox(.inbox), [change]) == .done)
    }

    private func value(_ name: String, in account: any AnnotatedAccount) async throws -> [UInt8]? {
        let name = try #require(EntryName(name))
        return try await account.values(of: [name], in: .mailbox(.inbox))[name]
    }

    /// A session is told what another process changed, asked or woken.
    @Test func whatAnotherProcessChangesIsTold() async throws {
        let scratch = try Scratch()
        let mine = try annotated(try await scratch.account())
        let theirs = try annotated(try await scratch.account())
        try await set("/private/old", "a", in: theirs)
        let recorder = TopicRecorder()
        try await mine.watch(Wake(recorder))
        try await set("/private/comment", "b", in: theirs)
        try await set("/private/old", nil, in: theirs)
        let news = try await mine.annotationNews()
        #expect(news.map(\.object) == [.mailbox(.inbox)])
        #expect(Set(news.flatMap(\.names).map(\.description)) == ["/private/comment", "/private/old"])
        #expect(try await mine.annotationNews().isEmpty)
        // Who was woken is not woken again before he asks, and the system may tell of the changes above late.
        let deadline = ContinuousClock.now + .seconds(60)
        var number = 0
        repeat {
            _ = try await mine.annotationNews()
            recorder.topics.withLock { $0 = [] }
            number += 1
            try await set("/private/comment", "c\(number)", in: theirs)
            let pause = ContinuousClock.now + .seconds(2)
            while recorder.topics.withLock({ $0.isEmpty }), ContinuousClock.now < pause {
                try await Task.sleep(for: .milliseconds(5))
            }
        } while recorder.topics.withLock({ $0.isEmpty }) && ContinuousClock.now < deadline
        #expect(recorder.topics.withLock { $0 } == .annotations)
    }

    /// A file that is not as it was written is put aside: nothing traps, nothing is half there, and new values are kept.
    @Test(arguments: [
        [], [0x49], Array("IMAPANN1".utf8), Array("IMAPANN1".utf8) + [0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x01],
    ])
    func aDamagedFileIsPutAside(_ octets: [UInt8]) async throws {
        let scratch = try Scratch()
        let account = try annotated(try await scratch.account())
        try await set("/private/comment", "a", in: account)
        try scratch.write(octets, to: "imap-annotations")
        #expect(try await account.annotations(of: .mailbox(.inbox)).isEmpty)
        #expect(scratch.entries("").contains("imap-annotations.damaged"))
        try await set("/private/comment", "b", in: account)
        let again = try annotated(try await scratch.account())
        #expect(try await value("/private/comment", in: again) == Array("b".utf8))
    }

    /// Every octet of the file counts: whichever is another one, the values are those that were set or none.
    @Test func everyChangedOctetIsFound() async throws {
        let scratch = try Scratch()
        let account = try annotated(try await scratch.account())
        try await set("/private/comment", "some value", in: account)
        let whole = try #require(scratch.read("imap-annotations"))
        for index in whole.indices {
            var damaged = whole
            damaged[index] ^= 0x41
            try scratch.write(damaged, to: "imap-annotations")
            let found = try await value("/private/comment", in: account)
            #expect(found == nil, "octet \(index)")
        }
    }

    /// RFC 8474: what a message is called outlives a compaction of the index and its mailbox's renaming.
    @Test func identifiersOutliveACompaction() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let added = try await account.add(["a: b\r\n\r\none\r\n", "a: b\r\n\r\ntwo\r\n"])
        try await account.create(try mailbox("B"))
        let open = try await account.open(.inbox, .readWrite)
        _ = try await open.mailbox.copy(added.uids, to: try mailbox("B"))
        let before = try await open.mailbox.messages(added.uids, .emailID).map(\.emailID)
        try await account.close()
        let path = try #require(Path(Array(scratch.file(".B").utf8)))
        let folder = try MailboxFolder(try mailbox("B"), at: path, Files(steps: UnobservedSteps()), historyLimit: 10) {
            () throws(Failure) in throw .damaged
        }
        try folder.compact()
        let later = try await scratch.account()
        try await later.rename(try mailbox("B"), to: try mailbox("C"))
        let copies = try await later.open(try mailbox("C"), .readOnly)
        #expect(try await copies.mailbox.messages(copies.uids, .emailID).map(\.emailID) == before)
        #expect(before.allSatisfy { $0 != nil } && Set(before).count == 2)
    }
}

/// Remembers what it was woken for.
final class TopicRecorder: WakeReceiver {
    let topics = Mutex<WakeTopics>([])

    func wake(_ mailbox: MailboxName) {}
    func wake(_ topics: WakeTopics) { self.topics.withLock { $0.formUnion(topics) } }
}
