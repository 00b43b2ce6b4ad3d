import IMAPHost
import IMAPTypes

/// What a session is told it missed.
enum ChangeRules {
    static let all = [
        nothing, appeared, vanished, flagsChanged, combined, own, independent, longAgo, unknownToken, earlierSession,
    ]

    static let nothing = ConformanceRule(
        "changes-none", "When nothing happened nothing is told, and reading is no change.", "Mailbox.changes"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 3)
        let open = try await ground.open(name)
        _ = try await ground.records(open.mailbox, [.flags, .size])
        _ = try await ground.account.status(of: name)
        _ = try await ground.picture(name)
        for _ in 1...2 {
            guard case .none = try await open.mailbox.changes(since: open.token) else {
                throw Breach("a change is told")
            }
        }
    }

    static let appeared = ConformanceRule(
        "changes-appeared", "Messages that came are told to every session.", "Mailbox.changes"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 2)
        var witness = try await Witness(ground.open(name))
        for round in 0..<3 {
            let uids = try await ground.append([Sample(round), Sample(round + 1)], to: name)
            try await witness.look()
            try expect(UIDSet(uids).subtracting(witness.uids).isEmpty, "\(text(uids)) came and were not told")
        }
    }

    static let vanished = ConformanceRule(
        "changes-vanished", "Messages that went are told to every session.", "Mailbox.changes"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 6, flags: [.deleted])
        let other = try await ground.open(name)
        var witness = try await Witness(ground.open(name))
        for gone in [UIDSet(uids[5]), UIDSet([uids[0], uids[2]]), UIDSet(uids)] {
            _ = try await other.mailbox.expunge(gone)
            try await witness.look()
        }
        try expect("what is left", witness.uids, is: UIDSet())
    }

    static let flagsChanged = ConformanceRule(
        "changes-flags", "Messages whose flags changed are told to every session.", "Mailbox.changes"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5)
        let other = try await ground.open(name)
        var witness = try await Witness(ground.open(name))
        let changes: [(FlagChange, UIDSet)] = [
            (.add([.seen]), UIDSet(uids[0...1])), (.remove([.seen]), UIDSet(uids[1])),
            (.replace([.flagged, .deleted]), UIDSet(uids[3...4])), (.replace([]), UIDSet(uids)),
        ]
        for (change, uids) in changes {
            try await other.mailbox.changeFlags(change, of: uids)
            try await witness.look()
        }
    }

    static let combined = ConformanceRule(
        "changes-combined", "Of several changes at once the sum is told: what came and went is in neither.",
        "Mailbox.changes"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let other = try await ground.open(name)
        var witness = try await Witness(ground.open(name))
        for round in 0..<3 {
            let new = try await ground.append([Sample(5), Sample(6), Sample(7)], to: name)
            try await other.mailbox.changeFlags(.add([.flagged]), of: UIDSet([uids[round], uids[3], new[0]]))
            try await other.mailbox.changeFlags(.add([.deleted]), of: UIDSet([new[1], uids[round]]))
            _ = try await other.mailbox.expunge(.all)
            try await other.mailbox.changeFlags(.remove([.flagged]), of: UIDSet(uids[3]))
            try await witness.look()
        }
        try expect("what is left", witness.uids.count, is: 7)
    }

    static let own = ConformanceRule(
        "changes-own", "A session's own changes are told to it as well.", "Mailbox.changes"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let open = try await ground.open(name)
        var witness = try await Witness(open)
        try await open.mailbox.changeFlags(.add([.deleted, .seen]), of: UIDSet(uids[1...2]))
        try await witness.look()
        _ = try await open.mailbox.expunge(UIDSet(uids[1]))
        _ = try await open.mailbox.copy(UIDSet(uids[3]), to: name)
        try await witness.look()
        try expect("what is there", witness.uids.count, is: 4)
    }

    static let independent = ConformanceRule(
        "changes-independent", "What one session was told another is told too, whenever it asks.", "Mailbox.changes"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5)
        let other = try await ground.open(name)
        var (often, rarely) = (try await Witness(ground.open(name)), try await Witness(ground.open(name)))
        for round in 0..<4 {
            try await other.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[round]))
            if round % 2 == 0 { _ = try await other.mailbox.expunge(.all) }
            try await ground.append([Sample(round)], to: name)
            try await often.look()
            if round == 2 { try await rarely.look() }
        }
        try await rarely.look()
        try await often.look()
        try expect("what both know", rarely.uids, is: often.uids)
    }

    static let longAgo = ConformanceRule(
        "changes-long-ago", "A token from before many changes is answered in full, or with all messages.",
        "Mailbox.changes"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 10)
        let other = try await ground.open(name)
        var witness = try await Witness(ground.open(name))
        for round in 0..<300 {
            let uid = uids[1 + round % 9]
            try await other.mailbox.changeFlags(
                round % 2 == 0 ? .add([.flagged]) : .remove([.flagged]), of: UIDSet(uid))
            if round % 50 == 7 { try await ground.append([Sample(round)], to: name) }
        }
        try await other.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[0]))
        _ = try await other.mailbox.expunge(.all)
        try await witness.look()
        try expect("what is there", witness.uids.count, is: 15)
    }

    static let unknownToken = ConformanceRule(
        "changes-unknown-token", "A token that the store never gave is answered with all messages.", "Mailbox.changes"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let open = try await ground.open(name)
        for raw in [UInt64.max, UInt64.max - 1, UInt64(Int64.max)] where raw != open.token.rawValue {
            let changes = try await open.mailbox.changes(since: ChangeToken(raw))
            guard case .unknown(let found, let token) = changes else {
                throw Breach("token \(raw) was never given; it is answered with \(text(changes))")
            }
            try expect("all messages", found, is: UIDSet(uids))
            guard case .none = try await open.mailbox.changes(since: token) else {
                throw Breach("the token of that answer does not lead here")
            }
        }
    }

    static let earlierSession = ConformanceRule(
        "changes-other-session", "A token of another session, ended or not, is answered like one's own.", "ChangeToken"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let earlier = try await ground.looseSession()
        var witness = try await Witness(earlier.open(name, .readWrite))
        try await earlier.close()
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[1]))
        _ = try await open.mailbox.expunge(.all)
        try await open.mailbox.changeFlags(.add([.seen]), of: UIDSet(uids[2]))
        try await ground.append([Sample(8)], to: name)
        try await witness.look(through: ground.open(name).mailbox)
    }
}
