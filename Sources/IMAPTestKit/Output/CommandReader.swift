import IMAPCodec

/// A command that the client sent, as far as the rules need it.
struct SentCommand: Sendable, Equatable {
    /// `nil` when the line has none.
    let tag: [UInt8]?
    /// In upper case: `FETCH`, `UID FETCH`.
    let name: String
    /// Whether it is a search whose result is kept (RFC 5182), and perhaps not told.
    let savesResult: Bool
    /// What a NOTIFY asks for of the selected mailbox.
    let notifies: SelectedNotifications?
    /// Whether all of it, literals included, was sent.
    var isComplete = false
    /// Whether it was answered, which may be before all of it was sent.
    var isAnswered = false
    /// Whether an untagged BAD came since: the answer to what the server takes for no command.
    var sawUntaggedBad = false

    /// The first line of a command.
    init(_ line: ArraySlice<UInt8>, hasMore: Bool = false) {
        let words = line.split(separator: 0x20, maxSplits: 3, omittingEmptySubsequences: false)
        let isTag = { (octet: UInt8) in ResponseReader.isAStringCharacter(octet) && octet != 0x2B }
        if let first = words.first, !first.isEmpty, first.allSatisfy(isTag) {
            tag = Array(first)
        } else {
            tag = nil
        }
        let first = words.count > 1 ? ASCIIWord.upper(words[1]) : ""
        name = first == "UID" && words.count > 2 ? "UID " + ASCIIWord.upper(words[2]) : first
        let options =
            name.hasSuffix("SEARCH") || name.hasSuffix("SORT") ? ASCIIWord.upper(line.prefix { $0 != 0x29 }) : ""
        notifies = name == "NOTIFY" ? SelectedNotifications(ASCIIWord.upper(line), hasMore: hasMore) : nil
        savesResult = options.split(whereSeparator: { $0 == " " || $0 == "(" }).contains("SAVE")
    }

    var display: String { "\(tag.map { OutputViolation.visible($0) } ?? "?") \(name)" }
}

/// When a server tells of messages of the selected mailbox since NOTIFY (RFC 5465 sections 3.1 and 6.1).
enum SelectedNotifications: Sendable, Equatable {
    case never
    /// EXPUNGE only with the commands that allow it.
    case delayed
    case always
    /// The command's first line does not tell.
    case unknown

    init(_ line: String, hasMore: Bool) {
        let words = line.split(whereSeparator: { " ()".contains($0) })
        func asks(_ word: Substring) -> Bool? {
            guard let index = words.firstIndex(of: word) else { return nil }
            return index + 1 < words.count && words[index + 1] != "NONE"
        }
        if let isAsked = asks("SELECTED") {
            self = isAsked ? .always : .never
        } else if let isAsked = asks("SELECTED-DELAYED") {
            self = isAsked ? .delayed : .never
        } else {
            self = hasMore ? .unknown : .never
        }
    }
}

/// Cuts what a client sends into commands, in step with what the server answers.
///
/// One command is read at a time: the next one is looked at when this one was answered, for what its octets mean may
/// depend on the answer. A literal that the server did not ask for is the next line; a line behind `+` is the rest of
/// an exchange; what follows STARTTLS before its OK is nothing. What follows COMPRESS goes through a layer, which is read
/// no further than the commands are: UNAUTHENTICATE ends it.
struct CommandReader: Sendable {
    private enum Reading: Sendable {
        case line
        case awaitingContinuation(UInt64)
        case literal(UInt64)
        /// A line that a continuation request asked for.
        case reply
    }

    private var buffer: [UInt8] = []
    private var start = 0
    /// In front of this there is no line's end that was not looked at.
    private var scanned = 0
    private var layer = Layer.none
    private static let longestLine = 1 << 21
    /// Octets inside the layer that were not looked at.
    private var wire: [UInt8] = []

    private enum Layer: Sendable {
        case none
        case on(Inflater)
        /// It ends where the client's flush ends.
        case ending(Inflater)
    }
    private var reading = Reading.line
    private(set) var current: SentCommand?
    /// Whether it is known which command is in progress. Once lost, it stays lost.
    private(set) var isCertain = true
    /// Whether a line ended in LF alone, which not every server takes for its end.
    private(set) var isAmbiguous = false
    /// An untagged BAD came inside of a line that has not ended.
    private var sawBadInLine = false

    init() {}

    /// Whether the server has everything that it can answer, and has not answered.
    var owesAnswer: Bool {
        guard let current, current.isComplete, case .line = reading else { return false }
        return !current.isAnswered && !current.sawUntaggedBad && !CommandReader.exchanges.contains(current.name)
    }

    /// The commands that a continuation request without a literal belongs to.
    private static let exchanges: Set<String> = ["AUTHENTICATE", "IDLE"]

    mutating func sent(_ octets: [UInt8]) {
        if case .none = layer { buffer += octets } else { wire += octets }
        advance()
    }

    /// The server asked for more.
    ///
    /// - Returns: Whether anything waited for that.
    mutating func continued() -> Bool {
        switch reading {
        case .awaitingContinuation(let count):
            reading = .literal(count)
        case .line:
            guard let current, current.isComplete, CommandReader.exchanges.contains(current.name) else { return false }
            reading = .reply
        case .literal, .reply: return false
        }
        advance()
        return true
    }

    /// The server answered `tag`.
    ///
    /// - Returns: The command, or `nil` when no such command is in progress.
    mutating func answered(_ tag: [UInt8], succeeds: Bool) -> SentCommand? {
        if current?.tag != tag || current?.isAnswered == true { seek(tag) }
        guard let command = current, command.tag == tag, !command.isAnswered else {
            return nil
        }
        current?.isAnswered = true
        if case .awaitingContinuation = reading {
            current = nil
            reading = .line
        } else if command.isComplete {
            current = nil
            reading = .line
            if succeeds { changeLayers(behind: command) }
        }
        advance()
        return command
    }

    private mutating func changeLayers(behind command: SentCommand) {
        switch (command.name, layer) {
        case ("STARTTLS", _):
            buffer = []
            start = 0
            scanned = 0
        case ("COMPRESS", .none):
            layer = .on(Inflater())
            wire = Array(buffer[start...])
            buffer = []
            start = 0
            scanned = 0
        case ("UNAUTHENTICATE", .on(let inflater)): layer = .ending(inflater)
        default: break
        }
    }

    mutating func untaggedBad() {
        if current == nil { sawBadInLine = start < buffer.count }
        current?.sawUntaggedBad = true
        // What is longer than tags are is seldom taken for one: the answer is this BAD, and the next line is read.
        guard let current, current.isComplete, !current.isAnswered, current.tag?.count ?? 0 > CommandReader.longestTag
        else { return }
        self.current = nil
        advance()
    }

    /// The most octets of a tag that is taken for one without doubt.
    private static let longestTag = 64

    /// Nothing more is known of the commands.
    mutating func lose() { isCertain = false }

    /// Leaves commands behind that the server did not take for commands, up to `tag`'s.
    private mutating func seek(_ tag: [UInt8]) {
        if current == nil, start < buffer.count {
            // A line without an end, which the server found too long.
            let command = SentCommand(buffer[start...])
            if command.tag == tag { current = command }
        }
        guard current?.sawUntaggedBad == true || current?.isAnswered == true else { return }
        var copy = self
        while copy.current != nil {
            copy.current = nil
            copy.reading = .line
            copy.advance()
            if copy.current?.tag == tag {
                self = copy
                return
            }
        }
    }

    private mutating func advance() {
        repeat {
            while step() {}
        } while inflate()
        if start > 65_536 || start == buffer.count {
            buffer.removeFirst(start)
            scanned = max(scanned - start, 0)
            start = 0
        }
    }

    /// Takes more out of the layer, where the next command needs it. Returns whether there may be more to read.
    private mutating func inflate() -> Bool {
        var rest = wire[...]
        defer { wire = Array(rest) }
        switch layer {
        case .none: return false
        case .ending(var inflater):
            do {
                switch try inflater.endAtBoundary(&rest) {
                case .boundary:
                    layer = .none
                    buffer += rest
                    rest = []
                    return true
                case .needsMore: layer = .ending(inflater)
                case .none: lose()
                }
            } catch {
                lose()
            }
            return false
        case .on(var inflater):
            if case .awaitingContinuation = reading { return false }
            if case .line = reading, let current, current.isComplete { return false }
            guard !rest.isEmpty else { return false }
            let before = rest.count
            // What no server takes for a line is not followed.
            guard buffer.count - start < CommandReader.longestLine else {
                lose()
                return false
            }
            // One holder alone: the window is not copied.
            layer = .none
            do {
                _ = try inflater.inflate(&rest, into: &buffer, max: 65_536)
                layer = .on(inflater)
                return rest.count < before
            } catch {
                // The server says what it thinks of that.
                layer = .on(inflater)
                lose()
                return false
            }
        }
    }

    /// Reads one line or one literal. Returns whether there may be more to read.
    private mutating func step() -> Bool {
        switch reading {
        case .awaitingContinuation: return false
        case .literal(let left):
            let count = min(left, UInt64(buffer.count - start))
            start += Int(count)
            guard count == left else {
                reading = .literal(left - count)
                return false
            }
            reading = .line
            return true
        case .reply:
            guard takeLine() != nil else { return false }
            reading = .line
            return true
        case .line:
            if let current, current.isComplete { return false }
            guard let line = takeLine() else { return false }
            begin(line)
            return true
        }
    }

    private mutating func takeLine() -> ArraySlice<UInt8>? {
        guard let end = buffer[max(start, scanned)...].firstIndex(of: 0x0A) else {
            scanned = buffer.count
            return nil
        }
        scanned = end + 1
        let line = buffer[start..<end]
        start = end + 1
        guard line.last == 0x0D else {
            isAmbiguous = true
            return line
        }
        return line.dropLast()
    }

    private mutating func begin(_ line: ArraySlice<UInt8>) {
        let literal = CommandReader.literal(line)
        if current == nil {
            current = SentCommand(line.dropLast(literal?.length ?? 0), hasMore: literal != nil)
            current?.sawUntaggedBad = sawBadInLine
            sawBadInLine = false
        }
        // A line that is no command is answered at once, without a tag. Who has the answer sends no literal that
        // waits for an invitation.
        let isRefused = current?.sawUntaggedBad == true && current?.tag?.count ?? 0 > CommandReader.longestTag
        let isOver = current?.tag == nil || current?.isAnswered == true || isRefused
        if let literal, !isOver || !literal.isSynchronizing {
            reading = literal.isSynchronizing ? .awaitingContinuation(literal.count) : .literal(literal.count)
        } else if isOver {
            current = nil
        } else {
            current?.isComplete = true
        }
    }

    /// `["~"] "{" number64 ["+"] "}"` at the end of `line`.
    private static func literal(
        _ line: ArraySlice<UInt8>
    ) -> (count: UInt64, isSynchronizing: Bool, length: Int)? {
        guard line.last == 0x7D else { return nil }
        var rest = line.dropLast()
        let isSynchronizing = rest.last != 0x2B
        if !isSynchronizing { rest = rest.dropLast() }
        let digits = rest.reversed().prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty, rest.dropLast(digits.count).last == 0x7B else { return nil }
        rest = rest.dropLast(digits.count + 1)
        if rest.last == 0x7E { rest = rest.dropLast() }
        var count: UInt64 = 0
        for digit in digits.reversed() {
            let (product, overflows) = count.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(digit - 0x30))
            // No number that there can be, and a literal all the same: nothing behind it is a command.
            guard !overflows, !carries, sum <= UInt64(Int64.max) else {
                return (.max, isSynchronizing, line.count - rest.count)
            }
            count = sum
        }
        return (count, isSynchronizing, line.count - rest.count)
    }
}
