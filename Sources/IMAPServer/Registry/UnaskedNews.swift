import IMAPHost
public import IMAPSession
import IMAPTypes

/// What a client is told unasked, and when (RFC 5465 section 3.1).
///
/// Until an extension says otherwise that is everything that happens to the messages of the selected mailbox, with the
/// commands that allow it and in IDLE. It ends with the account, as what the client registered for does.
public struct UnaskedNews: ConnectionState {
    public static let scope = Scope.account

    /// When the client is told.
    public enum Timing: Sendable, Hashable {
        /// With commands, and in IDLE.
        case withCommands
        /// Also while no command is at work; but EXPUNGE only with the commands that allow it.
        case atOnceButExpunge
        /// Also while no command is at work, and EXPUNGE too: the client uses no sequence numbers.
        case atOnce
    }

    /// Whether the client is told which messages of the selected mailbox come and go. Without that it is told nothing of
    /// them but what it does itself: for the client the mailbox stays as it was.
    public let tellsMessages: Bool
    /// Whether the client is told which flags change.
    public let tellsFlags: Bool
    public let timing: Timing
    /// Whether FETCH responses that tell of flags have the UID, whatever else says so.
    public let addsUID: Bool

    private init(tellsMessages: Bool, tellsFlags: Bool, timing: Timing, addsUID: Bool) {
        self.tellsMessages = tellsMessages
        self.tellsFlags = tellsFlags
        self.timing = timing
        self.addsUID = addsUID
    }

    public static func fresh() -> UnaskedNews {
        UnaskedNews(tellsMessages: true, tellsFlags: true, timing: .withCommands, addsUID: false)
    }

    /// Nothing of the selected mailbox, and the rest when `timing` says.
    public static func nothingSelected(_ timing: Timing) -> UnaskedNews {
        UnaskedNews(tellsMessages: false, tellsFlags: false, timing: timing, addsUID: false)
    }

    /// What happens to the messages of the selected mailbox, to their flags only where `tellsFlags` says so.
    public static func ofSelected(tellsFlags: Bool, _ timing: Timing) -> UnaskedNews {
        UnaskedNews(tellsMessages: true, tellsFlags: tellsFlags, timing: timing, addsUID: true)
    }

    public consuming func end() -> Ending { .drop }
}

extension Context {
    /// Tells what happened to the selected mailbox and was not told yet, as NOOP would in a session that is told
    /// everything.
    public mutating func tellEverything() async throws(CommandFailure) {
        let before = read(UnaskedNews.self)
        write(UnaskedNews.fresh())
        do {
            let untold = connection.machine.mailbox?.untoldFlags ?? UIDSet()
            try await respondFlags(of: untold)
            _ = connection.machine.withMailbox { $0.untoldFlags = UIDSet() }
            try await synchronise(asks: true)
        } catch {
            write(before)
            throw error
        }
        write(before)
    }
}
