package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

// The commands that change messages of the selected mailbox.

extension StoreCommand: Command {
    package static let facts = CommandFacts(
        "STORE", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .write,
        literals: .none)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.writableMailbox()
        let uids = try context.messages(set, numbering)
        let change: FlagChange =
            switch operation {
            case .add: .add(flags)
            case .remove: .remove(flags)
            case .replace: .replace(flags)
            }
        var isIncomplete = false
        for batch in uids.batches(of: context.configuration.limits.messageBatch) {
            let records: [MessageRecord]
            do {
                let changed = try await view.mailbox.changeFlags(change, of: batch)
                context.noteOwnChanges(changed)
                records = try await view.mailbox.messages(batch, [.flags, .modSequence])
            } catch {
                throw CommandFailure(error)
            }
            if records.count < batch.count { isIncomplete = true }
            guard !isSilent else { continue }
            context.noteOwnChanges(records)
            for record in records {
                context.respondFlags(record, withUID: numbering == .uids)
                try await context.drain()
            }
        }
        guard !isIncomplete || numbering == .uids else { throw CommandFailure(.expunged) }
        return .ok("STORE completed")
    }
}

extension ExpungeCommand: Command {
    package static let facts = CommandFacts(
        "EXPUNGE", in: .selected, forms: .plain, expunge: .permitted, right: .expunge, literals: .none)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.writableMailbox()
        do {
            _ = try await view.mailbox.expunge(view.all)
        } catch {
            throw CommandFailure(error)
        }
        context.newsIsDue = true
        return .ok("EXPUNGE completed")
    }
}

extension CopyCommand: Command {
    package static let facts = CommandFacts(
        "COPY", in: .selected, forms: .plainAndUID, expunge: .permitted, right: .insert, literals: .buffered)

    /// All or nothing (RFC 9051 section 6.4.7). A target that does not exist is `NO [TRYCREATE]`.
    ///
    /// A message that another session expunged is an error by number, and nothing is copied; by UID it is left out.
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.selectedMailbox()
        let uids = try context.messages(set, numbering)
        guard let mailbox else { throw .no(.cannot, "No mailbox can have that name") }
        var left = uids
        for _ in 0..<CopyCommand.attempts {
            guard !left.isEmpty else { return .ok("COPY completed") }
            do {
                _ = try await view.mailbox.copy(left, to: mailbox)
                return .ok("COPY completed")
            } catch .nonExistent {
                throw .no(.tryCreate, "No such mailbox")
            } catch .expunged {
                guard numbering == .uids else { throw CommandFailure(.expunged) }
            } catch {
                throw CommandFailure(error)
            }
            do {
                left = UIDSet(try await view.mailbox.messages(left, []).map(\.uid))
            } catch {
                throw CommandFailure(error)
            }
        }
        throw CommandFailure(.expunged)
    }

    /// How often messages may vanish under a UID COPY before it gives up.
    private static var attempts: Int { 3 }
}

extension Context {
    func selectedMailbox() throws(CommandFailure) -> MailboxView {
        guard let view = connection.machine.mailbox else { throw .bad(nil, "No mailbox is selected") }
        return view
    }

    fileprivate func writableMailbox() throws(CommandFailure) -> MailboxView {
        let view = try selectedMailbox()
        guard view.access == .readWrite else { throw .no(nil, "The mailbox was opened to be read") }
        return view
    }

    /// The messages a command names. A sequence number that is none is BAD; a UID that is none is nothing.
    ///
    /// A command that names UIDs lets EXPUNGE be sent: no number of it can go wrong (RFC 9051 section 7.5.1).
    mutating func messages(_ set: SequenceSet, _ numbering: MessageNumbering) throws(CommandFailure) -> UIDSet {
        let view = try selectedMailbox()
        switch numbering {
        case .uids:
            expunge = .permitted
            return view.uids(in: set)
        case .sequenceNumbers:
            guard let numbered = view.uids(numbered: set) else { throw .bad(nil, "No such message") }
            return numbered
        }
    }

    /// Remembers what this session changed itself, so that it is not told as news.
    fileprivate mutating func noteOwnChanges(_ records: [MessageRecord]) {
        _ = connection.machine.withMailbox { $0.noteOwnChanges(records) }
    }

    /// `* n FETCH (FLAGS (...))`
    mutating func respondFlags(_ record: MessageRecord, withUID: Bool) {
        guard let view = connection.machine.mailbox, let number = view.sequenceNumber(of: record.uid),
            let flags = record.flags
        else { return }
        let isRecent = view.recent.contains(record.uid)
        connection.writer.untagged()
        connection.writer.number(number.rawValue)
        connection.writer.space()
        connection.writer.keyword("FETCH")
        connection.writer.space()
        connection.writer.openList()
        if withUID {
            connection.writer.keyword("UID")
            connection.writer.space()
            connection.writer.number(record.uid.rawValue)
            connection.writer.space()
        }
        connection.writer.keyword("FLAGS")
        connection.writer.space()
        connection.writer.flags(flags, recent: isRecent)
        connection.writer.closeList()
        connection.writer.lineEnd()
    }
}
