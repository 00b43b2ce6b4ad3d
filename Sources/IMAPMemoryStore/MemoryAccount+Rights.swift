import IMAPHost
import IMAPTypes

extension MemoryAccount: ControlledAccount {
    static var knownRights: AccessRights { .standard }

    // MARK: Asking

    /// Who the user is now: their groups are asked for at each call.
    var subject: Subject { Subject(user, groups: server.groups(user)) }

    /// The mailbox of that name. Throws ``StoreError/nonExistent``; and what an access control list has for one whose
    /// rights do not suffice.
    func mailbox(
        _ name: MailboxName, where suffices: (AccessRights) -> Bool
    ) throws(StoreError) -> SharedMailbox {
        let mailbox = try mail(with: name).mailbox(name)
        try check(mailbox, suffices)
        return mailbox
    }

    func mailbox(_ name: MailboxName, for right: AccessRights) throws(StoreError) -> SharedMailbox {
        try mailbox(name) { $0.isSuperset(of: right) }
    }

    func check(_ mailbox: SharedMailbox, _ suffices: (AccessRights) -> Bool) throws(StoreError) {
        let rights = mailbox.rights(of: subject)
        guard suffices(rights) else { throw rights.refusal }
    }

    /// Throws unless mailboxes may be made below `parent`, the nearest one there is.
    func checkMaking(below parent: SharedMailbox?, in mail: UserMail) throws(StoreError) {
        guard let rights = parent?.rights(of: subject) ?? mail.defaultAccess?.rights(of: subject.names) else { return }
        guard rights.contains(.createMailboxes) else { throw .noPermission }
    }

    // MARK: Access control lists

    func rights(in name: MailboxName) async throws(StoreError) -> AccessRights {
        try checkOpen()
        return try mail(with: name).mailbox(name).rights(of: subject)
    }

    /// Of a mailbox that is not shared, its owner has every right.
    func accessList(of name: MailboxName) async throws(StoreError) -> [AccessEntry] {
        try checkOpen()
        let mailbox = try mailbox(name, for: .administer)
        if let list = mailbox.accessList { return list.entries }
        return AccessIdentifier(user.name).map { [AccessEntry($0, .standard)] } ?? []
    }

    func grantableRights(
        of identifier: AccessIdentifier, in name: MailboxName
    ) async throws(StoreError) -> GrantableRights {
        try checkOpen()
        let mailbox = try mailbox(name, for: .administer)
        guard mailbox.accessList == nil else {
            let each = AccessRights.standard.octets.compactMap { AccessRights(octet: $0) }
            return GrantableRights(always: [], optional: each)
        }
        return GrantableRights(always: identifier.octets == user.name ? .standard : [], optional: [])
    }

    /// Refused in a mailbox that is not shared: nobody but its owner sees it.
    func changeRights(
        of identifier: AccessIdentifier, in name: MailboxName, _ change: RightsChange
    ) async throws(StoreError) -> [MailboxName] {
        try checkOpen()
        let mailbox = try mailbox(name, for: .administer)
        guard mailbox.accessList != nil else { throw .cannot }
        try mailbox.changeRights(of: identifier, change, by: reader.number)
        return []
    }

    func removeRights(of identifier: AccessIdentifier, in name: MailboxName) async throws(StoreError) -> [MailboxName] {
        try await changeRights(of: identifier, in: name, .replace([]))
    }
}
