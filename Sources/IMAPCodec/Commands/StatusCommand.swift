package import IMAPParser
package import IMAPTypes

/// `STATUS` (RFC 9051 section 6.3.11)
///
/// ```abnf
/// status = "STATUS" SP mailbox SP "(" status-att *(SP status-att) ")"
/// ```
package struct StatusCommand: CommandSyntax {
    /// `nil`: a name no mailbox can have.
    package let mailbox: MailboxName?
    /// Each once, in the order asked for.
    package let items: [any StatusItemSyntax]

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.space()
        let names = try arguments.list { reader throws(SyntaxError) in try reader.keyword() }
        guard !names.isEmpty else { throw arguments.error(.missing) }
        var seen: Set<Keyword> = []
        var items: [any StatusItemSyntax] = []
        for name in names where seen.insert(name).inserted {
            guard let item = grammar.tables.statusItems[name] else { throw arguments.error(.unknown) }
            items.append(item)
        }
        self.items = items
        try arguments.end()
    }
}
