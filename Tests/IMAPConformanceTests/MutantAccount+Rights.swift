import IMAPHost
import IMAPMemoryStore
import IMAPTypes

/// What a ``MutantStore`` does wrong with rights.
extension MutantAccount: ControlledAccount {
    static var knownRights: AccessRights { .standard }

    func rights(in name: MailboxName) async throws(StoreError) -> AccessRights {
        let rights = try await base.rights(in: name)
        guard let list = try? store.base.accessList(of: name) else { return rights }
        switch fault {
        case .ignoresAnyone: return list.contains { $0.identifier == .anyone } ? [] : rights
        case .ignoresNegativeRights:
            return list.reduce(rights) { $1.identifier.octets == user.name ? $0.union($1.rights) : $0 }
        default: return rights
        }
    }

    func accessList(of name: MailboxName) async throws(StoreError) -> [AccessEntry] {
        if store.isReopened, fault == .forgetsListsAtRestart { return [] }
        guard fault == .showsListsToAll else { return try await base.accessList(of: name) }
        return try store.base.accessList(of: name)
    }

    func grantableRights(
        of identifier: AccessIdentifier, in name: MailboxName
    ) async throws(StoreError) -> GrantableRights {
        var grantable = try await base.grantableRights(of: identifier, in: name)
        if fault == .grantsTwice { grantable.optional += grantable.optional }
        return grantable
    }

    func changeRights(
        of identifier: AccessIdentifier, in name: MailboxName, _ change: RightsChange
    ) async throws(StoreError) -> [MailboxName] {
        var change = change
        if fault == .replacesRights, case .add(let rights) = change { change = .replace(rights) }
        return try await base.changeRights(of: identifier, in: name, change)
    }

    func removeRights(of identifier: AccessIdentifier, in name: MailboxName) async throws(StoreError) -> [MailboxName] {
        guard fault != .forgetsRights || identifier == .anyone else { return [] }
        return try await base.removeRights(of: identifier, in: name)
    }

    /// Does `unchecked` where `checked` is refused for want of a right, if that is the fault.
    func ignoring<Result>(
        _ wrong: Fault, _ checked: () async throws(StoreError) -> Result,
        _ unchecked: () throws(StoreError) -> Result
    ) async throws(StoreError) -> Result {
        do {
            return try await checked()
        } catch {
            guard fault == wrong, error == .noPermission || error == .nonExistent else { throw error }
            return try unchecked()
        }
    }

    /// Whether there is a mailbox of that name that all share, for this user or not.
    func isThere(_ name: MailboxName) -> Bool { (try? store.base.accessList(of: name)) != nil }

    func dropList(of name: MailboxName) throws(StoreError) {
        for entry in try store.base.accessList(of: name) where entry.identifier.octets != user.name {
            try store.base.changeRights(of: entry.identifier, in: name, .replace([]))
        }
    }
}
