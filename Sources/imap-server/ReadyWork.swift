import Synchronization

/// Jobs that are ready to run on one thread, which sleeps when there are none, and what they leave to be sent.
final class ReadyWork: Sendable {
    private struct State {
        var jobs: [UnownedJob] = []
        var transports: [SocketTransport] = []
        var isAsleep = false
    }

    private let state = Mutex(State())

    /// Adds a job. Returns whether the thread sleeps and must be woken.
    func add(_ job: UnownedJob) -> Bool {
        state.withLock { state in
            state.jobs.append(job)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
    }

    /// Adds a transport that holds octets. Returns whether the thread sleeps and must be woken.
    func add(_ transport: SocketTransport) -> Bool {
        state.withLock { state in
            state.transports.append(transport)
            defer { state.isAsleep = false }
            return state.isAsleep
        }
    }

    /// Takes all transports there are, for an array that is empty.
    func take(_ transports: inout [SocketTransport]) { state.withLock { swap(&$0.transports, &transports) } }

    /// Takes all jobs there are, for an array that is empty.
    func take(_ jobs: inout [UnownedJob]) { state.withLock { swap(&$0.jobs, &jobs) } }

    /// The thread is about to wait for events. Returns whether it may sleep: there is nothing to do.
    func fallAsleep() -> Bool {
        state.withLock { state in
            state.isAsleep = state.jobs.isEmpty && state.transports.isEmpty
            return state.isAsleep
        }
    }

    func wake() { state.withLock { $0.isAsleep = false } }
}
