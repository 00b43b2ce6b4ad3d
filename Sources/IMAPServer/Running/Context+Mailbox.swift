import IMAPCodec
public import IMAPHost
import IMAPSession
public import IMAPTypes

extension Context {
    /// The user's account. Throws before login, which the gate does not let happen.
    public func account() throws(CommandFailure) -> any Account {
        guard let account = connection.machine.account else { throw .bad(nil, "Not authenticated") }
        return account.account
    }

    /// Selects a mailbox: transition 5. What was selected ceases to be, whether this succeeds or not (transition 6).
    public mutating func select(
        _ name: MailboxName?, _ access: MailboxAccess
    ) async throws(CommandFailure) -> OpenMailbox {
        let announcesClosed = channel.tables.announcesClosed || traits.contains(.announcesClosed)
        if announcesClosed, connection.machine.mailbox != nil {
            inform(.closed, "The mailbox selected before is closed")
        }
        try await deselect()
        guard let name else { throw CommandFailure(.nonExistent) }
        // Whatever changes from here on is marked again.
        _ = connection.machine.changes?.take(name)
        let account = try account()
        var open = try await ask { () async throws(StoreError) in try await account.open(name, access) }
        let (observer, id) = (connection.survivors.observer, connection.survivors.id)
        let report: @Sendable (String) -> Void = { observer.observe(.fault("the store: \($0)"), on: id) }
        for flaw in open.dropContradictions() { report("open: \(flaw)") }
        guard open.uids.count <= MailboxView.mostMessages else {
            let mailbox = open.mailbox
            try await run(Endings(.work { try await mailbox.close() }))
            throw CommandFailure(.corrupt)
        }
        if !traits.contains(.largeMessages) { open.hideOversized() }
        guard case .selected(let endings) = connection.machine.select(MailboxView(open, name: name, report: report))
        else {
            throw .closed(.fault)
        }
        try await run(endings)
        selection = .opened
        return open
    }

    /// Transition 6, without expunging anything. Nothing happens when no mailbox is selected.
    public mutating func deselect() async throws(CommandFailure) {
        guard case .deselected(let endings) = connection.machine.deselect() else { return }
        try await run(endings)
    }

    /// The selected mailbox is no more: transition 6, and a client that understands it is told.
    mutating func loseMailbox() async throws(CommandFailure) {
        if traits.contains(.announcesClosed) { inform(.closed, "The selected mailbox was deleted") }
        try await deselect()
    }

    /// Runs what the end of a scope asks for. A failure is the host's, and the connection ends: its state is unknown.
    func run(_ endings: Endings) async throws(CommandFailure) {
        switch await channel.run(endings) {
        case .finished: return
        case .failed: throw .bye(.serverBug, "Internal error", .fault)
        case .abandoned:
            observe(.workAbandoned)
            throw .bye(.unavailable, "Mail store does not answer", .fault)
        }
    }

    /// Tells the client what happened to the selected mailbox, behind a command that has its answer already: a store
    /// that cannot say does not change the answer, and is asked again by the next command.
    mutating func tellNews() async throws(CommandFailure) {
        do {
            try await synchronise(asks: newsIsDue)
            newsIsDue = false
        } catch {
            guard error.outcome != nil else { throw error }
            newsIsDue = true
        }
        try await tellOtherNews()
    }

    /// Tells the client what happened to the selected mailbox, as far as this command lets it be told.
    ///
    /// The store is asked when it marked the mailbox, and when `asks` says so; in a session that resynchronises always.
    mutating func synchronise(asks: Bool) async throws(CommandFailure) {
        guard connection.machine.phase == .selected, let view = connection.machine.mailbox else { return }
        let wanted = read(UnaskedNews.self)
        guard wanted.tellsMessages else { return try await tellOwnExpunge() }
        let isMarked = connection.machine.changes?.take(view.name) ?? false
        let followed = followed(view)
        var greatest: ModSequence?
        if asks || isMarked || followed != nil {
            let changes: Changes
            do {
                // In this order: the changes include it.
                if let followed { greatest = try await followed.highestModSequence() }
                changes = try await view.mailbox.changes(since: view.token)
            } catch .nonExistent {
                // Deleted while it was being selected: the command fails.
                if selection == .opened {
                    selection = .lost
                    return try await deselect()
                }
                guard traits.contains(.announcesClosed) else {
                    throw .bye(nil, "The selected mailbox was deleted", .fault)
                }
                return try await loseMailbox()
            } catch {
                newsIsDue = true
                throw CommandFailure(error)
            }
            do {
                try await tell(changes)
            } catch {
                // The view is where it was, or further: what could not be told is told by the next command.
                newsIsDue = true
                throw error
            }
        }
        if expunge == .permitted { try await tellVanished() }
        guard wanted.tellsFlags else { return }
        change { if let greatest, $0.vanished.isEmpty { $0.toldModSequence = greatest } }
    }

    /// What a client is told that wants to know nothing but what it does itself.
    private mutating func tellOwnExpunge() async throws(CommandFailure) {
        guard expunge == .permitted, let gone = connection.machine.mailbox?.vanished, !gone.isEmpty else { return }
        try await report(vanished: gone, changed: UIDSet())
        try await tellVanished()
    }

    /// The mailbox of a session that resynchronises, if the mailbox can.
    private func followed(_ view: MailboxView) -> (any ResynchronizableMailbox)? {
        guard traits.contains(.resynchronizes), view.highestModSequence != nil else { return nil }
        return view.mailbox as? any ResynchronizableMailbox
    }

    /// The code that says up to where everything was told, for a session that resynchronises; `nil` where its client
    /// knows. It may not where messages vanished, and where it was told of a mod-sequence and not yet of all below it.
    ///
    /// A client that does not want to know of flags (RFC 5465 section 5.2) is told how far it knew them: the code has to
    /// be there where messages were expunged (RFC 7162 sections 3.2.7 and 3.2.9), and must not say too much.
    mutating func standing() -> ResponseCode? {
        guard connection.machine.phase == .selected, let view = connection.machine.mailbox, followed(view) != nil,
            let told = view.toldModSequence, view.hasToldVanished || !view.vanished.isEmpty || newsIsDue
        else { return nil }
        change { $0.noteStanding() }
        return replyCode(for: .told(upTo: told))
    }

    /// The same in a response of its own, where the tagged one has no room for it.
    mutating func informOfStanding() {
        if let code = standing() { inform(code, "Everything up to here was told") }
    }

    private mutating func tell(_ changes: Changes) async throws(CommandFailure) {
        switch changes {
        case .none: return
        case .some(let appeared, let vanished, let flagsChanged, let token):
            let changed = flagsChanged.subtracting(vanished).subtracting(appeared)
            try await tellFlags(changed)
            change { view in
                view.noteVanished(vanished)
                view.forgetOwnChanges()
            }
            try await report(vanished: vanished, changed: changed)
            try await tellAppeared(appeared.subtracting(vanished), upTo: token)
        case .unknown(let uids, let token):
            let known = connection.machine.mailbox?.all ?? UIDSet()
            try await tellFlags(known.intersection(uids))
            change { view in
                view.noteVanished(known.subtracting(uids))
                view.forgetOwnChanges()
            }
            try await report(vanished: known.subtracting(uids), changed: known.intersection(uids))
            try await tellAppeared(uids.subtracting(known), upTo: token)
        }
    }

    mutating func change(_ body: (inout MailboxView) -> Void) {
        _ = connection.machine.withMailbox { body(&$0) }
    }

    /// With the new messages in it the view is at `token`: not before, or those that could not be looked at were never
    /// told.
    private mutating func tellAppeared(_ appeared: UIDSet, upTo token: ChangeToken) async throws(CommandFailure) {
        guard !appeared.isEmpty else { return change { $0.token = token } }
        guard appeared.count <= MailboxView.mostMessages - (connection.machine.mailbox?.count ?? 0) else {
            throw CommandFailure(.corrupt)
        }
        // EXPUNGE first, where it may be sent, so that EXISTS counts what is left.
        let forms = connection.forms
        if expunge == .permitted { try await tellVanished() }
        let seen = try await withoutOversized(appeared)
        change { $0.noteHidden(appeared.subtracting(seen)) }
        let count = connection.machine.withMailbox { $0.append(seen, upTo: token) > 0 ? $0.count : nil } ?? nil
        if let view = connection.machine.mailbox, view.existing(seen) != seen {
            view.report("changes: new messages with UIDs below those that there are")
        }
        guard let count else { return }
        respond(UInt32(clamping: count), "EXISTS")
        try await tellRecent(forms)
        try await report(.appeared(seen))
        change { $0.forgetOwnArrivals(appeared) }
    }

    private mutating func tellRecent(_ forms: MessageForms) async throws(CommandFailure) {
        guard !forms.omitted.contains("RECENT") else { return }
        if let view = connection.machine.mailbox, view.access == .readWrite {
            let claimed = try await ask { () async throws(StoreError) in try await view.mailbox.claimRecent() }
            change { $0.noteRecent(claimed) }
        }
        respond(UInt32(clamping: connection.machine.mailbox?.recentCount ?? 0), "RECENT")
    }

    /// The messages that this session may see: a revision that has no number for their size hides the largest.
    private func withoutOversized(_ uids: UIDSet) async throws(CommandFailure) -> UIDSet {
        guard !traits.contains(.largeMessages), let view = connection.machine.mailbox else { return uids }
        var hidden = UIDSet()
        for batch in uids.batches(of: connection.configuration.limits.messageBatch) {
            let records = try await ask { () async throws(StoreError) in
                try await view.messages(batch, .size)
            }
            for record in records where record.size ?? 0 > UInt64(UInt32.max) { hidden.insert(record.uid) }
        }
        return uids.subtracting(hidden)
    }

    private mutating func tellVanished() async throws(CommandFailure) {
        let gone = connection.machine.mailbox?.vanished ?? UIDSet()
        guard !gone.isEmpty else { return }
        let numbers = connection.machine.withMailbox { $0.removeVanished() } ?? []
        if let name = connection.forms.expunge {
            respond(name) { writer in
                writer.space()
                writer.uids(gone)
            }
            return
        }
        for number in numbers {
            respond(number.rawValue, "EXPUNGE")
            try await drain()
        }
    }

    private mutating func tellFlags(_ uids: UIDSet) async throws(CommandFailure) {
        guard read(UnaskedNews.self).tellsFlags else { return change { $0.noteUntoldFlags(uids) } }
        try await respondFlags(of: uids, evenOwn: false)
    }

    /// FETCH responses with the flags of those of `uids` that are in view, and with what the session's modes add.
    public mutating func respondFlags(of uids: UIDSet) async throws(CommandFailure) {
        try await respondFlags(of: uids, evenOwn: true)
    }

    private mutating func respondFlags(of uids: UIDSet, evenOwn: Bool) async throws(CommandFailure) {
        guard !uids.isEmpty, let view = connection.machine.mailbox else { return }
        // A store may name any others.
        let uids = view.existing(uids)
        let forms = connection.forms
        let addsUID = read(UnaskedNews.self).addsUID
        let columns = forms.addedItems.reduce(into: MessageColumns([.flags, .modSequence])) {
            $0.formUnion($1.columns)
        }
        for batch in uids.batches(of: connection.configuration.limits.messageBatch) {
            let records = try await ask { () async throws(StoreError) in try await view.messages(batch, columns)
            }
            for record in records where evenOwn || !view.isOwnChange(record) {
                respondFlags(record, forms, withUID: addsUID)
            }
            try await drain()
        }
    }
}

extension OpenMailbox {
    /// A store that contradicts itself: what cannot be said is not said.
    /// Returns the contradictions.
    fileprivate mutating func dropContradictions() -> [String] {
        var flaws: [String] = []
        let known = recent.intersection(uids)
        if known != recent { flaws.append("messages are recent that are not there") }
        recent = known
        if let first = firstUnseen, !uids.contains(first) {
            flaws.append("the first unseen message is not there")
            firstUnseen = nil
        }
        if highestModSequence == .zero {
            flaws.append("the greatest mod-sequence is 0")
            highestModSequence = nil
        }
        if let last = uids.last, uidNext <= last {
            flaws.append("the next UID was given already")
            uidNext = UID(last.rawValue == .max ? .max : last.rawValue + 1) ?? uidNext
        }
        return flaws
    }

    /// Leaves out what IMAP4rev1 cannot tell the size of.
    fileprivate mutating func hideOversized() {
        guard !oversized.isEmpty else { return }
        uids = uids.subtracting(oversized)
        recent = recent.subtracting(oversized)
        if let first = firstUnseen, oversized.contains(first) { firstUnseen = nil }
    }
}

extension NumberSet {
    /// The set in pieces of at most `size` numbers, ascending.
    package func batches(of size: Int) -> [NumberSet] {
        // A host may have configured 0.
        let size = Swift.max(size, 1)
        var batches: [NumberSet] = []
        var runs: [NumberRanges.Run] = []
        var room = size
        for run in ranges.runs {
            var lower = run.lower
            while true {
                let count = Swift.min(Int(run.upper - lower) + 1, room)
                let upper = lower + UInt32(truncatingIfNeeded: count - 1)
                runs.append(NumberRanges.Run(lower, upper))
                room -= count
                if room == 0 {
                    batches.append(NumberSet(ranges: NumberRanges(merging: runs)))
                    runs = []
                    room = size
                }
                guard upper < run.upper else { break }
                lower = upper + 1
            }
        }
        if !runs.isEmpty { batches.append(NumberSet(ranges: NumberRanges(merging: runs))) }
        return batches
    }
}
