// listing: embedding
import IMAPExtensions
import IMAPMemoryStore
import IMAPServer

/// Who is who: names and passwords. Nobody acts for another.
struct Users: Authenticator {
    let passwords: [String: String]

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        guard case .password(let name, let password) = credential,
            let known = passwords[String(decoding: name, as: UTF8.self)],
            password.constantTimeEquals(Array(known.utf8))
        else { throw .rejected }
        return AuthenticationIdentity(name: name)
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        guard requested == nil || requested == identity.name else { throw .notAuthorized }
        return UserIdentity(name: identity.name)
    }
}

/// Serves what your listener accepts, each connection as a `ByteTransport`, until it accepts no more.
func serve(_ connections: AsyncStream<any ByteTransport>) async throws {
    let store = MemoryStore()
    let welcome = "From: host@example.com\r\nSubject: Welcome\r\n\r\nHello.\r\n"
    _ = try store.append(Array(welcome.utf8), to: .inbox, for: UserIdentity(name: Array("alice".utf8)))
    let server = try Server(
        store: store, authenticator: Users(passwords: ["alice": "secret"]),
        extensions: IMAPExtension.standard.supported(by: store))
    for await connection in connections { server.accept(connection) }
    await server.shutdown(within: .seconds(5))
}
// listing: end
