import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A voicemail gateway that acts for its subscribers, and is the only one who may log in.
private struct Gateway: Authenticator {
    static let subscribers = ["alice", "bob", "carol"]

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        guard case .password(let name, let password) = credential, name == Array("gateway".utf8),
            password.constantTimeEquals(Array("secret".utf8))
        else { throw .rejected }
        return AuthenticationIdentity(name: name)
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        guard let requested, Gateway.subscribers.contains(String(decoding: requested, as: UTF8.self)) else {
            throw .notAuthorized
        }
        return UserIdentity(name: requested)
    }

    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool { true }
}

/// The transcript that README.md and the article show: one connection, three users.
@Suite("The demonstration of README.md and of the article UNAUTHENTICATE (RFC 8437)")
struct DemonstrationTests {
    /// What the gateway sends; what stands together travels together.
    private static let segments = [
        ["a1 AUTHENTICATE PLAIN YWxpY2UAZ2F0ZXdheQBzZWNyZXQ="], ["a2 ENABLE CONDSTORE"],
        ["a3 SELECT INBOX"], ["a4 SEARCH RETURN (SAVE COUNT) UNSEEN"], ["a5 STORE $ +FLAGS (\\Seen)"],
        ["a6 UNAUTHENTICATE", "b1 AUTHENTICATE PLAIN Ym9iAGdhdGV3YXkAc2VjcmV0", "b2 SELECT INBOX", "b3 FETCH $ FLAGS"],
        ["b4 STORE 1 +FLAGS (\\Seen)"],
        ["b5 UNAUTHENTICATE", "c1 FETCH 1 FLAGS", "c2 AUTHENTICATE PLAIN Y2Fyb2wAZ2F0ZXdheQBzZWNyZXQ="],
        ["c3 STATUS INBOX (MESSAGES UNSEEN)"], ["c4 LOGOUT"],
    ]

    private static func transcript() async throws -> String {
        let store = MemoryStore()
        for (count, name) in Gateway.subscribers.enumerated() {
            for number in 0...count {
                let message = "Subject: voice message \(number)\r\n\r\nfor \(name)\r\n"
                _ = try store.append(Array(message.utf8), to: .inbox, for: UserIdentity(name: Array(name.utf8)))
            }
        }
        let server = try Server(
            store: store, authenticator: Gateway(),
            extensions: [
                .unauthenticate, .saslPlain, .saslIR, .enable, .condStore, .esearch, .searchResult,
            ])
        let (client, greeting) = await TestClient.connect(to: server, ScriptedTransport())
        var lines: [String] = []
        func add(_ side: String, _ text: String) {
            for line in text.split(separator: "\r\n") { lines.append("\(side): \(line)") }
        }
        add("S", greeting)
        for segment in segments {
            for line in segment { add("C", line) }
            add("S", await client.send(segment.map { $0 + "\r\n" }.joined()))
        }
        return lines.joined(separator: "\n")
    }

    /// Octet for octet what the server says.
    @Test(arguments: ["README.md", "Sources/IMAPExtensions/IMAPExtensions.docc/UNAUTHENTICATE.md"])
    func theTranscriptIsWhatTheServerSays(_ file: String) async throws {
        let text = try String(contentsOf: Listings.root.appendingPathComponent(file), encoding: .utf8)
        let transcript = try await Self.transcript()
        #expect(text.contains("```\n\(transcript)\n```\n"), "\(file) must show:\n\(transcript)")
    }
}
