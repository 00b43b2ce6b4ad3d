import Glibc

/// `imap-bench wire`: clients of a server that runs beside this process, over loopback sockets. What is told is what the
/// server took of the processors, not the client.
struct WireMeasuring {
    static let usage = "usage: imap-bench wire --server PATH/imap-server [--filter TEXT] [--json] [--rounds N]"

    private var server = ""
    private var filter = ""
    private var isJSON = false
    private var rounds = 5

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            if option == "--json" {
                isJSON = true
                continue
            }
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--server": server = value
            case "--filter": filter = value
            case "--rounds":
                guard let count = Int(value), count > 0 else { return nil }
                rounds = count
            default: return nil
            }
        }
        guard !server.isEmpty else { return nil }
    }

    /// Returns whether everything was answered as it must be.
    func run() -> Bool {
        let chosen = WireBenchmark.all.filter { filter.isEmpty || $0.name.contains(filter) }
        var isRight = true
        for place in [WireBenchmark.Place.echo, .empty, .full] {
            let here = chosen.filter { $0.place == place }
            guard !here.isEmpty else { continue }
            do {
                let child = try start(place)
                if place == .full { try WireBenchmark.fill(child.port) }
                for one in here { try measure(one, child) }
            } catch {
                print("wire: \((error as? WireClient.Failure)?.reason ?? "\(error)")")
                isRight = false
            }
        }
        return isRight
    }

    private func start(_ place: WireBenchmark.Place) throws -> Child {
        let common = [
            "--port", "0", "--any-user", "pass", "--failed-login-delay", "off", "--log", "error", "--literal-plus",
            "--max-user-connections", "0",
        ]
        return switch place {
        case .echo: try Child("/proc/self/exe", ["echo"])
        case .empty, .full: try Child(server, common + ["--sample", "0"])
        }
    }

    private func measure(_ benchmark: WireBenchmark, _ child: Child) throws {
        let work = try benchmark.prepare(child.port)
        // What is made once is not part of a round.
        try work(max(1, benchmark.count / 10))
        var times: [(processor: Double, wall: Double)] = []
        for _ in 0..<rounds {
            let (processor, wall) = (child.processorSeconds, LoadSocket.now)
            try work(benchmark.count)
            let count = Double(benchmark.count)
            times.append(((child.processorSeconds - processor) / count, (LoadSocket.now - wall) / count))
        }
        let processor = times.map(\.processor).sorted()
        let wall = times.map(\.wall).sorted()
        report(benchmark, processor, wall)
    }

    private func report(_ benchmark: WireBenchmark, _ processor: [Double], _ wall: [Double]) {
        func micro(_ seconds: Double) -> String { "\((seconds * 1e8).rounded() / 100)" }
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
