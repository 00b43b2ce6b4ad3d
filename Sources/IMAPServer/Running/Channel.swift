import IMAPHost
import IMAPSession
import IMAPTypes

/// What a running connection has around it: the way out, the inbox, the host and the clock. No state of any user.
final class Channel: Sendable {
    let transport: any ByteTransport
    let inbox: Inbox
    let tables: ServerTables
    let store: any MailStore
    let clock: any ServerClock
    let timers: TimerService
    /// Shared by all connections of the server.
    let readings: ReadingBudget
    /// Where the connection's tasks run; the default is the runtime's own.
    let executor: (any TaskExecutor)?
    let meter: (any HeldOctetsMeter)?
    let isMetered: Bool

    init(
        _ transport: any ByteTransport, tables: ServerTables, store: any MailStore, clock: any ServerClock,
        timers: TimerService, readings: ReadingBudget? = nil, executor: (any TaskExecutor)? = nil,
        meter: (any HeldOctetsMeter)? = nil
    ) {
        self.transport = transport
        self.tables = tables
        self.store = store
        self.clock = clock
        self.timers = timers
        self.readings = readings ?? ReadingBudget(tables.configuration, clock: clock, timers: timers)
        self.executor = executor
        self.meter = meter
        isMetered = meter != nil
        inbox = Inbox(transport, timers: timers)
    }

    func write(_ octets: [UInt8]) async throws(CommandFailure) {
        guard !octets.isEmpty else { return }
        inbox.beginWriting(until: clock.now + tables.configuration.timeouts.write)
        defer { inbox.endWriting() }
        do {
            try await transport.write(octets)
        } catch {
            throw .closed(inbox.gone ?? (inbox.hasExpired ? .timeout : .hangUp))
        }
    }

    func pause(until end: Duration) async {
        _ = await inbox.wait(for: .deadline, until: end)
    }

    /// Runs what the end of some scopes asks for, all of it, within its time.
    func run(_ endings: Endings) async -> EndingOutcome {
        guard !endings.isEmpty else { return .finished }
        let inbox = inbox
        let number = inbox.beginEnding()
        let work = endings.work
        // Counted from here: the work may hold this thread before it waits for anything.
        let deadline = clock.now + tables.configuration.timeouts.ending
        // A task of its own: the connection's may be cancelled, and this must not be. It begins here and now: a host that
        // has nothing to wait for is done when it is waited for.
        Task.immediate(executorPreference: executor) {
            var failed = false
            for one in work {
                do { try await one() } catch { failed = true }
            }
            inbox.finishEnding(number, failed ? .failed : .finished)
        }
        // Most often it is over: then nothing is waited for.
        if let outcome = inbox.ending { return EndingOutcome(outcome) }
        return switch await inbox.wait(for: .ending, until: deadline) {
        case .ended(let outcome): EndingOutcome(outcome)
        case .input, .inputEnded, .gone, .deadline, .shutdown, .news: .abandoned
        }
    }

    /// How the end of some scopes went.
    enum EndingOutcome: Sendable, Equatable {
        case finished
        /// Some of it threw. All of it ran.
        case failed
        /// It did not return in time. It goes on, and holds nothing that can write.
        case abandoned

        init(_ outcome: Inbox.EndingOutcome) {
            self = outcome == .finished ? .finished : .failed
        }
    }
}
