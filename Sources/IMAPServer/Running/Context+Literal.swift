import IMAPHost
public import IMAPParser

/// What follows a literal that was streamed.
public enum CommandRest: Sendable {
    /// Another literal was announced; what stands before it.
    case literal(ArgumentReader)
    /// The command's end; what stands before it.
    case end(ArgumentReader)
}

/// The literal of a ``StreamingCommand``.
extension Context {
    /// How many octets the literal that was announced has; `nil` for a number that does not fit 63 bits.
    public var announcedSize: UInt64? {
        guard let header = connection.announcedLiteral else { return 0 }
        return header.size
    }

    /// Whether it was announced as `~{n}`.
    public var announcedIsBinary: Bool { connection.announcedLiteral?.isBinary ?? false }

    /// Takes the literal that was announced, and invites the client to send it, where it waits for that.
    ///
    /// Throws when it is larger than `limit`, or than a client may send without waiting.
    public mutating func acceptLiteral(atMost limit: UInt64) throws(CommandFailure) {
        if let failure = connection.acceptStream(atMost: limit) { throw failure }
        lastHandOut = channel.clock.now
    }

    /// The next octets of the literal; `nil` when it is complete. Waits for the client.
    public mutating func readLiteral() async throws(CommandFailure) -> [UInt8]? {
        while true {
            switch connection.nextStreamed() {
            case .octets(let octets): return octets
            case .end: return nil
            case .needsMore: try await awaitCommandInput()
            }
        }
    }

    /// What follows the literal. Waits for the client.
    public mutating func readRest() async throws(CommandFailure) -> CommandRest {
        while true {
            switch connection.nextRest() {
            case .needsMore: try await awaitCommandInput()
            case .literal(let arguments): return .literal(arguments)
            case .end(let arguments): return .end(arguments)
            case .failed(let failure): throw failure
            }
        }
    }

    /// Waits for octets of a command that is at work already, under the same clock as before it was (R-TIME-1): the
    /// time that the host took is not the client's.
    private mutating func awaitCommandInput() async throws(CommandFailure) {
        if try connection.pull() { return }
        time.shift(by: channel.clock.now - lastHandOut, to: channel.clock.now)
        try await flush()
        channel.inbox.renewCommand(until: runDeadline(from: channel.clock.now))
        noteHeld()
        channel.transport.read(max: connection.configuration.limits.unreadInput, into: channel.inbox)
        while true {
            switch await channel.inbox.wait(for: .input, until: inputDeadline) {
            case .input(let octets):
                noteInput(octets.count)
                connection.receive(octets)
                lastHandOut = channel.clock.now
                return
            case .inputEnded: throw .closed(.hangUp)
            case .gone(let reason): throw .closed(reason)
            case .shutdown: throw .bye(.unavailable, "Server shutting down", .shutdown)
            case .ended: throw .closed(.fault)
            case .news: continue
            case .deadline:
                guard isStillInTime() else { throw .bye(nil, "Idle for too long", .timeout) }
            }
        }
    }
}
