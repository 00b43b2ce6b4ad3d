import IMAPCodec
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A text that a host gives, and the commands that show it. One line adds a field.
struct HostField: Sendable, CustomTestStringConvertible {
    /// `Type.member`, as in Sources/IMAPHost; more than one where the same line shows them.
    let names: [String]
    /// Sent one by one; `NOOP` tells what the host has to say unasked.
    let commands: [String]
    /// Whether the harmless text cannot be seen in the output as it is.
    let isHidden: Bool
    /// Puts the text in its place, or returns `false` when the type of the field does not take it.
    let set: @Sendable (inout HostSays, [UInt8]) -> Bool

    init(
        _ names: String..., shownBy commands: [String], hidden: Bool = false,
        _ set: @escaping @Sendable (inout HostSays, [UInt8]) -> Bool
    ) {
        (self.names, self.commands, isHidden, self.set) = (names, commands, hidden, set)
    }

    var testDescription: String { names.joined(separator: ", ") }

    private static func valid(_ octets: [UInt8]) -> String? { String(validating: octets, as: UTF8.self) }

    /// Where `make` makes a value of the text, `put` puts it in its place.
    private static func with<Value>(
        _ value: Value?, _ put: (Value) -> Void
    ) -> Bool {
        guard let value else { return false }
        put(value)
        return true
    }

    private static func space(_ prefix: String, _ translations: [LanguageTag: String] = [:]) -> Namespace {
        Namespace(prefix: prefix, separator: 0x2F, translations: translations)
    }

    /// Of the parts of a message, where a host's own extension has them.
    private static func part(_ text: [UInt8]) -> BodyPart {
        var fields = BodyPart.Fields()
        fields.parameters = [BodyPart.Parameter(name: text, value: text)]
        (fields.id, fields.description, fields.encoding, fields.md5) = (text, text, text, text)
        fields.disposition = BodyPart.Disposition(type: text, parameters: fields.parameters)
        (fields.languages, fields.location) = ([text, text], text)
        return BodyPart(type: text, subtype: text, fields: fields)
    }

    private static func envelope(_ text: [UInt8]) -> Envelope {
        let all: [Address] = [
            .groupStart(text), .mailbox(Address.Mailbox(name: text, route: text, localPart: text, host: text)),
            .groupEnd,
        ]
        return Envelope(
            date: text, subject: text, from: all, sender: all, replyTo: all, to: all, cc: all, bcc: all,
            inReplyTo: text,
            messageID: text)
    }

    static let all: [HostField] = [
        // Names of mailboxes
        HostField(
            "Namespace.prefix", "Namespaces.personal", "Account.namespaces", shownBy: ["NAMESPACE", "LIST \"\" *"]
        ) {
            says, text in
            with(valid(text)) { says.namespaces = Namespaces(personal: [space($0)]) }
        },
        HostField("Namespaces.otherUsers", shownBy: ["NAMESPACE", "LIST \"\" *"]) { says, text in
            with(valid(text)) { says.namespaces = Namespaces(personal: [], otherUsers: [space($0), space($0)]) }
        },
        HostField("Namespaces.shared", shownBy: ["NAMESPACE", "LIST \"\" *"]) { says, text in
            with(valid(text)) { says.namespaces = Namespaces(personal: [], shared: [space(""), space($0)]) }
        },
        HostField("Namespace.translations", shownBy: ["NAMESPACE", "LANGUAGE de", "NAMESPACE"]) { says, text in
            with(valid(text)) { says.namespaces = Namespaces(personal: [space("", ["de": $0])]) }
        },
        HostField(
            "MailboxEntry.name", "Account.mailboxes",
            shownBy: [
                "LIST \"\" *", "LSUB \"\" *", "LIST \"\" % RETURN (STATUS (MESSAGES MAILBOXID) MYRIGHTS)",
                "LIST (SUBSCRIBED) \"\" *", "LIST \"\" * RETURN (METADATA (/private/comment))",
            ]
        ) { says, text in
            with(MailboxName(text)) { says.mailboxes = [MailboxEntry($0, isSubscribed: true)] }
        },
        HostField("MailboxEntry.attributes", shownBy: ["LIST \"\" *", "LIST (SPECIAL-USE) \"\" *", "LSUB \"\" *"]) {
            says, text in
            with(MailboxAttribute(octets("\\X-") + text)) { says.mailboxes = [entry("box", [$0], subscribed: true)] }
        },
        HostField(
            "AccountEvent.created", "AccountEvent.messages", "AccountEvent.deleted", "AccountEvent.renamed",
            "AccountEvent.subscription", "AccountEvent.visibility", "AccountNews.events", "NotifyingAccount.news",
            shownBy: [
                "NOTIFY SET (personal (MailboxName SubscriptionChange MessageNew MessageExpunge FlagChange))", "NOOP",
            ]
        ) { says, text in
            with(MailboxName(text)) {
                says.mailboxes = [MailboxEntry($0)]
                says.news = [
                    .created($0), .subscription($0), .messages($0, .all), .renamed(.inbox, to: $0),
                    .visibility($0, from: .hidden, to: .readable), .deleted($0), .created($0),
                ]
            }
        },
        HostField(
            "ControlledAccount.changeRights", "ControlledAccount.removeRights",
            shownBy: ["SETACL INBOX bob lr", "DELETEACL INBOX bob"], hidden: true
        ) { says, text in with(MailboxName(text)) { says.mailboxes = [MailboxEntry($0)] } },
        // Words
        HostField("MailboxStatus.mailboxID", shownBy: ["STATUS INBOX (MAILBOXID)"]) { says, text in
            with(ObjectID(text)) { id in says.status = { $0.mailboxID = id } }
        },
        HostField("OpenMailbox.mailboxID", shownBy: ["SELECT INBOX"]) { says, text in
            with(ObjectID(text)) { id in says.open = { $0.mailboxID = id } }
        },
        HostField("IdentifiedAccount.mailboxID", shownBy: ["CREATE box"]) { says, text in
            with(ObjectID(text)) { says.mailboxID = $0 }
        },
        HostField("OpenMailbox.flags", "MailboxFlags.flags", shownBy: ["SELECT INBOX", "NOOP"]) { says, text in
            with(Flag(text)) { flag in says.open = { $0.flags.append(flag) } }
        },
        HostField(
            "OpenMailbox.permanentFlags", "MailboxFlags.permanentFlags", "ControlledMailbox.currentFlags",
            shownBy: ["SELECT INBOX", "NOOP"]
        ) { says, text in
            with(Flag(text)) { flag in
                says.open = {
                    $0.flags.append(flag)
                    $0.permanentFlags.append(flag)
                }
            }
        },
        HostField("MessageRecord.flags", "Mailbox.messages", shownBy: ["FETCH 1 FLAGS", "STORE 1 +FLAGS (\\Seen)"]) {
            says, text in
            with(Flag(text)) { flag in says.record = { $0.flags?.append(flag) } }
        },
        HostField("MessageRecord.emailID", shownBy: ["FETCH 1 EMAILID"]) { says, text in
            with(ObjectID(text)) { id in says.record = { $0.emailID = id } }
        },
        HostField("MessageRecord.threadID", shownBy: ["FETCH 1 THREADID"]) { says, text in
            with(ObjectID(text)) { id in says.record = { $0.threadID = id } }
        },
        HostField(
            "MessageRecord.digest", "MessageDigest.octets", shownBy: ["FETCH 1 (ENVELOPE BODYSTRUCTURE BODY)"],
            hidden: true
        ) { says, text in
            says.record = { $0.digest = MessageDigest(($0.digest?.octets ?? []) + text) }
            return true
        },
        HostField(
            "AccessEntry.identifier", "ControlledAccount.accessList",
            shownBy: ["GETACL INBOX", "LISTRIGHTS INBOX alice", "MYRIGHTS INBOX"]
        ) { says, text in
            with(AccessIdentifier(text)) { says.accessList = [AccessEntry($0, .standard)] }
        },
        HostField(
            "QuotaRoot.octets", "QuotaAccount.quotaRoots", "QuotaUsage.resource", "QuotaAccount.quota",
            shownBy: ["GETQUOTAROOT INBOX", "GETQUOTA \"\""]
        ) { says, text in
            with(QuotaRoot(text)) {
                says.quotaRoots = [$0]
                says.quotaUsage = [QuotaUsage(.storage, usage: 1, limit: 2)]
            }
        },
        HostField("QuotaResource.name", shownBy: ["GETQUOTAROOT INBOX", "GETQUOTA \"\""], hidden: true) { says, text in
            with(Keyword(text.span)) {
                says.quotaRoots = QuotaRoot([]).map { [$0] } ?? []
                says.quotaUsage = [QuotaUsage(QuotaResource($0), usage: 1, limit: 2)]
            }
        },
        HostField(
            "AnnotationSize.name", "AnnotatedAccount.annotations",
            shownBy: [
                "GETMETADATA (DEPTH infinity) INBOX /private", "GETMETADATA (DEPTH infinity) \"\" /private",
                "LIST \"\" * RETURN (METADATA (/private/comment))",
            ]
        ) { says, text in
            with(EntryName(octets("/private/") + text)) { says.annotations = [$0: octets("value")] }
        },
        HostField(
            "AnnotatedAccount.values",
            shownBy: [
                "GETMETADATA INBOX /private/comment", "GETMETADATA \"\" /private/comment",
                "LIST \"\" * RETURN (METADATA (/private/comment))",
            ]
        ) { says, text in with(EntryName("/private/comment")) { says.annotations = [$0: text] } },
        HostField(
            "AnnotationNews.names", "AnnotatedAccount.annotationNews",
            shownBy: ["UNSELECT", "ENABLE METADATA", "SELECT INBOX", "NOOP"]
        ) { says, text in with(EntryName(octets("/shared/") + text)) { says.annotationNews = [$0] } },
        // Users
        HostField(
            "UserIdentity.name", "Authenticator.associatedUsers", "Authenticator.authorize",
            shownBy: ["UNSELECT", "LISTA alice"]
        ) { says, text in
            says.associated = [UserIdentity(name: text)]
            return true
        },
        HostField(
            "AuthenticationIdentity.name", "Authenticator.authenticate", shownBy: ["NOOP", "MYRIGHTS INBOX"],
            hidden: true
        ) { says, text in
            says.identity = AuthenticationIdentity(name: text)
            says.user = UserIdentity(name: text)
            return true
        },
        // Logging in
        HostField("SASLStep.challenge", "SASLMechanism.respond", shownBy: ["AUTHENTICATE XECHO =\r\n*"], hidden: true) {
            says, text in
            says.facts = .remote(tls: TLSFacts(version: "x", cipher: "x", peerIdentity: text))
            return true
        },
        HostField("SASLMechanism.failureChallenge", shownBy: ["AUTHENTICATE XFAIL =\r\nAA=="], hidden: true) {
            says, text in
            says.facts = .remote(tls: TLSFacts(version: "x", cipher: "x", peerIdentity: text))
            return true
        },
        HostField(
            "PeerAddress.description", "TLSFacts.version", "TLSFacts.cipher", "TLSFacts.peerIdentity",
            "TLSFacts.channelBindings", "ByteTransport.facts", "ConnectionFacts.local", "ConnectionFacts.remote",
            shownBy: ["CAPABILITY", "AUTHENTICATE XFAIL =\r\nAA=="], hidden: true
        ) { says, text in
            let name = String(decoding: text, as: UTF8.self)
            let peer = PeerAddress(name, isLoopback: false)
            let tls = TLSFacts(version: name, cipher: name, peerIdentity: text, channelBindings: ["TLS-UNIQUE": text])
            says.facts = ConnectionFacts(local: peer, remote: peer, tls: tls)
            return true
        },
        // What a host configures
        HostField("ClientIdentification.Field.name", shownBy: ["ID NIL"]) { says, text in
            with(ClientIdentification([.init(name: text, value: nil), .init(name: octets("x"), value: nil)])) {
                says.identification = $0
            }
        },
        HostField("ClientIdentification.Field.value", shownBy: ["ID NIL"]) { says, text in
            with(ClientIdentification([.init(name: octets("x"), value: text)])) { says.identification = $0 }
        },
        HostField("Capability", shownBy: ["CAPABILITY"], hidden: true) { says, text in
            with(Capability(text)) { says.capability = $0 }
        },
        HostField("LanguageTag", shownBy: ["LANGUAGE", "LANGUAGE xcanaryx", "NOOP"]) { says, text in
            with(LanguageTag(text)) { says.languages = [TextLanguage($0)] }
        },
        HostField("TranslatedText", shownBy: ["LANGUAGE tlh", "NOOP", "SELECT nowhere", "XBAD"]) { says, text in
            with(valid(text).flatMap { TranslatedText($0) }) {
                says.languages = [
                    TextLanguage("tlh", texts: ["NOOP completed": $0, "No such command": $0], completed: $0)
                ]
            }
        },
        HostField("CharsetProvider.names", shownBy: ["SEARCH CHARSET x-none ALL", "SORT (SUBJECT) x-none ALL"]) {
            says, text in
            says.charsets = [text]
            return true
        },
        // What an extension of a host's writes
        HostField("ResponseText", shownBy: ["XSHOW"]) { says, text in
            with(valid(text).flatMap { ResponseText($0) }) { says.shown = .text($0) }
        },
        HostField("CharsetName", shownBy: ["XSHOW"]) { says, text in
            with(CharsetName(text)) { says.shown = .code(.badCharset([$0, $0])) }
        },
        HostField("ResponseCode.CommandName", shownBy: ["XSHOW"]) { says, text in
            with(Tag(text).flatMap { ResponseCode.CommandName($0) }) { says.shown = .code(.noUpdate($0)) }
        },
        HostField("ResponseCode.name", shownBy: ["XSHOW"], hidden: true) { says, text in
            with(Keyword(octets("X-").span).flatMap { _ in Keyword((octets("X-") + text).span) }) {
                says.shown = .code(ResponseCode("BADEVENT", [.keywords([$0])]))
            }
        },
        HostField("ResponseWriter.string", shownBy: ["XSHOW"]) { says, text in
            says.shown = .written { writer in
                writer.space()
                writer.list([text, text]) { $0.string($1) }
                writer.space()
                writer.astring(text)
                writer.space()
                writer.nstring(text)
                writer.space()
                writer.nstring8(text)
            }
            return true
        },
        HostField("ResponseWriter.mailboxPrefix", shownBy: ["XSHOW"]) { says, text in
            with(valid(text)) { text in
                says.shown = .written { writer in
                    writer.space()
                    writer.mailboxPrefix(text)
                }
            }
        },
        HostField("ResponseWriter.envelope", shownBy: ["XSHOW"]) { says, text in
            says.shown = .written { writer in
                writer.space()
                writer.envelope(envelope(text))
            }
            return true
        },
        HostField("ResponseWriter.bodyStructure", shownBy: ["XSHOW"]) { says, text in
            let inner = part(text)
            let message = BodyPart(
                type: octets("message"), subtype: octets("rfc822"), fields: inner.fields, envelope: envelope(text))
            let whole = BodyPart(type: octets("multipart"), subtype: text, fields: inner.fields, count: 2)
            return with(BodyStructure([whole, inner, message, inner])) { structure in
                says.shown = .written { writer in
                    writer.space()
                    writer.bodyStructure(structure, extended: true)
                }
            }
        },
    ]
}
