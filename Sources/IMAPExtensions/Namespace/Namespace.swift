import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// NAMESPACE, RFC 2342: where mailbox names begin, as ``/IMAPHost/Account/namespaces`` says.
    public static let namespace = IMAPExtension("NAMESPACE") { registry in
        registry.advertise("NAMESPACE", in: .any)
        registry.add(NamespaceCommand.self)
    }
}

/// `NAMESPACE` (RFC 2342 section 5; RFC 9051 section 6.3.10)
///
/// ```abnf
/// namespace-response = "NAMESPACE" SP namespace SP namespace SP namespace
/// namespace          = nil / "(" 1*namespace-descr ")"
/// namespace-descr    = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) [namespace-trans] ")"
/// namespace-trans    = SP DQUOTE "TRANSLATION" DQUOTE SP "(" string ")"    ; RFC 5255 section 3.5
/// ```
struct NamespaceCommand: ArgumentlessSyntax, Command {
    static let facts = CommandFacts(
        "NAMESPACE", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.respondNamespaces(try context.account().namespaces)
        return .ok("NAMESPACE completed")
    }
}

extension Context {
    /// `* NAMESPACE personal others' shared`
    mutating func respondNamespaces(_ namespaces: Namespaces) {
        let language = language?.tag
        let namespaces = namespaces.usable
        respond("NAMESPACE") { writer in
            writer.space()
            writer.namespaces(namespaces.personal, in: language)
            writer.space()
            writer.namespaces(namespaces.otherUsers, in: language)
            writer.space()
            writer.namespaces(namespaces.shared, in: language)
        }
    }
}

extension ResponseWriter {
    /// Without a space between two: the grammar has none.
    /// Translations are in the form that names have.
    fileprivate mutating func namespaces(_ namespaces: [Namespace], in language: LanguageTag?) {
        guard !namespaces.isEmpty else { return null() }
        openList()
        for namespace in namespaces {
            openList()
            mailboxPrefix(namespace.prefix)
            space()
            nstring(namespace.separator.map { [$0] })
            if let translation = language.flatMap({ namespace.translation(into: $0) }) {
                space()
                string(Array("TRANSLATION".utf8))
                space()
                openList()
                mailboxPrefix(translation)
                closeList()
            }
            closeList()
        }
        closeList()
    }
}
