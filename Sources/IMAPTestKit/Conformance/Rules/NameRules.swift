import IMAPHost
import IMAPTypes

/// Mailboxes come, are listed, and go.
enum NameRules {
    static let all = [
        typesAsAnnounced, separator, inboxExists, inboxWholeName, createLists, createTaken, createBelow, nonASCII,
        oddNames, caseOfNames, missing, deleteGoes, deleteKeepsChildren, deleteKeepsLookalikes, deleteInbox,
        deleteEndsHandles, recreateGrows, recreateIsAnother, uidValidityStays,
    ]

    static let typesAsAnnounced = ConformanceRule(
        "types-as-announced", "Accounts and mailboxes are of the types the store announced.", "MailStore.accountType"
    ) { ground in
        let open = try await ground.open(.inbox, .readOnly)
        try expect(
            type(of: ground.account) == ground.store.accountType,
            "an account is a \(type(of: ground.account)), announced was \(ground.store.accountType)")
        try expect(
            type(of: open.mailbox) == ground.store.mailboxType,
            "a mailbox is a \(type(of: open.mailbox)), announced was \(ground.store.mailboxType)")
    }

    static let separator = ConformanceRule(
        "separator-printable", "The separator is one octet of printable ASCII, and namespaces use it.",
        "Account.separator"
    ) { ground in
        if let separator = ground.account.separator {
            try expect((0x21...0x7E).contains(separator), "the separator is octet \(separator)")
        }
        let personal = ground.account.namespaces.personal
        try expect(!personal.isEmpty, "there is no personal namespace")
        for namespace in personal {
            try expect("the separator of \"\(namespace.prefix)\"", namespace.separator, is: ground.account.separator)
        }
    }

    static let inboxExists = ConformanceRule(
        "inbox-exists", "Every user has an INBOX, listed, and open to both kinds of session.", "RFC 9051 section 5.1"
    ) { ground in
        for user in [ground.user, ground.secondUser] {
            let account = try await ground.session(of: user)
            let entry = try await ground.entry(.inbox, in: account)
            try expect(entry != nil, "INBOX is not listed")
            try expect(
                entry?.attributes.contains(.noSelect) == false && entry?.attributes.contains(.nonExistent) == false,
                "INBOX is listed with \(text(entry?.attributes ?? []))")
            _ = try await account.open(.inbox, .readOnly)
            _ = try await account.open(.inbox, .readWrite)
            _ = try await account.status(of: .inbox)
        }
    }

    static let inboxWholeName = ConformanceRule(
        "inbox-whole-name", "INBOX is meant in any case, and as the whole name only.", "RFC 9051 section 5.1"
    ) { ground in
        guard let mixed = MailboxName("iNbOx") else { return }
        let validity = try await ground.account.status(of: .inbox).uidValidity
        try expect("UIDVALIDITY of iNbOx", try await ground.account.status(of: mixed).uidValidity, is: validity)
        let longer = try ground.name("INBOXES")
        try await expectError(.nonExistent, from: "status of INBOXES") { try await ground.account.status(of: longer) }
    }

    static let createLists = ConformanceRule(
        "create-lists", "A mailbox that was made is listed once and empty.", "RFC 9051 section 6.3.4"
    ) { ground in
        let name = try await ground.make("made")
        try expect(try await ground.isThere(name), "\(name) is not listed as a mailbox")
        let other = try await ground.session()
        try expect(try await ground.entry(name, in: other) != nil, "another session does not see \(name)")
        let status = try await ground.account.status(of: name)
        try expect("its messages", status.messages, is: 0)
        try expect("its recent messages", status.recent, is: 0)
        try expect("its unseen messages", status.unseen, is: 0)
        try expect("its size", status.size, is: 0)
        let open = try await ground.open(name)
        try expect("the UIDs in it", open.uids, is: UIDSet())
    }

    static let createTaken = ConformanceRule(
        "create-taken", "A name that has a mailbox cannot be made again; INBOX neither.", "RFC 9051 section 6.3.4"
    ) { ground in
        let (name, _) = try await ground.make("made", messages: 2)
        let before = try await ground.picture(name)
        try await expectError(.alreadyExists, from: "create \(name) again") { try await ground.account.create(name) }
        try await expectError(.alreadyExists, from: "create INBOX") { try await ground.account.create(.inbox) }
        try expect("\(name) after the refusal", try await ground.picture(name), is: before)
    }

    static let createBelow = ConformanceRule(
        "create-below", "A mailbox can be made below another and holds messages of its own.", "RFC 9051 section 6.3.4"
    ) { ground in
        let (parent, above) = try await ground.make("a", messages: 1)
        let (child, below) = try await ground.make("a/b", messages: 3)
        let (grandchild, _) = try await ground.make("a/b/c", messages: 2)
        try expect("messages of a", try await ground.picture(parent).uids, is: UIDSet(above))
        try expect("messages of a/b", try await ground.picture(child).uids, is: UIDSet(below))
        try expect("messages of a/b/c", try await ground.picture(grandchild).messages.count, is: 2)
    }

    static let nonASCII = ConformanceRule(
        "name-octets-kept", "A name of any script is listed with the octets it was made with.", "RFC 9051 section 5.1"
    ) { ground in
        try await keepsOrRefuses(["Entwürfe", "台北", "日本語", "Ж и я", "🗄️", "a\u{301}", "\u{E1}"], on: ground)
    }

    static let oddNames = ConformanceRule(
        "name-odd", "A name that means something elsewhere is kept like any other, or refused with cannot.",
        "RFC 9051 section 5.1"
    ) { ground in
        let odd = [
            "..", ".", "~", "~root", "a b", " a", "%", "*", "a&b", "&AOQ-", "a\\b", "\"q\"", "(x)", "{3}", "cur",
            "new", "tmp", ".x", "x.", "-", "#a", "a:2,S", "NIL", "dovecot-uidlist", String(repeating: "n", count: 255),
            String(repeating: "m", count: 900), String(repeating: "ü", count: 200),
        ]
        try await keepsOrRefuses(odd, on: ground)
    }

    /// Makes all, fills each with one message, and looks that each is there, alone, and can be deleted.
    private static func keepsOrRefuses(_ paths: [String], on ground: Ground) async throws {
        let before = Set(try await ground.account.mailboxes().map(\.name))
        var kept: [(name: MailboxName, uids: [UID], sample: Sample)] = []
        for (index, path) in paths.enumerated() {
            // A separator within would be a level.
            if let separator = ground.account.separator, path.utf8.contains(separator) { continue }
            let name = try ground.name(path)
            if let error = try await storeError({ try await ground.account.create(name) }) {
                try expect(error == .cannot || error == .alreadyExists, "create \(name): \(error)")
                continue
            }
            let sample = Sample(index)
            kept.append((name, try await ground.append([sample], to: name), sample))
        }
        let listed = Set(try await ground.account.mailboxes().map(\.name)).subtracting(before)
        try expect("the names listed", listed.map(\.description).sorted(), is: kept.map(\.name.description).sorted())
        for (name, uids, sample) in kept {
            let open = try await ground.open(name, .readOnly)
            try expect("the messages of \(name)", open.uids, is: UIDSet(uids))
            for uid in uids {
                try expect(
                    "the message in \(name)", try await ground.octets(of: uid, in: open.mailbox), is: sample.octets)
            }
        }
        for (name, _, _) in kept { try await ground.account.delete(name) }
        let left = Set(try await ground.account.mailboxes().map(\.name)).subtracting(before)
        try expect("the names left", left.map(\.description).sorted(), is: [])
    }

    static let caseOfNames = ConformanceRule(
        "name-case", "Names of other case are other mailboxes.", "RFC 9051 section 5.1"
    ) { ground in
        let (lower, _) = try await ground.make("work", messages: 2)
        let upper = try ground.name("Work")
        try await expectError(.nonExistent, from: "status of Work, made was work") {
            try await ground.account.status(of: upper)
        }
        if try await storeError({ try await ground.account.create(upper) }) == nil {
            try await ground.append([Sample(9)], to: upper)
        }
        try expect("messages of work", try await ground.picture(lower).messages.count, is: 2)
    }

    static let missing = ConformanceRule(
        "missing-mailbox", "A name without a mailbox is refused with nonExistent, by every call.", "RFC 5530 section 3"
    ) { ground in
        let (name, other) = (try ground.name("none"), try ground.name("other"))
        let account = ground.account
        try await expectError(.nonExistent, from: "status") { try await account.status(of: name) }
        try await expectError(.nonExistent, from: "open read-only") { try await account.open(name, .readOnly) }
        try await expectError(.nonExistent, from: "open read-write") { try await account.open(name, .readWrite) }
        try await expectError(.nonExistent, from: "delete") { try await account.delete(name) }
        try await expectError(.nonExistent, from: "rename") { try await account.rename(name, to: other) }
        try await expectError(.nonExistent, from: "append") { try await account.append(to: name) }
        try expect(try await ground.entry(name) == nil, "the refused calls made \(name)")
    }

    static let deleteGoes = ConformanceRule(
        "delete-goes", "A deleted mailbox is not listed, cannot be opened, and its messages do not come back.",
        "RFC 9051 section 6.3.5"
    ) { ground in
        let (name, _) = try await ground.make("gone", messages: 3)
        try await ground.account.delete(name)
        try expect(try await !ground.isThere(name), "\(name) is still listed as a mailbox")
        try await expectError(.nonExistent, from: "open") { try await ground.account.open(name, .readOnly) }
        try await ground.account.create(name)
        try expect("messages of the new mailbox", try await ground.picture(name).uids, is: UIDSet())
    }

    static let deleteKeepsChildren = ConformanceRule(
        "delete-keeps-children", "Deleting a mailbox leaves those below it alone.", "RFC 9051 section 6.3.5"
    ) { ground in
        let (parent, _) = try await ground.make("a", messages: 1)
        let (child, uids) = try await ground.make("a/b", messages: 2)
        try await ground.account.delete(parent)
        try expect(try await ground.isThere(child), "\(child) is no longer listed")
        try expect("messages below", try await ground.picture(child).uids, is: UIDSet(uids))
        try expect(try await !ground.isThere(parent), "\(parent) is still listed as a mailbox")
    }

    static let deleteKeepsLookalikes = ConformanceRule(
        "lookalikes-left-alone", "Deleting and renaming touch no name that only begins with the same octets.",
        "RFC 9051 section 6.3.6"
    ) { ground in
        let (name, _) = try await ground.make("list", messages: 1)
        var others: [MailboxName: Picture] = [:]
        for path in ["lists", "list-a", "list0"] {
            let (other, _) = try await ground.make(path, messages: 2)
            others[other] = try await ground.picture(other)
        }
        try await ground.account.rename(name, to: try ground.name("moved"))
        try await ground.account.delete(try ground.name("moved"))
        for (other, before) in others { try expect("\(other)", try await ground.picture(other), is: before) }
    }

    static let deleteInbox = ConformanceRule(
        "delete-inbox", "INBOX cannot be deleted.", "RFC 9051 section 6.3.5"
    ) { ground in
        try await ground.append([Sample(1)], to: .inbox)
        let before = try await ground.picture(.inbox)
        try await expectError(.cannot, from: "delete INBOX") { try await ground.account.delete(.inbox) }
        try expect("INBOX", try await ground.picture(.inbox), is: before)
    }

    static let deleteEndsHandles = ConformanceRule(
        "delete-ends-handles", "A session that has a deleted mailbox open gets an error, not an empty mailbox.",
        "RFC 9051 section 7.1 (CLOSED)"
    ) { ground in
        let (name, uids) = try await ground.make("gone", messages: 2)
        let open = try await ground.open(name)
        try await ground.account.delete(name)
        try await expectError(from: "changes of a deleted mailbox") {
            try await open.mailbox.changes(since: open.token)
        }
        try await expectError(from: "flags of a deleted mailbox") {
            try await open.mailbox.changeFlags(.add([.seen]), of: UIDSet(uids))
        }
    }

    static let recreateGrows = ConformanceRule(
        "recreate-uidvalidity", "A name that is used again gets a greater UIDVALIDITY.", "RFC 9051 section 2.3.1.1"
    ) { ground in
        let name = try ground.name("again")
        var last: UIDValidity?
        for round in 1...3 {
            try await ground.account.create(name)
            let validity = try await ground.account.status(of: name).uidValidity
            if let last { try expect(validity > last, "UIDVALIDITY \(last.rawValue), then \(validity.rawValue)") }
            last = validity
            try await ground.append([Sample(round)], to: name)
            try await ground.account.delete(name)
        }
    }

    static let recreateIsAnother = ConformanceRule(
        "recreate-is-another", "Whoever has the old mailbox open sees nothing of the new one of that name.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let (name, _) = try await ground.make("again", messages: 1)
        let open = try await ground.open(name)
        try await ground.account.delete(name)
        try await ground.account.create(name)
        try await ground.append((10..<14).map { Sample($0) }, to: name)
        let seen = try? await open.mailbox.messages(.all, .size)
        try expect(seen?.isEmpty ?? true, "the old handle reads \(seen?.count ?? 0) messages of the new mailbox")
        _ = try? await open.mailbox.changeFlags(.add([.deleted]), of: .all)
        _ = try? await open.mailbox.expunge(.all)
        let picture = try await ground.picture(name)
        try expect("messages of the new mailbox", picture.messages.count, is: 4)
        try expect(picture.flags.values.allSatisfy(\.isEmpty), "the old handle changed flags in the new mailbox")
    }

    static let uidValidityStays = ConformanceRule(
        "uidvalidity-stays", "UIDVALIDITY is the same for every session and call as long as the mailbox lives.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let (name, _) = try await ground.make("kept", messages: 2)
        let validity = try await ground.account.status(of: name).uidValidity
        for access in [MailboxAccess.readOnly, .readWrite, .readOnly] {
            let open = try await ground.open(name, access)
            try expect("UIDVALIDITY of an opening", open.uidValidity, is: validity)
            if access == .readWrite {
                try await open.mailbox.changeFlags(.add([.deleted]), of: .all)
                _ = try await open.mailbox.expunge(.all)
            }
        }
        try expect("UIDVALIDITY at last", try await ground.account.status(of: name).uidValidity, is: validity)
    }
}
