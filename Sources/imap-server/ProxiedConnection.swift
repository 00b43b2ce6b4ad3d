import IMAPHost
import Synchronization

/// Reads a PROXY header before the server sees the connection. A header that is malformed or late closes it.
final class ProxiedConnection: InputSink, DeadlineTarget {
    private struct State {
        var header = ProxyHeader()
        var isOver = false
    }

    private static let time = Duration.seconds(5)

    private let transport: SocketTransport
    private let log: Log
    private let ready: @Sendable () -> Void
    private let state = Mutex(State())

    init(_ transport: SocketTransport, log: Log, ready: @escaping @Sendable () -> Void) {
        self.transport = transport
        self.log = log
        self.ready = ready
    }

    func begin() {
        transport.loop.setDeadline(transport.id.load(ordering: .acquiring), in: ProxiedConnection.time, self)
        transport.read(max: 1024, into: self)
    }

    func receive(_ octets: [UInt8]) {
        let progress = state.withLock { state -> ProxyHeader.Progress? in
            guard !state.isOver else { return nil }
            let progress = state.header.feed(octets)
            if case .done = progress { state.isOver = true }
            return progress
        }
        switch progress {
        case nil: return
        case .needsMore: transport.read(max: 1024, into: self)
        case .malformed: fail("malformed PROXY header")
        case .done(let client, let unread):
            transport.loop.removeDeadline(transport.id.load(ordering: .acquiring))
            transport.begin(with: facts(of: client), unread: unread)
            ready()
        }
    }

    func inputEnded() { fail("closed before the PROXY header") }

    func hangUp() { fail("closed before the PROXY header") }

    func deadlinePassed() { fail("no PROXY header in time") }

    private func facts(of client: ProxyHeader.Client) -> ConnectionFacts {
        switch client {
        case .proxy: return transport.facts
        case .unknown:
            let facts = transport.facts
            return ConnectionFacts(
                local: facts.local,
                remote: PeerAddress("unknown, through \(facts.remote.description)", isLoopback: false))
        case .known(let facts): return facts
        }
    }

    private func fail(_ reason: String) {
        let isFirst = state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
        guard isFirst else { return }
        log.write(.info, "\(transport.facts.remote): \(reason)")
        transport.close()
    }
}
