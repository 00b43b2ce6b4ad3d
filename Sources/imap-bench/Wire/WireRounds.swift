import Glibc

/// Rounds of one benchmark with the program beside this one, and what they took: seconds a unit.
final class WireRounds {
    private let benchmark: WireBenchmark
    private let child: Child
    private let work: (Int) throws -> Void
    private(set) var processor: [Double] = []
    private var wall: [Double] = []

    /// Does a tenth of a round, since what is made once is not part of one.
    init(_ benchmark: WireBenchmark, _ child: Child) throws {
        self.benchmark = benchmark
        self.child = child
        work = try benchmark.prepare(child.port)
        try work(max(1, benchmark.count / 10))
    }

    func round() throws { add(try part(benchmark.count), benchmark.count) }

    /// A round of each, in turns of a tenth of it.
    static func round(_ all: [WireRounds]) throws {
        let turns = 10
        var sums = [(processor: Double, wall: Double)](repeating: (0, 0), count: all.count)
        for _ in 0..<turns {
            for (index, one) in all.enumerated() {
                let took = try one.part(one.benchmark.count / turns)
                sums[index].processor += took.processor
                sums[index].wall += took.wall
            }
        }
        for (one, sum) in zip(all, sums) { one.add(sum, one.benchmark.count / turns * turns) }
    }

    private func part(_ count: Int) throws -> (processor: Double, wall: Double) {
        let (processor, wall) = (child.processorSeconds, LoadSocket.now)
        try work(count)
        return (child.processorSeconds - processor, LoadSocket.now - wall)
    }

    private func add(_ took: (processor: Double, wall: Double), _ count: Int) {
        processor.append(took.processor / Double(count))
        wall.append(took.wall / Double(count))
    }

    func report(isJSON: Bool) {
        func micro(_ seconds: Double) -> String { "\((seconds * 1e8).rounded() / 100)" }
        let (processor, wall) = (processor.sorted(), wall.sorted())
        let middle = processor.count / 2
        guard !isJSON else {
            print(
                "{\"name\":\"wire/\(benchmark.name)\",\"unit\":\"\(benchmark.unit)\",\"best_us\":\(micro(processor[0])),"
                    + "\"median_us\":\(micro(processor[middle])),\"wall_us\":\(micro(wall[middle]))}")
            return
        }
        let name = "wire/" + benchmark.name + String(repeating: " ", count: max(1, 24 - benchmark.name.count))
        print(
            "\(name)\(micro(processor[0])) us best, \(micro(processor[middle])) us median of the server's processor a "
                + "\(benchmark.unit), \(micro(wall[middle])) us by the clock")
        fflush(nil)
    }
}
