import IMAPHost
import IMAPTypes

/// What a user is subscribed to.
enum SubscriptionRules {
    static let all = [listed, ended, absent, afterDelete, afterRename, created]

    static let listed = ConformanceRule(
        "subscription-listed", "A subscription is in the listing of every session of the user.",
        "RFC 9051 section 6.3.7"
    ) { ground in
        let name = try await ground.make("list")
        try expect("subscribed when new", try await isSubscribed(name, ground), is: false)
        try await ground.account.subscribe(to: name)
        try await ground.account.subscribe(to: name)
        try expect("subscribed", try await isSubscribed(name, ground), is: true)
    }

    static let ended = ConformanceRule(
        "subscription-ended", "Unsubscribing ends it; one that is not there is no error.", "RFC 9051 section 6.3.8"
    ) { ground in
        let (name, other) = (try await ground.make("list"), try await ground.make("other"))
        try await ground.account.subscribe(to: name)
        try await ground.account.subscribe(to: other)
        try await ground.account.unsubscribe(from: name)
        try await ground.account.unsubscribe(from: name)
        try await ground.account.unsubscribe(from: try ground.name("never"))
        try expect("subscribed", try await isSubscribed(name, ground), is: false)
        try expect("subscribed to the other", try await isSubscribed(other, ground), is: true)
        try expect(try await ground.isThere(name), "unsubscribing removed \(name)")
    }

    static let absent = ConformanceRule(
        "subscription-absent", "A name without a mailbox can be subscribed to, and is listed as \\NonExistent.",
        "Account.mailboxes"
    ) { ground in
        let name = try ground.name("nowhere")
        try await ground.account.subscribe(to: name)
        try await expectAbsent(name, ground)
        try await expectError(.nonExistent, from: "status") { try await ground.account.status(of: name) }
        try await ground.account.unsubscribe(from: name)
        try expect(try await ground.entry(name) == nil, "\(name) is listed after the subscription ended")
    }

    static let afterDelete = ConformanceRule(
        "subscription-survives-delete", "A subscription stays when its mailbox is deleted.", "RFC 9051 section 6.3.7"
    ) { ground in
        let name = try await ground.make("list")
        try await ground.account.subscribe(to: name)
        try await ground.account.delete(name)
        try await expectAbsent(name, ground)
    }

    static let afterRename = ConformanceRule(
        "subscription-survives-rename", "A subscription stays with the name when its mailbox is renamed.",
        "Account.subscribe"
    ) { ground in
        let name = try await ground.make("list")
        try await ground.account.subscribe(to: name)
        try await ground.account.rename(name, to: try ground.name("archive"))
        try await expectAbsent(name, ground)
    }

    static let created = ConformanceRule(
        "subscription-meets-mailbox", "A mailbox made under a subscribed name is listed once, subscribed.",
        "Account.mailboxes"
    ) { ground in
        let name = try ground.name("later")
        try await ground.account.subscribe(to: name)
        try await ground.account.create(name)
        try expect("subscribed", try await isSubscribed(name, ground), is: true)
        try expect(try await ground.isThere(name), "\(name) is not listed as a mailbox")
    }

    private static func isSubscribed(_ name: MailboxName, _ ground: Ground) async throws -> Bool {
        let own = try await ground.entry(name)?.isSubscribed ?? false
        let other = try await ground.entry(name, in: try await ground.session())?.isSubscribed ?? false
        try expect("\(name) is subscribed, in another session", other, is: own)
        return own
    }

    private static func expectAbsent(_ name: MailboxName, _ ground: Ground) async throws {
        let entry = try await ground.entry(name)
        try expect(entry != nil, "\(name), without a mailbox and subscribed to, is not listed")
        try expect(entry?.isSubscribed ?? false, "\(name) is listed without its subscription")
        try expect(
            entry?.attributes.contains(.nonExistent) ?? false,
            "\(name) has no mailbox and is listed with \(text(entry?.attributes ?? []))")
    }
}
