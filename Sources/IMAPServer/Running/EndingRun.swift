import Synchronization

/// The end of a user's work, awaited with a deadline.
final class EndingRun: TimerTarget {
    enum Outcome: Sendable, Equatable {
        case finished
        /// Some of it threw. All of it ran.
        case failed
        /// It did not return in time. It goes on, and holds nothing that can write.
        case abandoned
    }

    private struct State {
        var outcome: Outcome?
        var waiter: CheckedContinuation<Outcome, Never>?
    }

    private let state = Mutex(State())

    func end(_ outcome: Outcome) {
        let waiter = state.withLock { state -> CheckedContinuation<Outcome, Never>? in
            guard state.outcome == nil else { return nil }
            state.outcome = outcome
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume(returning: outcome)
    }

    func timerFired(now: Duration) -> Duration? {
        end(.abandoned)
        return nil
    }

    func outcome() async -> Outcome {
        await withCheckedContinuation { continuation in
            let outcome = state.withLock { state -> Outcome? in
                if state.outcome == nil { state.waiter = continuation }
                return state.outcome
            }
            if let outcome { continuation.resume(returning: outcome) }
        }
    }
}
