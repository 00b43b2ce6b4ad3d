import IMAPCodec

/// Reads everything a server writes, and says what it must not have written.
///
/// It shares no code with the library but the inflater that it reads compressed responses with: it cuts the octets into responses, reads each by the ABNF of the RFCs, and
/// keeps a client's view of the session to tell what may come when. It takes octets however they are cut.
///
///     var checker = OutputChecker()
///     checker.wrote(Array("* OK ready\r\n".utf8))
///     checker.sent(Array("a NOOP\r\n".utf8))
///     checker.wrote(Array("b OK done\r\n".utf8))
///     checker.violations  // a tagged reply to no command in progress
public struct OutputChecker: Sendable {
    /// What the checker is told of the client.
    public enum Commands: Sendable {
        /// ``sent(_:)`` is called with everything the client sends, before the server can answer it.
        case followed
        /// Nothing: rules that need the command in progress do not hold.
        case unseen
    }

    /// Where the server's output begins.
    public enum Beginning: Sendable {
        /// With the greeting of a connection.
        case greeting
        /// Somewhere: the responses stand alone, and no rule about their order holds.
        case middle
    }

    private let grammar: ResponseGrammar
    private let beginning: Beginning
    private var framer = ResponseFramer()
    private var model: ClientModel
    /// Of the server's compression (RFC 4978), while it is on.
    private var inflater: Inflater?

    /// Everything found so far.
    public private(set) var violations: [OutputViolation] = []

    /// How many responses were read.
    public private(set) var count = 0

    public init(
        _ permissions: OutputPermissions = OutputPermissions(), commands: Commands = .followed,
        from beginning: Beginning = .greeting
    ) {
        grammar = ResponseGrammar(permissions)
        self.beginning = beginning
        model = ClientModel(isFollowed: commands == .followed && beginning == .greeting)
    }

    /// Whether COMPRESS took effect: what follows is inflated first, until UNAUTHENTICATE ends the stream.
    public var isBehindLayer: Bool { model.isBehindLayer }

    /// What came of a response that has not ended.
    public var unfinished: [UInt8] { framer.unfinished }

    /// The client sends `octets`.
    public mutating func sent(_ octets: [UInt8]) { model.sent(octets) }

    /// The server wrote `octets`.
    public mutating func wrote(_ octets: [UInt8]) {
        var rest = octets[...]
        while !rest.isEmpty {
            guard inflater == nil else {
                readCompressed(&rest)
                continue
            }
            // Behind the line of its OK the octets are compressed, in the same write or in the next.
            let mayCompress = model.current?.name == "COMPRESS"
            let end = mayCompress ? (rest.firstIndex(of: 0x0A) ?? rest.endIndex - 1) + 1 : rest.endIndex
            for response in framer.add(Array(rest[..<end])) { check(response) }
            rest = rest[end...]
            if model.isBehindLayer { inflater = Inflater() }
        }
    }

    private mutating func readCompressed(_ rest: inout ArraySlice<UInt8>) {
        var plain: [UInt8] = []
        let progress = try? inflater?.inflate(&rest, into: &plain, max: 65_536)
        for response in framer.add(plain) { check(response) }
        switch progress {
        case .end:
            inflater = nil
            model.leaveLayer()
        case .needsInput, .outputFull, .boundary: break
        case nil:
            note(.framing, "damaged DEFLATE", 0, [])
            rest = []
        }
    }

    /// The server waits for its client: every command it has was answered, and no response is left in its middle.
    public mutating func quiet() {
        if framer.isInside { note(.framing, "response does not end", 0, framer.unfinished) }
        if let flaw = model.quiet() { note(.state, flaw, 0, []) }
    }

    /// Takes out what was found so far.
    public mutating func takeViolations() -> [OutputViolation] {
        defer { violations = [] }
        return violations
    }

    private mutating func check(_ response: FramedResponse) {
        count += 1
        if let flaw = response.flaw { note(.framing, flaw, response.octets.count, response.display) }
        let place = beginning == .greeting ? model.place : .later
        let read: ServerResponse
        do throws(GrammarFault) {
            read = try grammar.read(response, place, allowsUTF8: model.allowsUTF8, inText: model.allowsUTF8InText)
        } catch {
            if beginning == .greeting { model.skip(response) }
            if response.flaw == nil { note(.syntax, error.reason, error.offset, response.display) }
            return
        }
        guard beginning == .greeting else { return }
        let command = model.current
        if let flaw = model.observe(read) { note(.state, flaw, 0, response.display, command) }
    }

    private mutating func note(
        _ kind: OutputViolation.Kind, _ reason: String, _ offset: Int, _ response: [UInt8],
        _ command: SentCommand? = nil
    ) {
        violations.append(
            OutputViolation(
                kind: kind, reason: reason, offset: offset, response: response,
                command: (command ?? model.current)?.display))
    }
}
