import IMAPParser
import IMAPTypes

/// How a framer is set up and what it is answered: the part of a connection that a test scripts.
///
/// The answers depend on how many questions came before alone, so they do not depend on how the input is cut.
struct FramerScenario: Sendable {
    enum LiteralAnswer: Sendable, Equatable {
        case buffer
        case refuse
        case stream
    }

    enum OverLimitAnswer: Sendable, Equatable {
        case extend(to: Int)
        case skip
        case close
    }

    var limits = FramerLimits(line: 1000, command: 2000, literal: 500, literals: 5)
    var crlfOnly = false
    /// What a refused literal or a skipped line may cost.
    var swallow: UInt64 = 4096
    /// Answers to literals, in turn and then from the start. A literal that cannot be buffered or streamed is refused.
    var literals: [LiteralAnswer] = [.buffer]
    /// Answers to what is over a limit, in turn and then from the start. A line that cannot grow is skipped.
    var overLimit: [OverLimitAnswer] = [.skip]

    init() {}

    /// The scenario that the first two octets of a fuzzer's input choose.
    init(_ first: UInt8, _ second: UInt8) {
        crlfOnly = first & 1 == 1
        limits =
            switch first >> 1 & 3 {
            case 0: FramerLimits(line: 12, command: 24, literal: 8, literals: 2)
            case 1: FramerLimits(line: 40, command: 60, literal: 30, literals: 3)
            case 2: FramerLimits(line: 1000, command: 1500, literal: 400, literals: 10)
            default: FramerLimits(line: 0, command: 5, literal: 5, literals: 1)
            }
        swallow = [0, 10, 100, 100_000][Int(first >> 3 & 3)]
        overLimit =
            switch first >> 5 & 3 {
            case 0: [.skip]
            case 1: [.extend(to: 50), .skip]
            case 2: [.close]
            default: [.extend(to: 15), .extend(to: 55), .skip]
            }
        literals = (0..<4).map { [.buffer, .refuse, .stream, .buffer][Int(second >> ($0 * 2) & 3)] }
    }
}

/// What a framer reported, with the number of octets it had read by then.
enum FramerRecord: Equatable, Sendable {
    case literal(size: UInt64?, LiteralHeader.Kind, isBinary: Bool, tag: Tag?, name: Keyword?, offset: Int)
    case overLimit(tag: Tag?, name: Keyword?, offset: Int)
    case command(octets: [UInt8], literals: [LiteralPlace], flaws: FrameFlaws, offset: Int)
    case streamed([UInt8], isComplete: Bool, offset: Int)
    case skipped(offset: Int)
    /// Framing is lost; how much was read by then depends on the cut.
    case lost
    case closed(offset: Int)
    case end(isInsideCommand: Bool)

    struct LiteralPlace: Equatable, Sendable {
        var start: Int
        var end: Int
        var isBinary: Bool
    }
}
