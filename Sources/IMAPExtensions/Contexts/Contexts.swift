import IMAPCodec
import IMAPHost
public import IMAPParser
public import IMAPServer
import IMAPSession
import IMAPTypes

extension CountLimit {
    /// Searches of one session that are kept up to date (R-ALG-6). With more, `* NO [NOUPDATE "tag"]`, and the search
    /// itself is OK (RFC 5267 section 4.3.1). With 0 none is.
    public static let searchContexts = CountLimit("searchContexts", standard: 10, least: 0)
    /// Messages that the results of a session's sorted contexts may have together: each is looked at when one comes.
    /// With more, `* NO [NOUPDATE "tag"]`.
    public static let sortedContextMessages = CountLimit("sortedContextMessages", standard: 100_000, least: 0)
    /// Octets that a session's contexts may take, what they search for and their results, besides four for each message of
    /// the mailbox. With more, `* NO [NOUPDATE "tag"]`.
    public static let contextOctets = CountLimit("contextOctets", standard: 1 << 19, least: 0)
    /// Tags of one CANCELUPDATE. More is BAD.
    public static let cancelledTags = CountLimit("cancelledTags", standard: 1000)
}

extension IMAPExtension {
    /// CONTEXT=SEARCH, RFC 5267 section 4: `SEARCH RETURN (UPDATE)` keeps the client's result up to date, until
    /// CANCELUPDATE or the end of the selection. With it come PARTIAL and the hint CONTEXT.
    public static let contextSearch = IMAPExtension("CONTEXT=SEARCH") { registry in
        registry.advertise("CONTEXT=SEARCH", in: .any)
        registry.addContexts()
        registry.add(mode: .searchContexts)
    }

    /// CONTEXT=SORT, RFC 5267 section 4: the same for SORT, whose result is kept in its order.
    public static let contextSort = IMAPExtension("CONTEXT=SORT", requiring: ["SORT"]) { registry in
        registry.advertise("CONTEXT=SORT", in: .any)
        registry.addContexts()
        registry.add(mode: .sortReturn)
        registry.add(mode: .sortContexts)
    }
}

extension ExtensionRegistry {
    fileprivate mutating func addContexts() {
        // Both extensions share one state and one limit.
        if !has(state: SearchContexts.self) { add(state: SearchContexts.self) }
        add(CancelUpdateCommand.self)
        add(searchReturnOption: UpdateOption.self)
        add(searchReturnOption: ContextOption.self)
        add(searchReturnOption: PartialResult.self)
        add(newsListener: ContextNews.self)
    }
}

extension Context {
    /// Octets that the contexts of the selected mailbox may take.
    fileprivate var contextOctets: Int {
        get throws(CommandFailure) {
            let ofMessages = 4 * (try selectedMailbox()).count
            let (most, overflow) = configuration.limits[.contextOctets].addingReportingOverflow(ofMessages)
            return overflow ? .max : most
        }
    }
}

extension SearchRequest {
    /// Refuses the options of contexts where the command has none.
    fileprivate func requireContexts(_ context: borrowing Context) throws(CommandFailure) {
        guard context.has(command == "SORT" ? .sortContexts : .searchContexts) else {
            throw .bad(nil, "Unknown item")
        }
    }
}

/// `CONTEXT`: more of the same will be asked for. A hint that nothing here needs (section 4.2).
struct ContextOption: SearchReturnOption, ArgumentlessOption {
    static let name: Keyword = "CONTEXT"

    var extent: SearchExtent { .nothing }

    func begin(_ request: SearchRequest, _ context: inout Context) async throws(CommandFailure) {
        try request.requireContexts(context)
    }
}

/// `UPDATE`: from now on the client is told how the result changes (section 4.3). What other options return has nothing
/// to do with it.
///
/// Where NOTIFY is, it may have a list: what is answered for each message that comes into the mailbox and the result
/// (RFC 5465 section 7).
///
/// ```abnf
/// modifier-update = "UPDATE" [SP "(" fetch-att *(SP fetch-att) ")"]
/// ```
struct UpdateOption: SearchReturnOption {
    static let name: Keyword = "UPDATE"

    let items: [any FetchItem]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        guard grammar.has(.contextItems), arguments.hasList else {
            items = []
            return
        }
        try arguments.space()
        items = try arguments.fetchItems(grammar).compactMap { $0 as? any FetchItem }
    }

    var extent: SearchExtent { .all }
    var returnsMessages: Bool { false }

    /// Numbers, and the messages that `$` stands for, mean what they mean now.
    func begin(_ request: SearchRequest, _ context: inout Context) async throws(CommandFailure) {
        try request.requireContexts(context)
        var state = context.read(SearchContexts.self)
        guard !state.contexts.contains(where: { $0.tag == context.tag }) else {
            throw .bad(nil, "The tag is that of a search that is kept up to date")
        }
        // One that is too large is not kept; the search is answered all the same.
        state.program = try context.frozen(request.program, atMost: try context.contextOctets)
        context.write(state)
        for item in items { try item.begin(&context) }
    }

    func returned(of found: OrderedMessages) -> OrderedMessages { OrderedMessages() }

    func finish(_ result: SearchResult, _ context: inout Context) async throws(CommandFailure) {
        var state = context.read(SearchContexts.self)
        guard let tag = context.tag else { return }
        var isKept = false
        if let (program, octets) = state.program {
            state.program = nil
            let new = SearchContext(
                tag, program, result, context.collation, answering: items, octets: octets + context.commandOctets)
            isKept = state.hasRoom(for: new, octets: try context.contextOctets, context.configuration.limits)
            if isKept { state.contexts.append(new) }
        }
        context.write(state)
        guard !isKept else { return }
        guard let name = ResponseCode.CommandName(tag) else { throw .no(.limit, "Too many contexts") }
        context.warn(.noUpdate(name), "Too many contexts")
    }

    func fail(_ context: inout Context) {
        var state = context.read(SearchContexts.self)
        state.program = nil
        context.write(state)
    }
}

/// `CANCELUPDATE` (section 4.3.5). A tag that no search has is passed over: nothing more will come of it.
///
/// ```abnf
/// command-select =/ "CANCELUPDATE" 1*(SP quoted)
/// ```
struct CancelUpdateCommand: Command {
    static let facts = CommandFacts(
        "CANCELUPDATE", in: .selected, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    let tags: [[UInt8]]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        var tags: [[UInt8]] = []
        repeat {
            try arguments.space()
            guard tags.count < arguments.limits[.cancelledTags] else { throw arguments.error(.limit) }
            tags.append(try arguments.quoted())
        } while !arguments.isAtEnd
        self.tags = tags
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        var state = context.read(SearchContexts.self)
        state.contexts.removeAll { one in tags.contains { $0 == one.tag.octets } }
        context.write(state)
        return .ok("CANCELUPDATE completed")
    }
}
