import Testing

/// The table of ``HostField`` against the declarations of Sources/IMAPHost.
@Suite("Hostile: no text of a host's is missing from the table (R-OUT-2)")
struct HostFieldSourceTests {
    /// Types that hold text, or octets, as somebody else chose them.
    private static let textual: Set<String> = [
        "String", "UInt8", "MailboxName", "MailboxEntry", "MailboxAttribute", "Flag", "ObjectID", "Keyword",
        "LanguageTag",
        "EntryName", "AccessIdentifier", "AccessEntry", "QuotaRoot", "QuotaResource", "QuotaUsage", "QuotaLimit",
        "MessageDigest", "MessageRecord", "UserIdentity", "AuthenticationIdentity", "Namespace", "Namespaces",
        "AnnotationSize", "AnnotationNews", "AnnotationChange", "AccountEvent", "AccountNews", "MailboxFlags",
        "PeerAddress", "TLSFacts", "ConnectionFacts",
    ]

    private static func isTextual(_ type: Substring) -> Bool {
        !textual.isDisjoint(with: type.split { !$0.isLetter && !$0.isNumber }.map(String.init))
    }

    /// Members that hold text and are not in the table, and why.
    private static let reasons: [String: String] = [
        "AccessRights.octets": "letters and digits by construction",
        "Account.separator": "noSeparatorBreaksAResponse", "Namespace.separator": "noSeparatorBreaksAResponse",
        "AccessIdentifier.subject": "part of the identifier",
        "AnnotatedObject.mailbox": "the library's question", "AnnotationChange.name": "the library's question",
        "AnnotationChange.value": "the library's question", "AnnotationNews.object": "a name that the library asks for",
        "NewMessage.flags": "the library's question", "FlagChange.add": "the library's question",
        "FlagChange.remove": "the library's question", "FlagChange.replace": "the library's question",
        "Credential.password": "the library's question", "Credential.external": "the library's question",
        "Credential.anonymous": "the library's question", "Credential.proven": "never told to the client",
        "Credential.bearerToken": "never told to the client", "SASLStep.finished": "never told to the client",
        "QuotaLimit.resource": "the library's question", "ServerEvent.fault": "never told to the client",
        "ServerEvent.opened": "never told to the client", "ServerEvent.command": "never told to the client",
        "ServerEvent.authenticated": "never told to the client",
        "ServerEvent.accountChanged": "never told to the client",
        "QuotaAccount.quotaResources": "asked at the start alone",
        "SASLMechanism.name": "a keyword: see Capability", "ConnectionFacts.tls": "of the transport: see TLSFacts",
        "Namespace.translation": "see translations", "ConditionalChange.changed": "records: see MessageRecord",
        "Mailbox.changeFlags": "records: see MessageRecord", "ConditionalMailbox.changeFlags": "records",
        "ConnectionID.description": "a number", "Namespace.usable": "see separator",
        "MessageBody.read": "the table of messages", "SecurityLayer.protect": "around every octet",
        "SecurityLayer.unprotect": "of the client", "ByteTransport.startTLS": "see TLSFacts",
        "MailStore.account": "no text", "MessageEvents.rawValue": "bits",
    ]

    /// `Type.member` for each public member, and what a function returns, whose type is textual.
    private static func found() throws -> Set<String> {
        var found: Set<String> = []
        for path in try HostileRules.sources("Sources/IMAPHost") where path.hasSuffix(".swift") {
            var type = ""
            var isProtocol = false
            // A declaration that goes over several lines is one.
            let text = try HostileRules.text(of: path).replacing(/,\n +|\(\n +|\n +(?=\)|->)/, with: " ")
            for line in text.split(separator: "\n") {
                if let match = line.firstMatch(
                    of: /^(?:    )?public (?:final |indirect )?(struct|enum|protocol|class|extension) (\w+)/)
                {
                    (type, isProtocol) = (String(match.2), match.1 == "protocol")
                } else if let match = line.firstMatch(of: /^(?:package )?(?:extension|struct|enum) (\w+)/) {
                    (type, isProtocol) = (String(match.1), false)
                }
                let isPublic = line.contains("public ") || isProtocol
                if isPublic || line.hasPrefix("    case "),
                    let match = line.firstMatch(of: /^ +(?:public )?(?:static )?(?:var|let) (\w+): ([^={]+)/)
                {
                    if isTextual(match.2) { found.insert("\(type).\(match.1)") }
                } else if let match = line.firstMatch(of: /^ +case (\w+)\((.*)\)/) {
                    if isTextual(match.2) { found.insert("\(type).\(match.1)") }
                } else if isProtocol, let match = line.firstMatch(of: /^ +(?:mutating )?func (\w+)\(.*-> (.*)$/) {
                    if isTextual(match.2) { found.insert("\(type).\(match.1)") }
                }
            }
        }
        return found
    }

    @Test func everyTextOfAHostIsInTheTable() throws {
        let known = Set(HostField.all.flatMap(\.names))
        let found = try Self.found()
        #expect(found.isSuperset(of: ["Namespace.prefix", "SASLStep.challenge", "AnnotatedAccount.values"]))
        let missing = found.subtracting(known).subtracting(Self.reasons.keys)
        #expect(missing.isEmpty, "no row of HostField.all shows \(missing.sorted()), and no reason is given")
        #expect(known.intersection(Self.reasons.keys).isEmpty)
    }
}
