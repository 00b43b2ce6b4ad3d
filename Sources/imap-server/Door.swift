import Glibc
import IMAPHost
import IMAPServer

/// Lets connections in. Used by the event loop's thread alone.
final class Door {
    private let listener: Listener
    private let loops: [EventLoop]
    /// Whose turn it is to get a connection.
    private var next = 0
    private let server: Server
    private let options: Options
    private let log: Log
    private let local: PeerAddress
    /// A descriptor kept to be given up when there are no more: the connection is accepted with it and closed, so
    /// that it does not wait for ever.
    private var spare: Int32
    private var complaint = ContinuousClock.now - .seconds(1)

    /// How many are let in at a time, so that those who are in are not forgotten.
    private static let batch = 64
    /// How many sockets there may be beside open connections: refused ones, and those that we closed.
    private static let closing = 16

    init(_ listener: Listener, _ loops: [EventLoop], _ server: Server, _ options: Options, _ log: Log) {
        self.listener = listener
        self.loops = loops
        self.server = server
        self.options = options
        self.log = log
        local = SocketAddress.local(of: listener.descriptor)
        spare = Door.makeSpare()
    }

    private static func makeSpare() -> Int32 { open("/dev/null", O_RDONLY | O_CLOEXEC) }

    func accept() -> EventLoop.Accepting {
        for _ in 0..<Door.batch {
            switch listener.accept() {
            case .connection(let descriptor, let remote): admit(descriptor, remote)
            case .none: return .goesOn
            case .noDescriptor: return turnAway()
            }
        }
        return .goesOn
    }

    private func turnAway() -> EventLoop.Accepting {
        if complaint.duration(to: .now) >= .seconds(1) {
            complaint = .now
            log.write(.error, "no more descriptors")
        }
        if spare >= 0 { _ = close(spare) }
        let answer = listener.accept()
        if case .connection(let descriptor, _) = answer { _ = close(descriptor) }
        spare = Door.makeSpare()
        if case .noDescriptor = answer { return .pauses }
        return .goesOn
    }

    private func admit(_ descriptor: Int32, _ remote: PeerAddress) {
        let counts = loops.counts
        let loop = loops[next]
        next = (next + 1) % loops.count
        let isFull = counts.all >= options.maxConnections + Door.closing
        let isRefused = isFull || counts.open >= options.maxConnections
        if isRefused { Door.refuse(descriptor) }
        let transport = SocketTransport(
            descriptor, facts: ConnectionFacts(local: local, remote: remote), loop: loop,
            tap: log.level >= .wire ? WireTap(log) : nil)
        guard !isFull, loop.add(transport) else {
            _ = close(descriptor)
            return
        }
        // Closed so that what the client already sent does not take the refusal back.
        if isRefused { return transport.close() }
        let (server, options) = (server, options)
        if options.usesProxyProtocol {
            ProxiedConnection(transport, log: log) { Door.serve(transport, server, options) }.begin()
        } else {
            // On its own loop, so that nothing of it runs before its tap has its name, which events come by.
            Task(executorPreference: loop) { Door.serve(transport, server, options) }
        }
    }

    private static func refuse(_ descriptor: Int32) {
        let line = Array("* BYE [UNAVAILABLE] Too many connections\r\n".utf8)
        _ = line.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }

    private static func serve(_ transport: SocketTransport, _ server: Server, _ options: Options) {
        var user: PreauthenticatedUser?
        // Behind a proxy, too, nobody from elsewhere is greeted as a user.
        if let name = options.preauthenticated, transport.facts.remote.isLoopback {
            user = PreauthenticatedUser(
                AuthenticationIdentity(name: Array(name.utf8)), as: UserIdentity(name: Array(name.utf8)))
        }
        if let id = server.accept(transport, preauthenticated: user, on: transport.loop) {
            transport.tap?.begin(as: id)
        }
    }
}

extension [EventLoop] {
    /// How many sockets there are, and how many of them have not been closed by us.
    var counts: (all: Int, open: Int) {
        reduce(into: (0, 0)) { sum, loop in
            let counts = loop.counts
            sum.0 += counts.all
            sum.1 += counts.open
        }
    }
}
