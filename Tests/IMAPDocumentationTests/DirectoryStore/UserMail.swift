import Foundation
import IMAPHost
import IMAPTypes

/// What the user's sidecar keeps.
struct UserRecord: Codable, Sendable {
    var lastUIDValidity: UInt32
    var subscriptions: [String] = []
}

/// One session: how it is woken, and the mailboxes it has open.
struct Session {
    var wake: Wake?
    var handles: Set<UInt64> = []
}

/// What an open mailbox remembers: which mailbox it was, and for whom.
struct Handle: Sendable {
    let session: UInt64
    let number: UInt64
    let name: MailboxName
    let uidValidity: UInt32
    let access: MailboxAccess
}

/// All mail of one user, for all sessions. No method awaits anything, so each is one step.
actor UserMail {
    static let separator = UInt8(ascii: "/")

    let directory: URL
    let executor = DiskExecutor()
    var record = UserRecord(lastUIDValidity: 0)
    var folders: [MailboxName: Folder] = [:]
    var sessions: [UInt64: Session] = [:]
    private var isLoaded = false
    private var lastNumber: UInt64 = 0

    init(_ directory: URL) { self.directory = directory }

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    var staging: URL { directory.appendingPathComponent(".staging") }
    private var sidecar: URL { directory.appendingPathComponent(".user.json") }

    // MARK: Beginning and end

    // listing: close
    func beginSession() throws(StoreError) -> UInt64 {
        try load()
        let number = nextNumber()
        sessions[number] = Session()
        return number
    }

    func watch(_ wake: Wake, _ session: UInt64) throws(StoreError) {
        try check(session)
        sessions[session]?.wake = wake
    }

    /// Nothing of the session is left: each call asks for it first.
    func endSession(_ session: UInt64) { sessions[session] = nil }

    func close(_ handle: Handle) throws(StoreError) {
        _ = try folder(of: handle)
        sessions[handle.session]?.handles.remove(handle.number)
    }

    func check(_ session: UInt64) throws(StoreError) {
        guard sessions[session] != nil else { throw .unavailable }
    }

    /// The mailbox of a handle, if the handle is open and the mailbox still the one it was opened for.
    func folder(of handle: Handle) throws(StoreError) -> Folder {
        guard let session = sessions[handle.session], session.handles.contains(handle.number) else {
            throw .unavailable
        }
        guard let folder = folders[handle.name], folder.index.uidValidity == handle.uidValidity else {
            throw .nonExistent
        }
        return folder
    }

    /// The same, to change it.
    func writableFolder(of handle: Handle) throws(StoreError) -> Folder {
        let folder = try folder(of: handle)
        guard handle.access == .readWrite else { throw .noPermission }
        return folder
    }
    // listing: end

    func nextNumber() -> UInt64 {
        lastNumber += 1
        return lastNumber
    }

    private func load() throws(StoreError) {
        guard !isLoaded else { return }
        try disk {
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            // Of an earlier process: never committed.
            try? FileManager.default.removeItem(at: staging)
            try FileManager.default.createDirectory(at: staging, withIntermediateDirectories: true)
            record =
                FileManager.default.fileExists(atPath: sidecar.path)
                ? try JSONDecoder().decode(UserRecord.self, from: Data(contentsOf: sidecar))
                : UserRecord(lastUIDValidity: UInt32(clamping: Int(Date().timeIntervalSince1970)))
            for file in try FileManager.default.contentsOfDirectory(atPath: directory.path) {
                guard let name = FileName.decode(file).flatMap({ MailboxName($0) }) else { continue }
                var folder = try Folder(
                    at: directory.appendingPathComponent(file), newUIDValidity: newUIDValidity)
                _ = try folder.scan()
                folders[name] = folder
            }
        }
        if folders[.inbox] == nil { try make(.inbox) }
        isLoaded = true
    }

    // MARK: Names

    func entries(_ session: UInt64) throws(StoreError) -> [MailboxEntry] {
        try check(session)
        let subscribed = Set(record.subscriptions.compactMap { MailboxName($0) })
        let mailboxes = folders.keys.map { MailboxEntry($0, isSubscribed: subscribed.contains($0)) }
        let absent = subscribed.filter { folders[$0] == nil }
        return mailboxes + absent.map { MailboxEntry($0, attributes: [.nonExistent], isSubscribed: true) }
    }

    func create(_ name: MailboxName, _ session: UInt64) throws(StoreError) {
        try check(session)
        guard folders[name] == nil else { throw .alreadyExists }
        try make(name)
    }

    /// A mailbox appears whole: it is made in the staging directory and moved into its place.
    private func make(_ name: MailboxName) throws(StoreError) {
        let place = try place(of: name)
        folders[name] = try disk {
            let new = staging.appendingPathComponent(UUID().uuidString)
            var folder = try Folder(at: new, newUIDValidity: newUIDValidity)
            try FileManager.default.moveItem(at: new, to: place)
            folder.directory = place
            return folder
        }
        mark(name)
    }

    func delete(_ name: MailboxName, _ session: UInt64) throws(StoreError) {
        try check(session)
        guard !name.isInbox else { throw .cannot }
        guard let folder = folders[name] else { throw .nonExistent }
        let gone = staging.appendingPathComponent(UUID().uuidString)
        try disk { try FileManager.default.moveItem(at: folder.directory, to: gone) }
        folders[name] = nil
        mark(name)
        try? FileManager.default.removeItem(at: gone)
    }

    func rename(_ name: MailboxName, to newName: MailboxName, _ session: UInt64) throws(StoreError) {
        try check(session)
        guard folders[name] != nil else { throw .nonExistent }
        guard !name.isInbox else { return try emptyInbox(into: newName) }
        var moves: [(from: MailboxName, to: MailboxName, place: URL)] = []
        for from in folders.keys where from == name || from.octets.starts(with: name.octets + [UserMail.separator]) {
            guard let to = MailboxName(newName.octets + from.octets.dropFirst(name.octets.count)) else { throw .cannot }
            guard folders[to] == nil else { throw .alreadyExists }
            moves.append((from, to, try place(of: to)))
        }
        var done: [(from: URL, to: URL)] = []
        var renamed: [MailboxName: Folder] = [:]
        do {
            for move in moves {
                guard var folder = folders[move.from] else { continue }
                try FileManager.default.moveItem(at: folder.directory, to: move.place)
                done.append((folder.directory, move.place))
                folder.directory = move.place
                folder.index.uidValidity = try newUIDValidity()
                try folder.save()
                renamed[move.to] = folder
            }
        } catch {
            for move in done.reversed() { try? FileManager.default.moveItem(at: move.to, to: move.from) }
            throw .unavailable
        }
        for move in moves { folders[move.from] = nil }
        folders.merge(renamed) { $1 }
        for move in moves {
            mark(move.from)
            mark(move.to)
        }
    }

    private func emptyInbox(into newName: MailboxName) throws(StoreError) {
        guard folders[newName] == nil else { throw .alreadyExists }
        try make(newName)
        guard var inbox = folders[.inbox], var new = folders[newName] else { throw .internalError }
        let all = inbox.index.messages
        _ = try transfer(all, from: inbox, into: &new)
        _ = inbox.remove { _ in true }
        try commit(new, as: newName)
        try commit(inbox, as: .inbox)
        discard(all, of: inbox)
    }

    func subscribe(_ name: MailboxName, _ session: UInt64) throws(StoreError) {
        try check(session)
        guard !record.subscriptions.contains(name.description) else { return }
        record.subscriptions.append(name.description)
        try saveRecord()
    }

    func unsubscribe(_ name: MailboxName, _ session: UInt64) throws(StoreError) {
        try check(session)
        record.subscriptions.removeAll { $0 == name.description }
        try saveRecord()
    }

    // MARK: Common

    private func place(of name: MailboxName) throws(StoreError) -> URL {
        guard let file = FileName.encode(name.octets) else { throw .cannot }
        return directory.appendingPathComponent(file)
    }

    /// Greater than all before it, and kept before it is used.
    private func newUIDValidity() throws(StoreError) -> UInt32 {
        guard record.lastUIDValidity < .max else { throw .limit }
        record.lastUIDValidity += 1
        try saveRecord()
        return record.lastUIDValidity
    }

    private func saveRecord() throws(StoreError) {
        try disk { try Disk.replace(sidecar, with: try JSONEncoder().encode(record)) }
    }

    /// The one way in which a mailbox changes: on the disk, in memory, and told to everyone.
    func commit(_ folder: Folder, as name: MailboxName) throws(StoreError) {
        try disk { try folder.save() }
        folders[name] = folder
        mark(name)
    }

    func mark(_ name: MailboxName) {
        for session in sessions.values { session.wake?.mark(name) }
    }
}
