import IMAPExtensions
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

/// One administrator, who may act for every user and may UNAUTHENTICATE.
private struct Administrator: Authenticator {
    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        guard case .password(let name, _) = credential else { throw .rejected }
        return AuthenticationIdentity(name: name)
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        UserIdentity(name: requested ?? identity.name)
    }

    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool { true }
}

@Suite("The extension of the article")
struct ExtensionExampleTests {
    private static let permissions: OutputPermissions = {
        var permissions = OutputPermissions()
        permissions.responses = ["XMARK"]
        permissions.fetchItems = ["XEPOCH"]
        return permissions
    }()

    /// Two messages for each of alice and bob: of second 100, and of second 200.
    private static func connect(_ extensions: [IMAPExtension]) async throws -> TestClient {
        DocumentationOutput.isChecked
        let store = MemoryStore()
        for name in ["alice", "bob"] {
            for second in [100, 200] as [Int64] {
                _ = try store.append(
                    Array("Subject: \(name) \(second)\r\n\r\n".utf8), to: .inbox,
                    for: UserIdentity(name: Array(name.utf8)), internalDate: InternalDate(secondsSince1970: second))
            }
        }
        let server = try Server(store: store, authenticator: Administrator(), extensions: extensions)
        return await TestClient.connect(to: server, ScriptedTransport(output: .checked(permissions))).client
    }

    @Test func everyPartOfItWorksAndNothingOfItIsLeft() async throws {
        let client = try await Self.connect(IMAPExtension.standard + [.epoch])
        let used = await client.play(
            Transcript(
                """
                C: a LOGIN alice secret
                S: a OK [CAPABILITY ... XEPOCH...] Logged in
                C: b XMARK 150
                S: * XMARK 0
                S: b OK XMARK completed
                C: c ENABLE XEPOCH
                S: * ENABLED XEPOCH
                S: c OK ENABLE completed
                C: d SELECT INBOX
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: * OK [MAILBOXID (...)] ...
                S: d OK [READ-WRITE] SELECT completed
                C: e FETCH 1:* XEPOCH
                S: * 1 FETCH (XEPOCH 100)
                S: * 2 FETCH (XEPOCH 200)
                S: e OK FETCH completed
                C: f SEARCH XAFTERMARK
                S: * SEARCH 2
                S: f OK SEARCH completed
                C: g STORE 1 +FLAGS (\\Seen)
                S: * 1 FETCH (FLAGS (\\Seen \\Recent) XEPOCH 100)
                S: g OK STORE completed
                C: h XMARK 160
                S: * XMARK 150
                S: h OK XMARK completed
                C: i UNAUTHENTICATE
                S: i OK ...
                """))
        #expect(used == nil, "\(used.map(\.description) ?? "")")
        let next = await client.play(
            Transcript(
                """
                C: a XMARK 1
                S: a BAD ...
                C: b LOGIN bob secret
                S: b OK ...
                C: c EXAMINE INBOX
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: * OK [MAILBOXID (...)] ...
                S: c OK [READ-ONLY] EXAMINE completed
                C: d SEARCH XAFTERMARK
                S: * SEARCH 1 2
                S: d OK SEARCH completed
                C: e SELECT INBOX
                S: * OK [CLOSED] ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: ...
                S: * OK [MAILBOXID (...)] ...
                S: e OK [READ-WRITE] SELECT completed
                C: f STORE 1 +FLAGS (\\Seen)
                S: * 1 FETCH (FLAGS (\\Seen \\Recent))
                S: f OK STORE completed
                C: g XMARK 1
                S: * XMARK 0
                S: g OK XMARK completed
                """))
        #expect(next == nil, "\(next.map(\.description) ?? "")")
    }

    @Test func withoutItNothingOfItIsAccepted() async throws {
        let client = try await Self.connect(IMAPExtension.standard)
        let login = await client.line("a LOGIN alice secret")
        #expect(!login.contains("XEPOCH"))
        await client.line("b EXAMINE INBOX")
        for (tag, line) in ["XMARK 1", "FETCH 1 XEPOCH", "SEARCH XAFTERMARK"].enumerated() {
            #expect(await client.line("c\(tag) \(line)").hasPrefix("c\(tag) BAD"), "\(line)")
        }
    }

    @Test func itDoesNotStartWithoutWhatItNeeds() {
        #expect(throws: ConfigurationError.missingRequirement("XEPOCH", "ENABLE")) {
            try Server(store: MemoryStore(), authenticator: Administrator(), extensions: [.epoch])
        }
    }
}
