package import IMAPParser
package import IMAPTypes

/// `AUTHENTICATE` (RFC 9051 section 6.2.2, RFC 4959)
///
/// ```abnf
/// authenticate = "AUTHENTICATE" SP auth-type [SP initial-resp] *(CRLF base64)
/// initial-resp = (base64 / "=")
/// ```
package struct AuthenticateCommand: CommandSyntax {
    package let mechanism: Keyword
    /// The initial response as it was sent: base64, or `=` for an empty one. It is not kept while the exchange goes on.
    package let initialResponse: SpentSecret?

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        mechanism = try arguments.keyword()
        if grammar.has(.initialResponse), !arguments.isAtEnd {
            try arguments.space()
            initialResponse = SpentSecret(try arguments.base64Word())
        } else {
            initialResponse = nil
        }
        try arguments.end()
    }
}
