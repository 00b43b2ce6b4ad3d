import IMAPHost
import IMAPTypes

/// Looking through `new` and `cur`: what others delivered, removed and flagged becomes a change like any other.
extension MailboxFolder {
    /// A file that was found.
    private struct Found {
        var file: MessageFile
        var isNew: Bool
    }

    private var scannedDirectories: [Path] { [path.entry("new"), path.entry("cur")] }

    private func whenChanged() throws(Failure) -> [Int64] {
        var changed: [Int64] = []
        for directory in scannedDirectories { changed.append(try files.status(directory).changed) }
        return changed
    }

    func scanIsDue() throws(Failure) -> Bool {
        guard let known = scanned.changed else { return true }
        return try whenChanged() != known || scanned.isDue(at: System.now)
    }

    /// Takes our own changes of the directories as seen. Someone else's at the same moment is seen a little later.
    func noteOwnChange() {
        guard scanned.changed != nil else { return }
        scanned.changed = try? whenChanged()
        scanned.isUnsettled = true
    }

    func scan() throws(Failure) {
        let start = System.now
        let changed = try whenChanged()
        var found = try list()
        try finishDeliveries(&found)
        let modSequence = try nextModSequence()
        var operations: [IndexOperation] = []

        let missing = table.rows.filter { found[$0.file.base] == nil }
        if !missing.isEmpty {
            // A file that was renamed meanwhile may have been missed: only what is missing twice is gone.
            found.merge(try list()) { _, new in new }
            let vanished = UIDSet(missing.lazy.filter { found[$0.file.base] == nil }.map(\.uid))
            if !vanished.isEmpty { operations.append(.vanished(vanished, modSequence: modSequence)) }
        }
        var flagged: [FlagBits: [UID]] = [:]
        for (index, row) in table.rows.enumerated() {
            guard let file = found.removeValue(forKey: row.file.base) else { continue }
            setFile(file.file, isNew: file.isNew, at: index)
            let bits = row.flags & ~FlagTable.inName | file.file.flags
            if bits != row.flags { flagged[bits, default: []].append(row.uid) }
        }
        for (bits, uids) in flagged { operations.append(.flags(bits, UIDSet(uids), modSequence: modSequence + 1)) }
        if try removeGhosts(&found) { operations.append(.filesRemoved) }
        let (messages, arrived) = adopt(found, at: modSequence + 2)
        if !messages.isEmpty { operations.append(.appeared(messages)) }
        try commit(operations)
        for (message, file) in zip(messages, arrived) {
            guard let index = table.index(of: message.uid) else { continue }
            setFile(file.file, isNew: file.isNew, at: index)
        }
        scanned.finish(from: start, to: System.now, changed: changed)
    }

    /// What is there, by base: the files of `new` before those of `cur`, so that none that moves is missed.
    private func list() throws(Failure) -> [[UInt8]: Found] {
        var found: [[UInt8]: Found] = [:]
        found.reserveCapacity(table.rows.count)
        // Made when it is asked for: two files of one base are rare.
        lazy var known = Dictionary(table.rows.map { ($0.file.base, $0) }) { first, _ in first }
        for (directory, isNew) in zip(scannedDirectories, [true, false]) {
            for entry in try files.entries(directory) where entry.name.first != ASCII.dot {
                var kind = entry.kind
                if kind == nil { kind = try files.statusIfPresent(directory.entry(entry.name))?.kind }
                guard kind == .file else { continue }
                let new = Found(file: MessageFile(entry.name), isNew: isNew)
                let base = new.file.base
                guard let first = found[base] else {
                    found[base] = new
                    continue
                }
                try resolve(first, new, known[base], &found)
            }
        }
        return found
    }

    private func path(of found: Found) -> Path { scannedDirectories[found.isNew ? 0 : 1].entry(found.file.name) }

    /// Two files of one base: one that was renamed while we looked, two names of one file, or two messages, of which
    /// the one that is the base's `known` message stays it.
    private func resolve(
        _ first: Found, _ second: Found, _ known: MessageRow?, _ found: inout [[UInt8]: Found]
    ) throws(Failure) {
        guard let one = try files.statusIfPresent(path(of: first)) else {
            found[second.file.base] = second
            return
        }
        guard let other = try files.statusIfPresent(path(of: second)) else { return }
        if one.inode == other.inode {
            try files.remove(path(of: first))
            found[second.file.base] = second
        } else {
            // Neither is lost: the other one is a message of its own. Of two that are as like, one of `cur` stays.
            let (old, new) = (likeness(of: first, one.size, to: known), likeness(of: second, other.size, to: known))
            let isSecond = new > old || new == old && first.isNew
            let stranger = isSecond ? first : second
            let renamed = Found(file: MessageFile(base: UniqueName.next(), flags: stranger.file.flags), isNew: false)
            try files.rename(path(of: stranger), to: path(of: renamed))
            found[renamed.file.base] = renamed
            found[second.file.base] = isSecond ? second : first
        }
    }

    /// How much a file of `size` octets is like the message that its base has: not at all, by its size, or in all.
    private func likeness(of file: Found, _ size: UInt64, to known: MessageRow?) -> Int {
        guard let known, known.fileSize == size else { return 0 }
        return known.isNew == file.isNew && known.file == file.file ? 2 : 1
    }

    /// Moves what the index has and `tmp` still holds into `cur`: whoever added it died before.
    private func finishDeliveries(_ found: inout [[UInt8]: Found]) throws(Failure) {
        for row in table.rows where found[row.file.base] == nil {
            let base = row.file.base
            let temporary = path.entry("tmp").entry(MessageFile.temporaryName(ofBase: base))
            guard try files.exists(temporary) else { continue }
            let file = MessageFile(base: base, flags: row.flags)
            try files.rename(temporary, to: path.entry("cur").entry(file.name))
            found[base] = Found(file: file, isNew: false)
        }
    }

    /// Removes the files of messages that were expunged. Returns whether there is a record to be made of it.
    private func removeGhosts(_ found: inout [[UInt8]: Found]) throws(Failure) -> Bool {
        guard !table.ghosts.isEmpty else { return false }
        var isComplete = true
        for base in table.ghosts {
            guard let ghost = found.removeValue(forKey: base) else { continue }
            // One that cannot be removed stays a ghost: it is shown to nobody.
            if (try? files.remove(path(of: ghost))) == nil { isComplete = false }
        }
        // Else one would be back after a loss of power, and a new message, because nothing says any more that it went.
        if isComplete { for directory in scannedDirectories { try files.syncDirectory(directory) } }
        return isComplete
    }

    /// New messages, in the order in which they were delivered. A file that cannot be read waits for the next time.
    private func adopt(_ found: [[UInt8]: Found], at modSequence: UInt64) -> ([IndexedMessage], [Found]) {
        let salvaged = scanned.salvaged
        let arrived = found.values.sorted { a, b in
            // What had a UID before keeps its place.
            if !salvaged.isEmpty {
                let (old, other) = (salvaged[a.file.base]?.uid, salvaged[b.file.base]?.uid)
                guard old == other else { return other.map { other in old.map { $0 < other } ?? false } ?? true }
            }
            return a.file.precedes(b.file)
        }
        var messages: [IndexedMessage] = []
        var adopted: [Found] = []
        var uid = table.uidNext
        for file in arrived {
            guard let next = uid.next, next.rawValue < .max else { break }
            guard let file = try? withRoomForFlags(file), let message = try? message(in: file, uid, at: modSequence)
            else { continue }
            messages.append(message)
            adopted.append(file)
            uid = next
        }
        return (messages, adopted)
    }

    /// The file under a shorter name, where its own has no room for flags.
    private func withRoomForFlags(_ found: Found) throws(Failure) -> Found {
        guard found.file.base.count > MessageFile.longestBase else { return found }
        let base = UniqueName.next()
        let file =
            found.isNew ? MessageFile(base) : MessageFile(base: base, flags: found.file.flags, keeping: found.file)
        let renamed = Found(file: file, isNew: found.isNew)
        try files.rename(path(of: found), to: path(of: renamed))
        return renamed
    }

    private func message(in found: Found, _ uid: UID, at modSequence: UInt64) throws(Failure) -> IndexedMessage {
        let file = try files.open(path(of: found))
        let status = try files.status(file)
        let base = found.file.base
        if let old = scanned.salvaged[base], old.fileSize == status.size {
            let keywords = old.flags & ~FlagTable.inName
            return IndexedMessage(
                uid: uid, flags: found.file.flags | keywords, modSequence: modSequence, date: old.date,
                size: old.size, fileSize: old.fileSize, base: base)
        }
        return IndexedMessage(
            uid: uid, flags: found.file.flags, modSequence: modSequence,
            date: StoredDate.pack(InternalDate(secondsSince1970: status.changedSeconds)),
            size: try LineEnds.size(of: file, files), fileSize: status.size, base: base)
    }

    /// Moves the messages of `new` to `cur`: they were seen by someone.
    func moveNewToCurrent() {
        var isChanged = false
        for (index, row) in table.rows.enumerated() where row.isNew {
            let file = MessageFile(base: row.file.base, flags: row.flags, keeping: row.file)
            guard (try? files.rename(path(of: row), to: path.entry("cur").entry(file.name))) != nil else { continue }
            setFile(file, isNew: false, at: index)
            isChanged = true
        }
        if isChanged { noteOwnChange() }
    }
}
