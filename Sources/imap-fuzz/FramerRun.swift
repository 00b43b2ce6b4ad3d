import IMAPParser

/// One framer, fed piece by piece and answered as a scenario says.
struct FramerRun {
    private(set) var records: [FramerRecord] = []
    /// The most octets the framer held of a command.
    private(set) var mostHeld = 0
    /// The most octets the framer held while it swallowed.
    private(set) var mostHeldSkipping = 0
    /// Octets the framer looked at, by its own count.
    private(set) var steps: UInt64 = 0
    /// A rule that was broken on the way, whatever the records say.
    private(set) var problem: String?

    private var framer: Framer
    private let scenario: FramerScenario
    private var input = InputBuffer()
    private var fed = 0
    private var literalCount = 0
    private var overLimitCount = 0
    private var isSkipping = false
    private var streamed: [UInt8]?

    init(_ scenario: FramerScenario, _ pieces: [[UInt8]]) {
        self.scenario = scenario
        framer = Framer(limits: scenario.limits, crlfOnly: scenario.crlfOnly)
        var goesOn = true
        for piece in pieces where goesOn {
            input.append(piece)
            fed += piece.count
            goesOn = drain()
        }
        if goesOn {
            if let streamed { records.append(.streamed(streamed, isComplete: false, offset: offset)) }
            records.append(.end(isInsideCommand: framer.isInsideCommand))
        }
        steps = framer.steps
    }

    private var offset: Int { fed - input.count }

    /// Asks until the framer needs more. Returns false when nothing more can come.
    private mutating func drain() -> Bool {
        while true {
            if streamed != nil {
                guard readStream() else { return true }
                continue
            }
            let event = framer.next(&input)
            if case .skipped = event { isSkipping = false }
            if case .lost = event {} else { measure() }
            switch event {
            case .needsMore:
                if !input.isEmpty { problem = "more is asked for while octets wait" }
                return true
            case .literal(let header):
                let head = framer.head
                records.append(
                    .literal(
                        size: header.size, header.kind, isBinary: header.isBinary, tag: head.tag, name: head.name,
                        offset: offset))
                answer(header)
            case .overLimit:
                let head = framer.head
                records.append(.overLimit(tag: head.tag, name: head.name, offset: offset))
                guard answerOverLimit() else { return false }
            case .command(let frame):
                let places = frame.literals.map {
                    FramerRecord.LiteralPlace(start: $0.start, end: $0.end, isBinary: $0.isBinary)
                }
                records.append(
                    .command(octets: frame.octets, literals: places, flaws: frame.flaws, offset: offset))
            case .skipped: records.append(.skipped(offset: offset))
            case .lost:
                records.append(.lost)
                return false
            }
        }
    }

    private mutating func measure() {
        let held = framer.partialFrame.octets.count
        if isSkipping { mostHeldSkipping = max(mostHeldSkipping, held) } else { mostHeld = max(mostHeld, held) }
    }

    private mutating func answer(_ header: LiteralHeader) {
        let answer = scenario.literals[literalCount % scenario.literals.count]
        literalCount += 1
        switch answer {
        case .buffer: if framer.buffer() { return }
        case .stream:
            if framer.stream() {
                streamed = []
                return
            }
        case .refuse: break
        }
        framer.refuse(swallowing: scenario.swallow)
        isSkipping = header.kind == .nonSynchronizing
    }

    private mutating func answerOverLimit() -> Bool {
        let answer = scenario.overLimit[overLimitCount % scenario.overLimit.count]
        overLimitCount += 1
        switch answer {
        case .close:
            records.append(.closed(offset: offset))
            return false
        case .extend(let limit): if framer.extendLine(to: limit) { return true }
        case .skip: break
        }
        framer.skip(swallowing: scenario.swallow)
        isSkipping = true
        return true
    }

    /// Returns false when more octets must come.
    private mutating func readStream() -> Bool {
        switch framer.readStream(&input, max: 7) {
        case .needsMore:
            if !input.isEmpty { problem = "a stream asks for more while octets wait" }
            return false
        case .octets(let more):
            if more.isEmpty || more.count > 7 { problem = "a stream hands out \(more.count) octets of 7" }
            streamed?.append(contentsOf: more)
        case .end:
            records.append(.streamed(streamed ?? [], isComplete: true, offset: offset))
            streamed = nil
        }
        return true
    }
}
