/// The name of an annotation (RFC 5464 section 3.2): `/shared/comment`. ASCII, compared without regard to case.
///
/// It has two components at least, and four below `/shared/vendor` and `/private/vendor`. None is empty, and none has
/// `*`, `%`, a control character or an octet above 0x7E. (The RFC's "0x00 to 0x19" is taken for "below 0x20".)
public struct EntryName: Hashable, Sendable {
    public static let maximumLength = 1024

    /// As it was written.
    public let octets: [UInt8]
    private let folded: [UInt8]

    /// The name, or `nil` for octets that are none.
    public init?(_ octets: [UInt8]) {
        guard octets.count <= EntryName.maximumLength,
            octets.allSatisfy({ $0 >= ASCII.space && $0 < ASCII.delete && $0 != ASCII.asterisk && $0 != ASCII.percent })
        else { return nil }
        let folded = octets.map { ASCII.upper($0) }
        let components = folded.split(separator: ASCII.slash, omittingEmptySubsequences: false)
        guard components.count >= 3, components[0].isEmpty, !components.dropFirst().contains(where: { $0.isEmpty }),
            components[1].elementsEqual("PRIVATE".utf8) || components[1].elementsEqual("SHARED".utf8),
            components.count >= 5 || !components[2].elementsEqual("VENDOR".utf8)
        else { return nil }
        self.octets = octets
        self.folded = folded
    }

    public init?(_ text: String) { self.init(Array(text.utf8)) }

    /// Whether each user has a value of their own: it is below `/private`.
    public var isPrivate: Bool { folded.starts(with: Array("/PRIVATE/".utf8)) }

    /// How many components the name has below `path`: 0 for the same name, `nil` when it is neither there nor below.
    public func levels(below path: [UInt8]) -> Int? {
        guard folded.count >= path.count, zip(folded, path).allSatisfy({ $0 == ASCII.upper($1) }) else { return nil }
        let rest = folded[path.count...]
        guard rest.isEmpty || rest.first == ASCII.slash else { return nil }
        return rest.count { $0 == ASCII.slash }
    }

    public static func == (a: EntryName, b: EntryName) -> Bool { a.folded == b.folded }

    public func hash(into hasher: inout Hasher) { hasher.combine(folded) }
}

extension EntryName: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
