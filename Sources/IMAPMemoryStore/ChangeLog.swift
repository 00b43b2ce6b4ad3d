import IMAPTypes

/// What happened in one mailbox, newest last: a row of 24 octets for each range of UIDs an operation touched.
///
/// The log is bounded. What fell out of it makes older tokens unanswerable, never wrong.
struct ChangeLog: Sendable {
    /// What happened to the messages of a row.
    enum Kind: Sendable {
        case appeared
        case flagsChanged
        case vanished
    }

    private struct Row: Sendable {
        let modSequence: UInt64
        let run: NumberRanges.Run
        let kind: Kind
    }

    /// The most rows kept.
    let capacity: Int
    private var rows: [Row] = []
    /// The rows before this one are forgotten; they are removed many at a time.
    private var head = 0
    /// Every change after this mod-sequence is in the log.
    private(set) var floor: UInt64
    /// Every expunge after this mod-sequence is in the log: flags that changed may push out one another for long.
    private var vanishedFloor: UInt64

    /// An empty log of a mailbox whose highest mod-sequence is `floor`.
    init(capacity: Int, floor: ModSequence) {
        self.capacity = max(capacity, 0)
        self.floor = floor.rawValue
        vanishedFloor = floor.rawValue
    }

    /// The rows in use.
    var count: Int { rows.count - head }

    /// Adds one operation. `modSequence` is greater than that of every operation before it.
    mutating func record(_ kind: Kind, _ uids: UIDSet, at modSequence: ModSequence) {
        for run in uids.ranges.runs { rows.append(Row(modSequence: modSequence.rawValue, run: run, kind: kind)) }
        while count > capacity {
            floor = rows[head].modSequence
            if rows[head].kind == .vanished { vanishedFloor = floor }
            head += 1
        }
        if head > capacity {
            rows.removeFirst(head)
            head = 0
        }
    }

    /// What happened after `modSequence`, or `nil` when that is no longer, or not yet, known.
    ///
    /// Costs in the rows after it, not in messages. A message that came and went in between is in no set.
    func changes(
        after modSequence: UInt64
    ) -> (appeared: UIDSet, vanished: UIDSet, flagsChanged: UIDSet)? {
        guard modSequence >= floor else { return nil }
        var appeared: [NumberRanges.Run] = []
        var vanished: [NumberRanges.Run] = []
        var changed: [NumberRanges.Run] = []
        for row in rows[firstRow(after: modSequence)...] {
            switch row.kind {
            case .appeared: appeared.append(row.run)
            case .vanished: vanished.append(row.run)
            case .flagsChanged: changed.append(row.run)
            }
        }
        let came = UIDSet(ranges: NumberRanges(merging: appeared))
        let went = UIDSet(ranges: NumberRanges(merging: vanished))
        let other = UIDSet(ranges: NumberRanges(merging: changed))
        return (came.subtracting(went), went.subtracting(came), other.subtracting(came).subtracting(went))
    }

    /// What vanished after `modSequence`, whether it had come before or not; `nil` when that is no longer known.
    func vanished(after modSequence: UInt64) -> UIDSet? {
        guard modSequence >= vanishedFloor else { return nil }
        let runs = rows[firstRow(after: modSequence)...].lazy.filter { $0.kind == .vanished }.map { $0.run }
        return UIDSet(ranges: NumberRanges(merging: Array(runs)))
    }

    private func firstRow(after modSequence: UInt64) -> Int {
        var low = head
        var high = rows.count
        while low < high {
            let middle = low + (high - low) / 2
            if rows[middle].modSequence <= modSequence { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
