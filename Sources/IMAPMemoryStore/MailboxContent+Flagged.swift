import IMAPHost
import IMAPTypes

extension MailboxContent {
    /// Which of `uids` exist, and which of those have each of `flags`.
    func flagged(_ uids: UIDSet, with flags: [Flag]) -> FlaggedMessages {
        let existing = self.uids.intersection(uids)
        return FlaggedMessages(existing: existing, having: flags.map { having(flagTable.known([$0]), of: existing) })
    }

    /// Those of `uids`, which exist, that have one of these flags.
    private func having(_ bits: FlagBits, of uids: UIDSet) -> UIDSet {
        guard bits != 0 else { return UIDSet() }
        var runs: [NumberRanges.Run] = []
        for bound in uids.ranges.runs {
            guard let lower = UID(bound.lower) else { continue }
            var index = firstIndex(from: lower)
            var isInside = false
            var first: UInt32 = 0
            var last: UInt32 = 0
            while index < messages.count, messages[index].uid.rawValue <= bound.upper {
                if messages[index].flags & bits != 0 {
                    if !isInside { first = messages[index].uid.rawValue }
                    last = messages[index].uid.rawValue
                    isInside = true
                } else if isInside {
                    runs.append(NumberRanges.Run(first, last))
                    isInside = false
                }
                index += 1
            }
            if isInside { runs.append(NumberRanges.Run(first, last)) }
        }
        return UIDSet(ranges: NumberRanges(merging: runs))
    }
}
