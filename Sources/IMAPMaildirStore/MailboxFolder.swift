import IMAPHost
import IMAPTypes

/// One mailbox: its directory, and what is known of it. Belongs to one user's ``UserMail`` and is used there alone,
/// with the user's lock held wherever the disk is changed.
final class MailboxFolder {
    private(set) var name: MailboxName
    private(set) var path: Path
    let files: Files
    private let historyLimit: Int
    private(set) var table: MailboxTable
    private(set) var index: IndexFile
    private(set) var uidValidity: UIDValidity
    /// The directories as they were when they were last looked through.
    var scanned = ScanState()
    /// Deleted, renamed elsewhere or rebuilt: handles on it have nothing any more.
    var isGone = false
    /// The mod-sequence that sessions were woken for.
    private var announced: UInt64 = 0

    static let directories: [StaticString] = ["cur", "new", "tmp"]

    /// Reads a mailbox. Throws ``Failure/noEntry`` when there is none. One that has no index, or a damaged one, gets
    /// a new index with a UIDVALIDITY from `newUIDValidity`; what could be read of the old one is used for it.
    init(
        _ name: MailboxName, at path: Path, _ files: Files, historyLimit: Int,
        newUIDValidity: () throws(Failure) -> UIDValidity
    ) throws(Failure) {
        self.name = name
        self.path = path
        self.files = files
        self.historyLimit = historyLimit
        guard try files.status(path.entry("cur")).kind == .directory else { throw .noEntry }
        for directory in ["new", "tmp"] as [StaticString] where try !files.exists(path.entry(directory)) {
            try files.makeDirectory(path.entry(directory))
        }
        index = IndexFile(in: path, files)
        var read = MailboxTable(historyLimit: historyLimit)
        var isRead = false
        do throws(Failure) {
            try index.readAll { (operation) throws(Failure) in try read.apply(operation) }
            isRead = true
        } catch .noEntry {
        } catch .damaged {
            try files.rename(index.path, to: path.entry("imap-index.damaged"))
        }
        if isRead, let uidValidity = read.uidValidity {
            self.uidValidity = uidValidity
            table = read
        } else {
            uidValidity = try newUIDValidity()
            table = MailboxTable(historyLimit: historyLimit)
            try table.apply(.uidValidity(uidValidity))
            for (row, flag) in read.flagTable.flags.enumerated().dropFirst(FlagTable.system.count) {
                try table.apply(.keyword(flag, row: row))
            }
            try DigestFile(in: path, files).remove()
            try index.replace(with: table.operations, in: path)
            // Expunged messages must not come back because the record of it is lost.
            table.ghosts = read.ghosts
            scanned.salvaged = Dictionary(read.rows.map { ($0.file.base, $0) }) { first, _ in first }
            try finishDeliveries(of: read.rows)
        }
        try look()
        removeOldTemporaries()
        announced = table.highestModSequence
    }

    /// Moves what a damaged index has and `tmp` still holds into `cur`.
    private func finishDeliveries(of rows: [MessageRow]) throws(Failure) {
        let names = Set(try files.entries(path.entry("tmp")).map(\.name))
        for row in rows where names.contains(MessageFile.temporaryName(ofBase: row.file.base)) {
            try files.rename(
                temporaryPath(MessageFile.temporaryName(ofBase: row.file.base)),
                to: path.entry("cur").entry(MessageFile(base: row.file.base, flags: row.flags).name))
        }
    }

    /// What happened to messages since this was last asked; `nil` when nothing happened at all.
    func takeNews() -> MessageEvents? {
        defer { announced = table.highestModSequence }
        guard !isGone else { return [] }
        guard announced != table.highestModSequence else { return nil }
        return MessageEvents(table.changes(since: ChangeToken(announced)))
    }

    /// Makes the directories and the index of an empty mailbox.
    static func make(
        at path: Path, _ files: Files, uidValidity: UIDValidity, historyLimit: Int, attributes: [MailboxAttribute]
    ) throws(Failure) {
        try files.makeDirectory(path)
        for directory in directories { try files.makeDirectory(path.entry(directory)) }
        try SmallFile.write([], at: path.entry("maildirfolder"), in: path, files)
        if !attributes.isEmpty { try MailboxAttributes.write(attributes, in: path, files) }
        var table = MailboxTable(historyLimit: historyLimit)
        try table.apply(.uidValidity(uidValidity))
        var index = IndexFile(in: path, files)
        try index.replace(with: table.operations, in: path)
    }

    // MARK: Looking at the disk

    /// Whether the disk says what is known here, as far as can be told without looking through the directories.
    func isFresh() throws(Failure) -> Bool {
        guard try index.isUnchanged() else { return false }
        return try !scanIsDue()
    }

    /// Brings what is known here up to what is on disk. Throws ``StoreError/nonExistent`` when the mailbox is gone or
    /// another one stands in its place.
    func refresh() throws(Failure) {
        guard !isGone else { throw .refused(.nonExistent) }
        do throws(Failure) {
            if try !index.isUnchanged() { try readIndex() }
            if try scanIsDue() { try look() }
        } catch .noEntry {
            isGone = true
            throw .refused(.nonExistent)
        } catch .damaged {
            // Opened again, it is rebuilt.
            isGone = true
            throw .refused(.nonExistent)
        }
    }

    /// Looks through the directories. On a full disk, where nothing of what is found can be written down, the mailbox
    /// stays as it is known: it can be read.
    func look() throws(Failure) {
        do throws(Failure) {
            try scan()
        } catch {
            guard error.isWantOfRoom else { throw error }
            scanned.giveUp()
        }
    }

    private func readIndex() throws(Failure) {
        var known = table
        // What another process added or removed may not have been carried out when it died.
        var needsScan = false
        let isContinued = try index.readNew { (operation) throws(Failure) in
            switch operation {
            case .appeared, .vanished, .flags: needsScan = true
            default: break
            }
            try known.apply(operation)
        }
        if !isContinued {
            known = MailboxTable(historyLimit: historyLimit)
            try index.readAll { (operation) throws(Failure) in try known.apply(operation) }
            needsScan = true
        }
        table = known
        guard known.uidValidity == uidValidity else { throw .noEntry }
        if needsScan || !table.ghosts.isEmpty { scanned.forget() }
    }

    // MARK: Changing

    /// Writes a change to the index and makes it: all of it or nothing.
    func commit(_ operations: [IndexOperation], lasting: Bool = true) throws(Failure) {
        guard !operations.isEmpty else { return }
        try index.append(operations, lasting: lasting)
        do throws(Failure) {
            for operation in operations { try table.apply(operation) }
        } catch {
            // A change that does not fit: whoever reads the index next finds it damaged, and so must this process.
            isGone = true
            throw error
        }
        if let uidValidity = table.uidValidity, uidValidity != self.uidValidity {
            self.uidValidity = uidValidity
            isGone = true
        }
    }

    /// The directory has another name now.
    func move(to name: MailboxName, at path: Path) {
        self.name = name
        self.path = path
        index.move(to: path)
    }

    func setFile(_ file: MessageFile, isNew: Bool, at index: Int) { table.setFile(file, isNew: isNew, at: index) }

    func forgetGhosts(_ gone: Set<[UInt8]>) { table.ghosts.subtract(gone) }

    /// The mod-sequence of the next change. Throws ``StoreError/limit`` at the end of the range.
    func nextModSequence(_ step: UInt64 = 1) throws(Failure) -> UInt64 {
        guard table.highestModSequence < UInt64(Int64.max) - 16 else { throw .refused(.limit) }
        return table.highestModSequence + step
    }

    /// Writes the index anew when it is mostly of the past.
    func compactIfWorthwhile() {
        let needed = 256 + table.rows.count * 110 + table.log.rows.count * 14 + table.origins.count * 28
        guard index.end > UInt64(needed * 3 + (1 << 16)), table.ghosts.isEmpty else { return }
        // A compaction that fails leaves the old index, and a mailbox that works.
        try? compact()
    }

    func compact() throws(Failure) {
        // No expunged file comes back: from here on the index does not know them.
        try files.syncDirectory(path.entry("cur"))
        try files.syncDirectory(path.entry("new"))
        let digests = DigestFile(in: path, files)
        let live = table.rows.reduce(UInt64(0)) { $0 + UInt64($1.digest?.length ?? 0) }
        if digests.size > live * 2 + (4 << 20) { try digests.remove() }
        try index.replace(with: table.operations, in: path)
    }

    /// The path of a message's file.
    func path(of row: MessageRow) -> Path {
        (row.isNew ? path.entry("new") : path.entry("cur")).entry(row.file.name)
    }

    /// Removes what was left in `tmp` more than 36 hours ago, as maildirs have it. The time that is looked at is not the
    /// one that says when a message arrived.
    private func removeOldTemporaries() {
        let directory = path.entry("tmp")
        let limit = System.now / 1_000_000_000 - 36 * 3600
        for entry in (try? files.entries(directory)) ?? [] where entry.name.first != ASCII.dot {
            let file = directory.entry(entry.name)
            guard let status = try? files.status(file), status.kind == .file, status.touchedSeconds < limit else {
                continue
            }
            try? files.remove(file)
        }
    }
}
