package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

// The commands that make, change and remember mailboxes. Each asks the account for one thing; what is refused is
// refused by the store, with its reason.

extension CreateCommand: Command {
    package static let facts = CommandFacts(
        "CREATE", in: .loggedIn, forms: .plain, expunge: .permitted, right: .create, literals: .buffered)

    /// A separator at the name's end only says that names below it will follow (RFC 3501 section 6.3.3): it is dropped.
    /// The mailboxes above the new one are made with it.
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        let name = try context.nameOfNew(mailbox, in: account)
        let option = options.lazy.compactMap { $0 as? any CreateOption }.first
        try await ask { () async throws(StoreError) in
            guard let option else { return try await account.create(name) }
            try await option.create(name, in: account)
        }
        let id = await account.idOfNew(name)
        await account.createSuperiors(of: name)
        return .ok(context.replyCode(for: .created(id)), "CREATE completed")
    }
}

extension DeleteCommand: Command {
    package static let facts = CommandFacts(
        "DELETE", in: .loggedIn, forms: .plain, expunge: .permitted, right: .delete, literals: .buffered)

    /// A session that deletes the mailbox it has selected has none selected then.
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let account = try context.account()
        try await ask { () async throws(StoreError) in try await account.delete(mailbox) }
        if context.connection.machine.mailbox?.name == mailbox { try await context.loseMailbox() }
        return .ok("DELETE completed")
    }
}

extension RenameCommand: Command {
    package static let facts = CommandFacts(
        "RENAME", in: .loggedIn, forms: .plain, expunge: .permitted, right: .delete, literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let newName = try context.nameOfNew(newName, in: account)
        try await ask { () async throws(StoreError) in try await account.rename(mailbox, to: newName) }
        await account.createSuperiors(of: newName)
        return .ok("RENAME completed")
    }
}

extension SubscribeCommand: Command {
    package static let facts = CommandFacts(
        "SUBSCRIBE", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        let name = try context.nameOfNew(mailbox, in: account)
        try await ask { () async throws(StoreError) in try await account.subscribe(to: name) }
        return .ok("SUBSCRIBE completed")
    }
}

extension UnsubscribeCommand: Command {
    package static let facts = CommandFacts(
        "UNSUBSCRIBE", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        guard let name = mailbox?.withoutTrailingSeparator(in: account) else { throw CommandFailure(.nonExistent) }
        try await ask { () async throws(StoreError) in try await account.unsubscribe(from: name) }
        return .ok("UNSUBSCRIBE completed")
    }
}

extension CheckCommand: Command {
    package static let facts = CommandFacts(
        "CHECK", in: .selected, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    /// Nothing is kept back here that a checkpoint would have to write; news is told as by NOOP.
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        try await context.synchronise(asks: true)
        return .ok("CHECK completed")
    }
}

extension Account {
    /// What a mailbox that was just made is called; `nil` where mailboxes are not called anything, and for one that is
    /// gone again.
    fileprivate func idOfNew(_ name: MailboxName) async -> ObjectID? {
        guard let account = self as? any IdentifiedAccount else { return nil }
        do { return try await account.mailboxID(of: name) } catch { return nil }
    }

    /// Makes the mailboxes above a new one that are not there (RFC 9051 section 6.3.4). What the store does not want
    /// to make stays a level without a mailbox: the command itself is done.
    fileprivate func createSuperiors(of name: MailboxName) async {
        guard let separator = separator(of: name) else { return }
        let superiors = name.ancestors(separator: separator)
        for superior in superiors.sorted(by: { $0.octets.count < $1.octets.count }) {
            do { try await create(superior) } catch { continue }
        }
    }
}

extension Context {
    /// The name that a client gives to a new mailbox, without one separator at its end. Throws when no mailbox can have
    /// it, or none here: it is too long, or has too many levels.
    fileprivate func nameOfNew(
        _ mailbox: MailboxName?, in account: any Account
    ) throws(CommandFailure) -> MailboxName {
        guard let name = mailbox?.withoutTrailingSeparator(in: account) else { throw CommandFailure(.cannot) }
        let limits = configuration.limits
        guard name.octets.count <= limits.mailboxNameOctets else { throw .no(.cannot, "No mailbox can have that name") }
        let separator = account.separator(of: name)
        guard name.octets.count(where: { $0 == separator }) < limits.mailboxLevels else {
            throw .no(.cannot, "Too many levels")
        }
        return name
    }
}

extension MailboxName {
    /// The name without one separator at its end; `nil` when nothing is left.
    fileprivate func withoutTrailingSeparator(in account: any Account) -> MailboxName? {
        guard let separator = account.separator(of: self), octets.last == separator else { return self }
        return MailboxName(Array(octets.dropLast()))
    }
}
