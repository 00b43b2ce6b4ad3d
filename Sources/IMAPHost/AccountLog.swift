package import IMAPTypes

/// What happened lately in some mailboxes, and who did it: what a store needs to tell its sessions' news.
///
/// Bounded: of what happened to names the latest are kept, and of messages one entry for each mailbox. Who writes and
/// reads is a number, 0 for nobody.
package struct AccountLog<NameEvent: Sendable>: Sendable {
    /// The latest of one kind of event, and the latest by somebody else.
    private struct Latest: Sendable {
        private var position: UInt64 = 0
        private var author: UInt64 = 0
        private var byOthers: UInt64 = 0

        mutating func note(_ new: UInt64, by newAuthor: UInt64) {
            if newAuthor != author { byOthers = position }
            (position, author) = (new, newAuthor)
        }

        /// For nobody, everybody is another.
        func latest(notBy reader: UInt64) -> UInt64 { author == reader && reader != 0 ? byOthers : position }
    }

    private struct Messages: Sendable {
        var appeared = Latest()
        var vanished = Latest()
        var flagsChanged = Latest()
    }

    private struct Row: Sendable {
        let position: UInt64
        let author: UInt64
        let event: NameEvent
    }

    /// The most events of names that are kept.
    private let capacity: Int
    private var rows: [Row] = []
    /// Every event of a name behind this is in the log.
    private var floor: UInt64 = 0
    private var messages: [MailboxName: Messages] = [:]
    /// Where a reader that begins now stands.
    package private(set) var end: UInt64 = 0

    package init(capacity: Int) { self.capacity = max(capacity, 0) }

    package mutating func record(_ event: NameEvent, by author: UInt64) {
        end += 1
        rows.append(Row(position: end, author: author, event: event))
        guard rows.count > capacity else { return }
        // Many at a time.
        let excess = rows.count - capacity / 2
        floor = rows[excess - 1].position
        rows.removeFirst(excess)
    }

    package mutating func record(_ events: MessageEvents, in name: MailboxName, by author: UInt64) {
        guard !events.isEmpty else { return }
        end += 1
        var entry = messages[name] ?? Messages()
        if events.contains(.appeared) { entry.appeared.note(end, by: author) }
        if events.contains(.vanished) { entry.vanished.note(end, by: author) }
        if events.contains(.flagsChanged) { entry.flagsChanged.note(end, by: author) }
        messages[name] = entry
    }

    /// There is no mailbox of that name any more.
    package mutating func forget(_ name: MailboxName) { messages[name] = nil }

    /// All at once: one may take the name that another had.
    package mutating func rename(_ all: [(old: MailboxName, new: MailboxName)]) {
        let taken = all.map { messages.removeValue(forKey: $0.old) }
        for (one, entry) in zip(all, taken) { messages[one.new] = entry }
    }

    /// What others than `reader` did since. `nil` when that is no longer, or not yet, known.
    package func news(
        since position: UInt64, for reader: UInt64
    ) -> (names: [NameEvent], messages: [(name: MailboxName, events: MessageEvents)])? {
        guard position >= floor, position <= end else { return nil }
        guard position < end else { return ([], []) }
        let names = rows.reversed().prefix { $0.position > position }
            .filter { $0.author != reader || reader == 0 }.map(\.event).reversed()
        var found: [(name: MailboxName, events: MessageEvents)] = []
        for (name, entry) in messages {
            var events: MessageEvents = []
            if entry.appeared.latest(notBy: reader) > position { events.insert(.appeared) }
            if entry.vanished.latest(notBy: reader) > position { events.insert(.vanished) }
            if entry.flagsChanged.latest(notBy: reader) > position { events.insert(.flagsChanged) }
            if !events.isEmpty { found.append((name, events)) }
        }
        found.sort { $0.name.octets.lexicographicallyPrecedes($1.name.octets) }
        return (Array(names), found)
    }
}

extension MessageEvents {
    /// The kinds of what happened.
    package init(_ changes: Changes) {
        switch changes {
        case .none: self = []
        case .some(let appeared, let vanished, let flagsChanged, _):
            self = []
            if !appeared.isEmpty { insert(.appeared) }
            if !vanished.isEmpty { insert(.vanished) }
            if !flagsChanged.isEmpty { insert(.flagsChanged) }
        case .unknown: self = .all
        }
    }
}
