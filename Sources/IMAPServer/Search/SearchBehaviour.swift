package import IMAPCodec
import IMAPHost
import IMAPSession
import IMAPTypes

extension SearchCommand: Command {
    package static let facts = CommandFacts(
        "SEARCH", in: .selected, forms: .plainAndUID, expunge: .forbiddenWithSequenceNumbers, right: .read,
        literals: .buffered)

    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        var order = MailboxOrder()
        try await context.answerSearch("SEARCH", program, options, numbering, in: &order)
        return .ok("SEARCH completed")
    }
}

extension Context {
    /// Searches, and answers with what was found in the order that `collector` makes of it: in an ESEARCH response when
    /// there are options, else in one called `name`. SEARCH and SORT.
    package mutating func answerSearch<Collector: SearchCollector>(
        _ name: Keyword, _ program: SearchProgram, _ options: [any OptionSyntax]?, _ numbering: MessageNumbering,
        in collector: inout Collector
    ) async throws(CommandFailure) {
        // No number of a UID SEARCH's answer can go wrong (RFC 9051 section 7.5.1).
        if numbering == .uids { expunge = .permitted }
        let isExtended = options != nil || (Collector.self == MailboxOrder.self && traits.contains(.extendedSearch))
        let options = SearchOptions(options)
        do throws(CommandFailure) {
            try await options.begin(program, numbering, name, &self)
            // The first in another order may be any.
            let extents = Collector.self == MailboxOrder.self ? options.extents : [.all]
            let found = try await search(
                program, extents: extents, collecting: &collector, returning: { options.returned(of: $0) })
            let result = SearchResult(
                messages: found.messages, numbering: numbering, returned: found.returned, program: program,
                mailbox: try selectedMailbox(), criteria: collector.criteria)
            if isExtended {
                try await respondExtended(result, options, found.items)
            } else {
                try await respond(name, result, found.items)
            }
            for option in options.all { try await option.finish(result, &self) }
        } catch {
            if case .no = error { for option in options.all { option.fail(&self) } }
            throw error
        }
    }
}

/// The options of one `RETURN`.
package struct SearchOptions: Sendable {
    /// Whether `RETURN` was written.
    package let areGiven: Bool
    package let all: [any SearchReturnOption]

    /// - Parameter options: `nil` without `RETURN`. With none, ALL is meant (RFC 4731 section 3.1).
    package init(_ options: [any OptionSyntax]?) {
        areGiven = options != nil
        let given = (options ?? []).compactMap { $0 as? any SearchReturnOption }
        all = given.isEmpty ? [AllMatches()] : given
    }

    package var extents: [SearchExtent] { all.map(\.extent) }

    /// Whether there is an ESEARCH response.
    package var areAnswered: Bool { all.contains { $0.isAnswered } }

    package func begin(
        _ program: SearchProgram, _ numbering: MessageNumbering, _ command: Keyword, _ context: inout Context
    ) async throws(CommandFailure) {
        let request = SearchRequest(command: command, program: program, options: all, numbering: numbering)
        for option in all { try await option.begin(request, &context) }
    }

    /// What all of them return together: everything, when none returns a part (RFC 5182 section 2.4).
    package func returned(of found: OrderedMessages) -> UIDSet {
        guard all.contains(where: { $0.returnsMessages }) else { return found.uids }
        return all.reduce(UIDSet()) { $0.union($1.returned(of: found).uids) }
    }
}

/// One item of an ESEARCH response.
package struct SearchReturnData: Sendable {
    package let name: Keyword
    package let value: SearchReturnValue

    package init(name: Keyword, value: SearchReturnValue) {
        self.name = name
        self.value = value
    }
}

extension Context {
    /// `* SEARCH 2 5 6 (MODSEQ 917162500)`, and SORT alike.
    mutating func respond(
        _ name: Keyword, _ result: SearchResult, _ items: [any SearchResultItem]
    ) async throws(CommandFailure) {
        connection.writer.untagged()
        connection.writer.keyword(name)
        try await writeNumbers(of: result.messages, result.numbering, result.mailbox)
        for item in items {
            connection.writer.space()
            connection.writer.openList()
            connection.writer.itemName(type(of: item).name)
            item.write(to: &connection.writer)
            connection.writer.closeList()
        }
        connection.writer.lineEnd()
    }

    /// `* ESEARCH (TAG "A282") UID MIN 2 COUNT 3 MODSEQ 917162500`, if an option asks for it.
    package mutating func respondExtended(
        _ result: SearchResult, _ options: SearchOptions, _ items: [any SearchResultItem]
    ) async throws(CommandFailure) {
        guard options.areAnswered else { return }
        let data = options.all.compactMap { option in
            option.value(of: result).map { SearchReturnData(name: type(of: option).name, value: $0) }
        }
        let more = items.map { item in
            SearchReturnData(name: type(of: item).name, value: .written { item.write(to: &$0) })
        }
        try await respondExtended(tag, result.numbering, data + more, in: result.mailbox)
    }

    /// An ESEARCH response about the command that had this tag.
    package mutating func respondExtended(
        _ tag: Tag?, _ numbering: MessageNumbering, _ data: [SearchReturnData], in view: MailboxView
    ) async throws(CommandFailure) {
        connection.writer.untagged()
        connection.writer.extendedSearch(tag, byUID: numbering == .uids)
        for one in data {
            connection.writer.space()
            connection.writer.itemName(one.name)
            try await write(one.value, numbering, view)
        }
        connection.writer.lineEnd()
    }

    /// A list in a list is what an option makes: one or two deep.
    private mutating func write(
        _ value: SearchReturnValue, _ numbering: MessageNumbering, _ view: MailboxView
    ) async throws(CommandFailure) {
        switch value {
        case .number(let number): connection.writer.number(number)
        case .message(let uid): connection.writer.number(view.number(of: uid.rawValue, numbering))
        case .messages(let messages): try await writeSet(of: messages, numbering, view)
        case .written(let write): write(&connection.writer)
        case .list(let values):
            connection.writer.openList()
            for (index, value) in values.enumerated() {
                if index > 0 { connection.writer.space() }
                try await write(value, numbering, view)
            }
            connection.writer.closeList()
        }
    }
}
