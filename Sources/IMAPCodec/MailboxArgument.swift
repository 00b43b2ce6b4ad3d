public import IMAPParser
internal import IMAPText
public import IMAPTypes

extension ArgumentReader {
    /// `mailbox`, in modified UTF-7, or in UTF-8 where the session's modes say so.
    ///
    /// `nil` for a name that cannot be: its modified UTF-7 is malformed, or it is empty or too long. That is no syntax
    /// error: no mailbox matches it, and CREATE answers NO (SEMANTICS 1).
    public mutating func mailbox(_ grammar: Grammar) throws(SyntaxError) -> MailboxName? {
        MailboxWireForm.decode(try astring(), utf8: grammar.traits.contains(.utf8))
    }
}

/// How mailbox names travel: in modified UTF-7 (RFC 3501 section 5.1.3), or as they are (RFC 9051 section 5.1).
public enum MailboxWireForm {
    public static func decode(_ octets: [UInt8], utf8: Bool = false) -> MailboxName? {
        utf8 || isPlain(octets) ? MailboxName(octets) : ModifiedUTF7.decode(octets.span).flatMap { MailboxName($0) }
    }

    public static func encode(_ name: MailboxName, utf8: Bool = false) -> [UInt8] {
        encode(octets: name.octets, utf8: utf8)
    }

    /// The wire form of the beginning of a name, such as a namespace's prefix.
    package static func encode(octets: [UInt8], utf8: Bool) -> [UInt8] {
        utf8 || isPlain(octets) ? octets : ModifiedUTF7.encode(octets.span)
    }

    /// Whether a name is its own wire form, as most are: nothing is copied then.
    private static func isPlain(_ octets: [UInt8]) -> Bool {
        octets.allSatisfy { $0 >= ASCII.space && $0 < ASCII.delete && $0 != ASCII.ampersand }
    }
}
