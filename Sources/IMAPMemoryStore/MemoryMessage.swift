public import IMAPHost
public import IMAPTypes
import Synchronization

/// A message to put into a ``MemoryStore``.
///
/// Its octets and its date are shared, not copied: a million appends of one value cost a million table rows and one
/// body.
public struct MemoryMessage: Sendable {
    /// The flags it begins with. Backslash flags that are not among the five of RFC 9051 are left out.
    public var flags: [Flag]
    let content: MessageContent

    /// A message whose octets come from `body`, which has CRLF at every line's end and always the same size.
    ///
    /// `digest` is what the library found out about it. With one, as an appended message has it, SORT, THREAD and FETCH of
    /// its structure need not read the octets.
    public init(
        body: any MessageBody, flags: [Flag] = [], internalDate: InternalDate = InternalDate(secondsSince1970: 0),
        digest: MessageDigest? = nil
    ) {
        self.flags = flags
        content = MessageContent(body: body, internalDate: internalDate, digest: digest)
    }

    /// A message of `octets`; a bare LF in them becomes CRLF.
    public init(
        _ octets: [UInt8], flags: [Flag] = [], internalDate: InternalDate = InternalDate(secondsSince1970: 0),
        digest: MessageDigest? = nil
    ) {
        self.init(body: OctetBody(octets), flags: flags, internalDate: internalDate, digest: digest)
    }

    init(content: MessageContent, flags: [Flag]) {
        self.content = content
        self.flags = flags
    }

    /// The octets.
    public var body: any MessageBody { content.body }
    /// When it arrived, in the zone it was given in.
    public var internalDate: InternalDate { content.internalDate }
    /// The octets of the body.
    public var size: UInt64 { content.size }
}

extension [MemoryMessage] {
    /// The messages with those of their flags that may be set with these rights.
    func permitted(by rights: AccessRights) -> [MemoryMessage] {
        guard !rights.isSuperset(of: [.seen, .write, .deleteMessages]) else { return self }
        return map { MemoryMessage(content: $0.content, flags: $0.flags.filter(rights.permits)) }
    }
}

/// What never changes of a message.
final class MessageContent: Sendable {
    // What is read of many messages comes first: it is where the reference count is.
    let digest: MessageDigest?
    let size: UInt64
    let internalDate: InternalDate
    let body: any MessageBody
    /// What it is called after, once somebody asked, in the store where that was.
    let entry = Mutex<MessageNumbers.Entry?>(nil)

    init(body: any MessageBody, internalDate: InternalDate, digest: MessageDigest? = nil) {
        self.body = body
        self.internalDate = internalDate
        self.digest = digest
        size = body.size
    }

    /// Fills in what is asked for of a message with this content.
    func tell(_ columns: MessageColumns, _ identities: Identities?, _ record: inout MessageRecord) {
        if columns.contains(.internalDate) { record.internalDate = internalDate }
        if columns.contains(.size) { record.size = size }
        if columns.contains(.digest) { record.digest = digest }
        if columns.contains(.emailID) { record.emailID = identities?.email(self) }
        if columns.contains(.threadID) { record.threadID = identities?.thread(self) }
    }
}
