import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

@Suite("Maildir: mailboxes")
struct MailboxesTests {
    @Test func aNewUserHasAnEmptyInbox() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        #expect(try await account.mailboxes() == [MailboxEntry(.inbox)])
        #expect(try await account.status(of: .inbox).messages == 0)
        #expect(scratch.entries(".").contains("cur"))
        #expect(account.separator == 0x2F)
    }

    @Test func mailboxesAreMaildirPlusPlusDirectories() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        for name in ["A", "A/B", "Entwürfe/日本", "a.b/c", "AT&T", "INBOX/x", "~", ".."] {
            try await account.create(mailbox(name))
        }
        let directories = [
            ".A", ".A.B", ".Entw&APw-rfe.&ZeVnLA-", ".a&AC4-b.c", ".AT&-T", ".INBOX.x", ".~", ".&AC4-&AC4-",
        ]
        for directory in directories { #expect(scratch.entries(directory).contains("cur"), "\(directory)") }
        let listed = Set(try await scratch.account().mailboxes().map(\.name.description))
        #expect(listed == ["INBOX", "A", "A/B", "Entwürfe/日本", "a.b/c", "AT&T", "INBOX/x", "~", ".."])
        await #expect(throws: StoreError.alreadyExists) { try await account.create(mailbox("A")) }
        await #expect(throws: StoreError.alreadyExists) { try await account.create(.inbox) }
        let long = String(repeating: "x", count: 300)
        for name in ["/", "a//b", "/a", "a/", "../x/../../y//", long] {
            await #expect(throws: StoreError.cannot, "\(name)") { try await account.create(mailbox(name)) }
        }
        await #expect(throws: StoreError.nonExistent) { try await account.status(of: mailbox(long)) }
        await #expect(throws: StoreError.nonExistent) { try await account.open(mailbox("B"), .readOnly) }
        await #expect(throws: StoreError.nonExistent) { try await account.append(to: mailbox("B")) }
    }

    @Test(arguments: ["A", "A.b", "x.", "&AC4-", "a&AC4-&APw-b", "&APw-&AC4-", "日本/語", "a/b/.", "&", "&-/-&"])
    func aNameAndItsDirectoryBelongTogether(text: String) throws {
        let name = try mailbox(text)
        let directory = try #require(FolderName.directory(for: name))
        #expect(FolderName.mailbox(in: directory) == name)
        #expect(!directory.contains(0x2F) && directory.first == 0x2E && !directory.dropFirst().starts(with: [0x2E]))
    }

    @Test func otherDirectoriesAreNoMailboxes() throws {
        for text in ["A", ".", "..", ".A..B", ".A.", ".INBOX", ".a&", ".&AGE-", ".\u{FC}", ".a\u{1}"] {
            #expect(FolderName.mailbox(in: Array(text.utf8)) == nil || text == ".INBOX", "\(text)")
        }
    }

    @Test func aUsersDirectoryIsOneComponent() throws {
        func directory(_ name: String) -> String? {
            FolderName.directory(ofUser: Array(name.utf8)).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(directory("alice@example.org") == "alice@example.org")
        #expect(directory("..") == "%2E.")
        #expect(directory("../../etc") == "%2E.%2F..%2Fetc")
        #expect(directory("a/b\0c%") == "a%2Fb%00c%25")
        #expect(directory("") == nil)
        #expect(directory(String(repeating: "/", count: 100)) == nil)
    }

    @Test func whatIsDeletedIsGoneAndComesBackWithAGreaterUIDValidity() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let (name, child) = (try mailbox("A"), try mailbox("A/B"))
        try await account.create(name)
        try await account.create(child)
        let first = try await account.add(2, to: name).uidValidity
        let open = try await account.open(name, .readWrite)
        try await account.delete(name)
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.changes(since: open.token) }
        await #expect(throws: StoreError.nonExistent) { try await account.delete(name) }
        await #expect(throws: StoreError.cannot) { try await account.delete(.inbox) }
        #expect(Set(try await account.mailboxes().map(\.name)) == [.inbox, child])
        try await account.create(name)
        let again = try await scratch.account().open(name, .readOnly)
        #expect(again.uidValidity > first && again.uids.isEmpty)
        #expect(!scratch.entries(".").contains { $0.hasPrefix("imap-trash") || $0.hasPrefix("imap-making") })
    }

    @Test func aMailboxIsRenamedWithThoseBelowIt() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        for name in ["A", "A/B", "A/B/C", "AB"] { try await account.create(mailbox(name)) }
        try await account.subscribe(to: mailbox("A/B"))
        try await account.add(2, to: mailbox("A/B"))
        let validity = try await account.status(of: mailbox("A/B")).uidValidity
        let open = try await account.open(mailbox("A/B"), .readWrite)
        try await account.rename(mailbox("A"), to: mailbox("X/Y"))
        #expect(
            Set(try await account.mailboxes().filter { $0.attributes.isEmpty }.map(\.name.description))
                == ["INBOX", "X/Y", "X/Y/B", "X/Y/B/C", "AB"])
        // The session that has it open goes on.
        #expect(try await open.mailbox.changeFlags(.add([.seen]), of: uids(1)).count == 1)
        #expect(try await account.status(of: mailbox("X/Y/B")).uidValidity == validity)
        await #expect(throws: StoreError.nonExistent) { try await account.rename(mailbox("A"), to: mailbox("Z")) }
        await #expect(throws: StoreError.alreadyExists) { try await account.rename(mailbox("AB"), to: mailbox("X/Y")) }
        await #expect(throws: StoreError.alreadyExists) { try await account.rename(mailbox("AB"), to: .inbox) }
        // Below itself; and the names have had greater UIDVALIDITY values now.
        try await account.rename(mailbox("X/Y"), to: mailbox("X/Y/B/D"))
        #expect(
            Set(try await scratch.account().mailboxes().filter { $0.attributes.isEmpty }.map(\.name.description))
                == ["INBOX", "X/Y/B/D", "X/Y/B/D/B", "X/Y/B/D/B/C", "AB"])
        #expect(try await scratch.account().contents(of: mailbox("X/Y/B/D/B")).count == 2)
        #expect(try await scratch.account().status(of: mailbox("X/Y/B/D")).uidValidity > validity)
        let subscribed = try await account.mailboxes().filter(\.isSubscribed)
        #expect(subscribed == [MailboxEntry(try mailbox("A/B"), attributes: [.nonExistent], isSubscribed: true)])
    }

    @Test func renamingInboxMovesItsMessages() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.create(mailbox("INBOX/x"))
        try await account.add(3)
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.flagged]), of: uids(2))
        try await account.rename(.inbox, to: mailbox("old"))
        #expect(try await account.contents().isEmpty)
        #expect(try await account.status(of: .inbox).uidNext == uid(4))
        #expect(ChangeSummary(try await open.mailbox.changes(since: open.token)).vanished == uids(1, 2, 3))
        let moved = try await scratch.account().contents(of: mailbox("old"))
        #expect(moved.map(\.uid) == [1, 2, 3])
        #expect(moved.map(\.flags) == [[], [.flagged], []])
        #expect(try await account.mailboxes().map(\.name).contains(mailbox("INBOX/x")))
    }

    @Test func subscriptionsStayAsOtherProgramsReadThem() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.create(mailbox("A/ü"))
        for name in ["INBOX", "A/ü", "gone"] { try await account.subscribe(to: mailbox(name)) }
        try await account.subscribe(to: mailbox("gone"))
        #expect(scratch.read("subscriptions") == Array("INBOX\nA.&APw-\ngone\n".utf8))
        let entries = try await scratch.account().mailboxes()
        #expect(
            Set(entries) == [
                MailboxEntry(.inbox, isSubscribed: true), MailboxEntry(try mailbox("A/ü"), isSubscribed: true),
                MailboxEntry(try mailbox("gone"), attributes: [.nonExistent], isSubscribed: true),
            ])
        try await account.unsubscribe(from: mailbox("gone"))
        try await account.unsubscribe(from: mailbox("never"))
        #expect(scratch.read("subscriptions") == Array("INBOX\nA.&APw-\n".utf8))
    }

    @Test func aMailboxForASpecialUseKeepsIt() async throws {
        let scratch = try Scratch()
        let account = try #require(try await scratch.account() as? any SpecialUseAccount)
        try await account.create(mailbox("S"), for: ["\\Sent", "\\Archive"])
        await #expect(throws: StoreError.useAttribute) { try await account.create(mailbox("T"), for: ["\\All"]) }
        let entries = try await scratch.account().mailboxes()
        #expect(
            Set(entries) == [
                MailboxEntry(.inbox), MailboxEntry(try mailbox("S"), attributes: ["\\Sent", "\\Archive"]),
            ])
    }

    @Test func everyChangeWakesTheUsersSessionsAndNothingElseDoes() async throws {
        let scratch = try Scratch()
        let store = scratch.store()
        let account = try await store.account(of: alice)
        let recorder = WakeRecorder()
        try await account.watch(Wake(recorder))
        let other = try await store.account(of: alice)
        try await other.add(1)
        #expect(recorder.take() == [.inbox])
        let open = try await other.open(.inbox, .readWrite)
        _ = try await other.status(of: .inbox)
        try await open.mailbox.changeFlags(.remove([.seen]), of: uids(1))
        #expect(recorder.take() == [])
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(1))
        #expect(recorder.take() == [.inbox])
        _ = try await open.mailbox.expunge(uids(1))
        #expect(recorder.take() == [.inbox])
        let (a, b) = (try mailbox("a"), try mailbox("b"))
        try await other.create(a)
        #expect(recorder.take() == [a])
        try await other.rename(a, to: b)
        #expect(Set(recorder.take()).isSuperset(of: [b]))
        try await other.delete(b)
        #expect(recorder.take() == [b])
        try await account.close()
        try await other.add(1)
        #expect(recorder.take() == [])
        try await other.close()
        #expect(store.activeUserCount == 0)
    }
}
