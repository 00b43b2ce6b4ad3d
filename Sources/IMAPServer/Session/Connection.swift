import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPSession
import IMAPTypes

/// What the connection wants next.
enum ConnectionEvent: Sendable {
    /// More octets must come. Write what is waiting first.
    case needsMore
    /// Output is waiting; write it before asking again.
    case paused
    /// A command may run now: its arguments are read and the gate let it pass.
    case perform(CommandRequest)
    /// Nothing more is read. Write what is waiting, and close.
    case close(CloseReason)
}

/// A command that passed the gate.
struct CommandRequest: Sendable {
    let tag: Tag
    let command: any Command
    let facts: CommandFacts
    /// Octets that it was read from.
    let octets: Int
}

/// One connection's protocol, without a socket, a task or a clock: octets in, events and octets out.
///
/// Two house rules. ``receive(_:)`` never parses: nothing behind a command is looked at before the command was
/// performed. And whatever a client sends is either parsed or answered with a protocol error, never anything else.
///
/// A value holds one cycle. Transition 7 and STARTTLS make a new value from ``Survivors``.
struct Connection: ~Copyable, Sendable {
    /// How the cycle began.
    enum Origin: Sendable {
        case greeting
        case unauthenticate
        /// STARTTLS goes on with the time of the cycle it ends.
        case startTLS
    }

    let tables: ServerTables
    let origin: Origin
    /// When the cycle began.
    let began: Duration
    var survivors: Survivors
    var machine: Session
    /// Octets that went through the layers.
    var input: InputBuffer
    var layers: ByteLayers
    var writer = ResponseWriter()
    var framer: Framer
    /// The literal that the command at work takes in pieces, until it is accepted or refused.
    var announcedLiteral: LiteralHeader?
    private var badInARow = 0
    /// Commands that were read to their end.
    private(set) var commandsAnswered = 0
    private var isFirstCommand: Bool
    private var closing: CloseReason?

    /// A cycle that begins with what survived, and with nothing else.
    init(_ survivors: consuming Survivors, _ tables: ServerTables, origin: Origin, began: Duration) {
        self.tables = tables
        self.origin = origin
        self.began = began
        input = InputBuffer(survivors.unread)
        survivors.unread = []
        if let ending = survivors.endingLayers {
            layers = ending
            survivors.endingLayers = nil
        } else {
            layers = ByteLayers()
        }
        self.survivors = survivors
        machine = Session(registry: tables.states)
        framer = Framer(
            limits: tables.configuration.limits.beforeLogin, crlfOnly: tables.configuration.requiresCRLF)
        isFirstCommand = origin == .greeting
        if origin != .greeting { _ = machine.greet() }
    }

    /// What survives this cycle.
    consuming func takeSurvivors() -> Survivors {
        survivors.unread = input.takeAll()
        return survivors
    }

    // MARK: Facts

    var configuration: ServerConfiguration { tables.configuration }

    var isLoggedIn: Bool { machine.permits(.loggedIn) == .permitted }

    var session: SessionFacts {
        SessionFacts(
            connection: survivors.facts, phase: machine.phase,
            allowsPlaintext: survivors.facts.isSecure || configuration.allowsPlaintextWithoutTLS,
            mayUnauthenticate: machine.mayUnauthenticate,
            // Compression begins behind a login and ends with it.
            isCompressed: isLoggedIn && layers.isCompressed)
    }

    /// What the session's modes change.
    var traits: ModeTraits { machine.read(EnabledModes.self).traits }

    var capabilities: [Capability] { capabilityList.capabilities }

    var capabilityList: CapabilityList { tables.capabilities.list(for: session) }

    /// Whether a command has begun and waits for more octets.
    var isInsideCommand: Bool { framer.isInsideCommand }

    private var limits: FramerLimits {
        isLoggedIn ? configuration.limits.afterLogin : configuration.limits.beforeLogin
    }

    /// Octets of a refused command that are swallowed.
    var swallow: UInt64 {
        isLoggedIn ? configuration.limits.append : configuration.limits.swallowBeforeLogin
    }

    var outputLimit: Int {
        isLoggedIn ? configuration.limits.outputAfterLogin : configuration.limits.outputBeforeLogin
    }

    // MARK: Octets in, events out

    mutating func receive(_ octets: [UInt8]) { layers.receive(octets, into: &input) }

    mutating func next() -> ConnectionEvent {
        while true {
            if let closing { return .close(closing) }
            if writer.size > outputLimit { return .paused }
            framer.limits = limits
            let event = framer.next(&input)
            if isOneTooMany(event) { continue }
            switch event {
            case .needsMore: return .needsMore
            case .skipped: continue
            case .literal(let header):
                if let request = answer(header, framer.head) { return .perform(request) }
            case .overLimit: answerOverLimit(framer.head)
            case .command(let frame):
                if let request = admit(frame) { return .perform(request) }
            case .lost: bye(.tooBig, "Too much to swallow", .limitExceeded)
            }
        }
    }

    /// Ends the connection at a command before login that is one more than there may be.
    private mutating func isOneTooMany(_ event: FramerEvent) -> Bool {
        switch event {
        case .needsMore, .skipped, .lost: return false
        case .literal, .overLimit, .command: break
        }
        guard !isLoggedIn, commandsAnswered >= configuration.limits.commandsBeforeLogin else { return false }
        bye(.limit, "Too many commands before login", .limitExceeded)
        return true
    }

    // MARK: The gate

    private enum Admission {
        case command(any Command.Type, CommandFacts, MessageNumbering)
        case refused(CommandFailure)
    }

    /// Judges a command by its front alone: known, permitted in this state, not refused in this session.
    private func judge(_ head: CommandHead) -> Admission {
        guard head.name != nil else { return .refused(.bad(nil, "Command name expected")) }
        guard let found = entry(head) else { return .refused(.bad(nil, "Unknown command")) }
        let facts = found.type.facts
        guard machine.permits(facts.states) == .permitted else {
            return .refused(.bad(nil, "Command not permitted in this state"))
        }
        if facts.forms == .plainAndUID, found.numbering == .sequenceNumbers, traits.contains(.uidsOnly) {
            return .refused(.bad(.uidRequired, "Sequence numbers are not used in this session"))
        }
        if let refusal = found.type.refusal(in: session) { return .refused(refusal) }
        return .command(found.type, facts, found.numbering)
    }

    /// The grammar of a command in this session.
    func grammar(_ numbering: MessageNumbering) -> Grammar {
        grammar(numbering, machine.read(EnabledModes.self))
    }

    func grammar(_ numbering: MessageNumbering, _ enabled: EnabledModes) -> Grammar {
        Grammar(tables.sharedGrammar, numbering: numbering, traits: enabled.traits, modes: enabled.modes)
    }

    /// The command of this name.
    func entry(_ head: CommandHead) -> (type: any Command.Type, numbering: MessageNumbering)? {
        if let name = head.uidCommand { return tables.uidCommands[name].map { ($0, .uids) } }
        return head.name.flatMap { tables.commands[$0] }.map { ($0, .sequenceNumbers) }
    }

    /// Reads a command's arguments, or answers it.
    private mutating func admit(_ frame: Frame) -> CommandRequest? {
        let head = frame.head
        guard isAcceptableFirst(head, frame) else { return nil }
        guard let tag = head.tag else {
            refuse(head, .bad(nil, "Tag expected"))
            return nil
        }
        guard frame.flaws.isEmpty else {
            let text: ResponseText = frame.flaws.contains(.nul) ? "NUL is not allowed" : "A line ends with CRLF"
            refuse(head, .bad(nil, text))
            return nil
        }
        switch judge(head) {
        case .refused(let failure):
            refuse(head, failure)
            return nil
        case .command(let type, let facts, let numbering):
            let nesting =
                isLoggedIn ? configuration.limits.nestingAfterLogin : configuration.limits.nestingBeforeLogin
            var arguments = ArgumentReader(frame, head: head, nesting: nesting, limits: configuration.limits.counts)
            let enabled = machine.read(EnabledModes.self)
            arguments.quotesUTF8 = enabled.traits.contains(.utf8)
            do {
                let command = try type.init(&arguments, grammar(numbering, enabled))
                commandsAnswered += 1
                return CommandRequest(tag: tag, command: command, facts: facts, octets: frame.octets.count)
            } catch {
                refuse(head, .bad(nil, error.text))
                return nil
            }
        }
    }

    /// Answers a command that does not run.
    private mutating func refuse(_ head: CommandHead, _ failure: CommandFailure) {
        commandsAnswered += 1
        let known = entry(head)?.type
        if let outcome = failure.outcome {
            survivors.observer.observe(.command(known?.facts.name, outcome: outcome), on: survivors.id)
        }
        finish(head.tag, failure)
    }

    /// A client whose first line is no command speaks another protocol: it is not answered, and nothing it sent is
    /// echoed (R-TLS-10). On loopback a person may be typing.
    private mutating func isAcceptableFirst(_ head: CommandHead, _ frame: Frame) -> Bool {
        guard isFirstCommand else { return true }
        isFirstCommand = false
        guard !survivors.facts.remote.isLoopback else { return true }
        let known = entry(head) != nil
        let isASCII = frame.octets[..<(frame.literals.first?.start ?? frame.octets.count)].allSatisfy { $0 < 0x80 }
        guard head.tag == nil || !known || !isASCII else { return true }
        bye(nil, "This is an IMAP server", .limitExceeded)
        return false
    }

    // MARK: Literals and limits

    /// Takes the literal into the command, or refuses the command, or has it performed: one that streams.
    private mutating func answer(_ header: LiteralHeader, _ head: CommandHead) -> CommandRequest? {
        guard isAcceptableFirst(head, framer.partialFrame) else { return nil }
        switch use(of: header, head) {
        case .refused(let failure):
            framer.refuse(swallowing: swallow)
            refuse(head, failure)
        case .buffered:
            if header.kind == .synchronizing { writer.continuationRequest("Ready for literal data") }
        case .streamed(let request):
            announcedLiteral = header
            commandsAnswered += 1
            return request
        }
        return nil
    }

    private enum AnnouncedLiteral {
        case refused(CommandFailure)
        case buffered
        case streamed(CommandRequest)
    }

    /// Takes the literal, or says why not. A literal is refused before the client was invited to send it.
    private mutating func use(of header: LiteralHeader, _ head: CommandHead) -> AnnouncedLiteral {
        guard let tag = head.tag else { return .refused(.bad(nil, "Tag expected")) }
        guard framer.partialFrame.flaws.isEmpty else {
            return .refused(.bad(nil, "A line ends with CRLF and holds no NUL"))
        }
        let tooBig: CommandFailure
        switch judge(head) {
        case .refused(let failure): return .refused(failure)
        case .command(let type, let facts, let numbering):
            let isLarge = header.size ?? .max > UInt64(clamping: limits.literal)
            tooBig = type.refusalOfLiteral(over: isLarge ? limits.literal : nil)
            switch facts.literals {
            case .none: return .refused(.bad(nil, "No argument of this command is a literal"))
            case .buffered: break
            case .streamed:
                guard let type = type as? any StreamingCommand.Type else { break }
                var arguments = ArgumentReader(
                    framer.partialFrame, head: head, nesting: configuration.limits.nestingAfterLogin,
                    limits: configuration.limits.counts)
                arguments.quotesUTF8 = traits.contains(.utf8)
                do {
                    if let command = try type.init(front: &arguments, grammar(numbering)) {
                        return .streamed(
                            CommandRequest(
                                tag: tag, command: command, facts: facts, octets: framer.partialFrame.octets.count))
                    }
                } catch {
                    return .refused(.bad(nil, error.text))
                }
            }
        }
        if let failure = refusal(ofKind: header) { return .refused(failure) }
        if framer.buffer() { return .buffered }
        // Sent without waiting, it is the client's fault, unless the command has an answer of its own (RFC 5464).
        guard header.kind != .synchronizing, case .no(.tooBig?, let text) = tooBig else { return .refused(tooBig) }
        return .refused(.bad(.tooBig, text))
    }

    private mutating func answerOverLimit(_ head: CommandHead) {
        let tooLong = CommandFailure.bad(.limit, "Command too long")
        guard !isLoggedIn else {
            refuse(head, tooLong)
            framer.skip(swallowing: configuration.limits.swallowLine)
            return
        }
        guard case .command(_, let facts, _) = judge(head) else {
            bye(.limit, "Line too long", .limitExceeded)
            return
        }
        switch facts.overlongLine {
        case .holdsSASLResponse:
            if !framer.extendLine(to: configuration.limits.saslResponse) {
                bye(.limit, "Line too long", .limitExceeded)
            }
        case .isRefused:
            refuse(head, tooLong)
            framer.skip(swallowing: swallow)
        case .endsConnection: bye(.limit, "Line too long", .limitExceeded)
        }
    }

    // MARK: Replies

    /// Ends a command that failed.
    mutating func finish(_ tag: Tag?, _ failure: CommandFailure) {
        switch failure {
        case .no(let code, let text):
            writer.status(tag, .no, code, text)
            badInARow = 0
        case .bad(let code, let text): bad(tag, code, text)
        case .bye(let code, let text, let reason): bye(code, text, reason)
        case .closed(let reason): close(reason)
        }
    }

    mutating func ok(_ tag: Tag, _ code: ResponseCode?, _ text: ResponseText) {
        writer.status(tag, .ok, code, text)
        badInARow = 0
    }

    private mutating func bad(_ tag: Tag?, _ code: ResponseCode?, _ text: ResponseText) {
        writer.status(tag, .bad, code, text)
        badInARow += 1
        let limit =
            isLoggedIn ? configuration.limits.badCommandsAfterLogin : configuration.limits.badCommandsBeforeLogin
        if badInARow >= limit { bye(nil, "Too many bad commands", .tooManyFailures) }
    }

    /// Nothing is read any more.
    mutating func close(_ reason: CloseReason) { closing = closing ?? reason }

    /// `* BYE`, once. Nothing is read after it.
    mutating func bye(_ code: ResponseCode?, _ text: ResponseText, _ reason: CloseReason) {
        guard closing == nil else { return }
        writer.status(nil, .bye, code, text)
        closing = reason
    }
}

extension SyntaxError {
    /// What the client is told. Nothing it sent is repeated.
    var text: ResponseText {
        switch kind {
        case .unexpected: "Syntax error"
        case .missing: "Argument missing"
        case .trailing: "Too many arguments"
        case .number: "Number out of range"
        case .date: "No such date"
        case .nul: "NUL is not allowed"
        case .nesting: "Lists nested too deeply"
        case .unknown: "Unknown item"
        case .notEnabled: "Not enabled in this session"
        case .notUTF8: "Text is not UTF-8"
        case .charset: "Texts are in UTF-8 in this session"
        case .limit: "Argument too long"
        }
    }
}
