import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// LISTA and SELECTA, draft-lu-imap-multi-account-01: who logged in with one of their identifiers may work in the
    /// accounts of the others.
    ///
    /// Which identifiers belong together is the host's answer, each time it is needed:
    /// ``/IMAPHost/Authenticator/associatedUsers(of:as:)``. The draft expired without a capability; the one advertised
    /// here, after login, is made up: `X-DRAFT-LU-MULTI-ACCOUNT-01`.
    public static let multiAccount = IMAPExtension("X-DRAFT-LU-MULTI-ACCOUNT-01") { registry in
        registry.advertise("X-DRAFT-LU-MULTI-ACCOUNT-01", in: .loggedIn)
        registry.add(ListAccountsCommand.self)
        registry.add(SelectAccountCommand.self)
    }
}

/// `LISTA userid` (section 3.2): the identifiers that belong together with this one, itself among them
///
/// ```abnf
/// command-auth =/ "LISTA" SP userid    ; not in the selected state
/// userid       = astring
/// ```
struct ListAccountsCommand: Command {
    static let facts = CommandFacts(
        "LISTA", in: .authenticated, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    let identifier: [UInt8]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        identifier = try arguments.userIdentifier()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let users = try await context.users()
        guard users.contains(where: { $0.name == identifier }) else { throw .rejected }
        context.respond(UInt32(clamping: users.count), "EXISTS")
        for user in users {
            context.respond("LISTA") { writer in
                writer.space()
                writer.astring(user.name)
            }
            try await context.drain()
        }
        return .ok("LISTA completed")
    }
}

/// `SELECTA userid` (section 3.3): its account is the active one from now on. The account before it ends, with
/// everything that was cached of it; what belongs to the login stays.
///
/// ```abnf
/// command-auth =/ "SELECTA" SP userid  ; not in the selected state
/// ```
struct SelectAccountCommand: Command {
    static let facts = CommandFacts(
        "SELECTA", in: .authenticated, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    let identifier: [UInt8]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        identifier = try arguments.userIdentifier()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let user = try await context.users().first(where: { $0.name == identifier }) else { throw .rejected }
        try await context.changeAccount(to: user)
        return .ok("SELECTA completed")
    }
}

extension ArgumentReader {
    fileprivate mutating func userIdentifier() throws(SyntaxError) -> [UInt8] {
        try space()
        let identifier = try astring()
        try end()
        return identifier
    }
}

extension CommandFailure {
    /// The same for an identifier of somebody else and for one that does not exist.
    fileprivate static let rejected = CommandFailure.no(.cannot, "User identifier rejected")
}

extension Context {
    /// The user who logged in, and those whose identifiers are associated with theirs, each once.
    fileprivate func users() async throws(CommandFailure) -> [UserIdentity] {
        guard let loggedIn else { throw .bad(nil, "Not authenticated") }
        var known: Set<UserIdentity> = []
        return ([loggedIn.user] + (try await associatedUsers())).filter { known.insert($0).inserted }
    }
}
