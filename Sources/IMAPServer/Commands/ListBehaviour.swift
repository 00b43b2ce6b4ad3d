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
            ListCommand.respond([.noSelect], account.separator, [], &context)
            return .ok("LIST completed")
        }
        let entries: [MailboxEntry]
        do {
            // A subscription alone makes no mailbox.
            entries = try await account.mailboxes().filter { !$0.attributes.contains(.nonExistent) }
        } catch {
            throw CommandFailure(error)
        }
        let pattern = ListPattern(reference + pattern, separator: account.separator)
        for entry in ListCommand.withLevels(entries, account.separator, pattern).sorted(by: ListCommand.isBefore) {
            let wireForm = MailboxWireForm.encode(entry.name)
            guard pattern.matches(entry.name, wireForm: wireForm) else { continue }
            ListCommand.respond(entry.attributes, account.separator, wireForm, &context)
            try await context.drain()
        }
        return .ok("LIST completed")
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
            for ancestor in entry.name.ancestors(separator: separator) where names.insert(ancestor).inserted {
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
        _ attributes: [MailboxAttribute], _ separator: UInt8?, _ wireForm: [UInt8], _ context: inout Context
    ) {
        context.respond("LIST") { writer in
            writer.space()
            writer.list(attributes) { $0.attribute($1) }
            writer.space()
            writer.nstring(separator.map { [$0] })
            writer.space()
            writer.astring(wireForm)
        }
    }
}
