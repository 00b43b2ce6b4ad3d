import Glibc

/// `imap-bench echo`: what any server on these sockets must do and nothing else. Each line is answered with a line, in
/// one write for each read. One thread, epoll with edges, as imap-server has it.
enum EchoLoop {
    private typealias Create = @convention(c) (Int32) -> Int32
    private typealias Control = @convention(c) (Int32, Int32, Int32, UnsafeMutableRawPointer?) -> Int32
    private typealias Wait = @convention(c) (Int32, UnsafeMutableRawPointer?, Int32, Int32) -> Int32

    #if arch(x86_64)
        private static let stride = 12
        private static let dataOffset = 4
    #else
        private static let stride = 16
        private static let dataOffset = 8
    #endif

    private static let readable: UInt32 = 0x001
    private static let edges: UInt32 = 0x2000 | 1 << 31

    private static let greeting = Array("* OK echo\r\n".utf8)
    private static let answer = Array("z OK completed\r\n".utf8)

    /// Returns when something cannot be had.
    static func run() -> String {
        guard let create = dlsym(nil, "epoll_create1"), let control = dlsym(nil, "epoll_ctl"),
            let wait = dlsym(nil, "epoll_wait")
        else { return "no epoll" }
        let queue = unsafeBitCast(create, to: Create.self)(0)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1024) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard queue >= 0, status else { return "no socket" }
        print("listening on 127.0.0.1:\(UInt16(bigEndian: address.sin_port))")
        fflush(nil)
        loop(
            queue, listener, unsafeBitCast(control, to: Control.self), unsafeBitCast(wait, to: Wait.self))
    }

    private static func loop(_ queue: Int32, _ listener: Int32, _ control: Control, _ wait: Wait) -> Never {
        func watch(_ socket: Int32, _ interest: UInt32) {
            withUnsafeTemporaryAllocation(byteCount: stride, alignment: 8) { event in
                event.storeBytes(of: interest, toByteOffset: 0, as: UInt32.self)
                event.storeBytes(of: UInt64(UInt32(bitPattern: socket)), toByteOffset: dataOffset, as: UInt64.self)
                _ = control(queue, 1, socket, event.baseAddress)
            }
        }
        watch(listener, readable)
        let most = 256
        let events = UnsafeMutableRawBufferPointer.allocate(byteCount: stride * most, alignment: 8)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var answers: [UInt8] = []
        while true {
            let count = wait(queue, events.baseAddress, Int32(most), -1)
            for index in 0..<Int(max(count, 0)) {
                let data = events.loadUnaligned(fromByteOffset: index * stride + dataOffset, as: UInt64.self)
                let socket = Int32(truncatingIfNeeded: data)
                guard socket != listener else {
                    let client = accept(listener, nil, nil)
                    guard client >= 0 else { continue }
                    watch(client, readable | edges)
                    _ = send(client, greeting, greeting.count, Int32(MSG_NOSIGNAL))
                    continue
                }
                // An edge is told once: everything that is there is read.
                var read = 0
                repeat {
                    read = recv(socket, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                    guard read > 0 else { break }
                    answers.removeAll(keepingCapacity: true)
                    for index in 0..<read where buffer[index] == 0x0A { answers += answer }
                    _ = send(socket, answers, answers.count, Int32(MSG_NOSIGNAL))
                } while read == buffer.count
                if read == 0 || read < 0 && errno != EAGAIN { close(socket) }
            }
        }
    }
}
