public import IMAPHost
import IMAPTypes
import Synchronization

/// A connection whose client is a test: octets go in by ``send(_:)-([UInt8])`` and come out by ``takeOutput()``.
///
/// What the server writes is read by an ``OutputChecker``. What must not have been written is in ``violations``, in the
/// output as a line of its own, and handed to ``OutputReport``.
public final class ScriptedTransport: ByteTransport {
    /// Whether the server's output is looked at.
    public enum Checking: Sendable {
        case checked(OutputPermissions)
        /// Looked at, and not handed to ``OutputReport``.
        case noted(OutputPermissions)
        /// For output that is no IMAP, or is meant to be wrong.
        case unchecked
    }

    private struct Demand: Sendable {
        let max: Int
        let sink: any InputSink
    }

    private struct State: Sendable {
        var facts: ConnectionFacts
        var pending: [UInt8] = []
        var demand: Demand?
        /// The sink of the latest read: hang-up goes there.
        var sink: (any InputSink)?
        var output: [UInt8] = []
        var isEnded = false
        var isClosed = false
        var writesFailAfter: Int?
        var isBlocked = false
        var blocked: [CheckedContinuation<Bool, Never>] = []
        var tls: TLSFacts?
        var leftover: [UInt8]?
        var holdsHandshake = false
        var largestWrite = 0
        /// `nil` when the output is not looked at.
        var checker: OutputChecker?
        var violations: [OutputViolation] = []
        var reports = false
        /// Who waits until the server waits.
        var waiters: [CheckedContinuation<Void, Never>] = []

        var isAwaitingInput: Bool { demand != nil && pending.isEmpty }

        /// Those whose wait is over.
        mutating func takeWaiters() -> [CheckedContinuation<Void, Never>] {
            guard isClosed || isAwaitingInput else { return [] }
            defer { waiters = [] }
            return waiters
        }

        /// Takes what the server wrote. Returns what is to be reported of it.
        mutating func take(_ octets: some Sequence<UInt8>) -> [OutputViolation] {
            let octets = Array(octets)
            output += octets
            checker?.wrote(octets)
            return takeViolations()
        }

        /// Moves what the checker found into the output, too.
        mutating func takeViolations() -> [OutputViolation] {
            let found = checker?.takeViolations() ?? []
            for violation in found { output += Array("\(OutputReport.marker)\(violation)\r\n".utf8) }
            violations += found
            return reports ? found : []
        }
    }

    private let state: Mutex<State>

    /// A client on `remote`; loopback, and so secure, unless said otherwise. With `tls`, STARTTLS is offered and
    /// gives these facts.
    public init(
        isLoopback: Bool = true, facts: ConnectionFacts? = nil, startTLS tls: TLSFacts? = nil,
        output: Checking = .checked(OutputPermissions())
    ) {
        let facts =
            facts
            ?? ConnectionFacts(
                local: PeerAddress("server", isLoopback: isLoopback),
                remote: PeerAddress("client", isLoopback: isLoopback), canStartTLS: tls != nil)
        var state = State(facts: facts, tls: tls)
        switch output {
        case .checked(let permissions):
            state.checker = OutputChecker(permissions)
            state.reports = true
        case .noted(let permissions): state.checker = OutputChecker(permissions)
        case .unchecked: break
        }
        self.state = Mutex(state)
    }

    // MARK: The client's side

    /// Sends octets as one segment: the server reads them in one piece, up to what it asks for.
    public func send(_ octets: [UInt8]) {
        state.withLock { state in
            state.pending += octets
            state.checker?.sent(octets)
        }
        deliver()
    }

    /// Sends text, by its UTF-8. Write the line ends.
    public func send(_ text: String) { send(Array(text.utf8)) }

    /// The client sends no more and goes on reading.
    public func endInput() {
        state.withLock { $0.isEnded = true }
        deliver()
    }

    /// The client is gone.
    public func hangUp() {
        let sink = state.withLock { state in
            state.isEnded = true
            return state.sink
        }
        sink?.hangUp()
        releaseWriters(succeeding: false)
    }

    /// Everything written since this was asked last.
    public func takeOutput() -> [UInt8] {
        let (output, found) = state.withLock { state in
            if state.demand != nil, state.pending.isEmpty, !state.isClosed { state.checker?.quiet() }
            let found = state.takeViolations()
            defer { state.output = [] }
            return (state.output, found)
        }
        OutputReport.report(found)
        return output
    }

    /// What the server must not have written, so far.
    public var violations: [OutputViolation] { state.withLock { $0.violations } }

    /// The client reads no more, until ``unblock()``: writes do not return.
    public func block() { state.withLock { $0.isBlocked = true } }

    public func unblock() {
        state.withLock { $0.isBlocked = false }
        releaseWriters(succeeding: true)
    }

    /// Writes fail once so many octets more were taken.
    public func failWrites(after octets: Int) { state.withLock { $0.writesFailAfter = octets } }

    /// What came behind STARTTLS before its OK: the handshake's, never input.
    public var startTLSLeftover: [UInt8]? { state.withLock { $0.leftover } }

    /// Makes the handshake take for ever.
    public func holdHandshake() { state.withLock { $0.holdsHandshake = true } }

    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Whether all that was sent was read, and more is asked for: the server waits for its client.
    public var isAwaitingInput: Bool { state.withLock { $0.isAwaitingInput } }

    /// Returns when the server waits for its client, or has closed; or when so much real time is over.
    ///
    /// It is woken for that and does not look again and again: other tests that run at the same time have the time.
    public func untilQuiet(within limit: Duration = .seconds(300)) async {
        guard !state.withLock({ $0.isClosed || $0.isAwaitingInput }) else { return }
        let patience = Task {
            // Cancelled when it came in time.
            do { try await Task.sleep(for: limit) } catch { return }
            self.releaseWaiters()
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let over = state.withLock { state in
                state.waiters.append(continuation)
                return state.takeWaiters()
            }
            for waiter in over { waiter.resume() }
        }
        patience.cancel()
    }

    private func releaseWaiters() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// The most octets of one write.
    public var largestWrite: Int { state.withLock { $0.largestWrite } }

    // MARK: The server's side

    public var facts: ConnectionFacts { state.withLock { $0.facts } }

    public func read(max: Int, into sink: any InputSink) {
        state.withLock { state in
            state.demand = Demand(max: max, sink: sink)
            state.sink = sink
        }
        deliver()
        for waiter in state.withLock({ $0.takeWaiters() }) { waiter.resume() }
    }

    private func deliver() {
        let (demand, octets): (Demand?, [UInt8]) = state.withLock { state in
            guard let demand = state.demand, !state.isClosed, !state.pending.isEmpty || state.isEnded else {
                return (nil, [])
            }
            state.demand = nil
            let octets = Array(state.pending.prefix(demand.max))
            state.pending.removeFirst(octets.count)
            return (demand, octets)
        }
        guard let demand else { return }
        if octets.isEmpty { demand.sink.inputEnded() } else { demand.sink.receive(octets) }
    }

    public func write(_ octets: [UInt8]) async throws(TransportError) {
        let succeeds = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let (result, found) = state.withLock { state -> (Bool?, [OutputViolation]) in
                guard !state.isClosed else { return (false, []) }
                state.largestWrite = max(state.largestWrite, octets.count)
                if let left = state.writesFailAfter {
                    state.writesFailAfter = max(left - octets.count, 0)
                    return (left >= octets.count, state.take(octets.prefix(left)))
                }
                let found = state.take(octets)
                guard state.isBlocked else { return (true, found) }
                state.blocked.append(continuation)
                return (nil, found)
            }
            OutputReport.report(found)
            if let result { continuation.resume(returning: result) }
        }
        guard succeeds else { throw TransportError(.closed) }
    }

    public func startTLS(leftover: [UInt8]) async throws(TransportError) -> TLSFacts {
        state.withLock { $0.leftover = leftover }
        if state.withLock({ $0.holdsHandshake }) {
            _ = await withCheckedContinuation { continuation in
                let isClosed = state.withLock { state in
                    if !state.isClosed { state.blocked.append(continuation) }
                    return state.isClosed
                }
                if isClosed { continuation.resume(returning: false) }
            }
            throw TransportError(.handshakeFailed)
        }
        guard let tls = state.withLock({ $0.tls }) else { throw TransportError(.handshakeFailed) }
        return tls
    }

    public func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            state.demand = nil
            state.sink = nil
            return state.takeWaiters()
        }
        for waiter in waiters { waiter.resume() }
        releaseWriters(succeeding: false)
    }

    private func releaseWriters(succeeding: Bool) {
        let writers = state.withLock { state in
            defer { state.blocked = [] }
            return state.blocked
        }
        for writer in writers { writer.resume(returning: succeeding) }
    }
}
