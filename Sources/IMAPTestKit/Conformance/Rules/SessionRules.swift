import IMAPHost
import IMAPTypes

/// Sessions begin and end; users are apart.
enum SessionRules {
    static let all = [
        closed, closedHandles, closedAppend, othersGoOn, mailboxClosed, closeKeeps, users, userNames, userHandles,
    ]

    static let closed = ConformanceRule(
        "closed-account-refuses", "After a session was closed every call of it throws.", "Account.close"
    ) { ground in
        let name = try await ground.make("box")
        let account = try await ground.looseSession()
        try await account.close()
        try await expectError(from: "mailboxes") { try await account.mailboxes() }
        try await expectError(from: "create") { try await account.create(try ground.name("new")) }
        try await expectError(from: "delete") { try await account.delete(name) }
        try await expectError(from: "rename") { try await account.rename(name, to: try ground.name("new")) }
        try await expectError(from: "subscribe") { try await account.subscribe(to: name) }
        try await expectError(from: "unsubscribe") { try await account.unsubscribe(from: name) }
        try await expectError(from: "status") { try await account.status(of: name) }
        try await expectError(from: "open read-only") { try await account.open(name, .readOnly) }
        try await expectError(from: "open read-write") { try await account.open(name, .readWrite) }
        try await expectError(from: "append") { try await account.append(to: name) }
        let entry = try await ground.entry(name)
        try expect("\(name) is subscribed to", entry?.isSubscribed, is: false)
        try expect(try await ground.entry(try ground.name("new")) == nil, "a refused call made a mailbox")
    }

    static let closedHandles = ConformanceRule(
        "closed-account-ends-handles", "A session's mailboxes end with it: every call of them throws.", "Account.close"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let before = try await ground.picture(name)
        let account = try await ground.looseSession()
        let open = try await account.open(name, .readWrite)
        try await account.close()
        try await expectRefusal(open, UIDSet(uids), name)
        let after = try await ground.picture(name)
        try expect("the messages", after.messages, is: before.messages)
    }

    private static func expectRefusal(_ open: OpenMailbox, _ uids: UIDSet, _ name: MailboxName) async throws {
        let mailbox = open.mailbox
        try await expectError(from: "changes") { try await mailbox.changes(since: open.token) }
        try await expectError(from: "messages") { try await mailbox.messages(uids, .flags) }
        try await expectError(from: "body") { try await mailbox.body(of: uids.first ?? .first) }
        try await expectError(from: "changeFlags") { try await mailbox.changeFlags(.add([.seen]), of: uids) }
        try await expectError(from: "copy") { try await mailbox.copy(uids, to: name) }
        try await expectError(from: "expunge") { try await mailbox.expunge(uids) }
    }

    static let closedAppend = ConformanceRule(
        "closed-account-ends-appends", "An append whose session was closed puts nothing into the mailbox.",
        "Account.close"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let before = try await ground.picture(name)
        let account = try await ground.looseSession()
        let append = try await account.append(to: name)
        try await ground.write(Sample(1), to: append)
        try await account.close()
        try await expectError(from: "commit") { try await append.commit() }
        try expect("the mailbox", try await ground.picture(name), is: before)
    }

    static let othersGoOn = ConformanceRule(
        "close-alone", "The end of one session ends nothing of another.", "Account.close"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let open = try await ground.open(name)
        let other = try await ground.looseSession()
        let theirs = try await other.open(name, .readWrite)
        try await theirs.mailbox.close()
        try await other.close()
        try await open.mailbox.changeFlags(.add([.flagged]), of: UIDSet(uids))
        try expect("the flags", try await ground.picture(name).flags, is: [uids[0]: [.flagged], uids[1]: [.flagged]])
    }

    static let mailboxClosed = ConformanceRule(
        "closed-mailbox-refuses", "After a mailbox was closed every call of that handle throws; the session goes on.",
        "Mailbox.close"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let session = try await ground.session()
        let (open, second) = (try await session.open(name, .readWrite), try await session.open(name, .readOnly))
        try await open.mailbox.close()
        try await expectRefusal(open, UIDSet(uids), name)
        let uidsSeen = try await second.mailbox.messages(.all, .flags).uids
        try expect("what another handle of the session reads", uidsSeen, is: uids)
        _ = try await session.open(name, .readWrite)
    }

    static let closeKeeps = ConformanceRule(
        "close-keeps", "Closing a mailbox expunges nothing.", "Mailbox.close"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 3, flags: [.deleted])
        let session = try await ground.looseSession()
        let open = try await session.open(name, .readWrite)
        try await open.mailbox.close()
        try await session.close()
        try expect("the messages", try await ground.picture(name).messages.count, is: 3)
    }

    static let users = ConformanceRule(
        "users-apart", "Nothing one user does in their own mailboxes is seen by another.", "MailStore.account"
    ) { ground in
        let other = try await ground.session(of: ground.secondUser)
        func state() async throws -> (names: Set<MailboxName>, inbox: MailboxStatus) {
            (Set(try await other.mailboxes().map(\.name)), try await other.status(of: .inbox))
        }
        let before = try await state()
        let (name, _) = try await ground.make("private", messages: 2)
        try await ground.append([Sample(1)], to: .inbox)
        try await ground.account.subscribe(to: name)
        try await ground.account.subscribe(to: try ground.name("absent"))
        let open = try await ground.open(.inbox)
        try await open.mailbox.changeFlags(.add([.deleted]), of: .all)
        let after = try await state()
        try expect("the other user's names", after.names, is: before.names)
        try expect("the other user's INBOX", after.inbox, is: before.inbox)
        try expect(try await ground.entry(.inbox, in: other)?.isSubscribed == false, "the other user is subscribed")
        _ = try await open.mailbox.expunge(.all)
        try expect("the other user's INBOX", try await state().inbox, is: before.inbox)
    }

    static let userNames = ConformanceRule(
        "users-same-names", "Two users' mailboxes of one name are two mailboxes.", "MailStore.account"
    ) { ground in
        let other = try await ground.session(of: ground.secondUser)
        let (name, uids) = try await ground.make("private", messages: 2)
        try await expectError(.nonExistent, from: "open of the first user's mailbox") {
            try await other.open(name, .readOnly)
        }
        try await expectError(.nonExistent, from: "append to it") { try await other.append(to: name) }
        try await expectError(.nonExistent, from: "delete of it") { try await other.delete(name) }
        try await other.create(name)
        try await ground.append([Sample(7)], to: name, in: other)
        try await ground.append([Sample(8)], to: name, in: other)
        try await ground.append([Sample(9)], to: name, in: other)
        try expect("messages of the first", try await ground.picture(name).uids, is: UIDSet(uids))
        try await other.delete(name)
        try expect("messages of the first", try await ground.picture(name).uids, is: UIDSet(uids))
    }

    static let userHandles = ConformanceRule(
        "users-copy-apart", "A copy goes to the user's own mailbox of that name.", "Mailbox.copy"
    ) { ground in
        let other = try await ground.session(of: ground.secondUser)
        let theirs = try ground.name("theirs")
        try await other.create(theirs)
        let (name, uids) = try await ground.make("box", messages: 1)
        let open = try await ground.open(name)
        try await expectError(.nonExistent, from: "copy to a mailbox that only the other user has") {
            try await open.mailbox.copy(UIDSet(uids), to: theirs)
        }
        try expect("their messages", try await other.status(of: theirs).messages, is: 0)
    }
}
