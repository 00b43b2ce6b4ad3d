import Glibc
import IMAPHost
import IMAPServer

/// Lets connections in. Used by the event loop's thread alone.
final class Door {
    private let listener: Listener
    private let loop: EventLoop
    private let server: Server
    private let options: Options
    private let log: Log
    private let wire: WireLog?
    private let local: PeerAddress
    /// A descriptor kept to be given up when there are no more: the connection is accepted with it and closed, so
    /// that it does not wait for ever.
    private var spare: Int32

    init(_ listener: Listener, _ loop: EventLoop, _ server: Server, _ options: Options, _ log: Log) {
        self.listener = listener
        self.loop = loop
        self.server = server
        self.options = options
        self.log = log
        wire = log.level >= .wire ? WireLog(log) : nil
        local = SocketAddress.local(of: listener.descriptor)
        spare = dup(listener.descriptor)
    }

    func accept() {
        while let (descriptor, remote) = listener.accept() { admit(descriptor, remote) }
        guard errno == EMFILE || errno == ENFILE else { return }
        log.write(.error, "no more descriptors")
        _ = close(spare)
        if let (descriptor, _) = listener.accept() { _ = close(descriptor) }
        spare = dup(listener.descriptor)
    }

    private func admit(_ descriptor: Int32, _ remote: PeerAddress) {
        guard loop.count < options.maxConnections else {
            let line = Array("* BYE [UNAVAILABLE] Too many connections\r\n".utf8)
            _ = line.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            _ = close(descriptor)
            return
        }
        let transport = SocketTransport(
            descriptor, facts: ConnectionFacts(local: local, remote: remote), loop: loop, wire: wire)
        guard loop.add(transport) else {
            _ = close(descriptor)
            return
        }
        guard options.usesProxyProtocol else { return serve(transport) }
        ProxiedConnection(transport, log: log) { [server, options] in
            Door.serve(transport, server, options)
        }.begin()
    }

    private func serve(_ transport: SocketTransport) { Door.serve(transport, server, options) }

    private static func serve(
        _ transport: SocketTransport, _ server: Server, _ options: Options
    ) {
        let user = options.preauthenticated.map { name in
            PreauthenticatedUser(
                AuthenticationIdentity(name: Array(name.utf8)), as: UserIdentity(name: Array(name.utf8)))
        }
        if let id = server.accept(transport, preauthenticated: user) { transport.name(id) }
    }
}
