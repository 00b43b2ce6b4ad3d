package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

// The commands that copy and expunge messages of the selected mailbox.

extension ExpungeCommand: Command {
    package static let facts = CommandFacts(
        "EXPUNGE", in: .selected, forms: .plain, expunge: .permitted, right: .expunge, literals: .none)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.writableMailbox()
        try await context.expunge(view.span)
        return .ok("EXPUNGE completed")
    }
}

extension CopyCommand: Command {
    package static let facts = CommandFacts(
        "COPY", in: .selected, forms: .plainAndUID, expunge: .permitted, right: .insert, literals: .buffered)

    /// All or nothing (RFC 9051 section 6.4.7). A target that does not exist is `NO [TRYCREATE]`.
    ///
    /// A message that another session expunged is an error by number, and nothing is copied; by UID it is left out.
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let view = try context.selectedMailbox()
        let uids = try context.messages(set, numbering)
        guard let mailbox else { throw .no(.cannot, "No mailbox can have that name") }
        var left = uids
        for _ in 0..<CopyCommand.attempts {
            guard !left.isEmpty else { return .ok("COPY completed") }
            do throws(StoreError) {
                let copied = view.checked(try await view.mailbox.copy(left, to: mailbox), of: left)
                return .ok(context.replyCode(for: .copied(copied)), "COPY completed")
            } catch .nonExistent {
                throw .no(.tryCreate, "No such mailbox")
            } catch .expunged {
                guard numbering == .uids else { throw CommandFailure(.expunged) }
            } catch {
                throw CommandFailure(error)
            }
            left = UIDSet(
                try await ask { () async throws(StoreError) in try await view.messages(left, []) }.map(\.uid))
        }
        throw CommandFailure(.expunged)
    }

    /// How often messages may vanish under a UID COPY before it gives up.
    private static var attempts: Int { 3 }
}
