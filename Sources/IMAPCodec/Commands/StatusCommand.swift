public import IMAPParser
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
        items = try arguments.statusItems(grammar)
        try arguments.end()
    }
}

extension ArgumentReader {
    /// `"(" status-att *(SP status-att) ")"`: STATUS items, each once, in the order asked for.
    public mutating func statusItems(_ grammar: Grammar) throws(SyntaxError) -> [any StatusItemSyntax] {
        let names = try list { reader throws(SyntaxError) in try reader.keyword() }
        guard !names.isEmpty else { throw error(.missing) }
        // No more than there are known ones: looked through one by one.
        var seen: [Keyword] = []
        var items: [any StatusItemSyntax] = []
        items.reserveCapacity(min(names.count, 8))
        for name in names where !seen.contains(name) {
            guard let item = grammar.tables.statusItems[name] else { throw error(.unknown) }
            seen.append(name)
            items.append(item)
        }
        return items
    }
}
