import Glibc

/// A client that waits: every command has the tag `z`, and what is told is only whether it was answered with OK.
final class WireClient {
    private let socket: Int32
    private var buffer = [UInt8](repeating: 0, count: 262_144)
    /// The beginning of a line that was cut.
    private var line: [UInt8] = []
    private(set) var octets = 0

    private static let ok = Array("z OK".utf8)
    private static let tag = Array("z ".utf8)

    struct Failure: Error {
        let reason: String
    }

    init(_ port: UInt16) throws {
        guard let socket = LoadSocket.connect(port, isBlocking: true) else { throw Failure(reason: "no connection") }
        self.socket = socket
        guard recv(socket, &buffer, buffer.count, 0) > 0 else { throw Failure(reason: "no greeting") }
    }

    deinit { close(socket) }

    /// Sends `commands`, and waits for `count` tagged OKs.
    func say(_ commands: [UInt8], expecting count: Int) throws {
        var sent = 0
        while sent < commands.count {
            let result = commands.withUnsafeBytes { buffer in
                send(socket, buffer.baseAddress?.advanced(by: sent), buffer.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard result > 0 else { throw Failure(reason: "cannot send") }
            sent += result
        }
        var answered = 0
        while answered < count {
            let read = recv(socket, &buffer, buffer.count, 0)
            guard read > 0 else { throw Failure(reason: "the server closed the connection") }
            octets += read
            answered += try take(read)
        }
        guard answered == count else { throw Failure(reason: "\(answered) answers of \(count)") }
    }

    /// Waits until the server has closed.
    func awaitEnd() { while recv(socket, &buffer, buffer.count, 0) > 0 {} }

    /// How many tagged OKs end in the octets read.
    private func take(_ read: Int) throws -> Int {
        var answered = 0
        var start = 0
        try buffer.withUnsafeBufferPointer { all in
            let read = all[..<read]
            while let end = read[start...].firstIndex(of: 0x0A) {
                if line.isEmpty {
                    answered += try judge(read[start..<end])
                } else {
                    line += read[start..<end].prefix(64)
                    answered += try judge(line[...])
                    line.removeAll(keepingCapacity: true)
                }
                start = end + 1
            }
            // Enough to know the line by.
            if line.count < 64 { line += read[start...].prefix(64) }
        }
        return answered
    }

    private func judge(_ line: some Collection<UInt8>) throws -> Int {
        guard line.starts(with: WireClient.tag) else { return 0 }
        guard line.starts(with: WireClient.ok) else {
            throw Failure(reason: String(decoding: line.prefix(80), as: UTF8.self))
        }
        return 1
    }
}
