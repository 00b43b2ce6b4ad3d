import Foundation
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
        var tail: [UInt8] = []
        var peak = 0
        var writes = 0
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
            state.tail = Array(octets.suffix(64))
            state.writes += 1
            if state.writes % 64 == 0 { state.peak = Swift.max(state.peak, residentOctets()) }
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var count: UInt64 { state.withLock { $0.count } }
    var largest: Int { state.withLock { $0.largest } }
    var peak: Int { state.withLock { $0.peak } }
}

/// The process's resident memory, from the kernel; 0 where it does not tell.
private func residentOctets() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    let pages = text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * 4096
}

@Suite("A large message is never whole in memory (RFC 9051 section 6.4.5)")
struct LargeMessageTests {
    /// 64 MiB here, twice what is allowed; `imap-bench large-fetch` does the same with 1 GiB in a release build.
    @Test func aFetchOfALargeMessageStaysUnder32MiBAboveIdle() async throws {
        let size: UInt64 = 64 << 20
        let fixture = try Fixture()
        let body = RepeatingBody(
            header: octets("Subject: large\r\n\r\n"), block: octets(String(repeating: "x", count: 4094) + "\r\n"),
            size: size)
        _ = try fixture.store.append(body: body, to: .inbox, for: user("alice"))
        let transport = CountingTransport([
            "a LOGIN alice secret\r\n", "b SELECT INBOX\r\n", "c FETCH 1 BODY.PEEK[]\r\n",
        ])
        let idle = residentOctets()
        fixture.server.accept(transport)
        while !transport.isClosed { try await Task.sleep(for: .milliseconds(5)) }
        #expect(transport.count > size)
        #expect(transport.largest < 256 * 1024, "R-OUT-8: high water and one chunk")
        if idle > 0 {
            #expect(transport.peak > 0, "sampled")
            #expect(transport.peak - idle < 32 << 20, "\((transport.peak - idle) >> 10) KiB above idle")
        }
    }
}
