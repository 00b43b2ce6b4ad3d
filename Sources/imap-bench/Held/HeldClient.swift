import Glibc
import IMAPCodec

/// A client that brings a connection into a state and leaves it there.
final class HeldClient {
    private let socket: Int32
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    private var deflater: Deflater?
    private var inflater = Inflater()
    /// What came, decompressed, since the last step: its end alone.
    private var lately: [UInt8] = []

    struct Failure: Error {
        let reason: String
    }

    /// With `readsLittle` the system takes hardly anything on the client's behalf.
    init(_ port: UInt16, readsLittle: Bool) throws {
        guard let socket = LoadSocket.connect(port, isBlocking: true, readsLittle: readsLittle) else {
            throw Failure(reason: "no connection")
        }
        self.socket = socket
        // Nothing here waits for ever.
        var limit = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        try hear("* OK")
    }

    deinit { close(socket) }

    func take(_ step: HeldStep) throws {
        switch step {
        case .say(let octets, let answer):
            try send(octets)
            try hear(answer)
        case .leave(let octets): try send(octets)
        case .compress:
            try send(Array("z COMPRESS DEFLATE\r\n".utf8))
            try hear("z OK")
            deflater = Deflater()
        }
    }

    private func send(_ octets: [UInt8]) throws {
        var written = octets
        if deflater != nil {
            written = []
            deflater?.deflate(octets.span, into: &written)
            deflater?.flush(.sync, into: &written)
        }
        var sent = 0
        while sent < written.count {
            let result = written.withUnsafeBytes { buffer in
                Glibc.send(socket, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard result > 0 else { throw Failure(reason: "cannot send: \(String(cString: strerror(errno)))") }
            sent += result
        }
    }

    /// Reads until `text` has come.
    private func hear(_ text: String) throws {
        let wanted = Array(text.utf8)
        lately = []
        while !lately.holds(wanted) {
            lately = Array(lately.suffix(wanted.count))
            let read = recv(socket, &buffer, buffer.count, 0)
            guard read > 0 else { throw Failure(reason: "no \(text)") }
            guard deflater != nil else {
                lately += buffer[..<read]
                continue
            }
            var rest = buffer[..<read]
            while !rest.isEmpty { _ = try inflater.inflate(&rest, into: &lately, max: 65_536) }
        }
    }
}

extension [UInt8] {
    fileprivate func holds(_ wanted: [UInt8]) -> Bool {
        guard let first = wanted.first else { return true }
        var rest = self[...]
        while let index = rest.firstIndex(of: first) {
            if rest[index...].starts(with: wanted) { return true }
            rest = rest[(index + 1)...]
        }
        return false
    }
}
