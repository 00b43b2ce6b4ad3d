import Glibc
import IMAPHost
import Synchronization

/// One client's socket. Idle, it holds no buffer and no task.
final class SocketTransport: ByteTransport, DeadlineTarget {
    private struct Demand {
        let max: Int
        let sink: any InputSink
    }

    private enum Phase {
        case open
        /// Closed by us; the peer's unread octets are read away so that our last ones reach it.
        case lingering(discarded: Int)
        case closed
    }

    private struct State {
        var phase = Phase.open
        var facts: ConnectionFacts
        /// Octets given back by whoever read first: the rest behind a PROXY header.
        var unread: [UInt8] = []
        var demand: Demand?
        /// Everything that had come was read: it is not tried again before the loop says that there is more.
        var isDrained = false
        /// The end of input came, too: it is told by a read that finds nothing.
        var isEnding = false
        var sink: (any InputSink)?
        /// The peer is gone; whoever reads next is told.
        var isGone = false
        /// What was taken and not sent: for a moment, or because the socket takes no more.
        var output = SocketOutput()
        /// The socket takes no more before the loop says that it does.
        var isBlocked = false
        /// The peer takes no octet any more.
        var hasFailed = false
        /// The write that waits until all is sent.
        var writer: CheckedContinuation<Bool, Never>?
    }

    /// What a call under the lock asks for once the lock is open.
    private enum Delivery {
        case nothing
        case octets([UInt8], any InputSink)
        case end(any InputSink)
        case gone(any InputSink)
        /// Only to be let go of.
        case rest([any Sendable])
    }

    private static let lingeringTime = Duration.seconds(2)
    /// For a peer that has not taken our last octets.
    private static let longestLingeringTime = Duration.seconds(30)
    /// Octets that wait for what is said next, so that a client that sends much at once is answered at once.
    private static let gathered = 65_536
    private static let lingeringOctets = 65_536

    let descriptor: Int32
    /// The event loop's name for this socket: descriptors are used again, names are not.
    let id = Atomic<UInt64>(0)
    let loop: EventLoop
    private let state: Mutex<State>
    /// Hears the octets, for `--log wire`.
    let tap: WireTap?

    init(_ descriptor: Int32, facts: ConnectionFacts, loop: EventLoop, tap: WireTap?) {
        self.descriptor = descriptor
        self.loop = loop
        self.tap = tap
        state = Mutex(State(facts: facts))
    }

    var facts: ConnectionFacts { state.withLock { $0.facts } }

    /// Takes the facts a PROXY header told, and what was read behind it.
    func begin(with facts: ConnectionFacts, unread: [UInt8]) {
        state.withLock { state in
            state.facts = facts
            state.unread = unread
        }
    }

    // MARK: Events

    func handle(_ event: Epoll.Event) {
        if event.isHungUp {
            let sink = state.withLock { state in
                state.isGone = true
                return state.sink
            }
            sink?.hangUp()
            failOutput()
        }
        if event.isReadable || event.isHungUp {
            deliver(
                state.withLock { state in
                    state.isDrained = false
                    if event.isEnding { state.isEnding = true }
                    return readNow(&state)
                })
        }
        if event.isWritable { continueOutput() }
    }

    // MARK: Reading

    func read(max: Int, into sink: any InputSink) {
        deliver(
            state.withLock { state in
                guard case .open = state.phase else { return .end(sink) }
                if state.isGone, state.sink !== sink { return .gone(sink) }
                state.demand = Demand(max: max, sink: sink)
                state.sink = sink
                return readNow(&state)
            })
    }

    private func readNow(_ state: inout State) -> Delivery {
        switch state.phase {
        case .closed: return .nothing
        case .lingering(let discarded):
            return .rest(discard(&state, after: discarded))
        case .open: break
        }
        guard let demand = state.demand else { return .nothing }
        if !state.unread.isEmpty {
            let octets = Array(state.unread.prefix(demand.max))
            state.unread.removeFirst(octets.count)
            state.demand = nil
            return .octets(octets, demand.sink)
        }
        guard !state.isDrained else { return .nothing }
        var isDrained = false
        let octets: [UInt8]? = withUnsafeTemporaryAllocation(byteCount: demand.max, alignment: 1) { buffer in
            while true {
                let count = recv(descriptor, buffer.baseAddress, demand.max, 0)
                if count >= 0 {
                    // The end is told by another read.
                    isDrained = count > 0 && count < demand.max
                    return Array(buffer.prefix(count))
                }
                if errno == EINTR { continue }
                isDrained = errno == EAGAIN || errno == EWOULDBLOCK
                return isDrained ? nil : []
            }
        }
        state.isDrained = isDrained && !state.isEnding
        guard let octets else { return .nothing }
        state.demand = nil
        return octets.isEmpty ? .end(demand.sink) : .octets(octets, demand.sink)
    }

    private func deliver(_ delivery: Delivery) {
        switch delivery {
        case .nothing, .rest: return
        case .end(let sink): sink.inputEnded()
        case .gone(let sink): sink.hangUp()
        case .octets(let octets, let sink):
            tap?.heard(octets)
            sink.receive(octets)
        }
    }

    // MARK: Writing

    private enum Taking {
        case failed
        case taken
        /// It is sent when the loop has done the job at hand.
        case held
        case waits
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        tap?.said(octets)
        switch state.withLock({ take(octets, &$0) }) {
        case .failed: throw TransportError(.closed)
        case .taken: return
        case .held: loop.sendLater(self)
        case .waits:
            let succeeds = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
                let result = state.withLock { state -> Bool? in
                    guard case .open = state.phase, !state.hasFailed else { return false }
                    guard !state.output.isEmpty else { return true }
                    state.writer = continuation
                    return nil
                }
                if let result { continuation.resume(returning: result) }
            }
            guard succeeds else { throw TransportError(.closed) }
        }
    }

    private func take(_ octets: [UInt8], _ state: inout State) -> Taking {
        guard case .open = state.phase, !state.hasFailed else { return .failed }
        let isFirst = state.output.isEmpty
        state.output.append(octets)
        if state.isBlocked { return .waits }
        if state.output.count <= SocketTransport.gathered { return isFirst ? .held : .taken }
        return switch send(&state) {
        case .done: .taken
        case .blocked: .waits
        case .failed: .failed
        }
    }

    private func send(_ state: inout State) -> SocketOutput.Progress {
        let progress = state.output.send(on: descriptor)
        state.isBlocked = progress == .blocked
        if progress == .failed { state.hasFailed = true }
        return progress
    }

    /// The loop has done a job: what was held is sent.
    func sendHeld() {
        state.withLock { state in
            guard case .open = state.phase, !state.isBlocked else { return }
            _ = send(&state)
        }
    }

    /// The socket takes octets again.
    private func continueOutput() {
        // What is let go of is let go of without the lock.
        let (writer, succeeds, rest) = state.withLock {
            state -> (CheckedContinuation<Bool, Never>?, Bool, [any Sendable]) in
            guard state.isBlocked else { return (nil, false, []) }
            let progress = send(&state)
            guard progress != .blocked else { return (nil, false, []) }
            defer { state.writer = nil }
            guard case .lingering(let discarded) = state.phase else { return (state.writer, progress == .done, []) }
            _ = shutdown(descriptor, Int32(SHUT_WR))
            return (state.writer, progress == .done, discard(&state, after: discarded))
        }
        writer?.resume(returning: succeeds)
        _ = rest
    }

    private func failOutput() {
        let writer = state.withLock { state in
            state.hasFailed = true
            state.output.drop()
            defer { state.writer = nil }
            return state.writer
        }
        writer?.resume(returning: false)
    }

    // MARK: Closing

    func close() {
        // What is let go of is let go of without the lock.
        let left = state.withLock {
            state -> (writer: CheckedContinuation<Bool, Never>?, sink: (any InputSink)?, rest: [any Sendable])? in
            guard case .open = state.phase else { return nil }
            let left = (state.writer, state.sink)
            // Of a write that is given up the rest is not sent.
            if state.writer != nil { state.output.drop() }
            if !state.isBlocked { _ = send(&state) }
            state.writer = nil
            state.demand = nil
            state.sink = nil
            state.unread = []
            state.phase = .lingering(discarded: 0)
            let isSent = state.output.isEmpty
            loop.linger(
                self, for: isSent ? SocketTransport.lingeringTime : SocketTransport.longestLingeringTime)
            if isSent { _ = shutdown(descriptor, Int32(SHUT_WR)) }
            return (left.0, left.1, discard(&state, after: 0))
        }
        tap?.end()
        left?.writer?.resume(returning: false)
    }

    /// Reads away what the peer still sends: closing a socket with unread octets would reset it, and take our last
    /// words back.
    private func discard(_ state: inout State, after before: Int) -> [any Sendable] {
        var discarded = before
        let isOver = withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
            while discarded < SocketTransport.lingeringOctets {
                let count = recv(descriptor, buffer.baseAddress, buffer.count, 0)
                if count > 0 {
                    discarded += count
                } else if count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
                    return true
                } else if errno != EINTR {
                    return false
                }
            }
            return true
        }
        // Our own last octets are on their way for as long as they may be.
        if isOver, state.output.isEmpty { return release(&state) }
        state.phase = .lingering(discarded: isOver ? SocketTransport.lingeringOctets : discarded)
        return []
    }

    /// The peer had its time to take our last octets.
    func deadlinePassed() {
        let left = state.withLock { state in
            if case .lingering = state.phase { release(&state) } else { [] }
        }
        _ = left
    }

    private func release(_ state: inout State) -> [any Sendable] {
        state.phase = .closed
        let left = loop.remove(id.load(ordering: .acquiring))
        _ = Glibc.close(descriptor)
        return left
    }
}
