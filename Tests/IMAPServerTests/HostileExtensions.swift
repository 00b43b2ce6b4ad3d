import IMAPCodec
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// A host's own command that says whether the client's ID is known.
    static let whoami = IMAPExtension("XWHOAMI") { $0.add(WhoAmICommand.self) }

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
