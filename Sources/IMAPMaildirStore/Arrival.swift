import IMAPHost
import IMAPTypes

/// A message whose file lies in a mailbox's `tmp` and lasts there, on its way into the mailbox.
struct Arrival: Sendable {
    /// The name in `tmp`, and the beginning of its final name.
    let temporaryName: [UInt8]
    var flags: [Flag]
    var date: UInt64
    var size: UInt64
    var fileSize: UInt64
    var digest: ArrivedDigest?
    /// Where it was first, if it is a copy.
    var origin: MessageOrigin?

    /// With the sizes as other maildir programs look for them.
    var base: [UInt8] { temporaryName + Array(",S=\(fileSize),W=\(size)".utf8) }
}

/// Rows of the flag table for keywords that a change needs.
struct KeywordPlan {
    private var table: FlagTable
    private var used: FlagBits = 0
    private(set) var operations: [IndexOperation] = []

    init(_ table: FlagTable) { self.table = table }

    /// The bits of `flags`; unknown keywords get a row, unknown backslash flags are left out. Throws
    /// ``StoreError/limit`` when no row is free.
    mutating func bits(_ flags: [Flag]) throws(Failure) -> FlagBits {
        var bits: FlagBits = 0
        for flag in flags {
            if let row = table.row(of: flag) {
                bits |= 1 << FlagBits(row)
            } else if !flag.isSystem {
                guard let row = table.row(forNew: flag, reserved: used | bits) else { throw .refused(.limit) }
                try table.set(flag, at: row)
                operations.append(.keyword(flag, row: row))
                bits |= 1 << FlagBits(row)
            }
        }
        used |= bits
        return bits
    }
}

extension MailboxFolder {
    private var temporary: Path { path.entry("tmp") }

    func temporaryPath(_ name: [UInt8]) -> Path { temporary.entry(name) }

    /// Puts messages into the mailbox, all or none, with ascending UIDs. The record in the index is the moment at
    /// which they are there; what is left to do then is done by whoever looks next, should this process die.
    ///
    /// `removing` are messages of this mailbox that go in the same moment.
    func deliver(_ arrivals: [Arrival], removing: UIDSet = UIDSet()) throws(Failure) -> UIDSet {
        var plan = KeywordPlan(table.flagTable)
        let modSequence = try nextModSequence()
        guard UInt64(table.uidNext.rawValue) + UInt64(arrivals.count) < UInt64(UInt32.max) else {
            throw .refused(.limit)
        }
        var messages: [IndexedMessage] = []
        var digests: [(uid: UID, digest: ArrivedDigest)] = []
        var origins: [IndexOperation] = []
        var uid = table.uidNext
        for arrival in arrivals {
            messages.append(
                IndexedMessage(
                    uid: uid, flags: try plan.bits(arrival.flags), modSequence: modSequence, date: arrival.date,
                    size: arrival.size, fileSize: arrival.fileSize, base: arrival.base))
            if let digest = arrival.digest { digests.append((uid, digest)) }
            if let origin = arrival.origin { origins.append(.origin(uid, origin)) }
            uid = uid.next ?? uid
        }
        let places = DigestFile(in: path, files).add(digests)
        for index in messages.indices { messages[index].digest = places[messages[index].uid] }
        try files.syncDirectory(temporary)
        var operations = plan.operations
        if !messages.isEmpty { operations.append(.appeared(messages)) }
        operations += origins
        let removedRows = table.indices(of: removing).map { table.rows[$0] }
        if !removing.isEmpty { operations.append(.expunged(removing, modSequence: modSequence + 1)) }
        try commit(operations)
        finish(messages)
        removeFiles(of: removedRows)
        return UIDSet(messages.map(\.uid))
    }

    /// Moves the files of messages that are there now from `tmp` to `cur`. Nothing waits until that lasts: the file
    /// lasts in `tmp` and its record in the index, and whoever looks at the directories next does this again.
    private func finish(_ messages: [IndexedMessage]) {
        do throws(Failure) {
            for message in messages {
                let file = MessageFile(base: message.base, flags: message.flags)
                try files.rename(
                    temporaryPath(MessageFile.temporaryName(ofBase: message.base)),
                    to: path.entry("cur").entry(file.name))
            }
            noteOwnChange()
        } catch {
            // They are in the mailbox all the same; the next look at the directories finishes this.
            scanned.forget()
        }
    }

    /// Gives the files of messages of this mailbox second names in the `tmp` of `target`: all of them, or none is left.
    func link(_ rows: [MessageRow], to target: MailboxFolder) throws(Failure) -> [Arrival] {
        var arrivals: [Arrival] = []
        let digests = DigestFile(in: path, files).reader()
        do throws(Failure) {
            for row in rows {
                let name = UniqueName.next()
                let destination = target.temporaryPath(name)
                do throws(Failure) {
                    try files.link(path(of: row), to: destination)
                } catch {
                    // Gone is gone; but a file system without second names, or one with too many, can copy.
                    guard error != .noEntry else { throw error }
                    try copyOctets(path(of: row), to: destination)
                }
                let digest = digests.flatMap { reader in row.digest.map { ArrivedDigest.stored(reader, row.uid, $0) } }
                arrivals.append(
                    Arrival(
                        temporaryName: name, flags: table.flagTable.flags(of: row.flags), date: row.date,
                        size: row.size, fileSize: row.fileSize, digest: digest, origin: table.origin(of: row.uid)))
            }
        } catch {
            target.removeTemporaries(arrivals.map(\.temporaryName))
            throw error
        }
        return arrivals
    }

    private func copyOctets(_ old: Path, to new: Path) throws(Failure) {
        let source = try files.open(old)
        let target = try files.create(new)
        do throws(Failure) {
            var offset: UInt64 = 0
            while true {
                let piece = try files.read(source, at: offset, count: 1 << 16)
                if piece.isEmpty { break }
                try files.write(piece, to: target, at: offset)
                offset += UInt64(piece.count)
            }
            try files.setTime(target, to: files.status(source).changedSeconds)
            try files.sync(target)
        } catch {
            try? files.remove(new)
            throw error
        }
    }

    func removeTemporaries(_ names: [[UInt8]]) {
        for name in names { try? files.remove(temporaryPath(name)) }
    }
}
