import Glibc
import Synchronization

/// Something to be told that its time is over. Called on the event loop's thread, without a lock.
protocol DeadlineTarget: AnyObject, Sendable {
    func deadlinePassed()
}

/// A loop over sockets, and the executor of their connections' tasks: what a socket brings is worked off on the thread
/// that read it. Runs on one thread; everything else may be called from any.
final class EventLoop: TaskExecutor {
    /// What becomes of the listener after it was asked for connections.
    enum Accepting {
        case goesOn
        /// There are no descriptors left: it is left alone for a moment, so that the loop does not spin.
        case pauses
    }

    /// What a signal makes of the loop.
    enum SignalAnswer {
        case stopsAccepting
        case stopsRunning
    }

    private struct Deadline {
        let moment: ContinuousClock.Instant
        let target: any DeadlineTarget
    }

    private struct State {
        var nextID: UInt64 = 3
        var transports: [UInt64: SocketTransport] = [:]
        /// Those whose last octets are on their way.
        var lingering: Set<UInt64> = []
        /// A time limit for each connection that has one: its PROXY header, or its last octets on their way.
        var deadlines: [UInt64: Deadline] = [:]
    }

    private static let listenerID: UInt64 = 0
    private static let wakeID: UInt64 = 1
    /// Names the whole program's deadline.
    static let programID: UInt64 = 2
    private static let tick = Duration.milliseconds(100)
    private static let lookAgain: UInt8 = 0

    private let epoll: Epoll
    private let state = Mutex(State())
    private let wakePipe: (read: Int32, write: Int32)
    private let ready = ReadyWork()

    init?() {
        guard let epoll = Epoll() else { return nil }
        self.epoll = epoll
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        wakePipe = (ends[0], ends[1])
        guard SocketOptions.makeNonBlocking(ends[0]), SocketOptions.makeNonBlocking(ends[1]),
            epoll.watch(ends[0], id: EventLoop.wakeID, .readable)
        else { return nil }
    }

    deinit {
        _ = close(wakePipe.read)
        _ = close(wakePipe.write)
        epoll.close()
    }

    /// The descriptor a signal handler writes an octet other than 0 to.
    var wakeDescriptor: Int32 { wakePipe.write }

    /// How many sockets there are, and how many of them have not been closed by us.
    var counts: (all: Int, open: Int) {
        state.withLock { ($0.transports.count, $0.transports.count - $0.lingering.count) }
    }

    func add(_ transport: SocketTransport) -> Bool {
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            state.transports[state.nextID] = transport
            return state.nextID
        }
        transport.id.store(id, ordering: .releasing)
        guard epoll.watch(transport.descriptor, id: id, .edges) else {
            state.withLock { _ = $0.transports.removeValue(forKey: id) }
            return false
        }
        return true
    }

    /// Keeps a closed socket for the time its last octets may take.
    func linger(_ transport: SocketTransport, for duration: Duration) {
        let id = transport.id.load(ordering: .acquiring)
        state.withLock { _ = $0.lingering.insert(id) }
        setDeadline(id, in: duration, transport)
    }

    /// Forgets a socket. What it returns is let go of by the caller, without a lock.
    func remove(_ id: UInt64) -> [any Sendable] {
        state.withLock { state in
            state.lingering.remove(id)
            return [state.transports.removeValue(forKey: id), state.deadlines.removeValue(forKey: id)?.target]
                .compactMap { $0 }
        }
    }

    /// Calls `target` once when `duration` is over, to within a tick. A connection has one deadline at a time.
    func setDeadline(_ id: UInt64, in duration: Duration, _ target: any DeadlineTarget) {
        let deadline = Deadline(moment: ContinuousClock.now + duration, target: target)
        let (before, isFirst) = state.withLock { state in
            let isFirst = state.deadlines.isEmpty
            return (state.deadlines.updateValue(deadline, forKey: id), isFirst)
        }
        _ = before
        // With none, the loop waits for events alone.
        if isFirst { wake() }
    }

    private func wake() {
        var octet = EventLoop.lookAgain
        _ = write(wakePipe.write, &octet, 1)
    }

    func enqueue(_ job: consuming ExecutorJob) {
        if ready.add(UnownedJob(job)) { wake() }
    }

    /// Has the transport send what it holds when the job at hand is done; at once where none is.
    func sendLater(_ transport: SocketTransport) {
        if ready.add(transport) { wake() }
    }

    func removeDeadline(_ id: UInt64) {
        let before = state.withLock { $0.deadlines.removeValue(forKey: id) }
        _ = before
    }

    /// Has it run for ever on a thread of its own, without a listener. Returns whether there is one.
    func runAlone() -> Bool {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let isRunning = pthread_create(
            &thread, nil,
            { context in
                guard let context else { return nil }
                Unmanaged<EventLoop>.fromOpaque(context).takeRetainedValue().run(
                    nil, accept: { .goesOn }, signal: { .stopsAccepting })
                return nil
            }, context)
        if isRunning == 0 { pthread_detach(thread) }
        return isRunning == 0
    }

    /// Runs until a signal's answer is to stop. `accept` is called when the listener has connections; the listener is
    /// closed when it is no longer needed.
    ///
    /// Sockets and tasks take turns, so that a task that goes on and on does not keep the others waiting.
    func run(_ listener: Listener?, accept: () -> Accepting, signal: () -> SignalAnswer) {
        var isListening = false
        if let listener { isListening = epoll.watch(listener.descriptor, id: EventLoop.listenerID, .readable) }
        var isPaused = false
        var nextTick = ContinuousClock.now
        var jobs: [UnownedJob] = []
        var transports: [SocketTransport] = []
        while true {
            sendHeld(&transports)
            ready.take(&jobs)
            for job in jobs {
                job.runSynchronously(on: asUnownedTaskExecutor())
                sendHeld(&transports)
            }
            jobs.removeAll(keepingCapacity: true)
            let ticks = isPaused || state.withLock { !$0.deadlines.isEmpty }
            let events = epoll.events(within: ready.fallAsleep() ? (ticks ? 100 : -1) : 0)
            ready.wake()
            for event in events {
                switch event.id {
                case EventLoop.listenerID:
                    guard let listener, isListening, !isPaused, accept() == .pauses else { continue }
                    epoll.ignore(listener.descriptor)
                    isPaused = true
                case EventLoop.wakeID:
                    guard takeSignal() else { continue }
                    switch signal() {
                    case .stopsRunning: return
                    case .stopsAccepting: break
                    }
                    guard let listener, isListening else { continue }
                    _ = close(listener.descriptor)
                    isListening = false
                default:
                    let transport = state.withLock { $0.transports[event.id] }
                    transport?.handle(event)
                }
            }
            guard ticks, ContinuousClock.now >= nextTick else { continue }
            nextTick = ContinuousClock.now + EventLoop.tick
            if let listener, isPaused, isListening {
                _ = epoll.watch(listener.descriptor, id: EventLoop.listenerID, .readable)
            }
            isPaused = false
            callLate()
        }
    }

    private func sendHeld(_ transports: inout [SocketTransport]) {
        ready.take(&transports)
        for transport in transports { transport.sendHeld() }
        transports.removeAll(keepingCapacity: true)
    }

    /// Whether one of the octets in the pipe is a signal's.
    private func takeSignal() -> Bool {
        var isSignal = false
        var octet: UInt8 = 0
        while read(wakePipe.read, &octet, 1) == 1 {
            if octet != EventLoop.lookAgain { isSignal = true }
        }
        return isSignal
    }

    private func callLate() {
        let now = ContinuousClock.now
        let late = state.withLock { state in
            let late = state.deadlines.filter { $0.value.moment <= now }
            for id in late.keys { state.deadlines[id] = nil }
            return late.values.map { $0.target }
        }
        for target in late { target.deadlinePassed() }
    }
}

/// Settings of sockets.
enum SocketOptions {
    static func makeNonBlocking(_ descriptor: Int32) -> Bool {
        let flags = fcntl(descriptor, F_GETFL)
        return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) == 0
            && fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0
    }

    static func set(_ descriptor: Int32, _ level: Int32, _ name: Int32) {
        var one: Int32 = 1
        _ = setsockopt(descriptor, level, name, &one, socklen_t(MemoryLayout<Int32>.size))
    }
}
