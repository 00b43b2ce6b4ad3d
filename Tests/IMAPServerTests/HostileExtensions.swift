import IMAPCodec
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// A host's own command that says whether the client's ID is known.
    static let whoami = IMAPExtension("XWHOAMI") { $0.add(WhoAmICommand.self) }

    /// A host's own command that needs no more of its literal than one octet, and none when it is small.
    static let peek = IMAPExtension("XPEEK") { $0.add(PeekCommand.self) }

    /// A host's own command that takes any nested value.
    static let nest = IMAPExtension("XNEST") { $0.add(NestCommand.self) }
}

private struct WhoAmICommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "XWHOAMI", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        .ok(context.clientID == nil ? "Unknown" : "Known")
    }
}

/// `"XNEST" SP tagged-ext-val`
private struct NestCommand: Command {
    static let facts = CommandFacts(
        "XNEST", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .buffered)

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        try arguments.skipTaggedExtensionValue()
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion { .ok("Read") }
}

/// `"XPEEK" SP literal`
private struct PeekCommand: StreamingCommand {
    static let facts = CommandFacts(
        "XPEEK", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .streamed)

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        throw arguments.error(.missing)
    }

    init?(front arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard let size = context.announcedSize, size > 3 else { return .ok("Seen") }
        try context.acceptLiteral(atMost: 1000)
        _ = try await context.readLiteral()
        return .ok("Peeked")
    }
}
