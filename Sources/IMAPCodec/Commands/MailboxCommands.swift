package import IMAPParser
package import IMAPTypes

/// `CREATE` (RFC 9051 section 6.3.4)
///
/// ```abnf
/// create = "CREATE" SP mailbox [create-params]
/// ```
package struct CreateCommand: CommandSyntax {
    /// `nil`: a name no mailbox can have.
    package let mailbox: MailboxName?
    package let options: [any OptionSyntax]

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        options = try arguments.trailingOptions(.create, grammar)
        try arguments.end()
    }
}

/// `DELETE` (RFC 9051 section 6.3.5)
///
/// ```abnf
/// delete = "DELETE" SP mailbox
/// ```
package struct DeleteCommand: CommandSyntax {
    package let mailbox: MailboxName?

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        mailbox = try arguments.onlyMailbox(grammar)
    }
}

/// `RENAME` (RFC 9051 section 6.3.6)
///
/// ```abnf
/// rename = "RENAME" SP mailbox SP mailbox
/// ```
package struct RenameCommand: CommandSyntax {
    package let mailbox: MailboxName?
    package let newName: MailboxName?

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.space()
        newName = try arguments.mailbox(grammar)
        try arguments.end()
    }
}

/// `SUBSCRIBE` (RFC 9051 section 6.3.7)
///
/// ```abnf
/// subscribe = "SUBSCRIBE" SP mailbox
/// ```
package struct SubscribeCommand: CommandSyntax {
    package let mailbox: MailboxName?

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        mailbox = try arguments.onlyMailbox(grammar)
    }
}

/// `UNSUBSCRIBE` (RFC 9051 section 6.3.8)
///
/// ```abnf
/// unsubscribe = "UNSUBSCRIBE" SP mailbox
/// ```
package struct UnsubscribeCommand: CommandSyntax {
    package let mailbox: MailboxName?

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        mailbox = try arguments.onlyMailbox(grammar)
    }
}

extension ArgumentReader {
    /// `SP mailbox`, and the command's end.
    fileprivate mutating func onlyMailbox(_ grammar: Grammar) throws(SyntaxError) -> MailboxName? {
        try space()
        let name = try mailbox(grammar)
        try end()
        return name
    }
}
