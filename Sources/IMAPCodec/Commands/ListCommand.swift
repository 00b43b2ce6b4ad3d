package import IMAPParser
internal import IMAPTypes

/// `LIST` (RFC 3501 section 6.3.8; extended, RFC 5258 section 6 and RFC 9051 section 6.3.9)
///
/// ```abnf
/// list             = "LIST" [SP list-select-opts] SP mailbox SP mbox-or-pat [SP list-return-opts]
/// list-select-opts = "(" [list-select-opt *(SP list-select-opt)] ")"
/// mbox-or-pat      = list-mailbox / patterns
/// patterns         = "(" list-mailbox *(SP list-mailbox) ")"
/// list-return-opts = "RETURN" SP "(" [return-option *(SP return-option)] ")"
/// list-mailbox     = 1*list-char / string
/// ```
///
/// Each of the three extended places exists when an extension brought something that stands there. The reference and
/// the patterns stay in their wire form: that is where patterns are matched (SEMANTICS 1).
package struct ListCommand: CommandSyntax {
    /// `nil` where there is no list of them, which is not the same as an empty one.
    package let selection: [any OptionSyntax]?
    package let reference: [UInt8]
    package let patterns: [[UInt8]]
    package let returns: [any OptionSyntax]?
    /// Whether the patterns stood in a list.
    package let hasPatternList: Bool

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        if arguments.next == ASCII.leftParenthesis, grammar.tables.options[.listSelection] != nil {
            selection = try arguments.options(.listSelection, grammar, mayBeEmpty: true, repeated: .ignored)
            try arguments.space()
        } else {
            selection = nil
        }
        reference = try arguments.astring()
        try arguments.space()
        if arguments.next == ASCII.leftParenthesis, grammar.has(.patternLists) {
            hasPatternList = true
            patterns = try arguments.list(atMost: .listPatterns) { reader throws(SyntaxError) in
                try reader.listMailbox()
            }
            guard !patterns.isEmpty else { throw arguments.error(.missing) }
        } else {
            hasPatternList = false
            patterns = [try arguments.listMailbox()]
        }
        try ListCommand.checkLength(reference, patterns, arguments)
        if grammar.tables.options[.listReturn] != nil, arguments.take(ASCII.space) {
            guard try arguments.keyword() == .return else { throw arguments.error(.unexpected) }
            try arguments.space()
            returns = try arguments.options(.listReturn, grammar, mayBeEmpty: true, repeated: .ignored)
        } else {
            returns = nil
        }
        try arguments.end()
    }

    /// Whether anything of it is extended syntax.
    package var isExtended: Bool { selection != nil || hasPatternList || returns != nil }

    static func checkLength(
        _ reference: [UInt8], _ patterns: [[UInt8]], _ arguments: ArgumentReader
    ) throws(SyntaxError) {
        let most = arguments.limits[.patternOctets]
        let mostInAll = arguments.limits[.patternOctetsTotal]
        var total = 0
        for pattern in patterns {
            let length = reference.count + pattern.count
            total += length
            guard length <= most, total <= mostInAll else { throw arguments.error(.limit) }
        }
    }
}

/// `LSUB` (RFC 3501 section 6.3.9): LIST's first form alone.
///
/// ```abnf
/// lsub = "LSUB" SP mailbox SP list-mailbox
/// ```
package struct LsubCommand: CommandSyntax {
    package let reference: [UInt8]
    package let pattern: [UInt8]

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        reference = try arguments.astring()
        try arguments.space()
        pattern = try arguments.listMailbox()
        try ListCommand.checkLength(reference, [pattern], arguments)
        try arguments.end()
    }
}
