import IMAPHost
import IMAPTypes

extension MemoryAccount: NotifyingAccount {
    func follow(_ topics: WakeTopics) async throws(StoreError) -> NewsToken {
        try checkOpen()
        // First this: whatever happens from now on wakes.
        mail.sessions.follow(topics, in: session)
        shared?.mail.sessions.follow(topics, in: sharedSession)
        return NewsToken(roots.map { $0.news.end })
    }

    func news(since token: NewsToken) async throws(StoreError) -> AccountNews {
        try checkOpen()
        let roots = roots
        guard token.positions.count == roots.count else { return .unknown }
        let subject = subject
        let ends = roots.map { $0.news.end }
        var (names, messages): ([AccountEvent], [AccountEvent]) = ([], [])
        for (root, position) in zip(roots, token.positions) {
            guard let news = root.news.news(since: position, for: reader.number, seenBy: subject) else {
                return .unknown
            }
            names += news.names
            messages += news.messages.filter { event in
                guard root !== mail, case .messages(let name, _) = event else { return true }
                return visibility(of: name, to: subject) != .hidden
            }
        }
        return .events(names + messages, token: NewsToken(ends))
    }

    func visibility(of name: MailboxName) async throws(StoreError) -> MailboxVisibility {
        try checkOpen()
        return visibility(of: name, to: subject)
    }

    private func visibility(of name: MailboxName, to subject: Subject) -> MailboxVisibility {
        guard let mailbox = mail(with: name).existing(name) else { return .hidden }
        return MailboxVisibility(mailbox.rights(of: subject))
    }

    /// The user's own mail, and the mail that all share.
    private var roots: [UserMail] { [mail] + (shared.map { [$0.mail] } ?? []) }
}
