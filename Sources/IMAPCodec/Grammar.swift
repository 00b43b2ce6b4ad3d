public import IMAPParser
public import IMAPTypes

/// A way of reading or writing that an extension switches on, for all connections: SASL-IR's initial response.
///
/// Named by a keyword, so an extension can bring its own.
public struct GrammarMode: Hashable, Sendable {
    public let name: Keyword

    public init(_ name: Keyword) { self.name = name }

    /// AUTHENTICATE may carry an initial response (RFC 4959).
    public static let initialResponse = GrammarMode("SASL-IR")
}

/// What numbers a command's message set holds.
public enum MessageNumbering: Sendable, Hashable {
    case sequenceNumbers
    /// The command was sent behind `UID`.
    case uids
}

/// The tables that extensions add grammar to. Built once at start-up, shared by all connections.
public struct GrammarTables: Sendable {
    /// FETCH data items by name.
    public var fetchItems: [Keyword: any FetchItemSyntax.Type] = [:]
    /// FETCH data items whose name is followed by a section in brackets.
    public var fetchSections: [Keyword: any FetchItemSyntax.Type] = [:]
    /// FETCH macros: the names they stand for.
    public var fetchMacros: [Keyword: [Keyword]] = [:]
    /// STATUS items by name.
    public var statusItems: [Keyword: any StatusItemSyntax] = [:]
    public var modes: Set<GrammarMode> = []

    public init() {}
}

/// What a command's syntax may ask while it reads its arguments.
public struct Grammar: Sendable {
    public let tables: GrammarTables
    public let numbering: MessageNumbering

    public init(_ tables: GrammarTables, numbering: MessageNumbering) {
        self.tables = tables
        self.numbering = numbering
    }

    public func has(_ mode: GrammarMode) -> Bool { tables.modes.contains(mode) }
}

/// The arguments of one command, read.
public protocol CommandSyntax: Sendable {
    /// Reads everything behind the command's name, to the command's end.
    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError)
}

/// A command without arguments. Even a space behind its name is BAD.
public protocol ArgumentlessSyntax: CommandSyntax {
    init()
}

extension ArgumentlessSyntax {
    public init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.end()
        self.init()
    }
}

/// A FETCH data item as it was asked for. Equal items are answered once (R-OUT-7).
public protocol FetchItemSyntax: Sendable, Hashable {
    /// The names it goes by: `BODY` and `BODY.PEEK`.
    static var names: [Keyword] { get }

    /// Whether a section in brackets follows the name: `BODY[]` is another item than `BODY`.
    static var takesSection: Bool { get }

    /// Reads what stands behind `name`.
    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError)
}

extension FetchItemSyntax {
    public static var takesSection: Bool { false }
}

/// A STATUS data item: a name and nothing behind it.
public protocol StatusItemSyntax: Sendable {
    var name: Keyword { get }
}
