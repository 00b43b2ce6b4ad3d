public import IMAPParser
internal import IMAPTypes

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
        if arguments.next == ASCII.leftParenthesis {
            items = try arguments.fetchItems(grammar)
        } else {
            let name = try arguments.keyword()
            var items: [any FetchItemSyntax] = []
            for name in grammar.tables.fetchMacros[name] ?? [name] {
                items.append(try FetchCommand.item(name, &arguments, grammar))
            }
            self.items = items.withoutRepetition
        }
        modifiers = try arguments.trailingOptions(.fetch, grammar)
        try arguments.end()
    }

    fileprivate static func item(
        _ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar
    ) throws(SyntaxError) -> any FetchItemSyntax {
        let hasSection = arguments.next == 0x5B
        let type = hasSection ? grammar.tables.fetchSections[name] : grammar.tables.fetchItems[name]
        guard let type else { throw arguments.error(.unknown) }
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
    /// How many items are compared one with another; more are looked up.
    private static var few: Int { 8 }

    fileprivate var withoutRepetition: [any FetchItemSyntax] {
        guard count > [any FetchItemSyntax].few else {
            guard indices.contains(where: { isRepetition($0) }) else { return self }
            return indices.filter { !isRepetition($0) }.map { self[$0] }
        }
        var seen: Set<AnyHashable> = []
        return filter { seen.insert(AnyHashable($0)).inserted }
    }

    /// Whether the item at `index` stands before it, too.
    private func isRepetition(_ index: Int) -> Bool {
        let type = ObjectIdentifier(Swift.type(of: self[index]))
        for before in 0..<index where ObjectIdentifier(Swift.type(of: self[before])) == type {
            if self[before].isSame(as: self[index]) { return true }
        }
        return false
    }
}

extension FetchItemSyntax {
    /// Of an item of the same type.
    fileprivate func isSame(as other: any FetchItemSyntax) -> Bool { other as? Self == self }
}
