/// A command does not follow the grammar: the client's fault, answered with BAD.
///
/// Small on purpose, and without any of the client's octets.
public struct SyntaxError: Error, Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        /// Something else stands here than the grammar has.
        case unexpected
        /// The command ends too early.
        case missing
        /// More stands behind the command than the grammar has.
        case trailing
        /// A number is out of its range.
        case number
        /// A date is not in the calendar.
        case date
        /// NUL in a string (R-NUL-1).
        case nul
        /// Lists too deep or too many (R-NEST-1).
        case nesting
        /// A name that the registry does not know: an item, an option.
        case unknown
        /// An option that the client may use only after it switched a mode on, and did not.
        case notEnabled
        /// Octets above 0x7F in a quoted string that are not UTF-8, where the session's mode asks for it.
        case notUTF8
        /// A charset is named where the session's mode leaves none to choose.
        case charset
        /// Too many elements, or too long a value.
        case limit
    }

    public let kind: Kind
    /// Where in the command, in octets from its tag.
    public let offset: Int

    public init(_ kind: Kind, at offset: Int) {
        self.kind = kind
        self.offset = offset
    }
}
