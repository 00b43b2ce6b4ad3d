package import IMAPCodec
import IMAPSession
import IMAPTypes

extension CapabilityCommand: Command {
    package static let facts = CommandFacts(
        "CAPABILITY", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let capabilities = context.capabilities
        context.respond("CAPABILITY") { writer in
            for capability in capabilities {
                writer.space()
                writer.capability(capability)
            }
        }
        return .ok("CAPABILITY completed")
    }
}

extension NoopCommand: Command {
    package static let facts = CommandFacts(
        "NOOP", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    /// The way a client asks for news (RFC 9051 section 6.1.2).
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        try await context.synchronise(asks: true)
        return .ok(NoopCommand.completed)
    }

    private static let completed: ResponseText = "NOOP completed"
}

extension LogoutCommand: Command {
    package static let facts = CommandFacts(
        "LOGOUT", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion { .logout }
}
