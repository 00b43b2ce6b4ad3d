import IMAPHost
import IMAPTypes

/// What a store still knows after a restart. They do not apply without a way to reopen it.
enum RestartRules {
    static let all = [messages, names, subscriptions, uses, uids, validity, modSequences, recent, uncommitted, tokens]

    static let messages = ConformanceRule(
        "restart-messages", "Messages are the same after a restart: UIDs, octets, flags, keywords, dates.",
        "MessageAppend.commit"
    ) { ground in
        let name = try await ground.make("box")
        try await ground.append((0..<6).map { Sample($0, flags: [.seen]) }, to: name)
        let open = try await ground.open(name)
        var flags: [Flag] = [.flagged]
        if open.acceptsNewKeywords, let keyword = Flag("$Forwarded") { flags.append(keyword) }
        try await open.mailbox.changeFlags(.add(flags), of: UIDSet(UID.first, UID(3) ?? .first))
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(open.uids.dropFirst().prefix(1)))
        _ = try await open.mailbox.expunge(.all)
        let before = try await ground.picture(name)
        let status = try await ground.account.status(of: name)
        let later = try await ground.reopened()
        try expect("the mailbox", try await later.picture(name), is: before)
        try expect("the status", try await later.account.status(of: name), is: status)
        let mailbox = try await later.open(name).mailbox
        for (uid, number) in zip(before.uids, [0, 2, 3, 4, 5]) {
            try expect("message \(uid)", try await later.octets(of: uid, in: mailbox), is: Sample(number).octets)
        }
    }

    static let names = ConformanceRule(
        "restart-names", "Mailboxes that were made, renamed and deleted are so after a restart.", "Account"
    ) { ground in
        try await ground.make("kept", messages: 1)
        try await ground.make("Entwurf\u{FC}", messages: 2)
        try await ground.make("gone", messages: 1)
        try await ground.make("old", messages: 3)
        try await ground.account.delete(try ground.name("gone"))
        try await ground.account.rename(try ground.name("old"), to: try ground.name("new"))
        func state(_ ground: Ground) async throws -> [String: MailboxStatus] {
            var found: [String: MailboxStatus] = [:]
            for entry in try await ground.account.mailboxes() where try await ground.isThere(entry.name) {
                found[entry.name.description] = try await ground.account.status(of: entry.name)
            }
            return found
        }
        let before = try await state(ground)
        try expect("the mailboxes", try await state(try await ground.reopened()), is: before)
    }

    static let subscriptions = ConformanceRule(
        "restart-subscriptions", "Subscriptions are the same after a restart, to absent names too.", "Account.subscribe"
    ) { ground in
        let (name, absent, ended) = (try await ground.make("a"), try ground.name("absent"), try ground.name("ended"))
        for each in [name, absent, ended] { try await ground.account.subscribe(to: each) }
        try await ground.account.unsubscribe(from: ended)
        let later = try await ground.reopened()
        try expect("subscribed", try await later.entry(name)?.isSubscribed, is: true)
        try expect("subscribed to the absent", try await later.entry(absent)?.isSubscribed, is: true)
        try expect(try await later.entry(ended) == nil, "a subscription that ended is back")
    }

    static let uses = ConformanceRule(
        "restart-special-use", "A mailbox keeps its special use over a restart.", "RFC 6154 section 3"
    ) { ground in
        guard let account = ground.account as? any SpecialUseAccount else {
            throw Inapplicable("the store has no SpecialUseAccount")
        }
        let name = try ground.name("bin")
        if try await storeError({ try await account.create(name, for: ["\\Trash"]) }) == .useAttribute {
            throw Inapplicable("no mailbox can be made for \\Trash")
        }
        let entry = try await ground.reopened().entry(name)
        try expect(entry?.attributes.contains("\\Trash") ?? false, "it has \(text(entry?.attributes ?? []))")
    }

    static let uids = ConformanceRule(
        "restart-uids", "A UID is not given again after a restart, the mailbox's greatest neither.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids[1...2]))
        _ = try await open.mailbox.expunge(.all)
        let status = try await ground.account.status(of: name)
        let later = try await ground.reopened()
        let now = try await later.account.status(of: name)
        try expect("UIDVALIDITY", now.uidValidity, is: status.uidValidity)
        let new = try await later.append([Sample(4)], to: name)
        try expect(new[0] > uids[2], "UID \(new[0]) was given after \(uids[2])")
    }

    static let validity = ConformanceRule(
        "restart-uidvalidity", "A name that was deleted before a restart gets a greater UIDVALIDITY after it.",
        "RFC 9051 section 2.3.1.1"
    ) { ground in
        let (name, _) = try await ground.make("again", messages: 1)
        let before = try await ground.account.status(of: name).uidValidity
        try await ground.account.delete(name)
        let later = try await ground.reopened()
        try await later.account.create(name)
        let after = try await later.account.status(of: name).uidValidity
        try expect(after > before, "UIDVALIDITY \(before.rawValue), then \(after.rawValue)")
    }

    static let modSequences = ConformanceRule(
        "restart-modseq", "Mod-sequences stay over a restart and grow after it.", "RFC 7162 section 3.1"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.deleted])
        guard let mailbox = try await ground.open(name).mailbox as? any ConditionalMailbox else {
            throw Inapplicable("the store has no ConditionalMailbox")
        }
        try await mailbox.changeFlags(.add([.seen]), of: UIDSet(uids[1]))
        _ = try await mailbox.expunge(UIDSet(uids[2]))
        let before = try await ground.picture(name)
        let later = try await ground.reopened()
        try expect("the mailbox", try await later.picture(name), is: before)
        let records = try await later.open(name).mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids[0]))
        let (own, highest) = (records.first?.modSequence ?? .zero, before.highestModSequence ?? .zero)
        try expect(own > highest, "the highest was \(highest.rawValue), a change after it got \(own.rawValue)")
    }

    static let recent = ConformanceRule(
        "restart-recent", "What was claimed as recent before a restart is not recent after it.",
        "RFC 3501 section 2.3.2"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 2)
        _ = try await ground.open(name)
        let new = try await ground.append([Sample(3)], to: name)
        let recent = try await ground.reopened().open(name).recent
        try expect(recent.subtracting(UIDSet(new)).isEmpty, "recent, and claimed before: \(text(recent))")
    }

    static let uncommitted = ConformanceRule(
        "restart-uncommitted", "An append that was not committed before a restart is nowhere after it.", "MessageAppend"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let append = try await ground.account.append(to: name)
        try await ground.write(Sample(1), to: append)
        try await append.begin(NewMessage(flags: [], internalDate: nil, size: nil))
        try await append.write([0x61])
        let before = try await ground.picture(name)
        try expect("the mailbox", try await ground.reopened().picture(name), is: before)
    }

    static let tokens = ConformanceRule(
        "restart-tokens", "A token from before a restart is answered in full, or with all messages.", "ChangeToken"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 4)
        let open = try await ground.open(name)
        var witness = try await Witness(open)
        try await open.mailbox.changeFlags(.add([.deleted, .seen]), of: UIDSet(uids[1...2]))
        _ = try await open.mailbox.expunge(UIDSet(uids[1]))
        let later = try await ground.reopened()
        try await later.append([Sample(7)], to: name)
        try await witness.look(through: later.open(name).mailbox)
    }
}
