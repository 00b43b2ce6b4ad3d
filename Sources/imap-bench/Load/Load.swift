import Glibc

/// `imap-bench load --port N`: idle and busy clients of a server that runs beside this process.
struct Load {
    var port: UInt16 = 1143
    var password = "pass"
    var idle = 10_000
    var busy = 200
    var seconds = 20.0
    var state = IdleScript.State.authenticated
    /// The server's process, whose memory is looked at.
    var process: Int32?
    /// How much the server's memory may grow between the first fifth of the time and the end.
    var allowedGrowth: Int?

    static let usage = """
        imap-bench load --port N [--idle N] [--busy N] [--seconds S] [--password P]
          [--state authenticated|selected|idle] [--pid SERVER] [--allowed-growth KIB]
        the server: imap-server --any-user pass --sample 0 --max-connections N
        """

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--port": port = UInt16(value) ?? 0
            case "--password": password = value
            case "--idle": idle = Int(value) ?? -1
            case "--busy": busy = Int(value) ?? -1
            case "--seconds": seconds = Double(value) ?? 0
            case "--pid": process = Int32(value) ?? 0
            case "--allowed-growth": allowedGrowth = Int(value).map { $0 * 1024 }
            case "--state":
                guard let state = IdleScript.State(rawValue: value) else { return nil }
                self.state = state
            default: return nil
            }
        }
        guard port > 0, idle >= 0, busy >= 0, seconds > 0, process != 0 else { return nil }
    }

    /// Returns whether every octet was right, every client was served, and memory did not grow.
    func run() -> Bool {
        LoadSocket.allowManyDescriptors()
        var clients = LoadClients(port: port, password: password, state: state)
        let empty = ServerMemory(of: process)
        clients.addIdle(min(idle, 1))
        let before = ServerMemory(of: process)
        let began = LoadSocket.now
        clients.addIdle(idle - min(idle, 1))
        let took = LoadSocket.now - began
        sleep(1)
        let settled = ServerMemory(of: process)
        if idle > 1, clients.fault == nil {
            print("load: \(idle) clients \(state.rawValue) in \(tenths(took)) s")
            if let before, let settled {
                print(
                    "load: \((settled.user - before.user) / (idle - 1)) octets of user memory each, and "
                        + "\((settled.kernel - before.kernel) / (idle - 1)) of the kernel's, both ends")
            }
        }
        var samples: [Int] = []
        if busy > 0 {
            clients.addBusy(busy)
            clients.run(seconds: seconds) { if let now = ServerMemory(of: process) { samples.append(now.user) } }
        }
        clients.probeAll()
        clients.finish()
        report(clients, empty, samples)
        if let fault = clients.fault {
            print("load: FAILED: \(fault)")
            return false
        }
        return isSteady(samples)
    }

    private func report(_ clients: LoadClients, _ empty: ServerMemory?, _ samples: [Int]) {
        let commands = clients.busy.commands.sorted()
        let total = commands.reduce(0, +)
        if let least = commands.first, let most = commands.last {
            print(
                "load: \(busy) busy clients: \(total) commands, \(Int(Double(total) / seconds)) a second, "
                    + "\(clients.octets) octets, every one as it had to be")
            print("load: commands of a client: least \(least), median \(commands[commands.count / 2]), most \(most)")
            print(
                "load: answers within \(tenths(clients.busy.delay(0.5))) ms (half), "
                    + "\(tenths(clients.busy.delay(0.99))) ms (99 %), \(tenths(clients.busy.delay(1))) ms (all)")
        }
        if idle > 0, !clients.probes.delays.isEmpty {
            print(
                "load: idle clients asked \(clients.probes.delays.count) times: answers within "
                    + "\(tenths(clients.probes.delay(0.5))) ms (half), \(tenths(clients.probes.delay(1))) ms (all)")
        }
        if let empty, let last = samples.last {
            print("load: server \(empty.user >> 10) KiB of user memory before, \(last >> 10) KiB at the end")
        }
    }

    /// The caches of a process fill in the beginning: what counts is the rest of the time.
    private func isSteady(_ samples: [Int]) -> Bool {
        guard let allowedGrowth, let last = samples.suffix(5).min() else { return true }
        let early = samples.prefix(max(1, samples.count / 5)).max() ?? last
        print("load: \((last - early) / 1024) KiB more at the end than in the first fifth")
        guard last - early <= allowedGrowth else {
            print("load: FAILED: the server's memory grows")
            return false
        }
        return true
    }

    private func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}

/// What a process, and the kernel for every process, keep in memory.
struct ServerMemory {
    /// Pages of the process's own.
    let user: Int
    /// The kernel's objects and the octets in sockets, of the whole machine.
    let kernel: Int

    /// `nil` without a process, or where the system does not tell.
    init?(of process: Int32?) {
        guard let process, let user = ServerMemory.kibibytes("Anonymous:", "/proc/\(process)/smaps_rollup") else {
            return nil
        }
        self.user = user << 10
        kernel = (ServerMemory.kibibytes("Slab:", "/proc/meminfo") ?? 0) << 10
    }

    private static func kibibytes(_ name: String, _ path: String) -> Int? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            let words = text.split(separator: " ")
            if let first = words.first, first == name, words.count > 1 { return Int(words[1]) }
        }
        return nil
    }
}
