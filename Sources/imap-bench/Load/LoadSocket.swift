import Glibc

/// Sockets and their readiness, as far as a client of this program needs them.
enum LoadSocket {
    /// Connects to a port of this machine. `nil` when the system refuses. With `readsLittle` the system takes hardly
    /// anything before it is read.
    static func connect(_ port: UInt16, isBlocking: Bool = false, readsLittle: Bool = false) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        if readsLittle {
            var least: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &least, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0, isBlocking || fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0
        else {
            close(descriptor)
            return nil
        }
        var one: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
        return descriptor
    }

    /// As many descriptors as the system lets this process have.
    static func allowManyDescriptors() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Octets that are there; none is the end. `nil`: not yet.
    static func read(_ descriptor: Int32, into buffer: inout [UInt8]) -> Int? {
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            if count >= 0 { return count }
            if errno == EAGAIN || errno == EWOULDBLOCK { return nil }
            if errno != EINTR { return 0 }
        }
    }

    /// Sends what the socket takes; returns how much, or `nil` when it is broken.
    static func write(_ descriptor: Int32, _ octets: ArraySlice<UInt8>) -> Int? {
        octets.withUnsafeBytes { buffer in
            var sent = 0
            while sent < buffer.count {
                let count = send(
                    descriptor, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
                if count >= 0 {
                    sent += count
                } else if errno == EAGAIN || errno == EWOULDBLOCK {
                    return sent
                } else if errno != EINTR {
                    return nil
                }
            }
            return sent
        }
    }

    /// Seconds on a clock that only goes forward.
    static var now: Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Which of some sockets are ready.
enum Readiness {
    /// The places of those that are, in `sockets`. The second of each says whether there is something to write, too.
    static func wait(for sockets: [(socket: Int32, writes: Bool)], milliseconds: Int32) -> [Int] {
        var entries = sockets.map { entry in
            pollfd(fd: entry.socket, events: Int16(entry.writes ? POLLIN | POLLOUT : POLLIN), revents: 0)
        }
        guard poll(&entries, nfds_t(entries.count), milliseconds) > 0 else { return [] }
        return entries.indices.filter { entries[$0].revents != 0 }
    }
}
