import IMAPHost
import IMAPTypes

/// Quota. They do not apply without ``QuotaAccount``, or where no limit can be set.
enum QuotaRules {
    static let all = [unknownRoot, usage, messages, storage, whole, copies, moves, mailboxes, set]

    private static func account(_ ground: Ground) throws -> any QuotaAccount {
        guard let account = ground.account as? any QuotaAccount else {
            throw Inapplicable("the store has no QuotaAccount")
        }
        return account
    }

    private static func limit(_ limits: [QuotaLimit], _ ground: Ground) async throws {
        let account = try account(ground)
        for limit in limits where !type(of: account).quotaResources.contains(limit.resource) {
            throw Inapplicable("\(limit.resource.name) cannot be limited")
        }
        if let limitQuota = ground.limitQuota { return try await limitQuota(ground.store, ground.user, limits) }
        guard let settable = account as? any SettableQuotaAccount else { throw Inapplicable("no limit can be set") }
        let root = try await root(account)
        switch try await storeError({ try await settable.setQuota(of: root, to: limits) }) {
        case nil: return
        case .noPermission: throw Inapplicable("the user may set no limit")
        case .some(let error): throw Breach("setQuota threw \(error)")
        }
    }

    private static func root(_ account: any QuotaAccount) async throws -> QuotaRoot {
        guard let root = try await account.quotaRoots(of: .inbox).first else {
            throw Inapplicable("INBOX is under no quota root")
        }
        return root
    }

    /// The usage and limit of a resource; `nil` when it has no limit.
    private static func usage(_ resource: QuotaResource, _ ground: Ground) async throws -> QuotaUsage? {
        let account = try account(ground)
        return try await account.quota(of: try await root(account)).first { $0.resource == resource }
    }

    private static func used(_ resource: QuotaResource, _ ground: Ground) async throws -> UInt64 {
        guard let usage = try await usage(resource, ground) else { throw Breach("\(resource.name) has no limit") }
        return usage.usage
    }

    static let unknownRoot = ConformanceRule(
        "quota-unknown-root", "A root that is none is refused with nonExistent.", "RFC 9208 section 4.1.1"
    ) { ground in
        let account = try account(ground)
        guard let root = QuotaRoot(Array("no such root".utf8)) else { return }
        try await expectError(.nonExistent, from: "quota") { try await account.quota(of: root) }
        // A name without a mailbox has roots, or none; it is no error.
        _ = try await account.quotaRoots(of: try ground.name("absent"))
    }

    static let usage = ConformanceRule(
        "quota-usage", "Usage follows what comes and goes, in the resource's unit, rounded up.", "RFC 9208 section 5"
    ) { ground in
        try await limit([QuotaLimit(.message, 1_000_000), QuotaLimit(.storage, 1_000_000)], ground)
        let (messages, storage) = (try await used(.message, ground), try await used(.storage, ground))
        let name = try await ground.make("box")
        let kibibyte = Sample([UInt8](repeating: 0x61, count: 1024))
        let uids = try await ground.append([kibibyte, kibibyte, kibibyte], to: name)
        try expect("messages", try await used(.message, ground), is: messages + 3)
        try expect("storage", try await used(.storage, ground), is: storage + 3)
        let open = try await ground.open(name)
        _ = try await open.mailbox.copy(UIDSet(uids[0...1]), to: name)
        try expect("messages after a copy", try await used(.message, ground), is: messages + 5)
        try expect("storage after a copy", try await used(.storage, ground), is: storage + 5)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids))
        _ = try await open.mailbox.expunge(.all)
        try expect("messages after an expunge", try await used(.message, ground), is: messages + 2)
        try await ground.account.delete(name)
        try expect("messages after the mailbox went", try await used(.message, ground), is: messages)
        try expect("storage after the mailbox went", try await used(.storage, ground), is: storage)
    }

    static let messages = ConformanceRule(
        "quota-messages", "A message beyond the limit is refused with overQuota and not kept.", "RFC 9208 section 4.2"
    ) { ground in
        try await limit([QuotaLimit(.message, 1_000_000)], ground)
        let (name, _) = try await ground.make("box", messages: 1)
        try await limit([QuotaLimit(.message, try await used(.message, ground) + 2)], ground)
        try await ground.append([Sample(1), Sample(2)], to: name)
        let before = try await ground.picture(name)
        try await expectError(.overQuota, from: "append beyond the limit") {
            try await ground.append([Sample(3)], to: name)
        }
        try expect("the mailbox", try await ground.picture(name), is: before)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(before.uids.first ?? .first))
        _ = try await open.mailbox.expunge(.all)
        try await ground.append([Sample(4)], to: name)
    }

    static let storage = ConformanceRule(
        "quota-storage", "Octets beyond the limit are refused with overQuota and not kept.", "RFC 9208 section 5.1"
    ) { ground in
        try await limit([QuotaLimit(.storage, 1_000_000)], ground)
        let name = try await ground.make("box")
        try await limit([QuotaLimit(.storage, try await used(.storage, ground) + 4)], ground)
        let before = try await ground.picture(name)
        try await expectError(.overQuota, from: "append of 8 KiB under a limit of 4") {
            try await ground.append([Sample([UInt8](repeating: 0x61, count: 8192))], to: name)
        }
        try expect("the mailbox", try await ground.picture(name), is: before)
        try await ground.append([Sample([UInt8](repeating: 0x61, count: 2048))], to: name)
    }

    static let whole = ConformanceRule(
        "quota-all-or-none", "An append of several, of which one is beyond the limit, keeps none.",
        "RFC 3502 section 6.3.11"
    ) { ground in
        try await limit([QuotaLimit(.message, 1_000_000)], ground)
        let name = try await ground.make("box")
        try await limit([QuotaLimit(.message, try await used(.message, ground) + 2)], ground)
        let before = try await ground.picture(name)
        try await expectError(.overQuota, from: "append of 3 where 2 are free") {
            try await ground.append([Sample(1), Sample(2), Sample(3)], to: name)
        }
        try expect("the mailbox", try await ground.picture(name), is: before)
    }

    static let copies = ConformanceRule(
        "quota-copy", "A copy beyond the limit is refused with overQuota and copies none.", "RFC 9208 section 4.2"
    ) { ground in
        try await limit([QuotaLimit(.message, 1_000_000)], ground)
        let (from, uids) = try await ground.make("from", messages: 3)
        let to = try await ground.make("to")
        try await limit([QuotaLimit(.message, try await used(.message, ground) + 2)], ground)
        let open = try await ground.open(from)
        try await expectError(.overQuota, from: "copy of 3 where 2 are free") {
            try await open.mailbox.copy(UIDSet(uids), to: to)
        }
        try expect("copied", try await ground.picture(to).messages.count, is: 0)
        _ = try await open.mailbox.copy(UIDSet(uids[0...1]), to: to)
    }

    static let moves = ConformanceRule(
        "quota-move", "A move under one quota root needs no room: usage is the same.", "RFC 9208 section 4.2"
    ) { ground in
        try await limit([QuotaLimit(.message, 1_000_000)], ground)
        let (from, uids) = try await ground.make("from", messages: 3)
        let to = try await ground.make("to")
        guard let mailbox = try await ground.open(from).mailbox as? any MovableMailbox else {
            throw Inapplicable("the store has no MovableMailbox")
        }
        let before = try await used(.message, ground)
        try await limit([QuotaLimit(.message, before)], ground)
        _ = try await mailbox.move(UIDSet(uids), to: to)
        try expect("messages used", try await used(.message, ground), is: before)
    }

    static let mailboxes = ConformanceRule(
        "quota-mailboxes", "A mailbox beyond the limit is refused with overQuota and not made.", "RFC 9208 section 5.3"
    ) { ground in
        try await limit([QuotaLimit(.mailbox, 1_000)], ground)
        try await ground.make("first")
        try await limit([QuotaLimit(.mailbox, try await used(.mailbox, ground) + 1)], ground)
        try await ground.make("second")
        let name = try ground.name("third")
        try await expectError(.overQuota, from: "create beyond the limit") { try await ground.account.create(name) }
        try expect(try await ground.entry(name) == nil, "the refused call made \(name)")
        try await ground.account.delete(try ground.name("first"))
        try await ground.account.create(name)
    }

    static let set = ConformanceRule(
        "quota-set", "Limits are as they were set last; what was not named has none.", "RFC 9208 section 4.1.3"
    ) { ground in
        try await limit([QuotaLimit(.message, 500), QuotaLimit(.storage, 600)], ground)
        try expect("the limit of MESSAGE", try await usage(.message, ground)?.limit, is: 500)
        try expect("the limit of STORAGE", try await usage(.storage, ground)?.limit, is: 600)
        try await limit([QuotaLimit(.message, 700)], ground)
        try expect("the limit of MESSAGE", try await usage(.message, ground)?.limit, is: 700)
        try expect("the limit of STORAGE", try await usage(.storage, ground)?.limit, is: nil)
        let others = try await ground.session(of: ground.secondUser)
        guard let others = others as? any QuotaAccount, let theirs = try await others.quotaRoots(of: .inbox).first,
            try await theirs != root(account(ground))
        else { return }
        let found = try? await others.quota(of: theirs).first { $0.resource == .message }
        try expect(found?.limit != 700, "the other user has the limit as well")
    }
}
