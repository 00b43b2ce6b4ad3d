import IMAPParser
import IMAPTypes

/// What a framer must report, worked out the slow way: the whole input at hand, nothing incremental, every line looked
/// at from its beginning. It shares no code with the framer but the head of a command.
struct FramerModel {
    private(set) var records: [FramerRecord] = []
    private let scenario: FramerScenario
    private let input: [UInt8]
    private var position = 0
    private var frame: [UInt8] = []
    private var places: [FramerRecord.LiteralPlace] = []
    private var flaws: FrameFlaws = []
    private var charged = 0
    private var lineLimit = 0
    private var literalCount = 0
    private var overLimitCount = 0
    private var swallow: UInt64 = 0

    private enum Ending: Error {
        case incomplete(isInsideCommand: Bool)
        case lost
        case closed
    }

    private struct Line {
        /// Without its end.
        var content: ArraySlice<UInt8>
        /// Where the next line begins.
        var next: Int
    }

    init(_ scenario: FramerScenario, _ input: [UInt8]) {
        self.scenario = scenario
        self.input = input
        do throws(Ending) {
            while true { try command() }
        } catch {
            switch error {
            case .incomplete(let isInside): records.append(.end(isInsideCommand: isInside))
            case .lost: records.append(.lost)
            case .closed: records.append(.closed(offset: position))
            }
        }
    }

    /// The line at `start`, or `nil` when it has no end.
    private func line(at start: Int) -> Line? {
        for index in start..<input.count where input[index] == 0x0A {
            let hasCR = index > start && input[index - 1] == 0x0D
            if hasCR || !scenario.crlfOnly {
                return Line(content: input[start..<(hasCR ? index - 1 : index)], next: index + 1)
            }
        }
        return nil
    }

    private func flaws(of content: ArraySlice<UInt8>) -> FrameFlaws {
        var flaws: FrameFlaws = []
        if content.contains(0) { flaws.insert(.nul) }
        if content.contains(0x0D) || content.contains(0x0A) { flaws.insert(.lineEnd) }
        return flaws
    }

    private struct Header {
        var size: UInt64?
        var kind: LiteralHeader.Kind
        var isBinary: Bool
        var length: Int
    }

    private func header(_ content: ArraySlice<UInt8>) -> Header? {
        guard content.last == 0x7D, let open = content.lastIndex(of: 0x7B) else { return nil }
        var digits = content[(open + 1)...].dropLast()
        let isNonSynchronizing = digits.last == 0x2B
        if isNonSynchronizing { digits = digits.dropLast() }
        guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        let isBinary = open > content.startIndex && content[open - 1] == 0x7E
        var size: UInt64?
        if digits.count <= 19, let value = UInt64(String(decoding: digits, as: UTF8.self)), value < 1 << 63 {
            size = value
        }
        return Header(
            size: size, kind: isNonSynchronizing ? .nonSynchronizing : .synchronizing, isBinary: isBinary,
            length: content.endIndex - open + (isBinary ? 1 : 0))
    }

    /// A head ends at the first literal, if not before.
    private func head(of octets: [UInt8]) -> CommandHead {
        Frame(octets: Array(octets[..<(places.first?.start ?? octets.count)])).head
    }

    /// Reads one command, to its end or to the end of its refusal.
    private mutating func command() throws(Ending) {
        frame = []
        places = []
        flaws = []
        charged = 0
        while true {
            lineLimit = scenario.limits.line
            guard let content = try commandLine() else { return }
            flaws.formUnion(flaws(of: content))
            frame += content
            charged += content.count
            guard let header = header(content) else {
                records.append(.command(octets: frame, literals: places, flaws: flaws, offset: position))
                return
            }
            frame.removeLast(header.length)
            guard try literal(header) else { return }
        }
    }

    /// A line within its limit, or `nil` when it was skipped.
    private mutating func commandLine() throws(Ending) -> ArraySlice<UInt8>? {
        while true {
            let room = min(lineLimit, scenario.limits.command - charged)
            let line = line(at: position)
            if let line, line.content.count <= room {
                position = line.next
                return line.content
            }
            // Too long, or not whole. One octet more than the room decides, but a CR waits for its LF.
            let here = input.count - position
            guard here > room + 1 || (here == room + 1 && input[position + room] != 0x0D) else {
                throw .incomplete(isInsideCommand: here > 0 || charged > 0)
            }
            if try !overLimit(room) { return nil }
        }
    }

    /// Returns false when the rest was skipped.
    private mutating func overLimit(_ room: Int) throws(Ending) -> Bool {
        let start = position
        position += room + 1
        let head = head(of: frame + input[start..<position])
        records.append(.overLimit(tag: head.tag, name: head.name, offset: position))
        let answer = scenario.overLimit[overLimitCount % scenario.overLimit.count]
        overLimitCount += 1
        switch answer {
        case .close: throw .closed
        case .extend(let limit) where min(limit, scenario.limits.command - charged) > room:
            position = start
            lineLimit = limit
            return true
        case .extend, .skip:
            swallow = scenario.swallow
            try skipLine(from: start)
            return false
        }
    }

    /// Returns false when the literal was refused.
    private mutating func literal(_ header: Header) throws(Ending) -> Bool {
        let head = head(of: frame)
        records.append(
            .literal(
                size: header.size, header.kind, isBinary: header.isBinary, tag: head.tag, name: head.name,
                offset: position))
        let answer = scenario.literals[literalCount % scenario.literals.count]
        literalCount += 1
        let limits = scenario.limits
        if answer == .buffer, let size = header.size, size <= UInt64(limits.literal),
            places.count < limits.literals, charged + Int(size) <= limits.command
        {
            guard input.count - position >= Int(size) else { throw .incomplete(isInsideCommand: true) }
            let start = frame.count
            frame += input[position..<position + Int(size)]
            places.append(FramerRecord.LiteralPlace(start: start, end: frame.count, isBinary: header.isBinary))
            charged += Int(size)
            position += Int(size)
            return true
        }
        if answer == .stream, let size = header.size {
            let count = Int(min(size, UInt64(input.count - position)))
            let octets = Array(input[position..<position + count])
            position += count
            let isComplete = UInt64(count) == size
            records.append(.streamed(octets, isComplete: isComplete, offset: position))
            guard isComplete else { throw .incomplete(isInsideCommand: true) }
            return true
        }
        guard header.kind == .nonSynchronizing else { return false }
        swallow = scenario.swallow
        try skipLiteral(header.size)
        return false
    }

    private mutating func skipLiteral(_ size: UInt64?) throws(Ending) {
        guard let size, size <= swallow else { throw .lost }
        swallow -= size
        guard UInt64(input.count - position) >= size else { throw .incomplete(isInsideCommand: true) }
        position += Int(size)
        try skipLine(from: position)
    }

    /// Skips what is left of the line that began at `start`, and what its end announces.
    private mutating func skipLine(from start: Int) throws(Ending) {
        guard let line = line(at: start) else {
            guard UInt64(input.count - position) <= swallow else { throw .lost }
            throw .incomplete(isInsideCommand: true)
        }
        let taken = UInt64(line.next - position)
        guard taken <= swallow else { throw .lost }
        swallow -= taken
        position = line.next
        guard let header = header(line.content), header.kind == .nonSynchronizing else {
            records.append(.skipped(offset: position))
            return
        }
        try skipLiteral(header.size)
    }
}
