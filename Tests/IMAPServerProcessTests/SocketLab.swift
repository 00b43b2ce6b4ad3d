import Dispatch
import Glibc
import IMAPHost
import Synchronization

@testable import imap_server

/// An event loop on a thread of its own, with a listener, and blocking sockets on the client's side.
final class SocketLab: Sendable {
    let loop: EventLoop
    private let listener: Listener
    private let accepted = Mutex<[SocketTransport]>([])

    struct Failure: Error {}

    init() throws {
        guard let loop = EventLoop() else { throw Failure() }
        self.loop = loop
        listener = try Listener(host: "127.0.0.1", port: 0)
        let thread = DispatchQueue(label: "event loop")
        thread.async { [self] in
            loop.run(listener, accept: { accept() }, signal: { .stopsRunning })
            _ = close(listener.descriptor)
        }
    }

    func stop() {
        var octet: UInt8 = 1
        _ = write(loop.wakeDescriptor, &octet, 1)
    }

    private func accept() -> EventLoop.Accepting {
        while case .connection(let descriptor, let remote) = listener.accept() {
            let transport = SocketTransport(
                descriptor, facts: ConnectionFacts(local: remote, remote: remote), loop: loop, tap: nil)
            _ = loop.add(transport)
            accepted.withLock { $0.append(transport) }
        }
        return .goesOn
    }

    /// A client's socket and the server's end of it.
    func connect() async throws -> (client: Int32, transport: SocketTransport) {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = getsockname(listener.descriptor, $0, &length)
                return Glibc.connect(client, $0, length)
            }
        }
        guard result == 0 else { throw Failure() }
        let transport = try await eventually { [self] in accepted.withLock { $0.isEmpty ? nil : $0.removeFirst() } }
        return (client, transport)
    }
}

/// What `find` finds, within ten seconds.
func eventually<Found>(_ find: () -> Found?) async throws -> Found {
    for _ in 0..<60000 {
        if let found = find() { return found }
        try await Task.sleep(for: .milliseconds(2))
    }
    throw SocketLab.Failure()
}

/// Keeps what a transport says.
final class RecordingSink: InputSink {
    struct Record {
        var octets: [UInt8] = []
        var hasEnded = false
        var isGone = false
    }

    private let record = Mutex(Record())

    var now: Record { record.withLock { $0 } }

    func receive(_ octets: [UInt8]) { record.withLock { $0.octets += octets } }
    func inputEnded() { record.withLock { $0.hasEnded = true } }
    func hangUp() { record.withLock { $0.isGone = true } }
}

/// The client's side: plain blocking calls.
enum ClientSocket {
    static func send(_ octets: [UInt8], to descriptor: Int32) {
        var sent = 0
        while sent < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress?.advanced(by: sent), octets.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Up to `count` octets; fewer at the end, and `nil` when the connection was reset.
    static func receive(_ count: Int, from descriptor: Int32) -> [UInt8]? {
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while octets.count < count {
            let got = recv(descriptor, &buffer, min(buffer.count, count - octets.count), 0)
            if got < 0 { return nil }
            if got == 0 { break }
            octets += buffer[..<got]
        }
        return octets
    }

    /// Closes with a reset.
    static func reset(_ descriptor: Int32) {
        var option = linger(l_onoff: 1, l_linger: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        _ = close(descriptor)
    }
}
