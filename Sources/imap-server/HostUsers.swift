import IMAPHost
import IMAPTypes

/// The users of the command line.
struct HostUsers: Authenticator {
    private let passwords: [[UInt8]: Redacted<[UInt8]>]
    private let admins: Set<[UInt8]>
    private let anyUserPassword: Redacted<[UInt8]>?
    private let policy: Options.UnauthenticatePolicy
    private let associations: [Set<[UInt8]>]

    private static let adminSuffix = Array(".admin".utf8)
    /// Compared with when there is no such user, so that both cost the same.
    private static let nobody = Redacted(Array("\u{1}no password is this one\u{1}".utf8))

    init(_ options: Options) {
        var passwords: [[UInt8]: Redacted<[UInt8]>] = [:]
        for login in options.users + options.admins {
            passwords[Array(login.name.utf8)] = Redacted(Array(login.password.utf8))
        }
        self.passwords = passwords
        admins = Set(options.admins.map { Array($0.name.utf8) })
        anyUserPassword = options.anyUserPassword.map { Redacted(Array($0.utf8)) }
        policy = options.unauthenticate
        associations = options.associations.map { Set($0.map { Array($0.utf8) }) }
    }

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        switch credential {
        case .password(let name, let password):
            let known = passwords[name] ?? (name.isEmpty ? nil : anyUserPassword)
            let isRight = (known ?? HostUsers.nobody).constantTimeEquals(password.exposed)
            guard known != nil, isRight else { throw .rejected }
            return AuthenticationIdentity(name: name)
        case .external(let name), .proven(let name):
            guard exists(name) else { throw .rejected }
            return AuthenticationIdentity(name: name)
        case .anonymous, .bearerToken: throw .rejected
        }
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        guard let requested, requested != identity.name else { return UserIdentity(name: identity.name) }
        guard isAdmin(identity.name), exists(requested) else { throw .notAuthorized }
        return UserIdentity(name: requested)
    }

    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool {
        switch policy {
        case .all: true
        case .admins: isAdmin(identity.name)
        case .off: false
        }
    }

    /// In the order of their octets: the same list each time.
    func associatedUsers(
        of identity: AuthenticationIdentity, as user: UserIdentity
    ) async throws(AuthenticationError) -> [UserIdentity] {
        let names = associations.filter { $0.contains(user.name) }.reduce(into: Set<[UInt8]>()) { $0.formUnion($1) }
        return names.filter { $0 != user.name && exists($0) }.sorted { $0.lexicographicallyPrecedes($1) }
            .map { UserIdentity(name: $0) }
    }

    private func exists(_ name: [UInt8]) -> Bool { passwords[name] != nil || (anyUserPassword != nil && !name.isEmpty) }

    private func isAdmin(_ name: [UInt8]) -> Bool {
        admins.contains(name) || (anyUserPassword != nil && name.suffix(6).elementsEqual(HostUsers.adminSuffix))
    }
}
