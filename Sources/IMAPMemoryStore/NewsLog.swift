import IMAPHost
import IMAPTypes
import Synchronization

/// What happened lately to the mailboxes of one user's mail, or of the mail that all share, and which session did it:
/// 0 where it was none.
final class NewsLog: Sendable {
    /// What happened to a name, with the access control lists by which a user may know of it.
    enum NameEvent: Sendable {
        case created(MailboxName, AccessList?)
        case deleted(MailboxName, AccessList?)
        /// The mailbox that was renamed, and then those below it.
        case renamed([Renaming])
        case rights(MailboxName, before: AccessList?, after: AccessList?)
        case subscription(MailboxName)
    }

    struct Renaming: Sendable {
        let old: MailboxName
        let new: MailboxName
        let accessList: AccessList?
    }

    /// The most events of names that are kept.
    private static let capacity = 1_000
    private let log = Mutex(AccountLog<NameEvent>(capacity: NewsLog.capacity))

    /// Where a session that begins now stands.
    var end: UInt64 { log.withLock { $0.end } }

    func record(_ events: MessageEvents, in name: MailboxName, by author: UInt64) {
        log.withLock { $0.record(events, in: name, by: author) }
    }

    func record(_ event: NameEvent, by author: UInt64) {
        log.withLock { log in
            var kept = event
            switch event {
            case .deleted(let name, _): log.forget(name)
            case .renamed(let all):
                log.rename(all.filter { !$0.old.isInbox }.map { ($0.old, $0.new) })
                kept = .renamed(NewsLog.tellable(all))
            case .created, .rights, .subscription: break
            }
            log.record(kept, by: author)
        }
    }

    /// Of mailboxes that are renamed together, those that may be the outermost that a user knows: one whose list another
    /// has, too, that comes before it never is.
    private static func tellable(_ all: [Renaming]) -> [Renaming] {
        var kept: [Renaming] = []
        for one in all where kept.count < mostLists {
            if !kept.contains(where: { $0.accessList == one.accessList }) { kept.append(one) }
        }
        return kept
    }

    private static let mostLists = 100

    /// What others than `reader` did since, as far as `subject` may know of it. `nil` when that is no longer known.
    func news(
        since position: UInt64, for reader: UInt64, seenBy subject: Subject
    ) -> (names: [AccountEvent], messages: [AccountEvent])? {
        guard let news = log.withLock({ $0.news(since: position, for: reader) }) else { return nil }
        return (
            news.names.compactMap { $0.event(seenBy: subject) },
            news.messages.map { .messages($0.name, $0.events) }
        )
    }
}

extension NewsLog.NameEvent {
    /// As one user is told it; `nil` where they may not know of it.
    fileprivate func event(seenBy subject: Subject) -> AccountEvent? {
        func isVisible(_ list: AccessList?) -> Bool { MailboxVisibility(list, to: subject) != .hidden }
        switch self {
        case .created(let name, let list): return isVisible(list) ? .created(name) : nil
        case .deleted(let name, let list): return isVisible(list) ? .deleted(name) : nil
        case .renamed(let all):
            // Of those that are renamed, the outermost that the user knows.
            return all.first { isVisible($0.accessList) }.map { .renamed($0.old, to: $0.new) }
        case .rights(let name, let before, let after):
            let (old, new) = (MailboxVisibility(before, to: subject), MailboxVisibility(after, to: subject))
            return old == new ? nil : .visibility(name, from: old, to: new)
        case .subscription(let name): return .subscription(name)
        }
    }
}

extension MailboxVisibility {
    /// What `subject` sees of a mailbox with this list; of one without, everything.
    init(_ list: AccessList?, to subject: Subject) {
        self.init(list?.rights(of: subject.names) ?? .standard)
    }

    init(_ rights: AccessRights) {
        self = !rights.contains(.lookup) ? .hidden : rights.contains(.read) ? .readable : .listed
    }
}
