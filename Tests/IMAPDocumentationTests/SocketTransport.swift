// listing: transport
import Dispatch
import Glibc
import IMAPServer

/// A connected socket. Two threads at most: one that waits for octets, one that waits to be rid of some.
final class SocketTransport: ByteTransport {
    let facts: ConnectionFacts
    private let descriptor: Int32
    private let reading = DispatchQueue(label: "imap.read")
    private let writing = DispatchQueue(label: "imap.write")

    init(_ descriptor: Int32, facts: ConnectionFacts) {
        self.descriptor = descriptor
        self.facts = facts
    }

    // Not in `close`: another connection would get the number while a call with it is under way.
    deinit { _ = Glibc.close(descriptor) }

    func read(max: Int, into sink: any InputSink) {
        reading.async { [self] in
            // No buffer is held while nothing comes.
            var interest = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            while poll(&interest, 1, -1) < 0, errno == EINTR {}
            var octets = [UInt8](repeating: 0, count: max)
            let count = recv(descriptor, &octets, max, 0)
            switch count {
            case 1...: sink.receive(Array(octets.prefix(count)))
            case 0: sink.inputEnded()
            default: sink.hangUp()
            }
        }
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        let isWritten = await withCheckedContinuation { (done: CheckedContinuation<Bool, Never>) in
            writing.async { [self] in
                var rest = octets[...]
                while !rest.isEmpty {
                    let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
                    if count < 0, errno == EINTR { continue }
                    guard count > 0 else { break }
                    rest = rest.dropFirst(count)
                }
                done.resume(returning: rest.isEmpty)
            }
        }
        guard isWritten else { throw TransportError(.closed) }
    }

    /// Wakes whoever waits on the socket.
    func close() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
// listing: end
