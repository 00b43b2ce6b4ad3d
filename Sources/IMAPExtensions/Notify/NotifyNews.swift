import IMAPCodec
import IMAPHost
import IMAPServer
import IMAPSession
import IMAPTypes

/// What happens in mailboxes, as the client wants to be told (RFC 5465 section 5).
enum NotifyNews: NewsSource {
    static let topics: WakeTopics = [.messages, .names, .subscriptions]

    static func isWanted(_ context: borrowing Context) -> Bool {
        context.read(NotifyRegistration.self).token != nil
    }

    static func tell(_ topics: WakeTopics, _ context: inout Context) async throws(CommandFailure) {
        var registration = context.read(NotifyRegistration.self)
        guard let scope = registration.scope, let token = registration.token else { return }
        let account = try context.notifyingAccount()
        let news = try await ask { () async throws(StoreError) in try await account.news(since: token) }
        guard case .events(let events, let next) = news, events.count <= context.configuration.limits[.notifyChanges]
        else {
            // Who has more to hear was away for too long (R-ALG-6).
            context.inform(ResponseCode("NOTIFICATIONOVERFLOW"), "Too much happened, nothing more is told")
            return await context.endNotify()
        }
        var telling = NotifyTelling(scope, account, context)
        try await telling.take(events, &context)
        // Whatever happens to the answers, they are not given twice.
        registration.token = next
        context.write(registration)
        try await telling.tell(&context)
    }
}

/// The responses to some events. What the store must be asked for is asked for before anything is told.
struct NotifyTelling: Sendable {
    private struct Listed: Sendable {
        let name: MailboxName
        var oldName: MailboxName?
        /// The client watched its messages, and cannot any more.
        var hasLostAccess = false
    }

    private let scope: NotifyScope
    private let account: any NotifyingAccount
    private let names: NameRules
    /// What happens to its messages is told by the other rules (section 3.1).
    private let selected: MailboxName?
    private let hasModSequences: Bool
    private var directory: MailboxDirectory?
    private var listed: [Listed] = []
    private var listedNames: Set<MailboxName> = []
    private var statuses: [(name: MailboxName, kinds: NotifyEvents)] = []

    init(_ scope: NotifyScope, _ account: any NotifyingAccount, _ context: borrowing Context) {
        self.scope = scope
        self.account = account
        names = NameRules(account)
        selected = context.selectedName
        hasModSequences = context.isEnabled(.condStore)
    }

    mutating func take(_ events: [AccountEvent], _ context: inout Context) async throws(CommandFailure) {
        let isAboutNames = events.contains { if case .messages = $0 { false } else { true } }
        if isAboutNames || scope.dependsOnSubscriptions { directory = try await context.directory() }
        for event in events { take(event) }
    }

    // MARK: What is told

    private mutating func take(_ event: AccountEvent) {
        switch event {
        case .messages(let name, let what):
            var kinds: NotifyEvents = []
            if !what.isDisjoint(with: [.appeared, .vanished]) { kinds.insert(.messageNew) }
            if what.contains(.flagsChanged) { kinds.insert(.flagChange) }
            note(statusOf: name, kinds)
        case .created(let name):
            note(name, andAbove: true)
            note(statusOf: name, .flagChange)
        case .deleted(let name): note(name, andAbove: true)
        case .renamed(let old, let new):
            if wanted(of: old).union(wanted(of: new)).contains(.mailboxName) {
                listed.append(Listed(name: new, oldName: old))
            }
            // It may have another UIDVALIDITY under its new name.
            note(statusOf: new, .flagChange)
        case .subscription(let name):
            // Whatever it is now, it was or is subscribed.
            if wanted(of: name, isSubscribed: true).contains(.subscriptionChange) { note(Listed(name: name)) }
        case .visibility(let name, let before, let after): take(name, before, after)
        }
    }

    /// What can be seen for the first time was made, and what cannot be any more is gone (sections 5.4 and 5.9).
    private mutating func take(_ name: MailboxName, _ before: MailboxVisibility, _ after: MailboxVisibility) {
        if (before == .hidden) != (after == .hidden) { note(name, andAbove: true) }
        guard before != after, !wanted(of: name).isDisjoint(with: .ofMessages) else { return }
        note(Listed(name: name, hasLostAccess: after != .readable))
    }

    private func wanted(of name: MailboxName, isSubscribed: Bool? = nil) -> NotifyEvents {
        scope.events(of: name, isSubscribed: isSubscribed ?? directory?.isSubscribed(name), names)
    }

    /// A name that was made or deleted, and the one above it, which may have a mailbox below it now or none any more.
    private mutating func note(_ name: MailboxName, andAbove: Bool) {
        for one in [name] + [names.parent(of: name)].compactMap({ $0 }) where wanted(of: one).contains(.mailboxName) {
            note(Listed(name: one))
        }
    }

    /// Once is enough: what is told is how it is now.
    private mutating func note(_ new: Listed) {
        if listedNames.insert(new.name).inserted {
            listed.append(new)
        } else if new.hasLostAccess, let index = listed.firstIndex(where: { $0.name == new.name && $0.oldName == nil })
        {
            listed[index].hasLostAccess = true
        }
    }

    private mutating func note(statusOf name: MailboxName, _ kinds: NotifyEvents) {
        let kinds = wanted(of: name).intersection(kinds)
        guard name != selected, !kinds.isEmpty else { return }
        if let index = statuses.firstIndex(where: { $0.name == name }) {
            statuses[index].kinds.formUnion(kinds)
        } else {
            statuses.append((name, kinds))
        }
    }

    // MARK: Telling

    func tell(_ context: inout Context) async throws(CommandFailure) {
        if let directory {
            for one in listed {
                var response = try await context.listResponse(of: one.name, in: directory)
                // What is told is how it is now, where that can be seen.
                var isReadable = !one.hasLostAccess
                if directory.exists(one.name) { isReadable = await visibility(of: one.name) == .readable }
                if !isReadable { response.add(.noAccess) }
                if let old = one.oldName { response.extendedData.append(.oldName(old)) }
                context.respondList(response)
                try await context.drain()
            }
        }
        for one in statuses {
            var items: [Keyword] = ["UIDVALIDITY"]
            if one.kinds.contains(.messageNew) { items += ["UIDNEXT", "MESSAGES"] }
            if one.kinds.contains(.flagChange) { items.append("UNSEEN") }
            if hasModSequences { items.append("HIGHESTMODSEQ") }
            try await context.tellStatus(of: one.name, items, in: account)
        }
    }

    /// Of a mailbox that is listed. A store that cannot tell does not make it one that the user has lost.
    private func visibility(of name: MailboxName) async -> MailboxVisibility {
        do {
            return try await account.visibility(of: name)
        } catch {
            return error == .nonExistent || error == .noPermission ? .hidden : .readable
        }
    }
}

extension MailboxAttribute {
    /// The user may know of the mailbox, and not read it.
    static let noAccess: MailboxAttribute = "\\NoAccess"
}

extension Context {
    /// The name under which a mailbox is selected.
    var selectedName: MailboxName? {
        do { return try selectedMailbox().name } catch { return nil }
    }

    /// `* STATUS`, where the user may read the mailbox and there is one that can be read. The right is asked for now
    /// (R-AZ-3).
    mutating func tellStatus(
        of name: MailboxName, _ items: [Keyword], in account: any NotifyingAccount
    ) async throws(CommandFailure) {
        let status: MailboxStatus
        do {
            guard try await account.visibility(of: name) == .readable else { return }
            status = try await account.status(of: name)
        } catch {
            return
        }
        respondStatus(of: name, status, statusItems(items))
        try await drain()
    }
}

extension Context {
    /// Of changed annotations, those that the client wants to be told: all of them, where it did not use NOTIFY.
    func wanted(_ all: [AnnotationNews]) async throws(CommandFailure) -> [AnnotationNews] {
        guard !all.isEmpty, let scope = read(NotifyRegistration.self).scope else { return all }
        let account = try notifyingAccount()
        let names = NameRules(account)
        let directory = scope.dependsOnSubscriptions ? try await directory() : nil
        var wanted: [AnnotationNews] = []
        for news in all {
            switch news.object {
            case .server: if scope.events.contains(.serverMetadataChange) { wanted.append(news) }
            case .mailbox(let name):
                let isSubscribed = directory?.isSubscribed(name)
                guard scope.events(of: name, isSubscribed: isSubscribed, names).contains(.mailboxMetadataChange) else {
                    continue
                }
                let visibility: MailboxVisibility
                do { visibility = try await account.visibility(of: name) } catch { continue }
                if visibility == .readable { wanted.append(news) }
            }
        }
        return wanted
    }
}
