public import IMAPHost
public import IMAPTypes

/// What the host answers about the selected mailbox, looked at before it is used: a host that contradicts itself is
/// reported to the observer, and what it said is told to no client.
extension MailboxView {
    /// Messages of the mailbox, as ``/IMAPHost/Mailbox/messages(_:_:)`` is documented to give them: those of `uids` that
    /// there are, ascending, with the columns asked for. Anything else is the host's fault, ``/IMAPHost/StoreError/internalError``.
    public func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        let records = try await mailbox.messages(uids, columns)
        guard let flaw = flaw(of: records, uids, columns) else { return records }
        report("messages: \(flaw)")
        throw .internalError
    }

    private func flaw(of records: [MessageRecord], _ uids: UIDSet, _ columns: MessageColumns) -> String? {
        if let flaw = flaw(of: records, within: uids) { return flaw }
        for index in records.indices {
            if columns.contains(.flags), records[index].flags == nil { return "a message without flags" }
            if columns.contains(.internalDate), records[index].internalDate == nil { return "a message without a date" }
            // number64 has 63 bits (RFC 9051 section 9).
            if columns.contains(.size), records[index].size.map({ $0 > UInt64(Int64.max) }) ?? true {
                return "a message without a size that can be told"
            }
            if columns.contains(.modSequence), highestModSequence != nil,
                records[index].modSequence ?? .zero == .zero
            {
                return "a message without a mod-sequence"
            }
        }
        return nil
    }

    private func flaw(of records: [MessageRecord], within uids: UIDSet) -> String? {
        // No UID is 0.
        var last: UInt32 = 0
        for index in records.indices {
            let uid = records[index].uid.rawValue
            guard uids.ranges.contains(uid) else { return "a message that was not asked for" }
            if uid <= last { return "messages twice, or not in order" }
            last = uid
        }
        return nil
    }

    /// Which of `uids` exist and have each of `flags`, as a mailbox answers that knows it. Messages that were not asked for,
    /// or that have a flag and do not exist, are the host's fault: ``/IMAPHost/StoreError/internalError``.
    func flagged(
        _ uids: UIDSet, with flags: [Flag], _ index: any FlagIndexedMailbox
    ) async throws(StoreError) -> FlaggedMessages {
        let answer = try await index.flagged(uids, with: flags)
        let isSo =
            answer.having.count == flags.count && uids.ranges.containsAll(answer.existing.ranges)
            && answer.having.allSatisfy { answer.existing.ranges.containsAll($0.ranges) }
        guard !isSo else { return answer }
        report("flagged: messages that were not asked for")
        throw .internalError
    }

    /// The answer to a change of flags of `uids`: what was changed is left out where it is none of them.
    func checked(_ change: ConditionalChange, of uids: UIDSet) -> ConditionalChange {
        var change = change
        if let flaw = flaw(of: change.changed, within: uids) {
            report("changeFlags: \(flaw)")
            change.changed = []
        }
        change.refused = checked(change.refused, of: uids, "changeFlags: a message was refused that was not asked for")
        return change
    }

    /// Those of `answer` that were asked about.
    package func checked(_ answer: UIDSet, of uids: UIDSet, _ flaw: String) -> UIDSet {
        let known = answer.intersection(uids)
        if known != answer { report(flaw) }
        return known
    }

    /// The answer to a copy or a move of `uids`, which is done: where it cannot be so, the client is not told which
    /// message became which.
    package func checked(_ copied: CopiedMessages, of uids: UIDSet) -> CopiedMessages {
        let isSo = copied.source.count == copied.destination.count && copied.source.intersection(uids) == copied.source
        guard !isSo else { return copied }
        report("copy or move: other messages than were asked for")
        return CopiedMessages(
            uidValidity: copied.uidValidity, source: copied.source.intersection(uids), destination: UIDSet())
    }
}
