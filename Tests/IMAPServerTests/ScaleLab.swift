import Dispatch
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Synchronization

@testable import IMAPServer

#if canImport(Glibc)
    import Glibc
#endif

/// What the calling thread has worked so far, in nanoseconds: however busy the machine is with other things.
func threadTime() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Runs the jobs of its tasks one after another, and knows how long they worked.
final class MeasuringExecutor: TaskExecutor {
    private let queue = DispatchQueue(label: "scale")
    private let worked = Mutex<UInt64>(0)

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { [self] in
            let before = threadTime()
            job.runSynchronously(on: asUnownedTaskExecutor())
            let after = threadTime()
            worked.withLock { $0 += after - before }
        }
    }

    /// The work so far, of every job that was enqueued before.
    var nanoseconds: UInt64 {
        queue.sync {}
        return worked.withLock { $0 }
    }
}

/// A client that takes everything at once and keeps its size, its lines and how the last one begins.
final class SwallowingTransport: ByteTransport {
    struct Heard {
        var octets = 0
        var lines = 0
        /// How the last line begins.
        var last: [UInt8] = []
        fileprivate var isAtStart = true
    }

    private struct State {
        var sink: (any InputSink)?
        var waiter: CheckedContinuation<Void, Never>?
        var heard = Heard()
        var isClosed = false
    }

    private let state = Mutex(State())

    var facts: ConnectionFacts {
        ConnectionFacts(local: PeerAddress("server", isLoopback: true), remote: PeerAddress("client", isLoopback: true))
    }

    func read(max: Int, into sink: any InputSink) {
        let waiter = state.withLock { state in
            state.sink = sink
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func write(_ octets: [UInt8]) async throws(TransportError) {
        state.withLock { state in
            state.heard.octets += octets.count
            for octet in octets {
                if state.heard.isAtStart { state.heard.last = [] }
                state.heard.isAtStart = octet == 0x0A
                if state.heard.last.count < 40 { state.heard.last.append(octet) }
                if octet == 0x0A { state.heard.lines += 1 }
            }
        }
    }

    func close() {
        let waiter = state.withLock { state in
            state.isClosed = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    /// Sends a line and waits until the server waits again; without a line, only that.
    func line(_ text: String?) async -> Heard {
        let sink = state.withLock { state in
            state.heard = Heard()
            guard text != nil else { return nil as (any InputSink)? }
            defer { state.sink = nil }
            return state.sink
        }
        if let text { sink?.receive(octets(text + "\r\n")) }
        await withCheckedContinuation { continuation in
            let isReady = state.withLock { state in
                if state.sink == nil, !state.isClosed {
                    state.waiter = continuation
                    return false
                }
                return true
            }
            if isReady { continuation.resume() }
        }
        return state.withLock { $0.heard }
    }
}

/// A server whose every step is on one executor, over a store that counts, and two clients of one mailbox.
struct ScaleLab {
    /// What a command cost.
    struct Cost {
        /// Calls of the store, records it gave, and ranges in sets that went to it and came from it.
        var steps = 0
        var octets = 0
        var lines = 0
        var nanoseconds: UInt64 = 0
    }

    let executor = MeasuringExecutor()
    let store: ModelStore
    private let tables: ServerTables
    private let clock = VirtualClock()
    private let timers: TimerService

    /// `count` messages in INBOX, each second one flagged, and an empty mailbox beside it. Few messages are asked for at
    /// once: what a batch does that costs the mailbox shows in a small one.
    init(messages count: Int, batch: Int) async throws {
        // What happened is remembered, in however many ranges.
        store = ModelStore(MemoryStore(historyLimit: count * 8))
        let odd = MemoryMessage(IMAPServerTests.octets("Subject: x\n\ny\n"))
        let even = MemoryMessage(IMAPServerTests.octets("Subject: x\n\ny\n"), flags: [.flagged])
        try store.memory.append(
            contentsOf: (1...count).map { $0.isMultiple(of: 2) ? even : odd }, to: .inbox, for: user("alice"))
        let account = try await store.memory.account(of: user("alice"))
        if let box = MailboxName("box") { try await account.create(box) }
        try await account.close()
        tables = try ServerTables(
            IMAPExtension.standard.supported(by: store), ServerConfiguration(), authenticator: TestUsers(), store: store
        )
        timers = TimerService(clock: clock)
    }

    func connect(_ number: UInt64) async -> SwallowingTransport {
        let transport = SwallowingTransport()
        let channel = Channel(transport, tables: tables, store: store, clock: clock, timers: timers, executor: executor)
        Driver(
            channel: channel, id: ConnectionID(number), observer: SilentObserver(), preauthenticated: nil, whenOver: {}
        ).begin()
        _ = await transport.line(nil)
        _ = await transport.line("l LOGIN alice secret")
        return transport
    }

    /// What a line costs that must be answered with `status`.
    func cost(
        _ line: String, _ client: SwallowingTransport, _ status: String = "OK"
    ) async throws -> Cost {
        store.reset()
        let before = executor.nanoseconds
        let heard = await client.line("a " + line)
        let end = String(decoding: heard.last, as: UTF8.self)
        guard end.hasPrefix("a \(status) ") else { throw ModelFailure("\(line): \(end)") }
        return Cost(
            steps: store.counts.steps, octets: heard.octets, lines: heard.lines - 1,
            nanoseconds: executor.nanoseconds - before)
    }
}
