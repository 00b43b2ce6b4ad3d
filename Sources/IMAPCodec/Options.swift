public import IMAPParser
public import IMAPTypes

/// Where an option can stand (RFC 4466; RFC 9051 section 9).
public enum OptionPlace: Int, Sendable, Hashable, CaseIterable {
    /// `SELECT mailbox (CONDSTORE)`, and EXAMINE's.
    case select
    /// `CREATE mailbox (USE (\Sent))`
    case create
    /// `FETCH set items (CHANGEDSINCE 12)`
    case fetch
    /// `STORE set (UNCHANGEDSINCE 12) FLAGS ...`
    case store
    /// `SEARCH RETURN (MIN COUNT) ...`
    case searchReturn
    /// `SORT (SUBJECT REVERSE DATE) ...`: its criteria, but for `REVERSE`.
    case sort
    /// `THREAD REFERENCES ...`: its algorithms.
    case thread
    /// `LIST (SUBSCRIBED) ...`
    case listSelection
    /// `LIST ... RETURN (CHILDREN)`
    case listReturn
}

/// The options that extensions brought, by the place they stand in.
public struct OptionTables: Sendable {
    private var tables = [KeywordTable<any OptionSyntax.Type>](
        repeating: KeywordTable(), count: OptionPlace.allCases.count)

    public init() {}

    /// The options of a place; `nil` where no extension brought any.
    public subscript(place: OptionPlace) -> KeywordTable<any OptionSyntax.Type>? {
        let table = tables[place.rawValue]
        return table.isEmpty ? nil : table
    }

    /// Adds an option, and returns the one of its name that there was.
    public mutating func add(_ option: any OptionSyntax.Type, in place: OptionPlace) -> (any OptionSyntax.Type)? {
        tables[place.rawValue].updateValue(option, forKey: option.name)
    }

    /// The tables of all places.
    package var values: [KeywordTable<any OptionSyntax.Type>] { tables }
}

/// An option or a modifier of a command: a name, and what the extension that brings it reads behind it.
public protocol OptionSyntax: Sendable {
    static var name: Keyword { get }

    /// The mode without which the command is BAD; `nil`, unless said otherwise, for an option of every session.
    static var mode: SessionMode? { get }

    /// Reads what stands behind the name, with its leading space: nothing, where the option is a word alone.
    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError)
}

extension OptionSyntax {
    public static var mode: SessionMode? { nil }
}

/// An option that is a word alone.
public protocol ArgumentlessOption: OptionSyntax {
    init()
}

extension ArgumentlessOption {
    public init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) { self.init() }
}

/// A SEARCH key as it was asked for.
public protocol SearchKeySyntax: Sendable {
    /// The names it goes by: `SEEN`, `UNSEEN`.
    static var names: [Keyword] { get }

    /// How many search keys follow what `init` reads: none, unless said otherwise. The key and those must all match.
    static var operands: Int { get }

    /// Reads what stands behind `name`, with its leading space.
    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError)
}

/// What happens to an option that stands in its list a second time.
public enum RepeatedOption: Sendable, Hashable {
    /// The command is BAD.
    case refused
    /// It counts once, as it was written first (RFC 5258 section 3).
    case ignored
}

extension SearchKeySyntax {
    public static var operands: Int { 0 }
}

extension ArgumentReader {
    /// `"(" option *(SP option) ")"`: options of one place.
    ///
    /// An option that no extension brought is ``/IMAPParser/SyntaxError/Kind/unknown``, one whose mode is off
    /// ``/IMAPParser/SyntaxError/Kind/notEnabled``.
    public mutating func options(
        _ place: OptionPlace, _ grammar: Grammar, mayBeEmpty: Bool = false, repeated: RepeatedOption = .refused
    ) throws(SyntaxError) -> [any OptionSyntax] {
        let known = grammar.tables.options[place]
        // No more than there are known ones: looked through one by one.
        var seen: [Keyword] = []
        var kept: [any OptionSyntax] = []
        var count = 0
        try openList()
        while next != ASCII.rightParenthesis {
            if count > 0 { try space() }
            count += 1
            guard count <= limits[.options] else { throw error(.limit) }
            let name = try keyword()
            guard let type = known?[name] else { throw error(.unknown) }
            if let mode = type.mode, !grammar.modes.contains(mode) { throw error(.notEnabled) }
            let option = try type.init(&self, grammar)
            if !seen.contains(name) {
                seen.append(name)
                kept.append(option)
            } else if repeated == .refused {
                throw error(.unexpected)
            }
        }
        try closeList()
        guard mayBeEmpty || !kept.isEmpty else { throw error(.missing) }
        return kept
    }

    /// ` "(" ... ")"` at the end of a command, or nothing.
    public mutating func trailingOptions(
        _ place: OptionPlace, _ grammar: Grammar
    ) throws(SyntaxError) -> [any OptionSyntax] {
        guard grammar.tables.options[place] != nil, take(ASCII.space) else { return [] }
        return try options(place, grammar)
    }
}

/// The messages a command names: a set of numbers, or an octet that an extension gave a meaning (`$` of RFC 5182).
public enum MessageSet: Sendable, Hashable {
    case numbers(SequenceSet)
    case atom(UInt8)
}

extension ArgumentReader {
    /// `sequence-set`, as extensions widen it.
    public mutating func messageSet(_ grammar: Grammar) throws(SyntaxError) -> MessageSet {
        if let octet = next, grammar.tables.setAtoms.contains(octet), take(octet) { return .atom(octet) }
        return .numbers(try sequenceSet())
    }
}
