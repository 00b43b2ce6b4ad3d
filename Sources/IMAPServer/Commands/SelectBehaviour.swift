package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

/// The answer to a literal that SELECT or EXAMINE is not let send. Behind a NO nothing would be selected (RFC 9051
/// section 6.3.2), and what was selected still is.
private let nothingWasClosed = CommandFailure.bad(.tooBig, "Literal too big")

extension SelectCommand: Command {
    package static let facts = CommandFacts(
        "SELECT", in: .loggedIn, forms: .plain, expunge: .permitted, right: .read, literals: .buffered)

    package static func refusalOfLiteral(over limit: Int?) -> CommandFailure { nothingWasClosed }

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        try await select(.readWrite, &context)
    }

    /// The answers of RFC 3501 section 6.3.1.
    fileprivate func select(
        _ access: MailboxAccess, _ context: inout Context
    ) async throws(CommandFailure) -> Completion {
        let options = options.compactMap { $0 as? any SelectOption }
        for option in options { try await option.begin(&context) }
        let open = try await context.select(mailbox, access)
        let omitted = context.connection.forms.omitted
        context.respond("FLAGS") { writer in
            writer.space()
            writer.flags(open.flags)
        }
        context.respond(UInt32(clamping: open.uids.count), "EXISTS")
        if !omitted.contains("RECENT") { context.respond(UInt32(clamping: open.recent.count), "RECENT") }
        if !omitted.contains("UNSEEN"), let uid = open.firstUnseen,
            let number = context.connection.machine.mailbox?.sequenceNumber(of: uid)
        {
            context.inform(.unseen(number), "First unseen")
        }
        context.inform(.uidValidity(open.uidValidity), "UIDs valid")
        context.inform(.uidNext(open.uidNext), "Predicted next UID")
        context.inform(
            .permanentFlags(open.permanentFlags, newKeywords: open.acceptsNewKeywords), "Flags that can be kept")
        for responses in context.channel.tables.selectResponses { responses(open, &context) }
        do throws(CommandFailure) {
            for option in options { try await option.opened(open, &context) }
        } catch {
            // Behind a NO nothing is selected (RFC 9051 section 6.3.2).
            if error.outcome != nil { try await context.deselect() }
            throw error
        }
        return .ok(
            open.access == .readWrite ? .readWrite : .readOnly,
            access == .readWrite ? "SELECT completed" : "EXAMINE completed")
    }
}

extension ExamineCommand: Command {
    package static let facts = CommandFacts(
        "EXAMINE", in: .loggedIn, forms: .plain, expunge: .permitted, right: .read, literals: .buffered)

    package static func refusalOfLiteral(over limit: Int?) -> CommandFailure { nothingWasClosed }

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        try await select.select(.readOnly, &context)
    }
}

extension CloseCommand: Command {
    package static let facts = CommandFacts(
        "CLOSE", in: .selected, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    /// Expunges without saying so, unless the mailbox was opened to be read alone (RFC 9051 section 6.4.1).
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        if let view = context.connection.machine.mailbox, view.access == .readWrite {
            do {
                _ = try await view.mailbox.expunge(view.span)
            } catch .nonExistent {
                // Deleted meanwhile: there is nothing left to expunge.
            } catch .noPermission {
                // Without the right to expunge the mailbox is closed all the same (RFC 4314 section 4).
            } catch {
                throw CommandFailure(error)
            }
        }
        try await context.deselect()
        return .ok("CLOSE completed")
    }
}
