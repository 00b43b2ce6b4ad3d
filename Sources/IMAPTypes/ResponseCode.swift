/// What a status response says to the program in square brackets (RFC 9051 section 7.1, RFC 5530).
///
/// IANA keeps the registry, so this is not an enum. Arguments are typed, and no type of argument can hold CR, LF, NUL
/// or `]` (R-OUT-1).
public struct ResponseCode: Hashable, Sendable {
    /// An argument of a code.
    public enum Argument: Hashable, Sendable {
        case number(UInt64)
        case keyword(Keyword)
        /// A list of words in parentheses.
        case keywords([Keyword])
        case capabilities(CapabilityList)
        /// A list of flags in parentheses; `\*` follows them when `wildcard` says so.
        case flags([Flag], wildcard: Bool)
        case uids(UIDSet)
        case sequenceNumbers(SequenceNumberSet)
        /// A list of charsets in parentheses.
        case charsets([CharsetName])
        /// An object identifier in parentheses.
        case objectID(ObjectID)
        /// The name of a command, in quotes.
        case tag(CommandName)
    }

    /// A tag that can stand in a code: one without `]`.
    public struct CommandName: Hashable, Sendable {
        public let tag: Tag

        /// `nil` for a tag with `]` in it.
        public init?(_ tag: Tag) {
            guard !tag.octets.contains(ASCII.rightBracket) else { return nil }
            self.tag = tag
        }
    }

    public let name: Keyword
    public let arguments: [Argument]

    public init(_ name: Keyword, _ arguments: [Argument] = []) {
        self.name = name
        self.arguments = arguments
    }

    // RFC 9051 section 7.1
    public static let alert = ResponseCode("ALERT")
    public static let cannot = ResponseCode("CANNOT")
    public static let hasChildren = ResponseCode("HASCHILDREN")
    public static let clientBug = ResponseCode("CLIENTBUG")
    public static let closed = ResponseCode("CLOSED")
    public static let nonExistent = ResponseCode("NONEXISTENT")
    public static let alreadyExists = ResponseCode("ALREADYEXISTS")
    public static let noPermission = ResponseCode("NOPERM")
    public static let unavailable = ResponseCode("UNAVAILABLE")
    public static let inUse = ResponseCode("INUSE")
    public static let limit = ResponseCode("LIMIT")
    public static let overQuota = ResponseCode("OVERQUOTA")
    public static let serverBug = ResponseCode("SERVERBUG")
    public static let corruption = ResponseCode("CORRUPTION")
    public static let contactAdministrator = ResponseCode("CONTACTADMIN")
    public static let authenticationFailed = ResponseCode("AUTHENTICATIONFAILED")
    public static let authorizationFailed = ResponseCode("AUTHORIZATIONFAILED")
    public static let privacyRequired = ResponseCode("PRIVACYREQUIRED")
    public static let expired = ResponseCode("EXPIRED")
    public static let expungeIssued = ResponseCode("EXPUNGEISSUED")
    public static let readOnly = ResponseCode("READ-ONLY")
    public static let readWrite = ResponseCode("READ-WRITE")
    public static let tryCreate = ResponseCode("TRYCREATE")
    // RFC 9586 section 3
    public static let uidRequired = ResponseCode("UIDREQUIRED")
    // RFC 6154 section 5.4
    public static let useAttribute = ResponseCode("USEATTR")
    // RFC 7888 section 4, RFC 4469 section 4.2
    public static let tooBig = ResponseCode("TOOBIG")

    /// The charsets that SEARCH can be asked in (RFC 9051 section 7.1).
    public static func badCharset(_ known: [CharsetName]) -> ResponseCode {
        ResponseCode("BADCHARSET", known.isEmpty ? [] : [.charsets(known)])
    }
    public static func capability(_ capabilities: [Capability]) -> ResponseCode {
        capability(CapabilityList(capabilities))
    }
    public static func capability(_ list: CapabilityList) -> ResponseCode {
        ResponseCode(capabilityName, [.capabilities(list)])
    }
    private static let capabilityName: Keyword = "CAPABILITY"
    /// The search that is not kept up to date (RFC 5267 section 4.3.1).
    public static func noUpdate(_ search: CommandName) -> ResponseCode { ResponseCode("NOUPDATE", [.tag(search)]) }
    public static func uidNext(_ uid: UID) -> ResponseCode { ResponseCode("UIDNEXT", [.number(UInt64(uid.rawValue))]) }
    public static func uidValidity(_ value: UIDValidity) -> ResponseCode {
        ResponseCode("UIDVALIDITY", [.number(UInt64(value.rawValue))])
    }
    public static func unseen(_ number: SequenceNumber) -> ResponseCode {
        ResponseCode("UNSEEN", [.number(UInt64(number.rawValue))])
    }
    public static func permanentFlags(_ flags: [Flag], newKeywords: Bool) -> ResponseCode {
        ResponseCode("PERMANENTFLAGS", [.flags(flags, wildcard: newKeywords)])
    }
}

/// The words for a person at the end of a status response: never empty, one line, without CR, LF or NUL.
///
/// The library's own texts are literals. A host's text is checked when it is made; nothing a client sent is ever put
/// into one (R-OUT-1).
public struct ResponseText: Hashable, Sendable {
    public let octets: [UInt8]

    /// The text, or `nil` when it is empty, longer than 1,024 octets, holds a control character, begins with a space or
    /// with `[`, where a response code would be read, or ends in `{5}`, where a literal would be announced.
    public init?(_ text: String) {
        let octets = Array(text.utf8)
        guard !octets.isEmpty, octets.count <= 1024, octets[0] != ASCII.leftBracket,
            octets[0] != ASCII.space, !octets.endsLikeALiteralHeader
        else { return nil }
        for octet in octets where octet < 0x20 || octet >= ASCII.delete { return nil }
        self.octets = octets
    }
}

extension [UInt8] {
    /// Whether the end is what announces a literal: `{5}`, `{5+}` or `{5-}`. In a text it announces none, but clients
    /// that look for it at the end of every line would take the lines behind for data (R-OUT-1).
    var endsLikeALiteralHeader: Bool {
        guard last == ASCII.rightBrace else { return false }
        var rest = dropLast()
        if rest.last == ASCII.plus || rest.last == ASCII.minus { rest = rest.dropLast() }
        let digits = rest.reversed().prefix(while: ASCII.isDigit).count
        return digits > 0 && rest.dropLast(digits).last == ASCII.leftBrace
    }
}

extension ResponseText: ExpressibleByStringLiteral {
    /// A text written in source code. A literal that cannot be sent is the author's mistake and stops the program.
    public init(stringLiteral value: StaticString) {
        guard let text = ResponseText(value.description) else {
            // Host misuse: the literal stands in the source, no client can reach this.
            preconditionFailure("not a response text: \(value)")
        }
        self = text
    }
}
