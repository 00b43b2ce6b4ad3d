import Foundation
import IMAPHost
import IMAPTypes

// listing: folder
/// What the sidecar keeps of one message.
struct StoredMessage: Codable, Sendable {
    var uid: UInt32 = 0
    var file: String
    /// In CRLF form.
    var size: UInt64 = 0
    /// Whether every line of the file ends in CRLF.
    var isCanonical = true
    var flags: [String] = []
    /// Year, month, day, hour, minute, second, minutes east of UTC.
    var date: [Int] = []
    var isRecent = true
    /// The change counter when it came, and when it changed last: its modification sequence.
    var cameAt: UInt64 = 0
    var changedAt: UInt64 = 0
    var digest: Data?
}

/// The sidecar of one mailbox. Replacing it is the commit point of every change.
struct FolderIndex: Codable, Sendable {
    var uidValidity: UInt32
    var uidNext: UInt32 = 1
    /// Grows with every change.
    var counter: UInt64 = 1
    /// Ascending by UID.
    var messages: [StoredMessage] = []
}
// listing: end

/// A message that went.
struct VanishedMessage: Sendable {
    let uid: UID
    let cameAt: UInt64
    let wentAt: UInt64
}

/// One mailbox: its sidecar, and the expunges that this process has seen.
struct Folder: Sendable {
    static let sidecar = ".mailbox.json"
    static let vanishedLimit = 10_000

    var directory: URL
    var index: FolderIndex
    /// Ascending by when they went.
    var vanished: [VanishedMessage] = []
    /// Tokens below this one are not answered in full.
    var knownSince: UInt64

    /// Reads one, or makes one: a directory without a sidecar is somebody else's.
    init(at directory: URL, newUIDValidity: () throws -> UInt32) throws {
        let sidecar = directory.appendingPathComponent(Folder.sidecar)
        let isThere = FileManager.default.fileExists(atPath: sidecar.path)
        self.directory = directory
        index =
            isThere
            ? try JSONDecoder().decode(FolderIndex.self, from: Data(contentsOf: sidecar))
            : FolderIndex(uidValidity: try newUIDValidity())
        knownSince = index.counter
        guard !isThere else { return }
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try save()
    }

    func save() throws {
        try Disk.replace(directory.appendingPathComponent(Folder.sidecar), with: try JSONEncoder().encode(index))
    }

    func url(_ message: StoredMessage) -> URL { directory.appendingPathComponent(message.file) }

    var uids: UIDSet { UIDSet(index.messages.compactMap { UID($0.uid) }) }
    var recent: UIDSet { UIDSet(index.messages.lazy.filter(\.isRecent).compactMap { UID($0.uid) }) }
    var uidNext: UID { UID(index.uidNext) ?? .first }
    var uidValidity: UIDValidity? { UIDValidity(index.uidValidity) }
    var token: ChangeToken { ChangeToken(index.counter) }
    var highestModSequence: ModSequence { ModSequence(index.counter) ?? .zero }

    // MARK: Changes, in memory until `save`

    /// Puts a message in, and gives its UID.
    mutating func add(_ message: StoredMessage) throws(StoreError) -> UID {
        guard let uid = UID(index.uidNext), index.uidNext < .max else { throw .limit }
        var message = message
        index.counter += 1
        message.uid = index.uidNext
        message.isRecent = true
        message.cameAt = index.counter
        message.changedAt = index.counter
        index.uidNext += 1
        index.messages.append(message)
        return uid
    }

    /// Takes messages out. Their files are still there.
    mutating func remove(_ isGone: (StoredMessage) -> Bool) -> [StoredMessage] {
        let gone = index.messages.filter(isGone)
        guard !gone.isEmpty else { return [] }
        index.counter += 1
        index.messages.removeAll(where: isGone)
        vanished += gone.compactMap { message in
            UID(message.uid).map { VanishedMessage(uid: $0, cameAt: message.cameAt, wentAt: index.counter) }
        }
        if vanished.count > Folder.vanishedLimit {
            let dropped = vanished.count - Folder.vanishedLimit
            knownSince = vanished[dropped - 1].wentAt
            vanished.removeFirst(dropped)
        }
        return gone
    }

    /// Takes the recent messages for one session.
    mutating func claimRecent() -> UIDSet {
        let claimed = recent
        for place in index.messages.indices { index.messages[place].isRecent = false }
        return claimed
    }

    // listing: changes
    /// What happened since a token: in full while this process remembers, and as all there is otherwise.
    func changes(since token: ChangeToken) -> Changes {
        let since = token.rawValue
        guard since >= knownSince, since <= index.counter else { return .unknown(uids: uids, token: self.token) }
        guard since < index.counter else { return .none }
        let came = index.messages.filter { $0.cameAt > since }
        let changed = index.messages.filter { $0.changedAt > since && $0.cameAt <= since }
        let went = vanished.filter { $0.wentAt > since && $0.cameAt <= since }
        return .some(
            appeared: UIDSet(came.compactMap { UID($0.uid) }), vanished: UIDSet(went.map(\.uid)),
            flagsChanged: UIDSet(changed.compactMap { UID($0.uid) }), token: self.token)
    }
    // listing: end

    // MARK: What others do to the directory

    /// Looks for files that came and went. Returns whether anything did.
    mutating func scan() throws -> Bool {
        let files = Set(
            try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasSuffix(".eml") })
        let known = Set(index.messages.map(\.file))
        let before = index.counter
        _ = remove { !files.contains($0.file) }
        for file in files.subtracting(known).sorted() {
            let url = directory.appendingPathComponent(file)
            // One of ours that is not in the sidecar was never committed.
            guard !FileName.isOurs(file) else {
                try FileManager.default.removeItem(at: url)
                continue
            }
            let octets = [UInt8](try Data(contentsOf: url))
            var lines = CanonicalLines()
            let size = lines.convert(octets).count
            let modified = try FileManager.default.attributesOfItem(atPath: url.path)[.modificationDate] as? Date
            let seconds = Int64((modified ?? Date()).timeIntervalSince1970)
            _ = try add(
                StoredMessage(
                    file: file, size: UInt64(size), isCanonical: size == octets.count,
                    date: InternalDate(secondsSince1970: seconds).parts))
        }
        guard index.counter != before else { return false }
        try save()
        return true
    }
}

extension StoredMessage {
    var flagSet: [Flag] { flags.compactMap { Flag($0) } }

    var record: MessageRecord? {
        guard let uid = UID(uid) else { return nil }
        return MessageRecord(
            uid: uid, flags: flagSet, internalDate: InternalDate(parts: date), size: size,
            modSequence: ModSequence(changedAt), digest: digest.map { MessageDigest([UInt8]($0)) })
    }
}

extension InternalDate {
    var parts: [Int] { [year, month, day, hour, minute, second, zoneMinutes] }

    init?(parts: [Int]) {
        guard parts.count == 7 else { return nil }
        self.init(
            year: parts[0], month: parts[1], day: parts[2], hour: parts[3], minute: parts[4], second: parts[5],
            zoneMinutes: parts[6])
    }
}
