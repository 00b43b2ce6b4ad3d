import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPSession
import IMAPTypes

/// A client that is told what happens while it is waited for: in IDLE, or between commands because it asked for that
/// (NOTIFY, RFC 5465).
struct Listening: Sendable {
    /// IDLE, and what its end is.
    struct Command: Sendable {
        let request: CommandRequest
        let then: @Sendable ([UInt8]) throws(CommandFailure) -> Completion
        var line: ContinuationLine
        /// When the client was silent for too long.
        let deadline: Duration
    }

    /// `nil` between commands.
    var command: Command?
    var pace: NewsPace

    init(_ command: Command?, now: Duration) {
        self.command = command
        pace = NewsPace(now: now)
    }
}

/// A rest: what ends it, and when it ends by itself.
struct Rest: Sendable {
    let interest: Inbox.Interest
    let end: Duration
}

extension Context {
    /// A command goes on listening until the client's next line.
    mutating func listen(
        _ request: CommandRequest, inviting text: ResponseText,
        then: @escaping @Sendable ([UInt8]) throws(CommandFailure) -> Completion
    ) {
        connection.writer.continuationRequest(text)
        let now = channel.clock.now
        setListening(
            Listening(
                Listening.Command(
                    request: request, then: then,
                    line: ContinuationLine(
                        limit: Limits.maximumIdleLine, crlfOnly: connection.configuration.requiresCRLF),
                    deadline: now + connection.configuration.timeouts.idle),
                now: now))
    }

    /// The line that a listening command waits for, once it is there.
    mutating func takeLine() throws(CommandFailure) -> [UInt8]? {
        switch listening?.command?.line.next(&connection.input) {
        case .line(let octets, let flaws):
            guard flaws.isEmpty else { throw .bad(nil, "A line ends with CRLF") }
            return octets
        case .tooLong: throw .bye(.tooBig, "Line too long", .limitExceeded)
        case .announcesLiteral: throw .bye(nil, "No literal is expected here", .limitExceeded)
        case .needsMore, nil: return nil
        }
    }

    /// Nothing is told unasked any more.
    mutating func stopListening() {
        guard isListening else { return }
        setListening(nil)
        connection.machine.changes?.stopListening()
    }

    /// Asks for octets, once, however often the wait for them is interrupted.
    mutating func askForOctets() {
        guard !isReading else { return }
        isReading = true
        if !connection.isInsideCommand { connection.layers.rest() }
        noteHeld()
        channel.transport.read(max: connection.configuration.limits.unreadInput, into: channel.inbox)
    }

    /// Whether the client is told unasked now, between commands: none is at work, and it has not begun to send one.
    var tellsBetweenCommands: Bool {
        connection.isLoggedIn && !connection.isInsideCommand && connection.input.isEmpty
            && read(UnaskedNews.self).timing != .withCommands
    }

    /// Tells what happened, and asks for octets. Between commands that is until the first octet of one comes: never in
    /// the middle of a command, of which the client may be waiting for a continuation.
    ///
    /// The time a client may be silent goes on, whatever it is told.
    mutating func tellAndRest() async throws(CommandFailure) -> Rest {
        // Whoever is marked from here on ends the rest.
        connection.machine.changes?.listen(for: listenedMailbox, wantedTopics, channel.inbox)
        let said = connection.writer.size
        try await tellWhileListening()
        listening?.pace.looked(at: channel.clock.now, toldSomething: connection.writer.size != said)
        try await flush()
        let deadline = listening?.command?.deadline ?? inputDeadline
        guard channel.clock.now < deadline else { throw .bye(nil, "Idle for too long", .timeout) }
        askForOctets()
        guard let end = listening?.pace.restsUntil else { return Rest(interest: .inputOrNews, end: deadline) }
        return Rest(interest: .input, end: min(end, deadline))
    }

    /// A store that does not answer is cut off as it is in a command.
    private mutating func tellWhileListening() async throws(CommandFailure) {
        if listening?.command == nil {
            tag = nil
            expunge = read(UnaskedNews.self).timing == .atOnce ? .permitted : .forbiddenWithSequenceNumbers
        }
        channel.inbox.beginCommand(until: runDeadline(from: channel.clock.now))
        defer { channel.inbox.endCommand() }
        try await tellNews()
    }

    /// The mailbox whose changes are told at once.
    private var listenedMailbox: MailboxName? {
        read(UnaskedNews.self).tellsMessages ? connection.machine.mailbox?.name : nil
    }
}

/// How often a store is asked that has nothing to say, or cannot say it, and is marked all the same.
struct NewsPace: Sendable {
    private static let looks = 8
    private static let stretch = Duration.seconds(1)

    private var began: Duration
    private var fruitless = 0
    /// Until when no mark is looked at.
    private(set) var restsUntil: Duration?

    init(now: Duration) { began = now }

    mutating func looked(at now: Duration, toldSomething: Bool) {
        if toldSomething || now - began >= NewsPace.stretch {
            began = now
            fruitless = 0
        }
        if !toldSomething { fruitless += 1 }
        restsUntil = fruitless > NewsPace.looks ? began + NewsPace.stretch : nil
    }
}
