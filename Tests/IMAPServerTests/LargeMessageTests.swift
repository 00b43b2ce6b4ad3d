import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Synchronization
import Testing

/// Takes everything and keeps only its size.
private final class CountingTransport: ByteTransport {
    private struct State {
        var input: [[UInt8]]
        var count: UInt64 = 0
        var largest = 0
        var isClosed = false
    }

    private let state: Mutex<State>

    init(_ input: [String]) { state = Mutex(State(input: input.map(octets))) }

    var facts: ConnectionFacts {
        ConnectionFacts(local: PeerAddress("a", isLoopback: true), remote: PeerAddress("b", isLoopback: true))
    }

    func read(max: Int, into sink: any InputSink) {
        let next = state.withLock { $0.input.isEmpty ? nil : $0.input.removeFirst() }
        if let next { sink.receive(next) } else { sink.inputEnded() }
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        state.withLock { state in
            state.count += UInt64(octets.count)
            state.largest = Swift.max(state.largest, octets.count)
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var count: UInt64 { state.withLock { $0.count } }
    var largest: Int { state.withLock { $0.largest } }
}

@Suite("A large message is never whole in memory (RFC 9051 section 6.4.5)")
struct LargeMessageTests {
    /// `imap-bench large-fetch` does the same with 1 GiB in a release build, and measures the process's memory.
    @Test func aFetchOfALargeMessageIsWrittenInPieces() async throws {
        let size: UInt64 = 64 << 20
        let fixture = try Fixture()
        let body = RepeatingBody(
            header: octets("Subject: large\r\n\r\n"), block: octets(String(repeating: "x", count: 4094) + "\r\n"),
            size: size)
        _ = try fixture.store.append(body: body, to: .inbox, for: user("alice"))
        let transport = CountingTransport([
            "a LOGIN alice secret\r\n", "b SELECT INBOX\r\n", "c FETCH 1 BODY.PEEK[]\r\n",
        ])
        fixture.server.accept(transport)
        while !transport.isClosed { try await Task.sleep(for: .milliseconds(5)) }
        #expect(transport.count > size)
        #expect(transport.largest < 256 * 1024, "R-OUT-8: high water and one chunk")
    }
}
