import Foundation
import Glibc
import IMAPTestKit
import Synchronization
import Testing

@testable import imap_server

/// The program itself, as a process of its own.
final class ServerProcess: Sendable {
    struct Failure: Error {
        let reason: String
    }

    private let process: pid_t
    private let log: URL
    let port: UInt16

    /// Where the products of the build are, the program among them.
    private static var program: URL {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return bundle.appendingPathComponent("imap-server")
    }

    /// Starts it, under a shell's `ulimit` if one is given, and waits until it listens.
    init(_ arguments: [String], in directory: URL, limit: String? = nil) throws {
        log = directory.appendingPathComponent("log-\(UInt64.random(in: 0 ... .max))")
        let path = ServerProcess.program.path
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw Failure(reason: "no pipe") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { _ = close(ends[0]) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        // It has none of the files and sockets that other tests have open.
        for descriptor in Int32(3)..<1024 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        posix_spawn_file_actions_addopen(&actions, 2, log.path, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let shell = limit.map { ["/bin/sh", "-c", "ulimit \($0) && exec \"$0\" \"$@\""] } ?? []
        let all = shell + [path, "--port", "0"] + arguments
        var words = all.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        // The thread that starts it may have signals blocked, and its child would.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var process = pid_t()
        let result = posix_spawn(&process, all[0], &actions, &attributes, &words, environ)
        _ = close(ends[1])
        guard result == 0 else { throw Failure(reason: "no process: \(String(cString: strerror(result)))") }
        self.process = process
        var line: [UInt8] = []
        var octet: UInt8 = 0
        while line.last != 0x0A, read(ends[0], &octet, 1) == 1 { line.append(octet) }
        let text = String(decoding: line.dropLast(), as: UTF8.self)
        guard let port = text.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            _ = Glibc.kill(process, SIGKILL)
            throw Failure(reason: "it did not start: \(text)")
        }
        self.port = port
    }

    /// Ends it at once, in the middle of whatever it does.
    func kill() { end(SIGKILL) }

    /// Ends it in order.
    func stop() { end(SIGTERM) }

    private func end(_ signal: Int32) {
        _ = Glibc.kill(process, signal)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    /// What it wrote on standard error.
    func logged() throws -> [UInt8] { Array(try Data(contentsOf: log)) }

    /// A connection of a client.
    func connect() throws -> LineClient { try LineClient(port: port) }
}

/// A client that blocks. For threads of their own.
final class LineClient {
    let descriptor: Int32
    private var buffer: [UInt8] = []
    /// Everything that the server says is looked at, as in all tests.
    private var checker = OutputChecker()

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw ServerProcess.Failure(reason: "no connection") }
        var limit = timeval(tv_sec: 120, tv_usec: 0)
        _ = setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        _ = try line()
    }

    deinit {
        for violation in checker.violations { Issue.record("\(violation)") }
        close(descriptor)
    }

    func send(_ octets: [UInt8]) {
        checker.sent(octets)
        ClientSocket.send(octets, to: descriptor)
    }

    func send(_ text: String) { send(Array(text.utf8)) }

    private func fill() throws {
        var piece = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &piece, piece.count, 0)
        guard count > 0 else { throw ServerProcess.Failure(reason: "the server is gone") }
        buffer += piece[..<count]
        checker.wrote(Array(piece[..<count]))
    }

    /// Waits until something was said, at most `limit`, and then until nothing is said for a while: whatever was sent
    /// has been read and answered. What was said is read later.
    func settle(within limit: Duration, quiet: Duration = .milliseconds(30)) {
        var wait = limit
        while true {
            var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, Int32(wait / .milliseconds(1))) > 0, (try? fill()) != nil else { return }
            wait = quiet
        }
    }

    /// The next line, without its end.
    func line() throws -> [UInt8] {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                let line = Array(buffer[..<end].dropLast())
                buffer.removeFirst(end + 1)
                return line
            }
            try fill()
        }
    }

    func octets(_ count: Int) throws -> [UInt8] {
        while buffer.count < count { try fill() }
        defer { buffer.removeFirst(count) }
        return Array(buffer[..<count])
    }

    /// Sends a command and reads up to its tagged line, literals included. Returns all lines.
    func command(_ tag: String, _ text: String) throws -> [String] {
        send("\(tag) \(text)\r\n")
        return try answer(tag)
    }

    func answer(_ tag: String) throws -> [String] {
        var lines: [String] = []
        while true {
            let line = String(decoding: try line(), as: UTF8.self)
            lines.append(line)
            if line.hasPrefix("\(tag) ") || line.hasPrefix("* BYE ") { return lines }
        }
    }
}

/// A directory of a test's own, removed at its end.
final class ProcessScratch {
    let url: URL

    init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent(
            "imap-server-test-\(UInt64.random(in: 0 ... .max))")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}

/// Runs `body` on a thread that may block, and waits for what it returns.
func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        let thread = Thread { continuation.resume(with: Swift.Result { try body() }) }
        thread.stackSize = 1 << 20
        thread.start()
    }
}
