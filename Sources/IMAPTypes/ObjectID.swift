/// What a store calls a mailbox, the content of a message, or a thread (RFC 8474). Compared octet by octet.
///
/// ```abnf
/// objectid = 1*255(ALPHA / DIGIT / "_" / "-")
/// ```
///
/// A store does well to begin each with a letter that says what it names, and to let no two differ by case alone
/// (section 8.1).
public struct ObjectID: Hashable, Sendable {
    public static let maximumLength = 255

    public let octets: [UInt8]

    /// The identifier, or `nil` for octets that are none.
    public init?(_ octets: [UInt8]) {
        guard (1...ObjectID.maximumLength).contains(octets.count) else { return nil }
        for octet in octets
        where !ASCII.isAlpha(octet) && !ASCII.isDigit(octet) && octet != ASCII.minus && octet != 0x5F {
            return nil
        }
        self.octets = octets
    }

    public init?(_ text: String) { self.init(Array(text.utf8)) }
}

extension ObjectID: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
