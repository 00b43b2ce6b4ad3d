import IMAPCodec
import IMAPHost
public import IMAPTypes

/// Messages in the order of a result: the mailbox's for SEARCH, the one asked for for SORT.
public struct OrderedMessages: Sendable {
    /// The messages, whatever their order.
    public let uids: UIDSet
    /// Their UIDs in order; `nil` when that is the mailbox's.
    package let sorted: [UInt32]?

    /// Messages in the order of the mailbox.
    public init(_ uids: UIDSet = UIDSet()) {
        self.uids = uids
        sorted = nil
    }

    /// Messages in this order, each once.
    package init(sorted: some Sequence<UInt32>) {
        let list = Array(sorted)
        uids = UIDSet(ranges: NumberRanges(merging: list.map { NumberRanges.Run($0, $0) }))
        self.sorted = list
    }

    /// Messages, and the same in their order.
    init(_ uids: UIDSet, sorted: [UInt32]) {
        self.uids = uids
        self.sorted = sorted
    }

    public var isEmpty: Bool { sorted?.isEmpty ?? uids.isEmpty }

    public var count: Int { sorted?.count ?? uids.count }

    /// The message that comes first in the order, which need not be the oldest.
    public var first: UID? { sorted.map { $0.first.flatMap { UID($0) } } ?? uids.first }

    public var last: UID? { sorted.map { $0.last.flatMap { UID($0) } } ?? uids.last }

    /// The first messages in the order, at most `count`.
    public func prefix(_ count: Int) -> OrderedMessages {
        let count = max(0, count)
        if let sorted { return count >= sorted.count ? self : OrderedMessages(sorted: sorted.prefix(count)) }
        return OrderedMessages(uids.prefix(count))
    }

    /// The last messages in the order, at most `count`.
    public func suffix(_ count: Int) -> OrderedMessages {
        let count = max(0, count)
        if let sorted { return count >= sorted.count ? self : OrderedMessages(sorted: sorted.suffix(count)) }
        return OrderedMessages(uids.suffix(count))
    }

    /// The messages without the first `count` in the order.
    public func dropFirst(_ count: Int) -> OrderedMessages { suffix(max(0, self.count - max(0, count))) }

    /// The messages without the last `count` in the order.
    public func dropLast(_ count: Int) -> OrderedMessages { prefix(max(0, self.count - max(0, count))) }
}

extension Context {
    /// Ranges or numbers written before the client must take some.
    private static var piece: Int { 1000 }

    /// `*(SP nz-number)`
    mutating func writeNumbers(
        of messages: OrderedMessages, _ numbering: MessageNumbering, _ view: MailboxView
    ) async throws(CommandFailure) {
        var written = 0
        if let sorted = messages.sorted {
            for uid in sorted {
                connection.writer.space()
                connection.writer.number(view.number(of: uid, numbering))
                written += 1
                if written % Context.piece == 0 { try await drain() }
            }
            return
        }
        let numbers = numbering == .uids ? messages.uids.ranges : view.numbers(of: messages.uids)
        for run in numbers.runs {
            var number = run.lower
            while true {
                connection.writer.space()
                connection.writer.number(number)
                written += 1
                if written % Context.piece == 0 { try await drain() }
                guard number < run.upper else { break }
                number += 1
            }
        }
    }

    /// `sequence-set`, in pieces. Of messages that SORT ordered, in that order: a range only where it ascends (RFC 5267
    /// section 3.2).
    mutating func writeSet(
        of messages: OrderedMessages, _ numbering: MessageNumbering, _ view: MailboxView
    ) async throws(CommandFailure) {
        let runs =
            switch (messages.sorted, numbering) {
            case (let sorted?, _): view.runs(of: sorted, numbering)
            case (nil, .uids): messages.uids.ranges.runs
            case (nil, .sequenceNumbers): view.numbers(of: messages.uids).runs
            }
        var start = 0
        while start < runs.count {
            let end = min(start + Context.piece, runs.count)
            connection.writer.runs(runs[start..<end], isContinued: start > 0)
            start = end
            try await drain()
        }
    }
}

extension MailboxView {
    /// The client's number of a message; 0 of one that it does not know.
    func number(of uid: UInt32, _ numbering: MessageNumbering) -> UInt32 {
        switch numbering {
        case .uids: uid
        case .sequenceNumbers: UID(uid).flatMap { sequenceNumber(of: $0)?.rawValue } ?? 0
        }
    }

    /// Numbers in this order, those that ascend by one put together.
    fileprivate func runs(of uids: [UInt32], _ numbering: MessageNumbering) -> [NumberRanges.Run] {
        var runs: [NumberRanges.Run] = []
        for uid in uids {
            let number = number(of: uid, numbering)
            if let last = runs.last, number > last.upper, number - last.upper == 1 {
                runs[runs.count - 1] = NumberRanges.Run(last.lower, number)
            } else {
                runs.append(NumberRanges.Run(number, number))
            }
        }
        return runs
    }
}
