import IMAPHost
import IMAPTypes

/// Sessions that do the same at the same time.
enum ConcurrencyRules {
    static let all = [appends, flags, expunges, creates, copies, readers]

    private static let tasks = 8

    /// Runs `body` in as many tasks at once; the results in the tasks' order.
    private static func together<Result: Sendable>(
        _ ground: Ground, _ body: @escaping @Sendable (Int, any Account) async throws -> Result
    ) async throws -> [Result] {
        var accounts: [any Account] = []
        for _ in 0..<tasks { accounts.append(try await ground.session()) }
        let results = try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for (index, account) in accounts.enumerated() {
                group.addTask { (index, try await body(index, account)) }
            }
            return try await group.reduce(into: [Int: Result]()) { $0[$1.0] = $1.1 }
        }
        return (0..<tasks).compactMap { results[$0] }
    }

    static let appends = ConformanceRule(
        "concurrent-appends", "Appends at once get ascending UIDs of their own, and none is lost.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let name = try await ground.make("box")
        let given = try await together(ground) { index, account in
            var uids: [[UID]] = []
            for round in 0..<5 {
                let samples = [Sample(index * 100 + round * 10), Sample(index * 100 + round * 10 + 1)]
                uids.append(try await ground.append(samples, to: name, in: account))
            }
            return uids
        }
        for uids in given.map({ $0.flatMap { $0 } }) { try expect("the UIDs one task got", uids.sorted(), is: uids) }
        let open = try await ground.open(name)
        let all = given.flatMap { $0.flatMap { $0 } }
        try expect("how many UIDs are distinct", Set(all).count, is: tasks * 10)
        try expect("the messages", open.uids, is: UIDSet(all))
        for (index, rounds) in given.enumerated() {
            for (round, uids) in rounds.enumerated() {
                let found = try await ground.octets(of: uids[1], in: open.mailbox)
                try expect("message \(uids[1])", found, is: Sample(index * 100 + round * 10 + 1).octets)
            }
        }
    }

    static let flags = ConformanceRule(
        "concurrent-flags", "Flags that are added at once are all there.", "Mailbox.changeFlags"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let probe = try await ground.open(name)
        let added = [.seen, .flagged, .deleted] + probe.permanentFlags.filter { $0 == .answered || $0 == .draft }
        let counts = try await together(ground) { index, account in
            let open = try await account.open(name, .readWrite)
            return try await open.mailbox.changeFlags(.add([added[index % added.count]]), of: .all).count
        }
        for (uid, flags) in try await ground.picture(name).flags { try expect("\(uid)", flags, is: Set(added)) }
        try expect("how many changes there were", counts.reduce(0, +), is: added.count * uids.count)
    }

    static let expunges = ConformanceRule(
        "concurrent-expunges", "Of expunges at once exactly one removes each message.", "Mailbox.expunge"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 20, flags: [.deleted])
        let gone = try await together(ground) { _, account in
            try await account.open(name, .readWrite).mailbox.expunge(.all)
        }
        try expect("what went", gone.reduce(UIDSet()) { $0.union($1) }, is: UIDSet(uids))
        try expect("how many went", gone.reduce(0) { $0 + $1.count }, is: uids.count)
        try expect("what is left", try await ground.picture(name).uids, is: UIDSet())
    }

    static let creates = ConformanceRule(
        "concurrent-creates", "Of creations of one name at once exactly one succeeds.", "Account.create"
    ) { ground in
        let name = try ground.name("box")
        let errors = try await together(ground) { _, account in try await storeError { try await account.create(name) }
        }
        try expect("how many succeeded", errors.filter { $0 == nil }.count, is: 1)
        for error in errors.compactMap({ $0 }) { try expect("the error of the others", error, is: .alreadyExists) }
        try expect(try await ground.isThere(name), "\(name) is not listed")
    }

    static let copies = ConformanceRule(
        "concurrent-copies", "Copies and appends at once into one mailbox each tell their own UIDs.", "Mailbox.copy"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 4)
        let to = try await ground.make("to")
        let given = try await together(ground) { index, account in
            if index % 2 == 0 { return try await ground.append([Sample(50 + index)], to: to, in: account) }
            let open = try await account.open(from, .readWrite)
            return Array(try await open.mailbox.copy(UIDSet(uids), to: to).destination)
        }
        let open = try await ground.open(to)
        try expect("the messages", open.uids, is: UIDSet(given.flatMap { $0 }))
        try expect("how many there are", open.uids.count, is: tasks / 2 * 5)
        for (index, copies) in given.enumerated() {
            for (number, uid) in copies.enumerated() {
                let expected = index % 2 == 0 ? Sample(50 + index) : Sample(number)
                try expect("\(uid)", try await ground.octets(of: uid, in: open.mailbox), is: expected.octets)
            }
        }
    }

    static let readers = ConformanceRule(
        "concurrent-readers", "While messages are appended in threes, every look sees whole commits.",
        "MessageAppend.commit"
    ) { ground in
        let name = try await ground.make("box")
        _ = try await together(ground) { index, account in
            for round in 0..<8 {
                if index % 2 == 0 {
                    try await ground.append((0..<3).map { Sample(round + $0) }, to: name, in: account)
                } else {
                    let count = try await account.status(of: name).messages
                    try expect(count % 3 == 0, "a status counts \(count) messages")
                    let open = try await account.open(name, .readOnly)
                    try expect(open.uids.count % 3 == 0, "an opening sees \(open.uids.count) messages")
                    try await open.mailbox.close()
                }
            }
        }
        try expect("the messages", try await ground.picture(name).messages.count, is: tasks / 2 * 24)
    }
}
