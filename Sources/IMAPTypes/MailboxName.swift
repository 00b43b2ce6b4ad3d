/// The name of a mailbox: valid UTF-8, 1 to 1,024 octets (RFC 9051 section 5.1), without control characters, U+0080 to
/// U+009F among them, and without line and paragraph separators (RFC 6855 section 3).
///
/// Names are equal when their octets are, after one rule: `INBOX` in any case, as the whole name, is `INBOX`. Nothing
/// is normalised: the NFC and the NFD spelling of a name are two mailboxes. `..`, `~` and the like mean nothing here;
/// a host that maps names to paths must refuse or escape what is dangerous there.
///
/// This is the decoded name. Its wire form, modified UTF-7 or UTF-8, is the codec's business.
public struct MailboxName: Hashable, Sendable {
    /// The name, as UTF-8.
    public let octets: [UInt8]

    /// The most octets a name can have.
    public static let maximumLength = 1024

    /// The name in `octets`, or `nil` when they are none.
    public init?(_ octets: [UInt8]) {
        guard !octets.isEmpty, octets.count <= MailboxName.maximumLength else { return nil }
        for octet in octets where octet < 0x20 || octet == ASCII.delete { return nil }
        guard UTF8Octets.isValid(octets.span), !MailboxName.hasHighControl(octets) else { return nil }
        self.octets = ASCII.equalFolded(octets, MailboxName.inboxOctets) ? MailboxName.inboxOctets : octets
    }

    public func hash(into hasher: inout Hasher) { hasher.combine(octets: octets) }

    /// Whether valid UTF-8 holds a control character above ASCII (C2 80 to C2 9F), a line or a paragraph separator
    /// (E2 80 A8, E2 80 A9). Each of these octets can only begin there: the others are continuations.
    private static func hasHighControl(_ octets: [UInt8]) -> Bool {
        for index in octets.indices {
            switch octets[index] {
            case 0xC2: if octets[index + 1] <= 0x9F { return true }
            case 0xE2: if octets[index + 1] == 0x80, octets[index + 2] & 0xFE == 0xA8 { return true }
            default: continue
            }
        }
        return false
    }

    /// The name in `string`, by its UTF-8.
    public init?(_ string: String) { self.init(Array(string.utf8)) }

    private init(inbox: Void) { octets = MailboxName.inboxOctets }

    private static let inboxOctets = Array("INBOX".utf8)

    /// `INBOX`, the one name every account has.
    public static let inbox = MailboxName(inbox: ())

    public var isInbox: Bool { octets == MailboxName.inboxOctets }

    /// The names above this one, outermost first: `a` and `a/b` for `a/b/c`.
    public func ancestors(separator: UInt8) -> [MailboxName] {
        octets.indices.compactMap { index in
            octets[index] == separator ? MailboxName(Array(octets[..<index])) : nil
        }
    }
}

extension MailboxName: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
