/// A message flag or keyword (RFC 9051 section 2.3.2). Compared by ASCII case, kept as written.
///
/// ```abnf
/// flag         = "\Answered" / "\Flagged" / "\Deleted" / "\Seen" / "\Draft" / flag-keyword / flag-extension
/// flag-keyword = "$MDNSent" / "$Forwarded" / ... / atom
/// ```
///
/// A value that is not a flag cannot be made, so a host cannot put one on the wire. `\Recent` and `\*` are not flags
/// that a message has; they cannot be made either.
public struct Flag: Sendable {
    /// The flag as it was written.
    public let octets: [UInt8]

    /// The most octets a flag can have.
    public static let maximumLength = 255

    /// The flag in `octets`, or `nil` when they are not an atom, with or without a backslash before it.
    public init?(_ octets: [UInt8]) {
        guard octets.count <= Flag.maximumLength, let first = octets.first else { return nil }
        let name = first == ASCII.backslash ? octets.dropFirst() : octets[...]
        guard !name.isEmpty else { return nil }
        for octet in name where !OctetSet.atom.contains(octet) { return nil }
        guard !ASCII.equalFolded(octets, Flag.recentOctets) else { return nil }
        self.octets = octets
    }

    /// The flag in `string`, by its UTF-8.
    public init?(_ string: String) { self.init(Array(string.utf8)) }

    private init(system name: StaticString) { octets = Array(name.description.utf8) }

    package static let recentOctets = Array("\\Recent".utf8)

    public static let answered = Flag(system: "\\Answered")
    public static let flagged = Flag(system: "\\Flagged")
    public static let deleted = Flag(system: "\\Deleted")
    public static let seen = Flag(system: "\\Seen")
    public static let draft = Flag(system: "\\Draft")

    /// Whether it begins with a backslash: a flag of the protocol rather than a keyword.
    public var isSystem: Bool { octets.first == ASCII.backslash }
}

extension Flag: Hashable {
    public static func == (a: Flag, b: Flag) -> Bool { ASCII.equalFolded(a.octets, b.octets) }

    public func hash(into hasher: inout Hasher) {
        for octet in octets { hasher.combine(ASCII.upper(octet)) }
    }
}

extension Flag: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
