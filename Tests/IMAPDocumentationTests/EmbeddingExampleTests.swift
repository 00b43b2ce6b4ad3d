import Dispatch
import Glibc
import IMAPServer
import IMAPTestKit
import Testing

/// Fails the running test when a server writes what it must not write.
enum DocumentationOutput {
    static let isChecked: Void = OutputReport.install { violation in Issue.record("\(violation)") }
}

@Suite("The embedding example of README.md")
struct EmbeddingExampleTests {
    private static let conversation = Transcript(
        """
        C: a LOGIN alice wrong
        S: a NO [AUTHENTICATIONFAILED] ...
        C: b LOGIN alice secret
        S: b OK ...
        C: c SELECT INBOX
        S: ...
        S: * 1 EXISTS
        S: ...
        S: ...
        S: ...
        S: ...
        S: ...
        S: ...
        S: ...
        S: c OK ...
        C: d FETCH 1 BODY[]
        S: * 1 FETCH (BODY[] {52}
        S: From: host@example.com
        S: Subject: Welcome
        S: ...
        S: Hello.
        S: )
        S: * 1 FETCH (FLAGS (\\Seen \\Recent))
        S: d OK ...
        C: e LOGOUT
        S: * BYE ...
        S: e OK ...
        """)

    @Test func aClientLogsInAndGetsMail() async throws {
        DocumentationOutput.isChecked
        let transport = ScriptedTransport()
        let (connections, listener) = AsyncStream.makeStream(of: (any ByteTransport).self)
        listener.yield(transport)
        async let served: Void = serve(connections)
        let client = TestClient(transport)
        #expect(await client.settle().hasPrefix("* OK "))
        let mismatch = await client.play(Self.conversation)
        #expect(mismatch == nil, "\(mismatch.map(\.description) ?? "")")
        listener.finish()
        try await served
        #expect(transport.isClosed)
    }
}

@Suite("The transport of the article")
struct SocketTransportTests {
    /// The client's end of a pair of sockets, and a transport over the other.
    private static func pair() throws -> (client: Int32, transport: SocketTransport) {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let here = PeerAddress("here", isLoopback: true)
        return (ends[0], SocketTransport(ends[1], facts: ConnectionFacts(local: here, remote: here)))
    }

    /// Everything that comes from a socket until it is closed, off the pool of tasks.
    private static func readAll(_ descriptor: Int32) async -> [UInt8] {
        await withCheckedContinuation { done in
            DispatchQueue(label: "client").async {
                var all: [UInt8] = []
                var piece = [UInt8](repeating: 0, count: 4096)
                while case let count = recv(descriptor, &piece, piece.count, 0), count > 0 {
                    all += piece.prefix(count)
                }
                done.resume(returning: all)
            }
        }
    }

    @Test func carriesAConversation() async throws {
        let (client, transport) = try Self.pair()
        defer { Glibc.close(client) }
        let (connections, listener) = AsyncStream.makeStream(of: (any ByteTransport).self)
        listener.yield(transport)
        async let served: Void = serve(connections)
        let commands = Array("a LOGIN alice secret\r\nb EXAMINE INBOX\r\nc FETCH 1 BODY[TEXT]\r\nd LOGOUT\r\n".utf8)
        _ = commands.withUnsafeBytes { send(client, $0.baseAddress, $0.count, 0) }
        let answer = String(decoding: await Self.readAll(client), as: UTF8.self)
        #expect(answer.hasPrefix("* OK "))
        #expect(answer.contains("* 1 FETCH (BODY[TEXT] {8}\r\nHello.\r\n)\r\nc OK FETCH completed\r\n* BYE "))
        #expect(answer.hasSuffix("d OK Logged out\r\n"))
        listener.finish()
        try await served
    }

    @Test func aWriteToAPeerThatIsGoneThrows() async throws {
        let (client, transport) = try Self.pair()
        Glibc.close(client)
        await #expect(throws: TransportError(.closed)) { try await transport.write([1]) }
    }

    @Test func closingEndsAWait() async throws {
        let (client, transport) = try Self.pair()
        defer { Glibc.close(client) }
        let (connections, listener) = AsyncStream.makeStream(of: (any ByteTransport).self)
        listener.yield(transport)
        listener.finish()
        // Nobody logs in: the server is shut down while it waits.
        try await serve(connections)
        #expect(await Self.readAll(client).starts(with: Array("* ".utf8)))
    }
}
