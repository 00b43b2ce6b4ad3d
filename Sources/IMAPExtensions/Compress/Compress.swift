import IMAPCodec
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// COMPRESS=DEFLATE, RFC 4978: both directions compressed until the authentication ends.
    ///
    /// Not in ``standard``. It costs some hundred kilobytes for each connection that uses it, and the size of
    /// compressed text tells something about the text: leave it out where an attacker can place text next to secrets
    /// (R-Z-5).
    public static let compressDeflate = IMAPExtension("COMPRESS") { registry in
        let offer: [Capability] = ["COMPRESS=DEFLATE"]
        registry.advertise { session in session.isCompressed ? [] : offer }
        registry.add(CompressCommand.self)
    }
}

/// `COMPRESS DEFLATE` (RFC 4978 sections 3 and 5). What comes behind the line is compressed, and what is sent behind the
/// OK.
///
/// ```abnf
/// command-auth =/ compress
/// compress     = "COMPRESS" SP algorithm
/// algorithm    = "DEFLATE"
/// ```
struct CompressCommand: Command {
    static let facts = CommandFacts(
        "COMPRESS", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    static func refusal(in session: SessionFacts) -> CommandFailure? {
        session.isCompressed ? .bad(nil, "Compression is on already") : nil
    }

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        let algorithm = try arguments.keyword()
        guard algorithm == "DEFLATE" else { throw arguments.error(.unknown) }
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.compress()
        return .ok("DEFLATE active")
    }
}
