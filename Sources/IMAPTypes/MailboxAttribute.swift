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
