/// What a server may write beyond the grammar that the checker knows: the syntax of extensions of its own.
///
/// Names are compared in upper case. What follows a declared name is read by a permissive grammar: words, strings,
/// literals and lists whose parentheses balance.
public struct OutputPermissions: Sendable, Equatable {
    /// Names of untagged responses, with a number in front of them or without: `* XPIG ...`, `* 3 XPIG ...`.
    public var responses: Set<String> = []
    /// Names of FETCH items: `XITEM`, which stands for `XITEM[...]` too.
    public var fetchItems: Set<String> = []
    /// Names of STATUS items.
    public var statusItems: Set<String> = []
    /// Names of data in ESEARCH.
    public var searchData: Set<String> = []
    /// Response codes. What follows is text without `]`.
    public var codes: Set<String> = []
    /// Names of extended data in LIST.
    public var listItems: Set<String> = []
    /// Attributes of mailboxes, with the backslash.
    public var mailboxAttributes: Set<String> = []
    /// Whether quoted strings, mailbox names and texts may hold UTF-8 before the client enabled it.
    public var allowsUTF8 = false
    /// Whether a response code may stand without text behind it, as RFC 9051's grammar has it, with its space, and
    /// RFC 3501's has not.
    public var allowsMissingText = false

    public init() {}
}
