import IMAPHost
import IMAPTypes
import Synchronization

/// The rights that messages need.
extension AccessRules {
    static let reading = ConformanceRule(
        "acl-read", "With `lr` it is opened read-only, and no flag is permanent.", "RFC 4314 section 5.2"
    ) { ground in
        let shared = try await shared(ground, messages: 2)
        try await shared.grant("lr")
        let open = try await shared.theirs.open(shared.name, .readWrite)
        try expect("the access", open.access, is: .readOnly)
        try expect("permanent flags", open.permanentFlags, is: [])
        try expect("new keywords", open.acceptsNewKeywords, is: false)
        try expect("messages", try await open.mailbox.messages(open.uids, .flags).count, is: 2)
        try await expectError(.noPermission, from: "changeFlags") {
            try await open.mailbox.changeFlags(.add([.seen]), of: open.uids)
        }
        try await shared.grant("lri")
        try expect("the access with i", try await shared.theirs.open(shared.name, .readWrite).access, is: .readWrite)
    }

    static let seen = ConformanceRule(
        "acl-flags", "`s` changes \\Seen, `t` changes \\Deleted, `w` the others, and none another.",
        "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground, messages: 1)
        let all: [(String, Flag)] = [("s", .seen), ("t", .deleted), ("w", .flagged)]
        for (right, own) in all {
            try await shared.grant("lri" + right)
            let open = try await shared.theirs.open(shared.name, .readWrite)
            for (_, flag) in all {
                if flag == own {
                    try await open.mailbox.changeFlags(.add([flag]), of: open.uids)
                    try expect("permanent with \(right)", open.permanentFlags.contains(flag), is: true)
                } else {
                    try await expectError(.noPermission, from: "\(flag) with \(right)") {
                        try await open.mailbox.changeFlags(.add([flag]), of: open.uids)
                    }
                    try expect("permanent with \(right)", open.permanentFlags.contains(flag), is: false)
                }
            }
            let first = open.uids.first ?? .first
            try expect("flags set with \(right)", try await flags(first, shared.name, ground).contains(own), is: true)
        }
    }

    static let partly = ConformanceRule(
        "acl-flags-partly", "Of several flags those are changed that may be; it fails when none may.",
        "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground, messages: 1)
        try await shared.grant("lrs")
        let open = try await shared.theirs.open(shared.name, .readWrite)
        let first = open.uids.first ?? .first
        let changed = try await open.mailbox.changeFlags(.add([.seen, .flagged, .deleted]), of: open.uids)
        try expect("flags", try await flags(first, shared.name, ground), is: [.seen])
        try expect("flags returned", changed.first?.flags, is: [.seen])
        if let mailbox = open.mailbox as? any ConditionalMailbox {
            let since = try await mailbox.messages(open.uids, .modSequence).first?.modSequence ?? .zero
            let result = try await mailbox.changeFlags(
                .remove([.seen, .flagged]), of: open.uids, unchangedSince: since)
            try expect("flags removed", result.changed.first?.flags, is: [])
            try await expectError(.noPermission, from: "changeFlags of nothing that may be") {
                try await mailbox.changeFlags(.add([.flagged]), of: open.uids, unchangedSince: .zero)
            }
        }
    }

    static let replaced = ConformanceRule(
        "acl-flags-replaced", "Replacing all flags leaves those alone that one may not change.", "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        let uids = try await ground.append([Sample(0, flags: [.seen, .flagged, .deleted])], to: shared.name)
        try await shared.grant("lrw")
        let open = try await shared.theirs.open(shared.name, .readWrite)
        try await open.mailbox.changeFlags(.replace([.answered]), of: UIDSet(uids))
        try expect("flags", try await flags(uids[0], shared.name, ground), is: [.seen, .deleted, .answered])
        try await open.mailbox.changeFlags(.replace([]), of: UIDSet(uids))
        try expect("flags", try await flags(uids[0], shared.name, ground), is: [.seen, .deleted])
    }

    static let inserting = ConformanceRule(
        "acl-insert", "`i` alone lets messages come, at the beginning of an append and at its end.",
        "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("i")
        try await ground.append([Sample(1)], to: shared.name, in: shared.theirs)
        let append = try await shared.theirs.append(to: shared.name)
        try await ground.write(Sample(2), to: append)
        try await shared.grant("lr")
        try await expectError(.noPermission, from: "commit without i") { try await append.commit() }
        try expect("messages", try await ground.picture(shared.name).messages.count, is: 1)
    }

    static let arriving = ConformanceRule(
        "acl-insert-flags", "A message comes with those of its flags that one may set, and never fails for them.",
        "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        let own = try await ground.make("own").octets
        guard let own = MailboxName(own) else { return }
        let all: [Flag] = [.seen, .deleted, .flagged]
        if try await ground.entry(own, in: shared.theirs) == nil { try await shared.theirs.create(own) }
        let theirs = try await shared.theirs.open(own, .readWrite)
        let source = UIDSet(try await ground.append([Sample(3, flags: all)], to: own, in: shared.theirs))
        for (right, kept) in [("s", [Flag.seen]), ("t", [.deleted]), ("w", [.flagged]), ("", [])] {
            try await shared.grant("lri" + right)
            let uids = try await ground.append([Sample(1, flags: all)], to: shared.name, in: shared.theirs)
            let copied = try await theirs.mailbox.copy(source, to: shared.name)
            for uid in [uids[0], copied.destination.first ?? .first] {
                try expect("flags with \(right)", try await flags(uid, shared.name, ground), is: Set(kept))
            }
        }
    }

    static let copying = ConformanceRule(
        "acl-copy", "Who may read may copy out, and needs no right to change what is copied.", "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground, messages: 2)
        try await shared.grant("lr")
        let open = try await shared.theirs.open(shared.name, .readOnly)
        let copied = try await open.mailbox.copy(open.uids, to: .inbox)
        try expect("copies", copied.destination.count, is: 2)
        try await expectError(.noPermission, from: "copy into it") {
            try await open.mailbox.copy(open.uids, to: shared.name)
        }
    }

    static let moving = ConformanceRule(
        "acl-move", "A message is moved away by one who has `t` and `e`.", "RFC 6851 section 4.2"
    ) { ground in
        let shared = try await shared(ground, messages: 1)
        for rights in ["lrswit", "lrswie"] {
            try await shared.grant(rights)
            let open = try await shared.theirs.open(shared.name, .readWrite)
            guard let mover = open.mailbox as? any MovableMailbox else {
                throw Inapplicable("the store has no MovableMailbox")
            }
            try await expectError(.noPermission, from: "move with \(rights)") {
                try await mover.move(open.uids, to: .inbox)
            }
        }
        try await shared.grant("lrte")
        let open = try await shared.theirs.open(shared.name, .readWrite)
        guard let mover = open.mailbox as? any MovableMailbox else { return }
        try expect("moved", try await mover.move(open.uids, to: .inbox).source.count, is: 1)
    }

    static let expunging = ConformanceRule(
        "acl-expunge", "`e` lets messages be expunged, and `t` does not.", "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        try await ground.append([Sample(0, flags: [.deleted])], to: shared.name)
        try await shared.grant("lrswit")
        let without = try await shared.theirs.open(shared.name, .readWrite)
        try await expectError(.noPermission, from: "expunge") { try await without.mailbox.expunge(.all) }
        try await shared.grant("lre")
        let open = try await shared.theirs.open(shared.name, .readWrite)
        try expect("expunged", try await open.mailbox.expunge(.all).count, is: 1)
    }
}
