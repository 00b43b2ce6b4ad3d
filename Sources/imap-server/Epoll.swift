import Glibc

/// Linux's epoll, which Glibc's Swift module leaves out: its functions by name, its event as raw memory.
struct Epoll: Sendable {
    struct Event {
        let id: UInt64
        let isReadable: Bool
        let isWritable: Bool
        /// The peer sends no more than what is there.
        let isEnding: Bool
        /// Both directions are over, or the socket failed.
        let isHungUp: Bool
    }

    enum Interest {
        /// Everything, each time it begins anew.
        case edges
        /// Readable, for as long as it is.
        case readable
    }

    private typealias Create = @convention(c) (Int32) -> Int32
    private typealias Control = @convention(c) (Int32, Int32, Int32, UnsafeMutableRawPointer?) -> Int32
    private typealias Wait = @convention(c) (Int32, UnsafeMutableRawPointer?, Int32, Int32) -> Int32

    private static let readable: UInt32 = 0x001
    private static let writable: UInt32 = 0x004
    private static let error: UInt32 = 0x008
    private static let hangUp: UInt32 = 0x010
    private static let ending: UInt32 = 0x2000
    private static let edgeTriggered: UInt32 = 1 << 31
    private static let add: Int32 = 1
    private static let remove: Int32 = 2
    private static let closeOnExec: Int32 = 0o2000000

    // The kernel packs the event on x86-64 alone.
    #if arch(x86_64)
        private static let stride = 12
        private static let dataOffset = 4
    #else
        private static let stride = 16
        private static let dataOffset = 8
    #endif

    private let descriptor: Int32
    private let control: Control
    private let wait: Wait

    /// `nil` when the system has no epoll.
    init?() {
        guard let create = dlsym(nil, "epoll_create1"), let control = dlsym(nil, "epoll_ctl"),
            let wait = dlsym(nil, "epoll_wait")
        else { return nil }
        descriptor = unsafeBitCast(create, to: Create.self)(Epoll.closeOnExec)
        guard descriptor >= 0 else { return nil }
        self.control = unsafeBitCast(control, to: Control.self)
        self.wait = unsafeBitCast(wait, to: Wait.self)
    }

    /// Watches a socket; its events carry `id`. Closing the socket ends it.
    func watch(_ socket: Int32, id: UInt64, _ interest: Interest) -> Bool {
        let events =
            switch interest {
            case .edges: Epoll.readable | Epoll.writable | Epoll.ending | Epoll.edgeTriggered
            case .readable: Epoll.readable
            }
        return withUnsafeTemporaryAllocation(byteCount: Epoll.stride, alignment: 8) { event in
            event.storeBytes(of: events, toByteOffset: 0, as: UInt32.self)
            event.storeBytes(of: id, toByteOffset: Epoll.dataOffset, as: UInt64.self)
            return control(descriptor, Epoll.add, socket, event.baseAddress) == 0
        }
    }

    /// Watches a descriptor no longer.
    func ignore(_ socket: Int32) { _ = control(descriptor, Epoll.remove, socket, nil) }

    func close() { _ = Glibc.close(descriptor) }

    /// Waits for events, at most `milliseconds`; -1 is for ever.
    func events(within milliseconds: Int32) -> [Event] {
        let most = 256
        return withUnsafeTemporaryAllocation(byteCount: Epoll.stride * most, alignment: 8) { memory in
            let count = wait(descriptor, memory.baseAddress, Int32(most), milliseconds)
            return (0..<Int(max(count, 0))).map { index in
                let start = index * Epoll.stride
                let flags = memory.loadUnaligned(fromByteOffset: start, as: UInt32.self)
                return Event(
                    id: memory.loadUnaligned(fromByteOffset: start + Epoll.dataOffset, as: UInt64.self),
                    isReadable: flags & (Epoll.readable | Epoll.ending) != 0,
                    isWritable: flags & Epoll.writable != 0, isEnding: flags & Epoll.ending != 0,
                    isHungUp: flags & (Epoll.hangUp | Epoll.error) != 0)
            }
        }
    }
}
