import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

@Suite("Maildir: messages")
struct MessagesTests {
    @Test func whatIsAppendedIsThereAfterARestart() async throws {
        let scratch = try Scratch()
        let date = try #require(InternalDate(year: 2024, month: 2, day: 29, hour: 23, zoneMinutes: -480))
        let digest = MessageDigest([1, 2, 3])
        let keyword = try flag("$Forwarded")
        let added = try await scratch.account().add(
            ["Subject: a\r\n\r\nb\r\n", "c: d\r\n\r\n"], flags: [.seen, keyword], date: date, digest: digest)
        #expect(added.uids == uids(1, 2))
        for _ in 0..<2 {
            let open = try await scratch.account().open(.inbox, .readOnly)
            #expect(open.uidValidity == added.uidValidity)
            #expect(open.uids == uids(1, 2))
            #expect(open.uidNext == uid(3))
            #expect(open.recent == uids(1, 2))
            let records = try await open.mailbox.messages(
                everyUID, [.flags, .internalDate, .size, .modSequence, .digest])
            #expect(records.map(\.size) == [17, 8])
            #expect(records.allSatisfy { Set($0.flags ?? []) == [.seen, keyword] && $0.internalDate == date })
            #expect(records.allSatisfy { $0.digest == digest && $0.modSequence == open.highestModSequence })
            #expect(try await open.mailbox.text(of: uid(1), step: 5) == "Subject: a\r\n\r\nb\r\n")
            #expect(try await open.mailbox.text(of: uid(2)) == "c: d\r\n\r\n")
        }
        #expect(scratch.entries("tmp").isEmpty)
        #expect(scratch.entries("cur").allSatisfy { $0.hasSuffix(",S=17,W=17:2,S") || $0.hasSuffix(",S=8,W=8:2,S") })
    }

    @Test func bareLineFeedsOfAClientBecomeCRLF() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let append = try await account.append(to: .inbox)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: nil))
        for piece in ["a: b\r", "\n\n", "c", "\nd"] { try await append.write(Array(piece.utf8)) }
        try await append.end(nil)
        _ = try await append.commit()
        #expect(try await account.contents().map(\.text) == ["a: b\r\n\r\nc\r\nd"])
    }

    @Test func anAppendThatIsCancelledLeavesNothing() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let append = try await account.append(to: .inbox)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: nil))
        try await append.write([1, 2, 3])
        try await append.end(nil)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: nil))
        #expect(scratch.entries("tmp").count == 2)
        await append.cancel()
        #expect(scratch.entries("tmp").isEmpty)
        #expect(try await account.contents().isEmpty)
        await #expect(throws: StoreError.unavailable) { try await append.commit() }
    }

    @Test func anAppendOfAnOldMessageIsNotTakenForALeftover() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let append = try await account.append(to: .inbox)
        let date = InternalDate(year: 1999, month: 1, day: 1)
        try await append.begin(NewMessage(flags: [], internalDate: date, size: nil))
        try await append.write([1])
        try await append.end(nil)
        #expect(try await scratch.account().contents().isEmpty)
        #expect(try await append.commit().uids == uids(1))
        #expect(try await account.contents().count == 1)
    }

    @Test func anAppendEndsWithItsSession() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let append = try await account.append(to: .inbox)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: nil))
        try await account.close()
        #expect(scratch.entries("tmp").isEmpty)
        await #expect(throws: StoreError.unavailable) { try await append.write([1]) }
        await #expect(throws: StoreError.unavailable) { try await account.mailboxes() }
    }

    @Test func longMessagesAreReadAnywhere() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let text = String((0..<40_000).map { "line \($0)\r\n" }.joined())
        try await account.add([text])
        let bare = String((0..<300_000).map { "line \($0)\n" }.joined())
        try scratch.deliver(bare, as: "1.a.host")
        let open = try await account.open(.inbox, .readOnly)
        for (number, expected) in [
            (1, Array(text.utf8)), (2, Array(bare.utf8.flatMap { $0 == 10 ? [13, 10] : [$0] })),
        ] {
            let body = try await open.mailbox.body(of: uid(UInt32(number)))
            #expect(body.size == UInt64(expected.count))
            #expect(try await octets(of: body, step: 60_001) == expected)
            for offset in [0, 1, 65_535, 65_536, 70_000, expected.count - 3, 200_000, 3] {
                let piece = try await body.read(at: UInt64(offset), max: 100)
                #expect(!piece.isEmpty && piece.elementsEqual(expected[offset...].prefix(piece.count)))
            }
            #expect(try await body.read(at: body.size, max: 10).isEmpty)
            #expect(try await body.read(at: .max, max: .max).isEmpty)
            #expect(try await body.read(at: 0, max: 0).isEmpty)
        }
    }

    @Test func flagsAreInTheFilesNames() async throws {
        let scratch = try Scratch()
        let open = try await scratch.account().open(.inbox, .readWrite)
        let other = try await scratch.account()
        try await other.add(3)
        let keyword = try flag("later")
        let changed = try await open.mailbox.changeFlags(.add([.flagged, .draft, keyword]), of: uids(1, 3, 9))
        // Not asked for changes yet, this handle does not know of the messages: but a change looks first.
        #expect(changed.map(\.uid) == [uid(1), uid(3)])
        #expect(changed.allSatisfy { Set($0.flags ?? []) == [.flagged, .draft, keyword] })
        #expect(scratch.entries("cur").filter { $0.hasSuffix(":2,DF") }.count == 2)
        #expect(try await open.mailbox.changeFlags(.add([.draft]), of: everyUID).map(\.uid) == [uid(2)])
        #expect(try await open.mailbox.changeFlags(.remove([.draft]), of: uids(1)).count == 1)
        #expect(try await open.mailbox.changeFlags(.replace([.seen, .answered]), of: uids(2)).count == 1)
        #expect(scratch.entries("cur").filter { $0.hasSuffix(":2,RS") }.count == 1)
        let expected: [Set<Flag>] = [[.flagged, keyword], [.seen, .answered], [.flagged, .draft, keyword]]
        #expect(try await other.contents().map(\.flags) == expected)
        #expect(try await scratch.account().contents().map(\.flags) == expected)
    }

    @Test func conditionalChangesLeaveNewerMessagesAlone() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.add(2)
        let open = try await account.open(.inbox, .readWrite)
        let mailbox = try #require(open.mailbox as? any ConditionalMailbox)
        let before = try #require(open.highestModSequence)
        #expect(try await mailbox.changeFlags(.add([.seen]), of: uids(2)).first?.modSequence ?? before > before)
        let result = try await mailbox.changeFlags(.add([.flagged]), of: uids(1, 2), unchangedSince: before)
        #expect(result.changed.map(\.uid) == [uid(1)])
        #expect(result.refused == uids(2))
    }

    @Test func expungedMessagesAreGoneForGood() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.add(4)
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(1, 2, 3))
        #expect(try await open.mailbox.expunge(uids(2, 3, 4)) == uids(2, 3))
        #expect(scratch.entries("cur").count == 2)
        await #expect(throws: StoreError.expunged) { try await open.mailbox.body(of: uid(2)) }
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(4))
        #expect(try await open.mailbox.expunge(everyUID) == uids(1, 4))
        let again = try await scratch.account()
        #expect(try await again.status(of: .inbox).uidNext == uid(5))
        #expect(try await again.add(1).uids == uids(5))
    }

    @Test func changesSinceATokenSurviveARestart() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.add(5)
        let open = try await account.open(.inbox, .readWrite)
        let token = open.token
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(2, 4))
        _ = try await open.mailbox.expunge(uids(2))
        try await account.add(1)
        let expected = ChangeSummary(appeared: uids(6), vanished: uids(2), flagsChanged: uids(4))
        #expect(ChangeSummary(try await open.mailbox.changes(since: token)) == expected)
        let later = try await scratch.account().open(.inbox, .readOnly)
        #expect(ChangeSummary(try await later.mailbox.changes(since: token)) == expected)
        #expect(ChangeSummary(try await later.mailbox.changes(since: later.token)) == ChangeSummary())
        let forgetful = try await scratch.account(historyLimit: 1).open(.inbox, .readOnly)
        #expect(ChangeSummary(try await forgetful.mailbox.changes(since: token)).unknown == uids(1, 3, 4, 5, 6))
    }

    @Test func recentMessagesAreClaimedOnce() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.add(2)
        try scratch.deliver("a: b\n\n", as: "1.a.host")
        #expect(try await account.status(of: .inbox).recent == 3)
        #expect(try await account.open(.inbox, .readOnly).recent == uids(1, 2, 3))
        #expect(scratch.entries("new").count == 1)
        let first = try await account.open(.inbox, .readWrite)
        #expect(first.recent == uids(1, 2, 3))
        #expect(scratch.entries("new").isEmpty)
        let other = try await scratch.account()
        #expect(try await other.open(.inbox, .readWrite).recent.isEmpty)
        try await other.add(1)
        #expect(try await first.mailbox.claimRecent() == uids(4))
        #expect(try await other.open(.inbox, .readWrite).recent.isEmpty)
    }

    @Test func messagesAreCopiedAllOrNone() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let (target, keyword) = (try mailbox("A/B"), try flag("k"))
        try await account.create(target)
        try await account.add(["a: 1\r\n\r\n", "a: 2\r\n\r\n"], flags: [.seen, keyword], digest: MessageDigest([7]))
        let open = try await account.open(.inbox, .readOnly)
        let copied = try await open.mailbox.copy(uids(1, 2), to: target)
        #expect(copied.source == uids(1, 2) && copied.destination == uids(1, 2))
        #expect(copied.uidValidity != open.uidValidity)
        await #expect(throws: StoreError.expunged) { try await open.mailbox.copy(uids(1, 3), to: target) }
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.copy(uids(1), to: mailbox("A")) }
        #expect(try await open.mailbox.copy(uids(2), to: .inbox).destination == uids(3))
        let contents = try await scratch.account().contents(of: target)
        #expect(contents.map(\.text) == ["a: 1\r\n\r\n", "a: 2\r\n\r\n"])
        #expect(contents.allSatisfy { $0.flags == [.seen, keyword] })
        let copy = try await account.open(target, .readOnly).mailbox
        #expect(try await copy.messages(uids(2), .digest).first?.digest == MessageDigest([7]))
        #expect(try await account.contents().count == 3)
        #expect(scratch.entries(".A.B/tmp").isEmpty)
    }

    @Test func messagesAreMoved() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let target = try mailbox("A")
        try await account.create(target)
        try await account.add(3)
        let open = try await account.open(.inbox, .readWrite)
        let source = try #require(open.mailbox as? any MovableMailbox)
        let moved = try await source.move(uids(1, 3, 9), to: target)
        #expect(moved.source == uids(1, 3) && moved.destination == uids(1, 2))
        #expect(ChangeSummary(try await source.changes(since: open.token)) == ChangeSummary(vanished: uids(1, 3)))
        #expect(try await source.move(uids(2), to: .inbox).destination == uids(4))
        let again = try await scratch.account()
        #expect(try await again.contents().map(\.text) == ["Subject: 1\r\n\r\nbody 1\r\n"])
        #expect(try await again.contents(of: target).map(\.text.utf8.count) == [22, 22])
        let reader = try await account.open(target, .readOnly).mailbox
        await #expect(throws: StoreError.noPermission) {
            try await (reader as? any MovableMailbox)?.move(uids(1), to: .inbox)
        }
    }

    @Test func aMailboxThatChangesMuchKeepsAShortIndex() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account(historyLimit: 20)
        try await account.add(3)
        let open = try await account.open(.inbox, .readWrite)
        let keywords = try (0..<8).map { try flag("keyword-of-some-length-\($0)") }
        for round in 0..<2000 {
            let change = FlagChange.replace(keywords.enumerated().filter { round >> $0.offset & 1 == 1 }.map(\.element))
            try await open.mailbox.changeFlags(change, of: uids(1, 3))
        }
        #expect(try #require(scratch.read("imap-index")).count < 70_000)
        let again = try await scratch.account().open(.inbox, .readOnly)
        #expect(
            try await again.mailbox.messages(everyUID, [.flags, .modSequence])
                == open.mailbox.messages(everyUID, [.flags, .modSequence]))
        #expect(again.highestModSequence?.rawValue ?? 0 > 2000)
        #expect(again.uidValidity == open.uidValidity)
    }
}
