package import IMAPParser
internal import IMAPTypes

/// `LIST` (RFC 3501 section 6.3.8)
///
/// ```abnf
/// list         = "LIST" SP mailbox SP list-mailbox
/// list-mailbox = 1*list-char / string
/// ```
///
/// Both arguments stay in their wire form: that is where patterns are matched (SEMANTICS 1).
package struct ListCommand: CommandSyntax {
    package let reference: [UInt8]
    package let pattern: [UInt8]

    /// The most octets reference and pattern may have together (R-ALG-2).
    package static let maximumPatternLength = 4096

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        reference = try arguments.astring()
        try arguments.space()
        pattern = try arguments.listMailbox()
        guard reference.count + pattern.count <= ListCommand.maximumPatternLength else {
            throw arguments.error(.limit)
        }
        try arguments.end()
    }
}
