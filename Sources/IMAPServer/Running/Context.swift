public import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPSession
public import IMAPTypes

/// What a command works with: lent to it while it runs, and taken back.
///
/// Holds the connection's state, by scope, and the only way to write. It cannot be copied or kept, so nothing that
/// outlives the command can reach the connection.
public struct Context: ~Copyable, Sendable {
    var connection: Connection
    let channel: Channel
    /// The tag of the command at work, for responses that name it (RFC 4466 section 2.6.2).
    public internal(set) var tag: Tag?
    /// Octets of the command at work, for those who keep what it says.
    public internal(set) var commandOctets = 0
    /// Whether the command at work lets EXPUNGE be sent.
    var expunge = ExpungePermission.permitted
    /// A fault of the library or of an extension: the connection is closed after the command.
    var fault: String?
    var time: InputClock
    /// When octets of a streamed literal were handed out last.
    var lastHandOut = Duration.zero
    /// The store could not say what happened when it was asked last.
    var newsIsDue = false
    /// A client that is told what happens while it is waited for.
    var listening: Listening?
    /// Whether there is one: to look at it costs more than to know this.
    private(set) var isListening = false
    /// Whether octets were asked for that have not come, while the connection rests.
    var isReading = false
    /// What the command at work selected.
    var selection = Selection.none

    /// What a command that selects has come to.
    enum Selection: Sendable {
        case none
        case opened
        /// The mailbox was deleted before the command was answered.
        case lost
    }

    init(_ connection: consuming Connection, _ channel: Channel, now: Duration) {
        self.connection = connection
        self.channel = channel
        time = InputClock(now: now, commandsBefore: 0)
    }

    mutating func setListening(_ listening: Listening?) {
        self.listening = listening
        isListening = listening != nil
    }

    // MARK: Facts

    public var session: SessionFacts { connection.session }

    public var configuration: ServerConfiguration { connection.configuration }

    /// What is held of a message that is about to be read.
    var heldMessage: HeldMessage { HeldMessage(configuration.limits.message.reader, channel.readings) }

    /// Who is logged in.
    public var loggedIn: LoggedIn? { connection.machine.identity }

    /// What holds in this session now.
    public var capabilities: [Capability] { connection.capabilities }

    /// Whether an extension switched on a way of reading.
    public func has(_ mode: GrammarMode) -> Bool { channel.tables.grammar.modes.contains(mode) }

    // MARK: State

    /// The value of a piece of connection state, fresh if it was never written.
    @inlinable
    public func read<State: ConnectionState>(_ type: State.Type) -> State {
        // Most are not there, and a cast is dear. A value is stored under its own type alone, so the cast finds it.
        guard let value = stored(type) else { return State.fresh() }
        return value as? State ?? State.fresh()
    }

    @usableFromInline
    func stored(_ type: any ConnectionState.Type) -> (any ConnectionState)? { connection.machine.stored(type) }

    /// Writes a piece of connection state into its scope.
    ///
    /// A type that no extension declared, or a scope that does not exist now, is the extension's mistake: nothing is
    /// kept, and the connection is closed after the command.
    public mutating func write<State: ConnectionState>(_ value: State) {
        switch connection.machine.write(value) {
        case .written: break
        case .noScope: fault = "state written outside its scope: \(State.self)"
        case .notRegistered: fault = "state of a type that was not declared: \(State.self)"
        }
    }

    /// What the client said of itself by ID.
    public var clientID: ClientIdentification? {
        get { connection.survivors.clientID }
        set { connection.survivors.clientID = newValue }
    }

    /// What the server says of itself.
    public var serverID: ClientIdentification? { channel.tables.serverID }

    // MARK: Responses

    /// An untagged response: `"*" SP name ...`. `body` writes what follows the name, with its leading space.
    public mutating func respond(_ name: Keyword, _ body: (inout ResponseWriter) -> Void = { _ in }) {
        connection.writer.untagged()
        connection.writer.keyword(name)
        body(&connection.writer)
        connection.writer.lineEnd()
    }

    /// An untagged response about a number: `"*" SP number SP name`.
    public mutating func respond(_ number: UInt32, _ name: Keyword) {
        connection.writer.untagged()
        connection.writer.number(number)
        connection.writer.space()
        connection.writer.keyword(name)
        connection.writer.lineEnd()
    }

    /// `"*" SP "OK" SP ...`: information with a response code.
    public mutating func inform(_ code: ResponseCode, _ text: ResponseText) {
        connection.writer.status(nil, .ok, code, text)
    }

    /// `"*" SP "NO" SP ...`: a warning. The command may succeed all the same.
    public mutating func warn(_ code: ResponseCode?, _ text: ResponseText) {
        connection.writer.status(nil, .no, code, text)
    }

    /// Writes out what was said so far, if it is much. Call it between responses of a long answer: it returns when the
    /// client can take more.
    public mutating func drain() async throws(CommandFailure) {
        guard connection.writer.size >= connection.outputLimit else { return }
        try await flush()
    }

    /// Writes out everything said so far.
    mutating func flush(_ flush: OutputFlush = .all) async throws(CommandFailure) {
        let octets = try connection.takeOutput(flush)
        guard !octets.isEmpty else { return }
        try await channel.write(octets)
        if connection.isLoggedIn { channel.inbox.renewCommand(until: runDeadline(from: channel.clock.now)) }
    }

    // MARK: Lines that are not commands

    /// Sends a server challenge and waits for the client's line (RFC 9051 section 6.2.2).
    ///
    /// Throws when the line is too long, the client is gone, or its time is up.
    public mutating func challenge(_ octets: [UInt8]) async throws(CommandFailure) -> Redacted<[UInt8]> {
        connection.writer.challenge(base64: octets)
        let limits = connection.configuration.limits
        var line = ContinuationLine(limit: limits.saslResponse, crlfOnly: connection.configuration.requiresCRLF)
        while true {
            switch line.next(&connection.input) {
            case .line(let octets, let flaws):
                guard flaws.isEmpty else { throw .bad(nil, "A line ends with CRLF") }
                return Redacted(octets)
            case .tooLong: throw .bye(.tooBig, "Line too long", .limitExceeded)
            case .announcesLiteral: throw .bye(nil, "No literal is expected here", .limitExceeded)
            case .needsMore: try await awaitInput(until: commandDeadline)
            }
        }
    }

    /// When the rest of the command at work must have come.
    private var commandDeadline: Duration {
        let timeouts = connection.configuration.timeouts
        guard connection.isLoggedIn else {
            return min(time.commandBegan + timeouts.commandBeforeLogin, connection.loginDeadline)
        }
        return channel.clock.now + timeouts.stall
    }

    /// Writes what is waiting and reads more.
    private mutating func awaitInput(until deadline: Duration) async throws(CommandFailure) {
        if try connection.pull() { return }
        try await flush()
        if connection.isLoggedIn { channel.inbox.renewCommand(until: runDeadline(from: channel.clock.now)) }
        noteHeld()
        channel.transport.read(max: connection.configuration.limits.unreadInput, into: channel.inbox)
        switch await channel.inbox.wait(for: .input, until: deadline) {
        case .input(let octets): connection.receive(octets)
        case .inputEnded: throw .closed(.hangUp)
        case .gone(let reason): throw .closed(reason)
        case .deadline: throw .bye(nil, "Took too long", .timeout)
        case .shutdown: throw .bye(.unavailable, "Server shutting down", .shutdown)
        case .ended, .news: throw .closed(.fault)
        }
    }
}

extension Connection {
    /// When the time to log in is over.
    var loginDeadline: Duration {
        let timeouts = configuration.timeouts
        return began + (origin == .unauthenticate ? timeouts.loginAfterUnauthenticate : timeouts.login)
    }
}
