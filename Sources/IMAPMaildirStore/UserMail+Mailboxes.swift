import IMAPHost
import IMAPTypes

/// Mailboxes as wholes.
extension UserMail {
    /// Directories that are being made or removed are called so: never a mailbox.
    private static let makingPrefix = Array("imap-making-".utf8)
    private static let trashPrefix = Array("imap-trash-".utf8)
    /// The special uses a mailbox can be made for. `\All` and `\Flagged` are views of other mailboxes.
    private static let uses: Set<MailboxAttribute> = [
        "\\Archive", "\\Drafts", "\\Important", "\\Junk", "\\Sent", "\\Trash",
    ]

    /// Removes what a process that died was making or removing.
    func removeLeftovers() throws(Failure) {
        for entry in try files.entries(root)
        where entry.name.starts(with: UserMail.makingPrefix) || entry.name.starts(with: UserMail.trashPrefix) {
            removeTree(root.entry(entry.name))
        }
    }

    /// Removes a directory and what is in it; what cannot be removed is left for the next time.
    func removeTree(_ path: Path, depth: Int = 0) {
        for entry in (try? files.entries(path)) ?? [] {
            let child = path.entry(entry.name)
            if (try? files.status(child))?.kind == .directory {
                if depth < 8 { removeTree(child, depth: depth + 1) }
            } else {
                try? files.remove(child)
            }
        }
        try? files.removeDirectory(path)
    }

    // MARK: Listing

    /// The names there are.
    func names() throws(Failure) -> [MailboxName] {
        var names: [MailboxName] = [.inbox]
        for entry in try files.entries(root) {
            guard let name = FolderName.mailbox(in: entry.name), !name.isInbox else { continue }
            let directory = root.entry(entry.name).entry("cur")
            guard try files.statusIfPresent(directory)?.kind == .directory else { continue }
            names.append(name)
        }
        return names
    }

    func entries(_ session: UInt64) throws(StoreError) -> [MailboxEntry] {
        try checkOpen(session)
        return try answering { () throws(Failure) in
            let subscriptions = try SubscriptionFile(in: root, files).names()
            var entries: [MailboxEntry] = []
            var names = Set<MailboxName>()
            for name in try self.names() {
                names.insert(name)
                entries.append(
                    MailboxEntry(
                        name, attributes: MailboxAttributes.read(in: try path(of: name), files),
                        isSubscribed: subscriptions.contains(name)))
            }
            for name in subscriptions where !names.contains(name) {
                entries.append(MailboxEntry(name, attributes: [.nonExistent], isSubscribed: true))
            }
            return entries
        }
    }

    func setSubscription(
        _ name: MailboxName, _ isSubscribed: Bool, _ session: UInt64
    ) throws(StoreError) {
        try checkOpen(session)
        let isNew = try locked { () throws(Failure) -> Bool in
            let file = SubscriptionFile(in: root, files)
            let before = try file.names()
            try file.set(name, isSubscribed)
            return before.contains(name) != isSubscribed
        }
        guard isNew else { return }
        if isSubscribed { survey?.subscriptions.insert(name) } else { survey?.subscriptions.remove(name) }
        tell(.subscription(name), .subscriptions, by: session)
    }

    // MARK: Making and removing

    private func exists(_ name: MailboxName) throws(Failure) -> Bool {
        guard !name.isInbox else { return true }
        return try files.exists(path(of: name))
    }

    func create(
        _ name: MailboxName, for uses: [MailboxAttribute], _ session: UInt64
    ) throws(StoreError) {
        try checkOpen(session)
        for use in uses where !UserMail.uses.contains(use) { throw .useAttribute }
        try locked { () throws(Failure) in
            guard try !exists(name) else { throw .refused(.alreadyExists) }
            let target = try path(of: name)
            let making = try make(validities.next(), uses)
            do throws(Failure) {
                try files.rename(making, to: target)
                try files.syncDirectory(root)
            } catch {
                removeTree(making)
                throw error
            }
        }
        noteNames()
        tell(.created(name), by: session)
        mark(nil, name)
    }

    /// Makes an empty mailbox under a name that no mailbox has.
    private func make(_ validity: UIDValidity, _ uses: [MailboxAttribute]) throws(Failure) -> Path {
        let making = root.entry(UserMail.makingPrefix + UniqueName.next())
        do throws(Failure) {
            try MailboxFolder.make(
                at: making, files, uidValidity: validity, historyLimit: options.historyLimit, attributes: uses)
        } catch {
            removeTree(making)
            throw error
        }
        return making
    }

    func delete(_ name: MailboxName, _ session: UInt64) throws(StoreError) {
        try checkOpen(session)
        guard !name.isInbox else { throw .cannot }
        let folder = try locked { () throws(Failure) -> MailboxFolder in
            let folder = try self.folder(name)
            try validities.retire(folder.uidValidity)
            let trash = root.entry(UserMail.trashPrefix + UniqueName.next())
            try files.rename(folder.path, to: trash)
            folder.isGone = true
            folders[name] = nil
            try files.syncDirectory(root)
            removeTree(trash)
            return folder
        }
        if annotationSnapshots != nil { takeAnnotationSnapshots() }
        noteNames(gone: [name])
        tell(.deleted(name), by: session)
        mark(folder, name)
    }

    // MARK: Renaming

    func rename(_ old: MailboxName, to new: MailboxName, _ session: UInt64) throws(StoreError) {
        try checkOpen(session)
        let renamed = try locked { () throws(Failure) -> [JournalEntry.Renaming] in
            _ = try path(of: new)
            guard try !exists(new) else { throw .refused(.alreadyExists) }
            if old.isInbox {
                try renameInbox(to: new)
                return []
            } else {
                let renamings = try renamings(old, to: new)
                try journaled(.rename(renamings)) { () throws(Failure) in try carryOut(renamings) }
                return renamings
            }
        }
        if annotationSnapshots != nil { takeAnnotationSnapshots() }
        noteNames(renamed.map { ($0.old, $0.new) })
        tell(.renamed(old, to: new), by: session)
        mark(nil, new)
        watchFolders()
    }

    private func renamings(
        _ old: MailboxName, to new: MailboxName
    ) throws(Failure) -> [JournalEntry.Renaming] {
        let folder = try self.folder(old)
        var moves: [(old: MailboxName, new: MailboxName, validity: UIDValidity)] = [(old, new, folder.uidValidity)]
        let prefix = old.octets + [FolderName.separator]
        for name in try names() where name.octets.starts(with: prefix) {
            guard let target = MailboxName(new.octets + name.octets.dropFirst(old.octets.count)) else {
                throw .refused(.cannot)
            }
            _ = try path(of: target)
            moves.append((name, target, try self.folder(name).uidValidity))
        }
        let moving = Set(moves.map(\.old))
        for move in moves where !moving.contains(move.new) {
            guard try !exists(move.new) else { throw .refused(.alreadyExists) }
        }
        // Where a name gets below itself the deepest one makes room first.
        moves.sort { $0.old.octets.count > $1.old.octets.count }
        let retired = try validities.retired()
        var renamings: [JournalEntry.Renaming] = []
        for move in moves {
            try validities.retire(move.validity)
            let replacement = move.validity.rawValue > retired ? nil : try validities.next()
            renamings.append(JournalEntry.Renaming(old: move.old, new: move.new, validity: replacement))
        }
        return renamings
    }

    /// Renames what is not renamed yet: done again after a crash it ends what was begun.
    func carryOut(_ renamings: [JournalEntry.Renaming]) throws(Failure) {
        for renaming in renamings {
            let (from, to) = (try path(of: renaming.old), try path(of: renaming.new))
            if try files.exists(from), try !files.exists(to) { try files.rename(from, to: to) }
            if let folder = folders.removeValue(forKey: renaming.old) {
                folder.move(to: renaming.new, at: to)
                folders[renaming.new] = folder
                mark(folder, renaming.old)
                mark(nil, renaming.new)
            }
        }
        try files.syncDirectory(root)
        for renaming in renamings {
            guard let validity = renaming.validity else { continue }
            let folder = try self.folder(renaming.new)
            guard folder.uidValidity != validity else { continue }
            try folder.commit([.uidValidity(validity)])
            mark(folder, renaming.new)
            folders[renaming.new] = nil
        }
    }

    /// Moves the messages of INBOX into a new mailbox; INBOX stays (RFC 9051 section 6.3.6).
    private func renameInbox(to new: MailboxName) throws(Failure) {
        let inbox = try folder(.inbox)
        let validity = try validities.next()
        let making = try make(validity, [])
        let uids = inbox.table.uids
        do throws(Failure) {
            let made = try MailboxFolder(new, at: making, files, historyLimit: options.historyLimit) {
                () throws(Failure) in validity
            }
            _ = try made.deliver(inbox.link(inbox.table.rows, to: made))
            let annotations = try AnnotationFile(ofMailboxIn: root, files).read()
            if !annotations.isEmpty { try AnnotationFile(ofMailboxIn: making, files).write(annotations) }
        } catch {
            removeTree(making)
            throw error
        }
        let entry = JournalEntry.renameInbox(
            uids: uids, validity: inbox.uidValidity, directory: Array(making.name), to: new)
        try journaled(entry) { () throws(Failure) in
            try files.rename(making, to: path(of: new))
            try files.syncDirectory(root)
            try finish(entry)
        }
    }

    /// Ends what an entry of the journal began, or removes what there is of it.
    func finish(_ entry: JournalEntry) throws(Failure) {
        switch entry {
        case .rename(let renamings): try carryOut(renamings)
        case .renameInbox(let uids, let validity, let directory, let target):
            let making = root.entry(directory)
            guard directory.starts(with: UserMail.makingPrefix), try !files.exists(making), try exists(target) else {
                if directory.starts(with: UserMail.makingPrefix) { removeTree(making) }
                return
            }
            let inbox = try folder(.inbox)
            if inbox.uidValidity == validity { try inbox.expunge(uids) }
        case .move(let source, let validity, let uids, let target, let names):
            try finishMove(from: source, validity, uids, to: target, names)
        }
    }
}
