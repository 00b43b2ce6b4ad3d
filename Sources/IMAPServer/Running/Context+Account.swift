public import IMAPHost
import IMAPSession

/// More accounts than one behind a login (draft-lu-imap-multi-account-01).
extension Context {
    /// The host's answer, now, to whose accounts this login may work in beside its own.
    public func associatedUsers() async throws(CommandFailure) -> [UserIdentity] {
        guard let loggedIn else { throw .bad(nil, "Not authenticated") }
        do {
            return try await channel.tables.authenticator.associatedUsers(
                of: loggedIn.authentication, as: loggedIn.user)
        } catch {
            observe(.fault("associated users could not be told: \(error)"))
            throw .no(.unavailable, "Not available, try again later")
        }
    }

    /// Makes the account of `user` the active one. What was selected, and the account before, with all that was kept of
    /// it, end and are awaited before this returns. When the account cannot be opened nothing changes.
    public mutating func changeAccount(to user: UserIdentity) async throws(CommandFailure) {
        let account = try await openAccount(of: user)
        switch connection.machine.changeAccount(account) {
        case .changed(let endings):
            try await run(endings)
            observe(.accountChanged(user))
        case .wrongState: throw .closed(.fault)
        }
    }
}
