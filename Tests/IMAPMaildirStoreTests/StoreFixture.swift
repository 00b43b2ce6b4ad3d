import Glibc
import IMAPHost
import IMAPTypes
import Synchronization
import Testing

@testable import IMAPMaildirStore

/// The user of most tests.
let alice = UserIdentity(name: Array("alice".utf8))

/// The UID of a number that is not 0.
func uid(_ number: UInt32) -> UID { UID(number) ?? .first }

/// The set of some numbers.
func uids(_ numbers: UInt32...) -> UIDSet { UIDSet(numbers.map(uid)) }

/// Every UID there can be.
let everyUID = UIDSet(.first, uid(.max))

/// A mailbox name of the tests' own source code.
func mailbox(_ name: String) throws -> MailboxName { try #require(MailboxName(name)) }

/// A flag of the tests' own source code.
func flag(_ name: String) throws -> Flag { try #require(Flag(name)) }

/// A directory of a test's own, removed at its end.
final class Scratch: Sendable {
    /// The store's directory.
    let path: String

    init() throws {
        let parent = getenv("TMPDIR").map { String(cString: $0) } ?? P_tmpdir
        let template = "\(parent)/maildir-test-" + String(repeating: "X", count: 6)
        path = try #require(
            template.withCString { name -> String? in
                guard let copy = strdup(name) else { return nil }
                defer { free(copy) }
                return mkdtemp(copy).map { String(cString: $0) }
            })
    }

    deinit { Scratch.remove(path) }

    static func remove(_ path: String) {
        for name in entries(path) {
            let child = "\(path)/\(name)"
            if unlink(child) != 0 { remove(child) }
        }
        rmdir(path)
    }

    /// The names in a directory, sorted; none where there is none.
    static func entries(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// A store on this directory: each is to the others as another process.
    func store(steps: any FileSteps = UnobservedSteps(), historyLimit: Int = 10_000) -> MaildirStore {
        MaildirStore(path: path, options: .init(historyLimit: historyLimit), steps: steps)
    }

    func account(steps: any FileSteps = UnobservedSteps(), historyLimit: Int = 10_000) async throws -> any Account {
        try await store(steps: steps, historyLimit: historyLimit).account(of: alice)
    }

    /// A path in alice's directory.
    func file(_ name: String) -> String { "\(path)/alice/\(name)" }

    func entries(_ name: String) -> [String] { Scratch.entries(file(name)) }

    func read(_ name: String) -> [UInt8]? {
        guard let file = fopen(file(name), "r") else { return nil }
        defer { fclose(file) }
        var octets = [UInt8](repeating: 0, count: 1 << 22)
        let count = fread(&octets, 1, octets.count, file)
        return Array(octets[..<count])
    }

    func write(_ octets: [UInt8], to name: String) throws {
        let file = try #require(fopen(file(name), "w"))
        defer { fclose(file) }
        #expect(fwrite(octets, 1, octets.count, file) == octets.count)
        tick(name)
    }

    /// Moves the time of a file's directory on, as if the clock of the file system were a fine one: a store that looked
    /// a moment ago looks again now, and not only some tenths of a second later.
    private func tick(_ name: String) {
        let directory = file(name).split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let path = directory.joined(separator: "/")
        var status = stat()
        guard stat(path, &status) == 0 else { return }
        let nanoseconds = (status.st_mtim.tv_nsec + 1000) % 1_000_000_000
        let time = timespec(tv_sec: status.st_mtim.tv_sec, tv_nsec: nanoseconds)
        #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    }

    func write(_ text: String, to name: String) throws { try write(Array(text.utf8), to: name) }

    func rename(_ old: String, to new: String) {
        #expect(Glibc.rename(file(old), file(new)) == 0)
        tick(new)
    }

    func remove(_ name: String) {
        #expect(unlink(file(name)) == 0)
        tick(name)
    }

    /// Delivers a message as a program does that knows nothing of this one.
    func deliver(_ text: String, as name: String, to mailbox: String = ".") throws {
        let temporary = [mailbox, "tmp", name].joined(separator: "/")
        try write(text, to: temporary)
        rename(temporary, to: [mailbox, "new", name].joined(separator: "/"))
    }
}

extension Account {
    @discardableResult
    func add(
        _ texts: [String], to name: MailboxName = .inbox, flags: [Flag] = [], date: InternalDate? = nil,
        digest: MessageDigest? = nil
    ) async throws -> AppendedMessages {
        let append = try await append(to: name)
        for text in texts {
            try await append.begin(NewMessage(flags: flags, internalDate: date, size: UInt64(text.utf8.count)))
            try await append.write(Array(text.utf8))
            try await append.end(digest)
        }
        return try await append.commit()
    }

    /// Adds that many short messages, each another one.
    @discardableResult
    func add(_ count: Int, to name: MailboxName = .inbox) async throws -> AppendedMessages {
        try await add((0..<count).map { "Subject: \($0)\r\n\r\nbody \($0)\r\n" }, to: name)
    }

    /// What is in a mailbox, seen by a session that claims nothing.
    func contents(of name: MailboxName = .inbox) async throws -> [Content] {
        let open = try await open(name, .readOnly)
        var contents: [Content] = []
        for record in try await open.mailbox.messages(open.uids, [.flags, .size, .modSequence, .internalDate]) {
            let text = try await open.mailbox.text(of: record.uid)
            #expect(record.size == UInt64(text.utf8.count))
            contents.append(Content(uid: record.uid.rawValue, flags: Set(record.flags ?? []), text: text))
        }
        #expect(UIDSet(contents.compactMap { UID($0.uid) }) == open.uids)
        try await open.mailbox.close()
        return contents
    }
}

/// A message as a session sees it.
struct Content: Hashable, Sendable {
    var uid: UInt32
    var flags: Set<Flag>
    var text: String
}

extension Mailbox {
    func text(of uid: UID, step: Int = 1 << 16) async throws -> String {
        String(decoding: try await octets(of: body(of: uid), step: step), as: UTF8.self)
    }

    func flags(of uid: UID) async throws -> Set<Flag>? {
        try await messages(UIDSet(uid), .flags).first.map { Set($0.flags ?? []) }
    }
}

/// All octets of a body, read `step` at a time.
func octets(of body: any MessageBody, step: Int) async throws -> [UInt8] {
    var result: [UInt8] = []
    while true {
        let piece = try await body.read(at: UInt64(result.count), max: step)
        guard !piece.isEmpty else { return result }
        #expect(piece.count <= step)
        result += piece
    }
}

/// What ``Changes`` says, comparable.
struct ChangeSummary: Equatable {
    var appeared = UIDSet()
    var vanished = UIDSet()
    var flagsChanged = UIDSet()
    var unknown: UIDSet?

    init(appeared: UIDSet = UIDSet(), vanished: UIDSet = UIDSet(), flagsChanged: UIDSet = UIDSet()) {
        self.appeared = appeared
        self.vanished = vanished
        self.flagsChanged = flagsChanged
    }

    init(_ changes: Changes) {
        switch changes {
        case .none: break
        case .some(let appeared, let vanished, let flagsChanged, _):
            self = ChangeSummary(appeared: appeared, vanished: vanished, flagsChanged: flagsChanged)
        case .unknown(let uids, _): unknown = uids
        }
    }
}

/// Remembers who was woken.
final class WakeRecorder: WakeReceiver {
    private let woken = Mutex<[MailboxName]>([])

    func wake(_ mailbox: MailboxName) { woken.withLock { $0.append(mailbox) } }

    /// The names since the last call.
    func take() -> [MailboxName] {
        woken.withLock { woken in
            let names = woken
            woken = []
            return names
        }
    }
}
