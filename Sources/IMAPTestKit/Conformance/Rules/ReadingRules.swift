import IMAPHost
import IMAPTypes

/// Records of messages.
enum ReadingRules {
    static let all = [sorted, unknown, columns, batch, sessions]

    static let sorted = ConformanceRule(
        "messages-ascending", "Records come in ascending order of UID, each once.", "Mailbox.messages"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 30)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids[11]))
        try await open.mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids[3]))
        try expect("all", try await ground.records(open.mailbox, .flags).uids, is: uids)
        let some = UIDSet([uids[20], uids[3], uids[11], uids[4], uids[29]])
        let found = try await open.mailbox.messages(some, [.flags, .size]).uids
        try expect("some", found, is: [uids[3], uids[4], uids[11], uids[20], uids[29]])
    }

    static let unknown = ConformanceRule(
        "messages-unknown", "A UID that is gone, or never was, is left out.", "Mailbox.messages"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet([uids[1], uids[3]]))
        _ = try await open.mailbox.expunge(.all)
        try expect("all", try await ground.records(open.mailbox, .size).uids, is: [uids[0], uids[2], uids[4]])
        try expect("of those gone", try await open.mailbox.messages(UIDSet(uids[1]), .size).count, is: 0)
        try expect("of none", try await open.mailbox.messages(UIDSet(), .size).count, is: 0)
        guard let last = UID(.max) else { return }
        try expect("of the last UID", try await open.mailbox.messages(UIDSet(last), .size).count, is: 0)
    }

    static let columns = ConformanceRule(
        "messages-columns", "A record has each column that was asked for.", "Mailbox.messages"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2, flags: [.seen])
        let open = try await ground.open(name)
        for record in try await open.mailbox.messages(UIDSet(uids), .flags) {
            try expect("the flags of \(record.uid)", record.flags.map { Set($0) }, is: [.seen])
        }
        for (index, record) in try await open.mailbox.messages(UIDSet(uids), .size).enumerated() {
            try expect("the size of \(record.uid)", record.size, is: UInt64(Sample(index).octets.count))
        }
        for (index, record) in try await open.mailbox.messages(UIDSet(uids), .internalDate).enumerated() {
            try expect("the date of \(record.uid)", record.internalDate, is: Sample.date(index))
        }
        for record in try await open.mailbox.messages(UIDSet(uids), .modSequence) {
            if let highest = open.highestModSequence {
                try expect(record.modSequence != nil, "\(record.uid) has no mod-sequence, the mailbox has")
                try expect(record.modSequence ?? .zero <= highest, "\(record.uid) is above the highest mod-sequence")
            }
        }
        try expect("asked for no column", try await open.mailbox.messages(UIDSet(uids), []).uids, is: uids)
    }

    static let batch = ConformanceRule(
        "messages-batch", "A batch of 1,000 messages comes whole.", "Mailbox.messages"
    ) { ground in
        let name = try await ground.make("box")
        let uids = try await ground.append((0..<1000).map { Sample($0 % 10) }, to: name)
        let open = try await ground.open(name)
        let records = try await open.mailbox.messages(open.uids, [.flags, .size, .internalDate, .modSequence])
        try expect("the UIDs", records.uids, is: uids)
        for (index, record) in records.enumerated() {
            try expect("the size of \(record.uid)", record.size, is: UInt64(Sample(index % 10).octets.count))
        }
    }

    static let sessions = ConformanceRule(
        "sessions-agree", "What one session did every other sees at once.", "Mailbox"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let (one, two) = (try await ground.open(name), try await ground.open(name))
        try await one.mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids[0]))
        try await two.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[1...2]))
        for open in [one, two] {
            let flags = try await ground.records(open.mailbox, .flags).map { Set($0.flags ?? []) }
            try expect("the flags", flags, is: [[.flagged], [.deleted], [.deleted]])
        }
        _ = try await one.mailbox.expunge(.all)
        try expect("the messages", try await ground.records(two.mailbox, .flags).uids, is: [uids[0]])
    }
}
