import IMAPCodec
import IMAPHost
public import IMAPServer
import IMAPSession

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
/// namespace-descr    = "(" string SP (DQUOTE QUOTED-CHAR DQUOTE / nil) ")"
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
        respond("NAMESPACE") { writer in
            writer.space()
            writer.namespaces(namespaces.personal)
            writer.space()
            writer.namespaces(namespaces.otherUsers)
            writer.space()
            writer.namespaces(namespaces.shared)
        }
    }
}

extension ResponseWriter {
    /// Without a space between two: the grammar has none.
    fileprivate mutating func namespaces(_ namespaces: [Namespace]) {
        guard !namespaces.isEmpty else { return null() }
        openList()
        for namespace in namespaces {
            openList()
            mailboxPrefix(namespace.prefix)
            space()
            nstring(namespace.separator.map { [$0] })
            closeList()
        }
        closeList()
    }
}
