import Glibc
import IMAPHost
import Synchronization

/// One client's socket. Idle, it holds no buffer and no task.
final class SocketTransport: ByteTransport, DeadlineTarget {
    private struct Demand {
        let max: Int
        let sink: any InputSink
    }

    /// Octets on their way, and how many of them went.
    private struct Output {
        let octets: [UInt8]
        var sent = 0
    }

    private struct PendingWrite {
        var output: Output
        let continuation: CheckedContinuation<Bool, Never>
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
        var write: PendingWrite?
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
            finishWrite(failing: true)
        }
        if event.isReadable || event.isHungUp {
            deliver(
                state.withLock { state in
                    state.isDrained = false
                    if event.isEnding { state.isEnding = true }
                    return readNow(&state)
                })
        }
        if event.isWritable { finishWrite(failing: false) }
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

    func write(_ octets: [UInt8]) async throws(TransportError) {
        tap?.said(octets)
        var output = Output(octets: octets)
        // Most writes are taken at once.
        let atOnce = state.withLock { state -> Bool? in
            guard case .open = state.phase else { return false }
            return send(&output)
        }
        if let atOnce {
            guard atOnce else { throw TransportError(.closed) }
            return
        }
        let left = output
        let succeeds = await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let result = state.withLock { state -> Bool? in
                guard case .open = state.phase else { return false }
                var write = PendingWrite(output: left, continuation: continuation)
                let result = send(&write.output)
                if result == nil { state.write = write }
                return result
            }
            if let result { continuation.resume(returning: result) }
        }
        guard succeeds else { throw TransportError(.closed) }
    }

    /// Sends what the socket takes. `nil`: some is left.
    private func send(_ output: inout Output) -> Bool? {
        output.octets.withUnsafeBytes { buffer in
            while output.sent < buffer.count {
                let count = Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: output.sent), buffer.count - output.sent,
                    Int32(MSG_NOSIGNAL))
                if count >= 0 {
                    output.sent += count
                } else if errno != EINTR {
                    return errno == EAGAIN || errno == EWOULDBLOCK ? nil : false
                }
            }
            return true
        }
    }

    private func finishWrite(failing: Bool) {
        let finished: (CheckedContinuation<Bool, Never>, Bool)? = state.withLock { state in
            guard var write = state.write else { return nil }
            let result = failing ? false : send(&write.output)
            state.write = result == nil ? write : nil
            return result.map { (write.continuation, $0) }
        }
        if let (continuation, succeeds) = finished { continuation.resume(returning: succeeds) }
    }

    // MARK: Closing

    func close() {
        // What is let go of is let go of without the lock.
        let left = state.withLock { state -> (write: PendingWrite?, sink: (any InputSink)?, rest: [any Sendable])? in
            guard case .open = state.phase else { return nil }
            let left = (state.write, state.sink)
            state.write = nil
            state.demand = nil
            state.sink = nil
            state.unread = []
            state.phase = .lingering(discarded: 0)
            loop.linger(self, for: SocketTransport.lingeringTime)
            _ = shutdown(descriptor, Int32(SHUT_WR))
            return (left.0, left.1, discard(&state, after: 0))
        }
        tap?.end()
        left?.write?.continuation.resume(returning: false)
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
        guard !isOver else { return release(&state) }
        state.phase = .lingering(discarded: discarded)
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
