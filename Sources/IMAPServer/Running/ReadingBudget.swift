import IMAPHost
import Synchronization

/// The octets that all connections of a server may hold together of large messages, while they read them.
///
/// Whoever needs some waits for its turn, in the order of asking, without a thread. It takes all that it may come to need
/// at once and has no other share meanwhile, so that nobody waits for one who waits. One who needs more than there is is
/// let through alone. A wait ends by itself after ``Timeouts/turn``, as ``StoreError/inUse``: a store that hangs while a
/// message is read makes nobody wait for ever.
final class ReadingBudget: Sendable {
    private struct State {
        var taken = 0
        var most = 0
        /// Those who wait, the first first.
        var turns: [Turn] = []
    }

    /// All the octets there are.
    let whole: Int
    private let limit: Duration
    private let clock: any ServerClock
    private let timers: TimerService
    private let state = Mutex(State())

    init(_ configuration: ServerConfiguration, clock: any ServerClock, timers: TimerService) {
        whole = max(1, configuration.limits.messagesBeingRead)
        limit = configuration.timeouts.turn
        self.clock = clock
        self.timers = timers
    }

    /// Octets that are taken now, and the most that ever were.
    var taken: (now: Int, most: Int) { state.withLock { ($0.taken, $0.most) } }

    /// How many wait.
    var waitingCount: Int { state.withLock { $0.turns.count } }

    /// A share of so many octets; waits for it.
    func take(_ octets: Int) async throws(StoreError) -> ReadingShare {
        let octets = max(0, min(octets, whole))
        let turn = Turn(octets, of: self)
        settle { $0.turns.append(turn) }
        if !turn.hasBegun { timers.schedule(turn, at: clock.now + limit) }
        let hasTurn = await withTaskCancellationHandler {
            await turn.wait()
        } onCancel: {
            leave(turn)
        }
        guard hasTurn else { throw Task.isCancelled ? .unavailable : .inUse }
        return ReadingShare(octets, of: self)
    }

    fileprivate func giveBack(_ octets: Int) { settle { $0.taken -= octets } }

    /// One who waits does so no more. Nothing happens to one who has had its turn.
    fileprivate func leave(_ turn: Turn) {
        var left = false
        settle { state in
            let before = state.turns.count
            state.turns.removeAll { $0 === turn }
            left = state.turns.count < before
        }
        if left { turn.end(false) }
    }

    /// Changes something, and lets in whom there is room for then.
    private func settle(_ change: (inout State) -> Void) {
        let admitted = state.withLock { state in
            change(&state)
            var count = 0
            while count < state.turns.count, state.turns[count].octets <= whole - state.taken {
                state.taken += state.turns[count].octets
                count += 1
            }
            state.most = max(state.most, state.taken)
            let admitted = Array(state.turns.prefix(count))
            state.turns.removeFirst(count)
            return admitted
        }
        for turn in admitted { turn.end(true) }
    }
}

/// Octets of a ``ReadingBudget``, given back when nobody holds this any more.
final class ReadingShare: Sendable {
    private let octets: Int
    private let budget: ReadingBudget

    fileprivate init(_ octets: Int, of budget: ReadingBudget) {
        self.octets = octets
        self.budget = budget
    }

    deinit { budget.giveBack(octets) }
}

/// The wait for a share: it ends once, with the share or without.
private final class Turn: TimerTarget {
    private enum State {
        case open
        case awaited(CheckedContinuation<Bool, Never>)
        case over(Bool)
    }

    let octets: Int
    private let budget: ReadingBudget
    private let state = Mutex(State.open)

    init(_ octets: Int, of budget: ReadingBudget) {
        self.octets = octets
        self.budget = budget
    }

    var hasBegun: Bool { state.withLock { if case .over = $0 { true } else { false } } }

    func wait() async -> Bool {
        await withCheckedContinuation { (continuation: CheckedContinuation<Bool, Never>) in
            let over = state.withLock { state -> Bool? in
                if case .over(let hasTurn) = state { return hasTurn }
                state = .awaited(continuation)
                return nil
            }
            if let over { continuation.resume(returning: over) }
        }
    }

    func end(_ hasTurn: Bool) {
        let waiting = state.withLock { state -> CheckedContinuation<Bool, Never>? in
            defer { state = .over(hasTurn) }
            if case .awaited(let continuation) = state { return continuation }
            return nil
        }
        waiting?.resume(returning: hasTurn)
    }

    func timerFired(now: Duration, entry: Duration) -> Duration? {
        budget.leave(self)
        return nil
    }
}
