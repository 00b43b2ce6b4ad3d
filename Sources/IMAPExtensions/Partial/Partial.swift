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
