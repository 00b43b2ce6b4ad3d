import IMAPHost
import IMAPTypes
import Synchronization

/// One mailbox, shared by all sessions that have it open. Its lock is held for one synchronous operation at a time.
final class SharedMailbox: Sendable {
    private struct State: Sendable {
        var content: MailboxContent
        var name: MailboxName
        var isDeleted = false
        var annotations: Annotations
        /// `nil` in a mailbox that is one user's own, who may do everything.
        var accessList: AccessList?
    }

    /// No other mailbox of the store has it, or ever will.
    let uidValidity: UIDValidity
    /// The UIDVALIDITY it had at first, whatever it was renamed to since.
    let firstUIDValidity: UIDValidity
    let attributes: [MailboxAttribute]
    /// The most a session may open it for.
    let access: MailboxAccess
    /// Where its messages are accounted for.
    private let ledger: QuotaLedger
    private let sessions: SessionRegistry
    private let news: NewsLog
    /// What its messages are called.
    let identities: Identities
    private let state: Mutex<State>

    /// A mailbox of `content`, which takes up room from now on, whatever the limits.
    init(
        _ name: MailboxName, uidValidity: UIDValidity, firstUIDValidity: UIDValidity? = nil,
        attributes: [MailboxAttribute], access: MailboxAccess, content: MailboxContent,
        annotations: Annotations = Annotations(), accessList: AccessList?, in mail: UserMail
    ) {
        self.uidValidity = uidValidity
        self.firstUIDValidity = firstUIDValidity ?? uidValidity
        self.attributes = attributes
        self.access = access
        ledger = mail.ledger
        sessions = mail.sessions
        news = mail.news
        identities = mail.identities
        ledger.add(content.amount)
        state = Mutex(State(content: content, name: name, annotations: annotations, accessList: accessList))
    }

    /// What it is called whatever its name.
    var id: ObjectID? { Identities.mailbox(firstUIDValidity) }

    /// Whether it has messages at all: not with `\Noselect` or `\NonExistent`.
    var isSelectable: Bool { !attributes.contains(.noSelect) && !attributes.contains(.nonExistent) }

    /// Throws what is to be thrown where messages are about to come: ``StoreError/cannot`` when it holds none,
    /// ``StoreError/noPermission`` when it takes no more.
    func checkTakesMessages() throws(StoreError) {
        guard isSelectable else { throw .cannot }
        guard access == .readWrite else { throw .noPermission }
    }

    /// Throws as ``read(_:)`` does.
    func status() throws(StoreError) -> MailboxStatus {
        try read { (content) throws(StoreError) in content.status(uidValidity: uidValidity, id: id) }
    }

    /// Reads, or changes without telling anyone. Throws ``StoreError/nonExistent`` once the mailbox is deleted and
    /// ``StoreError/cannot`` when it can hold no messages.
    func read<Result: Sendable>(
        _ body: (inout MailboxContent) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        guard isSelectable else { throw .cannot }
        return try state.withLock { (state) throws(StoreError) -> Result in
            guard !state.isDeleted else { throw .nonExistent }
            return try body(&state.content)
        }
    }

    /// Changes, and wakes the user's sessions if something changed. Throws as ``read(_:)`` does. What comes is to be
    /// charged before; what goes is given back here.
    func update<Result: Sendable>(
        by author: UInt64 = 0, _ body: (inout MailboxContent) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        guard isSelectable else { throw .cannot }
        let (result, changed) = try state.withLock { (state) throws(StoreError) -> (Result, MailboxName?) in
            guard !state.isDeleted else { throw .nonExistent }
            let (before, size) = (state.content.token, state.content.amount)
            let result = try body(&state.content)
            refundDifference(from: size, to: state.content.amount)
            guard state.content.token != before else { return (result, nil) }
            news.record(MessageEvents(state.content.changes(since: before)), in: state.name, by: author)
            return (result, state.name)
        }
        if let changed {
            sessions.mark(self, changed)
            sessions.mark(.messages)
        }
        return result
    }

    private func refundDifference(from old: QuotaLedger.Amount, to new: QuotaLedger.Amount) {
        guard new.messages < old.messages else { return }
        ledger.refund(QuotaLedger.Amount(messages: old.messages - new.messages, octets: old.octets - new.octets))
    }

    /// Adds messages, all or none. Throws ``StoreError/overQuota`` too.
    func append(_ messages: [MemoryMessage], by author: UInt64 = 0) throws(StoreError) -> UIDSet {
        let amount = QuotaLedger.Amount.of(messages)
        try ledger.charge(amount)
        do throws(StoreError) {
            return try update(by: author) { (content) throws(StoreError) in try content.append(messages) }
        } catch {
            ledger.refund(amount)
            throw error
        }
    }

    /// Makes every handle answer ``StoreError/nonExistent`` from now on, and wakes; gives what was in it.
    @discardableResult
    func delete() -> MailboxContent {
        let (content, name) = state.withLock { state in
            state.isDeleted = true
            return (state.content, state.name)
        }
        ledger.refund(content.amount)
        sessions.mark(self, name)
        return content
    }

    /// Gives it another name, and wakes under both.
    func rename(to new: MailboxName) {
        let old = state.withLock { state in
            let old = state.name
            state.name = new
            return old
        }
        sessions.mark(self, old)
        sessions.mark(self, new)
    }

    /// Wakes for something that is not in the content, such as its creation.
    func mark() {
        sessions.mark(self, state.withLock { $0.name })
    }
}

extension SharedMailbox {
    // MARK: Rights

    var accessList: AccessList? { state.withLock { $0.accessList } }

    /// What one who is called so may do now.
    func rights(of subject: @autoclosure () -> Subject) -> AccessRights {
        accessList?.rights(of: subject().names) ?? .standard
    }

    /// Throws ``StoreError/nonExistent`` once the mailbox is deleted, and ``StoreError/limit`` when its list is full.
    func changeRights(
        of identifier: AccessIdentifier, _ change: RightsChange, by author: UInt64 = 0
    ) throws(StoreError) {
        try state.withLock { (state) throws(StoreError) in
            guard !state.isDeleted else { throw .nonExistent }
            let before = state.accessList
            guard before?.hasRoom(for: identifier) ?? true else { throw .limit }
            state.accessList?.change(identifier, change)
            news.record(.rights(state.name, before: before, after: state.accessList), by: author)
        }
        sessions.mark(.names)
        // Who may no longer read it finds that out by asking what changed.
        mark()
        sessions.mark(.rights)
    }
}

extension SharedMailbox {
    // MARK: Annotations

    /// The name it has now, unless it is deleted.
    var currentName: MailboxName? { state.withLock { $0.isDeleted ? nil : $0.name } }

    var annotations: Annotations { readAnnotations { $0 } }

    func readAnnotations<Result: Sendable>(_ body: (Annotations) -> Result) -> Result {
        state.withLock { body($0.annotations) }
    }

    /// Makes the changes, all or none. Throws ``StoreError/nonExistent`` once the mailbox is deleted.
    func annotate(
        _ changes: [AnnotationChange], by user: UserIdentity
    ) throws(StoreError) -> (outcome: AnnotationOutcome, changed: [EntryName]) {
        try state.withLock { (state) throws(StoreError) in
            guard !state.isDeleted else { throw .nonExistent }
            return state.annotations.apply(changes, by: user)
        }
    }

    func wake(_ topics: WakeTopics) { sessions.mark(topics) }

    /// The special uses as RFC 6154 section 4 has them; `nil` when there are none.
    var specialUse: [UInt8]? {
        let uses = attributes.filter(\.isSpecialUse).map(\.octets)
        return uses.isEmpty ? nil : Array(uses.joined(separator: [ASCII.space]))
    }
}

extension SharedMailbox {
    /// The UIDs that messages had, and the ones they have now.
    typealias Moved = (source: UIDSet, destination: UIDSet)

    /// Moves those of `uids` that exist to `target`, which may be this mailbox, in one step for whoever looks at both.
    ///
    /// They arrive there with the flags that `rights` permit.
    func move(
        _ uids: UIDSet, to target: SharedMailbox, permitting rights: AccessRights = .standard, by author: UInt64 = 0
    ) throws(StoreError) -> Moved {
        guard target !== self else {
            return try update(by: author) { (content) throws(StoreError) -> Moved in
                let (source, copies) = content.copies(of: uids)
                let destination = try content.append(copies.permitted(by: rights))
                _ = content.remove(source, having: 0)
                return (source, destination)
            }
        }
        guard isSelectable, target.isSelectable else { throw .cannot }
        let moved: Moved
        // Whoever takes two of these locks takes that of the lower UIDVALIDITY first.
        if uidValidity < target.uidValidity {
            moved = try state.withLock { (mine) throws(StoreError) -> Moved in
                try target.state.withLock { (theirs) throws(StoreError) -> Moved in
                    try move(uids, from: &mine, to: &theirs, of: target, permitting: rights, by: author)
                }
            }
        } else {
            moved = try target.state.withLock { (theirs) throws(StoreError) -> Moved in
                try state.withLock { (mine) throws(StoreError) -> Moved in
                    try move(uids, from: &mine, to: &theirs, of: target, permitting: rights, by: author)
                }
            }
        }
        if !moved.source.isEmpty {
            target.mark()
            target.sessions.mark(.messages)
            mark()
            sessions.mark(.messages)
        }
        return moved
    }

    private func move(
        _ uids: UIDSet, from mine: inout State, to theirs: inout State, of target: SharedMailbox,
        permitting rights: AccessRights, by author: UInt64
    ) throws(StoreError) -> Moved {
        guard !mine.isDeleted, !theirs.isDeleted else { throw .nonExistent }
        let (source, copies) = mine.content.copies(of: uids)
        let amount = QuotaLedger.Amount.of(copies)
        // Under one ledger nothing becomes more.
        if target.ledger !== ledger { try target.ledger.charge(amount) }
        let destination: UIDSet
        do throws(StoreError) {
            destination = try theirs.content.append(copies.permitted(by: rights))
        } catch {
            if target.ledger !== ledger { target.ledger.refund(amount) }
            throw error
        }
        _ = mine.content.remove(source, having: 0)
        if target.ledger !== ledger { ledger.refund(amount) }
        if !source.isEmpty {
            news.record(.vanished, in: mine.name, by: author)
            target.news.record(.appeared, in: theirs.name, by: author)
        }
        return (source, destination)
    }
}
