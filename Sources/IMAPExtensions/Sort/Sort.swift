import IMAPCodec
public import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// SORT, RFC 5256: a SEARCH whose result comes in an order.
    ///
    /// Texts are compared by ``/IMAPServer/Context/collation``. What is compared comes from the digests that the store
    /// kept, else from each message's header.
    public static let sort = IMAPExtension("SORT") { registry in
        registry.advertise("SORT", in: .any)
        registry.add(SortCommand.self)
        registry.add(sortKey: ArrivalKey.self)
        registry.add(sortKey: DateKey.self)
        registry.add(sortKey: SizeKey.self)
        registry.add(sortKey: SubjectKey.self)
        registry.add(sortKey: FromKey.self)
        registry.add(sortKey: ToKey.self)
        registry.add(sortKey: CcKey.self)
    }
}

extension CountLimit {
    /// Criteria of one SORT: each is a key that is kept of every message. More is `NO [LIMIT]`.
    public static let sortCriteria = CountLimit("sortCriteria", standard: 100, most: 1000)
}

/// `SORT` and `UID SORT` (RFC 5256 section 3; RFC 5267 section 3)
///
/// ```abnf
/// sort           = ["UID" SP] "SORT" [search-return-opts] SP sort-criteria SP charset 1*(SP search-key)
/// sort-criteria  = "(" sort-criterion *(SP sort-criterion) ")"
/// sort-criterion = ["REVERSE" SP] sort-key
/// charset        = atom / quoted
/// ```
struct SortCommand: Command {
    static let facts = CommandFacts(
        "SORT", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .read,
        literals: .buffered)

    let numbering: MessageNumbering
    /// `nil` without `RETURN`.
    let options: [any OptionSyntax]?
    let criteria: [SortCriterion]
    let program: SearchProgram

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        numbering = grammar.numbering
        try arguments.space()
        options = grammar.has(.sortReturn) ? try arguments.searchReturnOptions(grammar) : nil
        criteria = try SortCommand.criteria(&arguments, grammar)
        try arguments.space()
        let charset = try arguments.astring()
        try arguments.space()
        program = try SearchProgram(charset: charset, &arguments, grammar)
    }

    private static func criteria(
        _ arguments: inout ArgumentReader, _ grammar: Grammar
    ) throws(SyntaxError) -> [SortCriterion] {
        let known = grammar.tables.options[.sort] ?? KeywordTable()
        let criteria = try arguments.list { (arguments) throws(SyntaxError) in
            var name = try arguments.keyword()
            let isReversed = name == "REVERSE"
            if isReversed {
                try arguments.space()
                name = try arguments.keyword()
            }
            guard let type = known[name] else { throw arguments.error(.unknown) }
            guard let key = try type.init(&arguments, grammar) as? any SortKey else { throw arguments.error(.unknown) }
            return SortCriterion(key, isReversed: isReversed)
        }
        guard !criteria.isEmpty else { throw arguments.error(.missing) }
        return criteria
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        guard criteria.count <= context.configuration.limits[.sortCriteria] else {
            throw .no(.limit, "Too many criteria")
        }
        var order = SortOrder(criteria, context)
        try await context.answerSearch("SORT", program, options, numbering, in: &order)
        return .ok("SORT completed")
    }
}
