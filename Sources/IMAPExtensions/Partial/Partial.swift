import IMAPCodec
import IMAPHost
import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension IMAPExtension {
    /// PARTIAL, RFC 9394: a page of a result, counted from its beginning or its end: `SEARCH RETURN (PARTIAL -1:-100)`,
    /// and `UID FETCH ... (PARTIAL 1:50)`.
    public static let partial = IMAPExtension("PARTIAL") { registry in
        registry.advertise("PARTIAL", in: .any)
        registry.add(searchReturnOption: PartialResult.self)
        registry.add(fetchModifier: PartialFetch.self)
    }
}

/// A page of a result: the first is 1, the last is -1.
///
/// ```abnf
/// partial-range       = partial-range-first / partial-range-last
/// partial-range-first = nz-number ":" nz-number
/// partial-range-last  = MINUS nz-number ":" MINUS nz-number
/// ```
struct PartialRange: Sendable {
    /// As it was written.
    let first: UInt32
    let second: UInt32
    let isFromTheEnd: Bool

    init(_ arguments: inout ArgumentReader) throws(SyntaxError) {
        isFromTheEnd = arguments.take(ASCII.minus)
        first = try arguments.nonZeroNumber()
        try arguments.expect(ASCII.colon)
        if isFromTheEnd { try arguments.expect(ASCII.minus) }
        second = try arguments.nonZeroNumber()
    }

    /// How far it reaches from the end it is counted from.
    var reach: Int { Int(max(first, second)) }

    /// The messages of a result that it names.
    func part(of found: OrderedMessages) -> OrderedMessages {
        let skipped = Int(min(first, second)) - 1
        return isFromTheEnd
            ? found.suffix(reach).dropLast(min(skipped, found.count))
            : found.prefix(reach).dropFirst(min(skipped, found.count))
    }

    func write(to writer: inout ResponseWriter) {
        if isFromTheEnd { writer.minus() }
        writer.number(first)
        writer.colon()
        if isFromTheEnd { writer.minus() }
        writer.number(second)
    }
}

/// `PARTIAL` of SEARCH and SORT (sections 3.1 and 3.2; RFC 5267 section 4.4)
///
/// ```abnf
/// modifier-partial = "PARTIAL" SP partial-range
/// ret-data-partial = "PARTIAL" SP "(" partial-range SP (sequence-set / "NIL") ")"
/// ```
struct PartialResult: SearchReturnOption {
    static let name: Keyword = "PARTIAL"

    let range: PartialRange

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        range = try PartialRange(&arguments)
    }

    var extent: SearchExtent { range.isFromTheEnd ? .last(range.reach) : .first(range.reach) }

    func begin(_ request: SearchRequest, _ context: inout Context) async throws(CommandFailure) {
        guard !request.options.contains(where: { $0 is AllMatches }) else {
            throw .bad(nil, "PARTIAL and ALL exclude each other")
        }
    }

    func returned(of found: OrderedMessages) -> OrderedMessages { range.part(of: found) }

    func value(of result: SearchResult) -> SearchReturnValue? {
        let part = range.part(of: result.messages)
        let range = range
        return .list([
            .written { range.write(to: &$0) }, part.isEmpty ? .written { $0.null() } : .messages(part),
        ])
    }
}

/// `UID FETCH ... (PARTIAL 1:50)` (section 3.3). Other modifiers filter what it leaves.
struct PartialFetch: FetchModifier {
    static let name: Keyword = "PARTIAL"

    let range: PartialRange

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        guard grammar.numbering == .uids else { throw arguments.error(.unexpected) }
        try arguments.space()
        range = try PartialRange(&arguments)
    }

    func begin(_ request: inout FetchRequest, _ context: inout Context) async throws(CommandFailure) {
        request.uids = range.part(of: OrderedMessages(request.uids)).uids
    }
}
