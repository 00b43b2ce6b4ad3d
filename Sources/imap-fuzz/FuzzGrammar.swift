import IMAPCodec
import IMAPParser
import IMAPTypes

extension GrammarTables {
    /// A few data items of each shape, so that FETCH and STATUS have something to read.
    static let forFuzzing: GrammarTables = {
        var tables = GrammarTables()
        for name in PlainFetchItem.names { tables.fetchItems.updateValue(PlainFetchItem.self, forKey: name) }
        for name in SectionFetchItem.names { tables.fetchSections.updateValue(SectionFetchItem.self, forKey: name) }
        tables.fetchMacros.updateValue(["FLAGS", "UID"], forKey: "FAST")
        for name: Keyword in ["MESSAGES", "UIDNEXT"] {
            tables.statusItems.updateValue(NamedStatusItem(name: name), forKey: name)
        }
        tables.modes = [.initialResponse]
        return tables
    }()
}

/// A FETCH data item without arguments.
struct PlainFetchItem: FetchItemSyntax {
    static let names: [Keyword] = ["FLAGS", "UID", "RFC822.SIZE"]

    let name: Keyword

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        self.name = name
    }
}

/// A FETCH data item with a section and a partial.
struct SectionFetchItem: FetchItemSyntax {
    static let names: [Keyword] = ["BODY", "BODY.PEEK"]
    static let takesSection = true

    let section: BodySection

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        section = try BodySection(&arguments)
    }
}

/// A STATUS data item.
struct NamedStatusItem: StatusItemSyntax {
    let name: Keyword
}

extension Grammar {
    /// The fuzzers' tables, in a session without modes.
    static var forFuzzing: Grammar { Grammar(.forFuzzing, numbering: .sequenceNumbers) }
}
