import Glibc
import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

@Suite("Maildir: other programs at work")
struct OtherProgramsTests {
    @Test func whatOthersDeliverGetsUIDsInTheOrderOfItsNames() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let open = try await account.open(.inbox, .readWrite)
        try scratch.deliver("a: 2\n\n", as: "200.M1P1.host")
        try scratch.deliver("a: 1\n\n", as: "199.M1P1.host,S=6")
        try scratch.deliver("a: 3\r\n\r\n", as: "no time\n\u{1}")
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(changes) == ChangeSummary(appeared: uids(1, 2, 3)))
        let contents = try await account.contents()
        #expect(contents.map(\.text) == ["a: 1\r\n\r\n", "a: 2\r\n\r\n", "a: 3\r\n\r\n"])
        #expect(contents.allSatisfy { $0.flags.isEmpty })
        // A message of `new` with a flag has to be in `cur`.
        try await open.mailbox.changeFlags(.add([.seen]), of: uids(1))
        #expect(scratch.entries("cur") == ["199.M1P1.host,S=6:2,S"])
        #expect(try await open.mailbox.claimRecent() == uids(1, 2, 3))
        #expect(scratch.entries("new").isEmpty)
        #expect(try await scratch.account().contents().map(\.uid) == [1, 2, 3])
    }

    @Test func whatOthersFlagAndRemoveIsAChange() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.add(4)
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([flag("k")]), of: uids(1))
        let token = try await account.open(.inbox, .readOnly).token
        let before = try #require(try await open.mailbox.messages(uids(4), .modSequence).first?.modSequence)
        let names = scratch.entries("cur")
        #expect(names.count == 4)
        scratch.rename("cur/\(names[0])", to: "cur/\(names[0])Pab")
        scratch.rename("cur/\(names[1])", to: "cur/\(names[1])FS")
        scratch.remove("cur/\(names[2])")
        let base = String(names[3].prefix { $0 != ":" })
        scratch.rename("cur/\(names[3])", to: "cur/\(base)")
        let changes = try await open.mailbox.changes(since: token)
        #expect(ChangeSummary(changes) == ChangeSummary(vanished: uids(3), flagsChanged: uids(2)))
        #expect(try await account.contents().map(\.flags) == [[try flag("k")], [.flagged, .seen], []])
        #expect(try await open.mailbox.messages(uids(4), .modSequence).first?.modSequence == before)
        // Letters that are not ours stay; a name without flags gets some.
        try await open.mailbox.changeFlags(.add([.answered]), of: uids(1, 4))
        #expect(scratch.entries("cur").contains("\(names[0])PRab"))
        #expect(scratch.entries("cur").contains("\(base):2,R"))
    }

    @Test func aFileThatWasRenamedSinceIsFound() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.add(["a: \(String(repeating: "x", count: 100_000))\r\n\r\n", "b: c\r\n\r\n"])
        let open = try await account.open(.inbox, .readWrite)
        let body = try await open.mailbox.body(of: uid(1))
        let names = scratch.entries("cur")
        for name in names { scratch.rename("cur/\(name)", to: "cur/\(name)S") }
        #expect(try await open.mailbox.text(of: uid(2)) == "b: c\r\n\r\n")
        #expect(try await open.mailbox.flags(of: uid(2)) == [.seen])
        for name in names { scratch.rename("cur/\(name)S", to: "cur/\(name)FS") }
        let changed = try await open.mailbox.changeFlags(.add([.draft]), of: uids(1, 2))
        #expect(changed.map { Set($0.flags ?? []) } == [[.draft, .flagged, .seen], [.draft, .flagged, .seen]])
        #expect(scratch.entries("cur").allSatisfy { $0.hasSuffix(":2,DFS") })
        for name in scratch.entries("cur") { scratch.remove("cur/\(name)") }
        // A long message that is being read can be read on; a new reading finds it gone.
        #expect(try await octets(of: body, step: 50_000).count == 100_007)
        await #expect(throws: StoreError.expunged) { try await open.mailbox.body(of: uid(1)) }
        #expect(try await open.mailbox.changeFlags(.add([.deleted]), of: everyUID).isEmpty)
    }

    @Test func whatIsNoMessageIsLeftAlone() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try scratch.write("secret", to: "../outside")
        #expect(symlink("../../../outside", scratch.file("cur/1.link.host:2,")) == 0)
        #expect(mkdir(scratch.file("cur/2.directory.host:2,"), 0o700) == 0)
        #expect(mkfifo(scratch.file("new/3.pipe.host"), 0o600) == 0)
        try scratch.write("x", to: "new/.hidden")
        try scratch.deliver("a: b\n\n", as: "4.message.host")
        #expect(try await account.contents().map(\.text) == ["a: b\r\n\r\n"])
        #expect(scratch.entries("cur").count == 2 && scratch.entries("new").count == 3)
    }

    @Test func twoFilesOfOneBaseAreTwoMessages() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try scratch.write("a: 1\n\n", to: "cur/1.a.host:2,")
        try scratch.write("a: 2\n\n", to: "cur/1.a.host:2,S")
        try scratch.write("a: 3\n\n", to: "cur/2.a.host:2,")
        #expect(link(scratch.file("cur/2.a.host:2,"), scratch.file("cur/2.a.host:2,F")) == 0)
        #expect(try await account.contents().map(\.text).sorted() == ["a: 1\r\n\r\n", "a: 2\r\n\r\n", "a: 3\r\n\r\n"])
        #expect(scratch.entries("cur").count == 3)
        #expect(try await scratch.account().contents().count == 3)
    }

    @Test func aMaildirMadeByOthersIsTakenAsItIs() async throws {
        let scratch = try Scratch()
        #expect(mkdir(scratch.path + "/alice", 0o700) == 0)
        for directory in [".", ".Sent", ".Sent.2024"] {
            if directory != "." { #expect(mkdir(scratch.file(directory), 0o700) == 0) }
            for name in ["cur", "new", "tmp"] { #expect(mkdir(scratch.file("\(directory)/\(name)"), 0o700) == 0) }
            for number in 0..<20 {
                try scratch.write("n: \(number)\n\n", to: "\(directory)/cur/\(100 + number).x.host,W=99:2,S")
            }
        }
        let account = try await scratch.account()
        #expect(Set(try await account.mailboxes().map(\.name.description)) == ["INBOX", "Sent", "Sent/2024"])
        let contents = try await account.contents(of: mailbox("Sent/2024"))
        #expect(contents.map(\.text) == (0..<20).map { "n: \($0)\r\n\r\n" })
        #expect(contents.allSatisfy { $0.flags == [.seen] })
        let validity = try await account.status(of: mailbox("Sent")).uidValidity
        #expect(try await scratch.account().status(of: mailbox("Sent")).uidValidity == validity)
    }

    @Test func aSessionIsWokenByWhatOthersDo() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.create(mailbox("A"))
        let open = try await account.open(mailbox("A"), .readWrite)
        let recorder = WakeRecorder()
        try await account.watch(Wake(recorder))
        try scratch.deliver("a: b\n\n", as: "1.a.host", to: ".A")
        #expect(try await eventually { recorder.take().contains(try mailbox("A")) })
        try scratch.deliver("a: b\n\n", as: "1.a.host")
        #expect(try await eventually { recorder.take().contains(.inbox) })
        // Another process.
        let other = try await scratch.account()
        try await other.add(1, to: mailbox("A"))
        #expect(try await eventually { recorder.take().contains(try mailbox("A")) })
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(changes) == ChangeSummary(appeared: uids(1, 2)))
        try await other.delete(mailbox("A"))
        #expect(try await eventually { recorder.take().contains(try mailbox("A")) })
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.changes(since: open.token) }
    }

    @Test func aSessionIsWokenForAMailboxThatWasRenamed() async throws {
        let scratch = try Scratch()
        let store = scratch.store()
        let account = try await store.account(of: alice)
        try await account.create(mailbox("A"))
        let open = try await account.open(mailbox("A"), .readWrite)
        let recorder = WakeRecorder()
        try await account.watch(Wake(recorder))
        let bob = try await store.account(of: UserIdentity(name: Array("bob".utf8)))
        let other = WakeRecorder()
        try await bob.watch(Wake(other))
        try await account.rename(mailbox("A"), to: mailbox("B"))
        #expect(recorder.take().contains(try mailbox("A")))
        try scratch.deliver("a: b\n\n", as: "1.a.host", to: ".B")
        #expect(try await eventually { recorder.take().contains(try mailbox("A")) })
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(changes) == ChangeSummary(appeared: uids(1)))
        #expect(other.take() == [])
    }

    /// Whether `condition` becomes true, in as long as a busy machine may need.
    private func eventually(_ condition: () throws -> Bool) async throws -> Bool {
        for _ in 0..<12_000 {
            if try condition() { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    /// A delivery that leaves the directory's time as it was when we looked, as happens within one tick of a file
    /// system's clock, is told all the same, to a session that asks for nothing: IDLE.
    @Test func aDeliveryWithinTheTickOfALookIsTold() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        let recorder = WakeRecorder()
        try await account.watch(Wake(recorder))
        try scratch.write("a: b\n\n", to: "tmp/1.a.host")
        // Something happened there just now.
        #expect(utimensat(AT_FDCWD, scratch.file("new"), nil, 0) == 0)
        let open = try await account.open(.inbox, .readWrite)
        _ = recorder.take()
        var before = stat()
        #expect(stat(scratch.file("new"), &before) == 0)
        #expect(Glibc.rename(scratch.file("tmp/1.a.host"), scratch.file("new/1.a.host")) == 0)
        #expect(utimensat(AT_FDCWD, scratch.file("new"), [before.st_atim, before.st_mtim], 0) == 0)
        #expect(try await eventually { recorder.take().contains(.inbox) })
        #expect(
            ChangeSummary(try await open.mailbox.changes(since: open.token)) == ChangeSummary(appeared: uids(1)))
    }

    /// Whoever delivers under a name that is taken does not put another message in the place of one that clients know.
    @Test func aSecondFileOfABaseIsAMessageOfItsOwn() async throws {
        for (first, second) in [("new/1.a", "cur/1.a:2,S"), ("cur/1.a:2,S", "new/1.a"), ("cur/1.a:2,S", "cur/1.a:2,F")]
        {
            for text in ["a: other\r\n\r\n", "a: 1\r\n\r\n!"] {
                let scratch = try Scratch()
                let account = try await scratch.account()
                try scratch.write("a: first\r\n\r\n", to: first)
                let open = try await account.open(.inbox, .readOnly)
                #expect(open.uids == uids(1))
                try scratch.write(text, to: second)
                _ = try await open.mailbox.changes(since: open.token)
                #expect(try await account.contents().map(\.text) == ["a: first\r\n\r\n", text], "\(first), \(second)")
                #expect(try await scratch.account().contents().map(\.uid) == [1, 2])
            }
        }
    }

    /// A file's name has 255 octets at most, flags among them.
    @Test func aMessageWithALongNameGetsFlags() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        for (index, length) in [255, 240, 200].enumerated() {
            let name = "\(index)." + String(repeating: "x", count: length - 2)
            try scratch.deliver("a: \(length)\r\n\r\n", as: name)
        }
        try scratch.write("a: c\r\n\r\n", to: "cur/3." + String(repeating: "x", count: 247) + ":2,FPa")
        let open = try await account.open(.inbox, .readWrite)
        #expect(open.uids == uids(1, 2, 3, 4))
        try await open.mailbox.changeFlags(.add([.seen, .answered, .draft, flag("k")]), of: open.uids)
        for account in [account, try await scratch.account()] {
            let contents = try await account.contents()
            #expect(contents.map(\.text) == ["a: 255\r\n\r\n", "a: 240\r\n\r\n", "a: 200\r\n\r\n", "a: c\r\n\r\n"])
            for (content, more) in zip(contents, [[], [], [], [.flagged]] as [[Flag]]) {
                #expect(content.flags == Set(try [.seen, .answered, .draft, flag("k")] + more))
            }
        }
        #expect(scratch.entries("cur").contains { $0.hasSuffix(":2,DFPRSa") })
        try await open.mailbox.changeFlags(.add([.deleted]), of: open.uids)
        #expect(try await open.mailbox.expunge(open.uids) == open.uids)
        #expect(scratch.entries("cur").isEmpty && scratch.entries("new").isEmpty)
    }

    /// A user whose mail is removed while a session lasts has an empty mailbox with the next one.
    @Test func mailThatIsRemovedAsAWholeIsMadeAnew() async throws {
        let scratch = try Scratch()
        let store = scratch.store()
        let account = try await store.account(of: alice)
        try await account.add(1)
        let open = try await account.open(.inbox, .readWrite)
        Scratch.remove(scratch.file(""))
        await #expect(throws: StoreError.self) { try await open.mailbox.changes(since: open.token) }
        let other = try await store.account(of: alice)
        #expect(try await other.contents() == [])
        try await other.add(1)
        #expect(try await account.status(of: .inbox).messages == 1)
        await #expect(throws: StoreError.nonExistent) { try await open.mailbox.body(of: uid(1)) }
    }

    /// Nobody writes into the other end, and whoever opened one to read it would wait for ever.
    @Test(.timeLimit(.minutes(30))) func aPipeInAFilesPlaceIsNotWaitedFor() async throws {
        let scratch = try Scratch()
        let account = try await scratch.account()
        try await account.add([String(repeating: "a: b\r\n", count: 20_000), "c: d\r\n\r\n"])
        let open = try await account.open(.inbox, .readWrite)
        for name in ["subscriptions", "imap-journal", "imap-digests"] {
            rename(scratch.file(name), scratch.file("away"))
            #expect(mkfifo(scratch.file(name), 0o600) == 0)
            _ = try? await account.mailboxes()
            _ = try? await account.create(mailbox("new"))
            #expect(try await open.mailbox.text(of: uid(2)) == "c: d\r\n\r\n", "\(name)")
            unlink(scratch.file(name))
            rename(scratch.file("away"), scratch.file(name))
        }
        let name = try #require(scratch.entries("cur").first)
        unlink(scratch.file("cur/\(name)"))
        #expect(mkfifo(scratch.file("cur/\(name)"), 0o600) == 0)
        await #expect(throws: StoreError.expunged) { try await open.mailbox.body(of: uid(1)) }
        #expect(try await open.mailbox.text(of: uid(2)) == "c: d\r\n\r\n")
    }
}
