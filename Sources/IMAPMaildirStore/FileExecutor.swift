import Dispatch

/// Where one user's file work runs: one piece at a time, on a thread that may block, never on one of Swift's pool.
final class FileExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "IMAPMaildirStore.user")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
