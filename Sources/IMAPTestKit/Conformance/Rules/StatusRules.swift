import IMAPHost
import IMAPTypes

/// The numbers about a mailbox, and the snapshot of an opening.
enum StatusRules {
    static let all = [agrees, follows, uidNext, snapshot, firstUnseen, flagsKnown, readOnlyKeeps]

    static let agrees = ConformanceRule(
        "status-agrees", "The numbers of a status are those of the messages.", "RFC 9051 section 6.3.11"
    ) { ground in
        let name = try await ground.make("box")
        try await ground.append(
            [
                Sample(0), Sample(1, flags: [.seen]), Sample(2, flags: [.deleted]),
                Sample(3, flags: [.seen, .deleted]),
                Sample(4, flags: [.flagged]),
            ], to: name)
        try await expectAgreement(name, ground)
    }

    static let follows = ConformanceRule(
        "status-follows", "The numbers of a status follow every change.", "RFC 9051 section 6.3.11"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 6)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[0...2]))
        try await expectAgreement(name, ground)
        try await open.mailbox.changeFlags(.replace([.seen]), of: UIDSet(uids[2...4]))
        try await expectAgreement(name, ground)
        _ = try await open.mailbox.expunge(.all)
        try await expectAgreement(name, ground)
        try await ground.append([Sample(7, flags: [.deleted])], to: name)
        try await expectAgreement(name, ground)
        _ = try await open.mailbox.copy(UIDSet(uids[5]), to: name)
        try await expectAgreement(name, ground)
    }

    private static func expectAgreement(_ name: MailboxName, _ ground: Ground) async throws {
        let status = try await ground.account.status(of: name)
        let picture = try await ground.picture(name)
        let messages = picture.messages.values
        func size(_ messages: some Sequence<Picture.Message>) -> UInt64? {
            messages.reduce(0) { sum, message in
                guard let (whole, overflows) = sum?.addingReportingOverflow(message.size ?? 0) else { return nil }
                return overflows ? nil : whole
            }
        }
        try expect("messages", status.messages, is: UInt32(messages.count))
        try expect("recent", status.recent, is: UInt32(picture.recent.count))
        try expect("unseen", status.unseen, is: UInt32(messages.filter { !$0.flags.contains(.seen) }.count))
        try expect("deleted", status.deleted, is: UInt32(messages.filter { $0.flags.contains(.deleted) }.count))
        try expect("size", status.size, is: size(messages))
        try expect("deleted size", status.deletedSize, is: size(messages.filter { $0.flags.contains(.deleted) }))
        try expect("UIDNEXT", status.uidNext, is: picture.uidNext)
        try expect("UIDVALIDITY", status.uidValidity, is: picture.uidValidity)
        try expect("mod-sequence", status.highestModSequence, is: picture.highestModSequence ?? .zero)
    }

    static let uidNext = ConformanceRule(
        "uidnext-bound", "No new message has a UID below the UIDNEXT told before, and UIDNEXT never falls.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let name = try await ground.make("box")
        let open = try await ground.open(name)
        var bound = open.uidNext
        for round in 0..<4 {
            let uids = try await ground.append([Sample(round), Sample(round + 10)], to: name)
            try expect(uids[0] >= bound, "UIDNEXT was \(bound), the next message got \(uids[0])")
            let next = try await ground.account.status(of: name).uidNext
            try expect(next > uids[1], "UIDNEXT is \(next) and \(uids[1]) is taken")
            if round % 2 == 1 {
                try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids))
                _ = try await open.mailbox.expunge(UIDSet(uids))
            }
            bound = try await ground.account.status(of: name).uidNext
            try expect(bound >= next, "UIDNEXT fell from \(next) to \(bound)")
        }
    }

    static let snapshot = ConformanceRule(
        "open-snapshot", "An opening says what is in the mailbox at that moment.", "RFC 9051 section 6.3.2"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        for access in [MailboxAccess.readOnly, .readWrite] {
            let open = try await ground.open(name, access)
            let status = try await ground.account.status(of: name)
            try expect("the UIDs", open.uids, is: UIDSet(uids))
            try expect("UIDVALIDITY", open.uidValidity, is: status.uidValidity)
            try expect("UIDNEXT", open.uidNext, is: status.uidNext)
            try expect("mod-sequence", open.highestModSequence ?? .zero, is: status.highestModSequence)
            try expect(open.recent.subtracting(open.uids).isEmpty, "recent and not there: \(text(open.recent))")
            guard case .none = try await open.mailbox.changes(since: open.token) else {
                throw Breach("a change is reported and nothing happened since the opening")
            }
            if access == .readOnly {
                let unknown = open.permanentFlags.filter { !open.flags.contains($0) }
                try expect(unknown.isEmpty, "can be changed for good, and not known: \(text(unknown))")
            } else {
                for flag in [Flag.seen, .deleted, .flagged] {
                    try expect(open.permanentFlags.contains(flag), "\(flag) cannot be changed for good")
                }
            }
            let records = try await ground.records(open.mailbox, .flags)
            for flag in Set(records.flatMap { $0.flags ?? [] }) {
                try expect(open.flags.contains(flag), "\(flag) is in use and not among the flags")
            }
        }
    }

    static let firstUnseen = ConformanceRule(
        "open-first-unseen", "The first unseen message of an opening is the first without \\Seen.",
        "RFC 3501 section 6.3.1"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let open = try await ground.open(name)
        for seen in 0...4 {
            try await open.mailbox.changeFlags(.add([.seen]), of: UIDSet(uids[..<seen]))
            let first = try await ground.open(name, .readOnly).firstUnseen
            if let first { try expect("the first unseen", first, is: seen < 4 ? uids[seen] : nil) }
        }
        try await open.mailbox.changeFlags(.remove([.seen]), of: UIDSet(uids[1]))
        if let first = try await ground.open(name, .readOnly).firstUnseen {
            try expect("the first unseen, seen no more", first, is: uids[1])
        }
    }

    static let flagsKnown = ConformanceRule(
        "open-flags-known", "The flags of an opening include every keyword that a message has.",
        "RFC 9051 section 7.3.5"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let open = try await ground.open(name)
        let keyword = try ground.keyword("$Label1", in: open)
        try await open.mailbox.changeFlags(.add([keyword, .answered]), of: UIDSet(uids[1]))
        let known = try await ground.open(name).flags
        let used = Set(try await ground.picture(name).flags.values.flatMap { $0 })
        try expect(used.isSubset(of: known), "in use are \(text(used)), known \(text(known))")
        try expect("the flags, each once", Set(known).count, is: known.count)
    }

    static let readOnlyKeeps = ConformanceRule(
        "readonly-changes-nothing", "A mailbox that was opened read-only is not changed through that handle.",
        "RFC 9051 section 6.3.3"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.deleted])
        let before = try await ground.picture(name)
        let open = try await ground.open(name, .readOnly)
        for uid in uids { _ = try await ground.octets(of: uid, in: open.mailbox) }
        _ = try await ground.records(open.mailbox, [.flags, .digest])
        // Whether these throw is the store's choice; that they change nothing is not.
        _ = try? await open.mailbox.changeFlags(.add([.seen]), of: .all)
        _ = try? await open.mailbox.expunge(.all)
        try await open.mailbox.close()
        try expect("the mailbox", try await ground.picture(name), is: before)
    }
}
