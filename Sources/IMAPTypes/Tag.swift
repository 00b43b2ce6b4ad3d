/// The client's name for one command (RFC 9051 section 2.2.1).
///
/// ```abnf
/// tag = 1*<any ASTRING-CHAR except "+">
/// ```
///
/// At most ``maximumLength`` octets. Tags compare octet by octet.
public struct Tag: Hashable, Sendable {
    /// The tag as it was sent.
    public let octets: [UInt8]

    /// The most octets a tag can have.
    public static let maximumLength = 64

    /// The tag in `octets`, or `nil` when they are none.
    public init?(_ octets: [UInt8]) {
        guard !octets.isEmpty, octets.count <= Tag.maximumLength else { return nil }
        for octet in octets where !OctetSet.tag.contains(octet) { return nil }
        self.octets = octets
    }
}

extension Tag: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
