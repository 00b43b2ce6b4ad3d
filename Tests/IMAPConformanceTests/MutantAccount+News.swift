import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// What a ``MutantStore`` does wrong with news.
extension MutantAccount: NotifyingAccount {
    func follow(_ topics: WakeTopics) async throws(StoreError) -> NewsToken {
        let all: WakeTopics = [.messages, .names, .subscriptions]
        return try await base.follow(fault == .wakesWhoDoesNotFollow ? all : topics)
    }

    func news(since token: NewsToken) async throws(StoreError) -> AccountNews {
        if fault == .tellsClosedSessions {
            do { return try await base.news(since: token) } catch { return .events([], token: token) }
        }
        var since = token
        if fault == .tellsOnlyOnce { since = store.memory.withLock { $0.toldNews } ?? token }
        guard case .events(var events, let next) = try await base.news(since: since) else { return .unknown }
        if fault == .tellsOnlyOnce { store.memory.withLock { $0.toldNews = next } }
        switch fault {
        case .tellsArrivalsAlone:
            events = events.map { event in
                guard case .messages(let name, let kinds) = event else { return event }
                return .messages(name, kinds.intersection(.appeared))
            }
        case .tellsRenamesAsNew:
            events = events.flatMap { event -> [AccountEvent] in
                guard case .renamed(let old, let new) = event else { return [event] }
                return [.deleted(old), .created(new)]
            }
        case .tellsNoUnsubscriptions:
            let entries = try await base.mailboxes()
            events.removeAll { event in
                guard case .subscription(let name) = event else { return false }
                return !(entries.first { $0.name == name }?.isSubscribed ?? false)
            }
        case .tellsOwnNames, .tellsHiddenNames: events = store.memory.withLock { $0.created } + events
        case .tellsNoRights: events.removeAll { if case .visibility = $0 { true } else { false } }
        default: break
        }
        return .events(events, token: next)
    }

    func visibility(of name: MailboxName) async throws(StoreError) -> MailboxVisibility {
        try await base.visibility(of: name)
    }

    /// Remembers a mailbox that was made, for those that tell it to who should not hear.
    func noteCreated(_ name: MailboxName) {
        let isShared = name.octets.starts(with: Array("#shared/".utf8))
        if fault == .tellsOwnNames && !isShared || fault == .tellsHiddenNames && isShared {
            store.memory.withLock { $0.created.append(.created(name)) }
        }
    }
}
