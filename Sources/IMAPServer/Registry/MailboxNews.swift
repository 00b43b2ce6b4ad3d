import IMAPHost
import IMAPSession
public import IMAPTypes

/// What happened to the selected mailbox, as its client is told.
public enum MailboxNews: Sendable, Hashable {
    /// Messages are gone. They have their numbers until EXPUNGE is sent, which is later, and not before the command at
    /// work allows it.
    case vanished(UIDSet)
    /// Messages may have other flags, by whomever they were changed; behind their FETCH responses.
    case changed(UIDSet)
    /// Messages came; behind EXISTS.
    case appeared(UIDSet)
}

/// Hears what happens to the selected mailbox, when the client is told: in IDLE at once, else with a command. It may
/// respond, but not with what carries the news itself.
///
/// What one call of the store tells is heard in the order of ``MailboxNews``' cases; listeners hear it in the order of
/// their extensions.
public protocol NewsListener: Sendable {
    /// A failure is that of the command at work when nothing of it was answered yet, and is passed over when it was;
    /// the news does not come again.
    static func hear(_ news: MailboxNews, _ context: inout Context) async throws(CommandFailure)
}

extension ExtensionRegistry {
    /// Adds a listener to what happens to selected mailboxes. Two extensions may add the same one.
    public mutating func add(newsListener: any NewsListener.Type) {
        guard !newsListeners.contains(where: { $0 == newsListener }) else { return }
        newsListeners.append(newsListener)
    }
}

extension Context {
    /// Tells the listeners what is gone and what changed, before EXPUNGE is sent.
    mutating func report(vanished: UIDSet, changed: UIDSet) async throws(CommandFailure) {
        guard !channel.tables.newsListeners.isEmpty else { return }
        try await report(.vanished(vanished.intersection(connection.machine.mailbox?.all ?? UIDSet())))
        try await report(.changed(changed))
    }

    mutating func report(_ news: MailboxNews) async throws(CommandFailure) {
        guard !news.uids.isEmpty else { return }
        for listener in channel.tables.newsListeners { try await listener.hear(news, &self) }
    }
}

extension MailboxNews {
    /// The messages it is about.
    public var uids: UIDSet {
        switch self {
        case .vanished(let uids), .changed(let uids), .appeared(let uids): uids
        }
    }
}
