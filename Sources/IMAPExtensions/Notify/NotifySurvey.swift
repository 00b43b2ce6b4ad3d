import IMAPCodec
import IMAPHost
import IMAPServer
import IMAPTypes

/// What NOTIFY SET tells of the mailboxes that the client wants to know of, before its tagged OK (RFC 5465
/// section 3.1): the numbers of those whose messages it watches, if it asked for them, and which of them it may not
/// read.
struct NotifySurvey: Sendable {
    private let scope: NotifyScope
    private let tellsStatus: Bool
    private var unreadable: [MailboxName] = []
    private var watched: [(name: MailboxName, events: NotifyEvents)] = []
    private var directory: MailboxDirectory?

    init(_ scope: NotifyScope, tellsStatus: Bool) {
        self.scope = scope
        self.tellsStatus = tellsStatus
    }

    /// Throws where there are too many.
    mutating func choose(_ context: inout Context) async throws(CommandFailure) {
        guard !scope.events.isEmpty else { return }
        let account = try context.notifyingAccount()
        guard tellsStatus || account is any ControlledAccount else { return }
        let names = NameRules(account)
        let directory = try await context.directory()
        self.directory = directory
        let selected = context.selectedName
        var asked = 0
        for entry in directory.entries where directory.exists(entry.name) {
            let events = scope.events(of: entry.name, isSubscribed: entry.isSubscribed, names)
            guard !events.isEmpty else { continue }
            let isWatched =
                tellsStatus && entry.name != selected && !events.isDisjoint(with: .ofMessages)
                && !entry.attributes.contains(.noSelect)
            // What is the user's own can be read.
            guard isWatched || !names.isPersonal(entry.name) else { continue }
            asked += 1
            guard asked <= context.configuration.limits[.notifyMailboxes] else { throw NotifyCommand.overflow }
            let visibility: MailboxVisibility
            do { visibility = try await account.visibility(of: entry.name) } catch { continue }
            if visibility == .listed { unreadable.append(entry.name) }
            if visibility == .readable, isWatched { watched.append((entry.name, events)) }
        }
        watched.sort { $0.name.octets.lexicographicallyPrecedes($1.name.octets) }
        unreadable.sort { $0.octets.lexicographicallyPrecedes($1.octets) }
    }

    func tell(_ context: inout Context) async throws(CommandFailure) {
        let account = try context.notifyingAccount()
        if let directory {
            for name in unreadable {
                var response = try await context.listResponse(of: name, in: directory)
                response.add(.noAccess)
                context.respondList(response)
                try await context.drain()
            }
        }
        for one in watched {
            // MessageNew and MessageExpunge are always there together.
            var items: [Keyword] = ["UIDVALIDITY", "UIDNEXT", "MESSAGES"]
            if one.events.contains(.flagChange) { items.append("HIGHESTMODSEQ") }
            try await context.tellStatus(of: one.name, items, in: account)
        }
    }
}
