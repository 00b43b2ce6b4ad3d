/// The name of a charset as IANA registers it, for `BADCHARSET`.
///
/// ```abnf
/// charset = atom / quoted
/// ```
///
/// Atoms alone, so that none can hold CR, LF, NUL or `]` (R-OUT-1).
public struct CharsetName: Hashable, Sendable {
    public let octets: [UInt8]

    /// The most octets a name can have.
    public static let maximumLength = 100

    /// The name, or `nil` when it is not an atom of 1 to ``maximumLength`` octets.
    public init?(_ octets: [UInt8]) {
        guard !octets.isEmpty, octets.count <= CharsetName.maximumLength,
            octets.allSatisfy(OctetSet.atom.contains)
        else { return nil }
        self.octets = octets
    }
}
