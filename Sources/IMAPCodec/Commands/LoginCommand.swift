package import IMAPParser
package import IMAPTypes

/// `LOGIN` (RFC 9051 section 6.2.3)
///
/// ```abnf
/// login = "LOGIN" SP userid SP password
/// ```
package struct LoginCommand: CommandSyntax {
    package let name: [UInt8]
    package let password: Redacted<[UInt8]>

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        name = try arguments.astring()
        try arguments.space()
        password = Redacted(try arguments.astring())
        try arguments.end()
    }
}
