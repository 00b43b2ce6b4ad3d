import Glibc
import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

@Suite("Maildir: damaged files")
struct DamageTests {
    private func filled(_ scratch: Scratch) async throws -> UIDValidity {
        let account = try await scratch.account()
        let keyword = try flag("k")
        let date = InternalDate(year: 2020, month: 5, day: 6, zoneMinutes: 90)
        for number in 0..<5 { try await account.add(["n: \(number)\r\n\r\n"], flags: [.seen, keyword], date: date) }
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(2))
        _ = try await open.mailbox.expunge(uids(2))
        try await account.close()
        return open.uidValidity
    }

    /// Every message is there, whatever happened to the index.
    private func check(_ scratch: Scratch, since old: UIDValidity, _ place: String) async throws {
        let account = try await scratch.account()
        let contents = try await account.contents()
        #expect(contents.map(\.text) == [0, 2, 3, 4].map { "n: \($0)\r\n\r\n" }, "\(place)")
        #expect(contents.allSatisfy { $0.flags.contains(.seen) }, "\(place)")
        let validity = try await account.status(of: .inbox).uidValidity
        // The old UIDs, or all new ones.
        if validity == old {
            #expect(contents.map(\.uid) == [1, 3, 4, 5], "\(place)")
        } else {
            #expect(validity > old, "\(place)")
        }
        #expect(try await account.add(1).uids.first ?? .first > uid(contents.last?.uid ?? 1), "\(place)")
        #expect(try await scratch.account().contents().count == 5, "\(place)")
    }

    @Test func anIndexWithAnOctetChangedAnywhereLosesNoMail() async throws {
        let scratch = try Scratch()
        let validity = try await filled(scratch)
        let index = try #require(scratch.read("imap-index"))
        for position in stride(from: 0, to: index.count, by: 7) {
            let scratch = try Scratch()
            let validity = try await filled(scratch)
            var damaged = try #require(scratch.read("imap-index"))
            damaged[min(position, damaged.count - 1)] ^= UInt8(1 << (position % 8))
            try scratch.write(damaged, to: "imap-index")
            try await check(scratch, since: validity, "octet \(position)")
        }
        #expect(validity.rawValue > 0)
    }

    /// Inodes are used again: an index that has the inode and about the size of the one that was read last may be
    /// another one. It is not read from the middle, and nothing is cut off it.
    @Test func anotherIndexInTheSamePlaceIsLeftAsItIs() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let open = try await account.open(.inbox, .readWrite)
        let old = try #require(scratch.read("imap-index"))
        let files = Files(steps: UnobservedSteps())
        let directory = try #require(Path(Array(scratch.path.utf8)))
        let keyword = try flag(String(repeating: "k", count: old.count - 8 - 12 - 8 + 5))
        var index = IndexFile(in: directory, files)
        try index.replace(
            with: [.uidValidity(try #require(UIDValidity(9))), .keyword(keyword, row: 5)], in: directory)
        let other = try files.contents(directory.entry(IndexFile.name), limit: 1 << 20)
        try #require(other.count > old.count && other.count < old.count + 12, "\(other.count), \(old.count)")
        // In place: the inode stays.
        try scratch.write(other, to: "imap-index")
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.changes(since: open.token) }
        #expect(scratch.read("imap-index") == other)
        #expect(try await account.status(of: .inbox).uidValidity.rawValue == 9)
    }

    @Test func whatCouldBeReadOfADamagedIndexIsKept() async throws {
        let scratch = try Scratch()
        let validity = try await filled(scratch)
        var damaged = try #require(scratch.read("imap-index"))
        damaged[damaged.count - 12] ^= 1
        try scratch.write(damaged, to: "imap-index")
        let open = try await scratch.account().open(.inbox, .readOnly)
        #expect(open.uidValidity > validity)
        let records = try await open.mailbox.messages(everyUID, [.flags, .internalDate])
        let date = InternalDate(year: 2020, month: 5, day: 6, zoneMinutes: 90)
        let keyword = try flag("k")
        #expect(records.allSatisfy { $0.internalDate == date && $0.flags?.contains(keyword) == true })
        #expect(scratch.entries(".").contains("imap-index.damaged"))
    }

    @Test(arguments: ["", "IMAPIDX1", "IMAPIDX2", "\0\0\0\0\0\0\0\0\0\0\0\0", "IMAPIDX1\0\0\0\0\0\0\0\0"])
    func aFileThatIsNoIndexIsReplaced(text: String) async throws {
        let scratch = try Scratch()
        let validity = try await filled(scratch)
        try scratch.write(text, to: "imap-index")
        try await check(scratch, since: validity, text)
    }

    @Test func aHandleOnADamagedMailboxEnds() async throws {
        let scratch = try Scratch()
        _ = try await filled(scratch)
        let account = try await scratch.account()
        let open = try await account.open(.inbox, .readWrite)
        let index = try #require(scratch.read("imap-index"))
        try scratch.write(index + Array("\u{4}\0\0\0rubbish!".utf8), to: "imap-index")
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.changes(since: open.token) }
        #expect(try await account.contents().count == 4)
        #expect(try await account.open(.inbox, .readWrite).uidValidity > open.uidValidity)
    }

    @Test func anIndexThatIsRemovedIsMadeAnew() async throws {
        let scratch = try Scratch()
        let validity = try await filled(scratch)
        scratch.remove("imap-index")
        try await check(scratch, since: validity, "removed")
    }

    @Test func otherFilesOfOursMayBeRubbish() async throws {
        let scratch = try Scratch()
        let validity = try await filled(scratch)
        try await scratch.account().create(mailbox("A"))
        let rubbish = Array("\u{FF}\0\n..\n.\nA/../B\n&\n\u{1}".utf8) + [0xFF, 0xFE, 0x0A]
        for name in ["imap-journal", "imap-uidvalidity", "subscriptions", "imap-digests", ".A/imap-attributes"] {
            try scratch.write(rubbish, to: name)
        }
        try await check(scratch, since: validity, "rubbish")
        let account = try await scratch.account()
        try await account.create(mailbox("B"))
        #expect(try await account.status(of: mailbox("B")).uidValidity >= validity)
        try await account.subscribe(to: mailbox("B"))
        #expect(try await account.mailboxes().contains { $0.name.description == "B" && $0.isSubscribed })
        #expect(try #require(scratch.read("subscriptions")).starts(with: rubbish.dropLast()))
    }

    @Test func anyOctetsAreReadWithoutATrap() {
        var state: UInt64 = 7
        func next() -> UInt8 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        for length in 0..<4000 {
            var octets = (0..<(length % 60)).map { _ in next() }
            if !octets.isEmpty { octets[0] = octets[0] % 12 }
            var reader = OctetReader(octets)
            var table = MailboxTable(historyLimit: 4)
            do throws(Failure) {
                while !reader.isAtEnd { try table.apply(try IndexOperation(from: &reader)) }
            } catch {
                #expect(error == .damaged)
            }
            _ = try? JournalEntry(octets)
            _ = FolderName.mailbox(in: [0x2E] + octets)
            _ = MessageFile(octets).flags
            #expect(!MessageFile(octets).precedes(MessageFile(octets)))
        }
    }

    @Test func descriptorsDoNotLeak() async throws {
        let scratch = try Scratch()
        for _ in 0..<20 {
            let account = try await scratch.account()
            try await account.add(["a: \(String(repeating: "x", count: 100_000))\r\n\r\n"])
            let open = try await account.open(.inbox, .readWrite)
            let body = try await open.mailbox.body(of: uid(1))
            _ = try await body.read(at: 70_000, max: 10)
            await #expect(throws: StoreError.nonExistent) { try await account.open(mailbox("X"), .readOnly) }
            let append = try await account.append(to: .inbox)
            try await append.begin(NewMessage(flags: [], internalDate: nil, size: nil))
            try await account.close()
        }
        // Other tests run at the same time: those below this test's own folder count.
        let mine = Scratch.entries("/proc/self/fd").compactMap { entry -> String? in
            var target = [CChar](repeating: 0, count: 4096)
            let count = readlink("/proc/self/fd/\(entry)", &target, target.count)
            guard count > 0 else { return nil }
            return String(decoding: target.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        #expect(mine.filter { $0.hasPrefix(scratch.path) } == [])
    }

    @Test func watchesDoNotLeak() async throws {
        let scratch = try Scratch()
        let before = Scratch.entries("/proc/self/fd").count
        for _ in 0..<300 {
            let account = try await scratch.account()
            try await account.watch(Wake(WakeRecorder()))
            try await account.close()
        }
        // Other tests have theirs, and a watch is closed a moment later.
        var after = Int.max
        for _ in 0..<6000 where after > before + 200 {
            after = Scratch.entries("/proc/self/fd").count
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(after <= before + 200)
    }
}
