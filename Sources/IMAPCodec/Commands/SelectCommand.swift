package import IMAPParser
package import IMAPTypes

/// `SELECT` (RFC 9051 section 6.3.2)
///
/// ```abnf
/// select = "SELECT" SP mailbox [select-params]
/// ```
package struct SelectCommand: CommandSyntax {
    /// `nil`: a name no mailbox can have.
    package let mailbox: MailboxName?
    package let options: [any OptionSyntax]

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        options = try arguments.trailingOptions(.select, grammar)
        try arguments.end()
    }
}

/// `EXAMINE` (RFC 9051 section 6.3.3)
///
/// ```abnf
/// examine = "EXAMINE" SP mailbox [select-params]
/// ```
package struct ExamineCommand: CommandSyntax {
    package let select: SelectCommand

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        select = try SelectCommand(&arguments, grammar)
    }
}
