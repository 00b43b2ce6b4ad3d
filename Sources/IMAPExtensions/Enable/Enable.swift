import IMAPCodec
public import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// ENABLE, RFC 5161. What it can switch on, the other extensions declare.
    public static let enable = IMAPExtension("ENABLE") { registry in
        registry.advertise("ENABLE", in: .any)
        registry.add(EnableCommand.self)
    }
}

extension CountLimit {
    /// Names of one ENABLE. More is BAD.
    public static let enableNames = CountLimit("enableNames", standard: 100)
}

/// `ENABLE` (RFC 5161 section 3.1, RFC 9051 section 6.3.1)
///
/// ```abnf
/// enable = "ENABLE" 1*(SP capability)
/// ```
struct EnableCommand: Command {
    static let facts = CommandFacts(
        "ENABLE", in: .authenticated, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    /// The words that can be keywords, in order. A word that is not known is no error: nothing is switched on.
    let names: [Keyword]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        var names: [Keyword] = []
        var count = 0
        repeat {
            try arguments.space()
            guard count < arguments.limits[.enableNames] else { throw arguments.error(.limit) }
            count += 1
            let word = try arguments.atom()
            if let name = Keyword(word.span) { names.append(name) }
        } while !arguments.isAtEnd
        self.names = names
        try arguments.end()
    }

    /// Answers with what this command switched on, in the order asked for; what was on before is not repeated. A mode
    /// that another one of the list implies was asked for too.
    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        var enabled: [Keyword] = []
        var new: Set<SessionMode> = []
        for name in names {
            guard let mode = context.mode(enabledAs: name) else { continue }
            new.formUnion(context.enable(mode))
            if new.contains(mode), !enabled.contains(name) { enabled.append(name) }
        }
        // As they are advertised: IMAP4rev2, not in the upper case that keywords are compared in.
        let advertised = context.capabilities
        context.respond("ENABLED") { writer in
            for name in enabled {
                writer.space()
                if let capability = advertised.first(where: { ASCII.equalFolded($0.octets, name.octets) }) {
                    writer.capability(capability)
                } else {
                    writer.keyword(name)
                }
            }
        }
        return .ok("ENABLE completed")
    }
}
