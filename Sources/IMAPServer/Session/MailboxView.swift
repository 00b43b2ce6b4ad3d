public import IMAPHost
public import IMAPSession
public import IMAPTypes

/// The selected mailbox as its client knows it: the map of sequence numbers, and what was told so far.
///
/// Four octets for each message, and for a while a memory of the session's own changes: in ranges, of which there are at
/// most two for each message.
public struct MailboxView: ScopeRoot {
    /// A store that says there are more is taken to be damaged: half a gigabyte of UIDs.
    static let mostMessages = 1 << 27

    public let mailbox: any Mailbox
    /// The name by which it was opened.
    public let name: MailboxName
    public let access: MailboxAccess
    let uidValidity: UIDValidity
    /// The greatest mod-sequence when the mailbox was opened: every change up to it is known. `nil` when the mailbox
    /// keeps none.
    public let highestModSequence: ModSequence?
    /// UIDs in order: a message's sequence number is its index and one.
    private(set) var uids: [UInt32]
    public private(set) var recent: UIDSet
    package var token: ChangeToken
    /// In a session that resynchronises: every change up to this mod-sequence was told.
    var toldModSequence: ModSequence?
    /// Messages were taken out of the view since the client was told where it stands.
    private(set) var hasToldVanished = false
    /// This session's own changes: the messages that got a mod-sequence from one, until the store was asked next.
    private var ownChanges: [ModSequence: UIDSet] = [:]
    /// The ranges in ``ownChanges``.
    private var ownChangeRanges = 0
    /// Messages that there were or that came, and that this session does not see.
    private var hidden = UIDSet()
    /// Messages that are gone and whose EXPUNGE could not be sent yet: they keep their numbers.
    private(set) var vanished = UIDSet()
    /// Tells the observer of a host that contradicts itself.
    let report: @Sendable (String) -> Void

    /// Messages whose flags changed, of which a client that does not want to know them was not told.
    var untoldFlags = UIDSet()
    /// Messages that this session put here itself and that were not told yet.
    public private(set) var ownArrivals = UIDSet()

    package init(
        _ open: OpenMailbox, name: MailboxName, report: @escaping @Sendable (String) -> Void = { (_: String) in }
    ) {
        self.report = report
        mailbox = open.mailbox
        uidValidity = open.uidValidity
        self.name = name
        access = open.access
        highestModSequence = open.highestModSequence
        uids = []
        // Grown without it, the list would have held half as much again on its way.
        uids.reserveCapacity(open.uids.count)
        for uid in open.uids { uids.append(uid.rawValue) }
        recent = open.recent
        token = open.token
        toldModSequence = open.highestModSequence
        hidden = open.oversized.subtracting(open.uids)
        recentCount = numbers(of: recent).count
    }

    public consuming func end() -> Ending {
        let mailbox = mailbox
        return .work {
            do throws(StoreError) {
                try await mailbox.close()
            } catch .nonExistent {
                // Deleted meanwhile: there is nothing left to close.
            }
        }
    }

    /// How many messages the client knows of.
    public var count: Int { uids.count }

    /// How many of them are recent. A message may be claimed before the client is told that it is there.
    private(set) var recentCount = 0

    // MARK: Numbers

    /// The number of a message in view, in logarithmic time; at once where no UID is missing before it.
    public func sequenceNumber(of uid: UID) -> SequenceNumber? {
        if let first = uids.first, uid.rawValue >= first {
            let dense = Int(uid.rawValue - first)
            if dense < uids.count, uids[dense] == uid.rawValue {
                return SequenceNumber(UInt32(truncatingIfNeeded: dense + 1))
            }
        }
        let index = lowerBound(of: uid.rawValue)
        guard index < uids.count, uids[index] == uid.rawValue else { return nil }
        return SequenceNumber(UInt32(truncatingIfNeeded: index + 1))
    }

    /// The message that has a number, or `nil` where the numbers end.
    public func uid(of number: SequenceNumber) -> UID? {
        let index = Int(number.rawValue) - 1
        return index < uids.count ? UID(uids[index]) : nil
    }

    /// The index of the first message, from `start` on, whose UID is not below `uid`: in time logarithmic in how far it is
    /// from there.
    private func lowerBound(of uid: UInt32, from start: Int = 0) -> Int {
        var low = start
        var step = 1
        while low + step < uids.count, uids[low + step] < uid {
            low += step
            step *= 2
        }
        var high = min(low + step, uids.count)
        while low < high {
            let middle = low + (high - low) / 2
            if uids[middle] < uid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// The messages a client's set of sequence numbers names, or `nil` when it names one that does not exist.
    ///
    /// A range with `*` in it never names too much: clients ask for `8:*` when they know of seven.
    public func uids(numbered set: SequenceSet) -> UIDSet? {
        let largest = UInt32(truncatingIfNeeded: uids.count)
        guard set.elements.allSatisfy({ $0.names(upTo: largest) }) else { return nil }
        guard largest > 0 else { return UIDSet() }
        return uids(at: set.resolved(largest: largest))
    }

    private func uids(at numbers: NumberRanges) -> UIDSet {
        var runs: [NumberRanges.Run] = []
        for run in numbers.runs {
            let upper = min(Int(run.upper), uids.count)
            var index = Int(run.lower) - 1
            while index < upper {
                let end = endOfRun(from: index, upTo: upper)
                runs.append(NumberRanges.Run(uids[index], uids[end - 1]))
                index = end
            }
        }
        return UIDSet(ranges: NumberRanges(merging: runs))
    }

    /// Behind the last of the messages from `index` on, below `upper`, between whose UIDs none is missing: in logarithmic
    /// time.
    private func endOfRun(from index: Int, upTo upper: Int) -> Int {
        let first = uids[index]
        var step = 1
        while index + step < upper, Int(uids[index + step] - first) == step { step *= 2 }
        // All up to half the step is in the run; what is at the step is not, or is not there.
        var low = index + step / 2
        var high = min(index + step, upper)
        while high - low > 1 {
            let middle = low + (high - low) / 2
            if Int(uids[middle] - first) == middle - index { low = middle } else { high = middle }
        }
        return low + 1
    }

    /// The messages of this mailbox that a client's set of UIDs names. UIDs that do not exist are nothing.
    public func uids(in set: SequenceSet) -> UIDSet {
        existing(UIDSet(ranges: set.resolved(largest: uids.last)))
    }

    /// The largest UID in view.
    package var largestUID: UInt32? { uids.last }

    /// The numbers of the messages in `set`: in the ranges of the set, not in its messages.
    func numbers(of set: UIDSet) -> NumberRanges {
        var runs: [NumberRanges.Run] = []
        var start = 0
        for run in set.ranges.runs {
            let first = lowerBound(of: run.lower, from: start)
            let end = run.upper == .max ? uids.count : lowerBound(of: run.upper + 1, from: first)
            start = end
            guard first < end else { continue }
            runs.append(
                NumberRanges.Run(UInt32(truncatingIfNeeded: first + 1), UInt32(truncatingIfNeeded: end)))
        }
        return NumberRanges(merging: runs)
    }

    /// The UIDs of messages by their numbers, which must exist.
    func uids(at numbers: SequenceNumberSet) -> UIDSet { uids(at: numbers.ranges) }

    /// Those of `set` that are in view: in the ranges of the set and in what is left of it.
    package func existing(_ set: UIDSet) -> UIDSet { uids(at: numbers(of: set)) }

    /// Every message in view.
    public var all: UIDSet { UIDSet(ranges: NumberRanges(merging: uids.map { NumberRanges.Run($0, $0) })) }

    /// A set with every message in view, and no other that there is: one range where ``all`` has as many as there are
    /// gaps. A UID that is missing in it is that of a message that is gone, since UIDs ascend (RFC 9051 section 2.3.1.1).
    package var span: UIDSet {
        guard let first = uids.first.flatMap({ UID($0) }), let last = uids.last.flatMap({ UID($0) }) else {
            return UIDSet()
        }
        return UIDSet(first, last).subtracting(hidden)
    }

    // MARK: Changes

    mutating func noteOwnArrivals(_ uids: UIDSet) { ownArrivals.formUnion(uids) }

    mutating func forgetOwnArrivals(_ uids: UIDSet) { ownArrivals = ownArrivals.subtracting(uids) }

    /// Adds messages behind the others: every change up to `token` is known then. Returns how many were new.
    package mutating func append(_ more: UIDSet, upTo token: ChangeToken) -> Int {
        self.token = token
        let before = uids.count
        for uid in more where uid.rawValue > uids.last ?? 0 {
            uids.append(uid.rawValue)
            if recent.contains(uid) { recentCount += 1 }
        }
        return uids.count - before
    }

    mutating func noteRecent(_ more: UIDSet) {
        let new = more.subtracting(hidden).subtracting(recent)
        recent.formUnion(new)
        recentCount += numbers(of: new).count
    }

    mutating func noteHidden(_ more: UIDSet) { hidden.formUnion(more) }

    mutating func noteOwnChanges(_ records: [MessageRecord]) {
        // A command changes a message once, and one before it may have told what it did not change. Beyond that, a change
        // of one's own is told as news: that is allowed, and costs no memory.
        let limit = max(10_000, uids.count * 2)
        for record in records where ownChangeRanges < limit {
            guard let modSequence = record.modSequence else { continue }
            let before = ownChanges[modSequence]?.ranges.runs.count ?? 0
            ownChanges[modSequence, default: UIDSet()].insert(record.uid)
            ownChangeRanges += (ownChanges[modSequence]?.ranges.runs.count ?? 0) - before
        }
    }

    /// Whether the client knows these flags: nobody changed the message since this session did.
    func isOwnChange(_ record: MessageRecord) -> Bool {
        guard let modSequence = record.modSequence else { return false }
        return ownChanges[modSequence]?.contains(record.uid) ?? false
    }

    mutating func forgetOwnChanges() {
        ownChanges = [:]
        ownChangeRanges = 0
    }

    mutating func noteUntoldFlags(_ uids: UIDSet) { untoldFlags.formUnion(existing(uids)) }

    mutating func noteStanding() { hasToldVanished = false }

    package mutating func noteVanished(_ gone: UIDSet) { vanished.formUnion(existing(gone)) }

    /// Takes the vanished messages out of the view. Returns their numbers as EXPUNGE must name them: each is right
    /// when the ones before it were applied. Highest first, so that no number shifts.
    package mutating func removeVanished() -> [SequenceNumber] {
        guard !vanished.isEmpty else { return [] }
        let runs = self.numbers(of: vanished).runs
        let numbers = vanished.compactMap { sequenceNumber(of: $0) }
        // What stands between two runs moves down, once.
        var end = runs.first.map { Int($0.lower) - 1 } ?? uids.count
        for (index, run) in runs.enumerated() {
            let next = index + 1 < runs.count ? Int(runs[index + 1].lower) - 1 : uids.count
            for kept in Int(run.upper)..<next {
                uids[end] = uids[kept]
                end += 1
            }
        }
        uids.removeSubrange(end...)
        recent = recent.subtracting(vanished)
        recentCount = self.numbers(of: recent).count
        vanished = UIDSet()
        hasToldVanished = true
        return numbers.reversed()
    }
}

extension SequenceSet.Element {
    fileprivate func names(upTo largest: UInt32) -> Bool {
        switch (first, second) {
        case (.number(let a), .number(let b)): max(a, b) <= largest
        case (.largest, _): true
        case (_, .largest): true
        }
    }
}
