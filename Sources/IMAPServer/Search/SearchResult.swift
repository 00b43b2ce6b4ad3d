public import IMAPCodec
public import IMAPHost
public import IMAPTypes

/// What a SEARCH or a SORT found.
public struct SearchResult: Sendable {
    /// Messages that match, in the order of the command: all of them where an option asked for ``SearchExtent/all``,
    /// and for SORT, else at least the first and the last that options asked for.
    public let messages: OrderedMessages
    /// How the client wants them named.
    public let numbering: MessageNumbering
    /// What the options return of ``messages``, all together: what SAVE saves (RFC 5182 section 2.4).
    public internal(set) var returned: UIDSet
    /// What was looked for, for options that go on looking (RFC 5267).
    public let program: SearchProgram
    /// The mailbox as the client knows it now.
    public let mailbox: MailboxView
    /// What SORT sorted by; empty for SEARCH.
    public let criteria: [SortCriterion]

    /// The messages, whatever their order.
    public var uids: UIDSet { messages.uids }
    /// The first and the last of ``messages``.
    public var first: UID? { messages.first }
    public var last: UID? { messages.last }

    /// The client's number of a message.
    public func number(of uid: UID) -> UInt32 { mailbox.number(of: uid.rawValue, numbering) }
}

/// What a SEARCH or a SORT is about to look for.
public struct SearchRequest: Sendable {
    /// `SEARCH`, or `SORT`.
    public let command: Keyword
    public let program: SearchProgram
    public let options: [any SearchReturnOption]
    public let numbering: MessageNumbering
}

/// How much of a result an option needs.
public enum SearchExtent: Sendable, Hashable {
    /// Nothing of its own.
    case nothing
    /// The first messages that match, this many.
    case first(Int)
    /// The last ones, this many.
    case last(Int)
    /// All, or how many they are.
    case all
}

/// What stands behind an option's name in an ESEARCH response.
public enum SearchReturnValue: Sendable {
    case number(UInt64)
    /// A message, named as the client wants it.
    case message(UID)
    /// Messages, at least one, named as the client wants them: written in pieces, however many they are.
    case messages(OrderedMessages)
    /// Something else, without the space before it.
    case written(@Sendable (inout ResponseWriter) -> Void)
    /// These in parentheses: PARTIAL's range and its messages.
    case list([SearchReturnValue])
}

/// An option of `SEARCH RETURN (...)` and, where ESORT is, of `SORT RETURN (...)`.
public protocol SearchReturnOption: OptionSyntax {
    /// How much of the result it needs.
    var extent: SearchExtent { get }

    /// Whether it returns messages, be it none: SAVE alone saves all, and with such an option what that returns. By
    /// default when it needs some.
    var returnsMessages: Bool { get }

    /// Whether asking for it asks for an ESEARCH response. SAVE does not (RFC 5182 section 2.1).
    var isAnswered: Bool { get }

    /// Before anything is searched: what cannot be is refused here.
    func begin(_ request: SearchRequest, _ context: inout Context) async throws(CommandFailure)

    /// What it returns of the messages that were found: by default as ``extent`` says.
    func returned(of found: OrderedMessages) -> OrderedMessages

    /// What it writes, or `nil`.
    func value(of result: SearchResult) -> SearchReturnValue?

    /// Behind the ESEARCH response, before the tagged reply.
    func finish(_ result: SearchResult, _ context: inout Context) async throws(CommandFailure)

    /// The command is answered with NO.
    func fail(_ context: inout Context)
}

extension SearchReturnOption {
    public var isAnswered: Bool { true }
    public var returnsMessages: Bool { extent != .nothing }
    public func begin(_ request: SearchRequest, _ context: inout Context) async throws(CommandFailure) {}
    public func returned(of found: OrderedMessages) -> OrderedMessages { extent.part(of: found) }
    public func value(of result: SearchResult) -> SearchReturnValue? { nil }
    public func finish(_ result: SearchResult, _ context: inout Context) async throws(CommandFailure) {}
    public func fail(_ context: inout Context) {}
}

/// A data item that a key adds to the answer: `* SEARCH 2 5 (MODSEQ 917162500)` and `* ESEARCH ... MODSEQ 917162500`.
///
/// It is there when a message is returned, and tells of those messages that are returned: with `RETURN (MIN)` of one.
public protocol SearchResultItem: Sendable {
    static var name: Keyword { get }

    /// What must be read of each message that matches.
    static var columns: MessageColumns { get }

    init()

    /// Takes a message that is returned, in no order.
    mutating func take(_ record: MessageRecord)

    /// Writes the value, without the name.
    func write(to writer: inout ResponseWriter)
}

/// `ALL`: every message that matches. Also what is answered where nothing was asked for (RFC 9051 section 6.4.4).
package struct AllMatches: SearchReturnOption, ArgumentlessOption {
    package static let name: Keyword = "ALL"

    package init() {}

    package var extent: SearchExtent { .all }

    package func value(of result: SearchResult) -> SearchReturnValue? {
        result.messages.isEmpty ? nil : .messages(result.messages)
    }
}

extension SearchExtent {
    /// What of the messages that were found is meant.
    func part(of found: OrderedMessages) -> OrderedMessages {
        switch self {
        case .nothing: OrderedMessages()
        case .first(let count): found.prefix(count)
        case .last(let count): found.suffix(count)
        case .all: found
        }
    }
}

extension NumberSet {
    /// The lowest numbers, at most `count`.
    package func prefix(_ count: Int) -> NumberSet { dropping(from: self, keepingFirst: count) }

    /// The highest numbers, at most `count`.
    package func suffix(_ count: Int) -> NumberSet {
        let all = self.count
        return count >= all ? self : subtracting(prefix(all - count))
    }

    private func dropping(from set: NumberSet, keepingFirst count: Int) -> NumberSet {
        var room = count
        var runs: [NumberRanges.Run] = []
        for run in set.ranges.runs {
            guard room > 0 else { break }
            let taken = Swift.min(room, run.count)
            runs.append(NumberRanges.Run(run.lower, run.lower + UInt32(truncatingIfNeeded: taken - 1)))
            room -= taken
        }
        return NumberSet(ranges: NumberRanges(merging: runs))
    }
}
