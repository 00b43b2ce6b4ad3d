public import IMAPParser
import IMAPTypes

/// `FETCH` and `UID FETCH` (RFC 9051 sections 6.4.5 and 6.4.9)
///
/// ```abnf
/// fetch = "FETCH" SP sequence-set SP ("ALL" / "FULL" / "FAST" / fetch-att / "(" fetch-att *(SP fetch-att) ")")
///         [fetch-modifiers]
/// ```
package struct FetchCommand: CommandSyntax {
    package let numbering: MessageNumbering
    package let set: MessageSet
    /// Each once, in the order asked for.
    package let items: [any FetchItemSyntax]
    package let modifiers: [any OptionSyntax]

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        numbering = grammar.numbering
        try arguments.space()
        set = try arguments.messageSet(grammar)
        try arguments.space()
        var items: [any FetchItemSyntax] = []
        if arguments.next == 0x28 {
            items = try arguments.fetchItems(grammar)
        } else {
            let name = try arguments.keyword()
            if let macro = grammar.tables.fetchMacros[name] {
                for name in macro { items.append(try FetchCommand.item(name, &arguments, grammar)) }
            } else {
                items.append(try FetchCommand.item(name, &arguments, grammar))
            }
        }
        modifiers = try arguments.trailingOptions(.fetch, grammar)
        try arguments.end()
        self.items = items.withoutRepetition
    }

    fileprivate static func item(
        _ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar
    ) throws(SyntaxError) -> any FetchItemSyntax {
        let hasSection = arguments.next == 0x5B
        let types = hasSection ? grammar.tables.fetchSections : grammar.tables.fetchItems
        guard let type = types[name] else { throw arguments.error(.unknown) }
        return try type.init(name, &arguments, grammar)
    }
}

extension ArgumentReader {
    /// `"(" fetch-att *(SP fetch-att) ")"`: each once, in the order asked for.
    public mutating func fetchItems(_ grammar: Grammar) throws(SyntaxError) -> [any FetchItemSyntax] {
        let items = try list(atMost: .fetchItems) { reader throws(SyntaxError) in
            let name = try reader.keyword()
            return try FetchCommand.item(name, &reader, grammar)
        }
        guard !items.isEmpty else { throw error(.missing) }
        return items.withoutRepetition
    }
}

extension [any FetchItemSyntax] {
    fileprivate var withoutRepetition: [any FetchItemSyntax] {
        var seen: Set<AnyHashable> = []
        return filter { seen.insert(AnyHashable($0)).inserted }
    }
}
