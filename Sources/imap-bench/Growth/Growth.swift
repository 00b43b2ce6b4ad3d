import Glibc

/// `imap-bench growth`: how the cost of work grows with its size, from sizes that are ten times as large each.
///
/// The exponent between two sizes is 1 where ten times the work takes ten times the time, 0 where the size does not
/// matter, and 2 where every element is looked at for every other.
struct Growth {
    private var filter = ""
    private var most = Int.max

    /// `nil` when the arguments are none of these.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--filter":
                guard let text = rest.popFirst() else { return nil }
                filter = text
            case "--most":
                guard let number = rest.popFirst().flatMap({ Int($0) }), number > 0 else { return nil }
                most = number
            default: return nil
            }
        }
    }

    /// Returns whether everything could be measured, was right, and grew no faster than its work says.
    func run() -> Bool {
        var isRight = true
        for family in GrowingFamily.all {
            let chosen = family.works.filter { filter.isEmpty || "\(family.name)/\($0.name)".contains(filter) }
            guard !chosen.isEmpty else { continue }
            do {
                isRight = try run(chosen, of: family) && isRight
            } catch {
                print("\(family.name): \((error as? Benchmark.Failure)?.reason ?? "\(error)")")
                isRight = false
            }
        }
        return isRight
    }

    private func run(_ works: [GrowingWork], of family: GrowingFamily) throws -> Bool {
        let sizes = family.sizes.filter { $0 <= most }
        var times = [[Double]](repeating: [], count: works.count)
        for size in sizes {
            let client = try family.prepare(size)
            for (index, work) in works.enumerated() {
                times[index].append(try Growth.best { try work.run(client, size) })
            }
        }
        print("\n\(family.name), \(sizes.map { "\($0)" }.joined(separator: " / ")): milliseconds; exponents")
        var isRight = true
        for (work, times) in zip(works, times) {
            let row = GrowthRow(work, sizes, times)
            print(row.text)
            isRight = isRight && row.isWithinBound
        }
        return isRight
    }

    /// The best of some rounds, in seconds of the processor. Short work is done more often, and so often in a round that
    /// the round takes a millisecond: one of a few microseconds may be told to have taken none.
    private static func best(_ cycle: () throws -> Void) throws -> Double {
        try cycle()
        let first = try seconds(1, cycle)
        let count = Int(min(max(0.001 / max(first, 1e-6), 1), 1000))
        var best = Double.infinity
        var total = 0.0
        var rounds = 0
        while rounds < 3 || (total < 0.2 && rounds < 1000) {
            let took = try seconds(count, cycle)
            best = min(best, took / Double(count))
            total += took
            rounds += 1
        }
        return best
    }

    private static func seconds(_ count: Int, _ cycle: () throws -> Void) throws -> Double {
        let before = processorSeconds
        for _ in 0..<count { try cycle() }
        return processorSeconds - before
    }

    private static var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What was measured of one work.
private struct GrowthRow {
    private let work: GrowingWork
    private let times: [Double]
    private let exponents: [Double]

    init(_ work: GrowingWork, _ sizes: [Int], _ times: [Double]) {
        self.work = work
        self.times = times
        exponents = zip(zip(times, times.dropFirst()), zip(sizes, sizes.dropFirst())).map { times, sizes in
            log(times.1 / times.0) / log(Double(sizes.1) / Double(sizes.0))
        }
    }

    /// Whether it grew no faster than it may. What does not fit into the processor's caches any more costs more than what
    /// does, so a step may be half above the bound, and all of them together a quarter: no square hides in that. The last step may
    /// be 0.35 above: most of it is outside the caches at both of its ends, and a sort is 0.1 above its work.
    var isWithinBound: Bool {
        guard let last = exponents.last else { return true }
        let mean = exponents.reduce(0, +) / Double(exponents.count)
        return mean < work.exponent + 0.25 && last < work.exponent + 0.35
            && exponents.allSatisfy { $0 < work.exponent + 0.5 }
    }

    var text: String {
        let name = work.name + String(repeating: " ", count: max(1, 30 - work.name.count))
        let milliseconds = times.map { GrowthRow.text($0 * 1000, 1000) }.joined(separator: " / ")
        let steps = exponents.map { GrowthRow.text($0, 100) }.joined(separator: " / ")
        return "\(name)\(milliseconds); \(steps)" + (isWithinBound ? "" : "  GROWS TOO FAST")
    }

    private static func text(_ value: Double, _ parts: Double) -> String { "\((value * parts).rounded() / parts)" }
}
