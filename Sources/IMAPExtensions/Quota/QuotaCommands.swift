import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTypes

/// `GETQUOTA` (RFC 9208 section 4.1.1)
///
/// ```abnf
/// getquota = "GETQUOTA" SP quota-root-name
/// ```
struct GetQuotaCommand: Command {
    static let facts = CommandFacts(
        "GETQUOTA", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    /// `nil`: a name no root can have.
    let root: QuotaRoot?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        root = QuotaRoot(try arguments.astring())
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.quotaAccount()
        guard let root else { throw .noQuotaRoot }
        do {
            context.respondQuota(of: root, try await account.quota(of: root))
        } catch {
            throw CommandFailure(aboutQuota: error)
        }
        return .ok("GETQUOTA completed")
    }
}

/// `GETQUOTAROOT` (RFC 9208 section 4.1.2). The mailbox need not exist.
///
/// ```abnf
/// getquotaroot       = "GETQUOTAROOT" SP mailbox
/// quotaroot-response = "QUOTAROOT" SP mailbox *(SP quota-root-name)
/// ```
struct GetQuotaRootCommand: Command {
    static let facts = CommandFacts(
        "GETQUOTAROOT", in: .loggedIn, forms: .plain, expunge: .permitted, right: .read, literals: .buffered)

    let mailbox: MailboxName?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.quotaAccount()
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let roots = try await ask { () async throws(StoreError) in try await account.quotaRoots(of: mailbox) }
        context.respondQuotaRoots(of: mailbox, roots)
        for root in roots {
            do {
                context.respondQuota(of: root, try await account.quota(of: root))
            } catch .nonExistent {
                // Gone since it was named.
            } catch {
                throw CommandFailure(error)
            }
            try await context.drain()
        }
        return .ok("GETQUOTAROOT completed")
    }
}

/// `SETQUOTA` (RFC 9208 section 4.1.3)
///
/// ```abnf
/// setquota          = "SETQUOTA" SP quota-root-name SP setquota-list
/// setquota-list     = "(" [setquota-resource *(SP setquota-resource)] ")"
/// setquota-resource = resource-name SP resource-limit
/// ```
struct SetQuotaCommand: Command {
    static let facts = CommandFacts(
        "SETQUOTA", in: .loggedIn, forms: .plain, expunge: .permitted, right: .administer, literals: .buffered)

    let root: QuotaRoot?
    /// Each resource once.
    let limits: [QuotaLimit]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        root = QuotaRoot(try arguments.astring())
        try arguments.space()
        var seen: Set<QuotaResource> = []
        limits = try arguments.list(atMost: .options) { reader throws(SyntaxError) in
            let resource = QuotaResource(try reader.keyword())
            guard seen.insert(resource).inserted else { throw reader.error(.unexpected) }
            try reader.space()
            return QuotaLimit(resource, try reader.number64())
        }
        try arguments.end()
    }

    /// What the root has now is told, as the store may have rounded it.
    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let account = try context.account() as? any SettableQuotaAccount else {
            throw CommandFailure(.internalError)
        }
        guard let root else { throw .noQuotaRoot }
        do {
            try await account.setQuota(of: root, to: limits)
        } catch {
            throw CommandFailure(aboutQuota: error)
        }
        do {
            context.respondQuota(of: root, try await account.quota(of: root))
        } catch {
            // It is set: who may set it may still not be one who may see it.
        }
        return .ok("SETQUOTA completed")
    }
}

extension CommandFailure {
    fileprivate static var noQuotaRoot: CommandFailure { .no(.nonExistent, "No such quota root") }

    fileprivate init(aboutQuota error: StoreError) {
        self = error == .nonExistent ? .noQuotaRoot : CommandFailure(error)
    }
}
