package import IMAPParser
import IMAPTypes

/// `SEARCH` and `UID SEARCH` (RFC 9051 sections 6.4.4 and 6.4.9)
///
/// ```abnf
/// search             = "SEARCH" [search-return-opts] SP search-program
/// search-return-opts = SP "RETURN" SP "(" [search-return-opt *(SP search-return-opt)] ")"
/// ```
///
/// `RETURN` is grammar only where an extension brought an option for it.
package struct SearchCommand: CommandSyntax {
    package let numbering: MessageNumbering
    /// `nil` without `RETURN`.
    package let options: [any OptionSyntax]?
    package let program: SearchProgram

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        numbering = grammar.numbering
        try arguments.space()
        options = try arguments.searchReturnOptions(grammar)
        program = try SearchProgram(&arguments, grammar)
    }
}

extension Keyword {
    /// The word before the options of a result.
    static let `return`: Keyword = "RETURN"
}

extension ArgumentReader {
    /// `"RETURN" SP "(" ... ")" SP`, or nothing. SORT and THREAD have it too (RFC 5267).
    package mutating func searchReturnOptions(
        _ grammar: Grammar
    ) throws(SyntaxError) -> [any OptionSyntax]? {
        guard grammar.tables.options[.searchReturn] != nil, nextKeyword() == .return else { return nil }
        _ = try keyword()
        try space()
        let options = try options(.searchReturn, grammar, mayBeEmpty: true)
        try space()
        return options
    }
}
