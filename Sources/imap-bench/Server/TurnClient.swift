import Glibc
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import Synchronization

/// A server on one thread, which works when a client of it has its turn.
struct TurnServer {
    private let server: Server
    private let executor = TurnExecutor()

    init(
        _ store: MemoryStore, _ configuration: ServerConfiguration = ServerConfiguration(),
        extensions more: [IMAPExtension] = []
    ) throws {
        server = try Server(
            store: store, authenticator: Anyone(), extensions: IMAPExtension.standard.supported(by: store) + more,
            configuration: configuration)
    }

    func connect() -> TurnClient {
        let client = TurnClient(executor)
        server.accept(client, on: executor)
        executor.run()
        return client
    }
}

/// A client and its server in turns, on one thread and without sockets. Every command has the tag `z`.
final class TurnClient: ByteTransport {
    private struct State: Sendable {
        var pending: [UInt8] = []
        var demand: (max: Int, sink: any InputSink)?
        var answered = 0
        var refused: [UInt8]?
        var refusals = 0
        var isClosed = false
        var octets = 0
        /// The beginning of a line that was cut.
        var line: [UInt8] = []
    }

    private let executor: TurnExecutor
    private let state = Mutex(State())

    let facts = ConnectionFacts(
        local: PeerAddress("server", isLoopback: true), remote: PeerAddress("client", isLoopback: true))

    fileprivate init(_ executor: TurnExecutor) { self.executor = executor }

    /// The only client of a server of its own.
    static func alone(_ store: MemoryStore) throws -> TurnClient { try TurnServer(store).connect() }

    /// Says `commands` at once, and takes as many tagged OKs.
    func say(_ commands: [UInt8], expecting count: Int) throws {
        let state = hear(commands)
        if let refused = state.refused { throw Benchmark.Failure(String(decoding: refused, as: UTF8.self)) }
        guard state.answered == count else { throw Benchmark.Failure("\(state.answered) answers of \(count)") }
    }

    /// Says `commands` at once, and takes as many tagged refusals, and no OK.
    func say(_ commands: [UInt8], refused count: Int) throws {
        let state = hear(commands)
        guard state.refusals == count, state.answered == 0 else {
            throw Benchmark.Failure("\(state.refusals) refusals of \(count), \(state.answered) OKs")
        }
    }

    /// Says `commands` at once, and lets the server do what it can.
    @discardableResult
    func hear(_ commands: [UInt8]) -> (answered: Int, refusals: Int, refused: [UInt8]?) {
        let delivery = state.withLock { state -> ([UInt8], any InputSink)? in
            state.pending += commands
            return take(&state)
        }
        if let (octets, sink) = delivery { sink.receive(octets) }
        executor.run()
        return state.withLock { state in
            defer { (state.answered, state.refusals, state.refused) = (0, 0, nil) }
            return (state.answered, state.refusals, state.refused)
        }
    }

    func say(_ command: String) throws { try say(Array("z \(command)\r\n".utf8), expecting: 1) }

    private func take(_ state: inout State) -> ([UInt8], any InputSink)? {
        guard let demand = state.demand, !state.pending.isEmpty else { return nil }
        state.demand = nil
        var octets: [UInt8] = []
        if state.pending.count <= demand.max {
            swap(&octets, &state.pending)
        } else {
            octets = Array(state.pending.prefix(demand.max))
            state.pending.removeFirst(demand.max)
        }
        return (octets, demand.sink)
    }

    // MARK: The server's side

    func read(max: Int, into sink: any InputSink) {
        let delivery = state.withLock { state -> ([UInt8], any InputSink)? in
            state.demand = (max, sink)
            return take(&state)
        }
        if let (octets, sink) = delivery { sink.receive(octets) }
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        state.withLock { state in
            state.octets += octets.count
            var start = 0
            while let end = octets.lineEnd(from: start) {
                let isTagged = state.line.isEmpty ? octets[start] == 0x7A : state.line[0] == 0x7A
                if isTagged {
                    let line = state.line + octets[start..<end]
                    if line.starts(with: [0x7A, 0x20, 0x4F, 0x4B]) {
                        state.answered += 1
                    } else if line.starts(with: [0x7A, 0x20]) {
                        state.refused = line
                        state.refusals += 1
                    }
                }
                state.line.removeAll(keepingCapacity: true)
                start = end + 1
            }
            if state.line.count < 80 { state.line += octets[start...].prefix(80) }
        }
    }

    func close() { state.withLock { $0.isClosed = true } }

    var isClosed: Bool { state.withLock { $0.isClosed } }
}

extension [UInt8] {
    /// Where the next line ends. What is measured is the server, not its client.
    fileprivate func lineEnd(from start: Int) -> Int? {
        withUnsafeBytes { octets in
            guard let base = octets.baseAddress, let end = memchr(base + start, 0x0A, octets.count - start) else {
                return nil
            }
            return base.distance(to: UnsafeRawPointer(end))
        }
    }
}
