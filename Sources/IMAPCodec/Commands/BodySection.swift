package import IMAPParser
internal import IMAPTypes

/// `BODY[section]<partial>` and `BODY.PEEK[section]<partial>` (RFC 9051 section 6.4.5)
///
/// ```abnf
/// fetch-att      =/ "BODY" section ["<" number64 "." nz-number64 ">"] / "BODY.PEEK" section [...]
/// section        = "[" [section-spec] "]"
/// section-msgtext = "HEADER" / "TEXT"
/// ```
package struct BodySection: Hashable, Sendable {
    package enum Text: Hashable, Sendable {
        /// `[]`: the whole message.
        case whole
        /// `[HEADER]`: up to and with the empty line.
        case header
        /// `[TEXT]`: behind the empty line.
        case text
    }

    package let text: Text
    /// Octets from `offset`, at most `count`.
    package let partial: Partial?

    package struct Partial: Hashable, Sendable {
        package let offset: UInt64
        package let count: UInt64
    }

    package init(_ arguments: inout ArgumentReader) throws(SyntaxError) {
        try arguments.expect(ASCII.leftBracket)
        if arguments.take(ASCII.rightBracket) {
            text = .whole
        } else {
            switch try arguments.keyword() {
            case "HEADER": text = .header
            case "TEXT": text = .text
            default: throw arguments.error(.unknown)
            }
            try arguments.expect(ASCII.rightBracket)
        }
        if arguments.next == ASCII.less {
            let (offset, count) = try arguments.partial()
            partial = Partial(offset: offset, count: count)
        } else {
            partial = nil
        }
    }
}

extension ResponseWriter {
    /// `"BODY" section ["<" number ">"]` as a FETCH response names it: the origin without the count.
    package mutating func bodySection(_ section: BodySection) {
        keyword("BODY")
        append(ASCII.leftBracket)
        switch section.text {
        case .whole: break
        case .header: keyword("HEADER")
        case .text: keyword("TEXT")
        }
        append(ASCII.rightBracket)
        if let partial = section.partial {
            append(ASCII.less)
            number(partial.offset)
            append(ASCII.greater)
        }
    }
}
