import IMAPHost
import IMAPTypes

/// What vanished since a mod-sequence. They do not apply without ``ResynchronizableMailbox``.
enum ResynchronizationRules {
    static let all = [expunged, moved, shortLived, absentOnly, givenOnly, longAgo, everySession, restart, highest]

    private static func open(
        _ name: MailboxName, _ ground: Ground, _ access: MailboxAccess = .readWrite
    ) async throws -> any ResynchronizableMailbox {
        guard let mailbox = try await ground.open(name, access).mailbox as? any ResynchronizableMailbox else {
            throw Inapplicable("the store has no ResynchronizableMailbox")
        }
        return mailbox
    }

    /// Those of `uids` that vanished since `since` are named, and of the others none but what is gone.
    private static func expectNamed(
        _ expected: UIDSet, of uids: UIDSet, gone: UIDSet, since: ModSequence, _ mailbox: any ResynchronizableMailbox
    ) async throws {
        let named = try await mailbox.vanished(since: since, of: uids)
        let missing = expected.subtracting(named)
        try expect(missing.isEmpty, "not named as vanished since \(since.rawValue): \(text(missing))")
        let wrong = named.subtracting(gone.intersection(uids))
        try expect(wrong.isEmpty, "named as vanished since \(since.rawValue): \(text(wrong))")
    }

    static let expunged = ConformanceRule(
        "vanished-expunged", "What was expunged after a mod-sequence is named, of the UIDs asked for.",
        "RFC 7162 section 3.2.6"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 8, flags: [.deleted])
        let mailbox = try await open(name, ground)
        var steps: [(since: ModSequence, gone: UIDSet)] = []
        var gone = UIDSet()
        for next in [UIDSet(uids[2]), UIDSet([uids[0], uids[7]]), UIDSet(uids[3...4])] {
            steps.append((try await mailbox.highestModSequence(), gone))
            gone = gone.union(try await mailbox.expunge(next))
            try await mailbox.changeFlags(.add([.seen]), of: UIDSet(uids[6]))
            try await mailbox.changeFlags(.remove([.seen]), of: UIDSet(uids[6]))
        }
        for step in steps {
            for asked in [UIDSet.all, UIDSet(uids[0...3]), UIDSet([uids[2], uids[3], uids[6]]), UIDSet(uids[5])] {
                let expected = gone.subtracting(step.gone).intersection(asked)
                try await expectNamed(expected, of: asked, gone: gone, since: step.since, mailbox)
            }
        }
    }

    static let moved = ConformanceRule(
        "vanished-moved", "What was moved away is named like what was expunged.", "RFC 6851 section 4.4"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let target = try await ground.make("target")
        let mailbox = try await open(name, ground)
        guard let movable = mailbox as? any MovableMailbox else {
            throw Inapplicable("the store has no MovableMailbox")
        }
        let since = try await mailbox.highestModSequence()
        _ = try await movable.move(UIDSet(uids[1...2]), to: target)
        try await expectNamed(
            UIDSet(uids[1...2]), of: .all, gone: UIDSet(uids[1...2]), since: since, mailbox)
        _ = try await movable.move(UIDSet(uids[0]), to: name)
        try await expectNamed(UIDSet(uids[0...2]), of: .all, gone: UIDSet(uids[0...2]), since: since, mailbox)
    }

    static let shortLived = ConformanceRule(
        "vanished-short-lived", "A message that came after the mod-sequence and went again is named too.",
        "ResynchronizableMailbox"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 2)
        let mailbox = try await open(name, ground)
        let since = try await mailbox.highestModSequence()
        let new = UIDSet(try await ground.append([Sample(3, flags: [.deleted])], to: name))
        _ = try await mailbox.expunge(new)
        try await expectNamed(new, of: .all, gone: new, since: since, mailbox)
    }

    static let absentOnly = ConformanceRule(
        "vanished-absent-only", "No message that is there is named, whatever is asked.", "ResynchronizableMailbox"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 6, flags: [.deleted])
        let mailbox = try await open(name, ground)
        let gone = try await mailbox.expunge(UIDSet([uids[0], uids[3]]))
        try await mailbox.changeFlags(.remove([.deleted]), of: .all)
        for since in [ModSequence.zero, .zero.next, try await mailbox.highestModSequence()] {
            for asked in [UIDSet.all, UIDSet(uids), UIDSet(uids[1...2])] {
                try await expectNamed(UIDSet(), of: asked, gone: gone, since: since, mailbox)
            }
        }
    }

    static let givenOnly = ConformanceRule(
        "vanished-given-only", "No UID that was never given is named, and every mod-sequence may be asked with.",
        "ResynchronizableMailbox"
    ) { ground in
        let empty = try await open(try await ground.make("empty"), ground)
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.deleted])
        let mailbox = try await open(name, ground)
        let gone = try await mailbox.expunge(UIDSet(uids[2]))
        for raw in [0, 1, UInt64(Int64.max) - 1, UInt64(Int64.max)] {
            guard let since = ModSequence(raw) else { continue }
            try await expectNamed(raw < 2 ? gone : UIDSet(), of: .all, gone: gone, since: since, mailbox)
            try await expectNamed(UIDSet(), of: .all, gone: UIDSet(), since: since, empty)
            try expect("asked of no UID", try await mailbox.vanished(since: since, of: UIDSet()), is: UIDSet())
        }
    }

    static let longAgo = ConformanceRule(
        "vanished-long-ago", "What vanished before many other changes is named all the same.", "ResynchronizableMailbox"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 12)
        let mailbox = try await open(name, ground)
        let since = try await mailbox.highestModSequence()
        var gone = UIDSet()
        for round in 0..<300 {
            let kept = UIDSet(uids[10 + round % 2])
            try await mailbox.changeFlags(round % 4 < 2 ? .add([.flagged]) : .remove([.flagged]), of: kept)
            guard round % 50 == 0 else { continue }
            let next = UIDSet(uids[round / 50])
            try await mailbox.changeFlags(.add([.deleted]), of: next)
            gone = gone.union(try await mailbox.expunge(next))
        }
        for since in [ModSequence.zero, since] {
            try await expectNamed(gone, of: .all, gone: gone, since: since, mailbox)
        }
    }

    static let everySession = ConformanceRule(
        "vanished-every-session", "Every session is told the same, one that may only read too.",
        "ResynchronizableMailbox"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4, flags: [.deleted])
        let mailbox = try await open(name, ground)
        let since = try await mailbox.highestModSequence()
        let reader = try await open(name, ground, .readOnly)
        let gone = try await mailbox.expunge(UIDSet(uids[1...2]))
        for asked in [mailbox, reader, try await open(name, ground), try await open(name, ground, .readOnly)] {
            try await expectNamed(gone, of: .all, gone: gone, since: since, asked)
        }
    }

    static let restart = ConformanceRule(
        "vanished-restart", "A mod-sequence from before a restart is good.", "RFC 7162 section 3.2.5"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5, flags: [.deleted])
        let mailbox = try await open(name, ground)
        let since = try await mailbox.highestModSequence()
        let before = try await mailbox.expunge(UIDSet(uids[3]))
        let later = try await mailbox.highestModSequence()
        let reopened = try await ground.reopened()
        let again = try await open(name, reopened)
        let now = try await again.highestModSequence()
        try expect(now >= later, "the highest was \(later.rawValue), after a restart it is \(now.rawValue)")
        try await expectNamed(before, of: .all, gone: before, since: since, again)
        let after = try await again.expunge(UIDSet(uids[0]))
        let gone = before.union(after)
        try await expectNamed(gone, of: .all, gone: gone, since: since, again)
        try await expectNamed(after, of: .all, gone: gone, since: later, again)
    }

    static let highest = ConformanceRule(
        "modseq-highest", "The greatest mod-sequence is that of the last change, whoever made it.",
        "ResynchronizableMailbox"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let mailbox = try await open(name, ground)
        let other = try await open(name, ground)
        func look(_ what: String) async throws {
            let highest = try await mailbox.highestModSequence()
            try expect(
                "the highest after \(what)", highest,
                is: try await ground.account.status(of: name).highestModSequence)
            for record in try await mailbox.messages(.all, .modSequence) {
                try expect(record.modSequence ?? .zero <= highest, "\(record.uid) is above \(highest.rawValue)")
            }
        }
        try await look("the opening")
        try await other.changeFlags(.add([.deleted]), of: UIDSet(uids[1]))
        try await look("a change of flags")
        _ = try await other.expunge(.all)
        try await look("an expunge")
        try await ground.append([Sample(5)], to: name)
        try await look("an arrival")
        _ = try await mailbox.copy(UIDSet(uids[0]), to: name)
        try await look("a copy")
    }
}
