import Glibc
import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

@Suite("Maildir: what becomes large")
struct LargeFilesTests {
    /// A move of many messages that was cut off is ended, however long its entry is: while it cannot be read, nothing
    /// of the user can be.
    @Test func theJournalOfALargeMoveIsReadAgain() throws {
        let scratch = try Scratch()
        let root = try #require(Path(Array(scratch.path.utf8)))
        let name = [UInt8](repeating: 0x6E, count: 1 << 14)
        let entry = JournalEntry.move(
            from: .inbox, validity: try #require(UIDValidity(1)), uids: UIDSet(.first, uid(1100)), to: try mailbox("T"),
            names: (0..<1100).map { name + Array("\($0)".utf8) })
        let journal = Journal(in: root, Files(steps: UnobservedSteps()))
        try journal.write(entry)
        #expect(try journal.pending() == entry)
        try journal.clear()
        #expect(try journal.pending() == nil)
    }

    /// Nobody can subscribe to so much that the list of it can no longer be read.
    @Test func subscriptionsHaveALimitAndStayReadable() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.subscribe(to: mailbox("a"))
        let room = (1 << 24) - 8
        try scratch.write(Array("a\n".utf8) + [UInt8](repeating: 0x78, count: room), to: "subscriptions")
        await #expect(throws: StoreError.limit) { try await account.subscribe(to: mailbox("long name")) }
        let listed = try await account.mailboxes()
        #expect(listed.filter { $0.isSubscribed }.map(\.name.description) == ["a"])
        try await account.unsubscribe(from: mailbox("a"))
        #expect(try await account.mailboxes().allSatisfy { !$0.isSubscribed })
    }

    /// What was found out about messages is a help. No more of it is in memory at a time than a help is worth.
    @Test func digestsAreHandedOutInPiecesAndCopiedAllTheSame() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.create(mailbox("T"))
        let large = MessageDigest([UInt8](repeating: 7, count: 1 << 20))
        for number in 0..<6 { try await account.add(["n: \(number)\r\n\r\n"], digest: large) }
        let open = try await account.open(.inbox, .readWrite)
        let all = try await open.mailbox.messages(open.uids, .digest)
        let held = all.reduce(0) { $0 + ($1.digest?.octets.count ?? 0) }
        #expect(held > 0 && held <= 4 << 20)
        #expect(all.count == 6)
        for number in 1...6 {
            #expect(try await open.mailbox.messages(uids(UInt32(number)), .digest).first?.digest == large)
        }
        _ = try await open.mailbox.copy(open.uids, to: mailbox("T"))
        let copies = try await account.open(mailbox("T"), .readOnly)
        for number in 1...6 {
            #expect(try await copies.mailbox.messages(uids(UInt32(number)), .digest).first?.digest == large)
        }
        // Many messages of one APPEND: those that come last have none.
        let append = try await account.append(to: mailbox("T"))
        for _ in 0..<6 {
            try await append.begin(NewMessage(flags: [], internalDate: nil, size: 4))
            try await append.write(Array("a:\r\n".utf8))
            try await append.end(large)
        }
        let added = try await append.commit().uids
        var found = 0
        for uid in added {
            if try await copies.mailbox.messages(UIDSet(uid), .digest).first?.digest == large { found += 1 }
        }
        #expect(found > 0 && found <= 4)
    }
}
