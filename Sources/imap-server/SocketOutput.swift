import Glibc

/// Octets on their way to a socket.
struct SocketOutput {
    enum Progress {
        case done
        /// The socket takes no more now.
        case blocked
        case failed
    }

    private var octets: [UInt8] = []
    private var sent = 0

    var isEmpty: Bool { sent == octets.count }
    var count: Int { octets.count - sent }

    mutating func append(_ more: [UInt8]) {
        if isEmpty {
            octets = more
            sent = 0
        } else {
            octets += more
        }
    }

    mutating func drop() {
        octets = []
        sent = 0
    }

    /// Sends what the socket takes.
    mutating func send(on descriptor: Int32) -> Progress {
        let progress = octets.withUnsafeBytes { buffer in
            while sent < buffer.count {
                let count = Glibc.send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
                if count >= 0 {
                    sent += count
                } else if errno != EINTR {
                    return errno == EAGAIN || errno == EWOULDBLOCK ? Progress.blocked : .failed
                }
            }
            return .done
        }
        if progress != .blocked { drop() }
        return progress
    }
}
