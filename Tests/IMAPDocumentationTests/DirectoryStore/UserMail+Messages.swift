import Foundation
import IMAPHost
import IMAPTypes

extension UserMail {
    private static let systemFlags: [Flag] = [.answered, .flagged, .deleted, .seen, .draft]

    // MARK: Looking

    func status(of name: MailboxName, _ session: UInt64) throws(StoreError) -> MailboxStatus {
        try check(session)
        let folder = try scanned(name)
        guard let uidValidity = folder.uidValidity else { throw .corrupt }
        let messages = folder.index.messages
        let deleted = messages.filter { $0.flagSet.contains(.deleted) }
        return MailboxStatus(
            messages: UInt32(messages.count), recent: UInt32(folder.recent.count),
            unseen: UInt32(messages.count { !$0.flagSet.contains(.seen) }), deleted: UInt32(deleted.count),
            uidNext: folder.uidNext, uidValidity: uidValidity, size: messages.reduce(0) { $0 + $1.size },
            deletedSize: deleted.reduce(0) { $0 + $1.size }, highestModSequence: folder.highestModSequence)
    }

    // listing: open
    func open(_ name: MailboxName, _ access: MailboxAccess, _ session: UInt64) throws(StoreError) -> OpenMailbox {
        try check(session)
        var folder = try scanned(name)
        guard let uidValidity = folder.uidValidity else { throw .corrupt }
        var recent = folder.recent
        if access == .readWrite, !recent.isEmpty {
            recent = folder.claimRecent()
            // Nothing that is told to others has changed.
            try disk { try folder.save() }
            folders[name] = folder
        }
        let handle = Handle(
            session: session, number: nextNumber(), name: name, uidValidity: folder.index.uidValidity, access: access)
        sessions[session]?.handles.insert(handle.number)
        let messages = folder.index.messages
        return OpenMailbox(
            mailbox: DirectoryMailbox(mail: self, handle: handle), access: access, uidValidity: uidValidity,
            uidNext: folder.uidNext, uids: folder.uids,
            oversized: UIDSet(messages.lazy.filter { $0.size > UInt64(UInt32.max) }.compactMap { UID($0.uid) }),
            recent: recent,
            firstUnseen: messages.first { !$0.flagSet.contains(.seen) }.flatMap { UID($0.uid) },
            flags: (UserMail.systemFlags + messages.flatMap(\.flagSet)).unique,
            permanentFlags: UserMail.systemFlags, acceptsNewKeywords: true,
            highestModSequence: folder.highestModSequence, token: folder.token)
    }
    // listing: end

    /// The mailbox with what others put into its directory meanwhile.
    private func scanned(_ name: MailboxName) throws(StoreError) -> Folder {
        guard var folder = folders[name] else { throw .nonExistent }
        if try disk({ try folder.scan() }) {
            folders[name] = folder
            mark(name)
        }
        return folder
    }

    func claimRecent(_ handle: Handle) throws(StoreError) -> UIDSet {
        var folder = try writableFolder(of: handle)
        let claimed = folder.claimRecent()
        guard !claimed.isEmpty else { return claimed }
        try disk { try folder.save() }
        folders[handle.name] = folder
        return claimed
    }

    func changes(since token: ChangeToken, _ handle: Handle) throws(StoreError) -> Changes {
        try folder(of: handle).changes(since: token)
    }

    func records(of uids: UIDSet, _ handle: Handle) throws(StoreError) -> [MessageRecord] {
        try folder(of: handle).index.messages.compactMap { message in
            message.record.flatMap { uids.contains($0.uid) ? $0 : nil }
        }
    }

    func body(of uid: UID, _ handle: Handle) throws(StoreError) -> any MessageBody {
        let folder = try folder(of: handle)
        guard let message = folder.index.messages.first(where: { $0.uid == uid.rawValue }) else { throw .expunged }
        let url = folder.url(message)
        guard !message.isCanonical else { return FileBody(mail: self, url: url, size: message.size) }
        guard let data = FileManager.default.contents(atPath: url.path) else { throw .expunged }
        var lines = CanonicalLines()
        return ConvertedBody(octets: lines.convert([UInt8](data)))
    }

    func read(_ url: URL, at offset: UInt64, max: Int) throws(StoreError) -> [UInt8] {
        guard let file = FileHandle(forReadingAtPath: url.path) else { throw .expunged }
        defer { try? file.close() }
        return try disk {
            // An offset is any number: one that no file can have is beyond the end.
            guard offset < (try file.seekToEnd()) else { return [] }
            try file.seek(toOffset: offset)
            return [UInt8](try file.read(upToCount: max) ?? Data())
        }
    }

    // MARK: Flags

    // listing: flags
    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence?, _ handle: Handle
    ) throws(StoreError) -> ConditionalChange {
        var folder = try writableFolder(of: handle)
        var changed: [MessageRecord] = []
        var refused = UIDSet()
        for place in folder.index.messages.indices {
            let message = folder.index.messages[place]
            guard let uid = UID(message.uid), uids.contains(uid) else { continue }
            if let unchangedSince, message.changedAt > unchangedSince.rawValue {
                refused.insert(uid)
                continue
            }
            let flags = change.applied(to: message.flagSet)
            guard Set(flags) != Set(message.flagSet) else { continue }
            folder.index.counter += 1
            folder.index.messages[place].flags = flags.map(\.description)
            folder.index.messages[place].changedAt = folder.index.counter
            if let record = folder.index.messages[place].record { changed.append(record) }
        }
        if !changed.isEmpty { try commit(folder, as: handle.name) }
        return ConditionalChange(changed: changed, refused: refused)
    }
    // listing: end

    // MARK: Coming and going

    // listing: expunge
    func copy(_ uids: UIDSet, to name: MailboxName, _ handle: Handle) throws(StoreError) -> CopiedMessages {
        let source = try folder(of: handle)
        guard var target = folders[name], let uidValidity = target.uidValidity else { throw .nonExistent }
        let messages = source.messages(uids)
        guard messages.count == uids.count else { throw .expunged }
        let copies = try transfer(messages, from: source, into: &target)
        try commit(target, as: name)
        return CopiedMessages(uidValidity: uidValidity, source: uids, destination: copies)
    }

    func expunge(_ uids: UIDSet, _ handle: Handle) throws(StoreError) -> UIDSet {
        var folder = try writableFolder(of: handle)
        let gone = folder.remove { message in
            message.flagSet.contains(.deleted) && UID(message.uid).map { uids.contains($0) } ?? false
        }
        guard !gone.isEmpty else { return UIDSet() }
        try commit(folder, as: handle.name)
        discard(gone, of: folder)
        return UIDSet(gone.compactMap { UID($0.uid) })
    }
    // listing: end

    func move(_ uids: UIDSet, to name: MailboxName, _ handle: Handle) throws(StoreError) -> CopiedMessages {
        var source = try writableFolder(of: handle)
        guard var target = folders[name], let uidValidity = target.uidValidity else { throw .nonExistent }
        let messages = source.messages(uids)
        let moved = UIDSet(messages.compactMap { UID($0.uid) })
        let isGone = { (message: StoredMessage) in UID(message.uid).map { moved.contains($0) } ?? false }
        let copies: UIDSet
        if name == handle.name {
            copies = try transfer(messages, from: source, into: &source)
            _ = source.remove(isGone)
        } else {
            copies = try transfer(messages, from: source, into: &target)
            try commit(target, as: name)
            // A crash here leaves the messages in both: none is ever lost.
            _ = source.remove(isGone)
        }
        try commit(source, as: handle.name)
        discard(messages, of: source)
        return CopiedMessages(uidValidity: uidValidity, source: moved, destination: copies)
    }

    /// Puts messages of one mailbox into another that is not committed yet.
    func transfer(
        _ messages: [StoredMessage], from source: Folder, into target: inout Folder
    ) throws(StoreError) -> UIDSet {
        var copies = UIDSet()
        var files: [URL] = []
        do {
            for var message in messages {
                let from = source.url(message)
                message.file = FileName.new()
                try FileManager.default.linkItem(at: from, to: target.url(message))
                files.append(target.url(message))
                copies.insert(try target.add(message))
            }
        } catch {
            for file in files { try? FileManager.default.removeItem(at: file) }
            throw error as? StoreError ?? .unavailable
        }
        return copies
    }

    /// Removes the files of messages that are in no sidecar any more.
    func discard(_ messages: [StoredMessage], of folder: Folder) {
        for message in messages { try? FileManager.default.removeItem(at: folder.url(message)) }
    }

    // MARK: Appending

    func beginAppend(to name: MailboxName, _ session: UInt64) throws(StoreError) -> AppendTarget {
        try check(session)
        guard let folder = folders[name] else { throw .nonExistent }
        return AppendTarget(
            session: session, name: name, uidValidity: folder.index.uidValidity, staging: staging)
    }

    // listing: commit
    func commit(_ messages: [StoredMessage], to target: AppendTarget) throws(StoreError) -> AppendedMessages {
        try check(target.session)
        guard var folder = folders[target.name], folder.index.uidValidity == target.uidValidity,
            let uidValidity = folder.uidValidity
        else { throw .nonExistent }
        var uids = UIDSet()
        do {
            for message in messages {
                try FileManager.default.moveItem(
                    at: target.staging.appendingPathComponent(message.file), to: folder.url(message))
                uids.insert(try folder.add(message))
            }
            // The commit point: the sidecar names the messages. Without that their files mean nothing.
            try folder.save()
        } catch {
            discard(messages, of: folder)
            throw error as? StoreError ?? .unavailable
        }
        folders[target.name] = folder
        mark(target.name)
        return AppendedMessages(uidValidity: uidValidity, uids: uids)
    }
    // listing: end
}

extension Folder {
    /// The messages of `uids` that are here, ascending.
    func messages(_ uids: UIDSet) -> [StoredMessage] {
        index.messages.filter { message in UID(message.uid).map { uids.contains($0) } ?? false }
    }
}

extension FlagChange {
    /// The flags of a message that had `flags`.
    func applied(to flags: [Flag]) -> [Flag] {
        switch self {
        case .add(let added): (flags + added).unique
        case .remove(let removed): flags.filter { !removed.contains($0) }
        case .replace(let new): new.unique
        }
    }
}
