import Glibc
import IMAPHost
import IMAPTypes
import Synchronization
import Testing

@testable import IMAPMaildirStore

/// A disk that has no room left, while it is full: what needs room fails. A file that is removed makes some.
private final class FullDisk: FileSteps {
    private struct State {
        var isFull = false
        /// How many octets were given back, in files.
        var removed = 0
    }

    private let state = Mutex(State())
    private let givesRoomBack: Bool

    init(givesRoomBack: Bool = true) { self.givesRoomBack = givesRoomBack }

    var splitsWrites: Bool { false }

    func fill() { state.withLock { $0 = State(isFull: true) } }
    func empty() { state.withLock { $0 = State() } }

    func pass(_ step: FileStep) throws(Failure) {
        let fails = state.withLock { state in
            guard state.isFull else { return false }
            switch step {
            case .makeDirectory(let path): return access(path.description, F_OK) != 0
            case .create, .write, .link: return !givesRoomBack || state.removed == 0
            case .remove:
                state.removed += 1
                return false
            case .truncate, .setTime, .sync, .rename, .removeDirectory: return false
            }
        }
        if fails { throw .system(ENOSPC) }
    }
}

@Suite("Maildir: on a full disk")
struct FullDiskTests {
    /// What other programs did cannot be written down, and the mail is there to be read all the same.
    @Test func mailCanBeRead() async throws {
        let scratch = try Scratch()
        let disk = FullDisk(givesRoomBack: false)
        let account = try await scratch.account(steps: disk)
        try await account.add(3)
        try scratch.deliver("a: b\r\n\r\n", as: "1700000000.M1P1.host")
        let names = scratch.entries("cur")
        disk.fill()
        scratch.rename("cur/\(names[0])", to: "cur/\(names[0])S")
        scratch.remove("cur/\(names[2])")
        for _ in 0..<2 {
            let open = try await account.open(.inbox, .readWrite)
            #expect(open.uids == uids(1, 2, 3))
            #expect(open.recent == uids(1, 2, 3))
            #expect(try await open.mailbox.text(of: uid(1)) == "Subject: 0\r\n\r\nbody 0\r\n")
            #expect(try await open.mailbox.text(of: uid(2)) == "Subject: 1\r\n\r\nbody 1\r\n")
            await #expect(throws: StoreError.expunged) { try await open.mailbox.body(of: uid(3)) }
            #expect(ChangeSummary(try await open.mailbox.changes(since: open.token)) == ChangeSummary())
            #expect(try await account.status(of: .inbox).messages == 3)
        }
        await #expect(throws: StoreError.overQuota) { try await account.add(1) }
        // So it is for who opens the store only now.
        #expect(try await scratch.account(steps: disk).open(.inbox, .readOnly).uids == uids(1, 2, 3))
        disk.empty()
        let contents = try await account.contents()
        #expect(contents.map(\.uid) == [1, 2, 4])
        #expect(contents.map(\.flags) == [[.seen], [], []])
        #expect(try await account.add(1).uids == uids(5))
    }

    @Test func whatIsExpungedMakesRoomForTheRecordOfIt() async throws {
        let scratch = try Scratch()
        let disk = FullDisk()
        let account = try await scratch.account(steps: disk)
        try await account.add(3)
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(1, 2))
        disk.fill()
        #expect(try await open.mailbox.expunge(uids(1, 2)) == uids(1, 2))
        #expect(ChangeSummary(try await open.mailbox.changes(since: open.token)).vanished == uids(1, 2))
        #expect(scratch.entries("cur").count == 1)
        disk.empty()
        let other = try await scratch.account()
        #expect(try await other.contents().map(\.uid) == [3])
        #expect(try await other.add(1).uids == uids(4))
    }

    /// Where not even that makes room, they are gone with the next look: nobody was told that they stay.
    @Test func whatIsExpungedWithoutRoomIsGoneLater() async throws {
        let scratch = try Scratch()
        let disk = FullDisk(givesRoomBack: false)
        let account = try await scratch.account(steps: disk)
        try await account.add(3)
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.deleted]), of: uids(1, 2))
        disk.fill()
        await #expect(throws: StoreError.overQuota) { try await open.mailbox.expunge(uids(1, 2)) }
        #expect(try await open.mailbox.text(of: uid(3)) == "Subject: 2\r\n\r\nbody 2\r\n")
        disk.empty()
        #expect(ChangeSummary(try await open.mailbox.changes(since: open.token)).vanished == uids(1, 2))
        #expect(try await account.add(1).uids == uids(4))
    }
}
