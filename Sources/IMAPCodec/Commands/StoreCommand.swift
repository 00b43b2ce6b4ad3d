package import IMAPParser
package import IMAPTypes

/// `STORE` and `UID STORE` (RFC 9051 sections 6.4.6 and 6.4.9)
///
/// ```abnf
/// store           = "STORE" SP sequence-set [store-modifiers] SP store-att-flags
/// store-att-flags = (["+" / "-"] "FLAGS" [".SILENT"]) SP (flag-list / (flag *(SP flag)))
/// ```
package struct StoreCommand: CommandSyntax {
    package enum Operation: Sendable, Hashable {
        case add
        case remove
        case replace
    }

    package let numbering: MessageNumbering
    package let set: MessageSet
    package let modifiers: [any OptionSyntax]
    package let operation: Operation
    /// `.SILENT`: the client does not want to be told what it changed.
    package let isSilent: Bool
    package let flags: [Flag]

    private static let told: Keyword = "FLAGS"
    private static let silent: Keyword = "FLAGS.SILENT"

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        numbering = grammar.numbering
        try arguments.space()
        set = try arguments.messageSet(grammar)
        try arguments.space()
        if arguments.next == ASCII.leftParenthesis {
            modifiers = try arguments.options(.store, grammar)
            try arguments.space()
        } else {
            modifiers = []
        }
        if arguments.take(ASCII.plus) {
            operation = .add
        } else {
            operation = arguments.take(ASCII.minus) ? .remove : .replace
        }
        let item = try arguments.keyword()
        isSilent = item == StoreCommand.silent
        guard isSilent || item == StoreCommand.told else { throw arguments.error(.unknown) }
        try arguments.space()
        if arguments.next == ASCII.leftParenthesis {
            flags = try arguments.flagList()
        } else {
            var flags: [Flag] = []
            repeat {
                guard flags.count < arguments.limits[.listElements] else { throw arguments.error(.limit) }
                if let flag = try arguments.flag() { flags.append(flag) }
            } while arguments.take(ASCII.space)
            self.flags = flags
        }
        try arguments.end()
    }
}

/// `COPY` and `UID COPY` (RFC 9051 sections 6.4.7 and 6.4.9)
///
/// ```abnf
/// copy = "COPY" SP sequence-set SP mailbox
/// ```
package struct CopyCommand: CommandSyntax {
    package let numbering: MessageNumbering
    package let set: MessageSet
    /// `nil`: a name no mailbox can have.
    package let mailbox: MailboxName?

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        numbering = grammar.numbering
        try arguments.space()
        set = try arguments.messageSet(grammar)
        try arguments.space()
        mailbox = try arguments.mailbox(grammar)
        try arguments.end()
    }
}
