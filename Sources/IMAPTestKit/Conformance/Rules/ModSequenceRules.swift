import IMAPHost
import IMAPTypes

/// Mod-sequences, and changes on condition of them. They do not apply without ``ConditionalMailbox``.
enum ModSequenceRules {
    static let all = [
        present, flagsRaise, arrivalsRaise, expungeRaises, othersKept, unchangedKept, refuses, perMessage, absent, race,
    ]

    /// An open mailbox that keeps mod-sequences, and its highest.
    private static func open(
        _ name: MailboxName, _ ground: Ground
    ) async throws -> (mailbox: any ConditionalMailbox, highest: ModSequence) {
        let open = try await ground.open(name)
        guard let mailbox = open.mailbox as? any ConditionalMailbox else {
            throw Inapplicable("the store has no ConditionalMailbox")
        }
        guard let highest = open.highestModSequence else { throw Breach("the mailbox tells no mod-sequence") }
        return (mailbox, highest)
    }

    private static func highest(_ name: MailboxName, _ ground: Ground) async throws -> ModSequence {
        try await ground.account.status(of: name).highestModSequence
    }

    private static func modSequences(_ name: MailboxName, _ ground: Ground) async throws -> [UID: ModSequence] {
        var found: [UID: ModSequence] = [:]
        for (uid, message) in try await ground.picture(name).messages {
            guard let own = message.modSequence else { throw Breach("\(uid) has no mod-sequence") }
            found[uid] = own
        }
        return found
    }

    static let present = ConformanceRule(
        "modseq-present", "Every message has a mod-sequence above 0 and not above the mailbox's highest.",
        "RFC 7162 section 3.1"
    ) { ground in
        let empty = try await ground.make("empty")
        try expect(try await open(empty, ground).highest > .zero, "the highest of an empty mailbox is 0")
        let (name, _) = try await ground.make("box", messages: 3)
        let (mailbox, _) = try await open(name, ground)
        try await mailbox.changeFlags(.add([.seen]), of: UIDSet(.first))
        let highest = try await highest(name, ground)
        try expect("the highest of an opening", try await open(name, ground).highest, is: highest)
        for (uid, own) in try await modSequences(name, ground) {
            try expect(own > .zero && own <= highest, "\(uid) has \(own.rawValue), the highest is \(highest.rawValue)")
        }
    }

    static let flagsRaise = ConformanceRule(
        "modseq-flags", "A message whose flags change gets a mod-sequence above all before, and the change tells it.",
        "RFC 7162 section 3.1"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let (mailbox, first) = try await open(name, ground)
        var before = first
        let changes: [FlagChange] = [.add([.seen]), .remove([.seen]), .replace([.flagged]), .replace([])]
        for change in changes {
            let records = try await mailbox.changeFlags(change, of: UIDSet(uids[0...1]))
            try expect("changed by \(change)", records.uids, is: Array(uids[0...1]))
            let now = try await modSequences(name, ground)
            for record in records {
                guard let own = record.modSequence else { throw Breach("\(change) tells no mod-sequence") }
                try expect(own > before, "\(change) gave \(own.rawValue), there was \(before.rawValue)")
                try expect("the mod-sequence of \(record.uid)", now[record.uid], is: own)
            }
            let highest = try await highest(name, ground)
            try expect("the highest", highest, is: now.values.max() ?? .zero)
            before = highest
        }
    }

    static let arrivalsRaise = ConformanceRule(
        "modseq-arrivals", "A message that comes has a mod-sequence above all before.", "RFC 7162 section 3.1"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let (mailbox, before) = try await open(name, ground)
        let new = try await ground.append([Sample(1), Sample(2)], to: name)
        for uid in new {
            let own = try await modSequences(name, ground)[uid] ?? .zero
            try expect(own > before, "\(uid), appended, has \(own.rawValue), there was \(before.rawValue)")
        }
        let later = try await highest(name, ground)
        let copied = try await mailbox.copy(UIDSet(new[0]), to: name)
        for uid in copied.destination {
            let own = try await modSequences(name, ground)[uid] ?? .zero
            try expect(own > later, "\(uid), copied, has \(own.rawValue), there was \(later.rawValue)")
        }
    }

    static let expungeRaises = ConformanceRule(
        "modseq-expunge", "An expunge has a mod-sequence of its own: the mailbox's highest grows.",
        "RFC 7162 section 3.2.5"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.deleted])
        let (mailbox, _) = try await open(name, ground)
        for uid in [uids[2], uids[0], uids[1]] {
            let before = try await highest(name, ground)
            _ = try await mailbox.expunge(UIDSet(uid))
            let after = try await highest(name, ground)
            try expect(after > before, "the highest was \(before.rawValue), after an expunge it is \(after.rawValue)")
        }
    }

    static let othersKept = ConformanceRule(
        "modseq-others-kept", "A message that did not change keeps its mod-sequence.", "RFC 7162 section 3.1"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let (mailbox, _) = try await open(name, ground)
        let before = try await modSequences(name, ground)
        try await mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[1...2]))
        _ = try await mailbox.expunge(UIDSet(uids[1]))
        try await ground.append([Sample(5)], to: name)
        let after = try await modSequences(name, ground)
        for uid in [uids[0], uids[3]] { try expect("the mod-sequence of \(uid)", after[uid], is: before[uid]) }
    }

    static let unchangedKept = ConformanceRule(
        "modseq-unchanged", "Flags set to what they are give no new mod-sequence.", "Mailbox.changeFlags"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2, flags: [.seen])
        let (mailbox, before) = try await open(name, ground)
        let old = try await modSequences(name, ground)
        try await mailbox.changeFlags(.add([.seen]), of: UIDSet(uids))
        try await mailbox.changeFlags(.replace([.seen]), of: UIDSet(uids))
        let change = try await mailbox.changeFlags(.add([.seen]), of: UIDSet(uids), unchangedSince: before)
        try expect("changed", change.changed.uids, is: [])
        try expect("refused", change.refused, is: UIDSet())
        try expect("the mod-sequences", try await modSequences(name, ground), is: old)
        try expect("the highest", try await highest(name, ground), is: before)
    }

    static let refuses = ConformanceRule(
        "unchanged-since", "A message that changed since is left alone and named.", "RFC 7162 section 3.1.3"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let (mailbox, before) = try await open(name, ground)
        try await ground.open(name).mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids))
        for change in [FlagChange.add([.deleted]), .remove([.flagged]), .replace([])] {
            let result = try await mailbox.changeFlags(change, of: UIDSet(uids), unchangedSince: before)
            try expect("refused", result.refused, is: UIDSet(uids))
            try expect("changed", result.changed.uids, is: [])
        }
        let flags = try await ground.picture(name).flags
        try expect("the flags", flags, is: [uids[0]: [.flagged], uids[1]: [.flagged]])
        let none = try await mailbox.changeFlags(.add([.seen]), of: UIDSet(uids), unchangedSince: .zero)
        try expect("refused, unchanged since 0", none.refused, is: UIDSet(uids))
        let now = try await highest(name, ground)
        let result = try await mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids), unchangedSince: now)
        try expect("changed, unchanged since the highest", result.changed.uids, is: uids)
        for record in result.changed {
            try expect(record.modSequence ?? .zero > now, "\(record.uid) got no greater mod-sequence")
            try expect("the flags of \(record.uid)", record.flags.map { Set($0) }, is: [.flagged, .deleted])
        }
    }

    static let perMessage = ConformanceRule(
        "unchanged-since-each", "Each message is judged by itself: one that changed since does not hold up the others.",
        "RFC 7162 section 3.1.3"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5)
        let (mailbox, before) = try await open(name, ground)
        try await ground.open(name).mailbox.changeFlags(.add([.seen]), of: UIDSet([uids[1], uids[3]]))
        let result = try await mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids), unchangedSince: before)
        try expect("refused", result.refused, is: UIDSet([uids[1], uids[3]]))
        try expect("changed", result.changed.uids, is: [uids[0], uids[2], uids[4]])
        let flags = try await ground.picture(name).flags
        for (index, uid) in uids.enumerated() {
            try expect("the flags of \(uid)", flags[uid], is: index % 2 == 0 ? [.flagged] : [.seen])
        }
    }

    static let absent = ConformanceRule(
        "unchanged-since-gone", "A UID that is gone is neither changed nor refused.", "ConditionalMailbox"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.deleted])
        let (mailbox, _) = try await open(name, ground)
        _ = try await mailbox.expunge(UIDSet(uids[1]))
        let now = try await highest(name, ground)
        let result = try await mailbox.changeFlags(.add([.seen]), of: .all, unchangedSince: now)
        try expect("changed", result.changed.uids, is: [uids[0], uids[2]])
        try expect("refused", result.refused, is: UIDSet())
        let none = try await mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids[1]), unchangedSince: .zero)
        try expect("refused of one that is gone", none.refused, is: UIDSet())
    }

    static let race = ConformanceRule(
        "unchanged-since-race", "Of sessions that change a message on the same condition at once exactly one wins.",
        "RFC 7162 section 3.1.3"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 8)
        var mailboxes: [any ConditionalMailbox] = []
        for _ in 0..<6 { mailboxes.append(try await open(name, ground).mailbox) }
        for round in 0..<5 {
            let now = try await highest(name, ground)
            let change: FlagChange = round % 2 == 0 ? .add([.flagged]) : .remove([.flagged])
            let results = try await withThrowingTaskGroup(of: ConditionalChange.self) { group in
                for mailbox in mailboxes {
                    group.addTask { try await mailbox.changeFlags(change, of: UIDSet(uids), unchangedSince: now) }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for uid in uids {
                let winners = results.filter { $0.changed.uids.contains(uid) }.count
                let losers = results.filter { $0.refused.contains(uid) }.count
                try expect("how many changed \(uid)", winners, is: 1)
                try expect("how many were refused \(uid)", losers, is: mailboxes.count - 1)
            }
        }
    }
}
