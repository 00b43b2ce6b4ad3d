import IMAPHost
import Synchronization

/// Everything that can reach a running connection from outside: octets, the peer's end, deadlines, shutdown.
///
/// Bounded: at most one read's octets wait in it. Its one reader is the connection's task, which either waits here or
/// is busy; what must interrupt it while busy is hang-up and the end of the grace at shutdown, and both cancel it.
final class Inbox: InputSink, TimerTarget {
    enum Signal: Sendable {
        case input([UInt8])
        case inputEnded
        case hangUp
        case deadline
        case shutdown
    }

    /// What ends a wait.
    enum Interest: Sendable {
        case input
        /// The deadline alone, or the connection's end.
        case deadline
    }

    private struct State: Sendable {
        var received: [UInt8]?
        var inputEnded = false
        var hungUp = false
        var shutdown = false
        var waiter: CheckedContinuation<Void, Never>?
        var interest = Interest.input
        var deadline: Duration?
        var expired = false
        /// The earliest moment the timer service was asked for.
        var scheduled: Duration?
        /// Called when a deadline passes while nobody waits: a write that does not end.
        var writing: (any ByteTransport)?
        var task: Task<Void, Never>?

        func signal() -> Signal? {
            if hungUp { return .hangUp }
            if shutdown { return .shutdown }
            if interest == .input {
                if let received { return .input(received) }
                if inputEnded { return .inputEnded }
            }
            return expired ? .deadline : nil
        }

        mutating func takeWaiterIfSignalled() -> CheckedContinuation<Void, Never>? {
            guard signal() != nil else { return nil }
            defer { waiter = nil }
            return waiter
        }
    }

    private let state = Mutex(State())
    private let timers: TimerService

    init(timers: TimerService) { self.timers = timers }

    // MARK: From outside

    func receive(_ octets: [UInt8]) { change { $0.received = ($0.received ?? []) + octets } }

    func inputEnded() { change { $0.inputEnded = true } }

    func hangUp() {
        change { $0.hungUp = true }
        state.withLock { $0.task }?.cancel()
    }

    func shutdown() { change { $0.shutdown = true } }

    private func change(_ body: (inout State) -> Void) {
        let waiter = state.withLock { state in
            body(&state)
            return state.takeWaiterIfSignalled()
        }
        waiter?.resume()
    }

    func timerFired(now: Duration) -> Duration? {
        var again: Duration?
        let (waiter, transport): (CheckedContinuation<Void, Never>?, (any ByteTransport)?) = state.withLock { state in
            state.scheduled = nil
            guard let deadline = state.deadline else { return (nil, nil) }
            guard deadline <= now else {
                again = deadline
                state.scheduled = deadline
                return (nil, nil)
            }
            state.deadline = nil
            state.expired = true
            return (state.takeWaiterIfSignalled(), state.writing)
        }
        waiter?.resume()
        transport?.close()
        return again
    }

    // MARK: The connection's task

    /// Gives the inbox the task that hang-up cancels.
    func attach(_ task: Task<Void, Never>) {
        let isLate = state.withLock { state in
            state.task = task
            return state.hungUp
        }
        if isLate { task.cancel() }
    }

    /// The connection is over; nothing is kept.
    func detach() {
        state.withLock { state in
            state.task = nil
            state.received = nil
            state.deadline = nil
            state.writing = nil
        }
    }

    var isShuttingDown: Bool { state.withLock { $0.shutdown } }
    var isHungUp: Bool { state.withLock { $0.hungUp } }

    func cancelTask() { state.withLock { $0.task }?.cancel() }

    /// Waits for a signal. Octets are handed over once; the other signals stay.
    func wait(for interest: Interest, until deadline: Duration?) async -> Signal {
        arm(deadline) { $0.interest = interest }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isSignalled = state.withLock { state in
                if state.signal() != nil { return true }
                state.waiter = continuation
                return false
            }
            if isSignalled { continuation.resume() }
        }
        return state.withLock { state in
            state.deadline = nil
            let signal = state.signal() ?? .deadline
            if case .input = signal { state.received = nil }
            if case .deadline = signal { state.expired = false }
            return signal
        }
    }

    /// While the write runs, its deadline closes the transport.
    func beginWriting(_ transport: any ByteTransport, until deadline: Duration) {
        arm(deadline) { $0.writing = transport }
    }

    func endWriting() {
        state.withLock { state in
            state.writing = nil
            state.deadline = nil
        }
    }

    private func arm(_ deadline: Duration?, _ body: (inout State) -> Void) {
        let schedules = state.withLock { state in
            body(&state)
            state.deadline = deadline
            state.expired = false
            guard let deadline, deadline < state.scheduled ?? deadline + .seconds(1) else { return false }
            state.scheduled = deadline
            return true
        }
        if schedules, let deadline { timers.schedule(self, at: deadline) }
    }
}
