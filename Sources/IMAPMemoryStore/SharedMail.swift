import IMAPHost
import IMAPTypes

/// The mailboxes that all users of a store share: those whose names begin with a prefix (RFC 2342).
struct SharedMail: Sendable {
    let prefix: String
    let mail: UserMail
    private let octets: [UInt8]

    /// `nil` for a prefix that does not end with the separator, or of which no name can begin.
    init?(prefix: String?, mail: UserMail, separator: UInt8?) {
        guard let prefix, let separator, prefix.utf8.last == separator, MailboxName(prefix) != nil else { return nil }
        self.prefix = prefix
        self.mail = mail
        octets = Array(prefix.utf8)
    }

    /// Whether a mailbox of that name is, or would be, shared. The prefix without its separator is: it is above them.
    func holds(_ name: MailboxName) -> Bool {
        name.octets.starts(with: octets) || name.octets == octets.dropLast()
    }
}
