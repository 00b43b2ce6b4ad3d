import IMAPHost
import IMAPTypes

/// What is compared to find what other processes did, while a session follows.
struct MailSurvey: Sendable, Equatable {
    var names: Set<MailboxName> = []
    var subscriptions: Set<MailboxName> = []
    /// When the directories of messages changed last, of mailboxes that are not in memory.
    var times: [MailboxName: [Int64]] = [:]
}

/// News of mailboxes, open or not: of this process as it happens, and of others as far as the directories tell. What
/// another process renames is one mailbox that is gone and one that came.
extension UserMail {
    private static let followed: WakeTopics = [.messages, .names, .subscriptions]
    /// The most mailboxes that are watched for other processes. Of those beyond, what they did is found with the next
    /// change elsewhere, or when a session asks.
    private static let mostWatched = 1_000
    /// For how long a directory's time may be that of a later change, too, in nanoseconds.
    private static let blur: Int64 = 10_000_000

    // MARK: Sessions

    func follow(_ topics: WakeTopics, _ session: UInt64) throws(StoreError) -> NewsToken {
        try checkOpen(session)
        sessions[session]?.followed = topics.intersection(UserMail.followed)
        if sessions.values.allSatisfy({ $0.followed.isEmpty }) {
            survey = nil
        } else if survey == nil {
            survey = takeSurvey()
        }
        watchFolders()
        return NewsToken([newsLog.end])
    }

    func news(since token: NewsToken, _ session: UInt64) throws(StoreError) -> AccountNews {
        try checkOpen(session)
        lookForOthers()
        guard let position = token.positions.first, let news = newsLog.news(since: position, for: session) else {
            return .unknown
        }
        return .events(
            news.names + news.messages.map { .messages($0.name, $0.events) }, token: NewsToken([newsLog.end]))
    }

    // MARK: Telling

    func tell(_ event: AccountEvent, _ topic: WakeTopics = .names, by author: UInt64) {
        newsLog.record(event, by: author)
        wake(topic)
    }

    /// Whoever did it: what a session finds beside what it does itself, another process did.
    func tell(_ events: MessageEvents, in name: MailboxName) {
        newsLog.record(events, in: name, by: 0)
        wake(.messages)
    }

    private func wake(_ topic: WakeTopics) {
        for session in sessions.values where !session.followed.isDisjoint(with: topic) { session.wake?.mark(topic) }
    }

    // MARK: Other processes

    /// The directories to watch: of every mailbox, where a session follows messages.
    var followedPaths: [Path] {
        guard let survey, sessions.values.contains(where: { $0.followed.contains(.messages) }) else { return [] }
        return survey.names.prefix(UserMail.mostWatched).compactMap { try? path(of: $0) }
    }

    private func takeSurvey() -> MailSurvey {
        var survey = MailSurvey()
        survey.names = Set((try? names()) ?? [])
        survey.subscriptions = (try? SubscriptionFile(in: root, files).names()) ?? []
        for name in survey.names where folders[name] == nil { survey.times[name] = times(of: name) }
        return survey
    }

    private func times(of name: MailboxName) -> [Int64]? {
        guard let path = try? path(of: name) else { return nil }
        let times = [path.entry("new"), path.entry("cur")].compactMap { (try? files.status($0))?.changed }
        return times.count == 2 ? times : nil
    }

    /// Whether every later change will show. One gives a time that is ahead of the clock another, too.
    private func isSettled(_ times: [Int64]) -> Bool {
        let (age, isFarAway) = System.now.subtractingReportingOverflow(times.max() ?? 0)
        return isFarAway || age.magnitude > UserMail.blur.magnitude
    }

    /// Looks at what others did, and wakes whom it concerns.
    func lookForOthers() {
        guard var known = survey else { return }
        let names = Set((try? names()) ?? Array(known.names))
        let subscriptions = (try? SubscriptionFile(in: root, files).names()) ?? known.subscriptions
        let (gone, new) = (known.names.subtracting(names), names.subtracting(known.names))
        for name in gone {
            newsLog.forget(name)
            known.times[name] = nil
            tell(.deleted(name), by: 0)
        }
        for name in new { tell(.created(name), by: 0) }
        for name in known.subscriptions.symmetricDifference(subscriptions) {
            tell(.subscription(name), .subscriptions, by: 0)
        }
        // What is in memory tells by itself.
        for name in names where folders[name] == nil {
            guard let times = times(of: name) else { continue }
            if let before = known.times[name], before != times { tell(.all, in: name) }
            // Until then it is told again: a change too many does no harm.
            if isSettled(times) { known.times[name] = times }
        }
        (known.names, known.subscriptions) = (names, subscriptions)
        survey = known
        if !gone.isEmpty || !new.isEmpty { watchFolders() }
    }

    /// A mailbox comes into memory: what others did to it before is found now, and told by nobody else.
    func noteLoading(_ name: MailboxName) {
        guard let before = survey?.times[name] else { return }
        if before != times(of: name) { tell(.all, in: name) }
        survey?.times[name] = nil
    }

    /// A mailbox goes out of memory: it is as it was looked at last.
    func noteUnloading(_ name: MailboxName, _ folder: MailboxFolder) {
        if survey != nil { survey?.times[name] = folder.scanned.changed }
    }

    /// The names are others, and this process knows it already.
    func noteNames(_ renamings: [(old: MailboxName, new: MailboxName)] = [], gone: [MailboxName] = []) {
        newsLog.rename(renamings)
        for name in gone { newsLog.forget(name) }
        guard var known = survey else { return }
        let times = renamings.map { known.times.removeValue(forKey: $0.old) }
        for (one, times) in zip(renamings, times) { known.times[one.new] = times }
        for name in gone { known.times[name] = nil }
        known.names = Set((try? names()) ?? Array(known.names))
        survey = known
        watchFolders()
    }
}

extension MaildirAccount: NotifyingAccount {
    func follow(_ topics: WakeTopics) async throws(StoreError) -> NewsToken { try await mail.follow(topics, session) }

    func news(since token: NewsToken) async throws(StoreError) -> AccountNews {
        try await mail.news(since: token, session)
    }
}
