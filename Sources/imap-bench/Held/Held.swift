import Glibc

/// `imap-bench held --server PATH`: what a server holds of one connection, in the worst states that a client can leave
/// it in. Each state has a server of its own, in another process, whose anonymous pages are looked at.
struct Held {
    private var server = ""
    private var clients = 100
    private var filter = ""

    static let usage = """
        imap-bench held --server PATH [--clients N] [--filter TEXT]
          PATH: an imap-server; twice as many clients in each state, a fifth of them where each sends a megabyte
        """

    init?(_ arguments: [String]) {
        var rest = arguments[...]
        while let option = rest.popFirst() {
            guard let value = rest.popFirst() else { return nil }
            switch option {
            case "--server": server = value
            case "--clients": clients = Int(value) ?? 0
            case "--filter": filter = value
            default: return nil
            }
        }
        guard !server.isEmpty, clients > 0 else { return nil }
    }

    /// Returns whether every state was reached and none took more than it may.
    func run() -> Bool {
        LoadSocket.allowManyDescriptors()
        var succeeds = true
        for state in HeldState.all where filter.isEmpty || state.name.contains(filter) {
            do {
                let octets = try measure(state)
                let isTooMuch = octets > state.most
                print(
                    "held: \(padded(octets, 9)) of \(padded(state.most, 9))  \(state.name)\(isTooMuch ? "  EXCEEDED" : "")"
                )
                if isTooMuch { succeeds = false }
            } catch {
                print("held: FAILED: \(state.name): \(error)")
                succeeds = false
            }
        }
        return succeeds
    }

    /// Octets of user memory of one connection.
    private func measure(_ state: HeldState) throws -> Int {
        let child = try Child(
            server,
            [
                "--port", "0", "--any-user", "pass", "--sample", "0", "--failed-login-delay", "off", "--log", "error",
                "--max-user-connections", "0", "--literal-plus",
            ] + state.options, isQuiet: true)
        if !state.before.isEmpty {
            let first = try HeldClient(child.port, readsLittle: false)
            for step in state.before { try first.take(step) }
        }
        let count = state.isLarge ? max(1, clients / 5) : clients
        var all: [HeldClient] = []
        // The first of them take what the server had already and did not use.
        for number in 0..<count { all.append(try client(number, state, child)) }
        let before = settled(child.process)
        for number in count..<2 * count { all.append(try client(number, state, child)) }
        let after = settled(child.process)
        return withExtendedLifetime(all) { (after - before) / count }
    }

    private func client(_ number: Int, _ state: HeldState, _ child: Child) throws -> HeldClient {
        let client = try HeldClient(child.port, readsLittle: state.readsLittle)
        for step in state.steps(number) { try client.take(step) }
        return client
    }

    /// The server's memory when it does not change any more.
    private func settled(_ process: pid_t) -> Int {
        var last = -1
        for _ in 0..<40 {
            usleep(50_000)
            guard let memory = ServerMemory(of: process) else { return last }
            if memory.user == last { return last }
            last = memory.user
        }
        return last
    }

    private func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: " ", count: max(0, width - digits.utf8.count)) + digits
    }
}
