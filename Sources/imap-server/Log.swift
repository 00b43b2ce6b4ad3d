import Glibc
import IMAPHost
import IMAPTypes
import Synchronization

/// Lines on standard error. What a client chose is escaped; secrets are never given to it.
final class Log: ServerObserver {
    let level: Options.LogLevel
    /// The most octets of one escaped value.
    static let longest = 1024
    private let taps = Mutex<[ConnectionID: WireTap]>([:])

    init(_ level: Options.LogLevel) { self.level = level }

    /// Passes a connection's events on, until ``detach(_:)``.
    func attach(_ tap: WireTap, to connection: ConnectionID) { taps.withLock { $0[connection] = tap } }

    func detach(_ connection: ConnectionID) { taps.withLock { $0[connection] = nil } }

    /// The line is not made where it is not written.
    func write(_ level: Options.LogLevel, _ line: @autoclosure () -> String) {
        guard level <= self.level else { return }
        let octets = Array("\(line())\n".utf8)
        _ = octets.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }

    func observe(_ event: ServerEvent, on connection: ConnectionID) {
        if level == .wire { taps.withLock { $0[connection] }?.observe(event) }
        var id: String { "connection \(connection)" }
        switch event {
        case .opened(let facts):
            var tls: String { facts.tls.map { " \(Log.escape(Array($0.version.utf8)))" } ?? "" }
            write(.debug, "\(id): opened from \(facts.remote)\(tls)")
        case .command(let name, let outcome): write(.debug, "\(id): \(name?.description ?? "unknown") \(outcome)")
        case .authenticated(let identity, let user):
            write(.info, "\(id): \(Log.escape(identity.name)) logged in as \(Log.escape(user.name))")
        case .accountChanged(let user): write(.info, "\(id): works in the account of \(Log.escape(user.name))")
        case .authenticationFailed(let error): write(.info, "\(id): login failed: \(error)")
        case .unauthenticated: write(.info, "\(id): unauthenticated")
        case .workAbandoned: write(.error, "\(id): work of a user did not end in time and was cut off")
        case .fault(let text): write(.error, "\(id): fault: \(text)")
        case .closed(let reason): write(.debug, "\(id): closed: \(reason)")
        }
    }

    /// Printable ASCII, everything else as `\xNN`; at most 1,024 octets of it.
    static func escape(_ octets: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for octet in octets {
            if text.count > longest - 4 { break }
            if octet > 0x1F, octet < 0x7F, octet != 0x5C {
                text.append(octet)
            } else {
                text += [0x5C, 0x78, digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
