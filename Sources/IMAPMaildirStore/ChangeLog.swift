import IMAPTypes

/// What happened in one mailbox, newest last: a row for each range of UIDs that a change touched.
///
/// The log is bounded. What fell out of it makes older tokens unanswerable, never wrong.
struct ChangeLog: Sendable {
    /// What happened to the messages of a row.
    enum Kind: UInt8, Sendable {
        case appeared = 0
        case flagsChanged = 1
        case vanished = 2
    }

    struct Row: Sendable {
        let modSequence: UInt64
        let run: NumberRanges.Run
        let kind: Kind
    }

    let capacity: Int
    private var stored: [Row] = []
    /// The rows before this one are forgotten; they are removed many at a time.
    private var head = 0
    /// Every change after this mod-sequence is in the log.
    private(set) var floor: UInt64
    /// Every expunge after this mod-sequence is in the log: flags that changed may push out one another for long.
    private var vanishedFloor: UInt64

    init(capacity: Int, floor: UInt64) {
        self.capacity = max(capacity, 0)
        self.floor = floor
        vanishedFloor = floor
    }

    /// The rows, oldest first.
    var rows: ArraySlice<Row> { stored[head...] }

    /// Adds a change. `modSequence` is not smaller than that of any before it.
    mutating func record(_ kind: Kind, _ uids: UIDSet, at modSequence: UInt64) {
        for run in uids.ranges.runs { stored.append(Row(modSequence: modSequence, run: run, kind: kind)) }
        while rows.count > capacity {
            floor = stored[head].modSequence
            if stored[head].kind == .vanished { vanishedFloor = floor }
            head += 1
        }
        if head > capacity {
            stored.removeFirst(head)
            head = 0
        }
    }

    /// What happened after `modSequence`, or `nil` when that is no longer known.
    func changes(after modSequence: UInt64) -> (appeared: UIDSet, vanished: UIDSet, flagsChanged: UIDSet)? {
        guard modSequence >= floor else { return nil }
        var sets: [Kind: [NumberRanges.Run]] = [:]
        for row in rows(after: modSequence) { sets[row.kind, default: []].append(row.run) }
        func set(_ kind: Kind) -> UIDSet { UIDSet(ranges: NumberRanges(merging: sets[kind] ?? [])) }
        let (came, went, other) = (set(.appeared), set(.vanished), set(.flagsChanged))
        return (came.subtracting(went), went.subtracting(came), other.subtracting(came).subtracting(went))
    }

    /// What vanished after `modSequence`, whether it had come before or not; `nil` when that is no longer known.
    func vanished(after modSequence: UInt64) -> UIDSet? {
        guard modSequence >= vanishedFloor else { return nil }
        let runs = rows(after: modSequence).filter { $0.kind == .vanished }.map(\.run)
        return UIDSet(ranges: NumberRanges(merging: runs))
    }

    private func rows(after modSequence: UInt64) -> ArraySlice<Row> {
        var index = stored.endIndex
        while index > head, stored[index - 1].modSequence > modSequence { index -= 1 }
        return stored[index...]
    }
}
