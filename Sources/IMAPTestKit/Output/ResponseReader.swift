/// Where and why a response leaves the grammar.
struct GrammarFault: Error, Equatable {
    let reason: String
    let offset: Int
}

/// Reads the elements of one response, from left to right. Knows nothing of the library's own reader.
struct ResponseReader {
    /// How deep lists and parts may be nested. More is refused, so that no response can exhaust the stack.
    static let deepest = 200

    /// The response without its last CRLF.
    let octets: [UInt8]
    let literals: [Int: ResponseLiteral]
    let permissions: OutputPermissions
    /// Whether quoted strings, names and text may hold UTF-8.
    let allowsUTF8: Bool
    /// The same in the text of a status response.
    var allowsUTF8InText = false
    private(set) var position = 0
    private var depth = 0

    init(_ response: FramedResponse, _ permissions: OutputPermissions, allowsUTF8: Bool) {
        octets = response.octets.suffix(2) == [0x0D, 0x0A] ? response.octets.dropLast(2) : response.octets
        literals = response.literals
        self.permissions = permissions
        self.allowsUTF8 = allowsUTF8
    }

    // MARK: Octets

    var isAtEnd: Bool { position >= octets.count }

    var peek: UInt8? { position < octets.count ? octets[position] : nil }

    func peek(_ text: String) -> Bool {
        var index = position
        for octet in text.utf8 {
            guard index < octets.count, ASCIIWord.upper(octets[index]) == ASCIIWord.upper(octet) else { return false }
            index += 1
        }
        return true
    }

    func fault(_ reason: String, at offset: Int? = nil) -> GrammarFault {
        GrammarFault(reason: reason, offset: offset ?? position)
    }

    mutating func step() { position += 1 }

    mutating func skip(_ count: Int) { position = min(position + count, octets.count) }

    mutating func accept(_ octet: UInt8) -> Bool {
        guard peek == octet else { return false }
        position += 1
        return true
    }

    /// Takes `text` in any case, if it is there.
    mutating func accept(_ text: String) -> Bool {
        guard peek(text) else { return false }
        position += text.utf8.count
        return true
    }

    mutating func take(_ text: String) throws(GrammarFault) {
        guard accept(text) else { throw fault("expected \(text)") }
    }

    mutating func space() throws(GrammarFault) {
        guard accept(0x20) else { throw fault("expected a space") }
        if peek == 0x20 { throw fault("two spaces") }
    }

    func end() throws(GrammarFault) {
        guard isAtEnd else { throw fault("more than the response has") }
    }

    // MARK: Nesting and lists

    mutating func descend() throws(GrammarFault) {
        depth += 1
        guard depth <= ResponseReader.deepest else { throw fault("nested too deeply") }
    }

    mutating func ascend() { depth -= 1 }

    /// `"(" element *(SP element) ")"`, or `"()"` when it may be empty.
    mutating func list(
        orEmpty: Emptiness = .refused, _ element: (inout ResponseReader) throws(GrammarFault) -> Void
    ) throws(GrammarFault) {
        try take("(")
        try descend()
        if peek == 0x29 {
            guard orEmpty == .allowed else { throw fault("empty list") }
        } else {
            try element(&self)
            while accept(0x20) { try element(&self) }
        }
        try take(")")
        ascend()
    }

    enum Emptiness { case allowed, refused }

    /// `"(" 1*element ")"`
    mutating func run(_ element: (inout ResponseReader) throws(GrammarFault) -> Void) throws(GrammarFault) {
        try take("(")
        try descend()
        repeat { try element(&self) } while peek == 0x28
        try take(")")
        ascend()
    }

    // MARK: Numbers

    private mutating func digits(upTo limit: UInt64) throws(GrammarFault) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        while let octet = peek, (0x30...0x39).contains(octet) {
            let (product, overflows) = value.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(octet - 0x30))
            guard !overflows, !carries, sum <= limit else { throw fault("number out of range", at: start) }
            value = sum
            position += 1
        }
        guard position > start else { throw fault("expected a number") }
        if octets[start] == 0x30, position > start + 1 { throw fault("number has a leading zero", at: start) }
        return value
    }

    mutating func number() throws(GrammarFault) -> UInt32 {
        UInt32(truncatingIfNeeded: try digits(upTo: UInt64(UInt32.max)))
    }

    mutating func number64() throws(GrammarFault) -> UInt64 { try digits(upTo: UInt64(Int64.max)) }

    mutating func nonZero() throws(GrammarFault) -> UInt32 {
        let start = position
        let value = try number()
        guard value > 0 else { throw fault("zero where the number must not be zero", at: start) }
        return value
    }

    mutating func nonZero64() throws(GrammarFault) -> UInt64 {
        let start = position
        let value = try number64()
        guard value > 0 else { throw fault("zero where the number must not be zero", at: start) }
        return value
    }

    /// Exactly `count` digits.
    mutating func fixedDigits(_ count: Int) throws(GrammarFault) -> Int {
        var value = 0
        for _ in 0..<count {
            guard let octet = peek, (0x30...0x39).contains(octet) else { throw fault("expected a digit") }
            value = value * 10 + Int(octet - 0x30)
            position += 1
        }
        return value
    }

    /// `sequence-set` as a server writes it: without `*` and without `$`.
    @discardableResult
    mutating func numberSet() throws(GrammarFault) -> [ClosedRange<UInt32>] {
        var ranges: [ClosedRange<UInt32>] = []
        repeat {
            let first = try setNumber()
            let last = accept(0x3A) ? try setNumber() : first
            ranges.append(min(first, last)...max(first, last))
        } while accept(0x2C)
        return ranges
    }

    private mutating func setNumber() throws(GrammarFault) -> UInt32 {
        if peek == 0x2A || peek == 0x24 { throw fault("a server's set has no * and no $") }
        return try nonZero()
    }
}
