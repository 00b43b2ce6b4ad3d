import IMAPHost
import IMAPTypes

/// One row of a mailbox.
struct StoredMessage: Sendable {
    let uid: UID
    var flags: FlagBits
    var modSequence: ModSequence
    let content: MessageContent
}

/// The messages of one mailbox and their history: a value, changed by one caller at a time.
///
/// Each operation that changes something takes one new mod-sequence, which all messages it touched share (RFC 7162
/// section 3.1). An operation that throws has changed nothing.
struct MailboxContent: Sendable {
    /// Ascending by UID.
    private(set) var messages: [StoredMessage] = []
    private(set) var uids = UIDSet()
    private(set) var uidNext: UID
    /// 1 in a mailbox where nothing ever happened: RFC 7162 knows no mod-sequence 0.
    private(set) var highestModSequence: ModSequence
    private(set) var flagTable = FlagTable()
    private(set) var log: ChangeLog
    /// The octets of all messages.
    private(set) var size: UInt64 = 0
    /// The octets of the messages with `\Deleted`.
    private(set) var deletedSize: UInt64 = 0
    /// The first UID that no read-write session has claimed as recent.
    private var recentFrom: UID
    /// No message before this UID is without `\Seen`.
    private var unseenFrom: UID

    init(uidNext: UID = .first, logCapacity: Int) {
        self.uidNext = uidNext
        recentFrom = uidNext
        unseenFrom = uidNext
        highestModSequence = ModSequence.zero.next
        log = ChangeLog(capacity: logCapacity, floor: highestModSequence)
    }

    var token: ChangeToken { ChangeToken(highestModSequence.rawValue) }

    // MARK: Changing

    /// Adds `new` at the end, all or none. Throws ``StoreError/limit`` when UIDs, keywords or octets run out.
    mutating func append(_ new: [MemoryMessage]) throws(StoreError) -> UIDSet {
        guard !new.isEmpty else { return UIDSet() }
        // The last UID is never given: UIDNEXT has to be one.
        guard UInt64(uidNext.rawValue) + UInt64(new.count) <= UInt64(UInt32.max) else { throw .limit }
        var total = size
        var reserved: FlagBits = 0
        var bits: [FlagBits] = []
        bits.reserveCapacity(new.count)
        for message in new {
            let (sum, overflow) = total.addingReportingOverflow(message.size)
            guard !overflow else { throw .limit }
            total = sum
            let own = try flagTable.bits(message.flags, reserved: reserved)
            reserved |= own
            bits.append(own)
        }
        let modSequence = advance()
        let first = uidNext
        var last = first
        for (message, own) in zip(new, bits) {
            recount(message.size, from: 0, to: own)
            messages.append(
                StoredMessage(uid: uidNext, flags: own, modSequence: modSequence, content: message.content))
            uids.insert(uidNext)
            last = uidNext
            uidNext = uidNext.next ?? uidNext
        }
        size = total
        let added = UIDSet(first, last)
        log.record(.appeared, added, at: modSequence)
        return added
    }

    /// Changes the flags of those of `uids` that exist, as far as `rights` permit; returns those whose flags are other
    /// ones now. Throws ``StoreError/noPermission`` when they permit none of it.
    mutating func changeFlags(
        _ change: FlagChange, of uids: UIDSet, permitting rights: AccessRights = .standard
    ) throws(StoreError) -> UIDSet {
        let mask = FlagTable.bits(permittedBy: rights)
        guard let change = change.permitted(by: rights) else { throw .noPermission }
        let named: FlagBits
        let kept: FlagBits
        switch change {
        case .add(let flags):
            named = try flagTable.bits(flags)
            kept = .max
        case .remove(let flags):
            named = 0
            kept = ~flagTable.known(flags)
        case .replace(let flags):
            named = try flagTable.bits(flags)
            kept = 0
        }
        var changed = UIDSet()
        let modSequence = highestModSequence.next
        for bound in uids.bounds {
            var index = firstIndex(from: bound.lower)
            while index < messages.count, messages[index].uid <= bound.upper {
                let old = messages[index].flags
                let new = (old & kept | named) & mask | old & ~mask
                if old != new {
                    messages[index].flags = new
                    messages[index].modSequence = modSequence
                    recount(messages[index].content.size, from: old, to: new)
                    changed.insert(messages[index].uid)
                    if new & FlagTable.seen == 0 { unseenFrom = min(unseenFrom, messages[index].uid) }
                }
                index += 1
            }
        }
        guard !changed.isEmpty else { return changed }
        log.record(.flagsChanged, changed, at: advance())
        return changed
    }

    /// Removes those of `uids` that exist and have all of `flags`; returns them. Their UIDs are never used again.
    mutating func remove(_ uids: UIDSet, having flags: FlagBits) -> UIDSet {
        var removed = UIDSet()
        var indices: [Int] = []
        let most = flags & FlagTable.deleted != 0 ? flagTable.deletedCount : messages.count
        for bound in uids.bounds where indices.count < most {
            var index = firstIndex(from: bound.lower)
            while indices.count < most, index < messages.count, messages[index].uid <= bound.upper {
                if messages[index].flags & flags == flags {
                    indices.append(index)
                    removed.insert(messages[index].uid)
                }
                index += 1
            }
        }
        guard let first = indices.first else { return removed }
        for index in indices {
            recount(messages[index].content.size, from: messages[index].flags, to: 0)
            size -= messages[index].content.size
        }
        takeOut(indices, from: first)
        self.uids = self.uids.subtracting(removed)
        log.record(.vanished, removed, at: advance())
        return removed
    }

    /// Takes the rows of `indices`, ascending, out; `first` is the first of them.
    private mutating func takeOut(_ indices: [Int], from first: Int) {
        if let last = indices.last, last - first == indices.count - 1 {
            messages.removeSubrange(first...last)
            return
        }
        var next = 0
        var kept = first
        for index in first..<messages.count {
            if next < indices.count, indices[next] == index {
                next += 1
            } else {
                messages.swapAt(kept, index)
                kept += 1
            }
        }
        messages.removeSubrange(kept...)
    }

    /// Notes that a message of `size` octets with the flags `old` has the flags `new` now.
    private mutating func recount(_ size: UInt64, from old: FlagBits, to new: FlagBits) {
        flagTable.recount(from: old, to: new)
        if old & FlagTable.deleted != 0 { deletedSize -= size }
        if new & FlagTable.deleted != 0 { deletedSize += size }
    }

    /// The recent messages, which are no longer recent for anyone else.
    mutating func claimRecent() -> UIDSet {
        let claimed = recent
        recentFrom = uidNext
        return claimed
    }

    /// The first message without `\Seen`. What it looked through is not looked through again.
    mutating func firstUnseen() -> UID? {
        guard flagTable.seenCount < messages.count else { return nil }
        let start = firstIndex(from: unseenFrom)
        guard let index = messages[start...].firstIndex(where: { $0.flags & FlagTable.seen == 0 }) else { return nil }
        unseenFrom = messages[index].uid
        return unseenFrom
    }

    private mutating func advance() -> ModSequence {
        highestModSequence = highestModSequence.next
        return highestModSequence
    }
}

extension MailboxContent {
    // MARK: Reading

    /// The messages that no read-write session has claimed.
    var recent: UIDSet {
        guard let last = messages.last?.uid, last >= recentFrom else { return UIDSet() }
        return uids.intersection(UIDSet(recentFrom, last))
    }

    /// The messages of 4 GiB and more. Looked for only where there can be one.
    var oversized: UIDSet {
        guard size > UInt64(UInt32.max) else { return UIDSet() }
        return UIDSet(messages.lazy.filter { $0.content.size > UInt64(UInt32.max) }.map { $0.uid })
    }

    /// The flags, as one sees them who opened the mailbox so and has these rights.
    func flags(_ access: MailboxAccess, _ rights: AccessRights) -> MailboxFlags {
        let rights = access == .readWrite ? rights : []
        return MailboxFlags(
            flags: flagTable.flags, permanentFlags: flagTable.flags.filter(rights.permits),
            acceptsNewKeywords: rights.contains(.write) && flagTable.hasRoom)
    }

    func changes(since token: ChangeToken) -> Changes {
        guard token != self.token else { return .none }
        guard token.rawValue < self.token.rawValue,
            let (appeared, vanished, changed) = log.changes(after: token.rawValue)
        else { return .unknown(uids: uids, token: self.token) }
        return .some(appeared: appeared, vanished: vanished, flagsChanged: changed, token: self.token)
    }

    /// Those of `uids` that were removed after `modSequence`; where that is forgotten, all that were ever removed.
    func vanished(after modSequence: ModSequence, of uids: UIDSet) -> UIDSet {
        if let vanished = log.vanished(after: modSequence.rawValue) { return uids.intersection(vanished) }
        guard let last = UID(uidNext.rawValue - 1) else { return UIDSet() }
        return uids.intersection(UIDSet(.first, last)).subtracting(self.uids)
    }

    /// The messages of `uids` that exist: a binary search for each range, then only what is in it.
    func records(
        _ uids: UIDSet, _ columns: MessageColumns, calledBy identities: Identities? = nil
    ) -> [MessageRecord] {
        var records: [MessageRecord] = []
        records.reserveCapacity(min(uids.count, messages.count))
        var spelled = SpelledFlags()
        // Asked once, and not of every message.
        let hasFlags = columns.contains(.flags)
        let hasModSequence = columns.contains(.modSequence)
        let hasContent = !columns.subtracting([.flags, .modSequence]).isEmpty
        for bound in uids.bounds {
            var index = firstIndex(from: bound.lower)
            var columns = columns
            if columns.contains(.digest), digestOctets(from: index, to: bound.upper) == 0 { columns.remove(.digest) }
            while index < messages.count, messages[index].uid <= bound.upper {
                var record = MessageRecord(
                    uid: messages[index].uid,
                    flags: hasFlags ? spelled.flags(of: messages[index].flags, flagTable) : nil,
                    modSequence: hasModSequence ? messages[index].modSequence : nil)
                if hasContent { messages[index].content.tell(columns, identities, &record) }
                records.append(consume record)
                index += 1
            }
        }
        return records
    }

    /// Octets of the digests of the messages from `start` on, up to a UID.
    ///
    /// Adding them up is how they get near: here the processor waits for many of them at once, where handing them out
    /// waits for one after the other.
    @inline(never)
    private func digestOctets(from start: Int, to last: UID) -> Int {
        var sum = 0
        var index = start
        while index < messages.count, messages[index].uid <= last {
            if let digest = messages[index].content.digest { sum &+= digest.octets.count }  // far below 2^63 octets
            index += 1
        }
        return sum
    }

    /// Those of `uids` that exist and were changed after `modSequence`.
    func changed(_ uids: UIDSet, after modSequence: ModSequence) -> UIDSet {
        var changed = UIDSet()
        for record in records(uids, .modSequence) where record.modSequence ?? .zero > modSequence {
            changed.insert(record.uid)
        }
        return changed
    }

    func message(_ uid: UID) -> StoredMessage? {
        let index = firstIndex(from: uid)
        return index < messages.count && messages[index].uid == uid ? messages[index] : nil
    }

    /// What it takes up of a quota.
    var amount: QuotaLedger.Amount { QuotaLedger.Amount(messages: UInt64(messages.count), octets: size) }

    /// Copies of those of `uids` that exist, ascending.
    func copies(of uids: UIDSet) -> (uids: UIDSet, messages: [MemoryMessage]) {
        var found: [UID] = []
        var copies: [MemoryMessage] = []
        for record in records(uids, .flags) {
            guard let message = message(record.uid) else { continue }
            found.append(record.uid)
            copies.append(MemoryMessage(content: message.content, flags: record.flags ?? []))
        }
        return (UIDSet(found), copies)
    }

    func status(uidValidity: UIDValidity, id: ObjectID?) -> MailboxStatus {
        MailboxStatus(
            messages: UInt32(clamping: messages.count),
            recent: UInt32(clamping: messages.count - firstIndex(from: recentFrom)),
            unseen: UInt32(clamping: messages.count - flagTable.seenCount),
            deleted: UInt32(clamping: flagTable.deletedCount),
            uidNext: uidNext, uidValidity: uidValidity, size: size, deletedSize: deletedSize,
            highestModSequence: highestModSequence, mailboxID: id)
    }

    /// The index of the first message whose UID is not below `uid`.
    func firstIndex(from uid: UID) -> Int {
        var low = 0
        var high = messages.count
        while low < high {
            let middle = low + (high - low) / 2
            if messages[middle].uid < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
