package import IMAPHost
import IMAPText
package import IMAPTypes

/// The order of SORT: takes what its criteria compare of each message, and no more, and sorts in the end.
///
/// Sorting is by one criterion after another, the last first, each pass keeping the order of the one before: what is
/// equal in all of them stays in the order of the mailbox (RFC 5256 section 3). Numbers take linear time.
package struct SortOrder: SearchCollector {
    package let criteria: [SortCriterion]
    private let collation: Collation
    private var reading: FoundMessageReading
    package let columns: MessageColumns
    /// All criteria compare when messages were sent.
    private let comparesDates: Bool
    private var uids: [UInt32] = []
    private var values: [SortValues]

    package init(_ criteria: [SortCriterion], _ context: borrowing Context) {
        self.criteria = criteria
        collation = context.collation
        reading = FoundMessageReading(
            readsHeader: criteria.contains { $0.key.readsHeader }, context)
        columns = criteria.reduce(reading.columns) { $0.union($1.key.columns) }
        comparesDates = criteria.allSatisfy { $0.key is any SentDateSortKey }
        values = criteria.map { _ in SortValues() }
    }

    package mutating func take(
        _ records: [MessageRecord], of mailbox: any Mailbox
    ) async throws(StoreError) {
        for place in records.indices {
            // Looked at where it is: a copy of a record is most of the work.
            if comparesDates, let sent = FoundMessageReading.sentDate(records[place]) {
                uids.append(records[place].uid.rawValue)
                for index in values.indices { values[index].append(sent) }
            } else if let message = reading.message(records[place]) {
                take(message)
            } else if let message = try await reading.read(records[place], from: mailbox) {
                take(message)
            }
        }
    }

    private mutating func take(_ message: FoundMessage) {
        uids.append(message.record.uid.rawValue)
        for (index, criterion) in criteria.enumerated() {
            switch criterion.key.value(of: message) {
            case .number(let number): values[index].append(number)
            case .text(let text): values[index].append(text.isEmpty ? text : collation.key(text), among: uids.count)
            }
        }
    }

    package mutating func order(_ found: UIDSet) -> OrderedMessages {
        var order = (0..<UInt32(truncatingIfNeeded: uids.count)).map { $0 }
        for (index, criterion) in criteria.enumerated().reversed() {
            let isReversed = criterion.isReversed != (values[index].isText && collation.isReversed)
            order.sort(by: values[index].ranks(isReversed: isReversed))
            values[index] = SortValues()
        }
        // Those that went meanwhile are not found.
        let there = UIDSet(ranges: NumberRanges(merging: uids.map { NumberRanges.Run($0, $0) }))
        return OrderedMessages(there, sorted: order.map { uids[Int($0)] })
    }
}

/// What one criterion compares of all messages.
struct SortValues: Sendable {
    private var numbers: [UInt64] = []
    private var texts = SortTexts()
    private(set) var isText = false

    /// A key is always a number or always a text. One that is both has no text where it is a number.
    mutating func append(_ number: Int64) {
        if isText { texts.append([], among: 0) } else { numbers.append(number.ascending) }
    }

    mutating func append(_ text: [UInt8], among count: Int) {
        if !isText {
            for _ in numbers { texts.append([], among: 0) }
            numbers = []
            isText = true
        }
        texts.append(text, among: count)
    }

    /// For each message a number: what is before another has a smaller one, and what is equal the same.
    consuming func ranks(isReversed: Bool) -> [UInt64] {
        var ranks = isText ? texts.ranks() : numbers
        if isReversed {
            for index in ranks.indices { ranks[index] = ~ranks[index] }
        }
        return ranks
    }
}

/// Texts of many messages, one behind the other.
///
/// They are compared whole unless they are long and many: then their beginnings alone are kept, so that they take at
/// most ``octetsPerText`` octets each on average, and ``spareOctets`` in all.
package struct SortTexts: Sendable {
    static let octetsPerText = 256
    static let spareOctets = 1 << 20
    /// No limit is shorter.
    private static let shortest = 64

    private var octets: [UInt8] = []
    private var ends: [Int] = []
    private var limit = Int.max

    package init() {}

    /// Adds a text; `count` is how many there are with it.
    package mutating func append(_ text: [UInt8], among count: Int) {
        octets.append(contentsOf: text.count > limit ? text.prefix(limit) : text[...])
        ends.append(octets.count)
        while octets.count > SortTexts.spareOctets + count * SortTexts.octetsPerText, limit > SortTexts.shortest {
            limit = limit == .max ? 4096 : limit / 2
            cut()
        }
    }

    /// Cuts every text to the limit.
    private mutating func cut() {
        var kept = 0
        var start = 0
        for index in ends.indices {
            let end = ends[index]
            for place in start..<min(end, start + min(limit, end - start)) {
                octets[kept] = octets[place]
                kept += 1
            }
            start = end
            ends[index] = kept
        }
        octets.removeLast(octets.count - kept)
    }

    /// For each text how many different ones are before it.
    package func ranks() -> [UInt64] {
        var order = (0..<ends.count).map { Prefixed(prefix: prefix($0), index: $0) }
        order.sort { a, b in a.prefix == b.prefix ? isBefore(a.index, b.index) : a.prefix < b.prefix }
        var ranks = [UInt64](repeating: 0, count: ends.count)
        var rank: UInt64 = 0
        for (place, one) in order.enumerated() {
            if place > 0 {
                let before = order[place - 1]
                if before.prefix != one.prefix || isBefore(before.index, one.index) { rank += 1 }
            }
            ranks[one.index] = rank
        }
        return ranks
    }

    /// A text by its first octets, which mostly decide.
    private struct Prefixed {
        let prefix: UInt64
        let index: Int
    }

    private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : ends[index - 1])..<ends[index] }

    private func prefix(_ index: Int) -> UInt64 {
        let range = range(index)
        var prefix: UInt64 = 0
        for offset in 0..<8 {
            let place = range.lowerBound + offset
            prefix = prefix << 8 | (place < range.upperBound ? UInt64(octets[place]) : 0)
        }
        return prefix
    }

    private func isBefore(_ a: Int, _ b: Int) -> Bool {
        let a = range(a)
        let b = range(b)
        var offset = 0
        while offset < a.count, offset < b.count {
            let first = octets[a.lowerBound + offset]
            let second = octets[b.lowerBound + offset]
            if first != second { return first < second }
            offset += 1
        }
        return a.count < b.count
    }
}

extension Int64 {
    /// The unsigned number that is in the same place among all.
    package var ascending: UInt64 { UInt64(bitPattern: self) ^ (1 << 63) }
}

extension [UInt32] {
    /// Sorts indices by what they have in `keys`, octet by octet of it, those with equal keys as they are. Octets that
    /// are the same in all keys cost a look.
    package mutating func sort(by keys: [UInt64]) {
        guard let first = keys.first else { return }
        var differing: UInt64 = 0
        var isSorted = true
        var last: UInt64 = 0
        for index in self {
            let key = keys[Int(index)]
            differing |= key ^ first
            if key < last { isSorted = false }
            last = key
        }
        guard !isSorted else { return }
        var target = self
        for shift in stride(from: 0, to: 64, by: 8) where (differing >> UInt64(shift)) & 0xFF != 0 {
            var starts = [Int](repeating: 0, count: 257)
            for index in self { starts[Int((keys[Int(index)] >> UInt64(shift)) & 0xFF) + 1] += 1 }
            for digit in 0..<256 { starts[digit + 1] += starts[digit] }
            for index in self {
                let digit = Int((keys[Int(index)] >> UInt64(shift)) & 0xFF)
                target[starts[digit]] = index
                starts[digit] += 1
            }
            swap(&self, &target)
        }
    }
}
