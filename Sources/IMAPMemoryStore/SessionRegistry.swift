import IMAPHost
import IMAPTypes
import Synchronization

/// The sessions of one user: whom to wake, and what each has open. Nothing of a session is kept once it ended.
final class SessionRegistry: Sendable {
    /// A session's number within its user. Never used again.
    typealias SessionID = UInt64
    /// A handle's number within its user. Never used again.
    typealias HandleID = UInt64

    private struct Handle: Sendable {
        let mailbox: ObjectIdentifier
        /// The name the session opened it by; after a rename the session still knows no other.
        let name: MailboxName
    }

    private struct Session: Sendable {
        var wake: Wake?
        /// What it is woken for because it asked for it.
        var followed: WakeTopics = []
        var handles: [HandleID: Handle] = [:]
    }

    private struct State: Sendable {
        var sessions: [SessionID: Session] = [:]
        var last: UInt64 = 0
    }

    private let state = Mutex(State())

    /// The sessions that began and did not end.
    var sessionCount: Int { state.withLock { $0.sessions.count } }

    /// The mailboxes that are open in them.
    var handleCount: Int { state.withLock { state in state.sessions.values.reduce(0) { $0 + $1.handles.count } } }

    func begin() -> SessionID {
        state.withLock { state in
            state.last += 1
            state.sessions[state.last] = Session()
            return state.last
        }
    }

    /// Ends a session. No wake of it is called once this has returned. Ending it twice is allowed.
    func end(_ session: SessionID) {
        state.withLock { $0.sessions[session] = nil }
    }

    /// Throws ``StoreError/unavailable`` when the session has ended.
    func watch(_ wake: Wake, for session: SessionID) throws(StoreError) {
        let isOpen = state.withLock { ($0.sessions[session]?.wake = wake) != nil }
        guard isOpen else { throw .unavailable }
    }

    /// Notes that a session has `mailbox` open. Throws ``StoreError/unavailable`` when the session has ended.
    func open(_ mailbox: SharedMailbox, as name: MailboxName, in session: SessionID) throws(StoreError) -> HandleID {
        let handle: HandleID? = state.withLock { state in
            guard state.sessions[session] != nil else { return nil }
            state.last += 1
            state.sessions[session]?.handles[state.last] = Handle(mailbox: ObjectIdentifier(mailbox), name: name)
            return state.last
        }
        guard let handle else { throw .unavailable }
        return handle
    }

    func close(_ handle: HandleID, in session: SessionID) {
        state.withLock { _ = $0.sessions[session]?.handles.removeValue(forKey: handle) }
    }

    func isOpen(_ session: SessionID) -> Bool {
        state.withLock { $0.sessions[session] != nil }
    }

    func isOpen(_ handle: HandleID, in session: SessionID) -> Bool {
        state.withLock { $0.sessions[session]?.handles[handle] != nil }
    }

    private static let onlyFollowed: WakeTopics = [.messages, .names, .subscriptions]

    func follow(_ topics: WakeTopics, in session: SessionID) {
        state.withLock { $0.sessions[session]?.followed = topics }
    }

    /// Wakes every session, or every one that follows, for something that is of no mailbox alone.
    func mark(_ topics: WakeTopics) {
        state.withLock { state in
            for session in state.sessions.values {
                let own = topics.subtracting(SessionRegistry.onlyFollowed)
                    .union(topics.intersection(session.followed))
                if !own.isEmpty { session.wake?.mark(own) }
            }
        }
    }

    /// Wakes every session: `mailbox`, called `name` now, changed.
    ///
    /// The lock is held meanwhile, so that ``end(_:)`` waits; a wake returns at once and never calls back.
    func mark(_ mailbox: SharedMailbox, _ name: MailboxName) {
        let identity = ObjectIdentifier(mailbox)
        state.withLock { state in
            for session in state.sessions.values {
                guard let wake = session.wake else { continue }
                wake.mark(name)
                for handle in session.handles.values where handle.mailbox == identity && handle.name != name {
                    wake.mark(handle.name)
                }
            }
        }
    }
}
