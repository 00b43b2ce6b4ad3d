import IMAPParser
import IMAPTypes

func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

/// What a production made of its input: a value, or a kind of error.
enum Reading<Value: Equatable>: Equatable {
    case value(Value)
    case error(SyntaxError.Kind)
}

extension Reading: Sendable where Value: Sendable {}

/// A reader in front of `arguments`, which were framed as those of a command; literals are buffered.
func reader(
    _ arguments: [UInt8], nesting: NestingLimits = NestingLimits(depth: 32, lists: 10_000)
) throws -> ArgumentReader {
    var framer = Framer(limits: FramerLimits(line: 1 << 24, command: 1 << 25, literal: 1 << 20, literals: 10_000))
    var input = InputBuffer(octets("a x ") + arguments + octets("\r\n"))
    while true {
        switch framer.next(&input) {
        case .literal: guard framer.buffer() else { throw NotFramed() }
        case .command(let frame):
            var reader = ArgumentReader(frame, head: frame.head, nesting: nesting)
            try reader.space()
            return reader
        case .needsMore, .overLimit, .skipped, .lost: throw NotFramed()
        }
    }
}

struct NotFramed: Error {}

/// Reads all of `arguments` by one production.
func read<Value: Equatable>(
    _ arguments: [UInt8], nesting: NestingLimits = NestingLimits(depth: 32, lists: 10_000),
    _ production: (inout ArgumentReader) throws(SyntaxError) -> Value
) throws -> Reading<Value> {
    var reader = try reader(arguments, nesting: nesting)
    do throws(SyntaxError) {
        let value = try production(&reader)
        try reader.end()
        return .value(value)
    } catch {
        return .error(error.kind)
    }
}

func read<Value: Equatable>(
    _ arguments: String, _ production: (inout ArgumentReader) throws(SyntaxError) -> Value
) throws -> Reading<Value> {
    try read(octets(arguments), production)
}
