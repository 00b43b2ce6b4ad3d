import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTypes

extension ArgumentReader {
    /// `identifier = astring`: UTF-8, without control characters, not empty.
    fileprivate mutating func accessIdentifier() throws(SyntaxError) -> AccessIdentifier {
        let octets = try astring()
        guard let identifier = AccessIdentifier(octets) else { throw error(.unexpected) }
        return identifier
    }
}

extension Context {
    /// Tells the lists that a change changed beside what was asked (RFC 4314 section 5.1.1).
    fileprivate mutating func respondACLs(of names: [MailboxName]) async throws(CommandFailure) {
        let account = try controlledAccount()
        for name in names {
            do {
                let list = try await account.accessList(of: name)
                respondACL(of: name, list.map { ($0.identifier, WireRights.octets($0.rights)) })
            } catch {
                // It is changed: who may change it may still not be one who may see that one.
                continue
            }
            try await drain()
        }
    }
}

/// `SETACL` (RFC 4314 section 3.1)
///
/// ```abnf
/// setacl     = "SETACL" SP mailbox SP identifier SP mod-rights
/// mod-rights = astring
///                ;; +rights to add, -rights to remove
///                ;; rights to replace
/// ```
struct SetACLCommand: Command {
    static let facts = CommandFacts(
        "SETACL", in: .loggedIn, forms: .plain, expunge: .permitted, right: .administer, literals: .buffered)

    /// `nil`: a name no mailbox can have.
    let mailbox: MailboxName?
    let identifier: AccessIdentifier
    /// `nil` where something is no right: that is BAD, for a mailbox that does not exist too.
    let change: RightsChange?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.space()
        identifier = try arguments.accessIdentifier()
        try arguments.space()
        let octets = try arguments.astring()
        let sign = octets.first
        let isSigned = sign == ASCII.plus || sign == ASCII.minus
        change = WireRights.read(isSigned ? octets.dropFirst() : octets[...]).map { rights in
            switch sign {
            case ASCII.plus: .add(rights)
            case ASCII.minus: .remove(rights)
            default: .replace(rights)
            }
        }
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.controlledAccount()
        guard let change, change.rights.isSubset(of: type(of: account).knownRights) else {
            throw .bad(nil, "There is no such right")
        }
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let identifier = identifier
        let others = try await ask { () async throws(StoreError) in
            try await account.changeRights(of: identifier, in: mailbox, change)
        }
        try await context.respondACLs(of: others)
        return .ok("SETACL completed")
    }
}

/// `DELETEACL` (RFC 4314 section 3.2)
///
/// ```abnf
/// deleteacl = "DELETEACL" SP mailbox SP identifier
/// ```
struct DeleteACLCommand: Command {
    static let facts = CommandFacts(
        "DELETEACL", in: .loggedIn, forms: .plain, expunge: .permitted, right: .administer, literals: .buffered)

    let mailbox: MailboxName?
    let identifier: AccessIdentifier

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.space()
        identifier = try arguments.accessIdentifier()
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.controlledAccount()
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let identifier = identifier
        let others = try await ask { () async throws(StoreError) in
            try await account.removeRights(of: identifier, in: mailbox)
        }
        try await context.respondACLs(of: others)
        return .ok("DELETEACL completed")
    }
}

/// `GETACL` (RFC 4314 section 3.3)
///
/// ```abnf
/// getacl = "GETACL" SP mailbox
/// ```
struct GetACLCommand: Command {
    static let facts = CommandFacts(
        "GETACL", in: .loggedIn, forms: .plain, expunge: .permitted, right: .administer, literals: .buffered)

    let mailbox: MailboxName?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.controlledAccount()
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let list = try await ask { () async throws(StoreError) in try await account.accessList(of: mailbox) }
        context.respondACL(of: mailbox, list.map { ($0.identifier, WireRights.octets($0.rights)) })
        return .ok("GETACL completed")
    }
}

/// `LISTRIGHTS` (RFC 4314 section 3.4)
///
/// ```abnf
/// listrights = "LISTRIGHTS" SP mailbox SP identifier
/// ```
struct ListRightsCommand: Command {
    static let facts = CommandFacts(
        "LISTRIGHTS", in: .loggedIn, forms: .plain, expunge: .permitted, right: .administer, literals: .buffered)

    let mailbox: MailboxName?
    let identifier: AccessIdentifier

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.space()
        identifier = try arguments.accessIdentifier()
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.controlledAccount()
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let identifier = identifier
        let grantable = try await ask { () async throws(StoreError) in
            try await account.grantableRights(of: identifier, in: mailbox)
        }
        context.respondListRights(of: identifier, in: mailbox, WireRights.sets(grantable))
        return .ok("LISTRIGHTS completed")
    }
}

/// `MYRIGHTS` (RFC 4314 section 3.5). Needs any of `l`, `r`, `i`, `k`, `x`, `a`.
///
/// ```abnf
/// myrights = "MYRIGHTS" SP mailbox
/// ```
struct MyRightsCommand: Command {
    static let facts = CommandFacts(
        "MYRIGHTS", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    let mailbox: MailboxName?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.controlledAccount()
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let rights = try await ask { () async throws(StoreError) in try await account.rights(in: mailbox) }
        guard rights.revealsMailbox else { throw CommandFailure(.nonExistent) }
        context.respondMyRights(in: mailbox, WireRights.octets(rights))
        return .ok("MYRIGHTS completed")
    }
}

/// MYRIGHTS, behind RETURN (RFC 8440 section 3). A mailbox whose rights cannot be had is listed without.
///
/// ```abnf
/// return-option =/ "MYRIGHTS"
/// ```
struct MyRightsOption: ArgumentlessOption, ListReturnOption {
    static let name: Keyword = "MYRIGHTS"

    func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {
        guard mailbox.exists, mailbox.isSelected else { return }
        let account = try context.controlledAccount()
        let name = mailbox.name
        do {
            let rights = WireRights.octets(try await account.rights(in: name))
            response.follow { context in context.respondMyRights(in: name, rights) }
        } catch {
            return
        }
    }
}
