import IMAPHost
import IMAPTypes
import Testing

@testable import imap_server

@Suite("imap-server: its users")
struct HostUsersTests {
    private static func users(_ arguments: String...) -> HostUsers {
        guard case .serve(let options) = Options.parse(arguments) else {
            Issue.record("refused: \(arguments)")
            return HostUsers(Options())
        }
        return HostUsers(options)
    }

    private static let facts = ConnectionFacts(
        local: PeerAddress("server", isLoopback: true), remote: PeerAddress("client", isLoopback: true))

    private static func logIn(
        _ users: HostUsers, _ name: String, _ password: String, as requested: String? = nil
    ) async -> Result<String, AuthenticationError> {
        await logIn(
            users, .password(name: Array(name.utf8), password: Redacted(Array(password.utf8))), as: requested)
    }

    private static func logIn(
        _ users: HostUsers, _ credential: Credential, as requested: String? = nil
    ) async -> Result<String, AuthenticationError> {
        do {
            let identity = try await users.authenticate(credential, on: facts)
            let user = try await users.authorize(identity, as: requested.map { Array($0.utf8) })
            return .success(String(decoding: user.name, as: UTF8.self))
        } catch {
            return .failure(error)
        }
    }

    @Test func theDefaultUsersLogIn() async {
        let users = HostUsersTests.users()
        #expect(await HostUsersTests.logIn(users, "alice", "alice") == .success("alice"))
        #expect(await HostUsersTests.logIn(users, "bob", "bob", as: "bob") == .success("bob"))
        #expect(await HostUsersTests.logIn(users, "alice", "bob") == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, "alice", "") == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, "Alice", "alice") == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, "carol", "carol") == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, "", "") == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, "alice", "alice", as: "bob") == .failure(.notAuthorized))
    }

    @Test func anAdministratorActsAsAnyUserThereIs() async {
        let users = HostUsersTests.users("--admin", "root:r")
        #expect(await HostUsersTests.logIn(users, "root", "r") == .success("root"))
        #expect(await HostUsersTests.logIn(users, "root", "r", as: "alice") == .success("alice"))
        #expect(await HostUsersTests.logIn(users, "root", "r", as: "nobody") == .failure(.notAuthorized))
        #expect(await HostUsersTests.logIn(users, "alice", "alice", as: "root") == .failure(.notAuthorized))
    }

    @Test func everyNameIsAUserAndNamesInAdminAreAdministrators() async {
        let users = HostUsersTests.users("--any-user", "pass")
        #expect(await HostUsersTests.logIn(users, "u1", "pass") == .success("u1"))
        #expect(await HostUsersTests.logIn(users, "u1", "pass!") == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, "", "pass") == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, "u1", "pass", as: "u2") == .failure(.notAuthorized))
        #expect(await HostUsersTests.logIn(users, "u1.admin", "pass", as: "u2") == .success("u2"))
        #expect(users.mayUnauthenticate(AuthenticationIdentity(name: Array("u1.admin".utf8))))
        #expect(!users.mayUnauthenticate(AuthenticationIdentity(name: Array("u1".utf8))))
    }

    @Test func aCertificateLogsInAUserThereIs() async {
        let users = HostUsersTests.users("--admin", "root:r")
        #expect(
            await HostUsersTests.logIn(users, .external(peerIdentity: Array("root".utf8)), as: "bob")
                == .success("bob"))
        #expect(
            await HostUsersTests.logIn(users, .external(peerIdentity: Array("eve".utf8))) == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, .proven(name: Array("eve".utf8))) == .failure(.rejected))
        #expect(await HostUsersTests.logIn(users, .anonymous(trace: [])) == .failure(.rejected))
    }

    @Test func identitiesOfOnePersonAreThoseThereAre() async throws {
        let users = HostUsersTests.users("--user", "a:1", "--user", "b:1", "--user", "c:1", "--associate", "c,a,nobody")
        func associated(_ name: String) async throws -> [String] {
            let octets = Array(name.utf8)
            return try await users.associatedUsers(
                of: AuthenticationIdentity(name: octets), as: UserIdentity(name: octets)
            ).map { String(decoding: $0.name, as: UTF8.self) }
        }
        #expect(try await associated("a") == ["c"])
        #expect(try await associated("c") == ["a"])
        #expect(try await associated("b") == [])
    }

    @Test func unauthenticateIsForThoseTheCommandLineSays() {
        let alice = AuthenticationIdentity(name: Array("alice".utf8))
        let root = AuthenticationIdentity(name: Array("root".utf8))
        for (policy, forAlice, forRoot) in [("all", true, true), ("admins", false, true), ("off", false, false)] {
            let users = HostUsersTests.users("--admin", "root:r", "--unauthenticate", policy)
            #expect(users.mayUnauthenticate(alice) == forAlice)
            #expect(users.mayUnauthenticate(root) == forRoot)
        }
    }
}
