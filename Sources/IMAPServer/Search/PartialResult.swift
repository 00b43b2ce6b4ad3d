package import IMAPCodec
import IMAPHost
package import IMAPParser
package import IMAPTypes

/// A page of a result: the first is 1, the last is -1.
///
/// ```abnf
/// partial-range       = partial-range-first / partial-range-last
/// partial-range-first = nz-number ":" nz-number
/// partial-range-last  = MINUS nz-number ":" MINUS nz-number
/// ```
package struct PartialRange: Sendable {
    /// As it was written.
    let first: UInt32
    let second: UInt32
    let isFromTheEnd: Bool

    package init(_ arguments: inout ArgumentReader) throws(SyntaxError) {
        isFromTheEnd = arguments.take(ASCII.minus)
        first = try arguments.nonZeroNumber()
        try arguments.expect(ASCII.colon)
        if isFromTheEnd { try arguments.expect(ASCII.minus) }
        second = try arguments.nonZeroNumber()
    }

    /// How far it reaches from the end it is counted from.
    var reach: Int { Int(max(first, second)) }

    /// The messages of a result that it names.
    package func part(of found: OrderedMessages) -> OrderedMessages {
        let skipped = Int(min(first, second)) - 1
        return isFromTheEnd
            ? found.suffix(reach).dropLast(min(skipped, found.count))
            : found.prefix(reach).dropFirst(min(skipped, found.count))
    }

    package func write(to writer: inout ResponseWriter) {
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
package struct PartialResult: SearchReturnOption {
    package static let name: Keyword = "PARTIAL"

    package let range: PartialRange

    package init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        range = try PartialRange(&arguments)
    }

    package var extent: SearchExtent { range.isFromTheEnd ? .last(range.reach) : .first(range.reach) }

    package func begin(_ request: SearchRequest, _ context: inout Context) async throws(CommandFailure) {
        guard !request.options.contains(where: { $0 is AllMatches }) else {
            throw .bad(nil, "PARTIAL and ALL exclude each other")
        }
    }

    package func returned(of found: OrderedMessages) -> OrderedMessages { range.part(of: found) }

    package func value(of result: SearchResult) -> SearchReturnValue? {
        let part = range.part(of: result.messages)
        let range = range
        return .list([
            .written { range.write(to: &$0) }, part.isEmpty ? .written { $0.null() } : .messages(part),
        ])
    }
}
