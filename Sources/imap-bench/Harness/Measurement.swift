import Glibc

/// What was found of one benchmark. Times are of the processor, in nanoseconds a unit.
struct Measurement {
    let name: String
    let unit: String
    let best: Double
    let median: Double
    /// Octets a second of the best round; 0 where that says nothing.
    let octetsPerSecond: Double

    var text: String {
        var line = Measurement.padded(name, to: 38) + Measurement.time(best) + " best, "
        line += Measurement.time(median) + " median a \(unit)"
        if octetsPerSecond > 0 { line += ", " + Measurement.rounded(octetsPerSecond / 1e6, 10) + " MB/s" }
        return line
    }

    /// One object of JSON. Names hold no character that would have to be escaped.
    var json: String {
        var fields = [
            "\"name\":\"\(name)\"", "\"unit\":\"\(unit)\"", "\"best_ns\":" + Measurement.rounded(best, 10),
            "\"median_ns\":" + Measurement.rounded(median, 10),
        ]
        if octetsPerSecond > 0 { fields.append("\"octets_per_second\":" + Measurement.rounded(octetsPerSecond, 1)) }
        return "{" + fields.joined(separator: ",") + "}"
    }

    private static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }

    private static func time(_ nanoseconds: Double) -> String {
        if nanoseconds >= 1e6 { return rounded(nanoseconds / 1e6, 100) + " ms" }
        if nanoseconds >= 1e3 { return rounded(nanoseconds / 1e3, 100) + " us" }
        return rounded(nanoseconds, 10) + " ns"
    }

    private static func rounded(_ value: Double, _ parts: Double) -> String { "\((value * parts).rounded() / parts)" }
}

/// How long and how often.
struct MeasuringPlan {
    var rounds = 5
    /// The least time of a round, in seconds.
    var seconds = 0.2

    /// Warms up, and measures rounds of as many cycles as take the time.
    func measure(_ benchmark: Benchmark) throws -> Measurement {
        let cycle = try benchmark.prepare()
        var cycles = 1
        // The first cycles also make what is made once.
        try FixedCycles.run(2, cycle)
        while true {
            let took = try timed(cycles, cycle)
            if took >= seconds { break }
            cycles =
                took <= 0 ? cycles * 10 : max(cycles + 1, min(cycles * 10, Int(Double(cycles) * seconds * 1.2 / took)))
        }
        var times: [Double] = []
        for _ in 0..<max(1, rounds) {
            times.append(try timed(cycles, cycle))
        }
        times.sort()
        let units = Double(cycles * benchmark.units)
        return Measurement(
            name: benchmark.name, unit: benchmark.unit, best: times[0] / units * 1e9,
            median: times[times.count / 2] / units * 1e9,
            octetsPerSecond: times[0] > 0 ? Double(benchmark.octets * cycles) / times[0] : 0)
    }

    private func timed(_ cycles: Int, _ cycle: () throws -> Void) throws -> Double {
        let before = processorSeconds
        try FixedCycles.run(cycles, cycle)
        return processorSeconds - before
    }

    private var processorSeconds: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// Cycles and nothing else, under a name that a profiler can be told to count in.
enum FixedCycles {
    @inline(never)
    static func run(_ count: Int, _ cycle: () throws -> Void) throws {
        for _ in 0..<count { try cycle() }
    }
}
