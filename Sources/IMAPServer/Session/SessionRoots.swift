import IMAPHost
public import IMAPSession
import IMAPTypes
import Synchronization

/// The machine of this server.
typealias Session = SessionMachine<ServerRoots>

enum ServerRoots: SessionRoots {
    typealias Identity = LoggedIn
    typealias Account = ActiveAccount
    typealias Mailbox = MailboxView
}

/// Who is logged in: the owner of the credential and the user it acts as.
public struct LoggedIn: ScopeRoot {
    public let authentication: AuthenticationIdentity
    public let user: UserIdentity
    /// The host's answer at login, about the identity that authenticated.
    public let mayUnauthenticate: Bool

    public consuming func end() -> Ending { .drop }
}

/// The account whose mailboxes are seen, and the way its store wakes this session.
struct ActiveAccount: ScopeRoot {
    let account: any Account
    let changes: ChangedMailboxes

    consuming func end() -> Ending {
        let account = account
        let changes = changes
        return .work {
            changes.close()
            try await account.close()
        }
    }
}

extension SessionMachine where Roots == ServerRoots {
    /// How the store wakes the active account.
    var changes: ChangedMailboxes? { withAccount { $0.changes } }

    /// Whether whoever authenticated may send UNAUTHENTICATE.
    var mayUnauthenticate: Bool { withIdentity { $0.mayUnauthenticate } ?? false }
}

/// The mailboxes a store marked as changed, bounded; nothing once the account is over.
///
/// The only object of a session that a host may keep. It refers to nothing of the connection, but for its
/// inbox while the session waits in IDLE.
final class ChangedMailboxes: WakeReceiver {
    private struct State {
        var names: Set<MailboxName> = []
        var overflowed = false
        var topics: WakeTopics = []
        var isOpen = true
        /// Who is told at once, and of what: a session that waits in IDLE.
        var listener: Inbox?
        var listenedFor: MailboxName?
        var listenedTopics: WakeTopics = []
    }

    private let state = Mutex(State())
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    func wake(_ mailbox: MailboxName) {
        state.withLock { state in
            guard state.isOpen else { return }
            // Under the lock: behind the end of listening nobody is told.
            defer { if state.listenedFor == mailbox { state.listener?.noteNews() } }
            guard !state.overflowed else { return }
            if state.names.count < limit {
                state.names.insert(mailbox)
            } else if !state.names.contains(mailbox) {
                state.names = []
                state.overflowed = true
            }
        }
    }

    func wake(_ topics: WakeTopics) {
        state.withLock { state in
            guard state.isOpen else { return }
            state.topics.formUnion(topics)
            if !state.listenedTopics.isDisjoint(with: topics) { state.listener?.noteNews() }
        }
    }

    /// From now on a change of `mailbox`, and of `topics`, is told to `inbox` at once, until ``stopListening()``.
    func listen(for mailbox: MailboxName?, _ topics: WakeTopics, _ inbox: Inbox) {
        state.withLock { state in
            guard state.isOpen else { return }
            state.listener = inbox
            state.listenedFor = mailbox
            state.listenedTopics = topics
        }
    }

    /// What is told from now on wakes nobody, and what was told and not looked at neither.
    func stopListening() {
        state.withLock { state in
            state.listener?.forgetNews()
            state.listener = nil
            state.listenedFor = nil
            state.listenedTopics = []
        }
    }

    /// Whether something happened to any topic.
    var hasTopics: Bool { state.withLock { !$0.topics.isEmpty } }

    /// Which of `topics` something happened to since this was asked last.
    func take(_ topics: WakeTopics) -> WakeTopics {
        state.withLock { state in
            let taken = state.topics.intersection(topics)
            state.topics.subtract(taken)
            return taken
        }
    }

    /// Something could not be told: it is as if it had just happened, but nobody is told at once.
    func putBack(_ topics: WakeTopics) {
        state.withLock { state in
            if state.isOpen { state.topics.formUnion(topics) }
        }
    }

    /// Whether `mailbox` may have changed since this was asked last.
    func take(_ mailbox: MailboxName) -> Bool {
        state.withLock { state in
            if state.overflowed {
                state.overflowed = false
                return true
            }
            return !state.names.isEmpty && state.names.remove(mailbox) != nil
        }
    }

    func close() {
        state.withLock { state in
            state = State(isOpen: false)
        }
    }
}
