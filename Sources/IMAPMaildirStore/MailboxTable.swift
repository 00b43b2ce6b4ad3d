import IMAPHost
import IMAPTypes

/// One message of a mailbox, and its file.
struct MessageRow: Sendable {
    let uid: UID
    var flags: FlagBits
    var modSequence: UInt64
    let date: UInt64
    let size: UInt64
    let fileSize: UInt64
    let digest: DigestPlace?
    var file: MessageFile
    /// Whether the file is in `new` rather than in `cur`.
    var isNew = false

    init(_ message: IndexedMessage) {
        uid = message.uid
        flags = message.flags
        modSequence = message.modSequence
        date = message.date
        size = message.size
        fileSize = message.fileSize
        digest = message.digest
        file = MessageFile(base: message.base, flags: message.flags)
    }

    var indexed: IndexedMessage {
        IndexedMessage(
            uid: uid, flags: flags, modSequence: modSequence, date: date, size: size, fileSize: fileSize,
            base: file.base, digest: digest)
    }
}

/// What is known of one mailbox: its index in memory. Changed by ``apply(_:)`` alone, whether the change is read from
/// the index or has just been written to it; what ``apply(_:)`` refuses is damage.
struct MailboxTable: Sendable {
    private(set) var uidValidity: UIDValidity?
    /// The UIDVALIDITY that the mailbox had at first, if that is another one.
    private(set) var identity: UIDValidity?
    /// Where those messages were first that are copies.
    private(set) var origins: [UID: MessageOrigin] = [:]
    /// Ascending by UID.
    private(set) var rows: [MessageRow] = []
    private(set) var uids = UIDSet()
    private(set) var uidNext = UID.first
    /// 1 in a mailbox where nothing ever happened: RFC 7162 knows no mod-sequence 0.
    private(set) var highestModSequence: UInt64 = 1
    private(set) var flagTable = FlagTable()
    private(set) var log: ChangeLog
    /// The octets of all messages.
    private(set) var size: UInt64 = 0
    private(set) var recentFrom = UID.first
    /// The bases of messages that were expunged and whose files may still be there.
    var ghosts: Set<[UInt8]> = []

    init(historyLimit: Int) { log = ChangeLog(capacity: historyLimit, floor: 1) }

    mutating func apply(_ operation: IndexOperation) throws(Failure) {
        switch operation {
        case .uidValidity(let value):
            if let uidValidity, uidValidity != value, identity == nil { identity = uidValidity }
            uidValidity = value
        case .identity(let value): identity = value
        case .origin(let uid, let origin): origins[uid] = origin
        case .keyword(let flag, let row): try flagTable.set(flag, at: row)
        case .appeared(let messages):
            var appeared = UIDSet()
            for message in messages {
                guard message.uid >= uidNext else { throw .damaged }
                try add(message)
                appeared.insert(message.uid)
            }
            guard let modSequence = messages.last?.modSequence else { return }
            try advance(to: modSequence)
            log.record(.appeared, appeared, at: modSequence)
        case .flags(let bits, let uids, let modSequence):
            try advance(to: modSequence)
            for index in indices(of: uids) {
                flagTable.recount(from: rows[index].flags, to: bits)
                rows[index].flags = bits
                rows[index].modSequence = modSequence
            }
            log.record(.flagsChanged, uids, at: modSequence)
        case .expunged(let uids, let modSequence):
            for index in indices(of: uids) { ghosts.insert(rows[index].file.base) }
            try remove(uids, at: modSequence)
        case .vanished(let uids, let modSequence): try remove(uids, at: modSequence)
        case .filesRemoved: ghosts = []
        case .recentFrom(let uid): recentFrom = max(recentFrom, uid)
        case .kept(let message): try add(message)
        case .history(let row):
            log.record(row.kind, UIDSet(ranges: NumberRanges(merging: [row.run])), at: row.modSequence)
        case .position(let next, let highest, let floor):
            guard next >= uidNext, highest >= 1, highest < UInt64(Int64.max) else { throw .damaged }
            uidNext = next
            highestModSequence = highest
            log = ChangeLog(capacity: log.capacity, floor: floor)
        }
    }

    private mutating func add(_ message: IndexedMessage) throws(Failure) {
        let (sum, overflow) = size.addingReportingOverflow(message.size)
        guard !overflow, let next = message.uid.next, rows.last.map({ $0.uid < message.uid }) ?? true else {
            throw .damaged
        }
        size = sum
        flagTable.recount(from: 0, to: message.flags)
        rows.append(MessageRow(message))
        uids.insert(message.uid)
        uidNext = max(uidNext, next)
    }

    private mutating func remove(_ gone: UIDSet, at modSequence: UInt64) throws(Failure) {
        try advance(to: modSequence)
        let indices = indices(of: gone)
        guard let first = indices.first else { return }
        for index in indices {
            flagTable.recount(from: rows[index].flags, to: 0)
            size -= rows[index].size
            if !origins.isEmpty { origins[rows[index].uid] = nil }
        }
        var next = 0
        var kept = first
        for index in first..<rows.count {
            if next < indices.count, indices[next] == index {
                next += 1
            } else {
                rows.swapAt(kept, index)
                kept += 1
            }
        }
        rows.removeSubrange(kept...)
        uids = uids.subtracting(gone)
        log.record(.vanished, gone, at: modSequence)
    }

    /// Several changes may share a mod-sequence; none gets a smaller one.
    private mutating func advance(to modSequence: UInt64) throws(Failure) {
        guard modSequence >= highestModSequence, modSequence < UInt64(Int64.max) else { throw .damaged }
        highestModSequence = modSequence
    }

    // MARK: Files

    mutating func setFile(_ file: MessageFile, isNew: Bool, at index: Int) {
        rows[index].file = file
        rows[index].isNew = isNew
    }

    // MARK: Reading

    /// The index of the first row whose UID is not below `uid`.
    func firstIndex(from uid: UID) -> Int {
        var low = 0
        var high = rows.count
        while low < high {
            let middle = low + (high - low) / 2
            if rows[middle].uid < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    func index(of uid: UID) -> Int? {
        let index = firstIndex(from: uid)
        return index < rows.count && rows[index].uid == uid ? index : nil
    }

    /// The rows of those of `uids` that exist, ascending.
    func indices(of uids: UIDSet) -> [Int] {
        var indices: [Int] = []
        for bound in uids.bounds {
            var index = firstIndex(from: bound.lower)
            while index < rows.count, rows[index].uid <= bound.upper {
                indices.append(index)
                index += 1
            }
        }
        return indices
    }

    /// The messages that no read-write session has claimed.
    var recent: UIDSet {
        guard let last = rows.last?.uid, last >= recentFrom else { return UIDSet() }
        return uids.intersection(UIDSet(recentFrom, last))
    }

    var firstUnseen: UID? {
        guard flagTable.seenCount < rows.count else { return nil }
        return rows.first { $0.flags & FlagTable.seen == 0 }?.uid
    }

    var token: ChangeToken { ChangeToken(highestModSequence) }

    func changes(since token: ChangeToken) -> Changes {
        guard token != self.token else { return .none }
        guard token.rawValue < highestModSequence,
            let (appeared, vanished, changed) = log.changes(after: token.rawValue)
        else { return .unknown(uids: uids, token: self.token) }
        return .some(appeared: appeared, vanished: vanished, flagsChanged: changed, token: self.token)
    }

    /// Those of `uids` that are gone since `modSequence`; where that is forgotten, all that ever went.
    func vanished(after modSequence: ModSequence, of uids: UIDSet) -> UIDSet {
        if let vanished = log.vanished(after: modSequence.rawValue) { return uids.intersection(vanished) }
        guard let last = UID(uidNext.rawValue - 1) else { return UIDSet() }
        return uids.intersection(UIDSet(.first, last)).subtracting(self.uids)
    }

    func status(uidValidity: UIDValidity) -> MailboxStatus {
        let deleted = flagTable.deletedCount
        return MailboxStatus(
            messages: UInt32(clamping: rows.count), recent: UInt32(clamping: recent.count),
            unseen: UInt32(clamping: rows.count - flagTable.seenCount), deleted: UInt32(clamping: deleted),
            uidNext: uidNext, uidValidity: uidValidity, size: size,
            deletedSize: deleted == 0
                ? 0 : rows.reduce(0) { $1.flags & FlagTable.deleted == 0 ? $0 : $0 + $1.size },
            highestModSequence: ModSequence(highestModSequence) ?? .zero, mailboxID: mailboxID)
    }

    /// The operations that make this table again, for an index written anew.
    var operations: [IndexOperation] {
        var operations: [IndexOperation] = []
        if let uidValidity { operations.append(.uidValidity(uidValidity)) }
        if let identity { operations.append(.identity(identity)) }
        for (row, flag) in flagTable.flags.enumerated().dropFirst(FlagTable.system.count) {
            operations.append(.keyword(flag, row: row))
        }
        for row in rows {
            operations.append(.kept(row.indexed))
            if let origin = origins[row.uid] { operations.append(.origin(row.uid, origin)) }
        }
        operations.append(.position(uidNext: uidNext, highestModSequence: highestModSequence, floor: log.floor))
        for row in log.rows { operations.append(.history(row)) }
        operations.append(.recentFrom(recentFrom))
        return operations
    }
}

extension MailboxTable {
    /// What the mailbox is called whatever its name (RFC 8474).
    var mailboxID: ObjectID? { (identity ?? uidValidity).flatMap { ObjectID("F\($0.rawValue)") } }

    /// Where a message of this mailbox was first.
    func origin(of uid: UID) -> MessageOrigin? {
        origins[uid] ?? (identity ?? uidValidity).map { MessageOrigin(mailbox: $0, uid: uid) }
    }

    /// The messages of 4 GiB and more. Looked for only where there can be one.
    var oversized: UIDSet {
        guard size > UInt64(UInt32.max) else { return UIDSet() }
        return UIDSet(rows.lazy.filter { $0.size > UInt64(UInt32.max) }.map { $0.uid })
    }
}
