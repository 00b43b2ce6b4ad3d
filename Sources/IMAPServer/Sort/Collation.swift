import IMAPCodec
import IMAPSession
package import IMAPText
import IMAPTypes

/// How texts are ordered, which are the same and which are in another (RFC 4790): the comparator of SEARCH, SORT and
/// THREAD.
public struct Collation: Hashable, Sendable {
    /// Its name in the registry of RFC 4790.
    public let name: String
    /// What is compared, octet by octet.
    package let casemap: Casemap
    /// Whether what it orders is in the opposite order (RFC 4790 section 3.3).
    public var isReversed = false

    private init(_ name: String, _ casemap: Casemap) {
        self.name = name
        self.casemap = casemap
    }

    /// What decides the place of a text, in UTF-8, octet by octet.
    public func key(_ text: [UInt8]) -> [UInt8] { casemap.key(text) }

    /// Whether the key of a text in US-ASCII is the same with `A` to `Z` for `a` to `z`, and otherwise the text itself.
    package var foldsASCII: Bool { casemap != .octet }

    /// `i;unicode-casemap` (RFC 5051): without regard to case and to how letters are composed. The server's default.
    public static let unicodeCasemap = Collation("i;unicode-casemap", .unicode)
    /// `i;ascii-casemap` (RFC 4790 section 9.2): without regard to the case of `A` to `Z`.
    public static let asciiCasemap = Collation("i;ascii-casemap", .ascii)
    /// `i;octet` (RFC 4790 section 9.3): octet by octet.
    public static let octet = Collation("i;octet", .octet)

    /// All there are, the most useful first.
    public static let all = [unicodeCasemap, asciiCasemap, octet]
}

/// The comparator that the client chose. Part of the authentication: transition 7 drops it, and the next user has the
/// default.
struct ActiveCollation: ConnectionState {
    static let scope = Scope.authentication
    var collation: Collation

    static func fresh() -> ActiveCollation { ActiveCollation(collation: .unicodeCasemap) }

    consuming func end() -> Ending { .drop }
}

extension Context {
    /// The active comparator (RFC 5255 section 4.2): the collation of SEARCH, SORT and THREAD in this session.
    public var collation: Collation {
        get { read(ActiveCollation.self).collation }
        set { write(ActiveCollation(collation: newValue)) }
    }
}
