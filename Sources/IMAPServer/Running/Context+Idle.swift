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
        if let name = connection.machine.mailbox?.name { changes?.listen(for: name, channel.inbox) }
        defer { changes?.stopListening() }
        connection.writer.continuationRequest(text)
        var line = ContinuationLine(limit: 64, crlfOnly: connection.configuration.requiresCRLF)
        let deadline = channel.clock.now + connection.configuration.timeouts.idle
        var isReading = false
        while true {
            switch line.next(&connection.input) {
            case .line(let octets, let flaws):
                guard flaws.isEmpty else { throw .bad(nil, "A line ends with CRLF") }
                return octets
            case .tooLong: throw .bye(.tooBig, "Line too long", .limitExceeded)
            case .needsMore:
                try await tellNews()
                try await awaitInputOrNews(until: deadline, &isReading)
            }
        }
    }

    /// Octets are asked for once, however often news comes before them.
    private mutating func awaitInputOrNews(
        until deadline: Duration, _ isReading: inout Bool
    ) async throws(CommandFailure) {
        if try connection.pull() { return }
        try await flush()
        if !isReading { channel.transport.read(max: connection.configuration.limits.unreadInput, into: channel.inbox) }
        isReading = true
        switch await channel.inbox.wait(for: .inputOrNews, until: deadline) {
        case .input(let octets):
            isReading = false
            connection.receive(octets)
        case .news: return
        case .inputEnded: throw .closed(.hangUp)
        case .gone(let reason): throw .closed(reason)
        case .deadline: throw .bye(nil, "Idle for too long", .timeout)
        case .shutdown: throw .bye(.unavailable, "Server shutting down", .shutdown)
        case .ended: throw .closed(.fault)
        }
    }
}
