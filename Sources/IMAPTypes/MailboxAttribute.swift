/// An attribute of a mailbox in a LIST response (RFC 9051 section 7.3.1): `\Noselect`, `\HasChildren`, `\Sent` ...
///
/// IANA keeps the registry, so this is not an enum. Kept as written, compared by ASCII case.
public struct MailboxAttribute: Sendable {
    /// The attribute, with its backslash.
    public let octets: [UInt8]

    /// The attribute in `octets`, or `nil` when they are not a backslash and an atom, together 2 to 64 octets.
    public init?(_ octets: [UInt8]) {
        guard octets.count >= 2, octets.count <= 64, octets.first == ASCII.backslash else { return nil }
        for octet in octets.dropFirst() where !OctetSet.atom.contains(octet) { return nil }
        self.octets = octets
    }

    public static let noInferiors: MailboxAttribute = "\\Noinferiors"
    public static let noSelect: MailboxAttribute = "\\Noselect"
    public static let nonExistent: MailboxAttribute = "\\NonExistent"
    public static let marked: MailboxAttribute = "\\Marked"
    public static let unmarked: MailboxAttribute = "\\Unmarked"
    // RFC 3348, RFC 5258
    public static let hasChildren: MailboxAttribute = "\\HasChildren"
    public static let hasNoChildren: MailboxAttribute = "\\HasNoChildren"
    public static let subscribed: MailboxAttribute = "\\Subscribed"
    public static let remote: MailboxAttribute = "\\Remote"
    // RFC 6154
    public static let all: MailboxAttribute = "\\All"
    public static let archive: MailboxAttribute = "\\Archive"
    public static let drafts: MailboxAttribute = "\\Drafts"
    public static let flagged: MailboxAttribute = "\\Flagged"
    public static let junk: MailboxAttribute = "\\Junk"
    public static let sent: MailboxAttribute = "\\Sent"
    public static let trash: MailboxAttribute = "\\Trash"
    // RFC 8457
    public static let important: MailboxAttribute = "\\Important"

    /// The attributes that IANA's registry lists as special uses (RFC 6154, RFC 8457, RFC 9979).
    private static let specialUses: Set<MailboxAttribute> = [
        all, archive, drafts, flagged, junk, sent, trash, important, "\\Memos", "\\Scheduled", "\\Snoozed",
    ]

    /// Whether it says what a mailbox is for (RFC 6154 section 2).
    public var isSpecialUse: Bool { MailboxAttribute.specialUses.contains(self) }
}

extension MailboxAttribute: Hashable {
    public static func == (a: MailboxAttribute, b: MailboxAttribute) -> Bool { ASCII.equalFolded(a.octets, b.octets) }

    public func hash(into hasher: inout Hasher) {
        for octet in octets { hasher.combine(ASCII.upper(octet)) }
    }
}

extension MailboxAttribute: ExpressibleByStringLiteral {
    /// An attribute written in source code. A literal that is none is the author's mistake and stops the program.
    public init(stringLiteral value: StaticString) {
        guard let attribute = MailboxAttribute(Array(value.description.utf8)) else {
            // Host misuse: the literal stands in the source, no client can reach this.
            preconditionFailure("not a mailbox attribute: \(value)")
        }
        self = attribute
    }
}
