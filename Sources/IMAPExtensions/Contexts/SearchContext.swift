import IMAPCodec
import IMAPHost
import IMAPServer
import IMAPSession
import IMAPTypes

/// The searches that are kept up to date. They end with the selection (RFC 5267 section 4.3).
struct SearchContexts: ConnectionState {
    static let scope = Scope.selection

    var contexts: [SearchContext] = []
    /// What the command at work searches for.
    var program: (program: SearchProgram, octets: Int)?

    static func fresh() -> SearchContexts { SearchContexts() }

    consuming func end() -> Ending { .drop }

    static func == (a: SearchContexts, b: SearchContexts) -> Bool {
        a.contexts == b.contexts && (a.program == nil) == (b.program == nil)
    }

    /// Whether another may be kept up to date, when all may take so many octets.
    func hasRoom(for new: SearchContext, octets: Int, _ limits: Limits) -> Bool {
        let all = contexts + [new]
        return all.count <= limits[.searchContexts]
            && all.reduce(0) { $0 + ($1.sorted?.count ?? 0) } <= limits[.sortedContextMessages]
            && all.reduce(0) { $0 + $1.octets } <= octets
    }
}

/// A search whose result the client keeps.
struct SearchContext: Sendable {
    let tag: Tag
    private let program: SearchProgram
    /// What the program and the items take.
    private let programOctets: Int
    private let numbering: MessageNumbering
    /// What the result is sorted by; empty for SEARCH.
    private let criteria: [SortCriterion]
    /// The comparator it began with: another one is for searches to come.
    private let collation: Collation
    /// What is answered for each message that comes into the mailbox and the result.
    private let items: [any FetchItem]
    /// The result as the client knows it.
    private(set) var found: UIDSet
    /// The same in order, for SORT.
    private(set) var sorted: [UInt32]?
    /// The store could not be asked: the next time everything is searched.
    private(set) var isStale = false

    init(
        _ tag: Tag, _ program: SearchProgram, _ result: SearchResult, _ collation: Collation,
        answering items: [any FetchItem], octets: Int
    ) {
        programOctets = octets
        self.items = items
        self.tag = tag
        self.collation = collation
        self.program = program
        numbering = result.numbering
        criteria = result.criteria
        found = result.uids
        sorted = result.messages.sorted
    }

    /// What it takes.
    var octets: Int { programOctets + found.bounds.count * 8 + (sorted?.count ?? 0) * 4 }

    // MARK: News

    /// Takes news, and tells the client what of it concerns the result.
    mutating func hear(_ news: MailboxNews, _ context: inout Context) async throws(CommandFailure) {
        let active = context.collation
        if active != collation { context.collation = collation }
        defer { if active != collation { context.collation = active } }
        do throws(CommandFailure) {
            let (removed, added) = try await difference(news, &context)
            guard !removed.isEmpty || !added.isEmpty else { return }
            if case .appeared(let new) = news { try await answer(for: added.intersection(new), &context) }
            var data: [SearchReturnData] = []
            if sorted != nil {
                data = try await reorder(removed, added, &context)
            } else {
                if !removed.isEmpty {
                    data.append(.init(name: "REMOVEFROM", value: .pair(0, OrderedMessages(removed))))
                }
                if !added.isEmpty { data.append(.init(name: "ADDTO", value: .pair(0, OrderedMessages(added)))) }
            }
            found = found.subtracting(removed).union(added)
            isStale = false
            guard !data.isEmpty else { return }
            try await context.respondExtended(tag, numbering, data, in: try context.selectedMailbox())
        } catch {
            guard case .no = error else { throw error }
            isStale = true
        }
    }

    /// What does not match any more, and what matches now.
    private func difference(
        _ news: MailboxNews, _ context: inout Context
    ) async throws(CommandFailure) -> (removed: UIDSet, added: UIDSet) {
        if isStale {
            let matching = try await context.search(program).messages.uids
            return (found.subtracting(matching), matching.subtracting(found))
        }
        switch news {
        case .vanished(let uids): return (found.intersection(uids), UIDSet())
        case .changed(let uids):
            let matching = try await context.search(program, among: uids).messages.uids
            return (found.intersection(uids).subtracting(matching), matching.subtracting(found))
        case .appeared(let uids):
            return (UIDSet(), try await context.search(program, among: uids).messages.uids.subtracting(found))
        }
    }

    /// Answers for messages that others put here, before the result is told: with what the client wants to be answered
    /// for each new message, too (RFC 5465 section 5.2).
    private func answer(for added: UIDSet, _ context: inout Context) async throws(CommandFailure) {
        let foreign = added.subtracting(try context.selectedMailbox().ownArrivals)
        guard !items.isEmpty, !foreign.isEmpty else { return }
        var registration = context.read(NotifyRegistration.self)
        let known = items.map { AnyHashable($0) }
        let more = registration.items.filter { !known.contains(AnyHashable($0)) }
        let again = foreign.intersection(registration.answered)
        try await context.respondFetch(of: foreign.subtracting(again), items + more)
        try await context.respondFetch(of: again, items)
        guard registration.token != nil else { return }
        registration.answered.formUnion(foreign)
        context.write(registration)
    }

    // MARK: Order

    /// Takes messages out of the order and puts others in, and says where.
    private mutating func reorder(
        _ removed: UIDSet, _ added: UIDSet, _ context: inout Context
    ) async throws(CommandFailure) -> [SearchReturnData] {
        let before = sorted ?? []
        var after = before.filter { uid in !(UID(uid).map { removed.contains($0) } ?? true) }
        if !added.isEmpty {
            let kept = after
            let all = found.subtracting(removed).union(added)
            var order = SortOrder(criteria, context)
            let everything = SearchProgram(nodes: [.all(of: 0)], charset: nil)
            after = try await context.search(everything, among: all, collecting: &order).messages.sorted ?? []
            let isAdded = { (uid: UInt32) in UID(uid).map { added.contains($0) } ?? false }
            guard after.filter({ !isAdded($0) }) == kept else {
                // One went that is not news yet, or a key changed: the client begins anew.
                found = UIDSet(after.compactMap { UID($0) }).subtracting(added)
                sorted = after
                return [
                    before.isEmpty ? nil : .init(name: "REMOVEFROM", value: .pair(1, OrderedMessages(sorted: before))),
                    after.isEmpty ? nil : .init(name: "ADDTO", value: .pair(1, OrderedMessages(sorted: after))),
                ].compactMap { $0 }
            }
        }
        sorted = after
        var data: [SearchReturnData] = []
        if !removed.isEmpty {
            // From the end, so that what is taken out moves nothing that is named behind it.
            let pairs = SearchContext.runs(of: before, in: removed).reversed()
            data.append(.init(name: "REMOVEFROM", value: .list(pairs.flatMap { $0.values })))
        }
        if !added.isEmpty {
            let pairs = SearchContext.runs(of: after, in: added)
            data.append(.init(name: "ADDTO", value: .list(pairs.flatMap { $0.values })))
        }
        return data
    }

    /// Messages that follow each other, and the place of the first, from 1.
    private struct Run {
        let position: Int
        var uids: [UInt32]

        var values: [SearchReturnValue] { [.number(UInt64(position)), .messages(OrderedMessages(sorted: uids))] }
    }

    /// Those of `list` that are in `set`.
    private static func runs(of list: [UInt32], in set: UIDSet) -> [Run] {
        var runs: [Run] = []
        for (index, uid) in list.enumerated() where UID(uid).map({ set.contains($0) }) ?? false {
            if let last = runs.last, last.position + last.uids.count == index + 1 {
                runs[runs.count - 1].uids.append(uid)
            } else {
                runs.append(Run(position: index + 1, uids: [uid]))
            }
        }
        return runs
    }
}

extension SearchContext: Equatable {
    /// Programs are not compared: no two searches have one tag.
    static func == (a: SearchContext, b: SearchContext) -> Bool {
        a.tag == b.tag && a.found == b.found && a.sorted == b.sorted && a.isStale == b.isStale
    }
}

extension SearchReturnValue {
    /// `(0 32768:32769)`: a place in the result, and messages.
    fileprivate static func pair(_ position: UInt64, _ messages: OrderedMessages) -> SearchReturnValue {
        .list([.number(position), .messages(messages)])
    }
}

/// Hands news to every context.
enum ContextNews: NewsListener {
    static func hear(_ news: MailboxNews, _ context: inout Context) async throws(CommandFailure) {
        var state = context.read(SearchContexts.self)
        guard !state.contexts.isEmpty else { return }
        for index in state.contexts.indices { try await state.contexts[index].hear(news, &context) }
        context.write(state)
    }
}
