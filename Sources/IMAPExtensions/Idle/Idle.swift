import IMAPCodec
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// IDLE, RFC 2177: news of the selected mailbox when it happens.
    public static let idle = IMAPExtension("IDLE") { registry in
        registry.advertise("IDLE", in: .any)
        registry.add(IdleCommand.self)
    }
}

/// `IDLE` (RFC 2177 section 4, RFC 9051 section 6.3.13)
///
/// ```abnf
/// idle = "IDLE" CRLF "DONE"
/// ```
struct IdleCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "IDLE", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.askForNews()
        return .listen(inviting: "idling") { line throws(CommandFailure) in
            guard ASCII.equalFolded(line, IdleCommand.done) else { throw .bad(nil, "DONE expected") }
            return .ok("IDLE completed")
        }
    }

    private static let done = Array("DONE".utf8)
}
