package import IMAPCodec
import IMAPHost
package import IMAPTypes

/// What a search found, and what is told of it.
package struct FoundMessages: Sendable {
    /// See ``SearchResult/messages``.
    package let messages: OrderedMessages
    /// See ``SearchResult/returned``.
    package let returned: UIDSet
    /// Data items of keys, about what is returned. None when nothing is.
    package let items: [any SearchResultItem]
}

/// What a command makes of the messages that a search finds: an order, threads.
package protocol SearchCollector: Sendable {
    /// What must be read of each message that is found.
    var columns: MessageColumns { get }

    /// Takes messages that were found, ascending, each once.
    mutating func take(_ records: [MessageRecord], of mailbox: any Mailbox) async throws(StoreError)

    /// All were taken. What was found, in the command's order.
    mutating func order(_ found: UIDSet) -> OrderedMessages

    /// What makes the order, when it is not the mailbox's.
    var criteria: [SortCriterion] { get }
}

extension SearchCollector {
    package var criteria: [SortCriterion] { [] }
}

/// The order of SEARCH.
package struct MailboxOrder: SearchCollector {
    /// A value without octets has no place of its own: what is there in its stead belongs to others, and the thread
    /// sanitizer sees them meet.
    private let octet: UInt8 = 0

    package init() {}

    package var columns: MessageColumns { [] }

    package mutating func take(_ records: [MessageRecord], of mailbox: any Mailbox) async throws(StoreError) {}

    package mutating func order(_ found: UIDSet) -> OrderedMessages { OrderedMessages(found) }
}

/// How many matches are looked for from either end.
private struct SearchWanted {
    var first = 0
    var last = 0

    init(_ extents: [SearchExtent]) {
        for extent in extents {
            switch extent {
            case .nothing: break
            case .first(let count): first = max(first, count)
            case .last(let count): last = max(last, count)
            case .all: first = .max
            }
        }
        if first == 0, last == 0 { first = .max }
    }
}

extension Context {
    /// Finds the messages of the selected mailbox that match, as many as `extents` ask for; all when they ask for
    /// nothing. `uids` are those that are looked at, or `nil` for every one.
    package mutating func search(
        _ program: SearchProgram, among uids: UIDSet? = nil, extents: [SearchExtent] = [],
        returning: (OrderedMessages) -> UIDSet = { $0.uids }
    ) async throws(CommandFailure) -> FoundMessages {
        var collector = MailboxOrder()
        return try await search(program, among: uids, extents: extents, collecting: &collector, returning: returning)
    }

    /// The same for SORT and THREAD: `collector` is given every message that was found.
    ///
    /// A message that is expunged meanwhile does not match. Between batches others have their turn.
    package mutating func search<Collector: SearchCollector>(
        _ program: SearchProgram, among uids: UIDSet? = nil, extents: [SearchExtent] = [],
        collecting collector: inout Collector, returning: (OrderedMessages) -> UIDSet = { $0.uids }
    ) async throws(CommandFailure) -> FoundMessages {
        let plan = try await SearchPlan(program, &self)
        let texts = try SearchTexts(plan.texts, in: program.charset, configuration, by: collation)
        let view = try selectedMailbox()
        var candidates = plan.candidates(program, in: view)
        if let uids { candidates.possible = candidates.possible.intersection(view.numbers(of: uids)) }
        var search = SearchRun(plan, program, texts, view, certain: candidates.certain, heldMessage)
        let wanted = SearchWanted(extents)
        var batches = SequenceNumberSet(ranges: candidates.possible).batches(of: configuration.limits.messageBatch)
        var found = UIDSet()
        var count = 0
        var next = 0
        // Up from the first message, to the last that is asked for from this side.
        while next < batches.count, count < wanted.first {
            let matches = try await matches(&batches[next], &search, &collector, atMost: wanted.first - count)
            found.formUnion(matches)
            count += matches.count
            if batches[next].isEmpty { next += 1 }
        }
        // And down from the last one, through what is left.
        var fromEnd: [UIDSet] = []
        var end = batches.count
        count = 0
        while next < end, count < wanted.last {
            let matches = try await matches(
                &batches[end - 1], &search, &collector, atMost: wanted.last - count, isBackwards: true)
            fromEnd.append(matches)
            count += matches.count
            if batches[end - 1].isEmpty { end -= 1 }
        }
        for matches in fromEnd.reversed() { found.formUnion(matches) }
        let messages = collector.order(found)
        let returned = returning(messages)
        if returned != found { try await retake(returned, &search) }
        return FoundMessages(messages: messages, returned: returned, items: returned.isEmpty ? [] : search.items)
    }

    /// The messages of a batch that match, in the order asked for. Leaves in `batch` what was not looked at.
    private func matches<Collector: SearchCollector>(
        _ batch: inout SequenceNumberSet, _ search: inout SearchRun, _ collector: inout Collector, atMost limit: Int,
        isBackwards: Bool = false
    ) async throws(CommandFailure) -> UIDSet {
        try await breathe()
        var uids = search.view.uids(at: batch)
        var areCertain = search.certain.containsAll(batch.ranges)
        let readsNone = Collector.self == MailboxOrder.self && search.items.isEmpty
        if areCertain ? readsNone : !search.plan.flags.isEmpty,
            let known = try await candidates(in: uids, &search, areCertain: areCertain)
        {
            uids = search.view.uids(at: SequenceNumberSet(ranges: known.possible))
            areCertain = known.certain == known.possible
            if uids.isEmpty || (areCertain && readsNone) {
                return take(uids, of: &batch, search.view, atMost: limit, isBackwards: isBackwards)
            }
        }
        var columns = search.columns(readsKeys: !areCertain)
        // What only the collector needs is read of all at once where all match, else of those that do.
        let readsTwice = !areCertain && !columns.isSuperset(of: collector.columns)
        if !readsTwice { columns.formUnion(collector.columns) }
        let view = search.view
        var records = try await ask { [uids] () async throws(StoreError) in try await view.messages(uids, columns) }
        if isBackwards { records.reverse() }
        var matching: [MessageRecord] = []
        var isCut = false
        if areCertain, search.items.isEmpty, records.count < limit {
            matching = records
            records = []
        }
        for place in records.indices {
            // Looked at where it is: few match, and a copy of a record costs more than a look.
            if !areCertain {
                if let decided = search.decided(records[place]) {
                    guard decided else { continue }
                } else {
                    guard try await isMatch(records[place], &search) else { continue }
                }
            }
            matching.append(records[place])
            for index in search.items.indices { search.items[index].take(records[place]) }
            if matching.count == limit {
                let number = search.view.sequenceNumber(of: records[place].uid)
                batch = batch.rest(behind: number, isBackwards: isBackwards)
                isCut = true
                break
            }
        }
        if !isCut { batch = SequenceNumberSet() }
        if isBackwards { matching.reverse() }
        var runs: [NumberRanges.Run] = []
        runs.reserveCapacity(matching.count)
        for record in matching { runs.append(NumberRanges.Run(record.uid.rawValue, record.uid.rawValue)) }
        let matches = UIDSet(ranges: NumberRanges(merging: runs))
        if readsTwice {
            let uids = matches
            let columns = collector.columns
            matching = try await ask { () async throws(StoreError) in try await view.messages(uids, columns) }
        }
        do {
            try await collector.take(matching, of: view.mailbox)
        } catch {
            throw CommandFailure(error)
        }
        return matches
    }

    /// The first of the messages of a batch that match, when that is known of all. Leaves in `batch` what is behind them.
    private func take(
        _ uids: UIDSet, of batch: inout SequenceNumberSet, _ view: MailboxView, atMost limit: Int, isBackwards: Bool
    ) -> UIDSet {
        let matches = isBackwards ? uids.suffix(limit) : uids.prefix(limit)
        let last = isBackwards ? matches.first : matches.last
        if matches.count == limit, let last {
            batch = batch.rest(behind: view.sequenceNumber(of: last), isBackwards: isBackwards)
        } else {
            batch = SequenceNumberSet()
        }
        return matches
    }

    /// What of the messages of a batch matches, by the flags that the mailbox says they have; `nil` when it does not say.
    private func candidates(
        in uids: UIDSet, _ search: inout SearchRun, areCertain: Bool
    ) async throws(CommandFailure) -> SearchCandidates? {
        guard let index = search.view.mailbox as? any FlagIndexedMailbox else { return nil }
        let view = search.view
        let flags = areCertain ? [] : search.plan.flags
        let flagged = try await ask { () async throws(StoreError) in try await view.flagged(uids, with: flags, index) }
        guard areCertain else { return search.plan.candidates(search.program, flagged, in: view) }
        let existing = view.numbers(of: flagged.existing)
        return SearchCandidates(possible: existing, certain: existing)
    }

    private func isMatch(
        _ record: MessageRecord, _ search: inout SearchRun
    ) async throws(CommandFailure) -> Bool {
        if search.octetsRead >= SearchRun.turn {
            search.octetsRead = 0
            try await breathe()
        }
        do {
            return try await search.matches(record)
        } catch {
            throw CommandFailure(error)
        }
    }

    /// Has the items tell of these messages alone.
    private func retake(_ uids: UIDSet, _ search: inout SearchRun) async throws(CommandFailure) {
        guard !search.items.isEmpty else { return }
        search.items = search.plan.items.map { $0.init() }
        let columns = search.columns(readsKeys: false)
        let view = search.view
        for batch in uids.batches(of: configuration.limits.messageBatch) {
            let records = try await ask { () async throws(StoreError) in
                try await view.messages(batch, columns)
            }
            for record in records {
                for index in search.items.indices { search.items[index].take(record) }
            }
        }
    }

    /// Lets others work, and ends when the connection is gone: a store that answers at once gives nobody a turn.
    private func breathe() async throws(CommandFailure) {
        await Task.yield()
        guard !Task.isCancelled else { throw .closed(channel.inbox.gone ?? .hangUp) }
    }
}

extension SequenceNumberSet {
    /// The numbers above `number`, or below it.
    fileprivate func rest(behind number: SequenceNumber?, isBackwards: Bool) -> SequenceNumberSet {
        guard let number, let first = SequenceNumber(1), let last = SequenceNumber(UInt32.max) else { return self }
        return subtracting(isBackwards ? SequenceNumberSet(number, last) : SequenceNumberSet(first, number))
    }
}
