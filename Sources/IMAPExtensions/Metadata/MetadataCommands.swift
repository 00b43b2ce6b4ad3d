import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTypes

/// `GETMETADATA` (RFC 5464 section 4.2)
///
/// The examples of the RFC have the options behind the mailbox, and several entries without parentheses; both are
/// taken.
///
/// ```abnf
/// getmetadata         = "GETMETADATA" [SP getmetadata-options] SP mailbox SP entries
/// getmetadata-options = "(" getmetadata-option *(SP getmetadata-option) ")"
/// maxsize-opt         = "MAXSIZE" SP number
/// scope-opt           = "DEPTH" SP ("0" / "1" / "infinity")
/// entries             = entry / "(" entry *(SP entry) ")"
/// ```
struct GetMetadataCommand: Command {
    static let facts = CommandFacts(
        "GETMETADATA", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    /// `nil`: a name no mailbox can have.
    let object: AnnotatedObject?
    let query: MetadataQuery

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        var query = MetadataQuery(specifiers: [])
        var hasOptions = false
        try arguments.space()
        if arguments.next == ASCII.leftParenthesis {
            try arguments.openList()
            try GetMetadataCommand.readOptions(&arguments, into: &query)
            hasOptions = true
            try arguments.space()
        }
        object = try arguments.annotatedObject(grammar)
        try arguments.space()
        if arguments.next == ASCII.leftParenthesis {
            try arguments.openList()
            // An entry's name begins with a slash, quoted or not; an option's label with a letter.
            if !hasOptions, let next = arguments.next, ASCII.isAlpha(next) {
                try GetMetadataCommand.readOptions(&arguments, into: &query)
                try arguments.space()
                if arguments.next == ASCII.leftParenthesis {
                    try arguments.openList()
                    query.specifiers = try GetMetadataCommand.entries(&arguments, inList: true)
                } else {
                    query.specifiers = try GetMetadataCommand.entries(&arguments, inList: false)
                }
            } else {
                query.specifiers = try GetMetadataCommand.entries(&arguments, inList: true)
            }
        } else {
            query.specifiers = try GetMetadataCommand.entries(&arguments, inList: false)
        }
        try arguments.end()
        self.query = query
    }

    /// Entries, up to the end of the list or of the command.
    private static func entries(
        _ arguments: inout ArgumentReader, inList: Bool
    ) throws(SyntaxError) -> [EntrySpecifier] {
        var entries = [try arguments.entrySpecifier()]
        while arguments.next == ASCII.space {
            guard entries.count < arguments.limits[.metadataEntries] else { throw arguments.error(.limit) }
            try arguments.space()
            entries.append(try arguments.entrySpecifier())
        }
        if inList { try arguments.closeList() }
        return entries
    }

    /// Options behind the opening parenthesis, each at most once.
    private static func readOptions(
        _ arguments: inout ArgumentReader, into query: inout MetadataQuery
    ) throws(SyntaxError) {
        var seen: Set<Keyword> = []
        repeat {
            if !seen.isEmpty { try arguments.space() }
            let name = try arguments.keyword()
            guard seen.insert(name).inserted else { throw arguments.error(.unexpected) }
            try arguments.space()
            switch name {
            case "MAXSIZE": query.maximumSize = Int(try arguments.number())
            case "DEPTH":
                switch try arguments.keyword() {
                case "0": query.depth = 0
                case "1": query.depth = 1
                case "INFINITY": query.depth = nil
                default: throw arguments.error(.unexpected)
                }
            default: throw arguments.error(.unknown)
            }
        } while arguments.next == ASCII.space
        try arguments.closeList()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let object = try context.annotated(object)
        let largest = try await query.answer(of: object, &context)
        return .ok(largest.map { .metadata("LONGENTRIES", $0) }, "GETMETADATA completed")
    }
}

/// `SETMETADATA` (RFC 5464 section 4.3): all or nothing.
///
/// ```abnf
/// setmetadata  = "SETMETADATA" SP mailbox SP entry-values
/// entry-values = "(" entry-value *(SP entry-value) ")"
/// entry-value  = entry SP value
/// value        = nstring / literal8
/// ```
struct SetMetadataCommand: Command {
    static let facts = CommandFacts(
        "SETMETADATA", in: .loggedIn, forms: .plain, expunge: .permitted, right: .lookup, literals: .buffered)

    /// `nil`: a name no mailbox can have.
    let object: AnnotatedObject?
    /// The last of two for a name counts.
    let changes: [AnnotationChange]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        object = try arguments.annotatedObject(grammar)
        try arguments.space()
        changes = try arguments.list { reader throws(SyntaxError) in
            let octets = try reader.astring()
            guard let name = EntryName(octets) else { throw reader.error(.unexpected) }
            try reader.space()
            return AnnotationChange(name, try reader.nstring8())
        }
        guard !changes.isEmpty else { throw arguments.error(.missing) }
        try arguments.end()
    }

    /// A value that is larger than a command may bring is refused as one that is larger than the store keeps.
    static func refusalOfLiteral(over limit: Int?) -> CommandFailure {
        .no(limit.map { .metadata("MAXSIZE", $0) } ?? .tooBig, "Literal too big")
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.annotatedAccount()
        let object = try context.annotated(object)
        let changes = changes
        switch try await ask({ () async throws(StoreError) in try await account.annotate(object, changes) }) {
        case .done: return .ok("SETMETADATA completed")
        case .tooLarge(let limit):
            let largest = min(limit, context.configuration.limits.afterLogin.literal)
            throw .no(.metadata("MAXSIZE", largest), "Value too large")
        case .tooMany: throw .no(.metadata("TOOMANY"), "Too many annotations")
        case .noPrivate: throw .no(.metadata("NOPRIVATE"), "No private annotations are kept")
        }
    }
}

extension Context {
    /// What a command names, where that can be annotated at all.
    func annotated(_ object: AnnotatedObject?) throws(CommandFailure) -> AnnotatedObject {
        guard let object else { throw CommandFailure(.nonExistent) }
        if case .mailbox = object, try !type(of: annotatedAccount()).annotatesMailboxes {
            throw .no(.cannot, "The server alone has annotations")
        }
        return object
    }
}
