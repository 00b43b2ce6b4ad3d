import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTypes
import Synchronization

/// `APPEND INBOX {n}` of a message that no memory holds, to a store that keeps nothing: throughput, and memory above
/// idle.
enum LargeAppend {
    static let allowed = 32 << 20

    /// Returns whether memory stayed within ``allowed`` and every octet arrived.
    static func run(octets size: UInt64) async throws -> Bool {
        let store = DiscardingStore()
        var configuration = ServerConfiguration()
        configuration.limits.append = size
        configuration.limits.appendTotal = size
        let server = try Server(
            store: store, authenticator: Anyone(), extensions: IMAPExtension.standard.supported(by: store),
            configuration: configuration)
        let client = UploadingTransport(size)
        let idle = Resident.octets
        let clock = ContinuousClock()
        let began = clock.now
        server.accept(client)
        while !client.isClosed { try await Task.sleep(for: .milliseconds(2)) }
        let time = began.duration(to: clock.now).components
        let seconds = Double(time.attoseconds) / 1e18 + Double(time.seconds)
        let above = client.peakResident - idle
        print(
            "large-append: \(size) octets in \((seconds * 100).rounded() / 100) s, "
                + "\((Double(size) / seconds / 1e4).rounded() / 100) MB/s, \(above >> 10) KiB above idle")
        let arrived = store.appended.load(ordering: .relaxed)
        guard arrived == size else {
            print("large-append: only \(arrived) octets arrived")
            return false
        }
        return above < allowed
    }
}

/// A client that logs in, appends one large message made of the same block, and logs out.
private final class UploadingTransport: ByteTransport {
    private struct State {
        var remaining: UInt64
        var lines: [[UInt8]]
        var isUploading = false
        var reads = 0
        var peakResident = 0
        var isClosed = false
    }

    private let state: Mutex<State>
    private let block = Array(String(repeating: "x", count: 16_382).utf8) + [0x0D, 0x0A]

    init(_ size: UInt64) {
        let lines = ["a LOGIN alice x", "b APPEND INBOX {\(size)}", "", "c LOGOUT"]
        state = Mutex(State(remaining: size, lines: lines.map { Array($0.utf8) + [0x0D, 0x0A] }))
    }

    var facts: ConnectionFacts {
        ConnectionFacts(
            local: PeerAddress("server", isLoopback: true), remote: PeerAddress("client", isLoopback: true))
    }

    func read(max: Int, into sink: any InputSink) {
        let next: [UInt8]? = state.withLock { state in
            if state.isUploading, state.remaining > 0 {
                let count = min(UInt64(min(max, block.count)), state.remaining)
                state.remaining -= count
                state.reads += 1
                if state.reads % 256 == 1 { state.peakResident = Swift.max(state.peakResident, Resident.octets) }
                return count == UInt64(block.count) ? block : Array(block.prefix(Int(count)))
            }
            return state.lines.isEmpty ? nil : state.lines.removeFirst()
        }
        if let next { sink.receive(next) } else { sink.inputEnded() }
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        guard octets.first == 0x2B else { return }
        state.withLock { $0.isUploading = true }
    }

    func close() { state.withLock { $0.isClosed = true } }

    var isClosed: Bool { state.withLock { $0.isClosed } }
    var peakResident: Int { state.withLock { $0.peakResident } }
}
