/// How much one command may bring (HOSTILE-INPUT, default limits). All in octets, but for the counts.
public struct FramerLimits: Sendable, Equatable {
    /// One line, its end not counted.
    public var line: Int
    /// A whole command: lines and buffered literals together, separators included.
    public var command: Int
    /// One literal that is buffered.
    public var literal: Int
    /// Buffered literals in one command.
    public var literals: Int

    public init(line: Int, command: Int, literal: Int, literals: Int) {
        self.line = line
        self.command = command
        self.literal = literal
        self.literals = literals
    }
}

/// What a ``Framer`` found.
public enum FramerEvent: Sendable {
    /// Nothing more can be said before more octets come.
    case needsMore
    /// A line ended in a literal's header. Answer with ``Framer/buffer()``, ``Framer/stream()`` or
    /// ``Framer/refuse(swallowing:)`` before the next call. ``Framer/head`` is the front of its command.
    case literal(LiteralHeader)
    /// A line is longer than its limit, or a command than its own. Answer with ``Framer/extendLine(to:)`` or
    /// ``Framer/skip(swallowing:)``, or close. ``Framer/head`` is the front of its command.
    case overLimit
    /// A whole command.
    case command(Frame)
    /// The last octet of a refused or skipped command is behind us.
    case skipped
    /// More had to be swallowed than was allowed, or a size could not be read: framing is lost. Close.
    case lost
}

/// Octets of a literal that is streamed.
public enum StreamedOctets: Sendable {
    case needsMore
    case octets([UInt8])
    /// The literal is complete; the command's line goes on.
    case end
}

/// Cuts a client's octets into commands (RFC 9051 section 2.2.1): lines, with literals between them.
///
/// Two house rules. The framer pulls: one command at a time, and nothing behind a command is looked at until the
/// caller asks for the next, so a command that changes the meaning of what follows is safe. And whatever is refused
/// is still framed: the next command is read as what it is.
///
/// No input makes it hold more than its limits; no way of cutting the input changes what it reports.
public struct Framer: Sendable {
    private enum State: Sendable {
        /// Reading a line of a command.
        case line
        /// A literal's header was reported and not answered yet.
        case asked(LiteralHeader)
        /// Over a limit, reported and not answered yet.
        case askedOverLimit
        case literal(remaining: Int, isBinary: Bool, start: Int)
        case streaming(remaining: UInt64)
        /// Swallowing the literal of a refused command, and what follows it.
        case skipLiteral(remaining: UInt64)
        case skipLine
        case lost
    }

    public var limits: FramerLimits
    private let crlfOnly: Bool
    private var state = State.line
    private var scanner: LineScanner
    private var frame = Frame()
    /// Where the current line began in the frame.
    private var lineStart = 0
    /// What ``extendLine(to:)`` allowed the current line.
    private var extendedLine: Int?
    /// Octets that may still be swallowed.
    private var swallow: UInt64 = 0
    /// Octets looked at, for tests of linearity.
    package private(set) var steps: UInt64 = 0

    public init(limits: FramerLimits, crlfOnly: Bool = false) {
        self.limits = limits
        self.crlfOnly = crlfOnly
        scanner = LineScanner(crlfOnly: crlfOnly)
    }

    /// Whether a command has begun and is not complete.
    public var isInsideCommand: Bool {
        if case .line = state { return charged > 0 || !frame.octets.isEmpty }
        return true
    }

    /// Reads on, to the next thing worth saying.
    public mutating func next(_ input: inout InputBuffer) -> FramerEvent {
        let before = input.count
        defer { steps += UInt64(before - input.count) + 1 }
        while true {
            switch state {
            case .line:
                guard let event = readLine(&input) else { continue }
                return event
            case .asked(let header): return .literal(header)
            case .askedOverLimit: return .overLimit
            case .literal(let remaining, let isBinary, let start):
                guard readLiteral(remaining, isBinary, start, &input) else { return .needsMore }
            case .streaming: return .needsMore
            case .skipLiteral(let remaining):
                let count = UInt64(min(UInt64(input.count), remaining))
                input.consume(Int(count))
                guard count == remaining else {
                    state = .skipLiteral(remaining: remaining - count)
                    return .needsMore
                }
                beginLine()
                state = .skipLine
            case .skipLine:
                guard let event = skipLine(&input) else { continue }
                return event
            case .lost: return .lost
            }
        }
    }

    /// Answers ``FramerEvent/literal(_:)``: keep the literal with the command.
    ///
    /// Returns false, and changes nothing, when a limit forbids it: refuse it then.
    public mutating func buffer() -> Bool {
        guard case .asked(let header) = state, let size = header.size, size <= UInt64(clamping: limits.literal),
            frame.literals.count < limits.literals, charge(Int(size))
        else { return false }
        state = .literal(remaining: Int(size), isBinary: header.isBinary, start: frame.octets.count)
        return true
    }

    /// Answers ``FramerEvent/literal(_:)``: hand the octets out as they come, by
    /// ``readStream(_:max:)``. The command so far is in ``partialFrame``.
    public mutating func stream() -> Bool {
        guard case .asked(let header) = state, let size = header.size else { return false }
        state = .streaming(remaining: size)
        return true
    }

    /// The command up to a literal that is streamed.
    public var partialFrame: Frame { frame }

    /// The front of the command so far.
    public var head: CommandHead { frame.head }

    /// Answers ``FramerEvent/literal(_:)``: the command is over and was answered.
    ///
    /// A synchronizing literal never comes: the next octet begins the next command. A non-synchronizing one is
    /// swallowed with the rest of the command, at most `limit` octets, at constant memory; ``FramerEvent/skipped``
    /// says that it is behind us.
    public mutating func refuse(swallowing limit: UInt64) {
        guard case .asked(let header) = state else { return }
        switch (header.kind, header.size) {
        case (.synchronizing, _): beginCommand()
        case (.nonSynchronizing, let size?):
            swallow = limit
            beginSkipping(size)
        case (.nonSynchronizing, nil): state = .lost
        }
    }

    /// Gives up a command whose literal was streamed, wherever it stands, once it was answered: what the client still
    /// has to send of it is swallowed, at most `limit` octets. Does nothing between commands.
    public mutating func abandon(swallowing limit: UInt64) {
        switch state {
        case .asked: refuse(swallowing: limit)
        case .streaming(let remaining):
            swallow = limit
            beginSkipping(remaining)
        case .askedOverLimit: skip(swallowing: limit)
        case .line where frame.tailStart != nil:
            swallow = limit
            frame = Frame(octets: Array(frame.octets[lineStart...]))
            LiteralHeader.keepTail(of: &frame.octets)
            lineStart = 0
            state = .skipLine
        case .line: break
        case .literal(let remaining, _, _):
            swallow = limit
            beginSkipping(UInt64(remaining))
        case .skipLiteral: break
        case .skipLine: break
        case .lost: break
        }
    }

    /// Answers ``FramerEvent/overLimit``: let this line grow to `limit` octets, as far as the command may hold
    /// it. Returns false when that is no more than it has.
    public mutating func extendLine(to limit: Int) -> Bool {
        guard case .askedOverLimit = state, min(limit, commandRoom) > room else { return false }
        extendedLine = limit
        state = .line
        return true
    }

    /// Answers ``FramerEvent/overLimit``: swallow the rest of the command, at most `limit` octets.
    public mutating func skip(swallowing limit: UInt64) {
        guard case .askedOverLimit = state else { return }
        swallow = limit
        // The end of what was taken of this line may be the beginning of a literal's header; what stands before the
        // line may not.
        frame = Frame(octets: Array(frame.octets[lineStart...]))
        LiteralHeader.keepTail(of: &frame.octets)
        lineStart = 0
        state = .skipLine
    }

    /// Reads octets of a literal that is streamed, at most `max`.
    public mutating func readStream(_ input: inout InputBuffer, max: Int) -> StreamedOctets {
        guard case .streaming(let remaining) = state else { return .end }
        guard remaining > 0 else {
            beginLine()
            frame.tailStart = lineStart
            state = .line
            return .end
        }
        guard !input.isEmpty else { return .needsMore }
        let count = min(input.count, max, Int(clamping: remaining))
        let octets = Array(input.octets[input.start..<input.start + count])
        input.consume(count)
        state = .streaming(remaining: remaining - UInt64(count))
        return .octets(octets)
    }

    // MARK: Lines

    /// What the current line may hold. Asked each time: the limits change when a client logs in.
    private var room: Int { min(extendedLine ?? limits.line, commandRoom) }

    private var commandRoom: Int { max(limits.command, 0) - charged }

    private mutating func readLine(_ input: inout InputBuffer) -> FramerEvent? {
        switch scanner.scan(&input, into: &frame.octets, limit: room) {
        case .incomplete: return .needsMore
        case .overLimit:
            state = .askedOverLimit
            return nil
        case .complete: break
        }
        frame.flaws.formUnion(scanner.flaws)
        charged += scanner.length
        if let header = LiteralHeader(endOf: frame.octets, from: lineStart) {
            frame.octets.removeLast(header.length)
            state = .asked(header)
            return nil
        }
        var complete = Frame()
        swap(&complete, &frame)
        beginCommand()
        return .command(complete)
    }

    /// Octets of this command that count against its limit: the only path on which a command grows (R-LIT-2).
    private var charged = 0

    private mutating func charge(_ count: Int) -> Bool {
        let (sum, overflow) = charged.addingReportingOverflow(count)
        guard !overflow, sum <= limits.command else { return false }
        charged = sum
        return true
    }

    private mutating func beginLine() {
        scanner = LineScanner(crlfOnly: crlfOnly)
        lineStart = frame.octets.count
        extendedLine = nil
    }

    private mutating func beginCommand() {
        frame = Frame()
        charged = 0
        beginLine()
        state = .line
    }

    private mutating func readLiteral(
        _ remaining: Int, _ isBinary: Bool, _ start: Int, _ input: inout InputBuffer
    ) -> Bool {
        let count = min(remaining, input.count)
        frame.octets.appendClosely(input.octets[input.start..<input.start + count])
        input.consume(count)
        guard count == remaining else {
            state = .literal(remaining: remaining - count, isBinary: isBinary, start: start)
            return false
        }
        frame.literals.append(Frame.Literal(start: start, end: frame.octets.count, isBinary: isBinary))
        beginLine()
        state = .line
        return true
    }

    // MARK: Swallowing

    private mutating func beginSkipping(_ size: UInt64) {
        guard size <= swallow else {
            state = .lost
            return
        }
        swallow -= size
        frame = Frame()
        lineStart = 0
        state = .skipLiteral(remaining: size)
    }

    private mutating func skipLine(_ input: inout InputBuffer) -> FramerEvent? {
        let before = input.count
        // Scanned in short pieces, so that no more than a piece is ever held.
        let result = scanner.scan(&input, into: &frame.octets, limit: scanner.length + 64)
        let taken = UInt64(before - input.count)
        guard taken <= swallow else {
            state = .lost
            return nil
        }
        swallow -= taken
        switch result {
        case .incomplete:
            LiteralHeader.keepTail(of: &frame.octets)
            return .needsMore
        case .overLimit:
            LiteralHeader.keepTail(of: &frame.octets)
            return nil
        case .complete: break
        }
        guard let header = LiteralHeader(endOf: frame.octets, from: 0), header.kind == .nonSynchronizing else {
            // A synchronizing literal is not sent by a client that has its tagged reply already.
            beginCommand()
            return .skipped
        }
        guard let size = header.size else {
            state = .lost
            return nil
        }
        beginSkipping(size)
        return nil
    }
}
