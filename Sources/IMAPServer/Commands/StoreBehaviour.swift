package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

extension StoreCommand: Command {
    package static let facts = CommandFacts(
        "STORE", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .write,
        literals: .none)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.writableMailbox()
        let uids = try context.messages(set, numbering)
        let modifier = modifiers.lazy.compactMap { $0 as? any StoreModifier }.first
        if let modifier { try await modifier.begin(&context) }
        // What this session changes silently is not told as news. What another changed before must have been told by
        // then; UNCHANGEDSINCE leaves such a message alone by itself.
        if isSilent, modifier == nil { try await context.tellNews() }
        let forms = context.connection.forms
        let columns = forms.addedItems.reduce(into: MessageColumns([.flags, .modSequence])) {
            $0.formUnion($1.columns)
        }
        let answer = answer(forms, modifier)
        var isIncomplete = false
        var refused = UIDSet()
        for batch in uids.batches(of: context.configuration.limits.messageBatch) {
            let outcome = try await ask { () async throws(StoreError) in
                guard let modifier else {
                    return ConditionalChange(
                        changed: try await view.mailbox.changeFlags(change, of: batch), refused: UIDSet())
                }
                return try await modifier.change(change, of: batch, in: view.mailbox)
            }
            context.noteOwnChanges(outcome.changed)
            refused = refused.union(outcome.refused)
            let done = batch.subtracting(outcome.refused)
            let records = try await ask { () async throws(StoreError) in try await view.mailbox.messages(done, columns)
            }
            if records.count < done.count { isIncomplete = true }
            guard answer != .none else { continue }
            context.noteOwnChanges(records)
            for record in records {
                context.respondFlags(record, forms, withUID: numbering == .uids, withFlags: answer == .flags)
                try await context.drain()
            }
        }
        guard refused.isEmpty || modifier == nil else {
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
