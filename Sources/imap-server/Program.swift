import Glibc
import IMAPExtensions
import IMAPHost
import IMAPMaildirStore
import IMAPMemoryStore
import IMAPServer
import IMAPTypes

/// The descriptor that signal handlers write to.
nonisolated(unsafe) private var signalDescriptor: Int32 = -1

@main
enum Program {
    static let version = "0.1.0"

    static func main() {
        switch Options.parse(Array(CommandLine.arguments.dropFirst())) {
        case .help: print(Options.usage)
        case .version: print("imap-server \(version)")
        case .refuse(let line): stop(64, line)
        case .serve(let options): serve(options)
        }
    }

    private static func stop(_ status: Int32, _ line: String) -> Never {
        Log(.error).write(.error, "imap-server: \(line)")
        exit(status)
    }

    /// A line on standard output, at once.
    private static func say(_ line: String) {
        let octets = Array("\(line)\n".utf8)
        _ = octets.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }

    private static func serve(_ options: Options) {
        var options = options
        let log = Log(options.logLevel)
        let most = Descriptors.prepare(for: options.maxConnections, files: options.store.filesOfOneConnection)
        if most < options.maxConnections {
            log.write(.error, "at most \(most) connections: there are no descriptors for more")
            options.maxConnections = most
        }
        let server = makeServer(options, log)
        let listener: Listener
        do {
            listener = try Listener(host: options.host, port: options.port)
        } catch {
            switch error {
            case .noSuchHost: stop(1, "no such host: \(options.host)")
            case .inUse: stop(1, "port \(options.port) is in use")
            case .refused(let number): stop(1, "cannot listen: \(String(cString: strerror(number)))")
            }
        }
        if options.preauthenticated != nil, !listener.isLoopback { stop(64, "--preauth needs a loopback --host") }
        guard let loop = EventLoop() else { stop(1, "the system has no epoll") }
        // The first loop lets connections in and hears signals; the others serve.
        let loops = (0..<options.threadCount).compactMap { _ in EventLoop() }
        guard loops.count == options.threadCount, loops.allSatisfy({ $0.runAlone() }) else {
            stop(1, "cannot make \(options.threadCount) threads")
        }
        let door = Door(listener, loops, server, options, log)
        watchSignals(loop)
        announce(options, log)
        say("listening on \(listener.address)")
        var isEnding = false
        loop.run(
            listener, accept: door.accept,
            signal: {
                guard !isEnding else { return .stopsAccepting }
                isEnding = true
                end(server, loop, loops)
                return .stopsAccepting
            })
    }

    /// `* BYE` to every client, and the end of the process within 5 seconds, whatever anyone does.
    private static func end(_ server: Server, _ loop: EventLoop, _ loops: [EventLoop]) {
        loop.setDeadline(EventLoop.programID, in: .milliseconds(4500), LastDeadline())
        Task {
            await server.shutdown(within: .seconds(3))
            // The last octets are on their way until the clients have closed, or have had their time.
            for _ in 0..<50 where loops.counts.all > 0 { usleep(10_000) }
            exit(0)
        }
    }

    private final class LastDeadline: DeadlineTarget {
        func deadlinePassed() { exit(0) }
    }

    private static func makeServer(_ options: Options, _ log: Log) -> Server {
        var configuration = ServerConfiguration()
        configuration.delaysFailedLogins = options.delaysFailedLogins
        configuration.allowsPlaintextWithoutTLS = options.allowsPlaintext
        configuration.limits.append = options.appendLimit
        configuration.connectionLimiter = ConnectionCounter(
            sessionsPerUserAndAddress: options.maxSessions == 0 ? .max : options.maxSessions,
            connectionsPerAddress: options.maxConnectionsPerAddress == 0 ? .max : options.maxConnectionsPerAddress)
        configuration.timeouts.login = .seconds(options.loginTimeout)
        configuration.charsets = SystemCharsets()
        var extensions = IMAPExtension.standard.map { one in
            options.usesLiteralPlus && one.name == "LITERAL-" ? .literalPlus : one
        }
        if options.usesCompression { extensions.append(.compressDeflate) }
        for name in options.without where !extensions.contains(where: { $0.name == name }) {
            stop(64, "--without: no such extension: \(name)")
        }
        if !options.without.isEmpty {
            let kept = extensions.leavingOut(Set(options.without))
            let gone = extensions.map(\.name).filter { name in !kept.contains { $0.name == name } }
            log.write(.error, "left out: \(gone.map(\.description).joined(separator: " "))")
            extensions = kept
        }
        let store = makeStore(options)
        do {
            return try Server(
                store: store, authenticator: HostUsers(options), extensions: extensions.supported(by: store),
                configuration: configuration, observer: log)
        } catch {
            stop(64, "the extensions do not fit together: \(error)")
        }
    }

    private static func makeStore(_ options: Options) -> any MailStore {
        switch options.store {
        case .maildir(let path):
            // Made here rather than at the first login: a path that cannot be used is the administrator's business.
            _ = mkdir(path, 0o700)
            guard access("\(path)/.", R_OK | W_OK | X_OK) == 0 else {
                stop(1, "--store maildir:\(path): \(String(cString: strerror(errno)))")
            }
            return MaildirStore(path: path)
        case .memory:
            let now = UInt32(clamping: time(nil))
            let sampleCount = options.sampleCount
            return MemoryStore(
                firstUIDValidity: UIDValidity(now),
                newUser: { user in
                    SampleMail.messages(count: sampleCount, for: String(decoding: user.name, as: UTF8.self)).map {
                        MemoryMessage(
                            $0.octets, flags: $0.flags, internalDate: $0.internalDate,
                            digest: MessageDigest(of: $0.octets))
                    }
                },
                now: { InternalDate(secondsSince1970: Int64(time(nil))) })
        }
    }

    private static func announce(_ options: Options, _ log: Log) {
        for login in options.users where Options.defaultUsers.contains(login) {
            log.write(.error, "user \(login.name), password \(login.password)")
        }
        if options.anyUserPassword != nil { log.write(.error, "every name is a user, and NAME.admin an administrator") }
    }

    private static func watchSignals(_ loop: EventLoop) {
        signalDescriptor = loop.wakeDescriptor
        signal(SIGPIPE, SIG_IGN)
        // A log or a message that may not grow any more is a failed write.
        signal(SIGXFSZ, SIG_IGN)
        for number in [SIGTERM, SIGINT] {
            signal(number) { _ in
                var octet: UInt8 = 1
                _ = write(signalDescriptor, &octet, 1)
            }
        }
    }
}
