import IMAPHost
import Synchronization

/// A connection without a task.
protocol RestingReader: AnyObject, Sendable {
    /// Something happened. Called from anywhere, without a lock.
    func wake()
}

/// Everything that can reach a running connection from outside: octets, the peer's end, deadlines, shutdown.
///
/// Bounded: at most one read's octets wait in it. Its one reader is the connection's task, which waits here or is busy,
/// or has ended and is begun again: a connection that rests has no task. What must interrupt it while busy is hang-up
/// and the end of the grace at shutdown, and both cancel it.
final class Inbox: InputSink {
    enum Signal: Sendable {
        case input([UInt8])
        case inputEnded
        /// The peer is gone, or was cut off.
        case gone(CloseReason)
        case deadline
        case shutdown
        /// A mailbox that is listened for has changed.
        case news
        /// The work that the end of a scope brought is over.
        case ended(EndingOutcome)
    }

    /// How the work that the end of a scope brought went.
    enum EndingOutcome: Sendable, Equatable {
        case finished
        /// Some of it threw. All of it ran.
        case failed
    }

    /// What ends a wait.
    enum Interest: Sendable {
        case input
        /// Input, or news of the selected mailbox.
        case inputOrNews
        /// The deadline alone, or the connection's end.
        case deadline
        /// The end of a scope's work, or the deadline. Not the connection's end: the work is awaited all the same.
        case ending
    }

    /// Who goes on when something happened.
    private enum Reader: Sendable {
        case waits(CheckedContinuation<Void, Never>)
        case rests(any RestingReader)

        func goOn() {
            switch self {
            case .waits(let continuation): continuation.resume()
            case .rests(let reader): reader.wake()
            }
        }
    }

    private struct State: Sendable {
        var received: [UInt8]?
        var inputEnded = false
        /// Why the connection is over, once it is.
        var gone: CloseReason?
        var shutdown = false
        var hasNews = false
        var reader: Reader?
        var interest = Interest.input
        var deadline: Duration?
        var expired = false
        /// When a command at work is cut off, whatever it waits for.
        var commandDeadline: Duration?
        /// What a deadline closes; nothing once the connection is over.
        var transport: (any ByteTransport)?
        /// The earliest moment the timer service was asked for.
        var scheduled: Duration?
        /// Whether a deadline closes the transport while nobody waits: a write, or a handshake, that does not end.
        var isWriting = false
        var task: Task<Void, Never>?
        /// How many tasks have ended: one that is told of late is not kept.
        var tasksEnded: UInt64 = 0

        /// Which ending is awaited, and how it went: one that was given up tells nobody.
        var endingNumber: UInt64 = 0
        var ending: EndingOutcome?

        /// Whether there is a signal, without a copy of what it brings.
        var hasSignal: Bool {
            if interest == .ending { return ending != nil || expired }
            if gone != nil || shutdown || expired { return true }
            if waitsForInput, received != nil || inputEnded { return true }
            return interest == .inputOrNews && hasNews
        }

        private var waitsForInput: Bool { interest == .input || interest == .inputOrNews }

        /// What goes before the others, of what happened.
        func signal() -> Signal? {
            guard hasSignal else { return nil }
            if interest == .ending { return ending.map { .ended($0) } ?? .deadline }
            if let gone { return .gone(gone) }
            if shutdown { return .shutdown }
            if waitsForInput, let received { return .input(received) }
            if waitsForInput, inputEnded { return .inputEnded }
            return interest == .inputOrNews && hasNews ? .news : .deadline
        }

        /// The next deadline, if the timer service must be asked for it: an entry for a later one finds out by itself.
        mutating func takeEarlierDeadline() -> Duration? {
            guard let deadline = nextDeadline, scheduled.map({ deadline < $0 }) ?? true else { return nil }
            scheduled = deadline
            return deadline
        }

        var nextDeadline: Duration? {
            guard let deadline, let commandDeadline else { return deadline ?? commandDeadline }
            return min(deadline, commandDeadline)
        }

        mutating func takeReaderIfSignalled() -> Reader? {
            hasSignal ? reader.take() : nil
        }

        mutating func endTask() {
            task = nil
            tasksEnded += 1
        }

        /// Hands over what happened. Octets are handed over once; the other signals stay.
        mutating func takeSignal() -> Signal {
            deadline = nil
            let signal = signal() ?? .deadline
            if case .input = signal { received = nil }
            if case .deadline = signal { expired = false }
            if case .news = signal { hasNews = false }
            return signal
        }
    }

    private let state: Mutex<State>
    private let timers: TimerService
    private let alarm = Alarm()

    init(_ transport: any ByteTransport, timers: TimerService) {
        state = Mutex(State(transport: transport))
        self.timers = timers
        alarm.inbox.withLock { $0 = self }
    }

    /// Stands for the inbox in the timer service. A weak reference to the inbox itself would make each use of it dearer;
    /// so the two hold each other until ``Inbox/detach()``.
    private final class Alarm: TimerTarget {
        let inbox = Mutex<Inbox?>(nil)

        func timerFired(now: Duration, entry: Duration) -> Duration? {
            inbox.withLock { $0 }?.timerFired(now: now, entry: entry)
        }
    }

    // MARK: From outside

    func receive(_ octets: [UInt8]) {
        // A host may have made room for all that it was asked for: that room is not kept.
        let octets = octets.capacity > 2 * octets.count + 64 ? Array(octets[...]) : octets
        change { state in
            guard state.received != nil else { return state.received = octets }
            state.received?.append(contentsOf: octets)
        }
    }

    func inputEnded() { change { $0.inputEnded = true } }

    func hangUp() {
        change { $0.gone = $0.gone ?? .hangUp }
        state.withLock { $0.task }?.cancel()
    }

    func shutdown() { change { $0.shutdown = true } }

    /// The mailbox that is listened for has changed.
    func noteNews() { change { $0.hasNews = true } }

    /// Nothing is listened for any more.
    func forgetNews() { state.withLock { $0.hasNews = false } }

    private func change(_ body: (inout State) -> Void) {
        let reader = state.withLock { state in
            body(&state)
            return state.takeReaderIfSignalled()
        }
        reader?.goOn()
    }

    /// Whom to wake, what to close, what to cancel, and when to be asked again.
    private typealias Expiry = (Reader?, (any ByteTransport)?, Task<Void, Never>?, Duration?)

    private func timerFired(now: Duration, entry: Duration) -> Duration? {
        let (reader, closing, task, again) = state.withLock { state -> Expiry in
            var closing: (any ByteTransport)?
            var task: Task<Void, Never>?
            if let deadline = state.deadline, deadline <= now {
                state.deadline = nil
                state.expired = true
                if state.isWriting {
                    closing = state.transport
                    state.gone = state.gone ?? .timeout
                }
            }
            if let deadline = state.commandDeadline, deadline <= now {
                if state.reader == nil {
                    state.commandDeadline = nil
                    state.gone = state.gone ?? .timeout
                    closing = state.transport
                    task = state.task
                } else {
                    // The connection waits here, not for a host: it can say BYE itself. Should something else win
                    // the wake-up, the deadline is a second away.
                    state.expired = true
                    state.commandDeadline = now + .seconds(1)
                }
            }
            // An entry that another has taken the place of is not renewed: there is one for each connection.
            guard state.scheduled == entry else { return (state.takeReaderIfSignalled(), closing, task, nil) }
            state.scheduled = state.nextDeadline
            return (state.takeReaderIfSignalled(), closing, task, state.scheduled)
        }
        reader?.goOn()
        task?.cancel()
        closing?.close()
        return again
    }

    // MARK: The connection's task

    /// How many tasks of the connection have ended.
    var tasksEnded: UInt64 { state.withLock { $0.tasksEnded } }

    /// Gives the inbox the task that hang-up cancels, begun when that many had ended. It may have ended since.
    func attach(_ task: Task<Void, Never>, behind tasksEnded: UInt64) {
        let isLate = state.withLock { state in
            guard state.tasksEnded == tasksEnded else { return false }
            state.task = task
            return state.gone != nil
        }
        if isLate { task.cancel() }
    }

    /// The connection is over; nothing is kept.
    func detach() {
        alarm.inbox.withLock { $0 = nil }
        state.withLock { state in
            state.endTask()
            state.received = nil
            state.deadline = nil
            state.isWriting = false
            state.commandDeadline = nil
            state.transport = nil
        }
    }

    /// Whether the connection waits for its client and has seen all that happened.
    var isResting: Bool {
        state.withLock { state in
            guard state.reader != nil, !state.hasSignal else { return false }
            return state.interest == .input || state.interest == .inputOrNews
        }
    }

    var isShuttingDown: Bool { state.withLock { $0.shutdown } }

    /// Why the connection is over, once it is.
    var gone: CloseReason? { state.withLock { $0.gone } }

    /// The work of a scope's end begins. Returns its number.
    func beginEnding() -> UInt64 {
        state.withLock { state in
            state.endingNumber += 1
            state.ending = nil
            return state.endingNumber
        }
    }

    /// How the work went that began last, once it is over.
    var ending: EndingOutcome? { state.withLock { $0.ending } }

    func finishEnding(_ number: UInt64, _ outcome: EndingOutcome) {
        change { state in
            if state.endingNumber == number { state.ending = outcome }
        }
    }

    /// A command begins: at its deadline the transport is closed and the task cancelled.
    func beginCommand(until deadline: Duration) {
        schedule(
            state.withLock { state in
                state.commandDeadline = deadline
                return state.takeEarlierDeadline()
            })
    }

    /// The command at work goes on: its client took octets. Moves its deadline, if that is later.
    func renewCommand(until deadline: Duration) {
        state.withLock { state in
            guard let before = state.commandDeadline else { return }
            state.commandDeadline = max(before, deadline)
        }
    }

    func endCommand() { state.withLock { $0.commandDeadline = nil } }

    func cancelTask() { state.withLock { $0.task }?.cancel() }

    /// The connection's task ends here, unless something happened already: then it is told to go on. When something
    /// happens, `reader` is woken, once.
    func rest(_ reader: any RestingReader, for interest: Interest, until deadline: Duration?) -> Bool {
        arm(deadline) { $0.interest = interest }
        return state.withLock { state in
            guard !state.hasSignal else { return false }
            state.reader = .rests(reader)
            state.endTask()
            return true
        }
    }

    /// What happened, behind ``rest(_:for:until:)``.
    func takeSignal() -> Signal { state.withLock { $0.takeSignal() } }

    /// Waits for a signal.
    func wait(for interest: Interest, until deadline: Duration?) async -> Signal {
        arm(deadline) { $0.interest = interest }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isSignalled = state.withLock { state in
                if state.hasSignal { return true }
                state.reader = .waits(continuation)
                return false
            }
            if isSignalled { continuation.resume() }
        }
        return takeSignal()
    }

    /// While the write runs, its deadline closes the transport.
    func beginWriting(until deadline: Duration) { arm(deadline) { $0.isWriting = true } }

    /// Whether the deadline of the write at work has passed.
    var hasExpired: Bool { state.withLock { $0.expired } }

    func endWriting() {
        state.withLock { state in
            state.isWriting = false
            state.deadline = nil
            state.expired = false
        }
    }

    private func arm(_ deadline: Duration?, _ body: (inout State) -> Void) {
        schedule(
            state.withLock { state in
                body(&state)
                state.deadline = deadline
                state.expired = false
                return state.takeEarlierDeadline()
            })
    }

    private func schedule(_ deadline: Duration?) {
        if let deadline { timers.schedule(alarm, at: deadline) }
    }
}
