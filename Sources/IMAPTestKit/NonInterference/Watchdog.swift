import Synchronization

/// Closes the connection of a program that makes no progress: a server, or a store, that does not answer is a finding
/// and no endless wait.
final class Watchdog: Sendable {
    private struct State: Sendable {
        weak var transport: PlainTransport?
        var progress: UInt64 = 0
        var hasClosed = false
    }

    private let state = Mutex(State())
    private let seconds: Int

    init(seconds: Int) { self.seconds = seconds }

    /// From now on, this one. Counts as progress.
    func watch(_ transport: PlainTransport) {
        state.withLock { state in
            state.transport = transport
            state.progress &+= 1  // wraps on purpose: only whether it moved counts
        }
    }

    func noteProgress() { state.withLock { $0.progress &+= 1 } }  // wraps on purpose

    /// Whether a connection was closed since this was asked last.
    func takeVerdict() -> Bool {
        state.withLock { state in
            defer { state.hasClosed = false }
            return state.hasClosed
        }
    }

    /// Runs until its task is cancelled.
    func run() async {
        var last: UInt64 = 0
        var still = 0
        while !Task.isCancelled {
            // Cancelled early is the end.
            try? await Task.sleep(for: .seconds(1))
            let transport = state.withLock { state -> PlainTransport? in
                still = state.progress == last ? still + 1 : 0
                last = state.progress
                guard still >= seconds, let transport = state.transport else { return nil }
                state.hasClosed = true
                still = 0
                return transport
            }
            transport?.giveUp()
        }
    }
}
