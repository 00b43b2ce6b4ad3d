import IMAPHost
import IMAPTypes

/// Changing flags.
enum FlagRules {
    static let all = [
        add, remove, replace, system, returned, unchanged, onlyNamed, unknownUIDs, listedOnce, kept, indexed,
    ]

    static let add = ConformanceRule(
        "flags-add", "Adding flags keeps the others.", "RFC 9051 section 6.4.6"
    ) { ground in
        let expected: [Set<Flag>] = [[.flagged, .deleted], [.seen, .flagged, .deleted]]
        try await expectFlags(after: .add([.flagged, .deleted]), expected, ground)
    }

    static let remove = ConformanceRule(
        "flags-remove", "Removing flags keeps the others.", "RFC 9051 section 6.4.6"
    ) { ground in
        try await expectFlags(after: .remove([.seen, .flagged]), [[], [.deleted]], ground)
    }

    static let replace = ConformanceRule(
        "flags-replace", "Replacing flags leaves the new ones alone.", "RFC 9051 section 6.4.6"
    ) { ground in
        try await expectFlags(after: .replace([.flagged]), [[.flagged], [.flagged]], ground)
        let name = try ground.name("box")
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.replace([]), of: .all)
        for (uid, flags) in try await ground.picture(name).flags { try expect("\(uid)", flags, is: []) }
    }

    /// Of a message without flags, and of one with `\Seen` and `\Deleted`.
    private static func expectFlags(
        after change: FlagChange, _ expected: [Set<Flag>], _ ground: Ground
    ) async throws {
        let name = try await ground.make("box")
        let uids = try await ground.append([Sample(0), Sample(1, flags: [.seen, .deleted])], to: name)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(change, of: .all)
        let found = try await ground.picture(name).flags
        for (uid, flags) in zip(uids, expected) { try expect("the flags of \(uid)", found[uid], is: flags) }
    }

    static let system = ConformanceRule(
        "flags-system", "Each system flag that can be changed for good can be set and taken, by itself.",
        "RFC 9051 section 2.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 1)
        let open = try await ground.open(name)
        for flag in open.permanentFlags where flag.isSystem {
            try await open.mailbox.changeFlags(.add([flag]), of: UIDSet(uids))
            try expect("with \(flag)", try await ground.picture(name).flags(of: uids[0]), is: [flag])
            try await open.mailbox.changeFlags(.remove([flag]), of: UIDSet(uids))
            try expect("without \(flag)", try await ground.picture(name).flags(of: uids[0]), is: [])
        }
    }

    static let returned = ConformanceRule(
        "flags-returned", "A change returns the messages it changed, ascending, with the flags it left them.",
        "Mailbox.changeFlags"
    ) { ground in
        let name = try await ground.make("box")
        let uids = try await ground.append(
            [Sample(0), Sample(1, flags: [.seen]), Sample(2, flags: [.flagged]), Sample(3, flags: [.seen, .flagged])],
            to: name)
        let open = try await ground.open(name)
        var records = try await open.mailbox.changeFlags(.add([.seen]), of: UIDSet(uids[1...3]))
        try expect("changed by adding", records.uids, is: [uids[2]])
        try expect("its flags", records.first?.flags.map { Set($0) }, is: [.seen, .flagged])
        records = try await open.mailbox.changeFlags(.remove([.flagged]), of: .all)
        try expect("changed by removing", records.uids, is: [uids[2], uids[3]])
        try expect("their flags", records.map { Set($0.flags ?? []) }, is: [[.seen], [.seen]])
        records = try await open.mailbox.changeFlags(.replace([.seen]), of: .all)
        try expect("changed by replacing", records.uids, is: [uids[0]])
    }

    static let unchanged = ConformanceRule(
        "flags-unchanged", "A message whose flags are as asked already is not changed: no record, no change to tell.",
        "Mailbox.changeFlags"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2, flags: [.seen])
        let open = try await ground.open(name)
        let before = try await ground.picture(name)
        for change in [FlagChange.add([.seen]), .remove([.flagged]), .replace([.seen]), .add([]), .remove([])] {
            let records = try await open.mailbox.changeFlags(change, of: UIDSet(uids))
            try expect("changed by \(change)", records.uids, is: [])
        }
        try expect("the mailbox", try await ground.picture(name), is: before)
        guard case .none = try await open.mailbox.changes(since: open.token) else {
            throw Breach("a change is told that was none")
        }
    }

    static let onlyNamed = ConformanceRule(
        "flags-only-named", "Messages that were not named are left alone.", "RFC 9051 section 6.4.6"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5)
        let open = try await ground.open(name)
        let before = try await ground.picture(name)
        let named = UIDSet([uids[1], uids[3]])
        try await open.mailbox.changeFlags(.add([.flagged]), of: named)
        let after = try await ground.picture(name)
        for uid in uids {
            if named.contains(uid) {
                try expect("the flags of \(uid)", after.flags(of: uid), is: [.flagged])
            } else {
                try expect("message \(uid)", after.messages[uid], is: before.messages[uid])
            }
        }
    }

    static let unknownUIDs = ConformanceRule(
        "flags-unknown", "UIDs that are gone, or never were, are left out and make no message.", "Mailbox.changeFlags"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.deleted])
        let open = try await ground.open(name)
        _ = try await open.mailbox.expunge(UIDSet(uids[1]))
        let before = try await ground.picture(name)
        guard let never = UID(4_000_000_000) else { return }
        let records = try await open.mailbox.changeFlags(.add([.seen]), of: UIDSet([uids[1], never]))
        try expect("changed", records.uids, is: [])
        try expect("the mailbox", try await ground.picture(name), is: before)
        let some = try await open.mailbox.changeFlags(.add([.seen]), of: .all)
        try expect("changed of all", some.uids, is: [uids[0], uids[2]])
    }

    static let listedOnce = ConformanceRule(
        "flags-listed-once", "A flag named twice is set once, and a message lists no flag twice.",
        "RFC 9051 section 2.3.2"
    ) { ground in
        let name = try await ground.make("box")
        try await ground.append([Sample(0, flags: [.seen, .seen])], to: name)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.flagged, .flagged, .seen]), of: .all)
        let flags = try await ground.records(open.mailbox, .flags).first?.flags ?? []
        try expect("the flags", flags.map(\.description).sorted(), is: ["\\Flagged", "\\Seen"])
    }

    static let kept = ConformanceRule(
        "flags-kept", "Flags stay when all sessions have ended.", "RFC 9051 section 2.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let account = try await ground.looseSession()
        let open = try await account.open(name, .readWrite)
        try await open.mailbox.changeFlags(.add([.seen, .flagged]), of: UIDSet(uids[1]))
        try await open.mailbox.close()
        try await account.close()
        let flags = try await ground.picture(name).flags
        try expect("the flags", flags, is: [uids[0]: [], uids[1]: [.seen, .flagged]])
    }

    static let indexed = ConformanceRule(
        "flags-indexed", "A mailbox that knows which messages have a flag names those that exist and have it.",
        "FlagIndexedMailbox.flagged"
    ) { ground in
        let name = try await ground.make("box")
        // Alone, side by side, at either end.
        let flags: [[Flag]] = [
            [.seen], [.seen, .flagged], [], [.flagged], [.seen, .deleted], [.deleted], [.flagged], [.seen],
        ]
        let uids = try await ground.append(flags.enumerated().map { Sample($0.offset, flags: $0.element) }, to: name)
        let open = try await ground.open(name)
        guard let mailbox = open.mailbox as? any FlagIndexedMailbox else {
            throw Inapplicable("it is no FlagIndexedMailbox")
        }
        _ = try await mailbox.expunge(UIDSet(uids[5]))
        try await mailbox.changeFlags(.remove([.flagged]), of: UIDSet(uids[6]))
        let found = try await ground.picture(name).flags
        guard let never = UID(4_000_000_000), let unheardOf = Flag("$NeverSetHere"), let last = uids.last else {
            return
        }
        for asked in [UIDSet(uids), UIDSet(.first, never), UIDSet(uids[2], last), UIDSet([uids[0], uids[7]])] {
            let answer = try await mailbox.flagged(asked, with: [.flagged, unheardOf, .seen])
            let existing = UIDSet(found.keys).intersection(asked)
            try expect("those of \(text(asked)) that exist", answer.existing, is: existing)
            let expected = [Flag.flagged, unheardOf, .seen].map { flag in
                UIDSet(found.filter { asked.contains($0.key) && $0.value.contains(flag) }.keys)
            }
            try expect("those of \(text(asked)) with \\Flagged, a keyword, \\Seen", answer.having, is: expected)
        }
        try expect("without a flag", try await mailbox.flagged(UIDSet(uids), with: []).having, is: [])
    }
}
