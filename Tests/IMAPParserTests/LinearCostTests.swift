import IMAPCodec
import IMAPParser
import IMAPTypes
import Testing

/// Steps are octets that were looked at, values that were made and, for sets, comparisons: no time is measured. Twice the
/// octets may cost twice the steps; with their square it would be four times.
@Suite("The cost of a command is linear in its octets (R-LIT-8, R-ALG-1, R-ALG-3)", .serialized)
struct LinearCostTests {
    /// Frames a command, octet by octet or whole, and reads it; returns what both took.
    private static func steps(
        _ command: [UInt8], inPiecesOf piece: Int = .max, limits: CountLimits = raised,
        _ read: (inout ArgumentReader) throws -> Int
    ) throws -> Double {
        var framer = Framer(
            limits: FramerLimits(line: 1 << 28, command: 1 << 28, literal: 1 << 20, literals: 1 << 20))
        var input = InputBuffer()
        var sent = 0
        while true {
            switch framer.next(&input) {
            case .needsMore:
                guard sent < command.count else { throw NotFramed() }
                let end = min(command.count, sent + min(piece, command.count))
                input.append(Array(command[sent..<end]))
                sent = end
            case .literal: guard framer.buffer() else { throw NotFramed() }
            case .command(let frame):
                let nesting = NestingLimits(depth: 1 << 30, lists: 1 << 30)
                var reader = ArgumentReader(frame, head: frame.head, nesting: nesting, limits: limits)
                try reader.space()
                let more = try read(&reader)
                try reader.end()
                return Double(framer.steps) + Double(reader.steps + more)
            case .overLimit, .skipped, .lost: throw NotFramed()
            }
        }
    }

    private static let raised = {
        var limits = CountLimits()
        for limit in [CountLimit.setRanges, .listElements, .searchKeys, .fetchItems] { limits[limit] = 1 << 30 }
        return limits
    }()

    private static func expectLinear(_ counts: [Int], _ steps: (Int) throws -> Double) throws {
        for count in counts {
            let (one, two) = (try steps(count), try steps(2 * count))
            #expect(one >= Double(count), "\(count) cost \(one)")
            #expect(two / one < 2.5, "\(count) cost \(one), twice as many \(two)")
        }
    }

    // MARK: Literals

    @Test(arguments: [1, 7, .max])
    func literals(inPiecesOf piece: Int) throws {
        try Self.expectLinear([100, 200, 400, 800]) { count in
            let command = octets("a X" + String(repeating: " {3+}\r\nabc", count: count) + "\r\n")
            return try Self.steps(command, inPiecesOf: piece) { reader in
                for index in 0..<count {
                    if index > 0 { try reader.space() }
                    guard try reader.astring() == octets("abc") else { throw NotFramed() }
                }
                return 0
            }
        }
    }

    // MARK: Sets

    enum Order: CaseIterable {
        case ascending, descending, shuffled, overlapping, equal

        /// Ranges that do not touch, but for the last two.
        func ranges(_ count: Int) -> [(UInt32, UInt32)] {
            func range(_ index: Int) -> (UInt32, UInt32) { (UInt32(index * 4 + 1), UInt32(index * 4 + 2)) }
            switch self {
            case .ascending: return (0..<count).map(range)
            case .descending: return (0..<count).reversed().map(range)
            case .shuffled:
                // The multiplier is prime and above every count: each place is taken once.
                return (0..<count).map { range($0 * 7_368_787 % count) }
            case .overlapping: return (0..<count).map { (UInt32(count - $0), UInt32(count + $0 / 2 + 1)) }
            case .equal: return (0..<count).map { _ in (1, .max) }
            }
        }
    }

    /// As it is read, as it is written, and as it is resolved.
    @Test(arguments: Order.allCases, [1000, 10_000])
    func sequenceSets(_ order: Order, _ count: Int) throws {
        try Self.expectLinear([count]) { count in
            let ranges = order.ranges(count)
            let text = ranges.map { "\($0.0):\($0.1)" }.joined(separator: ",")
            return try Self.steps(octets("a X \(text)\r\n")) { reader in
                let set = try reader.sequenceSet()
                guard set.elements.count == count else { throw NotFramed() }
                return Self.merging(ranges)
            }
        }
    }

    @Test(arguments: Order.allCases)
    func aMillionRanges(_ order: Order) throws {
        try Self.expectLinear([1000, 10_000, 100_000, 500_000]) { Double(Self.merging(order.ranges($0))) }
    }

    /// A million of them in a command.
    @Test func aCommandOfAMillionRanges() throws {
        let text = String(repeating: "7,", count: 999_999) + "7"
        let steps = try Self.steps(octets("a X \(text)\r\n")) { reader in try reader.sequenceSet().elements.count }
        #expect(steps < 10 * Double(text.utf8.count))
    }

    private static func merging(_ ranges: [(UInt32, UInt32)]) -> Int {
        var steps = 0
        let merged = NumberRanges(merging: ranges.map { NumberRanges.Run($0.0, $0.1) }, steps: &steps)
        return merged.isEmpty ? 0 : steps + merged.runs.count
    }

    // MARK: Lists

    @Test func nestedLists() throws {
        try Self.expectLinear([100, 1000, 10_000, 100_000]) { depth in
            let text = String(repeating: "(", count: depth) + "x" + String(repeating: ")", count: depth)
            return try Self.steps(octets("a X \(text)\r\n")) { reader in
                for _ in 0..<depth { try reader.openList() }
                _ = try reader.astring()
                for _ in 0..<depth { try reader.closeList() }
                return depth
            }
        }
    }

    /// Of an extension that nobody knows.
    @Test func nestedListsThatAreReadOver() throws {
        try Self.expectLinear([100, 1000, 10_000, 100_000]) { depth in
            let text = String(repeating: "(", count: depth) + "x y" + String(repeating: ")", count: depth)
            return try Self.steps(octets("a X \(text)\r\n")) { reader in
                try reader.skipTaggedExtensionValue()
                return 0
            }
        }
    }

    @Test func longLists() throws {
        try Self.expectLinear([100, 1000, 10_000, 100_000]) { count in
            let text = "(" + Array(repeating: "\"a\\\"b\"", count: count).joined(separator: " ") + ")"
            return try Self.steps(octets("a X \(text)\r\n")) { reader in
                try reader.list { (reader) throws(SyntaxError) in try reader.astring() }.count
            }
        }
    }

    // MARK: Search

    @Test(arguments: ["ALL ", "NOT ", "OR ALL ", "(ALL) ", "1:2 UID 3 ", "(", "OR (ALL) "])
    func searchKeys(_ front: String) throws {
        try Self.expectLinear([1000, 5000, 10_000]) { count in
            let back = front == "(" ? String(repeating: ")", count: count) : ""
            let text = String(repeating: front, count: count) + "ALL" + back
            return try Self.steps(octets("a X \(text)\r\n")) { reader in
                let grammar = Grammar(GrammarTables(), numbering: .sequenceNumbers)
                return try SearchProgram(&reader, grammar).nodes.count
            }
        }
    }
}
