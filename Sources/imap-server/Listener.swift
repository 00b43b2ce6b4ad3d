import Glibc
import IMAPHost

/// A listening socket.
struct Listener: Sendable {
    enum Failure: Error {
        case noSuchHost
        case inUse
        case refused(Int32)
    }

    let descriptor: Int32
    /// `127.0.0.1:1143`, with the port that was picked.
    let address: String
    let isLoopback: Bool

    init(host: String, port: UInt16) throws(Failure) {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &found) == 0 else { throw .noSuchHost }
        defer { freeaddrinfo(found) }
        var failure = Failure.noSuchHost
        // A name may stand for several addresses: the first that can be listened on.
        var next = found
        while let one = next?.pointee {
            next = one.ai_next
            do {
                self = try Listener(one)
                return
            } catch {
                failure = error
            }
        }
        throw failure
    }

    private init(_ info: addrinfo) throws(Failure) {
        let descriptor = socket(info.ai_family, info.ai_socktype, 0)
        guard descriptor >= 0 else { throw .refused(errno) }
        SocketOptions.set(descriptor, SOL_SOCKET, SO_REUSEADDR)
        guard bind(descriptor, info.ai_addr, info.ai_addrlen) == 0, listen(descriptor, 1024) == 0,
            SocketOptions.makeNonBlocking(descriptor)
        else {
            let error = errno
            _ = close(descriptor)
            throw error == EADDRINUSE ? .inUse : .refused(error)
        }
        self.descriptor = descriptor
        let name = SocketAddress.local(of: descriptor)
        address = name.description
        isLoopback = name.isLoopback
    }

    enum Answer {
        case connection(descriptor: Int32, remote: PeerAddress)
        /// None is waiting.
        case none
        /// One may be waiting, and there is no descriptor for it.
        case noDescriptor
    }

    func accept() -> Answer {
        var storage = sockaddr_storage()
        while true {
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let (descriptor, error) = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    let descriptor = Glibc.accept(self.descriptor, address, &length)
                    return (descriptor, errno)
                }
            }
            if descriptor >= 0 {
                _ = SocketOptions.makeNonBlocking(descriptor)
                SocketOptions.set(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY)
                return .connection(descriptor: descriptor, remote: SocketAddress.describe(&storage))
            }
            switch error {
            case EINTR, ECONNABORTED, EPROTO: continue
            case EMFILE, ENFILE, ENOBUFS, ENOMEM: return .noDescriptor
            default: return .none
            }
        }
    }
}

/// Socket addresses as text.
enum SocketAddress {
    static func local(of descriptor: Int32) -> PeerAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        _ = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return describe(&storage)
    }

    static func describe(_ storage: inout sockaddr_storage) -> PeerAddress {
        switch Int32(storage.ss_family) {
        case AF_INET:
            return withUnsafePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { address in
                    ipv4(
                        withUnsafeBytes(of: address.pointee.sin_addr) { Array($0) },
                        UInt16(bigEndian: address.pointee.sin_port))
                }
            }
        case AF_INET6:
            return withUnsafePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                    ipv6(
                        withUnsafeBytes(of: address.pointee.sin6_addr) { Array($0) },
                        UInt16(bigEndian: address.pointee.sin6_port))
                }
            }
        default: return PeerAddress("unknown", isLoopback: false)
        }
    }

    /// An IPv4 address of four octets.
    static func ipv4(_ octets: [UInt8], _ port: UInt16) -> PeerAddress {
        PeerAddress("\(octets.map { String($0) }.joined(separator: ".")):\(port)", isLoopback: octets.first == 127)
    }

    /// An IPv6 address of sixteen octets; an IPv4 address in IPv6 form is written as IPv4.
    static func ipv6(_ octets: [UInt8], _ port: UInt16) -> PeerAddress {
        if octets.prefix(10).allSatisfy({ $0 == 0 }), octets[10] == 0xFF, octets[11] == 0xFF {
            return ipv4(Array(octets[12...]), port)
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let written = octets.withUnsafeBytes { inet_ntop(AF_INET6, $0.baseAddress, &text, socklen_t(text.count)) }
        let name =
            written == nil
            ? "?" : String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return PeerAddress(
            "[\(name)]:\(port)", isLoopback: octets.dropLast().allSatisfy { $0 == 0 } && octets.last == 1)
    }
}
