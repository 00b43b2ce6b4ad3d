import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTypes

/// `UID FETCH ... (CHANGEDSINCE n VANISHED)` (RFC 7162 section 3.2.6): what vanished of the messages asked for, too.
///
/// ```abnf
/// rexpunges-fetch-mod = "VANISHED"
/// ```
struct VanishedModifier: FetchModifier {
    static let name: Keyword = "VANISHED"
    static let mode: SessionMode? = .qResync

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        guard grammar.numbering == .uids else { throw arguments.error(.unexpected) }
    }

    /// Before the FETCH responses, as their numbers must not be mistaken.
    func begin(_ request: inout FetchRequest, _ context: inout Context) async throws(CommandFailure) {
        guard let changed = request.modifiers.lazy.compactMap({ $0 as? ChangedSince }).first else {
            throw .bad(nil, "VANISHED needs CHANGEDSINCE")
        }
        try context.enableCondStore()
        let view = try context.selectedMailbox()
        try await context.respondVanished(since: changed.since, of: asked(request.set, context, view), view)
    }

    /// The UIDs that the client named. `*` is the greatest that is there, and may have been a greater one when the
    /// client saw it last.
    private func asked(
        _ set: MessageSet, _ context: borrowing Context, _ view: MailboxView
    ) throws(CommandFailure) -> UIDSet {
        switch set {
        case .atom(let octet): try context.messages(named: octet)
        case .numbers(let numbers):
            UIDSet(ranges: numbers.resolved(largest: view.largestUID).union(numbers.resolved(largest: .max)))
        }
    }
}
