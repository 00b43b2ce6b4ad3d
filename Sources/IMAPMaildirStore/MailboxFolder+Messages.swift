import IMAPHost
import IMAPTypes

/// Changing flags and removing messages.
extension MailboxFolder {
    /// Changes the flags of those of `uids` that exist and were not changed after `unchangedSince`; returns those whose
    /// flags are other ones now, and those that were left alone.
    ///
    /// The files are renamed first. Should this process die before the index says so, the next look at the directories
    /// finds flags changed by someone, which is what happened. Other programs may rename a file again and again: what
    /// was not to be had in `attempts` looks is left alone.
    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence?, attempts: Int = 8
    ) throws(Failure) -> (changed: UIDSet, refused: UIDSet) {
        var plan = KeywordPlan(table.flagTable)
        let named: FlagBits
        let kept: FlagBits
        switch change {
        case .add(let flags): (named, kept) = (try plan.bits(flags), .max)
        case .remove(let flags): (named, kept) = (0, ~table.flagTable.known(flags))
        case .replace(let flags): (named, kept) = (try plan.bits(flags), 0)
        }
        let modSequence = try nextModSequence()
        var changed: [FlagBits: [UID]] = [:]
        var isRenamed = false
        var missed = UIDSet()
        var refused = UIDSet()
        for index in table.indices(of: uids) {
            let row = table.rows[index]
            if let unchangedSince, row.modSequence > unchangedSince.rawValue {
                refused.insert(row.uid)
                continue
            }
            let bits = row.flags & kept | named
            guard bits != row.flags else { continue }
            if (bits ^ row.flags) & FlagTable.inName != 0 {
                let file = MessageFile(base: row.file.base, flags: bits, keeping: row.file)
                do throws(Failure) {
                    try files.rename(path(of: row), to: path.entry("cur").entry(file.name))
                } catch .noEntry {
                    missed.insert(row.uid)
                    continue
                } catch {
                    // What was renamed so far is found by the next look.
                    scanned.forget()
                    throw error
                }
                setFile(file, isNew: false, at: index)
                isRenamed = true
            }
            changed[bits, default: []].append(row.uid)
        }
        var result = UIDSet()
        if !changed.isEmpty {
            if isRenamed { try files.syncDirectory(path.entry("cur")) }
            var operations = plan.operations
            for (bits, uids) in changed.sorted(by: { $0.key < $1.key }) {
                operations.append(.flags(bits, UIDSet(uids), modSequence: modSequence))
            }
            result = UIDSet(changed.values.joined())
            do throws(Failure) {
                try commit(operations)
            } catch {
                scanned.forget()
                throw error
            }
            if isRenamed { noteOwnChange() }
        }
        guard !missed.isEmpty else { return (result, refused) }
        // Renamed or removed by someone else since the last look.
        let before = Dictionary(table.rows.map { ($0.uid, $0.file) }) { first, _ in first }
        try scan()
        let found = UIDSet(
            missed.filter { uid in table.index(of: uid).map { table.rows[$0].file != before[uid] } ?? false })
        guard !found.isEmpty, attempts > 1 else { return (result, refused) }
        let again = try changeFlags(change, of: found, unchangedSince: unchangedSince, attempts: attempts - 1)
        return (result.union(again.changed), refused.union(again.refused))
    }

    /// Removes messages, for good. The record in the index is the moment at which they are gone.
    ///
    /// On a full disk the files go first, and make room for the record. Without it they are found missing by the next
    /// look at the directories.
    func expunge(_ uids: UIDSet) throws(Failure) {
        let rows = table.indices(of: uids).map { table.rows[$0] }
        guard !rows.isEmpty else { return }
        let record = [IndexOperation.expunged(UIDSet(rows.map(\.uid)), modSequence: try nextModSequence())]
        do throws(Failure) {
            try commit(record)
        } catch {
            guard error.isWantOfRoom else { throw error }
            removeFiles(of: rows)
            scanned.forget()
            return try commit(record)
        }
        removeFiles(of: rows)
    }

    /// Those of `uids` that exist and have `\Deleted`.
    func deleted(_ uids: UIDSet) -> UIDSet {
        guard table.flagTable.deletedCount > 0 else { return UIDSet() }
        return UIDSet(
            table.indices(of: uids).lazy.map { self.table.rows[$0] }.filter { $0.flags & FlagTable.deleted != 0 }.map(
                \.uid))
    }

    /// Removes the files of messages that were expunged. One that is still there, however this ends, is found and
    /// removed by the next look at the directories.
    func removeFiles(of rows: [MessageRow]) {
        guard !rows.isEmpty else { return }
        var removed: Set<[UInt8]> = []
        for row in rows {
            let file = path(of: row)
            // Not there under this name: renamed by someone, or removed.
            guard (try? files.exists(file)) == true, (try? files.remove(file)) != nil else {
                scanned.forget()
                continue
            }
            removed.insert(row.file.base)
        }
        // The index goes on to know them: what is removed does not last yet. Whoever reads it next makes sure.
        forgetGhosts(removed)
        noteOwnChange()
    }

    /// The recent messages, which are no longer recent for anyone else.
    func claimRecent() throws(Failure) -> UIDSet {
        let claimed = table.recent
        if !claimed.isEmpty {
            do throws(Failure) {
                try commit([.recentFrom(table.uidNext)], lasting: false)
            } catch {
                // On a full disk they are recent for the next session, too.
                guard error.isWantOfRoom else { throw error }
            }
        }
        moveNewToCurrent()
        return claimed
    }

    /// The messages of `uids` that exist, with the columns asked for.
    func records(_ uids: UIDSet, _ columns: MessageColumns) -> [MessageRecord] {
        let indices = table.indices(of: uids)
        var digests: [UID: MessageDigest] = [:]
        if columns.contains(.digest) {
            digests = DigestFile(in: path, files).read(
                indices.compactMap { index in
                    table.rows[index].digest.map { (table.rows[index].uid, $0) }
                })
        }
        // Few sets of flags are different ones; each is spelled out once.
        var spelled: [FlagBits: [Flag]] = [:]
        var records: [MessageRecord] = []
        records.reserveCapacity(indices.count)
        for index in indices {
            let row = table.rows[index]
            var record = MessageRecord(uid: row.uid)
            if columns.contains(.flags) {
                if let flags = spelled[row.flags] {
                    record.flags = flags
                } else {
                    record.flags = table.flagTable.flags(of: row.flags)
                    spelled[row.flags] = record.flags
                }
            }
            if columns.contains(.internalDate) {
                record.internalDate = StoredDate.unpack(row.date) ?? InternalDate(secondsSince1970: 0)
            }
            if columns.contains(.size) { record.size = row.size }
            if columns.contains(.modSequence) { record.modSequence = ModSequence(row.modSequence) }
            if columns.contains(.digest) { record.digest = digests[row.uid] }
            if columns.contains(.emailID) { record.emailID = table.origin(of: row.uid)?.emailID }
            records.append(record)
        }
        return records
    }
}
