import Glibc
import IMAPTypes

/// What the store asks the system that is not about files.
enum System {
    /// The time since 1970.
    static var time: (seconds: Int, nanoseconds: Int) {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return (now.tv_sec, now.tv_nsec)
    }

    /// The same in nanoseconds.
    static var now: Int64 {
        let now = time
        return Int64(now.seconds) * 1_000_000_000 + Int64(now.nanoseconds)
    }

    /// The number of this process.
    static var process: Int32 { getpid() }

    /// The name of this machine, at most 64 octets of letters, digits, hyphens, dots and underscores.
    static let host: [UInt8] = {
        var octets = [UInt8](repeating: 0, count: 256)
        let done = octets.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return Int32(-1) }
            return gethostname(base.assumingMemoryBound(to: CChar.self), buffer.count - 1)
        }
        let name = octets.prefix { $0 != 0 }.prefix(64)
        guard done == 0, !name.isEmpty else { return Array("localhost".utf8) }
        // What separates a name's parts, or a path's, is not for a host to use.
        return name.map { ASCII.isAlpha($0) || ASCII.isDigit($0) || $0 == 0x2D || $0 == 0x2E ? $0 : 0x5F }
    }()
}
