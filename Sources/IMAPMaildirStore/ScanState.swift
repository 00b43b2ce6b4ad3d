/// When the directories of a mailbox were looked through, and how they were then.
struct ScanState {
    /// When each directory last changed, as seen before it was read; `nil`: not read yet.
    var changed: [Int64]?
    var startedAt: Int64 = 0
    var duration: Int64 = 0
    /// The clock of a file system is coarse, and our own changes look like anyone's: something may have happened that
    /// ``changed`` does not show.
    var isUnsettled = false
    /// What a damaged index said of messages, by base.
    var salvaged: [[UInt8]: MessageRow] = [:]

    /// A change within this time of a reading may not be told from one before it, in nanoseconds.
    private static let grain: Int64 = 50_000_000
    /// Nobody is asked more often than this just because something may have happened.
    private static let shortestPause: Int64 = 100_000_000

    /// Whether to look again although the directories look the same.
    func isDue(at now: Int64) -> Bool { timeUntilDue(at: now) == 0 }

    /// In how many nanoseconds to look again although the directories look the same; `nil`: never. Looking takes a
    /// twentieth of the time at most.
    func timeUntilDue(at now: Int64) -> Int64? {
        guard isUnsettled else { return nil }
        let (long, overflow) = duration.multipliedReportingOverflow(by: 20)
        let pause = max(ScanState.shortestPause, overflow ? .max : long)
        let since = now.subtractingReportingOverflow(startedAt)
        guard !since.overflow, since.partialValue >= 0 else { return 0 }
        return max(0, pause - since.partialValue)
    }

    mutating func finish(from start: Int64, to end: Int64, changed: [Int64]) {
        startedAt = start
        duration = max(0, end - start)
        self.changed = changed
        isUnsettled = changed.contains { $0 > start - ScanState.grain }
        salvaged = [:]
    }

    mutating func forget() { changed = nil }

    /// The directories are looked through when somebody next asks, and not before.
    mutating func giveUp() {
        forget()
        isUnsettled = false
    }
}
