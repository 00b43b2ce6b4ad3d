import Glibc

/// Many clients in one process and one thread. Each looks at every octet that comes.
struct LoadClients {
    /// What a client does next.
    private enum Script {
        case busy(BusyScript)
        /// Steps that are left, and the state the client is idle in then.
        case idle(ArraySlice<LoadStep>)
    }

    private struct Client {
        let socket: Int32
        var script: Script
        var output: ArraySlice<UInt8> = []
        var answer: ExpectedOctets
        var commands = 0
        var began = 0.0
        /// What came of the answer, for the report of a fault.
        var lately: [UInt8] = []
    }

    /// What was seen of some clients.
    struct Tally {
        var commands: [Int] = []
        var delays: [Double] = []

        mutating func note(_ delay: Double) { delays.append(delay) }

        /// The delay, in milliseconds, within which that share of the answers came.
        func delay(_ share: Double) -> Double {
            let sorted = delays.sorted()
            guard !sorted.isEmpty else { return 0 }
            return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))] * 1000
        }
    }

    private let port: UInt16
    private let password: String
    private let state: IdleScript.State
    private var clients: [Client] = []
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    /// Those that wait for an answer. What comes to others is seen when they are asked.
    private var waiting: [Int] = []
    private(set) var busy = Tally()
    private(set) var probes = Tally()
    private var idleCount = 0
    private(set) var octets: UInt64 = 0
    /// What was wrong first.
    private(set) var fault: String?

    init(port: UInt16, password: String, state: IdleScript.State) {
        self.port = port
        self.password = password
        self.state = state
    }

    // MARK: Connecting

    /// Connects idle clients and brings them to where they are idle.
    mutating func addIdle(_ count: Int) {
        for number in clients.count..<clients.count + count {
            add(.idle(IdleScript.steps(number, password: password, state)[...]))
            // A few at a time: the system's queue of new connections is short.
            if number % 100 == 99 { settle(seconds: 60) }
            if fault != nil { return }
        }
        settle(seconds: 60)
        idleCount = clients.count
    }

    mutating func addBusy(_ count: Int) {
        busy = Tally()
        probes = Tally()
        for number in 0..<count { add(.busy(BusyScript(number, password: password))) }
    }

    private mutating func add(_ script: Script) {
        guard let socket = LoadSocket.connect(port) else {
            fault = fault ?? "cannot connect \(clients.count + 1) clients: \(String(cString: strerror(errno)))"
            return
        }
        waiting.append(clients.count)
        clients.append(Client(socket: socket, script: script, answer: BusyScript.greeting, began: LoadSocket.now))
    }

    /// Serves until nobody waits for an answer.
    private mutating func settle(seconds: Double) {
        let end = LoadSocket.now + seconds
        while !waiting.isEmpty, fault == nil {
            turn(milliseconds: 100)
            if LoadSocket.now > end { fault = "\(waiting.count) clients got no answer within \(Int(seconds)) s" }
        }
    }

    // MARK: Running

    /// Lets the busy clients work and asks idle ones, one after another, whether they are served. `look` is called once
    /// a second.
    mutating func run(seconds: Double, look: () -> Void) {
        let began = LoadSocket.now
        var nextProbe = began
        var nextLook = began + 1
        var probed = 0
        while fault == nil, LoadSocket.now - began < seconds {
            turn(milliseconds: 20)
            let now = LoadSocket.now
            if now >= nextProbe, idleCount > 0 {
                nextProbe = now + 0.02
                probed = (probed + 7919) % idleCount
                probe(probed)
            }
            if now >= nextLook {
                nextLook = now + 1
                look()
            }
        }
    }

    /// Every idle client is asked, and none may have heard anything before.
    mutating func probeAll() {
        for index in 0..<idleCount where fault == nil {
            probe(index)
            if index % 100 == 99 { turn(milliseconds: 0) }
        }
        let end = LoadSocket.now + 60
        while fault == nil, (0..<idleCount).contains(where: { !clients[$0].answer.isComplete }) {
            turn(milliseconds: 100)
            if LoadSocket.now > end { fault = "idle clients got no answer within 60 s" }
        }
    }

    private mutating func probe(_ index: Int) {
        guard clients[index].answer.isComplete else { return }
        waiting.append(index)
        begin(IdleScript.probe(state), index)
    }

    mutating func finish() {
        busy.commands = clients[idleCount...].map(\.commands)
        for client in clients { close(client.socket) }
    }

    private mutating func turn(milliseconds: Int32) {
        let asked = waiting
        let sockets = asked.map { (clients[$0].socket, !clients[$0].output.isEmpty) }
        var isOver = false
        for place in Readiness.wait(for: sockets, milliseconds: milliseconds) {
            send(asked[place])
            receive(asked[place])
            isOver = isOver || clients[asked[place]].answer.isComplete
            if fault != nil { return }
        }
        if isOver { waiting.removeAll { clients[$0].answer.isComplete } }
    }

    private mutating func begin(_ step: LoadStep, _ index: Int) {
        clients[index].answer = step.answer
        clients[index].commands += step.commands
        clients[index].output = step.octets[...]
        clients[index].began = LoadSocket.now
        clients[index].lately = []
        send(index)
    }

    private mutating func send(_ index: Int) {
        guard !clients[index].output.isEmpty else { return }
        guard let count = LoadSocket.write(clients[index].socket, clients[index].output) else {
            return fail(index, "the connection broke while it was written to")
        }
        clients[index].output = clients[index].output.dropFirst(count)
    }

    private mutating func receive(_ index: Int) {
        while fault == nil, let count = LoadSocket.read(clients[index].socket, into: &buffer) {
            guard count > 0 else { return fail(index, "the server closed the connection") }
            octets += UInt64(count)
            for place in 0..<count {
                clients[index].lately.append(buffer[place])
                guard clients[index].answer.take(buffer[place]) else {
                    return fail(index, "an octet that was not to come")
                }
            }
            if clients[index].answer.isComplete { completed(index) }
            if count < buffer.count { return }
        }
    }

    private mutating func completed(_ index: Int) {
        let delay = LoadSocket.now - clients[index].began
        switch clients[index].script {
        case .busy(var script):
            busy.note(delay)
            let step = script.next()
            clients[index].script = .busy(script)
            begin(step, index)
        case .idle(var steps):
            guard let step = steps.popFirst() else {
                if idleCount > 0 { probes.note(delay) }
                return
            }
            clients[index].script = .idle(steps)
            begin(step, index)
        }
    }

    private mutating func fail(_ index: Int, _ what: String) {
        let end = String(decoding: clients[index].lately.suffix(300), as: UTF8.self)
        fault = fault ?? "client \(index): \(what), at the end of: \(end)"
    }
}
