import IMAPHost
import IMAPTypes

/// Messages of the mailboxes that sessions have open.
extension UserMail {
    func status(of name: MailboxName, _ session: UInt64) throws(StoreError) -> MailboxStatus {
        try checkOpen(session)
        if let folder = folders[name], isFresh(folder) { return folder.table.status(uidValidity: folder.uidValidity) }
        return try locked { () throws(Failure) -> MailboxStatus in
            let folder = try self.folder(name)
            return folder.table.status(uidValidity: folder.uidValidity)
        }
    }

    /// Whether what is known of a mailbox is what is on disk; found out without the lock.
    private func isFresh(_ folder: MailboxFolder) -> Bool {
        guard !folder.isGone else { return false }
        return (try? isSettled()) == true && (try? folder.isFresh()) == true
    }

    func open(
        _ name: MailboxName, _ access: MailboxAccess, _ session: UInt64
    ) throws(StoreError) -> OpenMailbox {
        try checkOpen(session)
        let isWritable = access == .readWrite
        let (folder, recent) = try locked { () throws(Failure) -> (MailboxFolder, UIDSet) in
            let folder = try self.folder(name)
            return (folder, isWritable ? try folder.claimRecent() : folder.table.recent)
        }
        let number = nextNumber()
        sessions[session]?.handles[number] = Handle(folder: folder, name: name, access: access)
        watchFolders()
        let table = folder.table
        return OpenMailbox(
            mailbox: MaildirMailbox(mail: self, session: session, handle: number), access: access,
            uidValidity: folder.uidValidity, uidNext: table.uidNext, uids: table.uids, oversized: table.oversized,
            recent: recent,
            firstUnseen: table.firstUnseen, flags: table.flagTable.flags,
            permanentFlags: isWritable ? table.flagTable.flags : [],
            acceptsNewKeywords: isWritable && table.flagTable.hasRoom,
            highestModSequence: ModSequence(table.highestModSequence), token: table.token, mailboxID: table.mailboxID)
    }

    func changes(
        since token: ChangeToken, _ number: UInt64, _ session: UInt64
    ) throws(StoreError) -> Changes {
        try fresh(number, session).table.changes(since: token)
    }

    func vanished(
        since modSequence: ModSequence, of uids: UIDSet, _ number: UInt64, _ session: UInt64
    ) throws(StoreError) -> UIDSet {
        try fresh(number, session).table.vanished(after: modSequence, of: uids)
    }

    func highestModSequence(_ number: UInt64, _ session: UInt64) throws(StoreError) -> ModSequence {
        ModSequence(try fresh(number, session).table.highestModSequence) ?? .zero
    }

    /// A mailbox that a session has open, as it is on disk.
    private func fresh(_ number: UInt64, _ session: UInt64) throws(StoreError) -> MailboxFolder {
        let folder = try answering { () throws(Failure) -> Handle in try handle(number, of: session) }.folder
        if !isFresh(folder) { try locked { () throws(Failure) in try folder.refresh() } }
        return folder
    }

    func records(
        _ uids: UIDSet, _ columns: MessageColumns, _ number: UInt64, _ session: UInt64
    ) throws(StoreError) -> [MessageRecord] {
        try answering { () throws(Failure) -> [MessageRecord] in
            try handle(number, of: session).folder.records(uids, columns)
        }
    }

    func body(of uid: UID, _ number: UInt64, _ session: UInt64) throws(StoreError) -> any MessageBody {
        let folder = try answering { () throws(Failure) -> Handle in try handle(number, of: session) }.folder
        if let body = try? body(of: uid, in: folder) { return body }
        // Renamed by another program since the last look, or gone.
        return try locked { () throws(Failure) -> any MessageBody in
            try folder.refresh()
            try folder.look()
            do throws(Failure) {
                return try body(of: uid, in: folder)
            } catch .noEntry {
                throw .refused(.expunged)
            }
        }
    }

    private func body(of uid: UID, in folder: MailboxFolder) throws(Failure) -> any MessageBody {
        guard let index = folder.table.index(of: uid) else { throw .noEntry }
        let row = folder.table.rows[index]
        return try MaildirBody(row, at: folder.path(of: row), files, self)
    }

    func readFile(_ body: MaildirBody, at offset: UInt64, _ count: Int) throws(StoreError) -> [UInt8] {
        try answering { () throws(Failure) in try body.readFile(at: offset, count) }
    }

    // MARK: Changing

    /// Runs `body` with the lock, on a mailbox that a session has open for writing and that is as on disk.
    private func update<Result>(
        _ number: UInt64, _ session: UInt64, _ body: (MailboxFolder) throws(Failure) -> Result
    ) throws(StoreError) -> Result {
        try locked { () throws(Failure) in
            let folder = try writable(number, session)
            try folder.refresh()
            return try body(folder)
        }
    }

    private func writable(_ number: UInt64, _ session: UInt64) throws(Failure) -> MailboxFolder {
        let handle = try handle(number, of: session)
        guard handle.access == .readWrite else { throw .refused(.noPermission) }
        return handle.folder
    }

    /// Changes flags, but of no message that was changed after `unchangedSince`.
    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence?, _ number: UInt64, _ session: UInt64
    ) throws(StoreError) -> ConditionalChange {
        try update(number, session) { (folder) throws(Failure) -> ConditionalChange in
            let (changed, refused) = try folder.changeFlags(change, of: uids, unchangedSince: unchangedSince)
            return ConditionalChange(changed: folder.records(changed, [.flags, .modSequence]), refused: refused)
        }
    }

    func expunge(_ uids: UIDSet, _ number: UInt64, _ session: UInt64) throws(StoreError) -> UIDSet {
        try update(number, session) { (folder) throws(Failure) -> UIDSet in
            let gone = folder.deleted(uids)
            try folder.expunge(gone)
            return gone
        }
    }

    func claimRecent(_ number: UInt64, _ session: UInt64) throws(StoreError) -> UIDSet {
        try update(number, session) { (folder) throws(Failure) in try folder.claimRecent() }
    }

    // MARK: Copying and moving

    func copy(
        _ uids: UIDSet, to name: MailboxName, _ number: UInt64, _ session: UInt64
    ) throws(StoreError) -> CopiedMessages {
        try locked { () throws(Failure) -> CopiedMessages in
            let source = try handle(number, of: session).folder
            try source.refresh()
            let target = try folder(name)
            let rows = try existingRows(uids, in: source)
            guard rows.count == uids.count else { throw .refused(.expunged) }
            let arrivals = try link(rows, from: source, to: target)
            let destination = try deliver(arrivals, to: target)
            return CopiedMessages(uidValidity: target.uidValidity, source: uids, destination: destination)
        }
    }

    func move(
        _ uids: UIDSet, to name: MailboxName, _ number: UInt64, _ session: UInt64
    ) throws(StoreError) -> CopiedMessages {
        try locked { () throws(Failure) -> CopiedMessages in
            let source = try writable(number, session)
            try source.refresh()
            let target = try folder(name)
            let rows = try existingRows(uids, in: source)
            let moved = UIDSet(rows.map(\.uid))
            let arrivals = try link(rows, from: source, to: target)
            let destination: UIDSet
            if source === target {
                destination = try deliver(arrivals, removing: moved, to: target)
            } else {
                let entry = JournalEntry.move(
                    from: source.name, validity: source.uidValidity, uids: moved, to: name,
                    names: arrivals.map(\.temporaryName))
                destination = try journaled(entry) { () throws(Failure) -> UIDSet in
                    let destination = try target.deliver(arrivals)
                    try source.expunge(moved)
                    return destination
                }
            }
            return CopiedMessages(uidValidity: target.uidValidity, source: moved, destination: destination)
        }
    }

    /// The messages of `uids` whose files are there.
    private func existingRows(_ uids: UIDSet, in folder: MailboxFolder) throws(Failure) -> [MessageRow] {
        let rows = folder.table.indices(of: uids).map { folder.table.rows[$0] }
        for row in rows where try !files.exists(folder.path(of: row)) {
            try folder.scan()
            return folder.table.indices(of: uids).map { folder.table.rows[$0] }
        }
        return rows
    }

    private func link(
        _ rows: [MessageRow], from source: MailboxFolder, to target: MailboxFolder
    ) throws(Failure) -> [Arrival] {
        do throws(Failure) {
            return try source.link(rows, to: target)
        } catch .noEntry {
            throw .refused(.expunged)
        }
    }

    private func deliver(
        _ arrivals: [Arrival], removing: UIDSet = UIDSet(), to target: MailboxFolder
    ) throws(Failure) -> UIDSet {
        do throws(Failure) {
            return try target.deliver(arrivals, removing: removing)
        } catch {
            target.removeTemporaries(arrivals.map(\.temporaryName))
            throw error
        }
    }

    /// Ends a move of a process that died: the messages are removed from where they were if they have arrived, and
    /// what was on its way is removed if they have not.
    func finishMove(
        from source: MailboxName, _ validity: UIDValidity, _ uids: UIDSet, to target: MailboxName, _ names: [[UInt8]]
    ) throws(Failure) {
        guard let target = try existing(target) else { return }
        let arrived = Set(target.table.rows.map { MessageFile.temporaryName(ofBase: $0.file.base) })
        guard names.contains(where: { arrived.contains($0) }) else {
            target.removeTemporaries(names)
            return
        }
        guard let source = try existing(source), source.uidValidity == validity else { return }
        try source.expunge(uids)
    }

    private func existing(_ name: MailboxName) throws(Failure) -> MailboxFolder? {
        do throws(Failure) {
            return try folder(name)
        } catch .refused(.nonExistent) {
            return nil
        }
    }
}
