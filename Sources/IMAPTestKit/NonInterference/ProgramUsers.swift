import IMAPExtensions
public import IMAPHost
public import IMAPServer

/// The people of random programs: users with passwords, and an administrator who may act as each of them and may
/// UNAUTHENTICATE.
///
/// Also the ``/IMAPHost/Authenticator`` that knows them. A host that brings one of its own gives the names and passwords
/// that it takes, and lets the administrator authenticate by PLAIN or EXTERNAL for another user.
public struct ProgramUsers: Sendable {
    /// Names and passwords, in atoms' octets.
    public var users: [(name: String, password: String)]
    public var administrator: (name: String, password: String)
    /// The users whose accounts each may select beside their own (SELECTA): what is seen and left there is no leak.
    public var associated: [String: [String]]

    public init(
        users: [(name: String, password: String)], administrator: (name: String, password: String),
        associated: [String: [String]] = [:]
    ) {
        self.users = users
        self.administrator = administrator
        self.associated = associated
    }

    /// Alice, bob, carol and dave, and admin. Dave may also work in alice's account.
    public static let standard = ProgramUsers(
        users: [("alice", "secret"), ("bob", "hunter2"), ("carol", "carol"), ("dave", "dave's")],
        administrator: ("admin", "root"), associated: ["dave": ["alice"]])

    /// The mark in everything that belongs to the user: in the octets of mail, in the names of mailboxes, in keywords.
    func mark(of user: Int) -> [UInt8] { Array("mark-\(users[user].name)-".utf8) }

    /// Whose marks the user may see, by index: of all who may write where this one may read.
    func visible(to user: Int) -> Set<Int> {
        Set(users.indices.filter { !accounts(of: $0).isDisjoint(with: accounts(of: user)) })
    }

    private func accounts(of user: Int) -> Set<String> {
        Set([users[user].name] + (associated[users[user].name] ?? []))
    }
}

extension ProgramUsers: Authenticator {
    public func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        switch credential {
        case .password(let name, let password):
            let known = (users + [administrator]).first { Array($0.name.utf8) == name }
            guard let known, password.constantTimeEquals(Array(known.password.utf8)) else { throw .rejected }
            return AuthenticationIdentity(name: name)
        case .external(let peer): return AuthenticationIdentity(name: peer)
        case .anonymous, .bearerToken: throw .rejected
        case .proven(let name): return AuthenticationIdentity(name: name)
        }
    }

    public func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        guard let requested, requested != identity.name else { return UserIdentity(name: identity.name) }
        guard mayUnauthenticate(identity), users.contains(where: { Array($0.name.utf8) == requested }) else {
            throw .notAuthorized
        }
        return UserIdentity(name: requested)
    }

    public func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool {
        identity.name == Array(administrator.name.utf8)
    }

    public func associatedUsers(
        of identity: AuthenticationIdentity, as user: UserIdentity
    ) async throws(AuthenticationError) -> [UserIdentity] {
        let names = associated[String(decoding: user.name, as: UTF8.self)] ?? []
        return names.map { UserIdentity(name: Array($0.utf8)) }
    }
}

/// What one run of a program works in: a store that holds nothing of an earlier one, and what a server needs beside it.
public struct ProgramWorld: Sendable {
    public var store: any MailStore
    public var authenticator: any Authenticator
    public var extensions: [IMAPExtension]
    public var configuration: ServerConfiguration
    public var observer: any ServerObserver
    /// The facts of every connection.
    public var facts: ConnectionFacts

    /// A world of this store.
    ///
    /// Without `extensions` it has everything that the store supports, and COMPRESS; without `facts`, connections with
    /// TLS and the certificate of the standard administrator. Failed logins are answered at once, whatever
    /// `configuration` says: no time passes in a program.
    public init(
        store: any MailStore, authenticator: any Authenticator = ProgramUsers.standard,
        extensions: [IMAPExtension]? = nil, configuration: ServerConfiguration = ServerConfiguration(),
        observer: any ServerObserver = SilentObserver(), facts: ConnectionFacts? = nil
    ) {
        self.store = store
        self.authenticator = authenticator
        self.extensions = extensions ?? (IMAPExtension.standard + [.compressDeflate]).supported(by: store)
        self.configuration = configuration
        self.observer = observer
        self.facts =
            facts
            ?? ConnectionFacts(
                local: PeerAddress("server", isLoopback: false), remote: PeerAddress("client", isLoopback: false),
                tls: TLSFacts(version: "TLSv1.3", cipher: "none", peerIdentity: Array("admin".utf8)))
    }
}
