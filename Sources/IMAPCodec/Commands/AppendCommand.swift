package import IMAPParser
package import IMAPTypes

/// `APPEND` (RFC 9051 section 6.3.12, RFC 3502)
///
/// ```abnf
/// append         = "APPEND" SP mailbox 1*append-message
/// append-message = [SP flag-list] [SP date-time] SP (literal / literal8 / "UTF8" SP "(" literal8 ")")
/// ```
///
/// Read as far as the first message's literal; the rest comes while the command runs.
package struct AppendCommand: CommandSyntax {
    /// What stands before the octets of one message.
    package struct Message: Sendable, Hashable {
        /// Without `\Recent`, which some clients send and nobody may set.
        package let flags: [Flag]
        package let date: InternalDate?
        /// Whether the literal stands in `UTF8 (...)` (RFC 6855 section 4).
        package let isUTF8: Bool

        /// Reads up to the literal. `UTF8` is grammar where `takesUTF8` says so.
        package init(_ arguments: inout ArgumentReader, takesUTF8: Bool) throws(SyntaxError) {
            var flags: [Flag] = []
            var date: InternalDate?
            try arguments.space()
            if arguments.next == ASCII.leftParenthesis {
                flags = try arguments.flagList()
                try arguments.space()
            }
            if arguments.next == ASCII.quote {
                date = try arguments.dateTime()
                try arguments.space()
            }
            isUTF8 = takesUTF8 && arguments.next != nil
            if isUTF8 {
                guard try arguments.keyword() == "UTF8" else { throw arguments.error(.unexpected) }
                try arguments.space()
                try arguments.expect(ASCII.leftParenthesis)
            }
            self.flags = flags
            self.date = date
        }

        /// Reads what stands behind the literal and belongs to the message.
        package func end(_ arguments: inout ArgumentReader) throws(SyntaxError) {
            if isUTF8 { try arguments.expect(ASCII.rightParenthesis) }
        }
    }

    /// `nil`: a name no mailbox can have.
    package let mailbox: MailboxName?
    package let first: Message
    /// Whether more messages may follow the first (MULTIAPPEND).
    package let takesMany: Bool
    /// Whether a message may be a `literal8` (BINARY).
    package let takesBinary: Bool
    /// What headers with octets above 0x7F are.
    package let headers: HeaderOctets
    private let takesUTF8: Bool

    /// What a message whose header holds octets above 0x7F is (RFC 9755 section 4).
    package enum HeaderOctets: Sendable, Hashable {
        /// A message like any other.
        case any
        /// Refused: the client may switch them on, and did not.
        case ascii
    }

    /// Reads the front. `nil` when the literal that comes next is the mailbox's name.
    package init?(front arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        guard !arguments.isAtEnd else { return nil }
        mailbox = try arguments.mailbox(grammar)
        takesUTF8 = grammar.has(.utf8Messages)
        headers = takesUTF8 && !grammar.traits.contains(.utf8) ? .ascii : .any
        first = try Message(&arguments, takesUTF8: takesUTF8)
        guard arguments.isAtEnd else { throw arguments.unexpected }
        takesMany = grammar.has(.manyMessages)
        takesBinary = grammar.has(.binaryMessages)
    }

    /// Reads what stands before another message.
    package func next(_ arguments: inout ArgumentReader) throws(SyntaxError) -> Message {
        try Message(&arguments, takesUTF8: takesUTF8)
    }

    /// A line that ends without a literal: there is no message.
    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        if try AppendCommand(front: &arguments, grammar) != nil { throw arguments.error(.missing) }
        throw arguments.error(.missing)
    }
}

extension GrammarMode {
    /// APPEND may bring many messages (RFC 3502).
    public static let manyMessages = GrammarMode("MULTIAPPEND")
    /// APPEND may bring a `literal8` (RFC 3516 section 4.4).
    public static let binaryMessages = GrammarMode("BINARY")
    /// APPEND takes headers in UTF-8 from a client that says that it knows them, and none above ASCII from another (RFC
    /// 9755 section 4); a message may stand in `UTF8 (...)` (RFC 6855 section 4).
    public static let utf8Messages = GrammarMode("UTF8")
}
