import IMAPHost
import IMAPTypes

/// The clock of a client that is being waited for (R-TIME-1).
struct InputClock: Sendable {
    /// When the last octet came, or the wait began.
    var lastOctet: Duration
    /// The stretch in which a command's rate is measured.
    var stretchBegan: Duration?
    var stretchOctets = 0
}

extension Context {
    /// Begins, or goes on with, the wait for octets.
    mutating func watchCommand() {
        let now = channel.clock.now
        guard connection.isInsideCommand else {
            time = InputClock(lastOctet: now)
            return
        }
        if time.stretchBegan == nil { time.stretchBegan = now }
    }

    mutating func noteInput(_ count: Int) {
        time.lastOctet = channel.clock.now
        time.stretchOctets += count
    }

    /// When the wait must be looked at again.
    var inputDeadline: Duration {
        let timeouts = connection.configuration.timeouts
        switch (connection.isLoggedIn, time.stretchBegan) {
        case (false, nil): return connection.loginDeadline
        case (false, let began?): return min(connection.loginDeadline, began + timeouts.commandBeforeLogin)
        case (true, nil): return time.lastOctet + timeouts.idle
        case (true, let began?): return min(time.lastOctet, began) + timeouts.stall
        }
    }

    /// Whether a client whose deadline has come may go on: only one that sends a command, after login, fast enough.
    mutating func isStillInTime() -> Bool {
        let timeouts = connection.configuration.timeouts
        let now = channel.clock.now
        guard connection.isLoggedIn, let began = time.stretchBegan, now < time.lastOctet + timeouts.stall else {
            return false
        }
        guard now >= began + timeouts.stall else { return true }
        let seconds = Int(timeouts.stall.components.seconds)
        guard time.stretchOctets / max(seconds, 1) >= timeouts.minimumRate else { return false }
        time.stretchBegan = now
        time.stretchOctets = 0
        return true
    }
}
