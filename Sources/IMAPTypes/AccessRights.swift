/// A set of access rights (RFC 4314 section 2.1): lower-case letters, and digits for a site's own.
///
/// The rights `c` and `d` of RFC 2086 are not among them: on the wire they stand for several of these.
public struct AccessRights: OptionSet, Hashable, Sendable {
    /// A bit for each of `a` to `z` and `0` to `9`.
    public let rawValue: UInt64

    public init(rawValue: UInt64) { self.rawValue = rawValue }

    /// The right that is written so, or `nil` for an octet that is none.
    public init?(octet: UInt8) {
        switch octet {
        case 0x61...0x7A: self.init(rawValue: 1 << UInt64(octet - 0x61))
        case 0x30...0x39: self.init(rawValue: 1 << UInt64(octet - 0x30 + 26))
        default: return nil
        }
    }

    /// The rights that are written so, in any order, or `nil` where an octet is none. Upper case is none.
    public init?(_ octets: some Sequence<UInt8>) {
        var rights = AccessRights()
        for octet in octets {
            guard let right = AccessRights(octet: octet) else { return nil }
            rights.formUnion(right)
        }
        self = rights
    }

    private static func letter(_ octet: UInt8) -> AccessRights { AccessRights(octet: octet) ?? [] }

    /// `l`: to see it in LIST, and to subscribe to it
    public static let lookup = letter(0x6C)
    /// `r`: SELECT, STATUS
    public static let read = letter(0x72)
    /// `s`: to change `\Seen`
    public static let seen = letter(0x73)
    /// `w`: to change flags other than `\Seen` and `\Deleted`
    public static let write = letter(0x77)
    /// `i`: APPEND, COPY into it
    public static let insert = letter(0x69)
    /// `p`: to send mail to its submission address
    public static let post = letter(0x70)
    /// `k`: to make mailboxes below it
    public static let createMailboxes = letter(0x6B)
    /// `x`: to delete it, and to rename it
    public static let deleteMailbox = letter(0x78)
    /// `t`: to change `\Deleted`
    public static let deleteMessages = letter(0x74)
    /// `e`: EXPUNGE
    public static let expunge = letter(0x65)
    /// `a`: to read and change who has which rights
    public static let administer = letter(0x61)

    /// The eleven above: all that the RFC knows.
    public static let standard: AccessRights = [
        .lookup, .read, .seen, .write, .insert, .post, .createMailboxes, .deleteMailbox, .deleteMessages, .expunge,
        .administer,
    ]

    /// As they are written: those of the RFC in its order, then the others.
    public var octets: [UInt8] {
        let first = Array("lrswipkxtea".utf8)
        let others = (0x61...0x7A).filter { !first.contains($0) } + (0x30...0x39)
        return (first + others).filter { octet in AccessRights(octet: octet).map { contains($0) } ?? false }
    }
}

extension AccessRights: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}

/// Who an entry of an access control list is about (RFC 4314 section 2): a user's name, `anyone`, or what a store makes
/// of it, such as a group. UTF-8 without control characters, compared octet by octet.
///
/// The library prepares and folds no name, neither this one nor that of a login (R-AUTH-8): a store that takes several
/// forms of a name for the same compares them itself.
public struct AccessIdentifier: Hashable, Sendable {
    public let octets: [UInt8]

    /// The most octets of an identifier.
    public static let maximumLength = 1024

    /// The identifier, or `nil` for octets that are none: empty, a dash alone, more than ``maximumLength``, not UTF-8,
    /// or with a control character.
    public init?(_ octets: [UInt8]) {
        guard !octets.isEmpty, octets != [ASCII.minus], octets.count <= AccessIdentifier.maximumLength,
            UTF8Octets.isValid(octets.span)
        else { return nil }
        for octet in octets where octet < ASCII.space || octet == ASCII.delete { return nil }
        self.octets = octets
    }

    public init?(_ text: String) { self.init(Array(text.utf8)) }

    /// Everybody, strangers too.
    public static let anyone = AccessIdentifier("anyone")

    /// Whether its rights are taken away from whom it names: it begins with a dash.
    public var isNegative: Bool { octets.first == ASCII.minus }

    /// Whom it names: itself, without the dash.
    public var subject: [UInt8] { isNegative ? Array(octets.dropFirst()) : octets }
}

extension AccessIdentifier: CustomStringConvertible {
    public var description: String { String(decoding: octets, as: UTF8.self) }
}
