import Synchronization

/// Runs jobs when it is told to, on the thread that tells it: the same work is the same number of instructions.
final class TurnExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs what is ready, and what that makes ready.
    func run() {
        var ready: [UnownedJob] = []
        while true {
            jobs.withLock { swap(&$0, &ready) }
            guard !ready.isEmpty else { return }
            for job in ready { job.runSynchronously(on: asUnownedTaskExecutor()) }
            ready.removeAll(keepingCapacity: true)
        }
    }
}
