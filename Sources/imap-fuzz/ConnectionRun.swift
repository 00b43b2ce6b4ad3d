import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPServer
import IMAPTestKit

/// A connection from the greeting to its end, whose client sends pieces and reads everything.
struct ConnectionRun {
    /// Everything the server wrote, out of its compression.
    private(set) var output: [UInt8] = []
    private(set) var problem: String?
    /// Whether the server closed before the client did.
    private(set) var wasClosed = false
    /// Whom the server let in, in order.
    private(set) var logins: [[UInt8]] = []
    /// The most that the connection held.
    private(set) var most = (unparsed: 0, command: 0, output: 0)

    /// What was sent behind STARTTLS and dropped; `nil` when no handshake drops anything.
    private(set) var dropped: [UInt8]?

    /// Runs a connection of a server of its own. `problem` says what the server did that no input may make it do.
    init(_ scenario: ConnectionScenario, _ pieces: [[UInt8]]) {
        let beginnings = scenario.beginning.isEmpty ? [] : [scenario.beginning]
        do {
            let world = try FuzzServer()
            OwnThread.run { own in
                var facts = FuzzServer.facts
                facts.canStartTLS = scenario.offersTLS
                self.run(
                    world, facts, beginnings + pieces,
                    compressedFrom: scenario.isCompressed ? beginnings.count : nil, hangsUp: scenario.hangsUp,
                    dropsBehindSTARTTLS: scenario.dropsBehindSTARTTLS, own
                ) { _ in [] }
            }
        } catch {
            problem = "no server: \(error)"
        }
    }

    /// Sends `pieces` to a server, and then what `more` makes of all the output there is, until it makes nothing; and
    /// ends.
    init(
        to world: FuzzServer, _ facts: ConnectionFacts, _ pieces: [[UInt8]], _ own: OwnThread,
        more: ([UInt8]) -> [[UInt8]]
    ) {
        run(world, facts, pieces, compressedFrom: nil, hangsUp: false, own, more)
    }

    private mutating func run(
        _ world: FuzzServer, _ facts: ConnectionFacts, _ pieces: [[UInt8]], compressedFrom compressed: Int?,
        hangsUp: Bool, dropsBehindSTARTTLS: Bool = false, _ own: OwnThread, _ more: ([UInt8]) -> [[UInt8]]
    ) {
        let transport = PlainTransport(facts, dropsBehindSTARTTLS: dropsBehindSTARTTLS)
        let meter = FuzzMeter()
        var reader = OutputReader(followsCommands: !facts.canStartTLS)
        world.server.accept(transport, meter: meter)
        /// Lets the server do all it can. Returns false when it did what it must not.
        func settle() -> String? {
            guard own.drain() else { return "the work does not end" }
            reader.read(transport.takeOutput(), &output)
            if transport.isClosed || transport.isAwaitingInput { return nil }
            return "fell silent"
        }
        problem = settle()
        var next = pieces
        var count = 0
        while !next.isEmpty {
            for piece in next where problem == nil && !transport.isClosed {
                // What is compressed is unknown to the checker, which sees lines.
                if compressed.map({ count < $0 }) ?? true { reader.sent(piece) } else { reader.isUnfollowed = true }
                count += 1
                transport.send(piece)
                problem = settle()
            }
            next = problem == nil && !transport.isClosed ? more(output) : []
        }
        wasClosed = transport.isClosed
        if problem == nil, !wasClosed { reader.quiet() }
        if hangsUp { transport.hangUp() } else { transport.end() }
        let ended = own.drain()
        reader.read(transport.takeOutput(), &output)
        if problem == nil {
            if !ended { problem = "the end does not come" }
            if !transport.isClosed { problem = "not closed behind the client's end" }
            if world.server.connectionCount != 0 { problem = "a connection is left over" }
            problem = problem ?? reader.problem ?? ConnectionRun.memory(meter, transport, world.configuration.limits)
            if let fault = world.observer.faults.first { problem = problem ?? "fault: \(fault)" }
        }
        logins = world.observer.logins
        most = meter.most
        dropped = transport.dropped
        // What slept until a deadline of this run ends with it.
        world.clock.advance(by: .seconds(1_000_000))
        _ = own.drain()
    }

    /// What is wrong with what the connection held: R-LIT-1, R-PIPE-2, R-OUT-8, R-Z-1.
    static func memory(_ meter: FuzzMeter, _ transport: PlainTransport, _ limits: Limits) -> String? {
        let most = meter.most
        // A line may be read one octet too far, and its end after that; a SASL response has a limit of its own.
        guard most.command <= max(limits.afterLogin.command, limits.saslResponse) + 3 else {
            return "held \(most.command) of a command"
        }
        // What is read at a time, above a piece that left the layer before it.
        guard most.unparsed <= limits.unreadInput + 16_384 else { return "held \(most.unparsed) unparsed" }
        guard most.output <= limits.outputAfterLogin + largestResponse else { return "held \(most.output) of output" }
        guard transport.largestRead <= limits.unreadInput else { return "asked for \(transport.largestRead)" }
        guard transport.largestWrite <= limits.outputAfterLogin + largestResponse else {
            return "wrote \(transport.largestWrite) at once"
        }
        return nil
    }

    /// The most octets between two questions whether the output is too much: a response, or a piece of a body.
    private static let largestResponse = 65_536 + 8192
}

/// Reads what a server writes, through its compression, and checks it.
struct OutputReader {
    private var checker: OutputChecker
    /// Behind the beginning of a layer.
    private var later = OutputChecker(OutputReader.anyLanguage, commands: .unseen, from: .middle)
    private var inflater: Inflater?
    private let followsCommands: Bool
    private var isBehind = false
    private(set) var problem: String?
    /// From now on nobody knows what the client says.
    var isUnfollowed = false

    /// What comes behind STARTTLS is of another connection, for one who follows the commands.
    init(followsCommands: Bool) {
        self.followsCommands = followsCommands
        checker =
            followsCommands ? OutputChecker() : OutputChecker(OutputReader.anyLanguage, commands: .unseen)
    }

    /// Who does not see the commands cannot know that the client chose UTF-8, or another language.
    private static let anyLanguage: OutputPermissions = {
        var permissions = OutputPermissions()
        permissions.allowsUTF8 = true
        return permissions
    }()

    mutating func sent(_ octets: [UInt8]) { checker.sent(octets) }

    mutating func quiet() {
        if !isBehind && !isUnfollowed { checker.quiet() }
        note()
    }

    /// Reads octets of the wire and adds what they say to `output`.
    mutating func read(_ wire: [UInt8], _ output: inout [UInt8]) {
        var rest = wire[...]
        while !rest.isEmpty {
            let before = rest.count
            if inflater != nil { inflate(&rest, &output) } else { plain(&rest, &output) }
            if rest.count == before { break }
        }
        note()
    }

    /// Plain octets, up to the end of the line that begins a compression.
    private mutating func plain(_ rest: inout ArraySlice<UInt8>, _ output: inout [UInt8]) {
        guard let end = rest.firstIndex(of: 0x0A) else {
            take(Array(rest), &output)
            rest = []
            return
        }
        let line = Array(rest[...end])
        rest = rest[(end + 1)...]
        take(line, &output)
        // The first layer is told by the checker, which knows the commands; one behind it by its words.
        let begins =
            isBehind || isUnfollowed || !followsCommands ? line.hasSuffix(OutputReader.begun) : checker.isBehindLayer
        if begins {
            inflater = Inflater()
            isBehind = true
        }
    }

    /// The end of the OK to COMPRESS.
    private static let begun = Array("OK DEFLATE active\r\n".utf8)

    private mutating func inflate(_ rest: inout ArraySlice<UInt8>, _ output: inout [UInt8]) {
        while true {
            var octets: [UInt8] = []
            do {
                switch try inflater?.inflate(&rest, into: &octets, max: 65_536) {
                case .needsInput:
                    take(octets, &output)
                    return
                case .outputFull, .boundary: take(octets, &output)
                case .end, nil:
                    take(octets, &output)
                    inflater = nil
                    return
                }
            } catch {
                problem = problem ?? "damaged compression: \(error)"
                inflater = nil
                rest = []
                return
            }
        }
    }

    private mutating func take(_ octets: [UInt8], _ output: inout [UInt8]) {
        guard !octets.isEmpty else { return }
        output += octets
        if isBehind || isUnfollowed { later.wrote(octets) } else { checker.wrote(octets) }
    }

    private mutating func note() {
        let found = checker.takeViolations() + later.takeViolations()
        if problem == nil, let first = found.first { problem = "\(first)" }
    }
}

extension [UInt8] {
    fileprivate func hasSuffix(_ end: [UInt8]) -> Bool { Array(suffix(end.count)) == end }
}
