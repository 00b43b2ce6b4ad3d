package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

extension ListCommand: Command {
    package static let facts = CommandFacts(
        "LIST", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        guard !pattern.isEmpty else {
            // The separator, and the root of the reference (RFC 3501 section 6.3.8).
            ListCommand.respond("LIST", [.noSelect], account.separator, [], &context)
            return .ok("LIST completed")
        }
        // A subscription alone makes no mailbox.
        let entries = try await ListCommand.entries(account).filter { !$0.attributes.contains(.nonExistent) }
        try await respond("LIST", entries, account.separator, &context)
        return .ok("LIST completed")
    }

    fileprivate static func entries(_ account: any Account) async throws(CommandFailure) -> [MailboxEntry] {
        do {
            return try await account.mailboxes()
        } catch {
            throw CommandFailure(error)
        }
    }

    /// One response for each entry that matches, and for each level above one, where the pattern asks for levels.
    fileprivate func respond(
        _ name: Keyword, _ entries: [MailboxEntry], _ separator: UInt8?, _ context: inout Context
    ) async throws(CommandFailure) {
        let pattern = ListPattern(reference + pattern, separator: separator)
        for entry in ListCommand.withLevels(entries, separator, pattern).sorted(by: ListCommand.isBefore) {
            let wireForm = MailboxWireForm.encode(entry.name)
            guard pattern.matches(entry.name, wireForm: wireForm) else { continue }
            ListCommand.respond(name, entry.attributes, separator, wireForm, &context)
            try await context.drain()
        }
    }

    /// The mailboxes, and the levels of hierarchy above them that are none themselves, where the pattern asks for
    /// levels.
    private static func withLevels(
        _ entries: [MailboxEntry], _ separator: UInt8?, _ pattern: ListPattern
    ) -> [MailboxEntry] {
        guard let separator, pattern.listsLevels else { return entries }
        var names = Set(entries.map(\.name))
        var all = entries
        for entry in entries {
            let ancestors = entry.name.ancestors(separator: separator, depth: pattern.depth)
            for ancestor in ancestors where !names.contains(ancestor) {
                // Matched before it is kept: a deep name has many levels, and few are asked for.
                guard pattern.matches(ancestor, wireForm: MailboxWireForm.encode(ancestor)) else { continue }
                names.insert(ancestor)
                all.append(MailboxEntry(ancestor, attributes: [.noSelect]))
            }
        }
        return all
    }

    /// INBOX first, then by octets.
    private static func isBefore(_ a: MailboxEntry, _ b: MailboxEntry) -> Bool {
        guard a.name.isInbox == b.name.isInbox else { return a.name.isInbox }
        return a.name.octets.lexicographicallyPrecedes(b.name.octets)
    }

    private static func respond(
        _ name: Keyword, _ attributes: [MailboxAttribute], _ separator: UInt8?, _ wireForm: [UInt8],
        _ context: inout Context
    ) {
        context.respond(name) { writer in
            writer.space()
            writer.list(attributes) { $0.attribute($1) }
            writer.space()
            writer.nstring(separator.map { [$0] })
            writer.space()
            writer.astring(wireForm)
        }
    }
}

extension LsubCommand: Command {
    package static let facts = CommandFacts(
        "LSUB", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    /// The user's subscriptions, those whose mailbox is gone among them. A level above a subscription that is none
    /// itself is listed with `\\Noselect` where the pattern ends in `%` (RFC 3501 section 6.3.9).
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        let entries = try await ListCommand.entries(account).filter(\.isSubscribed).map { entry in
            MailboxEntry(
                entry.name, attributes: entry.attributes.contains(.nonExistent) ? [.noSelect] : entry.attributes,
                isSubscribed: true)
        }
        try await list.respond("LSUB", entries, account.separator, &context)
        return .ok("LSUB completed")
    }
}
