import Glibc

/// `imap-bench run`: the benchmarks, or some of them.
struct Measuring {
    static let usage = """
        usage: imap-bench run [--filter TEXT] [--json] [--rounds N] [--seconds S]
               imap-bench run --filter NAME --cycles N     that many cycles and nothing else, for counting instructions
               imap-bench run --list                       names, units and how many of them a cycle has
        """

    private var filter = ""
    private var isJSON = false
    private var isList = false
    private var cycles: Int?
    private var plan = MeasuringPlan()

    /// `nil` when the arguments are none of these.
    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            switch option {
            case "--json": isJSON = true
            case "--list": isList = true
            case "--filter":
                guard let text = rest.popFirst() else { return nil }
                filter = text
            case "--rounds":
                guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else { return nil }
                plan.rounds = count
            case "--seconds":
                guard let seconds = rest.popFirst().flatMap({ Double($0) }), seconds > 0 else { return nil }
                plan.seconds = seconds
            case "--cycles":
                guard let count = rest.popFirst().flatMap({ Int($0) }), count > 0 else { return nil }
                cycles = count
            default: return nil
            }
        }
    }

    /// Returns whether everything that was chosen was right. What lacks its inputs is skipped; counting cycles fails then.
    func run() -> Bool {
        let named = Benchmark.all.filter { $0.name == filter }
        let chosen = named.isEmpty ? Benchmark.all.filter { filter.isEmpty || $0.name.contains(filter) } : named
        guard !chosen.isEmpty else {
            print("no benchmark's name has \"\(filter)\" in it")
            return false
        }
        var isRight = true
        for benchmark in chosen {
            do {
                try run(benchmark)
            } catch let skipped as Benchmark.Skipped {
                print("\(benchmark.name): skipped: \(skipped.reason)")
                isRight = isRight && cycles == nil
            } catch {
                print("\(benchmark.name): \((error as? Benchmark.Failure)?.reason ?? "\(error)")")
                isRight = false
            }
        }
        return isRight
    }

    private func run(_ benchmark: Benchmark) throws {
        if isList {
            print(benchmark.name, benchmark.unit, benchmark.units)
        } else if let cycles {
            let cycle = try benchmark.prepare()
            // What is made once is not part of a cycle.
            try cycle()
            try FixedCycles.run(cycles, cycle)
        } else {
            let measurement = try plan.measure(benchmark)
            print(isJSON ? measurement.json : measurement.text)
        }
    }
}
