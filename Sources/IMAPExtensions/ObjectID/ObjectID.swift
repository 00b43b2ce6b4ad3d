import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// OBJECTID, RFC 8474: identifiers that mailboxes keep when they are renamed, and messages when they are copied.
    ///
    /// Needs accounts that are ``/IMAPHost/IdentifiedAccount`` with mailboxes that are ``/IMAPHost/IdentifiedMailbox``.
    public static let objectID = IMAPExtension("OBJECTID") { registry in
        registry.advertise("OBJECTID", in: .any)
        registry.requireAccount("OBJECTID") { $0 is any IdentifiedAccount.Type }
        registry.requireMailbox("OBJECTID") { $0 is any IdentifiedMailbox.Type }
        registry.add(selectResponses: respondMailboxID)
        registry.add(replyCode: createdCode)
        registry.add(statusItem: MailboxIDItem())
        registry.add(fetchItem: EmailIDItem.self)
        registry.add(fetchItem: ThreadIDItem.self)
        registry.add(searchKey: ObjectIDKey.self)
    }

    /// `* OK [MAILBOXID (...)]`, in every SELECT and EXAMINE (section 4.2).
    private static func respondMailboxID(_ mailbox: OpenMailbox, _ context: inout Context) {
        guard let id = mailbox.mailboxID else { return }
        context.inform(.mailboxID(id), "What the mailbox is called whatever its name")
    }

    /// Section 4.1.
    private static func createdCode(_ work: FinishedWork) -> ResponseCode? {
        guard case .created(let id) = work else { return nil }
        return id.map { .mailboxID($0) }
    }
}

extension ResponseCode {
    /// ```abnf
    /// resp-text-code =/ "MAILBOXID" SP "(" objectid ")"
    /// ```
    static func mailboxID(_ id: ObjectID) -> ResponseCode { ResponseCode("MAILBOXID", [.objectID(id)]) }
}

extension ResponseWriter {
    /// `"(" objectid ")" / nil`: NIL where the store says nothing, which it may of threads alone.
    fileprivate mutating func objectIDOrNil(_ id: ObjectID?) {
        if let id { objectID(id) } else { null() }
    }
}

/// `MAILBOXID` (section 4.3)
///
/// ```abnf
/// status-att-val =/ "MAILBOXID" SP "(" objectid ")"
/// ```
struct MailboxIDItem: StatusItem {
    let name: Keyword = "MAILBOXID"

    func write(_ status: MailboxStatus, to writer: inout ResponseWriter) { writer.objectIDOrNil(status.mailboxID) }
}

/// `EMAILID` (section 5.1)
///
/// ```abnf
/// fetch-emailid-resp = "EMAILID" SP "(" objectid ")"
/// ```
struct EmailIDItem: FetchItem {
    private static let name: Keyword = "EMAILID"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    var columns: MessageColumns { .emailID }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(EmailIDItem.name)
        writer.objectIDOrNil(message.record.emailID)
    }
}

/// `THREADID` (section 5.2)
///
/// ```abnf
/// fetch-threadid-resp = "THREADID" SP ( "(" objectid ")" / nil )
/// ```
struct ThreadIDItem: FetchItem {
    private static let name: Keyword = "THREADID"
    static let names = [name]

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {}

    var columns: MessageColumns { .threadID }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.itemName(ThreadIDItem.name)
        writer.objectIDOrNil(message.record.threadID)
    }
}

/// `EMAILID` and `THREADID` of SEARCH (section 6): exactly this identifier, in its case.
///
/// ```abnf
/// search-key =/ "EMAILID" SP objectid / "THREADID" SP objectid
/// ```
struct ObjectIDKey: SearchKey {
    static let names: [Keyword] = ["EMAILID", "THREADID"]

    private let isThread: Bool
    private let id: ObjectID

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        let octets = try arguments.atom()
        guard let id = ObjectID(octets) else { throw arguments.error(.unexpected) }
        self.id = id
        isThread = name == "THREADID"
    }

    var columns: MessageColumns { isThread ? .threadID : .emailID }

    func matches(_ message: SearchedMessage) -> Bool {
        (isThread ? message.record.threadID : message.record.emailID) == id
    }
}
