import IMAPCodec
public import IMAPServer
import IMAPSession

extension IMAPExtension {
    /// UNSELECT, RFC 3691: CLOSE without the expunge.
    public static let unselect = IMAPExtension("UNSELECT") { registry in
        registry.advertise("UNSELECT", in: .any)
        registry.add(UnselectCommand.self)
    }
}

/// `UNSELECT` (RFC 3691 section 3)
///
/// ```abnf
/// command-select =/ "UNSELECT"
/// ```
struct UnselectCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "UNSELECT", in: .selected, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        try await context.deselect()
        return .ok("UNSELECT completed")
    }
}
