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

    /// LIST takes a list of patterns in place of one (RFC 5258 section 3).
    public static let patternLists = GrammarMode("PATTERNS")

    /// SORT takes `RETURN (...)` (RFC 5267 section 3).
    public static let sortReturn = GrammarMode("ESORT")

    /// Results of SEARCH, and of SORT, can be kept up to date (RFC 5267 section 4).
    public static let searchContexts = GrammarMode("CONTEXT=SEARCH")
    public static let sortContexts = GrammarMode("CONTEXT=SORT")
}

/// A way of reading, writing or answering that a client switches on for its session, by ENABLE or by a command that
/// implies it: CONDSTORE, UIDONLY, IMAP4rev2. It ends with the authentication (transition 7 of RFC 8437).
public struct SessionMode: Hashable, Sendable {
    public let name: Keyword

    public init(_ name: Keyword) { self.name = name }
}

/// What a session mode changes in the grammar and in the library's own responses.
public struct ModeTraits: OptionSet, Sendable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Mailbox names travel as UTF-8, and quoted strings may hold it (RFC 9051 section 5.1).
    public static let utf8 = ModeTraits(rawValue: 1 << 0)
    /// Sequence numbers are refused with `BAD [UIDREQUIRED]` (RFC 9586).
    public static let uidsOnly = ModeTraits(rawValue: 1 << 1)
    /// `* OK [CLOSED]` says that the selected mailbox ceased to be (RFC 9051 section 7.1).
    public static let announcesClosed = ModeTraits(rawValue: 1 << 2)
    /// SEARCH is answered with ESEARCH (RFC 9051 section 6.4.4).
    public static let extendedSearch = ModeTraits(rawValue: 1 << 3)
    /// Sizes may have 63 bits: messages of 4 GiB and more are seen (RFC 9051 section 9).
    public static let largeMessages = ModeTraits(rawValue: 1 << 4)
    /// The client comes back and asks for what changed after the greatest mod-sequence that it was told: none is told
    /// behind a command before everything below it, and where that cannot be, the client is told how far it may trust
    /// them (RFC 7162 section 3.2).
    public static let resynchronizes = ModeTraits(rawValue: 1 << 5)
    /// Texts of a search are in UTF-8, and no charset is named, or none but this one where one must be (RFC 9755
    /// section 3).
    public static let searchesUTF8 = ModeTraits(rawValue: 1 << 6)
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
    public var fetchItems = KeywordTable<any FetchItemSyntax.Type>()
    /// FETCH data items whose name is followed by a section in brackets.
    public var fetchSections = KeywordTable<any FetchItemSyntax.Type>()
    /// FETCH macros: the names they stand for.
    public var fetchMacros = KeywordTable<[Keyword]>()
    /// SEARCH keys by name.
    public var searchKeys = KeywordTable<any SearchKeySyntax.Type>()
    /// Options and modifiers, by the place they stand in.
    public var options = OptionTables()
    /// The octets that stand for a set of messages, such as `$`.
    public var setAtoms: [UInt8] = []
    /// STATUS items by name.
    public var statusItems = KeywordTable<any StatusItemSyntax>()
    public var modes: Set<GrammarMode> = []

    public init() {}
}

/// The tables that extensions added to, complete: what a grammar is read with. One for all connections.
@usableFromInline package final class SharedGrammar: Sendable {
    @usableFromInline package let tables: GrammarTables

    package init(_ tables: GrammarTables) { self.tables = tables }
}

/// What a command's syntax may ask while it reads its arguments.
public struct Grammar: Sendable {
    @usableFromInline let shared: SharedGrammar
    public let numbering: MessageNumbering
    /// What the session's modes change.
    public let traits: ModeTraits
    /// The session's modes.
    public let modes: Set<SessionMode>

    public init(
        _ tables: GrammarTables, numbering: MessageNumbering, traits: ModeTraits = [], modes: Set<SessionMode> = []
    ) {
        self.init(SharedGrammar(tables), numbering: numbering, traits: traits, modes: modes)
    }

    package init(
        _ shared: SharedGrammar, numbering: MessageNumbering, traits: ModeTraits, modes: Set<SessionMode>
    ) {
        self.shared = shared
        self.numbering = numbering
        self.traits = traits
        self.modes = modes
    }

    @inlinable public var tables: GrammarTables { shared.tables }

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
