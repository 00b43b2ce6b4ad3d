import IMAPHost
import Synchronization

/// A connection whose client is a fuzzer: what it sends is read at once, in the pieces it was sent in.
final class FuzzTransport: ByteTransport {
    private struct State: Sendable {
        var pending: [UInt8] = []
        var demand: (max: Int, sink: any InputSink)?
        /// Of the latest read: hang-up goes there.
        var sink: (any InputSink)?
        var output: [UInt8] = []
        var isEnded = false
        var isClosed = false
        var largestRead = 0
        var largestWrite = 0
        /// What a handshake threw away, where it does.
        var dropped: [UInt8]?
    }

    let facts: ConnectionFacts
    private let state = Mutex(State())

    private let dropsBehindSTARTTLS: Bool

    init(_ facts: ConnectionFacts, dropsBehindSTARTTLS: Bool = false) {
        self.facts = facts
        self.dropsBehindSTARTTLS = dropsBehindSTARTTLS
    }

    // MARK: The client's side

    var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Whether the server asks for octets, and all that was sent was read.
    var isAwaitingInput: Bool { state.withLock { $0.demand != nil && $0.pending.isEmpty } }
    var largestRead: Int { state.withLock { $0.largestRead } }
    var largestWrite: Int { state.withLock { $0.largestWrite } }
    /// What was sent behind the latest STARTTLS and dropped; `nil` when there was none.
    var dropped: [UInt8]? { state.withLock { $0.dropped } }

    func send(_ octets: [UInt8]) {
        state.withLock { $0.pending += octets }
        deliver()
    }

    /// The client sends no more.
    func end() {
        state.withLock { $0.isEnded = true }
        deliver()
    }

    /// The client is gone.
    func hangUp() {
        let sink = state.withLock { $0.sink }
        sink?.hangUp()
    }

    func takeOutput() -> [UInt8] {
        state.withLock { state in
            defer { state.output = [] }
            return state.output
        }
    }

    // MARK: The server's side

    func read(max: Int, into sink: any InputSink) {
        state.withLock { state in
            state.demand = (max, sink)
            state.sink = sink
            state.largestRead = Swift.max(state.largestRead, max)
        }
        deliver()
    }

    private func deliver() {
        let (sink, octets) = state.withLock { state -> ((any InputSink)?, [UInt8]) in
            guard let demand = state.demand, !state.isClosed, !state.pending.isEmpty || state.isEnded else {
                return (nil, [])
            }
            state.demand = nil
            let octets = Array(state.pending.prefix(demand.max))
            state.pending.removeFirst(octets.count)
            return (demand.sink, octets)
        }
        guard let sink else { return }
        if octets.isEmpty { sink.inputEnded() } else { sink.receive(octets) }
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.output += octets }
            state.largestWrite = max(state.largestWrite, octets.count)
            return state.isClosed
        }
        if isClosed { throw TransportError(.closed) }
    }

    /// A handshake without octets: what was read already is the first of what is protected, however it was cut; or it
    /// is dropped, with all that is still on its way.
    func startTLS(leftover: [UInt8]) async throws(TransportError) -> TLSFacts {
        let drops = dropsBehindSTARTTLS
        state.withLock { state in
            let behind = leftover + state.pending
            if drops { state.dropped = behind }
            state.pending = drops ? [] : behind
        }
        return TLSFacts(version: "1.3", cipher: "none")
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.demand = nil
            state.sink = nil
        }
    }
}
