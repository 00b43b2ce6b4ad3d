public import IMAPCodec
public import IMAPHost
import IMAPSession
public import IMAPTypes

/// Asks the host. What it refuses becomes the command's failure.
public func ask<Answer>(
    _ question: () async throws(StoreError) -> Answer
) async throws(CommandFailure) -> Answer {
    do {
        return try await question()
    } catch {
        throw CommandFailure(error)
    }
}

/// The messages of the selected mailbox, for commands.
extension Context {
    /// The selected mailbox. Throws when there is none, which the gate does not let happen.
    public func selectedMailbox() throws(CommandFailure) -> MailboxView {
        guard let view = connection.machine.mailbox else { throw .bad(nil, "No mailbox is selected") }
        return view
    }

    /// The selected mailbox, when it may be changed.
    public func writableMailbox() throws(CommandFailure) -> MailboxView {
        let view = try selectedMailbox()
        guard view.access == .readWrite else { throw .no(nil, "The mailbox was opened to be read") }
        return view
    }

    /// The messages a command names. A sequence number that is none is BAD; a UID that is none is nothing.
    ///
    /// A command that names UIDs lets EXPUNGE be sent: no number of it can go wrong (RFC 9051 section 7.5.1).
    public mutating func messages(
        _ set: MessageSet, _ numbering: MessageNumbering
    ) throws(CommandFailure) -> UIDSet {
        let view = try selectedMailbox()
        if numbering == .uids { expunge = .permitted }
        switch set {
        case .atom(let octet):
            return view.existing(try messages(named: octet))
        case .numbers(let numbers):
            switch numbering {
            case .uids: return view.uids(in: numbers)
            case .sequenceNumbers:
                guard let numbered = view.uids(numbered: numbers) else { throw .bad(nil, "No such message") }
                return numbered
            }
        }
    }

    /// Lets EXPUNGE be sent while the command is answered: no number of it can go wrong (RFC 9051 section 7.5.1).
    package mutating func permitExpunge() { expunge = .permitted }

    /// Expunges those of `uids` that have `\Deleted`. The client is told before the command is answered.
    public mutating func expunge(_ uids: UIDSet) async throws(CommandFailure) {
        let view = try writableMailbox()
        let expunged = try await ask { () async throws(StoreError) in try await view.mailbox.expunge(uids) }
        let gone = view.checked(expunged, of: uids, "expunge: a message that was not asked for")
        askForNews(expunged: gone)
    }

    /// Has the store asked what happened before the command is answered, marked or not: the command changed something.
    public mutating func askForNews() { newsIsDue = true }

    /// The same for a command that expunged `uids`: that is told even a client that wants to know nothing else.
    public mutating func askForNews(expunged uids: UIDSet) {
        askForNews()
        guard !read(UnaskedNews.self).tellsMessages else { return }
        change { $0.noteVanished(uids) }
    }

    /// Remembers what this session changed itself, so that it is not told as news.
    public mutating func noteOwnChanges(_ records: [MessageRecord]) {
        _ = connection.machine.withMailbox { $0.noteOwnChanges(records) }
    }

    /// What this session changed itself is told as news, too: its client was not told enough to know it.
    mutating func forgetOwnChanges() { _ = connection.machine.withMailbox { $0.forgetOwnChanges() } }

    /// `* n FETCH (FLAGS (...))`, with what the session's modes add.
    mutating func respondFlags(
        _ record: MessageRecord, _ forms: MessageForms, withUID: Bool, withFlags: Bool = true
    ) {
        guard let view = connection.machine.mailbox, let number = view.sequenceNumber(of: record.uid),
            let flags = record.flags
        else { return }
        let message = FetchedMessage(record: record, isRecent: view.recent.contains(record.uid))
        beginFetch(number, record.uid, forms)
        var isFirst = true
        func separate(_ writer: inout ResponseWriter) {
            if !isFirst { writer.space() }
            isFirst = false
        }
        let addsUID = (withUID || forms.addsUID) && forms.fetch == nil
        if addsUID {
            separate(&connection.writer)
            UIDItem().write(message, to: &connection.writer)
        }
        if withFlags {
            separate(&connection.writer)
            connection.writer.itemName(FlagsItem.name)
            connection.writer.flags(flags, recent: message.isRecent && !forms.omitted.contains("RECENT"))
        }
        for item in forms.addedItems {
            separate(&connection.writer)
            item.write(message, to: &connection.writer)
        }
        connection.writer.closeList()
        connection.writer.lineEnd()
    }

    /// `* n FETCH (`, or what the session's modes have in its place.
    mutating func beginFetch(_ number: SequenceNumber, _ uid: UID, _ forms: MessageForms) {
        connection.writer.untagged(
            forms.fetch == nil ? number.rawValue : uid.rawValue, forms.fetch ?? FetchResponse.name)
    }
}

/// `FETCH`, as the name of a response.
private enum FetchResponse {
    static let name: Keyword = "FETCH"
}
