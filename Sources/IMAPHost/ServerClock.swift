/// Monotonic time. The library reads no other clock; tests bring a virtual one.
public protocol ServerClock: Sendable {
    /// Time since some fixed moment. Never goes back.
    var now: Duration { get }

    /// Returns when ``now`` has reached `deadline`, or earlier when the task is cancelled.
    func sleep(until deadline: Duration) async
}

/// The system's monotonic clock.
public struct SystemClock: ServerClock {
    private let start = ContinuousClock.now
    /// 136 years. A deadline behind them stands for none, and the clocks of the system could not hold it.
    private static let longest = Duration.seconds(1 << 32)

    public init() {}

    public var now: Duration { start.duration(to: ContinuousClock.now) }

    public func sleep(until deadline: Duration) async {
        // Cancelled early is what the caller asked for; there is nothing else that can be thrown.
        let end = start.advanced(by: min(max(deadline, .zero), SystemClock.longest))
        try? await Task.sleep(until: end, clock: .continuous)
    }
}
