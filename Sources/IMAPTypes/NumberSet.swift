/// A set of message numbers of one kind, kept as ranges. See ``UIDSet`` and ``SequenceNumberSet``.
public struct NumberSet<Number: MessageNumber>: Hashable, Sendable {
    package var ranges: NumberRanges

    package init(ranges: NumberRanges) { self.ranges = ranges }

    /// The empty set.
    public init() { ranges = NumberRanges() }

    /// The set of one number.
    public init(_ number: Number) { ranges = NumberRanges(number.rawValue) }

    /// The numbers from the smaller to the larger of the two, both included.
    public init(_ a: Number, _ b: Number) {
        ranges = NumberRanges(merging: [NumberRanges.Run(a.rawValue, b.rawValue)])
    }

    /// The set of `numbers`, in any order, repeated or not.
    public init(_ numbers: some Sequence<Number>) {
        ranges = NumberRanges(merging: numbers.map { NumberRanges.Run($0.rawValue, $0.rawValue) })
    }

    /// The union of ranges, each from the smaller to the larger of its bounds; in any order, overlapping or not.
    public init(bounds: some Sequence<(lower: Number, upper: Number)>) {
        ranges = NumberRanges(merging: bounds.map { NumberRanges.Run($0.lower.rawValue, $0.upper.rawValue) })
    }

    public var isEmpty: Bool { ranges.isEmpty }

    /// How many numbers there are.
    public var count: Int { ranges.count }

    public var first: Number? { ranges.first.flatMap { Number($0) } }
    public var last: Number? { ranges.last.flatMap { Number($0) } }

    public func contains(_ number: Number) -> Bool { ranges.contains(number.rawValue) }

    /// Adds a number; in constant time when it is the largest.
    public mutating func insert(_ number: Number) { ranges.insert(number.rawValue) }

    /// Adds all of `other`; at the cost of `other` alone when it is all behind this set.
    public mutating func formUnion(_ other: Self) { ranges.formUnion(other.ranges) }

    public func union(_ other: Self) -> Self { Self(ranges: ranges.union(other.ranges)) }
    public func intersection(_ other: Self) -> Self { Self(ranges: ranges.intersection(other.ranges)) }
    public func subtracting(_ other: Self) -> Self { Self(ranges: ranges.subtracting(other.ranges)) }

    /// The ranges, ascending: the cheap way through a set that a client wrote.
    public var bounds: [(lower: Number, upper: Number)] {
        ranges.runs.compactMap { run in
            guard let lower = Number(run.lower), let upper = Number(run.upper) else { return nil }
            return (lower, upper)
        }
    }
}

extension NumberSet: Sequence {
    /// The numbers, ascending, one at a time. A client's `1:4294967295` has four thousand million: intersect it with
    /// the mailbox first.
    public func makeIterator() -> Iterator { Iterator(runs: ranges.runs) }

    public struct Iterator: IteratorProtocol {
        private let runs: [NumberRanges.Run]
        private var index = 0
        private var offset: UInt32 = 0

        fileprivate init(runs: [NumberRanges.Run]) { self.runs = runs }

        public mutating func next() -> Number? {
            guard index < runs.count else { return nil }
            let run = runs[index]
            let number = run.lower + offset
            if number == run.upper {
                index += 1
                offset = 0
            } else {
                offset += 1
            }
            return Number(number)
        }
    }
}

/// A set of UIDs.
public typealias UIDSet = NumberSet<UID>
/// A set of sequence numbers.
public typealias SequenceNumberSet = NumberSet<SequenceNumber>
