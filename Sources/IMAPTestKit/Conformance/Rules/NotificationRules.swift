import IMAPHost
import IMAPTypes
import Synchronization

/// What a session is told of mailboxes that it has not open. They do not apply without ``NotifyingAccount``; those of
/// rights not without ``ControlledAccount``.
enum NotificationRules {
    static let all = [messages, names, subscriptions, once, unfollowed, own, hidden, rights, closed]

    // MARK: Means

    private static func notifying(_ account: any Account) throws -> any NotifyingAccount {
        guard let account = account as? any NotifyingAccount else {
            throw Inapplicable("the store has no NotifyingAccount")
        }
        return account
    }

    /// Remembers what it was woken for.
    private final class Sleeper: WakeReceiver {
        private let woken = Mutex<WakeTopics>([])

        func wake(_ mailbox: MailboxName) {}

        func wake(_ topics: WakeTopics) { woken.withLock { $0.formUnion(topics) } }

        func forget() { woken.withLock { $0 = [] } }

        func isWoken(for topic: WakeTopics, within time: Duration = .seconds(10)) async throws -> Bool {
            let deadline = ContinuousClock.now + time
            repeat {
                if woken.withLock({ $0.isSuperset(of: topic) }) { return true }
                try await Task.sleep(for: .milliseconds(5))
            } while ContinuousClock.now < deadline
            return false
        }
    }

    /// A session that follows, and hears.
    private final class Follower {
        let account: any NotifyingAccount
        let sleeper = Sleeper()
        private(set) var token: NewsToken

        init(_ account: any NotifyingAccount, _ topics: WakeTopics) async throws {
            self.account = account
            try await account.watch(Wake(sleeper))
            token = try await account.follow(topics)
        }

        /// What happened since it heard last, once it was woken for it.
        func hear(_ topic: WakeTopics, of what: String) async throws -> [AccountEvent] {
            try expect(try await sleeper.isWoken(for: topic), "no wake within 10 s of \(what)")
            sleeper.forget()
            return try await hear()
        }

        func hear() async throws -> [AccountEvent] {
            guard case .events(let events, let next) = try await account.news(since: token) else {
                throw Breach("the store does not know what happened")
            }
            token = next
            return events
        }
    }

    private static func kinds(_ events: [AccountEvent], of name: MailboxName) -> MessageEvents {
        events.reduce(into: []) { kinds, event in
            if case .messages(name, let more) = event { kinds.formUnion(more) }
        }
    }

    // MARK: Rules

    static let messages = ConformanceRule(
        "notify-messages", "What others do to messages is told, by mailbox and kind, whether it is open or not.",
        "NotifyingAccount.news, RFC 5465 sections 5.1 to 5.3"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let follower = try await Follower(try notifying(try await ground.session()), .messages)
        let open = try await ground.open(name)
        try await ground.append([Sample(3)], to: name)
        let arrival = try await follower.hear(.messages, of: "an append")
        try expect(kinds(arrival, of: name).contains(.appeared), "an append is not told: \(arrival)")
        try await open.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids))
        let change = try await follower.hear(.messages, of: "a change of flags")
        try expect(kinds(change, of: name).contains(.flagsChanged), "a change of flags is not told: \(change)")
        _ = try await open.mailbox.expunge(.all)
        let expunge = try await follower.hear(.messages, of: "an expunge")
        try expect(kinds(expunge, of: name).contains(.vanished), "an expunge is not told: \(expunge)")
        try expect("what happened since", try await follower.hear(), is: [])
        try await open.mailbox.close()
    }

    static let names = ConformanceRule(
        "notify-names", "Mailboxes that others make, rename and delete are told, in that order.",
        "NotifyingAccount.news, RFC 5465 section 5.4"
    ) { ground in
        let follower = try await Follower(try notifying(try await ground.session()), .names)
        let first = try ground.name("first")
        let second = try ground.name("second")
        try await ground.account.create(first)
        try expect("one that was made", try await follower.hear(.names, of: "CREATE"), is: [.created(first)])
        try await ground.account.rename(first, to: second)
        try expect(
            "one that was renamed", try await follower.hear(.names, of: "RENAME"), is: [.renamed(first, to: second)])
        try await ground.account.delete(second)
        try expect("one that was deleted", try await follower.hear(.names, of: "DELETE"), is: [.deleted(second)])
    }

    static let subscriptions = ConformanceRule(
        "notify-subscriptions", "Subscriptions that come and go are told; one that was there before is none.",
        "NotifyingAccount.news, RFC 5465 section 5.5"
    ) { ground in
        let follower = try await Follower(try notifying(try await ground.session()), .subscriptions)
        let name = try ground.name("list")
        try await ground.account.subscribe(to: name)
        let came = try await follower.hear(.subscriptions, of: "SUBSCRIBE")
        try expect("a subscription", came, is: [.subscription(name)])
        try await ground.account.unsubscribe(from: name)
        let went = try await follower.hear(.subscriptions, of: "UNSUBSCRIBE")
        try expect("one that went", went, is: [.subscription(name)])
    }

    static let once = ConformanceRule(
        "notify-again", "Asked again with the same token the same is told, and what came since.",
        "NotifyingAccount.news"
    ) { ground in
        let follower = try await Follower(try notifying(try await ground.session()), .names)
        let token = follower.token
        let name = try ground.name("box")
        try await ground.account.create(name)
        try expect("the first time", try await follower.hear(), is: [.created(name)])
        try await ground.account.delete(name)
        guard case .events(let events, _) = try await follower.account.news(since: token) else {
            throw Breach("a token that is a moment old is not known")
        }
        try expect("by the first token", events, is: [.created(name), .deleted(name)])
    }

    static let unfollowed = ConformanceRule(
        "notify-follow", "A session is woken for what it follows, and for nothing else.", "NotifyingAccount.follow"
    ) { ground in
        let follower = try await Follower(try notifying(try await ground.session()), .subscriptions)
        let name = try await ground.make("box")
        try await ground.append([Sample(1)], to: name)
        try expect(
            try await !follower.sleeper.isWoken(for: .names, within: .milliseconds(100)),
            "woken for names, which it does not follow")
        _ = try await follower.account.follow([])
        try await ground.account.subscribe(to: name)
        try expect(
            try await !follower.sleeper.isWoken(for: .subscriptions, within: .milliseconds(100)),
            "woken for what it follows no longer")
    }

    static let own = ConformanceRule(
        "notify-own", "A session is not told of names and subscriptions that it changed itself.",
        "NotifyingAccount, RFC 5465 section 5"
    ) { ground in
        let follower = try await Follower(try notifying(try await ground.session()), [.names, .subscriptions])
        let first = try ground.name("first")
        let second = try ground.name("second")
        try await follower.account.create(first)
        try await follower.account.subscribe(to: first)
        try await follower.account.rename(first, to: second)
        try await follower.account.delete(second)
        try expect("what it did itself", try await follower.hear(), is: [])
        let other = try await Follower(try notifying(ground.account), .names)
        try await follower.account.create(first)
        try expect("what another did", try await other.hear(), is: [.created(first)])
    }

    // MARK: Rights

    /// A mailbox that both users may have rights for, the first user's session, and a follower of the second.
    private static func common(
        _ ground: Ground
    ) async throws -> (owner: any ControlledAccount, name: MailboxName, them: AccessIdentifier, follower: Follower) {
        guard let owner = ground.account as? any ControlledAccount, let prefix = owner.namespaces.shared.first?.prefix,
            let name = MailboxName(prefix + "common"), let them = AccessIdentifier(ground.secondUser.name),
            let anyone = AccessIdentifier(Array("anyone".utf8)), let me = AccessIdentifier(ground.user.name)
        else { throw Inapplicable("the users have no mailbox in common that has rights") }
        try await owner.create(name)
        _ = try await owner.changeRights(of: me, in: name, .replace(.standard))
        _ = try await owner.removeRights(of: anyone, in: name)
        let session = try notifying(try await ground.session(of: ground.secondUser))
        return (owner, name, them, try await Follower(session, [.names, .messages]))
    }

    static let hidden = ConformanceRule(
        "notify-hidden", "Nothing is told of a mailbox that the user may not look up.",
        "NotifyingAccount, RFC 5465 section 3.1"
    ) { ground in
        let (owner, name, _, follower) = try await common(ground)
        try await ground.append([Sample(1)], to: name)
        guard let other = MailboxName(name.octets + [0x32]) else { throw Breach("no other name") }
        try await owner.rename(name, to: other)
        try await owner.delete(other)
        try expect("what happened to it", try await follower.hear(), is: [])
        try expect("what is seen of it", try await follower.account.visibility(of: name), is: .hidden)
    }

    static let rights = ConformanceRule(
        "notify-rights", "What a user may see of a mailbox for the first time, or no longer, is told.",
        "NotifyingAccount, RFC 5465 sections 5.4 and 5.9"
    ) { ground in
        let (owner, name, them, follower) = try await common(ground)
        let steps: [(RightsChange, MailboxVisibility)] = [
            (.add(.lookup), .listed), (.add(.read), .readable), (.remove(.lookup), .hidden),
        ]
        var before = MailboxVisibility.hidden
        for (change, after) in steps {
            _ = try await owner.changeRights(of: them, in: name, change)
            let heard = try await follower.hear(.names, of: "a change of rights")
            try expect("a change of rights", heard, is: [.visibility(name, from: before, to: after)])
            try expect("what is seen of it", try await follower.account.visibility(of: name), is: after)
            before = after
        }
    }

    static let closed = ConformanceRule(
        "notify-closed", "After close() a session is neither told nor woken.", "Account.close"
    ) { ground in
        let session = try notifying(try await ground.looseSession())
        let follower = try await Follower(session, .names)
        try await session.close()
        follower.sleeper.forget()
        try await ground.account.create(try ground.name("box"))
        try expect(
            try await !follower.sleeper.isWoken(for: .names, within: .milliseconds(100)), "woken after close()")
        do throws(StoreError) {
            _ = try await session.news(since: follower.token)
        } catch .unavailable {
            return
        } catch {
            throw Breach("news throws \(error) after close()")
        }
        throw Breach("news is told after close()")
    }
}
