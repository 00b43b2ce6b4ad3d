import IMAPHost
import IMAPTypes

/// Moves. They do not apply without ``MovableMailbox``.
enum MoveRules {
    static let all = [same, leaves, missing, noTarget, itself, once, neverTwice]

    private static func open(_ name: MailboxName, _ ground: Ground) async throws -> any MovableMailbox {
        guard let mailbox = try await ground.open(name).mailbox as? any MovableMailbox else {
            throw Inapplicable("the store has no MovableMailbox")
        }
        return mailbox
    }

    static let same = ConformanceRule(
        "move-same", "A moved message has its octets, flags and internal date, in the order of the UIDs.",
        "RFC 6851 section 3.3"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 5, flags: [.seen, .flagged])
        let to = try await ground.make("to")
        let chosen = [uids[4], uids[0], uids[2]]
        let moved = try await open(from, ground).move(UIDSet(chosen), to: to)
        let target = try await ground.open(to)
        try expect("UIDVALIDITY", moved.uidValidity, is: target.uidValidity)
        try expect("the source", moved.source, is: UIDSet(chosen))
        try expect("the target's messages", target.uids, is: moved.destination)
        let picture = try await ground.picture(to)
        for (number, uid) in zip([0, 2, 4], moved.destination) {
            try expect(
                "message \(uid)", try await ground.octets(of: uid, in: target.mailbox), is: Sample(number).octets)
            try expect("its date", picture.messages[uid]?.internalDate, is: Sample.date(number))
            try expect("its flags", picture.flags(of: uid), is: [.seen, .flagged])
        }
        try expect("how many moved", moved.destination.count, is: 3)
    }

    static let leaves = ConformanceRule(
        "move-leaves", "A moved message is gone from its mailbox, as if expunged; the others stay.",
        "RFC 6851 section 3.3"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 4)
        let to = try await ground.make("to")
        var witness = try await Witness(ground.open(from))
        let mailbox = try await open(from, ground)
        let before = try await ground.account.status(of: from)
        _ = try await mailbox.move(UIDSet([uids[0], uids[3]]), to: to)
        try await witness.look()
        try expect("what is left", witness.uids, is: UIDSet(uids[1...2]))
        try await expectError(.expunged, from: "body of one that moved") { try await mailbox.body(of: uids[0]) }
        let after = try await ground.account.status(of: from)
        if before.highestModSequence > .zero {
            try expect(after.highestModSequence > before.highestModSequence, "the source has no new mod-sequence")
        }
        try expect(try await ground.append([Sample(9)], to: from)[0] > uids[3], "the UID of a moved message is reused")
    }

    static let missing = ConformanceRule(
        "move-missing", "Messages that are gone are left out of a move.", "MovableMailbox.move"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 3)
        let to = try await ground.make("to")
        let mailbox = try await open(from, ground)
        try await mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[1]))
        _ = try await mailbox.expunge(.all)
        let moved = try await mailbox.move(UIDSet(uids), to: to)
        try expect("the source", moved.source, is: UIDSet([uids[0], uids[2]]))
        try expect("how many moved", moved.destination.count, is: 2)
        let none = try await mailbox.move(UIDSet(uids), to: to)
        try expect("the source, nothing left", none.source, is: UIDSet())
        try expect("the destination, nothing left", none.destination, is: UIDSet())
    }

    static let noTarget = ConformanceRule(
        "move-no-target", "A move to a name without a mailbox throws nonExistent and moves nothing.",
        "RFC 6851 section 3.3"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 2)
        let before = try await ground.picture(from)
        let none = try ground.name("none")
        let mailbox = try await open(from, ground)
        try await expectError(.nonExistent, from: "move") { try await mailbox.move(UIDSet(uids), to: none) }
        let after = try await ground.picture(from)
        try expect("the messages", after.messages, is: before.messages)
        try expect(try await ground.entry(none) == nil, "the move made \(none)")
    }

    static let itself = ConformanceRule(
        "move-to-itself", "A message can be moved into its own mailbox and gets another UID.", "MovableMailbox.move"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.flagged])
        let mailbox = try await open(name, ground)
        let moved = try await mailbox.move(UIDSet(uids[0...1]), to: name)
        try expect("the source", moved.source, is: UIDSet(uids[0...1]))
        try expect("how many moved", moved.destination.count, is: 2)
        let picture = try await ground.picture(name)
        try expect("the messages", picture.uids, is: UIDSet(uids[2]).union(moved.destination))
        for (number, uid) in zip([0, 1], moved.destination) {
            try expect(uid > uids[2], "the moved message got UID \(uid)")
            try expect("\(uid)", try await ground.octets(of: uid, in: mailbox), is: Sample(number).octets)
        }
    }

    static let once = ConformanceRule(
        "move-once", "A message that several sessions move at once is moved by exactly one.", "RFC 6851 section 3.3"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 12)
        var moves: [(mailbox: any MovableMailbox, to: MailboxName)] = []
        for number in 0..<6 {
            moves.append((try await open(from, ground), try await ground.make("to\(number)")))
        }
        let moved = try await withThrowingTaskGroup(of: CopiedMessages.self) { group in
            for (mailbox, to) in moves {
                group.addTask { try await mailbox.move(UIDSet(uids), to: to) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try expect("what was moved", moved.reduce(UIDSet()) { $0.union($1.source) }, is: UIDSet(uids))
        try expect("how many were moved", moved.reduce(0) { $0 + $1.source.count }, is: uids.count)
        var found = 0
        for (_, to) in moves { found += try await ground.picture(to).messages.count }
        try expect("how many arrived", found, is: uids.count)
        try expect("how many are left", try await ground.picture(from).messages.count, is: 0)
    }

    static let neverTwice = ConformanceRule(
        "move-whole", "While a message is moved it is never seen in both mailboxes, nor in neither.",
        "RFC 6851 section 3.3"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 60)
        let to = try await ground.make("to")
        let mailbox = try await open(from, ground)
        let session = try await ground.session()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for uid in uids { _ = try await mailbox.move(UIDSet(uid), to: to) }
            }
            group.addTask {
                var arrived: UInt64 = 0
                while arrived < 60 {
                    // Messages only go one way: what is counted later can only have grown in the target and shrunk in
                    // the source.
                    arrived = UInt64(try await session.status(of: to).messages)
                    let left = UInt64(try await session.status(of: from).messages)
                    try expect(arrived + left <= 60, "\(arrived) had arrived, then \(left) were left of 60")
                    let now = UInt64(try await session.status(of: to).messages)
                    try expect(left + now >= 60, "\(left) were left, then \(now) had arrived, of 60")
                }
            }
            try await group.waitForAll()
        }
    }
}
