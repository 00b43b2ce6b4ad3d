import IMAPHost
import IMAPTypes
import Synchronization

/// The rights that mailboxes need, and what changes when rights do.
extension AccessRules {
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
