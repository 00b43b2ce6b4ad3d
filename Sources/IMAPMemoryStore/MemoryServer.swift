import IMAPHost
import IMAPTypes

/// What all sessions of a store have in common.
final class MemoryServer: Sendable {
    let annotations = ServerAnnotations()
    /// Whether a user may change the shared annotations of the server.
    let mayAnnotate: @Sendable (UserIdentity) -> Bool
    /// The groups that a user is in, by the names they have in access control lists.
    let groups: @Sendable (UserIdentity) -> [AccessIdentifier]
    /// Wakes every session of every user.
    let wakeEveryone: @Sendable (WakeTopics) -> Void

    init(
        mayAnnotate: @escaping @Sendable (UserIdentity) -> Bool,
        groups: @escaping @Sendable (UserIdentity) -> [AccessIdentifier],
        wakeEveryone: @escaping @Sendable (WakeTopics) -> Void
    ) {
        self.mayAnnotate = mayAnnotate
        self.groups = groups
        self.wakeEveryone = wakeEveryone
    }
}
