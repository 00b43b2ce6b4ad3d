public import IMAPTypes

/// How deep and how many the lists of a command may be (R-NEST-1).
public struct NestingLimits: Sendable, Equatable {
    public var depth: Int
    public var lists: Int

    public init(depth: Int, lists: Int) {
        self.depth = depth
        self.lists = lists
    }
}

/// Reads the arguments of one command, left to right, without going back.
///
/// Every method reads one production of the grammar of RFC 9051 section 9 (or RFC 3501's, where it is wider), or
/// throws and is then somewhere inside it: give the command up. Octets only; nothing is looked at as text.
///
/// Nesting is counted where a list opens, and never by the call stack.
public struct ArgumentReader: Sendable {
    let octets: [UInt8]
    let literals: [Frame.Literal]
    private(set) var position: Int
    /// Where the octets that are not a literal end: the next literal, or the command's end.
    private var segmentEnd: Int
    private var nextLiteral = 0
    private var depth = 0
    private var listsLeft: Int
    private let depthLimit: Int
    /// Whether a quoted string must be UTF-8 (RFC 9755 section 3): the session's mode says so.
    package var quotesUTF8 = false
    /// How much of what the grammar repeats is taken.
    public let limits: CountLimits
    /// Octets looked at and values made, for tests of linearity.
    package private(set) var steps = 0

    /// A reader behind the command's name.
    public init(
        _ frame: Frame, head: CommandHead, nesting: NestingLimits, limits: CountLimits = CountLimits()
    ) {
        octets = frame.octets
        literals = frame.literals
        position = head.end
        segmentEnd = frame.literals.first?.start ?? frame.octets.count
        listsLeft = nesting.lists
        depthLimit = nesting.depth
        self.limits = limits
    }

    /// A reader behind the last literal that was streamed, for a command whose front was read already.
    public init(tailOf frame: Frame, nesting: NestingLimits, limits: CountLimits = CountLimits()) {
        octets = frame.octets
        literals = frame.literals
        position = frame.tailStart ?? frame.octets.count
        let start = position
        nextLiteral = frame.literals.firstIndex { $0.start >= start } ?? frame.literals.count
        segmentEnd = nextLiteral < frame.literals.count ? frame.literals[nextLiteral].start : frame.octets.count
        listsLeft = nesting.lists
        depthLimit = nesting.depth
        self.limits = limits
    }

    // MARK: Looking

    /// Whether everything was read.
    public var isAtEnd: Bool { position == octets.count && nextLiteral == literals.count }

    /// Whether a literal stands here.
    public var isAtLiteral: Bool { position == segmentEnd && nextLiteral < literals.count }

    /// The octet that comes next, or `nil` before a literal and at the end.
    public var next: UInt8? { position < segmentEnd ? octets[position] : nil }

    public func error(_ kind: SyntaxError.Kind) -> SyntaxError { SyntaxError(kind, at: position) }

    /// What is wrong where something was expected.
    public var unexpected: SyntaxError { error(isAtEnd ? .missing : .unexpected) }

    // MARK: Single octets

    /// Reads `octet` if it is next.
    public mutating func take(_ octet: UInt8) -> Bool {
        steps += 1
        guard position < segmentEnd, octets[position] == octet else { return false }
        position += 1
        return true
    }

    public mutating func expect(_ octet: UInt8) throws(SyntaxError) {
        guard take(octet) else { throw unexpected }
    }

    /// `SP`: exactly one.
    public mutating func space() throws(SyntaxError) { try expect(ASCII.space) }

    /// The command must be over. A trailing space is one too many.
    public func end() throws(SyntaxError) {
        guard isAtEnd else { throw error(.trailing) }
    }

    // MARK: Words

    /// The longest run of octets in `set`, possibly none.
    mutating func run(of set: OctetSet) -> Range<Int> {
        let start = position
        while position < segmentEnd, set.contains(octets[position]) { position += 1 }
        steps += position - start + 1
        return start..<position
    }

    func copy(_ range: Range<Int>) -> [UInt8] { Array(octets[range]) }

    /// `atom`
    public mutating func atom() throws(SyntaxError) -> [UInt8] {
        let range = run(of: .atom)
        guard !range.isEmpty else { throw unexpected }
        return copy(range)
    }

    /// A word of the protocol: an atom up to `[` or `<`, as in `BODY[` and `BODY[]<0.10>`.
    ///
    /// A word longer than any keyword can be is no keyword: ``SyntaxError/Kind/unknown``.
    public mutating func keyword() throws(SyntaxError) -> Keyword {
        let range = run(of: ArgumentReader.wordOctets)
        guard !range.isEmpty else { throw unexpected }
        guard let keyword = Keyword(octets.span.extracting(range)) else { throw error(.unknown) }
        return keyword
    }

    private static let wordOctets = OctetSet { octet in
        OctetSet.atom.contains(octet) && octet != ASCII.leftBracket && octet != ASCII.less
    }

    // MARK: Numbers

    /// `number`: 0 to 4,294,967,295
    public mutating func number() throws(SyntaxError) -> UInt32 {
        let (value, length) = Number.value32(in: octets.span.extracting(position..<segmentEnd), from: 0)
        position += length
        steps += length + 1
        guard length > 0 else { throw unexpected }
        guard let value else { throw error(.number) }
        return value
    }

    /// The digits here, as a number of at most 63 bits.
    private mutating func digits() throws(SyntaxError) -> UInt64 {
        let start = position
        while position < segmentEnd, ASCII.isDigit(octets[position]) { position += 1 }
        steps += position - start + 1
        guard position > start else { throw unexpected }
        guard position - start <= 19, let value = Number.value63(of: octets[start..<position]) else {
            throw error(.number)
        }
        return value
    }

    /// `nz-number`: 1 to 4,294,967,295
    public mutating func nonZeroNumber() throws(SyntaxError) -> UInt32 {
        let value = try number()
        guard value != 0 else { throw error(.number) }
        return value
    }

    /// `number64`: 0 to 2^63 - 1
    public mutating func number64() throws(SyntaxError) -> UInt64 { try digits() }

    /// `sequence-set`. See ``/IMAPTypes/SequenceSet``.
    public mutating func sequenceSet() throws(SyntaxError) -> SequenceSet {
        var reading = SetReading()
        reading.read(octets.span.extracting(position..<segmentEnd), atMost: limits[.setRanges])
        steps += reading.length + reading.elements.count
        position += reading.length
        switch reading.problem {
        case nil: break
        case .unexpected: throw unexpected
        case .some(let problem): throw error(problem)
        }
        return SequenceSet(read: reading.elements)
    }

    // MARK: Strings

    /// `string`: quoted or a literal, without NUL.
    public mutating func string() throws(SyntaxError) -> [UInt8] {
        if isAtLiteral { return try literal() }
        return try quoted()
    }

    /// `quoted`. Octets above 0x7F are taken as they are, where the session's mode does not ask for UTF-8.
    public mutating func quoted() throws(SyntaxError) -> [UInt8] {
        try expect(ASCII.quote)
        var value: [UInt8] = []
        while position < segmentEnd {
            let start = position
            while position < segmentEnd, octets[position] != ASCII.quote, octets[position] != ASCII.backslash {
                position += 1
            }
            value.append(contentsOf: octets[start..<position])
            steps += position - start + 1
            guard position < segmentEnd else { break }
            let octet = octets[position]
            position += 1
            if octet == ASCII.quote {
                guard !quotesUTF8 || UTF8Octets.isValid(value.span) else { throw error(.notUTF8) }
                return value
            }
            guard position < segmentEnd, octets[position] == ASCII.quote || octets[position] == ASCII.backslash else {
                throw unexpected
            }
            value.append(octets[position])
            position += 1
        }
        throw unexpected
    }

    /// `literal`, without NUL. A `literal8` is refused.
    public mutating func literal() throws(SyntaxError) -> [UInt8] {
        guard isAtLiteral else { throw unexpected }
        let literal = literals[nextLiteral]
        guard !literal.isBinary else { throw error(.unexpected) }
        let value = copy(literal.start..<literal.end)
        guard !value.contains(ASCII.nul) else { throw error(.nul) }
        passLiteral()
        return value
    }

    /// `literal8` or `literal`: any octets.
    public mutating func literal8() throws(SyntaxError) -> [UInt8] {
        guard isAtLiteral else { throw unexpected }
        let literal = literals[nextLiteral]
        passLiteral()
        return copy(literal.start..<literal.end)
    }

    private mutating func passLiteral() {
        steps += literals[nextLiteral].end - position + 1
        position = literals[nextLiteral].end
        nextLiteral += 1
        segmentEnd = nextLiteral < literals.count ? literals[nextLiteral].start : octets.count
    }

    /// `astring`: 1*ASTRING-CHAR or `string`.
    public mutating func astring() throws(SyntaxError) -> [UInt8] {
        if isAtLiteral || next == ASCII.quote { return try string() }
        let range = run(of: .astring)
        guard !range.isEmpty else { throw unexpected }
        return copy(range)
    }

    /// `nstring`: `string` or NIL, in any case.
    public mutating func nstring() throws(SyntaxError) -> [UInt8]? {
        if isAtLiteral || next == ASCII.quote { return try string() }
        guard try keyword() == ArgumentReader.null else { throw error(.unexpected) }
        return nil
    }

    private static let null: Keyword = "NIL"

    /// `nstring / literal8`: a `literal8` may hold NUL, and nothing else may.
    public mutating func nstring8() throws(SyntaxError) -> [UInt8]? {
        if isAtLiteral, literals[nextLiteral].isBinary { return try literal8() }
        return try nstring()
    }

    /// `list-mailbox`: 1*list-char or `string`.
    public mutating func listMailbox() throws(SyntaxError) -> [UInt8] {
        if isAtLiteral || next == ASCII.quote { return try string() }
        let range = run(of: .list)
        guard !range.isEmpty else { throw unexpected }
        return copy(range)
    }

    // MARK: Lists

    /// `(`, counted against the limits of depth and number.
    public mutating func openList() throws(SyntaxError) {
        guard next == ASCII.leftParenthesis else { throw unexpected }
        guard depth < depthLimit, listsLeft > 0 else { throw error(.nesting) }
        position += 1
        depth += 1
        listsLeft -= 1
    }

    /// Looks ahead: whatever `body` reads is read again.
    package mutating func looking<Value>(_ body: (inout ArgumentReader) -> Value) -> Value {
        var ahead = self
        let value = body(&ahead)
        steps = ahead.steps
        return value
    }

    /// `)`
    public mutating func closeList() throws(SyntaxError) {
        try expect(ASCII.rightParenthesis)
        leaveLevel()
    }

    /// One level deeper without a list, as behind NOT: counted with the lists (R-NEST-2).
    public mutating func enterLevel() throws(SyntaxError) {
        guard depth < depthLimit else { throw error(.nesting) }
        depth += 1
    }

    /// Ends what ``enterLevel()`` began.
    public mutating func leaveLevel() { depth -= 1 }

    /// `"(" [element *(SP element)] ")"`, with at most `limit` elements.
    @inlinable
    public mutating func list<Element>(
        atMost limit: CountLimit = .listElements, of element: (inout ArgumentReader) throws(SyntaxError) -> Element
    ) throws(SyntaxError) -> [Element] {
        try openList()
        let most = limits[limit]
        var elements: [Element] = []
        if next == ASCII.rightParenthesis {
            try closeList()
            return elements
        }
        elements.reserveCapacity(min(4, most))
        while true {
            guard elements.count < most else { throw error(.limit) }
            elements.append(try element(&self))
            if next == ASCII.rightParenthesis { break }
            try space()
        }
        try closeList()
        return elements
    }
}
