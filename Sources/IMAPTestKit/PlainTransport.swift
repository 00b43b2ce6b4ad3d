package import IMAPHost
import Synchronization

/// A connection whose client is a program: what it sends is read at once, in the pieces it was sent in, and nobody looks
/// at what the server writes. Whoever waits is woken when the server asks for octets that are not there, or closes.
package final class PlainTransport: ByteTransport {
    private struct State: Sendable {
        var pending: [UInt8] = []
        var demand: (max: Int, sink: any InputSink)?
        /// Of the latest read: hang-up goes there.
        var sink: (any InputSink)?
        var output: [UInt8] = []
        var isEnded = false
        var isClosed = false
        var waiter: CheckedContinuation<Void, Never>?
        var largestRead = 0
        var largestWrite = 0
        /// What a handshake threw away, where it does.
        var dropped: [UInt8]?

        var isAwaitingInput: Bool { demand != nil && pending.isEmpty }
        var isQuiet: Bool { isClosed || (isAwaitingInput && !isEnded) }

        mutating func takeWaiter() -> CheckedContinuation<Void, Never>? {
            guard isQuiet else { return nil }
            defer { waiter = nil }
            return waiter
        }
    }

    package let facts: ConnectionFacts
    private let state = Mutex(State())

    private let dropsBehindSTARTTLS: Bool

    package init(_ facts: ConnectionFacts, dropsBehindSTARTTLS: Bool = false) {
        self.facts = facts
        self.dropsBehindSTARTTLS = dropsBehindSTARTTLS
    }

    // MARK: The client's side

    package var isClosed: Bool { state.withLock { $0.isClosed } }
    /// Whether the server asks for octets, and all that was sent was read.
    package var isAwaitingInput: Bool { state.withLock { $0.isAwaitingInput } }
    /// The most octets that the server asked for, and that it wrote, at once.
    package var largestRead: Int { state.withLock { $0.largestRead } }
    package var largestWrite: Int { state.withLock { $0.largestWrite } }
    /// What was sent behind the latest STARTTLS and dropped; `nil` when there was none.
    package var dropped: [UInt8]? { state.withLock { $0.dropped } }

    package func send(_ octets: [UInt8]) {
        state.withLock { $0.pending += octets }
        deliver()
    }

    /// The client sends no more.
    package func end() {
        state.withLock { $0.isEnded = true }
        deliver()
    }

    /// The client is gone.
    package func hangUp() { state.withLock { $0.sink }?.hangUp() }

    /// The client is gone, whatever the server does.
    package func giveUp() {
        let sink = state.withLock { $0.sink }
        close()
        sink?.hangUp()
    }

    /// Returns when the server waits for octets and there are none, or when it has closed. For one at a time.
    package func untilQuiet() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isQuiet = state.withLock { state in
                if !state.isQuiet { state.waiter = continuation }
                return state.isQuiet
            }
            if isQuiet { continuation.resume() }
        }
    }

    /// Everything written since this was asked last.
    package func takeOutput() -> [UInt8] {
        state.withLock { state in
            defer { state.output = [] }
            return state.output
        }
    }

    // MARK: The server's side

    package func read(max: Int, into sink: any InputSink) {
        state.withLock { state in
            state.demand = (max, sink)
            state.sink = sink
            state.largestRead = Swift.max(state.largestRead, max)
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

    package func write(_ octets: [UInt8]) async throws(TransportError) {
        let isClosed = state.withLock { state in
            if !state.isClosed { state.output += octets }
            state.largestWrite = max(state.largestWrite, octets.count)
            return state.isClosed
        }
        if isClosed { throw TransportError(.closed) }
    }

    /// A handshake without octets: what was read already is the first of what is protected, however it was cut; or it
    /// is dropped, with all that is still on its way.
    package func startTLS(leftover: [UInt8]) async throws(TransportError) -> TLSFacts {
        let drops = dropsBehindSTARTTLS
        state.withLock { state in
            let behind = leftover + state.pending
            if drops { state.dropped = behind }
            state.pending = drops ? [] : behind
        }
        return TLSFacts(version: "1.3", cipher: "none")
    }

    package func close() {
        state.withLock { state in
            state.isClosed = true
            state.demand = nil
            state.sink = nil
            return state.takeWaiter()
        }?.resume()
    }
}
