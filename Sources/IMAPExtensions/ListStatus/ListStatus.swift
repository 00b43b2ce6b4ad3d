import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// LIST-STATUS, RFC 5819: LIST answers STATUS for each mailbox that can be selected.
    public static let listStatus = IMAPExtension("LIST-STATUS", requiring: ["LIST-EXTENDED"]) { registry in
        registry.advertise("LIST-STATUS", in: .any)
        registry.add(listReturnOption: StatusOption.self)
    }
}

/// STATUS, behind RETURN (RFC 5819 section 4)
///
/// ```abnf
/// status-option = "STATUS" SP "(" status-att *(SP status-att) ")"
/// ```
struct StatusOption: ListReturnOption {
    static let name: Keyword = "STATUS"

    let items: [any StatusItem]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        items = try arguments.statusItems(grammar).compactMap { $0 as? any StatusItem }
    }

    func begin(_ context: inout Context) async throws(CommandFailure) {
        for item in items { try item.begin(&context) }
    }

    /// A mailbox that turns out not to be selectable is said to be so, and has no STATUS. One that the store cannot
    /// look at now is left without (RFC 5819 section 2).
    func describe(
        _ mailbox: ListedMailbox, in response: inout ListResponse, _ context: inout Context
    ) async throws(CommandFailure) {
        guard mailbox.isSelectable, mailbox.isSelected else { return }
        let account = try context.account()
        let name = mailbox.name
        let items = items
        do throws(StoreError) {
            let status = try await account.status(of: name)
            response.follow { context in context.respondStatus(of: name, status, items) }
        } catch .nonExistent, .noPermission, .cannot {
            response.add(.noSelect)
        } catch {
            return
        }
    }
}
