package import IMAPParser
package import IMAPTypes

/// `APPEND` (RFC 9051 section 6.3.12, RFC 3502)
///
/// ```abnf
/// append         = "APPEND" SP mailbox 1*append-message
/// append-message = [SP flag-list] [SP date-time] SP (literal / literal8)
/// ```
///
/// Read as far as the first message's literal; the rest comes while the command runs.
package struct AppendCommand: CommandSyntax {
    /// What stands before the octets of one message.
    package struct Message: Sendable, Hashable {
        /// Without `\Recent`, which some clients send and nobody may set.
        package let flags: [Flag]
        package let date: InternalDate?

        /// Reads up to the literal.
        package init(_ arguments: inout ArgumentReader) throws(SyntaxError) {
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
            self.flags = flags
            self.date = date
        }
    }

    /// `nil`: a name no mailbox can have.
    package let mailbox: MailboxName?
    package let first: Message
    /// Whether more messages may follow the first (MULTIAPPEND).
    package let takesMany: Bool
    /// Whether a message may be a `literal8` (BINARY).
    package let takesBinary: Bool

    /// Reads the front. `nil` when the literal that comes next is the mailbox's name.
    package init?(front arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        guard !arguments.isAtEnd else { return nil }
        mailbox = try arguments.mailbox(grammar)
        first = try Message(&arguments)
        guard arguments.isAtEnd else { throw arguments.unexpected }
        takesMany = grammar.has(.manyMessages)
        takesBinary = grammar.has(.binaryMessages)
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
}
