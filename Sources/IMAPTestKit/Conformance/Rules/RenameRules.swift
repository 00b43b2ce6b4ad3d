import IMAPHost
import IMAPTypes

/// Mailboxes take other names.
enum RenameRules {
    static let all = [
        moves, children, taken, allOrNone, inbox, inboxChildren, grows, freesName, handles, toCannot,
    ]

    static let moves = ConformanceRule(
        "rename-moves", "A renamed mailbox has its messages under the new name and nothing under the old.",
        "RFC 9051 section 6.3.6"
    ) { ground in
        let (old, _) = try await ground.make("old", messages: 3, flags: [.flagged])
        let new = try ground.name("new")
        let before = try await ground.picture(old)
        try await ground.account.rename(old, to: new)
        try expect(try await !ground.isThere(old), "\(old) is still listed as a mailbox")
        try expect(try await ground.isThere(new), "\(new) is not listed")
        try await expectError(.nonExistent, from: "open \(old)") { try await ground.account.open(old, .readOnly) }
        try expectSame(try await ground.picture(new), before)
        let (first, open) = (try await ground.picture(new).uids.first, try await ground.open(new, .readOnly))
        guard let first else { return }
        try expect("the first message", try await ground.octets(of: first, in: open.mailbox), is: Sample(0).octets)
    }

    /// The same messages, in the same order; the same UIDs while UIDVALIDITY is the same.
    private static func expectSame(_ new: Picture, _ old: Picture) throws {
        func list(_ picture: Picture) -> [String] {
            picture.messages.sorted { $0.key < $1.key }.map { _, message in
                "\(message.flags.map(\.description).sorted()) \(text(message.internalDate as Any)) \(message.size ?? 0)"
            }
        }
        try expect("messages under the new name", list(new), is: list(old))
        if new.uidValidity == old.uidValidity { try expect("UIDs under the same UIDVALIDITY", new.uids, is: old.uids) }
    }

    static let children = ConformanceRule(
        "rename-children", "Those below a mailbox are renamed with it.", "RFC 9051 section 6.3.6"
    ) { ground in
        var before: [(String, Picture)] = []
        for (index, path) in ["", "/b", "/b/c", "/d"].enumerated() {
            let (name, _) = try await ground.make("a" + path, messages: index + 1)
            before.append((path, try await ground.picture(name)))
        }
        try await ground.account.rename(try ground.name("a"), to: try ground.name("z"))
        for (path, picture) in before {
            try expect(try await !ground.isThere(try ground.name("a" + path)), "a\(path) is still there")
            try expectSame(try await ground.picture(try ground.name("z" + path)), picture)
        }
    }

    static let taken = ConformanceRule(
        "rename-taken", "A name that has a mailbox cannot be the new name.", "RFC 9051 section 6.3.6"
    ) { ground in
        let (a, _) = try await ground.make("a", messages: 1)
        let (b, _) = try await ground.make("b", messages: 2)
        let (below, _) = try await ground.make("c", messages: 2)
        let before = [try await ground.picture(a), try await ground.picture(b), try await ground.picture(.inbox)]
        for new in [b, .inbox, a] {
            try await expectError(.alreadyExists, from: "rename a to \(new)") {
                try await ground.account.rename(a, to: new)
            }
        }
        try await expectError(.alreadyExists, from: "rename INBOX to b") {
            try await ground.account.rename(.inbox, to: b)
        }
        let after = [try await ground.picture(a), try await ground.picture(b), try await ground.picture(.inbox)]
        try expect("a, b and INBOX", after, is: before)
        guard ground.account.separator != nil else { return }
        let (child, _) = try await ground.make("c/d", messages: 1)
        try await expectError(.alreadyExists, from: "rename c to c/d, which is there") {
            try await ground.account.rename(below, to: child)
        }
        try expect("messages of c", try await ground.picture(below).messages.count, is: 2)
        try expect("messages of c/d", try await ground.picture(child).messages.count, is: 1)
    }

    static let allOrNone = ConformanceRule(
        "rename-all-or-none", "When one of those below cannot be renamed, none is.", "Account.rename"
    ) { ground in
        var names: [MailboxName] = []
        for path in ["a", "a/b", "a/c", "a/d", "z/c"] { names.append(try await ground.make(path, messages: 1).0) }
        var before: [Picture] = []
        for name in names { before.append(try await ground.picture(name)) }
        let listed = Set(try await ground.account.mailboxes().map(\.name))
        let new = try ground.name("z")
        guard try await !ground.isThere(new) else { throw Inapplicable("it makes the levels above as mailboxes") }
        try await expectError(from: "rename a to z, while z/c is there") {
            try await ground.account.rename(names[0], to: new)
        }
        try expect("the names listed", Set(try await ground.account.mailboxes().map(\.name)), is: listed)
        for (name, picture) in zip(names, before) {
            try expect("\(name)", try await ground.picture(name), is: picture)
        }
    }

    static let inbox = ConformanceRule(
        "rename-inbox", "Renaming INBOX moves its messages and leaves it there, empty.", "RFC 9051 section 6.3.6"
    ) { ground in
        try await ground.append((0..<3).map { Sample($0, flags: [.seen]) }, to: .inbox)
        let before = try await ground.picture(.inbox)
        let new = try ground.name("saved")
        try await ground.account.rename(.inbox, to: new)
        try expectSame(try await ground.picture(new), before)
        let after = try await ground.picture(.inbox)
        try expect("messages of INBOX", after.uids, is: UIDSet())
        if after.uidValidity == before.uidValidity {
            try expect(after.uidNext >= before.uidNext, "INBOX gives UIDs again")
        }
        try await ground.append([Sample(9)], to: .inbox)
        try expect("new messages of INBOX", try await ground.picture(.inbox).messages.count, is: 1)
    }

    static let inboxChildren = ConformanceRule(
        "rename-inbox-alone", "Renaming INBOX leaves those below it where they are.", "RFC 9051 section 6.3.6"
    ) { ground in
        guard let separator = ground.account.separator,
            let child = MailboxName(MailboxName.inbox.octets + [separator, 0x61])
        else { throw Inapplicable("its names have no levels") }
        if let error = try await storeError({ try await ground.account.create(child) }) {
            throw Inapplicable("nothing can be made below INBOX: \(error)")
        }
        try await ground.append([Sample(1)], to: child)
        let before = try await ground.picture(child)
        try await ground.account.rename(.inbox, to: try ground.name("saved"))
        try expect("\(child)", try await ground.picture(child), is: before)
    }

    static let grows = ConformanceRule(
        "rename-uidvalidity", "A mailbox that takes a name used before has a greater UIDVALIDITY than the one before.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let name = try ground.name("name")
        let older = try await ground.make("older")
        try await ground.account.create(name)
        let used = try await ground.account.status(of: name).uidValidity
        try await ground.account.delete(name)
        let newer = try await ground.make("newer")
        for from in [older, newer] {
            try await ground.account.rename(from, to: name)
            let validity = try await ground.account.status(of: name).uidValidity
            try expect(validity > used, "UIDVALIDITY \(used.rawValue), after the rename \(validity.rawValue)")
            try await ground.account.rename(name, to: from)
        }
    }

    static let freesName = ConformanceRule(
        "rename-frees-name", "The name that a rename left can be made again, with a greater UIDVALIDITY.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let (name, _) = try await ground.make("name", messages: 2)
        let before = try await ground.account.status(of: name).uidValidity
        try await ground.account.rename(name, to: try ground.name("other"))
        try await ground.account.create(name)
        let status = try await ground.account.status(of: name)
        try expect("messages", status.messages, is: 0)
        try expect(status.uidValidity > before, "UIDVALIDITY \(before.rawValue), then \(status.uidValidity.rawValue)")
    }

    static let handles = ConformanceRule(
        "rename-keeps-handles", "A session that has a renamed mailbox open goes on with it, or gets an error.",
        "Account.rename"
    ) { ground in
        let (old, uids) = try await ground.make("old", messages: 2)
        let new = try ground.name("new")
        let open = try await ground.open(old)
        try await ground.account.rename(old, to: new)
        try await ground.account.create(old)
        try await ground.append([Sample(20)], to: old)
        if let records = try? await open.mailbox.messages(.all, .size) {
            try expect("the messages of the open mailbox", records.uids, is: uids)
            let first = uids[0]
            try expect("the first", try await ground.octets(of: first, in: open.mailbox), is: Sample(0).octets)
            try await open.mailbox.changeFlags(.add([.flagged]), of: UIDSet(first))
            let flags = try await ground.picture(new).flags.values
            try expect(flags.contains([.flagged]), "a flag set by the open session is not in \(new)")
        }
        let other = try await ground.picture(old).flags
        try expect(other.values.allSatisfy(\.isEmpty), "a flag set by the open session is in the new \(old)")
    }

    static let toCannot = ConformanceRule(
        "rename-refused-whole", "A new name that the store cannot keep changes nothing.", "Account.rename"
    ) { ground in
        let (name, _) = try await ground.make("name", messages: 1)
        let before = try await ground.picture(name)
        guard let long = MailboxName([UInt8](repeating: 0x6E, count: MailboxName.maximumLength)) else { return }
        if let error = try await storeError({ try await ground.account.rename(name, to: long) }) {
            try expect("the error for a name of 1,024 octets", error, is: .cannot)
            try expect("\(name)", try await ground.picture(name), is: before)
        } else {
            try expect("messages", try await ground.picture(long).messages.count, is: 1)
        }
    }
}
