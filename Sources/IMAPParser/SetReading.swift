internal import IMAPTypes

/// Reads a `sequence-set`: the one thing in a command of which there can be ten thousand.
///
/// ```abnf
/// sequence-set = (seq-number / seq-range) ["," sequence-set]
/// ```
struct SetReading {
    private(set) var elements: [SequenceSet.Element] = []
    /// How many octets were read, or stand before the problem.
    private(set) var length = 0
    private(set) var problem: SyntaxError.Kind?

    mutating func read(_ octets: Span<UInt8>, atMost most: Int) {
        // The room that numbers of four digits and their commas take: what is left of the line bounds it.
        elements.reserveCapacity(min(octets.count / 5 + 1, most))
        var index = 0
        defer { length = index }
        while true {
            guard elements.count < most else { return problem = .limit }
            guard let first = bound(octets, &index) else { return }
            var second = first
            if index < octets.count, octets[index] == ASCII.colon {
                index += 1
                guard let bound = bound(octets, &index) else { return }
                second = bound
            }
            elements.append(SequenceSet.Element(first, second))
            guard index < octets.count, octets[index] == ASCII.comma else { return }
            index += 1
        }
    }

    @inline(__always)
    private mutating func bound(_ octets: Span<UInt8>, _ index: inout Int) -> SequenceSet.Bound? {
        let (value, behind) = Number.value32(in: octets, from: index)
        if behind > index {
            index = behind
            if let value, value > 0 { return .number(value) }
            problem = .number
            return nil
        }
        guard index < octets.count, octets[index] == ASCII.asterisk else {
            problem = .unexpected
            return nil
        }
        index += 1
        return .largest
    }
}
