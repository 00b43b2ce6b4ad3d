import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

/// Waits, by yielding to the server's tasks, until `condition` holds; gives up after `limit` of real time.
@discardableResult
func eventually(within limit: Duration = .seconds(300), _ condition: () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    var yields = 0
    // Longer and longer: hundreds of tests that look all the time would leave the servers none of it.
    var pause = Duration.microseconds(50)
    while !condition() {
        guard ContinuousClock.now < deadline else { return false }
        yields += 1
        await Task.yield()
        guard yields > 100 else { continue }
        try? await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(5))
    }
    return true
}

/// A server under attack: its clock stands still, its observer and its users remember what they were told.
struct Lab {
    let clock: VirtualClock
    let witness = HostileWitness()
    let memory: MemoryStore
    let users: HostileUsers
    let server: Server

    init(
        users: HostileUsers = HostileUsers(), clock: VirtualClock = VirtualClock(),
        extensions: [IMAPExtension] = IMAPExtension.standard, memory: MemoryStore = MemoryStore(),
        store: (any MailStore)? = nil, authenticator: (any Authenticator)? = nil,
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        CheckedOutput.isInstalled
        var configuration = ServerConfiguration()
        configuration.delaysFailedLogins = false
        configure(&configuration)
        self.users = users
        self.clock = clock
        self.memory = memory
        server = try Server(
            store: store ?? memory, authenticator: authenticator ?? users,
            extensions: extensions.supported(by: store ?? memory),
            configuration: configuration,
            observer: witness, clock: clock)
    }

    /// The same server for another store of the same type: for tests that need many. A clock and a witness of its own.
    init(like other: Lab, memory: MemoryStore = MemoryStore(), store: (any MailStore)? = nil) {
        users = other.users
        clock = VirtualClock()
        self.memory = memory
        server = Server(like: other.server, store: store ?? memory, observer: witness, clock: clock)
    }

    /// A connection from the same machine: secure.
    func connect(
        _ transport: ScriptedTransport = ScriptedTransport(), preauthenticated: PreauthenticatedUser? = nil
    ) async -> Peer {
        server.accept(transport, preauthenticated: preauthenticated)
        let greeting = await Peer.settle(transport)
        return Peer(clock: clock, transport: transport, greeting: String(decoding: greeting, as: UTF8.self))
    }

    /// A connection from elsewhere, in the clear; it can start TLS.
    func connectInTheClear(_ tls: TLSFacts = .hostileTest) async -> Peer {
        await connect(ScriptedTransport(isLoopback: false, startTLS: tls))
    }

    /// A connection from elsewhere that began with TLS.
    func connectWithTLS(peerIdentity: String? = nil) async -> Peer {
        await connect(ScriptedTransport(facts: .remote(tls: .hostileTest(peerIdentity))))
    }

    func logIn(_ name: String = "alice", _ password: String = "secret") async -> Peer {
        let peer = await connect()
        await peer.line("l LOGIN \(name) \(password)")
        return peer
    }

    func select(_ name: String = "alice", _ password: String = "secret") async -> Peer {
        let peer = await logIn(name, password)
        await peer.line("s SELECT INBOX")
        return peer
    }

    func fill(_ name: String = "alice", _ count: Int = 3) throws {
        for index in 1...count {
            _ = try memory.append(
                octets("From: \(name)@example.com\r\nSubject: \(name) \(index)\r\n\r\nmail of \(name), \(index)\r\n"),
                to: .inbox, for: user(name))
        }
    }
}

extension TLSFacts {
    static let hostileTest = TLSFacts(version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256")

    static func hostileTest(_ peerIdentity: String?) -> TLSFacts {
        TLSFacts(
            version: "TLSv1.3", cipher: "TLS_AES_128_GCM_SHA256", peerIdentity: peerIdentity.map { octets($0) })
    }
}

extension ConnectionFacts {
    static func remote(_ name: String = "client", tls: TLSFacts?) -> ConnectionFacts {
        ConnectionFacts(
            local: PeerAddress("server", isLoopback: false), remote: PeerAddress(name, isLoopback: false), tls: tls)
    }
}

/// One attacker on one connection.
struct Peer {
    let clock: VirtualClock
    let transport: ScriptedTransport
    let greeting: String

    var isClosed: Bool { transport.isClosed }

    /// Sends a line. Returns what the server wrote until it waited for more, or closed.
    @discardableResult func line(_ text: String) async -> String { await send(text + "\r\n") }

    @discardableResult func send(_ text: String) async -> String { await send(octets(text)) }

    @discardableResult func send(_ octets: [UInt8]) async -> String {
        transport.send(octets)
        return await settle()
    }

    /// Waits until the server waits for this client, or has closed. Returns what it wrote.
    func settle() async -> String { String(decoding: await settleOctets(), as: UTF8.self) }

    func settleOctets() async -> [UInt8] { await Peer.settle(transport) }

    /// Patient: a test that runs beside many others on few cores is still right.
    fileprivate static func settle(_ transport: ScriptedTransport) async -> [UInt8] {
        await transport.untilQuiet()
        return transport.takeOutput()
    }

    /// Moves the clock and lets the server do what that causes. What it wrote meanwhile waits.
    func pass(_ duration: Duration) async {
        clock.advance(by: duration)
        // The timers sleep again once they have called everyone whose time had come.
        await eventually { clock.sleeperCount > 0 || isClosed }
        for _ in 0..<60 { await Task.yield() }
    }

    /// Moves the clock while the server may have no deadline at all.
    func leap(_ duration: Duration) async {
        clock.advance(by: duration)
        for _ in 0..<100 { await Task.yield() }
    }

    /// Moves the clock step by step, and gives the server time behind each one. Returns whether `isSo` came to be.
    func leaps(_ step: Duration, atMost count: Int, until isSo: () -> Bool) async -> Bool {
        for _ in 0..<count {
            await leap(step)
            if await eventually(within: .milliseconds(50), isSo) { return true }
        }
        return await eventually(isSo)
    }

    /// What was written, without waiting for the server to ask for input.
    func drained() -> String { String(decoding: transport.takeOutput(), as: UTF8.self) }

    /// Waits for the end. Returns what was written since the last look, or `nil` when the connection goes on.
    func end(within limit: Duration = .seconds(300)) async -> String? {
        guard await eventually(within: limit, { isClosed }) else { return nil }
        return drained()
    }

    /// Whether the server still answers.
    func isAlive() async -> Bool { await line("alive NOOP").hasSuffix("alive OK NOOP completed\r\n") }
}

/// Remembers every event, in order.
final class HostileWitness: ServerObserver {
    private let events = Mutex<[ServerEvent]>([])

    func observe(_ event: ServerEvent, on connection: ConnectionID) { events.withLock { $0.append(event) } }

    var all: [ServerEvent] { events.withLock { $0 } }

    /// The events in short, addresses left out.
    var story: [String] {
        all.map { event in
            switch event {
            case .opened: "opened"
            case .command(let name, let outcome): "\(name.map(\.description) ?? "?") \(outcome)"
            case .authenticated(let identity, let user):
                "authenticated \(String(decoding: identity.name, as: UTF8.self)) as "
                    + String(decoding: user.name, as: UTF8.self)
            case .accountChanged(let user): "account \(String(decoding: user.name, as: UTF8.self))"
            case .authenticationFailed(let error): "failed \(error)"
            case .unauthenticated: "unauthenticated"
            case .workAbandoned: "abandoned"
            case .fault: "fault"
            case .closed(let reason): "closed \(reason)"
            }
        }
    }

    var closings: [CloseReason] {
        all.compactMap { if case .closed(let reason) = $0 { reason } else { nil } }
    }
}

/// Users who remember every question. `dora` is disabled; `admin` may act as all others and UNAUTHENTICATE.
final class HostileUsers: Authenticator {
    private struct State {
        var questions: [String] = []
        var names: [[UInt8]] = []
        var latency: [String: Duration] = [:]
        var hanging: Set<String> = []
    }

    static let passwords = ["alice": "secret", "bob": "hunter2", "dora": "gone", "admin": "root"]

    private let state = Mutex(State())
    private let clock: VirtualClock?
    let acceptsStrangers: Bool

    init(clock: VirtualClock? = nil, acceptsStrangers: Bool = false) {
        self.clock = clock
        self.acceptsStrangers = acceptsStrangers
    }

    /// Every question so far: `authenticate alice`, `authorize alice as bob`.
    var questions: [String] { state.withLock { $0.questions } }
    /// Every name a credential had, as it came.
    var names: [[UInt8]] { state.withLock { $0.names } }

    /// Answers about `name` take so long, on the virtual clock.
    func delay(_ name: String, _ latency: Duration) { state.withLock { $0.latency[name] = latency } }

    /// Questions about `name` are not answered until the connection's task is cancelled.
    func hang(_ name: String) { state.withLock { _ = $0.hanging.insert(name) } }

    private func ask(_ verb: String, _ name: [UInt8], _ rest: String = "") async -> String {
        let text = String(decoding: name, as: UTF8.self)
        let (latency, hangs) = state.withLock { state in
            state.questions.append("\(verb) \(text)\(rest)")
            state.names.append(name)
            return (state.latency[text], state.hanging.contains(text))
        }
        if let latency, let clock { await clock.sleep(until: clock.now + latency) }
        if hangs { try? await Task.sleep(for: .seconds(600)) }
        return text
    }

    func authenticate(
        _ credential: Credential, on facts: ConnectionFacts
    ) async throws(AuthenticationError) -> AuthenticationIdentity {
        switch credential {
        case .password(let name, let password):
            let text = await ask("authenticate", name)
            guard text != "dora", let known = HostileUsers.passwords[text],
                password.constantTimeEquals(octets(known))
            else { throw .rejected }
            return AuthenticationIdentity(name: name)
        case .external(let peer):
            _ = await ask("external", peer)
            return AuthenticationIdentity(name: peer)
        case .anonymous(let trace):
            _ = await ask("anonymous", trace)
            return AuthenticationIdentity(name: octets("anonymous"))
        case .bearerToken: throw .rejected
        case .proven(let name):
            _ = await ask("proven", name)
            return AuthenticationIdentity(name: name)
        }
    }

    func authorize(
        _ identity: AuthenticationIdentity, as requested: [UInt8]?
    ) async throws(AuthenticationError) -> UserIdentity {
        let asked = requested.map { " as " + String(decoding: $0, as: UTF8.self) } ?? ""
        _ = await ask("authorize", identity.name, asked)
        guard let requested, requested != identity.name else { return UserIdentity(name: identity.name) }
        guard identity.name == octets("admin"),
            HostileUsers.passwords[String(decoding: requested, as: UTF8.self)] != nil
        else { throw .notAuthorized }
        return UserIdentity(name: requested)
    }

    func mayUnauthenticate(_ identity: AuthenticationIdentity) -> Bool { identity.name == octets("admin") }

    func accepts(_ kind: CredentialKind, on facts: ConnectionFacts) -> Bool { kind != .anonymous || acceptsStrangers }
}

/// A transport whose segments are what the test says, however much the server asks for; it counts what was read.
final class SegmentedTransport: ByteTransport {
    private struct State {
        var segments: [[UInt8]]
        var delivered = 0
        var output: [UInt8] = []
        var checker = OutputChecker(commands: .unseen)
        var leftovers: [[UInt8]] = []
        /// Where a read that has no octets yet wants them.
        var sink: (any InputSink)?
        /// The sink of the latest read.
        var latest: (any InputSink)?
        var isClosed = false
        var largestRequest = 0
    }

    let facts: ConnectionFacts
    private let state: Mutex<State>

    init(_ segments: [[UInt8]], facts: ConnectionFacts) {
        self.facts = facts
        state = Mutex(State(segments: segments))
    }

    /// Octets the server has read.
    var delivered: Int { state.withLock { $0.delivered } }
    var outputOctets: [UInt8] { state.withLock { $0.output } }
    var output: String { String(decoding: outputOctets, as: UTF8.self) }
    /// What each handshake was given.
    var leftovers: [[UInt8]] { state.withLock { $0.leftovers } }
    var isClosed: Bool { state.withLock { $0.isClosed } }
    var isWaiting: Bool { state.withLock { $0.sink != nil } }
    var largestRequest: Int { state.withLock { $0.largestRequest } }

    func read(max: Int, into sink: any InputSink) {
        let next: [UInt8]? = state.withLock { state in
            state.largestRequest = Swift.max(state.largestRequest, max)
            state.latest = sink
            guard !state.isClosed, let first = state.segments.first else {
                state.sink = sink
                return nil
            }
            let piece = Array(first.prefix(max))
            state.segments[0].removeFirst(piece.count)
            if state.segments[0].isEmpty { state.segments.removeFirst() }
            state.delivered += piece.count
            return piece
        }
        if let next { sink.receive(next) }
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        let found = state.withLock { state in
            state.output += octets
            state.checker.wrote(octets)
            return state.checker.takeViolations()
        }
        for violation in found { Issue.record("\(violation)") }
    }

    /// The peer is gone.
    func hangUp() { state.withLock { $0.latest }?.hangUp() }

    /// Everything still on its way is the handshake's.
    func startTLS(leftover: [UInt8]) async throws(TransportError) -> TLSFacts {
        state.withLock { state in
            state.leftovers.append(leftover)
            state.segments = []
        }
        return .hostileTest
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.sink = nil
            state.latest = nil
        }
    }
}
