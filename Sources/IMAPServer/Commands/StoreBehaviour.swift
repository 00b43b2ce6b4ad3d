package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

extension StoreCommand: Command {
    package static let facts = CommandFacts(
        "STORE", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .write,
        literals: .none)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        do throws(CommandFailure) {
            return try await store(&context)
        } catch {
            // The client does not know what was done before it failed: that is told as news (SEMANTICS 12).
            if isSilent { context.forgetOwnChanges() }
            throw error
        }
    }

    private func store(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.writableMailbox()
        let uids = try context.messages(set, numbering)
        let modifier = modifiers.lazy.compactMap { $0 as? any StoreModifier }.first
        if let modifier { try await modifier.begin(&context) }
        let forms = context.connection.forms
        let columns = forms.addedItems.reduce(into: MessageColumns([.flags, .modSequence])) {
            $0.formUnion($1.columns)
        }
        let answer = answer(forms, modifier)
        var isIncomplete = false
        var refused: [NumberRanges.Run] = []
        var known = KnownFlags(change, isSilent: isSilent, since: view.token)
        for batch in uids.batches(of: context.configuration.limits.messageBatch) {
            try await known.look(at: batch, in: view)
            var outcome = try await ask { () async throws(StoreError) in
                guard let modifier else {
                    return ConditionalChange(
                        changed: try await view.mailbox.changeFlags(change, of: batch), refused: UIDSet())
                }
                return try await modifier.change(change, of: batch, in: view.mailbox)
            }
            outcome = view.checked(outcome, of: batch)
            if answer != .flags { context.noteOwnChanges(outcome.changed.filter { known.foretell($0) }) }
            refused += outcome.refused.ranges.runs
            let done = batch.subtracting(outcome.refused)
            let records = try await ask { () async throws(StoreError) in try await view.messages(done, columns)
            }
            if records.count < done.count { isIncomplete = true }
            guard answer != .none else { continue }
            if answer == .flags { context.noteOwnChanges(records) }
            for record in records {
                context.respondFlags(record, forms, withUID: numbering == .uids, withFlags: answer == .flags)
                try await context.drain()
            }
        }
        guard refused.isEmpty || modifier == nil else {
            let refused = UIDSet(ranges: NumberRanges(merging: refused))
            return .ok(code(refused, view, modifier), "Some of the messages were changed by another session")
        }
        guard !isIncomplete || numbering == .uids else { throw CommandFailure(.expunged) }
        return .ok("STORE completed")
    }

    private var change: FlagChange {
        switch operation {
        case .add: .add(flags)
        case .remove: .remove(flags)
        case .replace: .replace(flags)
        }
    }

    private enum Answer {
        case none
        /// What modes add, such as MODSEQ, and not the flags: the client knows them.
        case addedItems
        case flags
    }

    private func answer(_ forms: MessageForms, _ modifier: (any StoreModifier)?) -> Answer {
        guard isSilent else { return .flags }
        return forms.answersSilentStore && !forms.addedItems.isEmpty ? .addedItems : .none
    }

    private func code(_ refused: UIDSet, _ view: MailboxView, _ modifier: (any StoreModifier)?) -> ResponseCode? {
        switch numbering {
        case .uids: modifier?.code(refusedUIDs: refused)
        case .sequenceNumbers:
            modifier?.code(
                refusedNumbers: SequenceNumberSet(refused.lazy.compactMap { view.sequenceNumber(of: $0) }))
        }
    }
}

/// What the client of a silent STORE can work out by itself: the flags of messages that nobody else changed since it
/// was told of them. Of the others it is told as news what they have in the end, though the session changed them too:
/// "determinate without a race condition" (RFC 3501 section 6.4.6). What they had before would not be: a client cannot
/// tell whether its own change is in it.
private struct KnownFlags: Sendable {
    private let change: FlagChange
    private let isNeeded: Bool
    private var token: ChangeToken
    private var before: [UInt32: Set<Flag>] = [:]
    /// Messages that others changed, of those that were not looked at yet or are being.
    private var changedByOthers = UIDSet()
    private var isUnknown = false

    init(_ change: FlagChange, isSilent: Bool, since token: ChangeToken) {
        self.change = change
        self.token = token
        isNeeded =
            switch change {
            case .replace: false
            case .add, .remove: isSilent
            }
    }

    /// Before a batch is changed; batches ascend. Reads first, and asks then what changed: a change between the two is in
    /// one of the answers.
    mutating func look(at batch: UIDSet, in view: MailboxView) async throws(CommandFailure) {
        guard isNeeded, !isUnknown, let first = batch.first else { return }
        let records = try await ask { () async throws(StoreError) in try await view.messages(batch, .flags) }
        before = [:]
        for record in records { before[record.uid.rawValue] = Set(record.flags ?? []) }
        let asked = token
        switch try await ask({ () async throws(StoreError) in try await view.mailbox.changes(since: asked) }) {
        case .none: break
        case .some(_, _, let flagsChanged, let token):
            // Below the batch are this command's own changes: they come back, and would be carried along.
            let others = flagsChanged.intersection(
                UIDSet(ranges: NumberRanges(merging: [NumberRanges.Run(first.rawValue, .max)])))
            if !others.isEmpty { changedByOthers = changedByOthers.union(others) }
            self.token = token
        case .unknown: isUnknown = true
        }
    }

    /// Whether the client knows the flags that a message has after the change.
    func foretell(_ record: MessageRecord) -> Bool {
        let after = Set(record.flags ?? [])
        switch change {
        case .replace(let flags): return after == Set(flags)
        case .add(let flags): return isKnown(record.uid) && after == before[record.uid.rawValue]?.union(flags)
        case .remove(let flags): return isKnown(record.uid) && after == before[record.uid.rawValue]?.subtracting(flags)
        }
    }

    private func isKnown(_ uid: UID) -> Bool { !isUnknown && !changedByOthers.contains(uid) }
}
