import IMAPCodec
import IMAPHost
public import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension CountLimit {
    /// Entries that one GETMETADATA asks for. More is BAD.
    public static let metadataEntries = CountLimit("metadataEntries", standard: 1000)
}

extension IMAPExtension {
    /// METADATA, RFC 5464: annotations of mailboxes and of the server. Needs accounts that are
    /// ``/IMAPHost/AnnotatedAccount`` and annotate mailboxes.
    ///
    /// Once a client has enabled it, it is told the names of annotations that others change, of any mailbox.
    public static let metadata = IMAPExtension("METADATA") { registry in
        registry.requireAccount("METADATA") { account in
            (account as? any AnnotatedAccount.Type)?.annotatesMailboxes ?? false
        }
        registry.advertise("METADATA", in: .any)
        registry.add(mode: .metadata, enabledAs: "METADATA")
        registry.addMetadata()
    }

    /// METADATA-SERVER, RFC 5464: annotations of the server alone. In place of METADATA, for a store whose mailboxes
    /// have none; not in the standard list.
    public static let metadataServer = IMAPExtension("METADATA-SERVER") { registry in
        registry.requireAccount("METADATA-SERVER") { account in
            (account as? any AnnotatedAccount.Type).map { !$0.annotatesMailboxes } ?? false
        }
        registry.advertise("METADATA-SERVER", in: .any)
        registry.add(mode: .metadata, enabledAs: "METADATA-SERVER")
        registry.addMetadata()
    }

    /// LIST-METADATA, RFC 9590: LIST answers the annotations of each mailbox.
    public static let listMetadata = IMAPExtension("LIST-METADATA", requiring: ["LIST-EXTENDED", "METADATA"]) {
        registry in
        registry.advertise("LIST-METADATA", in: .any)
        registry.add(listReturnOption: MetadataOption.self)
    }
}

extension ExtensionRegistry {
    fileprivate mutating func addMetadata() {
        add(GetMetadataCommand.self)
        add(SetMetadataCommand.self)
        add(news: ChangedAnnotations.self)
    }
}

extension SessionMode {
    /// The client wants to be told of annotations that others change (RFC 5464 section 4.1).
    static let metadata = SessionMode("METADATA")
}

/// `* METADATA mailbox entry entry ...`, unasked (section 4.4.2)
///
/// ```abnf
/// entry-list = entry *(SP entry)
/// ```
enum ChangedAnnotations: NewsSource {
    static let topics: WakeTopics = .annotations
    /// The most names of one response.
    private static let mostNames = 100

    /// Once the client used NOTIFY, what it said there counts (RFC 5465 sections 5.6 and 5.7).
    static func isWanted(_ context: borrowing Context) -> Bool {
        let notify = context.read(NotifyRegistration.self)
        guard let scope = notify.scope else { return context.isEnabled(.metadata) }
        return notify.token != nil
            && !scope.events.isDisjoint(with: [.mailboxMetadataChange, .serverMetadataChange])
    }

    static func tell(_ topics: WakeTopics, _ context: inout Context) async throws(CommandFailure) {
        let account = try context.annotatedAccount()
        let all = try await ask { () async throws(StoreError) in try await account.annotationNews() }
        for news in try await context.wanted(all) {
            var rest = news.names[...]
            while !rest.isEmpty {
                context.respondNames(of: news.object, rest.prefix(mostNames))
                rest = rest.dropFirst(mostNames)
                try await context.drain()
            }
        }
    }
}

extension Context {
    /// The account, where it has annotations. The server does not start with another.
    func annotatedAccount() throws(CommandFailure) -> any AnnotatedAccount {
        guard let account = try account() as? any AnnotatedAccount else { throw CommandFailure(.internalError) }
        return account
    }

    mutating func respondNames(of object: AnnotatedObject, _ names: some Sequence<EntryName>) {
        respond("METADATA") { writer in
            writer.annotated(object)
            for name in names {
                writer.space()
                writer.astring(name.octets)
            }
        }
    }

    /// `* METADATA mailbox (entry value ...)` (section 4.4.1)
    ///
    /// ```abnf
    /// metadata-resp = "METADATA" SP mailbox SP (entry-values / entry-list)
    /// entry-values  = "(" entry-value *(SP entry-value) ")"
    /// value         = nstring / literal8
    /// ```
    mutating func respondValues(of object: AnnotatedObject, _ values: [(name: EntryName, value: [UInt8]?)]) {
        respond("METADATA") { writer in
            writer.annotated(object)
            writer.space()
            writer.list(values) { writer, one in
                writer.astring(one.name.octets)
                writer.space()
                writer.nstring8(one.value)
            }
        }
    }
}

extension ResponseWriter {
    /// ` mailbox`; the server is the empty name.
    fileprivate mutating func annotated(_ object: AnnotatedObject) {
        space()
        switch object {
        case .server: string([])
        case .mailbox(let name): mailbox(name)
        }
    }
}

extension ResponseCode {
    /// ```abnf
    /// resp-text-code =/ "METADATA" SP "LONGENTRIES" SP number
    /// resp-text-code =/ "METADATA" SP ("MAXSIZE" SP number / "TOOMANY" / "NOPRIVATE")
    /// ```
    static func metadata(_ what: Keyword, _ number: Int? = nil) -> ResponseCode {
        let arguments = number.map { [Argument.number(UInt64(clamping: min($0, Int(UInt32.max))))] } ?? []
        return ResponseCode("METADATA", [.keyword(what)] + arguments)
    }
}
