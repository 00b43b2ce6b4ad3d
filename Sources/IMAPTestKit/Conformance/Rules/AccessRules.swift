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
    struct Shared {
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
    static func shared(_ ground: Ground, messages count: Int = 0) async throws -> Shared {
        guard let mine = ground.account as? any ControlledAccount,
            let theirs = try await ground.session(of: ground.secondUser) as? any ControlledAccount
        else { throw Inapplicable("the store has no ControlledAccount") }
        guard let prefix = mine.namespaces.shared.first?.prefix, let name = MailboxName(prefix + "common"),
            let me = AccessIdentifier(ground.user.name), let them = AccessIdentifier(ground.secondUser.name)
        else { throw Inapplicable("the users have no mailbox in common") }
        try await mine.create(name)
        let refusal = try await storeError { _ = try await mine.changeRights(of: me, in: name, .replace(.standard)) }
        guard refusal == nil else { throw Inapplicable("who makes a mailbox does not administer it") }
        try await ground.append((0..<count).map { Sample($0) }, to: name)
        return Shared(ground: ground, name: name, mine: mine, theirs: theirs, them: them)
    }

    static func flags(_ uid: UID, _ name: MailboxName, _ ground: Ground) async throws -> Set<Flag> {
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
}

extension Array {
    func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await body(element)) }
        return results
    }
}
