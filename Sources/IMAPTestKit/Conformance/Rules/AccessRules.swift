import IMAPHost
import IMAPTypes
import Synchronization

/// Access control lists. They do not apply without ``ControlledAccount``, or where two users have no mailbox in common
/// that the first of them administers.
enum AccessRules {
    static let all = [
        lists, changes, grantable, administered, hidden, lookedUp, anyone, negative, reading, seen, partly, replaced,
        inserting, arriving, copying, moving, expunging, deleting, renaming, inherited, keptByRenaming, atEachUse,
        flagsNow, annotated, restart,
    ]

    // MARK: Means

    /// A mailbox that the first user administers, and that the second has the rights for that the rule gives.
    private struct Shared {
        let ground: Ground
        let name: MailboxName
        let mine: any ControlledAccount
        let theirs: any ControlledAccount
        let them: AccessIdentifier

        /// From now on the second user has these rights and no others.
        func grant(_ rights: String, of name: MailboxName? = nil) async throws {
            let name = name ?? self.name
            for entry in try await mine.accessList(of: name) where entry.identifier != ours {
                _ = try await mine.removeRights(of: entry.identifier, in: name)
            }
            guard let rights = AccessRights(rights.utf8) else { throw Breach("\(rights) are no rights") }
            guard !rights.isEmpty else { return }
            _ = try await mine.changeRights(of: them, in: name, .replace(rights))
            let found = try await theirs.rights(in: name)
            guard found == rights else { throw Inapplicable("granted \(rights), the user has \(found)") }
        }

        private var ours: AccessIdentifier? { AccessIdentifier(ground.user.name) }

        func below(_ path: String, _ name: MailboxName? = nil) throws -> MailboxName {
            guard let separator = mine.separator,
                let below = MailboxName((name ?? self.name).octets + [separator] + Array(path.utf8))
            else { throw Inapplicable("its names have no levels") }
            return below
        }
    }

    /// Makes a mailbox in the namespace that all share, with `count` messages, and gives its maker every right.
    private static func shared(_ ground: Ground, messages count: Int = 0) async throws -> Shared {
        guard let mine = ground.account as? any ControlledAccount,
            let theirs = try await ground.session(of: ground.secondUser) as? any ControlledAccount
        else { throw Inapplicable("the store has no ControlledAccount") }
        guard let prefix = mine.namespaces.shared.first?.prefix, let name = MailboxName(prefix + "common"),
            let me = AccessIdentifier(ground.user.name), let them = AccessIdentifier(ground.secondUser.name)
        else { throw Inapplicable("the users have no mailbox in common") }
        try await mine.create(name)
        guard try await mine.rights(in: name).contains(.administer) else {
            throw Inapplicable("who makes a mailbox does not administer it")
        }
        _ = try await mine.changeRights(of: me, in: name, .replace(.standard))
        try await ground.append((0..<count).map { Sample($0) }, to: name)
        return Shared(ground: ground, name: name, mine: mine, theirs: theirs, them: them)
    }

    private static func flags(_ uid: UID, _ name: MailboxName, _ ground: Ground) async throws -> Set<Flag> {
        try await ground.picture(name).messages[uid]?.flags ?? []
    }

    // MARK: The lists

    static let lists = ConformanceRule(
        "acl-set", "An entry has the rights it was given last; one without rights, or removed, gives none.",
        "RFC 4314 section 3.1"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("lr")
        func entry() async throws -> AccessRights? {
            let list = try await shared.mine.accessList(of: shared.name)
            return list.first { $0.identifier == shared.them }?.rights
        }
        var rights = try await entry()
        try expect("the entry", rights, is: [.lookup, .read])
        try await shared.grant("lrswi")
        rights = try await entry()
        try expect("the entry", rights, is: [.lookup, .read, .seen, .write, .insert])
        for _ in 0..<2 { _ = try await shared.mine.removeRights(of: shared.them, in: shared.name) }
        rights = try await entry()
        try expect("the entry that was removed", rights ?? [], is: [])
        try expect("rights", try await shared.theirs.rights(in: shared.name), is: [])
    }

    static let changes = ConformanceRule(
        "acl-change", "Rights are added to those there are, and taken from them.", "RFC 4314 section 3.1"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("lrs")
        _ = try await shared.mine.changeRights(of: shared.them, in: shared.name, .add([.insert, .seen]))
        try expect("added", try await shared.theirs.rights(in: shared.name), is: [.lookup, .read, .seen, .insert])
        _ = try await shared.mine.changeRights(of: shared.them, in: shared.name, .remove([.seen, .write]))
        try expect("removed", try await shared.theirs.rights(in: shared.name), is: [.lookup, .read, .insert])
    }

    static let grantable = ConformanceRule(
        "acl-grantable", "What can be granted is named once, and can be.", "RFC 4314 section 3.7"
    ) { ground in
        let shared = try await shared(ground)
        let grantable = try await shared.mine.grantableRights(of: shared.them, in: shared.name)
        var seen = grantable.always
        for set in grantable.optional {
            try expect(seen.isDisjoint(with: set), "\(set) is named twice")
            seen.formUnion(set)
            _ = try await shared.mine.changeRights(of: shared.them, in: shared.name, .replace(set))
            let list = try await shared.mine.accessList(of: shared.name)
            let granted = list.first { $0.identifier == shared.them }?.rights ?? []
            try expect(granted.isSuperset(of: set), "\(set) was granted, and the entry has \(granted)")
        }
        try expect(seen.isSubset(of: type(of: shared.mine).knownRights), "\(seen) are not all known")
    }

    static let administered = ConformanceRule(
        "acl-administer", "Only who has `a` reads or changes a list; the others may know their own rights.",
        "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("lrswipkxte")
        let before = try await shared.mine.accessList(of: shared.name)
        for (what, call) in try listCalls(shared) { try await expectError(.noPermission, from: what, call) }
        try expect("the list", try await shared.mine.accessList(of: shared.name), is: before)
        try expect("one's own rights", try await shared.theirs.rights(in: shared.name).contains(.write), is: true)
        try await shared.grant("la")
        for (_, call) in try listCalls(shared) { try await call() }
    }

    private static func listCalls(_ shared: Shared) throws -> [(String, () async throws -> Void)] {
        let (account, name, them) = (shared.theirs, shared.name, shared.them)
        return [
            ("accessList", { _ = try await account.accessList(of: name) }),
            ("grantableRights", { _ = try await account.grantableRights(of: them, in: name) }),
            ("changeRights", { _ = try await account.changeRights(of: them, in: name, .add(.lookup)) }),
        ]
    }

    // MARK: Looking up

    static let hidden = ConformanceRule(
        "acl-hidden", "A mailbox that one has no right for is as one that does not exist, for every call.",
        "RFC 4314 section 6"
    ) { ground in
        let shared = try await shared(ground, messages: 1)
        try await shared.grant("")
        let absent = try shared.below("absent")
        try expect(try await ground.entry(shared.name, in: shared.theirs) == nil, "it is listed")
        let own = try await ground.open(.inbox, .readWrite, in: shared.theirs)
        let uid = UIDSet(try await ground.append([Sample(5)], to: .inbox, in: shared.theirs))
        let name = MailboxName(Array("elsewhere".utf8)) ?? .inbox
        for target in [shared.name, absent] {
            let calls: [(String, () async throws -> Void)] = [
                ("open", { _ = try await shared.theirs.open(target, .readOnly) }),
                ("status", { _ = try await shared.theirs.status(of: target) }),
                ("append", { _ = try await shared.theirs.append(to: target) }),
                ("copy", { _ = try await own.mailbox.copy(uid, to: target) }),
                ("delete", { try await shared.theirs.delete(target) }),
                ("accessList", { _ = try await shared.theirs.accessList(of: target) }),
                ("grantableRights", { _ = try await shared.theirs.grantableRights(of: shared.them, in: target) }),
                (
                    "changeRights",
                    { _ = try await shared.theirs.changeRights(of: shared.them, in: target, .add(.read)) }
                ),
                ("removeRights", { _ = try await shared.theirs.removeRights(of: shared.them, in: target) }),
            ]
            for (what, call) in calls { try await expectError(.nonExistent, from: "\(what) of \(target)", call) }
            if let mover = own.mailbox as? any MovableMailbox {
                try await expectError(.nonExistent, from: "move to \(target)") { try await mover.move(uid, to: target) }
            }
            if let account = shared.theirs as? any AnnotatedAccount, type(of: account).annotatesMailboxes {
                try await expectError(.nonExistent, from: "annotations of \(target)") {
                    try await account.annotations(of: .mailbox(target))
                }
            }
        }
        let errors = try await [shared.name, absent].asyncMap { old in
            try await storeError { try await shared.theirs.rename(old, to: name) }
        }
        try expect("rename, of the hidden one and of the absent one", errors[0], is: errors[1])
        try expect("the messages", try await ground.picture(shared.name).messages.count, is: 1)
    }

    static let lookedUp = ConformanceRule(
        "acl-lookup", "With `l` alone it is listed, and everything else is refused with noPermission.",
        "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground, messages: 1)
        try await shared.grant("l")
        try expect(try await ground.entry(shared.name, in: shared.theirs) != nil, "it is not listed")
        let own = try await ground.open(.inbox, .readWrite, in: shared.theirs)
        let uid = UIDSet(try await ground.append([Sample(5)], to: .inbox, in: shared.theirs))
        let calls: [(String, () async throws -> Void)] = [
            ("open", { _ = try await shared.theirs.open(shared.name, .readOnly) }),
            ("status", { _ = try await shared.theirs.status(of: shared.name) }),
            ("append", { _ = try await shared.theirs.append(to: shared.name) }),
            ("copy", { _ = try await own.mailbox.copy(uid, to: shared.name) }),
            ("delete", { try await shared.theirs.delete(shared.name) }),
            ("rename", { try await shared.theirs.rename(shared.name, to: shared.below("x")) }),
            ("create below", { try await shared.theirs.create(shared.below("x")) }),
        ]
        for (what, call) in calls { try await expectError(.noPermission, from: what, call) }
        try expect("what is below", try await ground.entry(shared.below("x")), is: nil)
    }

    static let anyone = ConformanceRule(
        "acl-anyone", "What `anyone` is granted, every user has.", "RFC 4314 section 2"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("")
        guard let anyone = AccessIdentifier.anyone else { return }
        _ = try await shared.mine.changeRights(of: anyone, in: shared.name, .replace([.lookup, .read]))
        let rights = try await shared.theirs.rights(in: shared.name)
        try expect(rights.isSuperset(of: [.lookup, .read]), "the user has \(rights)")
        _ = try await shared.theirs.open(shared.name, .readOnly)
    }

    static let negative = ConformanceRule(
        "acl-negative", "What an identifier with a dash is granted is taken from whom it names.", "RFC 4314 section 2"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("lr")
        guard let minus = AccessIdentifier("-" + shared.them.description) else { return }
        guard
            try await storeError({
                try await shared.mine.changeRights(of: minus, in: shared.name, .replace([.read, .write]))
            }) == nil
        else { throw Inapplicable("it has no negative rights") }
        try expect("rights", try await shared.theirs.rights(in: shared.name), is: [.lookup])
        try await expectError(.noPermission, from: "open") { try await shared.theirs.open(shared.name, .readOnly) }
        // DELETEACL of the name leaves the negative entry alone.
        _ = try await shared.mine.removeRights(of: shared.them, in: shared.name)
        let list = try await shared.mine.accessList(of: shared.name)
        try expect(list.contains { $0.identifier == minus }, "the negative entry went with the other one")
    }

    // MARK: Messages

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

    // MARK: Mailboxes

    static let deleting = ConformanceRule(
        "acl-delete", "`x` lets the mailbox be deleted, and its list goes with it.", "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("lrswipktea")
        try await expectError(.noPermission, from: "delete without x") { try await shared.theirs.delete(shared.name) }
        try await shared.grant("x")
        try await shared.theirs.delete(shared.name)
        try await shared.mine.create(shared.name)
        let list = try await shared.mine.accessList(of: shared.name)
        let left = list.first { $0.identifier == shared.them }
        try expect("the entry of the old list", left, is: nil)
    }

    static let renaming = ConformanceRule(
        "acl-rename", "Renaming needs `x` of the mailbox and `k` above its new name.", "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        let (from, to) = (try shared.below("from"), try shared.below("to"))
        for name in [from, to] { try await shared.mine.create(name) }
        let new = try shared.below("new", to)
        for (source, target) in [("lx", "l"), ("l", "lk")] {
            try await shared.grant(source, of: from)
            try await shared.grant(target, of: to)
            try await expectError(.noPermission, from: "rename with \(source) and \(target)") {
                try await shared.theirs.rename(from, to: new)
            }
        }
        try await shared.grant("x", of: from)
        try await shared.grant("k", of: to)
        try await shared.theirs.rename(from, to: new)
        try expect(try await ground.entry(new) != nil, "it was not renamed")
    }

    static let inherited = ConformanceRule(
        "acl-create", "A mailbox is made with `k` of the nearest one above it, and has its list.", "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("lr")
        let name = try shared.below("a")
        try await expectError(.noPermission, from: "create without k") { try await shared.theirs.create(name) }
        try await shared.grant("lrk")
        let deep = try shared.below("b", name)
        try await shared.theirs.create(deep)
        try expect(
            "the list of the new mailbox", Set(try await shared.mine.accessList(of: deep)),
            is: Set(try await shared.mine.accessList(of: shared.name)))
    }

    static let keptByRenaming = ConformanceRule(
        "acl-rename-keeps", "A renamed mailbox keeps its list, and so do those below it.", "RFC 4314 section 4"
    ) { ground in
        let shared = try await shared(ground)
        let child = try shared.below("child")
        try await shared.mine.create(child)
        try await shared.grant("lrs")
        try await shared.grant("li", of: child)
        guard let prefix = shared.mine.namespaces.shared.first?.prefix, let new = MailboxName(prefix + "new") else {
            return
        }
        try await shared.mine.rename(shared.name, to: new)
        try expect("rights", try await shared.theirs.rights(in: new), is: [.lookup, .read, .seen])
        try expect(
            "rights below", try await shared.theirs.rights(in: shared.below("child", new)), is: [.lookup, .insert])
    }

    // MARK: What changes

    private final class Sleeper: WakeReceiver {
        let woken = Mutex<(names: Set<MailboxName>, topics: WakeTopics)>(([], []))

        func wake(_ mailbox: MailboxName) { _ = woken.withLock { $0.names.insert(mailbox) } }
        func wake(_ topics: WakeTopics) { woken.withLock { $0.topics.formUnion(topics) } }
    }

    static let atEachUse = ConformanceRule(
        "acl-each-use", "What is taken from a user who has a mailbox open is refused at the next call, and wakes.",
        "HOSTILE-INPUT R-AZ-3"
    ) { ground in
        let shared = try await shared(ground, messages: 1)
        try await shared.grant("lrswite")
        let sleeper = Sleeper()
        try await shared.theirs.watch(Wake(sleeper))
        let open = try await shared.theirs.open(shared.name, .readWrite)
        try await open.mailbox.changeFlags(.add([.flagged]), of: open.uids)
        sleeper.woken.withLock { $0 = ([], []) }
        try await shared.grant("lr")
        try await expectError(.noPermission, from: "changeFlags") {
            try await open.mailbox.changeFlags(.add([.seen]), of: open.uids)
        }
        try await expectError(.noPermission, from: "expunge") { try await open.mailbox.expunge(.all) }
        try expect(sleeper.woken.withLock { $0.topics.contains(.rights) }, "the session was not woken")
        _ = try await open.mailbox.changes(since: open.token)
        try await shared.grant("l")
        let uid = open.uids.first ?? .first
        let calls: [(String, () async throws -> Void)] = [
            ("changes", { _ = try await open.mailbox.changes(since: open.token) }),
            ("messages", { _ = try await open.mailbox.messages(open.uids, .flags) }),
            ("body", { _ = try await open.mailbox.body(of: uid) }),
            ("copy", { _ = try await open.mailbox.copy(open.uids, to: .inbox) }),
        ]
        for (what, call) in calls { try await expectError(.nonExistent, .noPermission, from: what, call) }
        try await open.mailbox.close()
    }

    static let flagsNow = ConformanceRule(
        "acl-flags-now", "The flags of an open mailbox that can be changed follow the rights.", "RFC 4314 section 5.1.1"
    ) { ground in
        let shared = try await shared(ground, messages: 1)
        try await shared.grant("lrswt")
        let open = try await shared.theirs.open(shared.name, .readWrite)
        guard let mailbox = open.mailbox as? any ControlledMailbox else {
            throw Inapplicable("the store has no ControlledMailbox")
        }
        let before = try await mailbox.currentFlags()
        try expect("permanent flags", Set(before.permanentFlags), is: Set(open.permanentFlags))
        try expect("new keywords", before.acceptsNewKeywords, is: open.acceptsNewKeywords)
        try await shared.grant("lrs")
        let after = try await mailbox.currentFlags()
        try expect("permanent flags", after.permanentFlags, is: [.seen])
        try expect("new keywords", after.acceptsNewKeywords, is: false)
    }

    static let annotated = ConformanceRule(
        "acl-annotations", "Annotations need `l` and one of `r`, `s`, `w`, `i` and `p`.", "RFC 5464 section 3.3"
    ) { ground in
        let shared = try await shared(ground)
        guard let account = shared.theirs as? any AnnotatedAccount, type(of: account).annotatesMailboxes,
            let name = EntryName("/shared/comment")
        else { throw Inapplicable("mailboxes have no annotations") }
        let object = AnnotatedObject.mailbox(shared.name)
        let changes = [AnnotationChange(name, [0x61])]
        for (rights, error) in [("l", StoreError.noPermission), ("lka", .noPermission), ("rswip", .nonExistent)] {
            try await shared.grant(rights)
            try await expectError(error, from: "annotations with \(rights)") {
                try await account.annotations(of: object)
            }
            try await expectError(error, from: "values with \(rights)") {
                try await account.values(of: [name], in: object)
            }
            try await expectError(error, from: "annotate with \(rights)") {
                try await account.annotate(object, changes)
            }
        }
        for rights in ["lr", "ls", "lw", "li", "lp"] {
            try await shared.grant(rights)
            try expect("annotate with \(rights)", try await account.annotate(object, changes), is: .done)
        }
        _ = try await account.annotationNews()
        try await shared.grant("l")
        guard let mine = shared.mine as? any AnnotatedAccount else { return }
        _ = try await mine.annotate(object, [AnnotationChange(name, [0x62])])
        try expect("news of what one may not see", try await account.annotationNews(), is: [])
    }

    static let restart = ConformanceRule(
        "restart-acl", "Access control lists are the same after a restart.", "ControlledAccount.changeRights"
    ) { ground in
        let shared = try await shared(ground)
        try await shared.grant("lrs")
        let before = try await shared.mine.accessList(of: shared.name)
        let later = try await ground.reopened()
        guard let account = later.account as? any ControlledAccount else { return }
        try expect("the list", try await account.accessList(of: shared.name), is: before)
    }
}

extension Array {
    fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
