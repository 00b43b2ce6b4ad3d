import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// MOVE, RFC 6851. Needs mailboxes that are ``/IMAPHost/MovableMailbox``.
    public static let move = IMAPExtension("MOVE") { registry in
        registry.advertise("MOVE", in: .any)
        registry.requireMailbox("MOVE") { $0 is any MovableMailbox.Type }
        registry.add(MoveCommand.self)
    }
}

/// `MOVE` and `UID MOVE` (RFC 6851 section 5)
///
/// ```abnf
/// move = "MOVE" SP sequence-set SP mailbox
/// ```
struct MoveCommand: Command {
    static let facts = CommandFacts(
        "MOVE", in: .selected, forms: .plainAndUID, expunge: .permitted, right: .expunge, literals: .buffered)

    let numbering: MessageNumbering
    let set: MessageSet
    /// `nil`: a name no mailbox can have.
    let mailbox: MailboxName?

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        numbering = grammar.numbering
        try arguments.space()
        set = try arguments.messageSet(grammar)
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.end()
    }

    /// COPYUID is sent before the EXPUNGE responses (section 4.3). A message that another session expunged is left
    /// out; by number that is said, behind what was done.
    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.writableMailbox()
        let uids = try context.messages(set, numbering)
        guard let mailbox else { throw .no(.cannot, "No mailbox can have that name") }
        guard let movable = view.mailbox as? any MovableMailbox else { throw CommandFailure(.internalError) }
        guard !uids.isEmpty else { return .ok("MOVE completed") }
        let moved: CopiedMessages
        do throws(StoreError) {
            moved = view.checked(try await movable.move(uids, to: mailbox), of: uids)
        } catch .nonExistent {
            throw .no(.tryCreate, "No such mailbox")
        } catch {
            throw CommandFailure(error)
        }
        if let code = context.replyCode(for: .copied(moved)) { context.inform(code, "Messages moved") }
        context.askForNews(expunged: moved.source)
        guard numbering == .uids || moved.source.count == uids.count else { throw CommandFailure(.expunged) }
        return .ok("MOVE completed")
    }
}
