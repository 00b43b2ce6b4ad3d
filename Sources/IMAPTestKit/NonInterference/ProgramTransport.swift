import IMAPHost
import Synchronization

/// A connection whose client waits without looking: it is woken when the server asks for octets that are not there, or
/// closes.
final class ProgramTransport: ByteTransport {
    private struct State: Sendable {
        var pending: [UInt8] = []
        var demand: (max: Int, sink: any InputSink)?
        /// Of the latest read: hang-up goes there.
        var sink: (any InputSink)?
        var output: [UInt8] = []
        var isEnded = false
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?

        var isQuiet: Bool { isClosed || (demand != nil && pending.isEmpty && !isEnded) }

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            guard isQuiet else { return nil }
            defer { waiter = nil }
            return waiter
        }
    }

    let facts: ConnectionFacts
    private let state = Mutex(State())

    init(_ facts: ConnectionFacts) { self.facts = facts }

    // MARK: The client's side

    var isClosed: Bool { state.withLock { $0.isClosed } }

    func send(_ octets: [UInt8]) {
        state.withLock { $0.pending += octets }
        deliver()
    }

    /// The client sends no more.
    func end() {
        state.withLock { $0.isEnded = true }
        deliver()
    }

    /// The client is gone, whatever the server does.
    func giveUp() {
        let sink = state.withLock { $0.sink }
        close()
        sink?.hangUp()
    }

    /// Returns when the server waits for octets and there are none, or when it has closed.
    func untilQuiet() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isQuiet = state.withLock { state in
                if !state.isQuiet { state.waiter = continuation }
                return state.isQuiet
            }
            if isQuiet { continuation.resume() }
        }
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
        }
        deliver()
        state.withLock { $0.takeWaiter() }?.resume()
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
            return state.isClosed
        }
        if isClosed { throw TransportError(.closed) }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.demand = nil
            state.sink = nil
            return state.takeWaiter()
        }?.resume()
    }
}
