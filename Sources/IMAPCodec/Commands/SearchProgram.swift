public import IMAPParser
import IMAPText
import IMAPTypes

/// What a SEARCH looks for, read and flattened (RFC 9051 section 6.4.4). Also what follows the criteria of SORT.
///
/// ```abnf
/// search-program = ["CHARSET" SP charset SP] search-key *(SP search-key)
/// search-key     = "NOT" SP search-key / "OR" SP search-key SP search-key / "UID" SP sequence-set / sequence-set /
///                  "(" search-key *(SP search-key) ")" / "ALL" / ...
/// ```
///
/// A tree in a flat table, read without recursion. NOT, OR and parentheses are levels of one counter (R-NEST-2); an OR
/// that is the second key of an OR is no level more, so that a client may write `OR a OR b OR c d` as long as it likes
/// within `CountLimit.searchKeys`.
public struct SearchProgram: Sendable {
    public enum Node: Sendable {
        /// All of the keys that follow, this many. With none it matches every message.
        case all(of: Int)
        /// At least one of the keys that follow, this many.
        case any(of: Int)
        /// Not the key that follows.
        case not
        case messages(MessageSet, MessageNumbering)
        case key(any SearchKeySyntax)
    }

    /// Each node before those inside it. The first is the whole.
    public let nodes: [Node]
    /// The charset of its strings; `nil` when the client did not say.
    public let charset: [UInt8]?

    /// A program made of another.
    package init(nodes: [Node], charset: [UInt8]?) {
        self.nodes = nodes
        self.charset = charset
    }

    /// Reads to the command's end, with `CHARSET` if it stands there.
    public init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        var charset: [UInt8]?
        if arguments.nextKeyword() == KeyReader.charset {
            guard !grammar.traits.contains(.searchesUTF8) else { throw arguments.error(.charset) }
            _ = try arguments.keyword()
            try arguments.space()
            charset = try arguments.astring()
            try arguments.space()
        }
        try self.init(charset: charset, &arguments, grammar)
    }

    /// Reads keys to the command's end, their strings in `charset`.
    public init(
        charset: [UInt8]?, _ arguments: inout ArgumentReader, _ grammar: Grammar
    ) throws(SyntaxError) {
        if let charset, grammar.traits.contains(.searchesUTF8), Charset(charset)?.isUTF8 != true {
            throw arguments.error(.charset)
        }
        var reader = KeyReader()
        try reader.read(&arguments, grammar)
        nodes = reader.nodes
        self.charset = charset
    }
}

extension ArgumentReader {
    /// The word that comes next, left where it is.
    mutating func nextKeyword() -> Keyword? { looking { reader in try? reader.keyword() } }
}

/// Reads search keys with a stack of its own.
private struct KeyReader {
    /// Keys that are not complete.
    private enum Open {
        /// Parentheses: the place of the node, and how many keys so far.
        case list(node: Int, keys: Int)
        /// The place of the node, and how many keys are missing.
        case or(node: Int, missing: Int)
        case operands(missing: Int)
    }

    static let charset: Keyword = "CHARSET"
    private static let not: Keyword = "NOT"
    private static let or: Keyword = "OR"
    private static let all: Keyword = "ALL"
    private static let uid: Keyword = "UID"

    private(set) var nodes: [SearchProgram.Node] = [.all(of: 0)]
    private var open: [Open] = []
    private var keys = 0

    mutating func read(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        var count = 0
        repeat {
            try readKey(&arguments, grammar)
            while !open.isEmpty {
                if try needsNoMore(&arguments) { continue }
                try readKey(&arguments, grammar)
            }
            count += 1
        } while arguments.take(ASCII.space)
        try arguments.end()
        nodes[0] = .all(of: count)
    }

    /// Looks at the innermost open key: passes over what stands before its next key, or ends it and returns true.
    private mutating func needsNoMore(_ arguments: inout ArgumentReader) throws(SyntaxError) -> Bool {
        let last = open.count - 1
        switch open[last] {
        case .list(let node, let keys):
            // Behind the parenthesis the first key comes without a space.
            if keys > 0 {
                if arguments.next == ASCII.rightParenthesis {
                    try arguments.closeList()
                    nodes[node] = .all(of: keys)
                    open.removeLast()
                    return true
                }
                try arguments.space()
            }
            open[last] = .list(node: node, keys: keys + 1)
        case .or(let node, let missing):
            guard missing > 0 else { return endLevel(&arguments) }
            try arguments.space()
            open[last] = .or(node: node, missing: missing - 1)
        case .operands(let missing):
            guard missing > 0 else { return endLevel(&arguments) }
            try arguments.space()
            open[last] = .operands(missing: missing - 1)
        }
        return false
    }

    private mutating func endLevel(_ arguments: inout ArgumentReader) -> Bool {
        arguments.leaveLevel()
        open.removeLast()
        return true
    }

    /// Reads a key, or the front of one that has keys inside.
    private mutating func readKey(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        if arguments.next == ASCII.leftParenthesis {
            try arguments.openList()
            open.append(.list(node: nodes.count, keys: 0))
            nodes.append(.all(of: 0))
            return
        }
        if let octet = arguments.next,
            ASCII.isDigit(octet) || octet == ASCII.asterisk || grammar.tables.setAtoms.contains(octet)
        {
            let set = try arguments.messageSet(grammar)
            return try append(.messages(set, .sequenceNumbers), arguments)
        }
        let name = try arguments.keyword()
        switch name {
        case KeyReader.not:
            try arguments.enterLevel()
            nodes.append(.not)
            open.append(.operands(missing: 1))
        case KeyReader.or: try readOr(&arguments)
        case KeyReader.all: try append(.all(of: 0), arguments)
        case KeyReader.uid:
            try arguments.space()
            let set = try arguments.messageSet(grammar)
            try append(.messages(set, .uids), arguments)
        default:
            guard let type = grammar.tables.searchKeys[name] else { throw arguments.error(.unknown) }
            let key = try type.init(name, &arguments, grammar)
            guard type.operands > 0 else { return try append(.key(key), arguments) }
            try arguments.enterLevel()
            nodes.append(.all(of: type.operands + 1))
            try append(.key(key), arguments)
            open.append(.operands(missing: type.operands))
        }
    }

    private mutating func readOr(_ arguments: inout ArgumentReader) throws(SyntaxError) {
        if case .or(let node, 0)? = open.last, case .any(let count) = nodes[node] {
            nodes[node] = .any(of: count + 1)
            open[open.count - 1] = .or(node: node, missing: 2)
            return
        }
        try arguments.enterLevel()
        open.append(.or(node: nodes.count, missing: 2))
        nodes.append(.any(of: 2))
    }

    private mutating func append(
        _ node: SearchProgram.Node, _ arguments: ArgumentReader
    ) throws(SyntaxError) {
        guard keys < arguments.limits[.searchKeys] else { throw arguments.error(.limit) }
        keys += 1
        nodes.append(node)
    }
}
