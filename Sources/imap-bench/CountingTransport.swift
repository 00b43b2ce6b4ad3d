import IMAPHost
import Synchronization

/// A client that sends prepared lines, takes everything, and keeps only counts.
final class CountingTransport: ByteTransport {
    private struct State {
        var input: [[UInt8]]
        var count: UInt64 = 0
        var largestWrite = 0
        var peakResident = 0
        var writes = 0
        var isClosed = false
    }

    private let state: Mutex<State>

    init(_ lines: [String]) { state = Mutex(State(input: lines.map { Array($0.utf8) + [0x0D, 0x0A] })) }

    var facts: ConnectionFacts {
        ConnectionFacts(
            local: PeerAddress("server", isLoopback: true), remote: PeerAddress("client", isLoopback: true))
    }

    func read(max: Int, into sink: any InputSink) {
        let next = state.withLock { $0.input.isEmpty ? nil : $0.input.removeFirst() }
        if let next { sink.receive(next) } else { sink.inputEnded() }
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        state.withLock { state in
            state.count += UInt64(octets.count)
            state.largestWrite = max(state.largestWrite, octets.count)
            state.writes += 1
            if state.writes % 16 == 1 { state.peakResident = max(state.peakResident, Resident.octets) }
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var count: UInt64 { state.withLock { $0.count } }
    var largestWrite: Int { state.withLock { $0.largestWrite } }
    var peakResident: Int { state.withLock { $0.peakResident } }
}
