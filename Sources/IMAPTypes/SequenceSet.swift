/// What a client wrote where the grammar says `sequence-set` (RFC 9051 section 9), before `*` has a value.
///
/// ```abnf
/// sequence-set = (seq-number / seq-range) ["," sequence-set]
/// seq-number   = nz-number / "*"
/// seq-range    = seq-number ":" seq-number
/// ```
///
/// Kept as ranges in the order written: ten thousand numbers are ten thousand ranges at most, never a list of the
/// numbers between them.
public struct SequenceSet: Hashable, Sendable {
    /// `*`, or a number.
    public enum Bound: Hashable, Sendable {
        case number(UInt32)
        /// `*`: the largest number in use.
        case largest
    }

    /// Two bounds, in the order written; a single number is a range of itself.
    public struct Element: Hashable, Sendable {
        public let first: Bound
        public let second: Bound

        public init(_ first: Bound, _ second: Bound) {
            self.first = first
            self.second = second
        }
    }

    public let elements: [Element]

    /// The set, or `nil` when it is empty or holds the number 0.
    public init?(_ elements: [Element]) {
        guard !elements.isEmpty else { return nil }
        for element in elements where element.first == .number(0) || element.second == .number(0) { return nil }
        self.elements = elements
    }

    /// A set that was read: not empty, and no number is 0.
    package init(read elements: [Element]) { self.elements = elements }

    /// The numbers meant when `largest` is the largest number in use. With none in use, `*` names nothing.
    package func resolved(largest: UInt32?) -> NumberRanges {
        var runs: [NumberRanges.Run] = []
        runs.reserveCapacity(elements.count)
        for element in elements {
            guard let a = element.first.value(largest: largest), let b = element.second.value(largest: largest) else {
                continue
            }
            runs.append(NumberRanges.Run(a, b))
        }
        return NumberRanges(merging: runs)
    }
}

extension SequenceSet.Bound {
    fileprivate func value(largest: UInt32?) -> UInt32? {
        switch self {
        case .number(let number): number
        case .largest: largest
        }
    }
}
