import Glibc
import Synchronization

/// The program's one loop over its sockets. Runs on the main thread; everything else may be called from any.
final class EventLoop: Sendable {
    private struct State {
        var nextID: UInt64 = 2
        var transports: [UInt64: SocketTransport] = [:]
        /// Closed connections whose last octets are on their way, and until when they may be.
        var lingering: [UInt64: ContinuousClock.Instant] = [:]
    }

    private static let listenerID: UInt64 = 0
    private static let wakeID: UInt64 = 1

    private let epoll: Epoll
    private let state = Mutex(State())
    private let wakePipe: (read: Int32, write: Int32)

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

    /// The descriptor a signal handler writes an octet to.
    var wakeDescriptor: Int32 { wakePipe.write }

    var count: Int { state.withLock { $0.transports.count } }

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

    func remove(_ id: UInt64) {
        state.withLock { state in
            state.transports[id] = nil
            state.lingering[id] = nil
        }
    }

    func linger(_ id: UInt64, for duration: Duration) {
        state.withLock { $0.lingering[id] = ContinuousClock.now + duration }
    }

    /// Runs until `wake` returns false. `accept` is called when the listener has connections.
    func run(listener: Int32, accept: () -> Void, wake: () -> Bool) {
        guard epoll.watch(listener, id: EventLoop.listenerID, .readable) else { return }
        while true {
            let isLingering = state.withLock { !$0.lingering.isEmpty }
            for event in epoll.events(within: isLingering ? 250 : -1) {
                switch event.id {
                case EventLoop.listenerID: accept()
                case EventLoop.wakeID:
                    var octet: UInt8 = 0
                    while read(wakePipe.read, &octet, 1) == 1 {}
                    if !wake() { return }
                default:
                    let transport = state.withLock { $0.transports[event.id] }
                    transport?.handle(event)
                }
            }
            if isLingering { endLingering() }
        }
    }

    private func endLingering() {
        let now = ContinuousClock.now
        let over = state.withLock { state in
            state.lingering.filter { $0.value <= now }.compactMap { state.transports[$0.key] }
        }
        for transport in over { transport.endLingering() }
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
