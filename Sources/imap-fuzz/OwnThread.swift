#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs tasks to their end on the thread that made them, in the order in which they became ready: every run of one
/// input is the same, and a fuzzer sees all of what it did.
///
/// While ``run(_:)`` is at work, whatever its thread makes ready waits in it. Other threads are not touched.
final class OwnThread: SerialExecutor, @unchecked Sendable {
    // Of its thread alone: nothing else is here.
    private var jobs: [UnownedJob] = []

    /// A run that takes more jobs than this does not end.
    private static let most = 1_000_000

    /// Whether jobs can be kept on their thread here.
    static var isAvailable: Bool { Hook.key != nil }

    /// Things of this run that are counted while they live.
    var alive = 0

    /// Who is at work on this thread.
    static var current: OwnThread? { Hook.current }

    /// Runs `body`, which says when the work is to be done.
    static func run<Result>(_ body: (OwnThread) -> Result) -> Result {
        let own = OwnThread()
        let before = Hook.current
        Hook.current = own
        defer { Hook.current = before }
        return body(own)
    }

    /// Does all the work there is. Returns whether it came to an end.
    func drain() -> Bool {
        var index = 0
        defer { jobs.removeAll(keepingCapacity: true) }
        while index < jobs.count {
            guard index < OwnThread.most else { return false }
            let job = jobs[index]
            index += 1
            job.runSynchronously(on: asUnownedSerialExecutor())
        }
        return true
    }

    /// What a task that yields is given to.
    func enqueue(_ job: consuming ExecutorJob) { jobs.append(UnownedJob(job)) }

    /// The place where the concurrency library lets every ready job be looked at.
    private enum Hook {
        /// As the library calls it: the job, and what it would do itself.
        private typealias Original = @convention(c) (UnsafeMutableRawPointer) -> Void
        private typealias Function = @convention(c) (UnsafeMutableRawPointer, Original) -> Void

        /// Where each thread keeps its ``OwnThread``; `nil` when there is no such place.
        static let key: pthread_key_t? = {
            var key = pthread_key_t()
            guard let place = dlsym(dlopen(nil, RTLD_LAZY), "swift_task_enqueueGlobal_hook"),
                pthread_key_create(&key, nil) == 0
            else { return nil }
            let function: Function = { job, original in
                guard let own = Hook.current else { return original(job) }
                own.jobs.append(unsafeBitCast(job, to: UnownedJob.self))
            }
            created = key
            place.assumingMemoryBound(to: Function?.self).pointee = function
            return key
        }()

        /// The same key, for the hook, which must not wait for ``key`` to be made.
        nonisolated(unsafe) private static var created = pthread_key_t()

        static var current: OwnThread? {
            get {
                pthread_getspecific(created).map { Unmanaged<OwnThread>.fromOpaque($0).takeUnretainedValue() }
            }
            set {
                guard key != nil else { return }
                pthread_setspecific(created, newValue.map { UnsafeRawPointer(Unmanaged.passUnretained($0).toOpaque()) })
            }
        }
    }
}
