import IMAPHost
import IMAPTypes

/// The clock of a client that is being waited for (R-TIME-1).
struct InputClock: Sendable {
    /// When the last octet came, or the server was ready for the next.
    var lastOctet: Duration
    /// When the command that is being read began.
    var commandBegan: Duration
    /// How many commands were read to their end when it began.
    var commandsBefore: Int
    /// The stretch in which a command's rate is measured.
    var stretchBegan: Duration
    var stretchOctets = 0

    init(now: Duration, commandsBefore: Int) {
        lastOctet = now
        commandBegan = now
        stretchBegan = now
        self.commandsBefore = commandsBefore
    }
}

extension InputClock {
    /// Leaves out a time that was not the client's.
    mutating func shift(by own: Duration, to now: Duration) {
        lastOctet = now
        stretchBegan += own
    }
}

extension Context {
    /// Begins, or goes on with, the wait for octets. The clock begins anew with each command, answered or refused.
    mutating func watchCommand() {
        guard !connection.isInsideCommand || time.commandsBefore != connection.commandsAnswered else { return }
        restartClock()
    }

    /// The server is ready for octets from now on: its own time is not the client's.
    mutating func restartClock() {
        time = InputClock(now: channel.clock.now, commandsBefore: connection.commandsAnswered)
    }

    mutating func noteInput(_ count: Int) {
        time.lastOctet = channel.clock.now
        if !connection.isInsideCommand {
            time.commandBegan = time.lastOctet
            time.stretchBegan = time.lastOctet
        }
        time.stretchOctets += count
    }

    /// When a command that runs is cut off: before login the time to log in holds for the host too; after it, a command
    /// is under the idle timer (RFC 9051 section 5.4).
    func runDeadline(from now: Duration) -> Duration {
        connection.isLoggedIn ? now + connection.configuration.timeouts.idle : connection.loginDeadline
    }

    /// Writes out what must be out before more is read: the server is ready for the next octet only then.
    mutating func flushBeforeInput() async throws(CommandFailure) {
        try await flush()
        time.lastOctet = channel.clock.now
    }

    /// When the wait must be looked at again.
    var inputDeadline: Duration {
        let timeouts = connection.configuration.timeouts
        switch (connection.isLoggedIn, connection.isInsideCommand) {
        case (false, false): return connection.loginDeadline
        case (false, true): return min(connection.loginDeadline, time.commandBegan + timeouts.commandBeforeLogin)
        case (true, false): return time.lastOctet + timeouts.idle
        case (true, true): return min(time.lastOctet, time.stretchBegan) + timeouts.stall
        }
    }

    /// Whether a client whose deadline has come may go on: only one that sends a command, after login, fast enough.
    mutating func isStillInTime() -> Bool {
        let timeouts = connection.configuration.timeouts
        let now = channel.clock.now
        guard connection.isLoggedIn, connection.isInsideCommand, now < time.lastOctet + timeouts.stall else {
            return false
        }
        guard now >= time.stretchBegan + timeouts.stall else { return true }
        let seconds = Int(timeouts.stall.components.seconds)
        guard time.stretchOctets / max(seconds, 1) >= timeouts.minimumRate else { return false }
        time.stretchBegan = now
        time.stretchOctets = 0
        return true
    }
}
