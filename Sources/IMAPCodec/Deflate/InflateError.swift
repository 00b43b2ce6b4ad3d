/// Why octets are no DEFLATE stream (RFC 1951). The peer's fault, each of them.
package enum InflateError: Error, Equatable {
    /// A block of the reserved type 3.
    case invalidBlockType
    /// A stored block whose length and its complement do not agree.
    case badStoredLength
    /// More than 286 literal and length codes, or more than 30 distance codes.
    case tooManyCodes
    /// A repeated code length without one before it, or one that runs past the last code.
    case badRepeat
    /// More codes of a length than there is room for.
    case oversubscribedCode
    /// Bits that no code begins with, other than beside a single code of one bit.
    case incompleteCode
    /// A dynamic block that cannot end: it has no code for the end of a block.
    case noEndOfBlock
    /// Bits that are the code of nothing, or of a symbol that must not occur.
    case invalidSymbol
    /// A match that reaches before the stream's first octet.
    case distanceTooFar
}
