public import IMAPHost
import IMAPTypes
import Synchronization

/// A user whom the transport has authenticated before the first octet: a PREAUTH greeting.
public struct PreauthenticatedUser: Hashable, Sendable {
    public let identity: AuthenticationIdentity
    public let user: UserIdentity

    public init(_ identity: AuthenticationIdentity, as user: UserIdentity) {
        self.identity = identity
        self.user = user
    }
}

/// An IMAP server without sockets: a host accepts connections and hands each to ``accept(_:preauthenticated:on:)``.
///
///     let server = try Server(
///         store: store, authenticator: users, extensions: IMAPExtension.standard.supported(by: store))
///     server.accept(transport)
///     ...
///     await server.shutdown(within: .seconds(5))
public final class Server: Sendable {
    private struct State {
        var nextID: UInt64 = 1
        var connections: [ConnectionID: Channel] = [:]
        var isShutDown = false
        /// Those that were not gone in time were cut off: nobody waits for them.
        var isCutOff = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    let tables: ServerTables
    private let store: any MailStore
    private let observer: any ServerObserver
    private let clock: any ServerClock
    private let timers: TimerService
    let readings: ReadingBudget
    private let state = Mutex(State())

    /// Makes a server. Throws when the extensions do not fit together: the host's mistake.
    public init(
        store: any MailStore, authenticator: any Authenticator, extensions: [IMAPExtension],
        configuration: ServerConfiguration = ServerConfiguration(), observer: any ServerObserver = SilentObserver(),
        clock: any ServerClock = SystemClock()
    ) throws(ConfigurationError) {
        tables = try ServerTables(extensions, configuration, authenticator: authenticator, store: store)
        self.store = store
        self.observer = observer
        self.clock = clock
        timers = TimerService(clock: clock)
        readings = ReadingBudget(tables.configuration, clock: clock, timers: timers)
    }

    /// A server of another store of the same type, with the tables of `other`: for tests that make many.
    package init(
        like other: Server, store: any MailStore, observer: any ServerObserver, clock: any ServerClock
    ) {
        tables = other.tables
        self.store = store
        self.observer = observer
        self.clock = clock
        timers = TimerService(clock: clock)
        readings = ReadingBudget(tables.configuration, clock: clock, timers: timers)
    }

    /// How many connections there are.
    public var connectionCount: Int { state.withLock { $0.connections.count } }

    /// Whether every connection waits for its client, and nothing that it has not looked at was said to it: until a
    /// client or the store does something, no octet will be written.
    package var isResting: Bool {
        state.withLock { Array($0.connections.values) }.allSatisfy { $0.inbox.isResting }
    }

    /// Serves a connection, in tasks of its own, and returns at once.
    ///
    /// With an `executor`, its tasks run there, and so does what it asks of the store and the authenticator, unless they
    /// go elsewhere: an event loop that works off on its own thread what its sockets bring saves the way to another.
    /// Long commands give way between messages, and within long ones (`Task.yield()`); a store that blocks its thread
    /// blocks all of the executor's connections.
    ///
    /// Returns the connection's name for observers. After ``shutdown(within:)`` the transport is closed and there is
    /// none.
    @discardableResult
    public func accept(
        _ transport: any ByteTransport, preauthenticated: PreauthenticatedUser? = nil,
        on executor: (any TaskExecutor)? = nil
    ) -> ConnectionID? {
        accept(transport, preauthenticated: preauthenticated, on: executor, meter: nil)
    }

    /// The same, with somebody who is told what the connection holds.
    @discardableResult
    package func accept(
        _ transport: any ByteTransport, preauthenticated: PreauthenticatedUser? = nil,
        on executor: (any TaskExecutor)? = nil, meter: (any HeldOctetsMeter)?
    ) -> ConnectionID? {
        let channel = Channel(
            transport, tables: tables, store: store, clock: clock, timers: timers, readings: readings,
            executor: executor, meter: meter)
        let id: ConnectionID? = state.withLock { state in
            guard !state.isShutDown else { return nil }
            let id = ConnectionID(state.nextID)
            state.nextID += 1
            state.connections[id] = channel
            return id
        }
        guard let id else {
            transport.close()
            channel.inbox.detach()
            return nil
        }
        Driver(channel: channel, id: id, observer: observer, preauthenticated: preauthenticated) { self.remove(id) }
            .begin()
        return id
    }

    private func remove(_ id: ConnectionID) {
        let isLast = state.withLock { state in
            state.connections[id] = nil
            return state.connections.isEmpty
        }
        if isLast { resumeWaiters() }
    }

    private func resumeWaiters() {
        let waiters = state.withLock { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Ends every connection: the command that runs is completed, `* BYE` is sent, and nothing more is accepted.
    ///
    /// Returns when all are gone. After `limit` those that are not are cut off, and it returns without waiting for a
    /// host that ignores cancellation.
    public func shutdown(within limit: Duration) async {
        let channels = state.withLock { state in
            state.isShutDown = true
            return Array(state.connections.values)
        }
        for channel in channels { channel.inbox.shutdown() }
        let cutter = Task {
            await clock.sleep(until: clock.now + min(limit, Timeouts.longest))
            guard !Task.isCancelled else { return }
            for channel in self.state.withLock({ Array($0.connections.values) }) {
                channel.inbox.cancelTask()
                channel.transport.close()
            }
            self.state.withLock { $0.isCutOff = true }
            self.resumeWaiters()
        }
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isOver = state.withLock { state in
                let isOver = state.connections.isEmpty || state.isCutOff
                if !isOver { state.waiters.append(continuation) }
                return isOver
            }
            if isOver { continuation.resume() }
        }
        cutter.cancel()
    }
}
