import IMAPHost
import IMAPTypes
import Synchronization

/// The mailboxes of one user, or those that all users share, by name. Locks are taken in the order directory, mailbox,
/// ledger or sessions.
final class UserMail: Sendable {
    private struct Directory: Sendable {
        var mailboxes: [MailboxName: SharedMailbox] = [:]
        var subscriptions: Set<MailboxName> = []
        /// The greatest UIDVALIDITY that a name has lost. A mailbox that moves to another name keeps its own only
        /// when it is greater: whatever the name stood for before, its UIDVALIDITY grows.
        var retired: UIDValidity?

        mutating func retire(_ uidValidity: UIDValidity) { retired = max(retired ?? uidValidity, uidValidity) }
    }

    let sessions = SessionRegistry()
    let ledger = QuotaLedger()
    let identities: Identities
    let annotationLog = AnnotationLog()
    let news = NewsLog()
    /// The list of a mailbox that has none above it; `nil` in the mail of one user, who may do everything.
    let defaultAccess: AccessList?
    private let separator: UInt8?
    private let validities: UIDValidityCounter
    private let logCapacity: Int
    private let directory = Mutex(Directory())

    /// Mail without a mailbox.
    init(
        separator: UInt8?, validities: UIDValidityCounter, numbers: MessageNumbers, logCapacity: Int,
        defaultAccess: AccessList? = nil
    ) {
        self.defaultAccess = defaultAccess
        self.separator = separator
        self.validities = validities
        self.logCapacity = logCapacity
        identities = Identities(run: validities.first, numbers)
    }

    /// Makes an INBOX of `messages`. Throws ``StoreError/limit`` when they are too much for a mailbox.
    func makeInbox(_ messages: [MemoryMessage]) throws(StoreError) {
        try create(.inbox, attributes: [], access: .readWrite)
        _ = try mailbox(.inbox).append(messages)
    }

    /// The mailbox of that name. Throws ``StoreError/nonExistent``.
    func mailbox(_ name: MailboxName) throws(StoreError) -> SharedMailbox {
        guard let mailbox = directory.withLock({ $0.mailboxes[name] }) else { throw .nonExistent }
        return mailbox
    }

    /// The mailboxes here and those that all users share, as this user is subscribed to them.
    func entries(with shared: UserMail?, seenBy subject: Subject) -> [MailboxEntry] {
        let foreign = (shared?.allMailboxes ?? [:]).filter { $1.rights(of: subject).contains(.lookup) }
            .mapValues(\.attributes)
        return directory.withLock { directory in
            let all = directory.mailboxes.mapValues(\.attributes).merging(foreign) { own, _ in own }
            var entries = all.map { name, attributes in
                MailboxEntry(name, attributes: attributes, isSubscribed: directory.subscriptions.contains(name))
            }
            for name in directory.subscriptions where all[name] == nil {
                entries.append(MailboxEntry(name, attributes: [.nonExistent], isSubscribed: true))
            }
            return entries
        }
    }

    var allMailboxes: [MailboxName: SharedMailbox] { directory.withLock { $0.mailboxes } }

    /// The mailbox of that name, if there is one.
    func existing(_ name: MailboxName) -> SharedMailbox? { directory.withLock { $0.mailboxes[name] } }

    func subscribe(to name: MailboxName, by author: UInt64 = 0) {
        guard directory.withLock({ $0.subscriptions.insert(name).inserted }) else { return }
        tell(.subscription(name), .subscriptions, by: author)
    }

    func unsubscribe(from name: MailboxName, by author: UInt64 = 0) {
        guard directory.withLock({ $0.subscriptions.remove(name) != nil }) else { return }
        tell(.subscription(name), .subscriptions, by: author)
    }

    private func tell(_ event: NewsLog.NameEvent, _ topic: WakeTopics = .names, by author: UInt64) {
        news.record(event, by: author)
        sessions.mark(topic)
    }

    /// Makes a mailbox. `permitted` is asked first, with the nearest mailbox above it, if there is one.
    func create(
        _ name: MailboxName, attributes: [MailboxAttribute], access: MailboxAccess, by author: UInt64 = 0,
        permitted: (SharedMailbox?) throws(StoreError) -> Void = { _ in }
    ) throws(StoreError) {
        guard isStorable(name) else { throw .cannot }
        let mailbox = try directory.withLock { (directory) throws(StoreError) -> SharedMailbox in
            try permitted(parent(of: name, in: directory))
            guard directory.mailboxes[name] == nil else { throw .alreadyExists }
            return try add(name, attributes, access, from: nil, to: &directory, by: author)
        }
        tell(.created(name, mailbox.accessList), by: author)
        mailbox.mark()
    }

    /// The uses a mailbox can be made for: those whose messages somebody puts there. `\All`, `\Flagged` and
    /// `\Important` are views of other mailboxes, which this store cannot make (RFC 6154 section 2).
    private static let uses: Set<MailboxAttribute> = ["\\Archive", "\\Drafts", "\\Junk", "\\Sent", "\\Trash"]

    func create(
        _ name: MailboxName, for uses: [MailboxAttribute], by author: UInt64,
        permitted: (SharedMailbox?) throws(StoreError) -> Void
    ) throws(StoreError) {
        guard UserMail.uses.isSuperset(of: uses) else { throw .useAttribute }
        try create(name, attributes: uses, access: .readWrite, by: author, permitted: permitted)
    }

    /// The nearest mailbox above a name.
    private func parent(of name: MailboxName, in directory: Directory) -> SharedMailbox? {
        guard let separator else { return nil }
        var octets = name.octets[...]
        while let end = octets.lastIndex(of: separator) {
            octets = octets[..<end]
            if let above = MailboxName(Array(octets)), let mailbox = directory.mailboxes[above] { return mailbox }
        }
        return nil
    }

    func delete(
        _ name: MailboxName, by author: UInt64 = 0,
        permitted: (SharedMailbox) throws(StoreError) -> Void = { _ in }
    ) throws(StoreError) {
        guard !name.isInbox else { throw .cannot }
        try directory.withLock { (directory) throws(StoreError) in
            guard let mailbox = directory.mailboxes[name] else { throw .nonExistent }
            try permitted(mailbox)
            guard mailbox.isSelectable || !directory.mailboxes.keys.contains(where: { isBelow($0, name) }) else {
                throw .hasChildren
            }
            directory.mailboxes[name] = nil
            directory.retire(mailbox.uidValidity)
            ledger.refund(QuotaLedger.Amount(mailboxes: 1))
            let list = mailbox.accessList
            mailbox.delete()
            tell(.deleted(name, list), by: author)
        }
    }

    /// Renames. `permitted` is asked first, with the mailbox and with the nearest one above its new name, if there is
    /// one.
    func rename(
        _ old: MailboxName, to new: MailboxName, by author: UInt64 = 0,
        permitted: (SharedMailbox, SharedMailbox?) throws(StoreError) -> Void = { _, _ in }
    ) throws(StoreError) {
        try directory.withLock { (directory) throws(StoreError) in
            guard let mailbox = directory.mailboxes[old] else { throw .nonExistent }
            try permitted(mailbox, parent(of: new, in: directory))
            guard isStorable(new) else { throw .cannot }
            guard old != new else { throw .alreadyExists }
            if old.isInbox {
                try moveInbox(to: new, in: &directory, by: author)
            } else {
                try move(old, to: new, in: &directory, by: author)
            }
        }
    }

    /// Moves a mailbox and those below it.
    private func move(
        _ old: MailboxName, to new: MailboxName, in directory: inout Directory, by author: UInt64
    ) throws(StoreError) {
        guard directory.mailboxes[old] != nil else { throw .nonExistent }
        // Taken is taken, also by one that would move on with the old name: a/b, when a is to become a/b.
        guard directory.mailboxes[new] == nil else { throw .alreadyExists }
        var moves: [(from: MailboxName, to: MailboxName, mailbox: SharedMailbox)] = []
        for (name, mailbox) in directory.mailboxes where name == old || isBelow(name, old) {
            guard let target = MailboxName(new.octets + name.octets.dropFirst(old.octets.count)) else { throw .cannot }
            moves.append((name, target, mailbox))
        }
        moves.sort { $0.from.octets.count < $1.from.octets.count }
        let renamings = moves.map { NewsLog.Renaming(old: $0.from, new: $0.to, accessList: $0.mailbox.accessList) }
        let moving = Set(moves.map { $0.from })
        for move in moves where directory.mailboxes[move.to] != nil && !moving.contains(move.to) {
            throw .alreadyExists
        }
        // A mailbox must not bring a UIDVALIDITY that its new name may have had, or one below it.
        let retired = directory.retired
        for move in moves { directory.retire(move.mailbox.uidValidity) }
        var replacements: [(mailbox: SharedMailbox, uidValidity: UIDValidity)?] = []
        for move in moves {
            if let retired, move.mailbox.uidValidity <= retired {
                replacements.append((move.mailbox, try validities.next()))
            } else {
                replacements.append(nil)
            }
        }
        for move in moves { directory.mailboxes[move.from] = nil }
        for (move, replacement) in zip(moves, replacements) {
            guard let replacement else {
                directory.mailboxes[move.to] = move.mailbox
                move.mailbox.rename(to: move.to)
                continue
            }
            let moved = SharedMailbox(
                move.to, uidValidity: replacement.uidValidity, firstUIDValidity: move.mailbox.firstUIDValidity,
                attributes: move.mailbox.attributes, access: move.mailbox.access, content: move.mailbox.delete(),
                annotations: move.mailbox.annotations, accessList: move.mailbox.accessList, in: self)
            directory.mailboxes[move.to] = moved
            moved.mark()
        }
        tell(.renamed(renamings), by: author)
    }

    /// Moves the messages of INBOX into a new mailbox; INBOX stays (RFC 9051 section 6.3.6), and so do its annotations,
    /// which the new one has too (RFC 5464 section 4.1).
    private func moveInbox(
        to new: MailboxName, in directory: inout Directory, by author: UInt64
    ) throws(StoreError) {
        guard let inbox = directory.mailboxes[.inbox] else { throw .nonExistent }
        guard directory.mailboxes[new] == nil else { throw .alreadyExists }
        let mailbox = try add(new, [], .readWrite, from: inbox, to: &directory, by: author)
        tell(.renamed([NewsLog.Renaming(old: .inbox, new: new, accessList: mailbox.accessList)]), by: author)
        mailbox.mark()
    }

    /// Adds a mailbox, with all messages of `source` if there is one. Throws ``StoreError/overQuota``,
    /// ``StoreError/limit``.
    private func add(
        _ name: MailboxName, _ attributes: [MailboxAttribute], _ access: MailboxAccess, from source: SharedMailbox?,
        to directory: inout Directory, by author: UInt64
    ) throws(StoreError) -> SharedMailbox {
        let amount = QuotaLedger.Amount(mailboxes: 1)
        try ledger.charge(amount)
        do throws(StoreError) {
            let mailbox = SharedMailbox(
                name, uidValidity: try validities.next(), attributes: attributes, access: access,
                content: MailboxContent(logCapacity: logCapacity), annotations: source?.annotations ?? Annotations(),
                accessList: parent(of: name, in: directory)?.accessList ?? defaultAccess, in: self)
            if let source { _ = try source.move(UIDSet(.first, UID(.max) ?? .first), to: mailbox, by: author) }
            directory.mailboxes[name] = mailbox
            return mailbox
        } catch {
            ledger.refund(amount)
            throw error
        }
    }

    /// Whether no level of the name is empty.
    private func isStorable(_ name: MailboxName) -> Bool {
        guard let separator else { return true }
        var previous = separator
        for octet in name.octets {
            if octet == separator, previous == separator { return false }
            previous = octet
        }
        return previous != separator
    }

    private func isBelow(_ name: MailboxName, _ parent: MailboxName) -> Bool {
        guard let separator, name.octets.count > parent.octets.count else { return false }
        return name.octets.starts(with: parent.octets) && name.octets[parent.octets.count] == separator
    }
}
