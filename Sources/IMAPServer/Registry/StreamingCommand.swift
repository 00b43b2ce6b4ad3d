public import IMAPCodec
public import IMAPParser

/// A command that runs before its last literal has come, and takes it in pieces: APPEND.
///
/// It declares ``LiteralUse/streamed``, is performed when the literal was announced, and reads it by
/// ``Context/acceptLiteral(atMost:)`` and ``Context/readLiteral()``. A command that ends before, or in the middle, well
/// or not, is answered at once, and what the client still sends of it is swallowed.
public protocol StreamingCommand: Command {
    /// Reads the arguments in front of a literal. `nil` when that literal is a string among the arguments: it is kept
    /// with the command then, and this is asked again at the next.
    init?(front arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError)
}
