import IMAPHost
import IMAPTypes

/// Copies.
enum CopyRules {
    static let all = [same, order, source, allOrNone, noTarget, itself, told, recent]

    static let same = ConformanceRule(
        "copy-same", "A copy has the octets, flags and internal date of its message.", "RFC 9051 section 6.4.7"
    ) { ground in
        let from = try await ground.make("from")
        let to = try await ground.make("to")
        let uids = try await ground.append(
            [Sample(3, flags: [.seen, .flagged]), Sample(4), Sample(5, flags: [.deleted])], to: from)
        let open = try await ground.open(from)
        if open.acceptsNewKeywords, let keyword = Flag("$Forwarded") {
            try await open.mailbox.changeFlags(.add([keyword]), of: UIDSet(uids[1]))
        }
        let copied = try await open.mailbox.copy(UIDSet(uids), to: to)
        let (old, new) = (try await ground.picture(from), try await ground.picture(to))
        let target = try await ground.open(to)
        for (index, (uid, copy)) in zip(uids, copied.destination).enumerated() {
            try expect("the flags of the copy of \(uid)", new.flags(of: copy), is: old.flags(of: uid))
            try expect("its date", new.messages[copy]?.internalDate, is: Sample.date(index + 3))
            try expect(
                "its octets", try await ground.octets(of: copy, in: target.mailbox), is: Sample(index + 3).octets)
        }
        try expect("the messages in the target", new.messages.count, is: 3)
    }

    static let order = ConformanceRule(
        "copy-order", "Copies are in the order of their messages: the n-th is the n-th.", "RFC 4315 section 3"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 12)
        let (to, old) = try await ground.make("to", messages: 2)
        let open = try await ground.open(from)
        let chosen = [uids[10], uids[0], uids[7], uids[6], uids[3]]
        let copied = try await open.mailbox.copy(UIDSet(chosen), to: to)
        try expect("the source", copied.source, is: UIDSet(chosen))
        try expect("how many copies there are", copied.destination.count, is: 5)
        let target = try await ground.open(to)
        try expect("UIDVALIDITY", copied.uidValidity, is: target.uidValidity)
        try expect("the target's messages", target.uids, is: copied.destination.union(UIDSet(old)))
        for (number, uid) in zip([0, 3, 6, 7, 10], copied.destination) {
            try expect("copy \(uid)", try await ground.octets(of: uid, in: target.mailbox), is: Sample(number).octets)
            try expect(uid > old[1], "the copy got UID \(uid), and \(old[1]) was there")
        }
    }

    static let source = ConformanceRule(
        "copy-source-kept", "Copying changes nothing in the mailbox copied from.", "RFC 9051 section 6.4.7"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 3, flags: [.seen])
        let to = try await ground.make("to")
        let open = try await ground.open(from)
        let before = try await ground.picture(from)
        _ = try await open.mailbox.copy(UIDSet(uids), to: to)
        try expect("the source", try await ground.picture(from), is: before)
        let readOnly = try await ground.open(from, .readOnly)
        _ = try await readOnly.mailbox.copy(UIDSet(uids[0]), to: to)
        try expect("the target", try await ground.picture(to).messages.count, is: 4)
    }

    static let allOrNone = ConformanceRule(
        "copy-all-or-none", "When one of the messages is gone the copy throws expunged and copies none.",
        "RFC 9051 section 6.4.7"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 4)
        let (to, _) = try await ground.make("to", messages: 1)
        let (open, other) = (try await ground.open(from), try await ground.open(from))
        try await other.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[2]))
        _ = try await other.mailbox.expunge(.all)
        let before = try await ground.picture(to)
        try await expectError(.expunged, from: "copy of 4, of which one is gone") {
            try await open.mailbox.copy(UIDSet(uids), to: to)
        }
        try expect("the target", try await ground.picture(to), is: before)
    }

    static let noTarget = ConformanceRule(
        "copy-no-target", "A copy to a name without a mailbox throws nonExistent and makes none.",
        "RFC 9051 section 6.4.7 (TRYCREATE)"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 2)
        let none = try ground.name("none")
        let open = try await ground.open(from)
        try await expectError(.nonExistent, from: "copy") { try await open.mailbox.copy(UIDSet(uids), to: none) }
        try expect(try await ground.entry(none) == nil, "the copy made \(none)")
    }

    static let itself = ConformanceRule(
        "copy-to-itself", "A message can be copied into its own mailbox and gets another UID.", "RFC 9051 section 6.4.7"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.flagged])
        let open = try await ground.open(name)
        let copied = try await open.mailbox.copy(UIDSet(uids[1...2]), to: name)
        try expect("UIDVALIDITY", copied.uidValidity, is: open.uidValidity)
        try expect("the source", copied.source, is: UIDSet(uids[1...2]))
        try expect("the copies", copied.destination.count, is: 2)
        let picture = try await ground.picture(name)
        try expect("the messages", picture.uids, is: UIDSet(uids).union(copied.destination))
        for (number, uid) in zip([1, 2], copied.destination) {
            try expect(uid > uids[2], "the copy got UID \(uid)")
            try expect("copy \(uid)", try await ground.octets(of: uid, in: open.mailbox), is: Sample(number).octets)
            try expect("the flags of copy \(uid)", picture.flags(of: uid), is: [.flagged])
        }
    }

    static let told = ConformanceRule(
        "copy-told", "A session that has the target open is told of the copies.", "Mailbox.changes"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 2)
        let to = try await ground.make("to")
        let (open, target) = (try await ground.open(from), try await ground.open(to))
        let copied = try await open.mailbox.copy(UIDSet(uids), to: to)
        switch try await target.mailbox.changes(since: target.token) {
        case .none: throw Breach("nothing is told")
        case .some(let appeared, _, _, _): try expect("what appeared", appeared, is: copied.destination)
        case .unknown(let uids, _): try expect("what is there", uids, is: copied.destination)
        }
    }

    static let recent = ConformanceRule(
        "copy-recent", "A copy is recent in its mailbox.", "RFC 3501 section 6.4.7"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 2)
        let to = try await ground.make("to")
        let copied = try await ground.open(from).mailbox.copy(UIDSet(uids), to: to)
        try expect("recent in the target", try await ground.open(to).recent, is: copied.destination)
    }
}
