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

    /// Returns whether everything was answered as it must be, and nothing took too long beside the echo loop.
    func run() -> Bool {
        let chosen = WireBenchmark.all.filter { filter.isEmpty || $0.name.contains(filter) }
        // What the echo loop does beside another is not measured alone.
        let echoes = chosen.compactMap { $0.echo?.name }
        var isRight = true
        for place in [WireBenchmark.Place.echo, .empty, .full] {
            let here = chosen.filter { $0.place == place && !echoes.contains($0.name) }
            guard !here.isEmpty else { continue }
            do {
                let child = try start(place)
                if place == .full { try WireBenchmark.fill(child.port) }
                let loop = here.contains { $0.echo != nil } ? try start(.echo) : nil
                for one in here { isRight = try measure(one, child, beside: loop) && isRight }
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

    /// Returns whether it took no longer beside the echo loop than it may.
    private func measure(_ benchmark: WireBenchmark, _ child: Child, beside loop: Child?) throws -> Bool {
        let measured = try WireRounds(benchmark, child)
        guard let (name, reach) = benchmark.echo, let loop,
            let echo = try WireBenchmark.all.first(where: { $0.name == name }).map({ try WireRounds($0, loop) })
        else {
            for _ in 0..<rounds { try measured.round() }
            measured.report(isJSON: isJSON)
            return true
        }
        // What the machine does else, and how long its processors take to wake, is the same for both.
        for _ in 0..<rounds { try WireRounds.round([echo, measured]) }
        echo.report(isJSON: isJSON)
        measured.report(isJSON: isJSON)
        // What else the machine does only adds, to the one or to the other: the best rounds have least of it.
        let ratio = (measured.processor.min() ?? 0) / max(echo.processor.min() ?? 0, 1e-9)
        // It is the machine's, too: what is missed by a quarter is missed.
        let isRight = ratio <= reach * 1.25
        if !isJSON {
            print(
                "    \((ratio * 100).rounded() / 100) x \(name) (best of rounds; the reach is \(reach))"
                    + (isRight ? "" : "  TOO SLOW"))
        } else {
            print("{\"name\":\"wire/\(benchmark.name)\",\"ratio\":\(ratio),\"reach\":\(reach)}")
        }
        return isRight
    }
}
