import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPSession
public import IMAPTypes

extension Context {
    /// Sends a continuation request, and waits for the client's next line while it tells what happens in the selected
    /// mailbox: IDLE.
    ///
    /// While nothing happens it costs nothing: the store's wake is what ends the wait. Throws when the line is longer
    /// than a word, when the client is gone, and when it said nothing for as long as it may be silent (RFC 9051
    /// section 5.4).
    public mutating func awaitLine(
        inviting text: ResponseText
    ) async throws(CommandFailure) -> [UInt8] {
        let changes = connection.machine.account?.changes
        changes?.listen(for: listenedMailbox, wantedTopics, channel.inbox)
        defer { changes?.stopListening() }
        connection.writer.continuationRequest(text)
        var line = ContinuationLine(limit: 64, crlfOnly: connection.configuration.requiresCRLF)
        let deadline = channel.clock.now + connection.configuration.timeouts.idle
        // The command is cut off later than it ends by itself, with BYE, even when the store is being asked just then.
        channel.inbox.renewCommand(until: deadline + connection.configuration.timeouts.ending)
        var pace = NewsPace(now: channel.clock.now)
        var isReading = false
        while true {
            switch line.next(&connection.input) {
            case .line(let octets, let flaws):
                guard flaws.isEmpty else { throw .bad(nil, "A line ends with CRLF") }
                return octets
            case .tooLong: throw .bye(.tooBig, "Line too long", .limitExceeded)
            case .announcesLiteral: throw .bye(nil, "No literal is expected here", .limitExceeded)
            case .needsMore:
                let said = connection.writer.size
                try await tellNews()
                pace.looked(at: channel.clock.now, toldSomething: connection.writer.size != said)
                try await awaitInputOrNews(until: deadline, pace, &isReading)
            }
        }
    }

    /// Octets are asked for once, however often news comes before them.
    private mutating func awaitInputOrNews(
        until deadline: Duration, _ pace: NewsPace, _ isReading: inout Bool
    ) async throws(CommandFailure) {
        if try connection.pull() { return }
        try await flush()
        guard channel.clock.now < deadline else { throw .bye(nil, "Idle for too long", .timeout) }
        noteHeld()
        if !isReading { channel.transport.read(max: connection.configuration.limits.unreadInput, into: channel.inbox) }
        isReading = true
        let end = pace.restsUntil.map { min($0, deadline) } ?? deadline
        switch await channel.inbox.wait(for: pace.restsUntil == nil ? .inputOrNews : .input, until: end) {
        case .input(let octets):
            isReading = false
            connection.receive(octets)
        case .news: await Task.yield()
        case .inputEnded: throw .closed(.hangUp)
        case .gone(let reason): throw .closed(reason)
        // Its own end is looked at above.
        case .deadline: return
        case .shutdown: throw .bye(.unavailable, "Server shutting down", .shutdown)
        case .ended: throw .closed(.fault)
        }
    }
}

extension Context {
    /// The mailbox whose changes are told at once.
    private var listenedMailbox: MailboxName? {
        read(UnaskedNews.self).tellsMessages ? connection.machine.mailbox?.name : nil
    }
}

/// Between commands: what a client asked for that listens always (NOTIFY, RFC 5465).
extension Context {
    /// Whether the client is told unasked now: no command is at work, and it has not begun to send one.
    var tellsBetweenCommands: Bool {
        connection.isLoggedIn && !connection.isInsideCommand && connection.input.isEmpty
            && read(UnaskedNews.self).timing != .withCommands
    }

    /// Waits for octets of a command, and tells what happens until the first of them comes: never in the middle of a
    /// command, of which the client may be waiting for a continuation.
    ///
    /// While nothing happens it costs nothing. The time a client may be silent goes on, whatever it is told.
    mutating func awaitCommand() async throws(CommandFailure) {
        watchCommand()
        let changes = connection.machine.account?.changes
        defer { changes?.stopListening() }
        var pace = NewsPace(now: channel.clock.now)
        var isReading = false
        while true {
            // Whoever is marked from here on ends the wait below.
            changes?.listen(for: listenedMailbox, wantedTopics, channel.inbox)
            let said = connection.writer.size
            try await tellBetweenCommands()
            pace.looked(at: channel.clock.now, toldSomething: connection.writer.size != said)
            try await flush()
            guard channel.clock.now < inputDeadline else { throw .bye(nil, "Idle for too long", .timeout) }
            if !isReading {
                noteHeld()
                channel.transport.read(max: connection.configuration.limits.unreadInput, into: channel.inbox)
                isReading = true
            }
            let end = pace.restsUntil.map { min($0, inputDeadline) } ?? inputDeadline
            switch await channel.inbox.wait(for: pace.restsUntil == nil ? .inputOrNews : .input, until: end) {
            case .input(let octets):
                noteInput(octets.count)
                return connection.receive(octets)
            case .news: await Task.yield()
            // Its own end is looked at above.
            case .deadline: continue
            case .inputEnded: throw .closed(.hangUp)
            case .gone(let reason): throw .closed(reason)
            case .shutdown: throw .bye(.unavailable, "Server shutting down", .shutdown)
            case .ended: throw .closed(.fault)
            }
        }
    }

    /// A store that does not answer is cut off as it is in a command.
    private mutating func tellBetweenCommands() async throws(CommandFailure) {
        tag = nil
        expunge = read(UnaskedNews.self).timing == .atOnce ? .permitted : .forbiddenWithSequenceNumbers
        channel.inbox.beginCommand(channel.transport, until: runDeadline)
        defer { channel.inbox.endCommand() }
        try await tellNews()
    }
}

/// How often a store is asked that has nothing to say, or cannot say it, and is marked all the same.
private struct NewsPace: Sendable {
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
