import IMAPHost
import IMAPTypes
import Synchronization

/// One mailbox, shared by all sessions that have it open. Its lock is held for one synchronous operation at a time.
final class SharedMailbox: Sendable {
    private struct State: Sendable {
        var content: MailboxContent
        var name: MailboxName
        var isDeleted = false
    }

    let uidValidity: UIDValidity
    let attributes: [MailboxAttribute]
    /// The most a session may open it for.
    let access: MailboxAccess
    private let sessions: SessionRegistry
    private let state: Mutex<State>

    init(
        _ name: MailboxName, uidValidity: UIDValidity, attributes: [MailboxAttribute], access: MailboxAccess,
        content: MailboxContent, sessions: SessionRegistry
    ) {
        self.uidValidity = uidValidity
        self.attributes = attributes
        self.access = access
        self.sessions = sessions
        state = Mutex(State(content: content, name: name))
    }

    /// Whether it has messages at all: not with `\Noselect` or `\NonExistent`.
    var isSelectable: Bool { !attributes.contains(.noSelect) && !attributes.contains(.nonExistent) }

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

    /// Changes, and wakes the user's sessions if something changed. Throws as ``read(_:)`` does.
    func update<Result: Sendable>(
        _ body: (inout MailboxContent) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        guard isSelectable else { throw .cannot }
        let (result, changed) = try state.withLock { (state) throws(StoreError) -> (Result, MailboxName?) in
            guard !state.isDeleted else { throw .nonExistent }
            let before = state.content.highestModSequence
            let result = try body(&state.content)
            return (result, state.content.highestModSequence == before ? nil : state.name)
        }
        if let changed { sessions.mark(self, changed) }
        return result
    }

    /// Makes every handle answer ``StoreError/nonExistent`` from now on, and wakes; gives what was in it.
    @discardableResult
    func delete() -> MailboxContent {
        let (content, name) = state.withLock { state in
            state.isDeleted = true
            return (state.content, state.name)
        }
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
