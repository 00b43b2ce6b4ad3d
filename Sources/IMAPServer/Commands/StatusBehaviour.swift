public import IMAPCodec
public import IMAPHost
import IMAPSession
public import IMAPTypes

/// A STATUS data item: a fact about a mailbox.
public protocol StatusItem: StatusItemSyntax {
    /// Before anything is answered: a mode that asking for the item switches on.
    func begin(_ context: inout Context) throws(CommandFailure)

    /// Writes the item's value, without its name.
    func write(_ status: MailboxStatus, to writer: inout ResponseWriter)
}

extension StatusItem {
    public func begin(_ context: inout Context) throws(CommandFailure) {}
}

extension Context {
    /// `* STATUS mailbox (...)`
    public mutating func respondStatus(of name: MailboxName, _ status: MailboxStatus, _ items: [any StatusItem]) {
        respond("STATUS") { writer in
            writer.space()
            writer.mailbox(name)
            writer.space()
            writer.list(items) { writer, item in
                writer.itemName(item.name)
                item.write(status, to: &writer)
            }
        }
    }
}

extension Context {
    /// The STATUS data items of these names, as far as this server has them.
    public func statusItems(_ names: [Keyword]) -> [any StatusItem] {
        names.compactMap { channel.tables.grammar.statusItems[$0] as? any StatusItem }
    }
}

/// The items of RFC 3501 section 6.3.10.
struct BaseStatusItem: StatusItem {
    let name: Keyword
    private let number: @Sendable (MailboxStatus) -> UInt64

    private init(_ name: Keyword, _ number: @escaping @Sendable (MailboxStatus) -> UInt64) {
        self.name = name
        self.number = number
    }

    func write(_ status: MailboxStatus, to writer: inout ResponseWriter) { writer.number(number(status)) }

    static let all: [BaseStatusItem] = [
        BaseStatusItem("MESSAGES") { UInt64($0.messages) },
        BaseStatusItem("RECENT") { UInt64($0.recent) },
        BaseStatusItem("UIDNEXT") { UInt64($0.uidNext.rawValue) },
        BaseStatusItem("UIDVALIDITY") { UInt64($0.uidValidity.rawValue) },
        BaseStatusItem("UNSEEN") { UInt64($0.unseen) },
    ]
}

/// DELETED: how many messages have `\Deleted` (RFC 9051 section 6.3.11; RFC 9208 section 4.1.4).
public struct DeletedStatusItem: StatusItem {
    public let name: Keyword = "DELETED"

    public init() {}

    public func write(_ status: MailboxStatus, to writer: inout ResponseWriter) { writer.number(status.deleted) }
}

/// SIZE: the octets of all messages (RFC 9051 section 6.3.11, RFC 8438).
public struct SizeStatusItem: StatusItem {
    public let name: Keyword = "SIZE"

    public init() {}

    public func write(_ status: MailboxStatus, to writer: inout ResponseWriter) { writer.number63(status.size) }
}

extension StatusCommand: Command {
    package static let facts = CommandFacts(
        "STATUS", in: .loggedIn, forms: .plain, expunge: .permitted, right: .read, literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let account = try context.account()
        let items = items.compactMap { $0 as? any StatusItem }
        for item in items { try item.begin(&context) }
        let status = try await ask { () async throws(StoreError) in try await account.status(of: mailbox) }
        context.respondStatus(of: mailbox, status, items)
        return .ok("STATUS completed")
    }
}
