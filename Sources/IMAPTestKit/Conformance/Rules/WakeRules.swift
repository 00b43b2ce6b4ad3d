import IMAPHost
import IMAPTypes
import Synchronization

/// Sessions are woken when a mailbox changes. A wake may come a little later; a rule waits for it up to 10 s.
enum WakeRules {
    static let all = [onChanges, closedMailboxes, renamed, notAfterClose, notOthers]

    /// Remembers which mailboxes it was woken for.
    private final class Sleeper: WakeReceiver {
        private let woken = Mutex<Set<MailboxName>>([])

        func wake(_ mailbox: MailboxName) { woken.withLock { _ = $0.insert(mailbox) } }

        func forget() { woken.withLock { $0 = [] } }

        func isWoken(for name: MailboxName, within time: Duration = .seconds(10)) async throws -> Bool {
            let deadline = ContinuousClock.now + time
            repeat {
                if woken.withLock({ $0.contains(name) }) { return true }
                try await Task.sleep(for: .milliseconds(5))
            } while ContinuousClock.now < deadline
            return false
        }
    }

    static let onChanges = ConformanceRule(
        "wake-on-change", "A session that has a mailbox open is woken for each kind of change by another.",
        "Account.watch"
    ) { ground in
        let (name, uids) = try await ground.make("box", messages: 2)
        let sleeper = Sleeper()
        let session = try await ground.session()
        try await session.watch(Wake(sleeper))
        let open = try await ground.open(name, in: session)
        let other = try await ground.open(name)
        try await expectWake(sleeper, name, "an append") { try await ground.append([Sample(3)], to: name) }
        try await expectWake(sleeper, name, "a change of flags") {
            try await other.mailbox.changeFlags(.add([.deleted]), of: UIDSet(uids))
        }
        try await expectWake(sleeper, name, "an expunge") { try await other.mailbox.expunge(.all) }
        try await expectWake(sleeper, name, "a copy into it") {
            try await other.mailbox.copy(ground.picture(name).uids, to: name)
        }
        try await open.mailbox.close()
    }

    static let closedMailboxes = ConformanceRule(
        "wake-any-mailbox", "A session is woken for mailboxes it does not have open, too.", "Account.watch"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let sleeper = Sleeper()
        try await ground.session().watch(Wake(sleeper))
        let other = try await ground.open(name)
        try await expectWake(sleeper, name, "an append") { try await ground.append([Sample(3)], to: name) }
        try await expectWake(sleeper, name, "a change of flags") {
            try await other.mailbox.changeFlags(.add([.seen]), of: .all)
        }
    }

    private static func expectWake<Result>(
        _ sleeper: Sleeper, _ name: MailboxName, _ what: String, _ change: () async throws -> Result
    ) async throws {
        // A wake for what was done before may be on its way still.
        try await Task.sleep(for: .milliseconds(20))
        sleeper.forget()
        _ = try await change()
        try expect(try await sleeper.isWoken(for: name), "no wake for \(name) within 10 s of \(what)")
    }

    static let renamed = ConformanceRule(
        "wake-by-own-name", "A session that has a renamed mailbox open is woken by the name it opened.", "Wake.mark"
    ) { ground in
        let (old, _) = try await ground.make("old", messages: 1)
        let new = try ground.name("new")
        let sleeper = Sleeper()
        let session = try await ground.session()
        try await session.watch(Wake(sleeper))
        let open = try await ground.open(old, in: session)
        try await expectWake(sleeper, old, "the rename") { try await ground.account.rename(old, to: new) }
        guard try await storeError({ try await open.mailbox.changes(since: open.token) }) == nil else { return }
        try await expectWake(sleeper, old, "an append to \(new)") { try await ground.append([Sample(1)], to: new) }
    }

    static let notAfterClose = ConformanceRule(
        "wake-not-after-close", "A session that has ended is not woken.", "Account.close"
    ) { ground in
        let (name, _) = try await ground.make("box", messages: 1)
        let (sleeper, witness) = (Sleeper(), Sleeper())
        let session = try await ground.looseSession()
        try await session.watch(Wake(sleeper))
        try await ground.session().watch(Wake(witness))
        try await session.close()
        sleeper.forget()
        try await ground.append([Sample(1)], to: name)
        // What wakes another session would have woken this one by then.
        _ = try await witness.isWoken(for: name, within: .seconds(1))
        try expect(
            try await !sleeper.isWoken(for: name, within: .milliseconds(50)), "a session was woken after its end")
    }

    static let notOthers = ConformanceRule(
        "wake-not-others", "A user's private mail wakes nobody else.", "Account.watch"
    ) { ground in
        let (sleeper, witness) = (Sleeper(), Sleeper())
        try await ground.session(of: ground.secondUser).watch(Wake(sleeper))
        try await ground.session().watch(Wake(witness))
        try await ground.append([Sample(1)], to: .inbox)
        _ = try await witness.isWoken(for: .inbox, within: .seconds(1))
        try expect(
            try await !sleeper.isWoken(for: .inbox, within: .milliseconds(50)), "another user's session was woken")
    }
}
