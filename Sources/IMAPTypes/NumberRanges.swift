/// Ascending, disjoint, non-adjacent inclusive ranges of 32-bit numbers: what is under every ``NumberSet``.
///
/// Every operation costs in ranges, never in numbers: `1:4294967295` is one range.
package struct NumberRanges: Hashable, Sendable {
    /// One range. `lower <= upper` holds by construction; a Swift `ClosedRange` would trap on the client's `5:1`.
    package struct Run: Hashable, Sendable {
        package let lower: UInt32
        package let upper: UInt32

        /// The numbers between `a` and `b`, in either order.
        package init(_ a: UInt32, _ b: UInt32) {
            lower = min(a, b)
            upper = max(a, b)
        }

        package var count: Int { Int(upper - lower) + 1 }
    }

    package private(set) var runs: [Run] = []

    package init() {}

    package init(_ number: UInt32) { runs = [Run(number, number)] }

    /// The union of `runs`, which may overlap and come in any order. Sorts only when they are out of order.
    package init(merging unordered: [Run]) {
        var steps = 0
        self.init(merging: unordered, steps: &steps)
    }

    /// The same, and how many runs were looked at and compared, for tests of linearity.
    package init(merging unordered: [Run], steps: inout Int) {
        steps += 2 * unordered.count
        var ordered = true
        for index in unordered.indices.dropFirst() where unordered[index - 1].lower > unordered[index].lower {
            ordered = false
            break
        }
        let sorted =
            ordered
            ? unordered
            : unordered.sorted {
                steps += 1
                return $0.lower < $1.lower
            }
        runs.reserveCapacity(sorted.count)
        for run in sorted { append(run) }
    }

    /// Adds a run that begins at or after the last run's lower bound.
    private mutating func append(_ run: Run) {
        guard let last = runs.last else {
            runs.append(run)
            return
        }
        if run.lower <= last.upper || run.lower - last.upper == 1 {
            if run.upper > last.upper { runs[runs.count - 1] = Run(last.lower, run.upper) }
        } else {
            runs.append(run)
        }
    }

    package var isEmpty: Bool { runs.isEmpty }

    package var count: Int { runs.reduce(0) { $0 + $1.count } }

    package var first: UInt32? { runs.first?.lower }
    package var last: UInt32? { runs.last?.upper }

    /// Adds `number`: at the end in constant time, elsewhere in a binary search and a move.
    package mutating func insert(_ number: UInt32) {
        guard let last = runs.last, number < last.lower else {
            append(Run(number, number))
            return
        }
        let index = firstRun(endingAtOrAfter: number)
        let next = runs[index]
        guard number < next.lower else { return }
        let upper = next.lower - number == 1 ? next.upper : number
        let lower = index > 0 && number - runs[index - 1].upper == 1 ? runs[index - 1].lower : number
        let first = lower == number ? index : index - 1
        let end = upper == number ? index : index + 1
        runs.replaceSubrange(first..<end, with: CollectionOfOne(Run(lower, upper)))
    }

    /// Adds all of `other`: in the ranges of `other` when they are all at the end.
    package mutating func formUnion(_ other: NumberRanges) {
        if let first = other.first, let last = runs.last, first < last.lower {
            self = union(other)
        } else {
            for run in other.runs { append(run) }
        }
    }

    package func contains(_ number: UInt32) -> Bool {
        let index = firstRun(endingAtOrAfter: number)
        return index < runs.count && runs[index].lower <= number
    }

    /// Whether every number of `other` is in it: in the ranges of `other`, and a binary search for each.
    package func containsAll(_ other: NumberRanges) -> Bool {
        other.runs.allSatisfy { run in
            let index = firstRun(endingAtOrAfter: run.upper)
            return index < runs.count && runs[index].lower <= run.lower
        }
    }

    /// The index of the first run whose upper bound is not below `number`.
    private func firstRun(endingAtOrAfter number: UInt32) -> Int {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = low + (high - low) / 2
            if runs[middle].upper < number { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package func union(_ other: NumberRanges) -> NumberRanges {
        guard !other.isEmpty else { return self }
        guard !isEmpty else { return other }
        var result = NumberRanges()
        result.runs.reserveCapacity(runs.count + other.runs.count)
        var a = 0
        var b = 0
        while a < runs.count || b < other.runs.count {
            if b == other.runs.count || (a < runs.count && runs[a].lower <= other.runs[b].lower) {
                result.append(runs[a])
                a += 1
            } else {
                result.append(other.runs[b])
                b += 1
            }
        }
        return result
    }

    /// In the ranges of both from where the later one begins to where the earlier one ends.
    package func intersection(_ other: NumberRanges) -> NumberRanges {
        var result = NumberRanges()
        guard let first = first, let otherFirst = other.first else { return result }
        var a = firstRun(endingAtOrAfter: otherFirst)
        var b = other.firstRun(endingAtOrAfter: first)
        while a < runs.count, b < other.runs.count {
            let lower = max(runs[a].lower, other.runs[b].lower)
            let upper = min(runs[a].upper, other.runs[b].upper)
            if lower <= upper { result.append(Run(lower, upper)) }
            if runs[a].upper < other.runs[b].upper { a += 1 } else { b += 1 }
        }
        return result
    }

    package func subtracting(_ other: NumberRanges) -> NumberRanges {
        guard !other.isEmpty, let first = first else { return self }
        var result = NumberRanges()
        var b = other.firstRun(endingAtOrAfter: first)
        for run in runs {
            var lower = run.lower
            var exhausted = false
            while b < other.runs.count, other.runs[b].upper < lower { b += 1 }
            var c = b
            while c < other.runs.count, other.runs[c].lower <= run.upper {
                let hole = other.runs[c]
                if hole.lower > lower { result.append(Run(lower, hole.lower - 1)) }
                guard hole.upper < run.upper else {
                    exhausted = true
                    break
                }
                lower = hole.upper + 1
                c += 1
            }
            if !exhausted { result.append(Run(lower, run.upper)) }
        }
        return result
    }
}
