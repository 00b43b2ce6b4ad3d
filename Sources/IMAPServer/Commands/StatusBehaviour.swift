public import IMAPCodec
public import IMAPHost
import IMAPSession
import IMAPTypes

/// A STATUS data item: a number about a mailbox.
public protocol StatusItem: StatusItemSyntax {
    func value(of status: MailboxStatus) -> UInt64
}

/// The items of RFC 3501 section 6.3.10.
struct BaseStatusItem: StatusItem {
    let name: Keyword
    private let number: @Sendable (MailboxStatus) -> UInt64

    private init(_ name: Keyword, _ number: @escaping @Sendable (MailboxStatus) -> UInt64) {
        self.name = name
        self.number = number
    }

    func value(of status: MailboxStatus) -> UInt64 { number(status) }

    static let all: [BaseStatusItem] = [
        BaseStatusItem("MESSAGES") { UInt64($0.messages) },
        BaseStatusItem("RECENT") { UInt64($0.recent) },
        BaseStatusItem("UIDNEXT") { UInt64($0.uidNext.rawValue) },
        BaseStatusItem("UIDVALIDITY") { UInt64($0.uidValidity.rawValue) },
        BaseStatusItem("UNSEEN") { UInt64($0.unseen) },
    ]
}

extension StatusCommand: Command {
    package static let facts = CommandFacts(
        "STATUS", in: .loggedIn, forms: .plain, expunge: .permitted, right: .read, literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let mailbox else { throw CommandFailure(.nonExistent) }
        let account = try context.account()
        let status: MailboxStatus
        do {
            status = try await account.status(of: mailbox)
        } catch {
            throw CommandFailure(error)
        }
        let values = items.compactMap { item in (item as? any StatusItem).map { ($0.name, $0.value(of: status)) } }
        context.respond("STATUS") { writer in
            writer.space()
            writer.mailbox(mailbox)
            writer.space()
            writer.list(values) { writer, value in
                writer.keyword(value.0)
                writer.space()
                writer.number(value.1)
            }
        }
        return .ok("STATUS completed")
    }
}
