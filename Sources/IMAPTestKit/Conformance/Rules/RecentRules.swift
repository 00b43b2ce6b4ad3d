import IMAPHost
import IMAPTypes

/// `\Recent`: which session a message is new to.
enum RecentRules {
    static let all = [claimedOnce, readOnlyClaims, statusClaims, oneOfMany, arrivals, laterOfMany]

    static let claimedOnce = ConformanceRule(
        "recent-claimed", "A read-write opening claims what is recent: the next one has none of it.",
        "RFC 3501 section 2.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        try expect("recent at first", try await ground.open(name).recent, is: UIDSet(uids))
        try expect("recent at the second opening", try await ground.open(name).recent, is: UIDSet())
        try expect("recent by status", try await ground.account.status(of: name).recent, is: 0)
        let more = try await ground.append([Sample(9)], to: name)
        try expect("recent when one came", try await ground.open(name).recent, is: UIDSet(more))
    }

    static let readOnlyClaims = ConformanceRule(
        "recent-readonly", "A read-only opening says what is recent and claims nothing.", "RFC 3501 section 2.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        for _ in 1...2 {
            try expect("recent, read-only", try await ground.open(name, .readOnly).recent, is: UIDSet(uids))
        }
        try expect("recent, read-write", try await ground.open(name).recent, is: UIDSet(uids))
        try expect("recent, read-only again", try await ground.open(name, .readOnly).recent, is: UIDSet())
    }

    static let statusClaims = ConformanceRule(
        "recent-status", "A status counts what is recent and claims nothing.", "RFC 9051 section 6.3.11"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        for _ in 1...2 { try expect("recent", try await ground.account.status(of: name).recent, is: 2) }
        _ = try await ground.account.mailboxes()
        try expect("recent, read-write", try await ground.open(name).recent, is: UIDSet(uids))
    }

    static let oneOfMany = ConformanceRule(
        "recent-one-claimant", "Of many read-write openings at once each recent message is claimed by exactly one.",
        "RFC 3501 section 2.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 20)
        var accounts: [any Account] = []
        for _ in 0..<8 { accounts.append(try await ground.session()) }
        let claims = try await withThrowingTaskGroup(of: UIDSet.self) { group in
            for account in accounts { group.addTask { try await account.open(name, .readWrite).recent } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        try expectOnce(claims, UIDSet(uids))
    }

    static let arrivals = ConformanceRule(
        "recent-arrivals",
        "What comes while a mailbox is open is recent to one session: the one that claims it, or the next.",
        "Mailbox.claimRecent"
    ) { ground in
        let (name, first) = try await ground.make("box", messages: 2)
        let open = try await ground.open(name)
        try expect("recent when opened", open.recent, is: UIDSet(first))
        var claims: [UIDSet] = []
        var came = UIDSet()
        for round in 0..<3 {
            came = came.union(UIDSet(try await ground.append([Sample(round), Sample(round + 7)], to: name)))
            claims.append(try await open.mailbox.claimRecent())
        }
        claims.append(try await ground.open(name).recent)
        claims.append(try await open.mailbox.claimRecent())
        try expectOnce(claims, came)
    }

    static let laterOfMany = ConformanceRule(
        "recent-one-claim", "Of many claims at once each message that came goes to exactly one.", "Mailbox.claimRecent"
    ) { ground in
        let name = try await ground.make("box")
        var mailboxes: [any Mailbox] = []
        for _ in 0..<6 { mailboxes.append(try await ground.open(name).mailbox) }
        let came = UIDSet(try await ground.append((0..<12).map { Sample($0) }, to: name))
        var claims = try await withThrowingTaskGroup(of: UIDSet.self) { group in
            for mailbox in mailboxes { group.addTask { try await mailbox.claimRecent() } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        claims.append(try await ground.open(name).recent)
        try expectOnce(claims, came)
    }

    private static func expectOnce(_ claims: [UIDSet], _ expected: UIDSet) throws {
        try expect("what was claimed together", claims.reduce(UIDSet()) { $0.union($1) }, is: expected)
        try expect("how many claims there were", claims.reduce(0) { $0 + $1.count }, is: expected.count)
    }
}
