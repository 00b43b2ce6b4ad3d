import IMAPCodec
import IMAPHost
import IMAPServer

/// One connection of a program's client, with its compression (RFC 4978).
struct ProgramClient: Sendable {
    let transport: PlainTransport
    /// What the greeting said that holds before a login: its CAPABILITY code.
    private(set) var greeting: [UInt8] = []
    private var deflater: Deflater?
    private var inflater: Inflater?

    /// Connects, reads the greeting, and sends a line: that a client has shown to speak IMAP is a fact of the
    /// connection, which UNAUTHENTICATE keeps.
    init(to server: Server, _ facts: ConnectionFacts, _ watchdog: Watchdog?) async {
        transport = PlainTransport(facts)
        watchdog?.watch(transport)
        server.accept(transport)
        await transport.untilQuiet()
        greeting = transport.takeOutput()
        transport.send(Array("first NOOP\r\n".utf8))
        await transport.untilQuiet()
        _ = transport.takeOutput()
    }

    var isCompressing: Bool { deflater != nil }

    /// Both directions, from now on.
    mutating func compress() {
        deflater = Deflater()
        inflater = Inflater()
    }

    /// What goes over the wire for these octets. With an end they are the last of their layer.
    mutating func wire(_ octets: [UInt8], endingBy end: StretchEnd? = nil) -> [UInt8] {
        guard deflater != nil else { return octets }
        var wire: [UInt8] = []
        deflater?.deflate(octets.span, into: &wire)
        switch end {
        case nil, .sync: deflater?.flush(.sync, into: &wire)
        case .full: deflater?.flush(.full, into: &wire)
        case .final: deflater?.flush(.finish, into: &wire)
        }
        if end != nil { deflater = nil }
        return wire
    }

    /// What the server wrote since this was asked last, once it waits: out of its layer, and as it was written.
    mutating func answer() async -> (plain: [UInt8], wire: [UInt8]) {
        await transport.untilQuiet()
        return read()
    }

    mutating func read() -> (plain: [UInt8], wire: [UInt8]) {
        let wire = transport.takeOutput()
        guard inflater != nil else { return (wire, []) }
        var plain: [UInt8] = []
        var rest = wire[...]
        while true {
            do {
                switch try inflater?.inflate(&rest, into: &plain, max: 65_536) {
                case .needsInput: return (plain, wire)
                case .outputFull, .boundary: continue
                case .end, nil:
                    inflater = nil
                    return (plain + rest, wire)
                }
            } catch {
                inflater = nil
                return (plain + Array("no DEFLATE: ".utf8) + rest, wire)
            }
        }
    }

    /// Ends the connection as one that was lost, and waits until the server has seen it.
    func end() async {
        transport.end()
        await transport.untilQuiet()
    }
}
