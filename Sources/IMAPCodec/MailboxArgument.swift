public import IMAPParser
internal import IMAPText
public import IMAPTypes

extension ArgumentReader {
    /// `mailbox`, in modified UTF-7. `nil` for a name that cannot be: its modified UTF-7 is malformed, or it is empty
    /// or too long. That is no syntax error: no mailbox matches it, and CREATE answers NO (SEMANTICS 1).
    public mutating func mailbox() throws(SyntaxError) -> MailboxName? {
        MailboxWireForm.decode(try astring())
    }
}

/// How mailbox names travel (RFC 3501 section 5.1.3).
public enum MailboxWireForm {
    public static func decode(_ octets: [UInt8]) -> MailboxName? {
        ModifiedUTF7.decode(octets.span).flatMap { MailboxName($0) }
    }

    public static func encode(_ name: MailboxName) -> [UInt8] {
        ModifiedUTF7.encode(name.octets.span)
    }
}
