import IMAPText

/// How texts are ordered, and which are the same: by what ``key(_:)`` makes of them, octet by octet (RFC 4790).
public struct Collation: Sendable {
    private let makeKey: @Sendable ([UInt8]) -> [UInt8]

    /// A collation that compares what `key` makes of a text in UTF-8.
    public init(_ key: @escaping @Sendable ([UInt8]) -> [UInt8]) { makeKey = key }

    /// What is compared of a text.
    public func key(_ text: [UInt8]) -> [UInt8] { makeKey(text) }

    /// `i;unicode-casemap` (RFC 5051): without regard to case and to how letters are composed.
    public static let unicodeCasemap = Collation { UnicodeCasemap.prepare($0) }
}

extension Context {
    /// The collation of SORT and THREAD in this session (RFC 5256 section 7).
    public var collation: Collation { .unicodeCasemap }
}
