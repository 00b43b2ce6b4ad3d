import IMAPHost
import IMAPTypes

/// Removing messages for good.
enum ExpungeRules {
    static let all = [onlyDeleted, onlyNamed, returned, seen, nothing]

    static let onlyDeleted = ConformanceRule(
        "expunge-deleted-only", "An expunge removes messages with \\Deleted alone.", "RFC 9051 section 6.4.3"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5, flags: [.seen])
        let open = try await ground.open(name)
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet([uids[1], uids[4]]))
        _ = try await open.mailbox.expunge(.all)
        try expect("what is left", try await ground.picture(name).uids, is: UIDSet([uids[0], uids[2], uids[3]]))
    }

    static let onlyNamed = ConformanceRule(
        "expunge-named-only", "An expunge removes none that was not named.", "RFC 9051 section 6.4.9"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5, flags: [.deleted])
        let open = try await ground.open(name)
        let gone = try await open.mailbox.expunge(UIDSet([uids[1], uids[2]]))
        try expect("what went", gone, is: UIDSet([uids[1], uids[2]]))
        try expect("what is left", try await ground.picture(name).uids, is: UIDSet([uids[0], uids[3], uids[4]]))
    }

    static let returned = ConformanceRule(
        "expunge-returned", "An expunge returns those it removed: not others' work, not what it left.",
        "Mailbox.expunge"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 5, flags: [.deleted])
        let (one, two) = (try await ground.open(name), try await ground.open(name))
        try await one.mailbox.changeFlags(.remove([.deleted]), of: UIDSet(uids[4]))
        try expect("of the first", try await one.mailbox.expunge(UIDSet(uids[0...1])), is: UIDSet(uids[0...1]))
        try expect("of the second", try await two.mailbox.expunge(.all), is: UIDSet(uids[2...3]))
        try expect("of a third", try await two.mailbox.expunge(.all), is: UIDSet())
    }

    static let seen = ConformanceRule(
        "expunge-for-all", "An expunged message is gone for every session.", "RFC 9051 section 6.4.3"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 3, flags: [.deleted])
        let (open, other) = (try await ground.open(name), try await ground.open(name))
        _ = try await open.mailbox.expunge(UIDSet(uids[1]))
        let left = try await ground.records(other.mailbox, .flags).uids
        try expect("what another session has", left, is: [uids[0], uids[2]])
        try expect("what a new one has", try await ground.open(name).uids, is: UIDSet([uids[0], uids[2]]))
        try expect("by status", try await ground.account.status(of: name).messages, is: 2)
    }

    static let nothing = ConformanceRule(
        "expunge-nothing", "An expunge that removes nothing is no change.", "Mailbox.expunge"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let open = try await ground.open(name)
        let before = try await ground.picture(name)
        try expect("of all", try await open.mailbox.expunge(.all), is: UIDSet())
        try expect("of none", try await open.mailbox.expunge(UIDSet()), is: UIDSet())
        guard let last = uids.last?.next else { return }
        try expect("of one that is not there", try await open.mailbox.expunge(UIDSet(last)), is: UIDSet())
        try expect("the mailbox", try await ground.picture(name), is: before)
    }
}
