import IMAPHost
import IMAPTypes

/// Identifiers of mailboxes and messages. They do not apply without ``IdentifiedAccount`` and ``IdentifiedMailbox``.
enum ObjectIDRules {
    static let all = [
        mailboxes, distinctMailboxes, renamed, stable, distinct, copies, moves, moved, threads, restart,
    ]

    private static func id(_ name: MailboxName, _ ground: Ground) async throws -> ObjectID {
        guard let account = ground.account as? any IdentifiedAccount else {
            throw Inapplicable("the store has no IdentifiedAccount")
        }
        return try await account.mailboxID(of: name)
    }

    /// The identifiers of all messages, in the order of their UIDs.
    private static func messages(
        _ name: MailboxName, _ ground: Ground
    ) async throws -> [(uid: UID, email: ObjectID, thread: ObjectID?)] {
        let open = try await ground.open(name, .readOnly)
        guard open.mailbox is any IdentifiedMailbox else { throw Inapplicable("the store has no IdentifiedMailbox") }
        return try await open.mailbox.messages(open.uids, [.emailID, .threadID]).map { record in
            guard let email = record.emailID else { throw Breach("message \(record.uid) has no EMAILID") }
            return (record.uid, email, record.threadID)
        }
    }

    private static func emails(_ name: MailboxName, _ ground: Ground) async throws -> [ObjectID] {
        try await messages(name, ground).map(\.email)
    }

    static let mailboxes = ConformanceRule(
        "mailboxid-same", "A mailbox has one identifier: of itself, its status and its opening, in every session.",
        "RFC 8474 section 4"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let own = try await id(name, ground)
        try await ground.append([Sample(2)], to: name)
        for session in [ground.account, try await ground.session()] {
            try expect("of the status", try await session.status(of: name).mailboxID, is: own)
            try expect("of the opening", try await ground.open(name, .readOnly, in: session).mailboxID, is: own)
        }
        guard let account = ground.account as? any IdentifiedAccount else { return }
        try await expectError(.nonExistent, from: "mailboxID of an absent mailbox") {
            try await account.mailboxID(of: ground.name("absent"))
        }
    }

    static let distinctMailboxes = ConformanceRule(
        "mailboxid-distinct", "No two mailboxes have the same identifier, and a name made again gets another one.",
        "RFC 8474 section 4"
    ) { ground in
        var seen: Set<ObjectID> = [try await id(.inbox, ground)]
        for path in ["a", "b", "c"] {
            try expect(seen.insert(try await id(ground.make(path), ground)).inserted, "\(path) has that of another")
        }
        let name = try ground.name("b")
        try await ground.account.delete(name)
        try await ground.account.create(name)
        try expect(
            seen.insert(try await id(name, ground)).inserted, "the name made again has one that was given before")
    }

    static let renamed = ConformanceRule(
        "mailboxid-rename",
        "A renamed mailbox keeps its identifier; the one that RENAME makes of INBOX gets a new one.",
        "RFC 8474 section 4"
    ) { ground in
        let (first, _) = try await ground.make("first", messages: 2)
        let (second, third) = (try ground.name("second"), try ground.name("third"))
        let kept = try await id(first, ground)
        let messages = try await emails(first, ground)
        // Back and forth: a store may have to change UIDVALIDITY on the way.
        for (old, new) in [(first, second), (second, first), (first, third)] {
            try await ground.account.rename(old, to: new)
            try expect("under \(new)", try await id(new, ground), is: kept)
            try expect("EMAILIDs under \(new)", try await emails(new, ground), is: messages)
        }
        let inbox = try await id(.inbox, ground)
        try await ground.account.rename(.inbox, to: first)
        try expect("INBOX", try await id(.inbox, ground), is: inbox)
        let made = try await id(first, ground)
        try expect(made != inbox && made != kept, "the mailbox made of INBOX has a known identifier")
    }

    static let stable = ConformanceRule(
        "emailid-same", "A message keeps its EMAILID, whatever its flags, in every session.", "RFC 8474 section 5.1"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 3)
        let before = try await emails(name, ground)
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.flagged]), of: open.uids)
        try await ground.append([Sample(9)], to: name)
        try expect("the first three", try await emails(name, ground).prefix(3), is: before[...])
    }

    static let distinct = ConformanceRule(
        "emailid-distinct", "Different messages have different EMAILIDs, in different mailboxes too.",
        "RFC 8474 section 5.1"
    ) { ground in
        let a = try await ground.make("a")
        let b = try await ground.make("b")
        try await ground.append((0..<4).map { Sample($0) }, to: a)
        try await ground.append((4..<8).map { Sample($0) }, to: b)
        let all = try await emails(a, ground) + emails(b, ground)
        try expect("different EMAILIDs of 8 messages", Set(all).count, is: 8)
        // Octets that are the same, with another date, are another message.
        var other = Sample(0)
        other.internalDate = Sample.date(77)
        try await ground.append([other], to: b)
        try expect(try await emails(b, ground).last != all.first, "a message of another date has the same EMAILID")
    }

    static let copies = ConformanceRule(
        "emailid-copy", "A copy has the EMAILID and the THREADID of its original, and so has a copy of it.",
        "RFC 8474 section 5.1"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 3)
        let (to, last) = (try await ground.make("to"), try await ground.make("last"))
        let before = try await messages(from, ground)
        try expect("the messages that are listed", before.count, is: 3)
        _ = try await ground.open(from).mailbox.copy(UIDSet(uids[1...2]), to: to)
        let source = try await ground.open(to)
        _ = try await source.mailbox.copy(source.uids, to: last)
        for name in [to, last] {
            let now = try await messages(name, ground)
            try expect("EMAILIDs in \(name)", now.map(\.email), is: before[1...2].map(\.email))
            try expect("THREADIDs in \(name)", now.map(\.thread), is: before[1...2].map(\.thread))
        }
    }

    static let moves = ConformanceRule(
        "emailid-move", "A message that is moved keeps its EMAILID.", "RFC 8474 section 5.1"
    ) { ground in
        let (from, uids) = try await ground.make("from", messages: 3)
        let to = try await ground.make("to")
        let before = try await emails(from, ground)
        try expect("the messages that are listed", before.count, is: 3)
        guard let mailbox = try await ground.open(from).mailbox as? any MovableMailbox else {
            throw Inapplicable("the store has no MovableMailbox")
        }
        _ = try await mailbox.move(UIDSet(uids[0...1]), to: to)
        try expect("where they are", try await emails(to, ground), is: Array(before[0...1]))
        try expect("what stayed", try await emails(from, ground), is: [before[2]])
    }

    static let moved = ConformanceRule(
        "emailid-not-reused", "The EMAILID of a message that is gone is not given to another one.",
        "RFC 8474 section 5.1"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 2, flags: [.deleted])
        let before = try await emails(name, ground)
        _ = try await ground.open(name).mailbox.expunge(.all)
        try await ground.append([Sample(7), Sample(8)], to: name)
        try await ground.account.delete(name)
        let (again, _) = try await ground.make("box", messages: 0)
        try await ground.append([Sample(5), Sample(6)], to: again)
        try expect(Set(before).isDisjoint(with: try await emails(again, ground)), "an EMAILID was given again")
    }

    private static func letter(_ id: String, _ references: String, _ number: Int) -> Sample {
        Sample(
            Array("Message-ID: <\(id)>\r\n\(references)Subject: letter\r\n\r\nletter \(number)\r\n".utf8),
            internalDate: Sample.date(number))
    }

    static let threads = ConformanceRule(
        "threadid-own", "Every message has a THREADID or none has; it does not change, and is no EMAILID.",
        "RFC 8474 section 5.2"
    ) { ground in
        let (a, b) = (try await ground.make("a"), try await ground.make("b"))
        try await ground.append([letter("1@x", "", 1), letter("2@x", "In-Reply-To: <1@x>\r\n", 2)], to: a)
        try await ground.append([letter("3@x", "References: <1@x>\r\n\t<2@x>\r\n", 3), letter("4@x", "", 4)], to: b)
        let before = try await messages(a, ground) + messages(b, ground)
        try expect("the messages that are listed", before.count, is: 4)
        try await ground.append([letter("5@x", "References: <4@x> <1@x>\r\n", 5)], to: a)
        let after = try await messages(a, ground).dropLast() + messages(b, ground)
        try expect("THREADIDs later", after.map(\.thread), is: before.map(\.thread))
        let threads = before.compactMap(\.thread)
        guard !threads.isEmpty else { return }
        try expect("messages with a THREADID", threads.count, is: before.count)
        try expect(Set(threads).isDisjoint(with: before.map(\.email)), "a thread is called as a message is")
        try expect(threads[0] == threads[1], "an answer is in another thread")
        try expect(threads[0] == threads[2], "an answer in another mailbox is in another thread")
        try expect(threads[0] != threads[3], "what has nothing to do with a thread is in it")
    }

    static let restart = ConformanceRule(
        "restart-objectids", "Identifiers are the same after a restart.", "RFC 8474 sections 4 and 5"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let to = try await ground.make("to", messages: 1).0
        _ = try await ground.open(name).mailbox.copy(UIDSet(uids), to: to)
        let renamed = try ground.name("renamed")
        try await ground.account.rename(name, to: renamed)
        try await ground.account.rename(renamed, to: name)
        func all(_ ground: Ground) async throws -> [ObjectID] {
            let mailboxes = [try await id(name, ground), try await id(to, ground)]
            return try await mailboxes + emails(name, ground) + emails(to, ground)
        }
        let before = try await all(ground)
        try expect("all identifiers", try await all(try await ground.reopened()), is: before)
    }
}
