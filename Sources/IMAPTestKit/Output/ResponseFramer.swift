/// A literal that a response carries. Only its beginning is kept.
struct ResponseLiteral: Sendable, Equatable {
    static let kept = 65_536

    let isBinary: Bool
    let count: UInt64
    private(set) var octets: [UInt8] = []
    private(set) var hasNUL = false

    init(isBinary: Bool, count: UInt64) {
        self.isBinary = isBinary
        self.count = count
    }

    /// Whether ``octets`` are all there are.
    var isWhole: Bool { UInt64(octets.count) == count }

    mutating func add(_ piece: ArraySlice<UInt8>) {
        if !isBinary, !hasNUL { hasNUL = piece.contains(0) }
        octets += piece.prefix(ResponseLiteral.kept - octets.count)
    }
}

/// One response: its lines with their ends, and its literals by the index of the octet that follows their header.
struct FramedResponse: Sendable, Equatable {
    var octets: [UInt8] = []
    var literals: [Int: ResponseLiteral] = [:]
    /// Why the end of this response is a guess.
    var flaw: String?

    /// The octets, with `...` in place of literals.
    var display: [UInt8] {
        var shown: [UInt8] = []
        for (index, octet) in octets.enumerated() {
            if literals[index] != nil { shown += [0x2E, 0x2E, 0x2E] }
            shown.append(octet)
        }
        return shown
    }
}

/// Cuts what a server writes into responses, however it arrives.
///
/// A response ends at a CRLF that no literal's header stands before. A status response and a continuation request
/// end at their first CRLF: they are text, and carry no literal.
struct ResponseFramer: Sendable {
    private var current = FramedResponse()
    private var lineStart = 0
    private var literal: (at: Int, left: UInt64)?

    init() {}

    /// Whether a response has begun and not ended.
    var isInside: Bool { !current.octets.isEmpty }

    /// What there is of the response that has not ended.
    var unfinished: [UInt8] { current.display }

    mutating func add(_ octets: [UInt8]) -> [FramedResponse] {
        var responses: [FramedResponse] = []
        var index = 0
        while index < octets.count {
            if let open = literal, open.left > 0 {
                let count = Int(min(open.left, UInt64(octets.count - index)))
                current.literals[open.at]?.add(octets[index..<index + count])
                literal = (open.at, open.left - UInt64(count))
                index += count
                continue
            }
            let octet = octets[index]
            index += 1
            current.octets.append(octet)
            guard octet == 0x0A else { continue }
            if endLine() {
                responses.append(current)
                current = FramedResponse()
                lineStart = 0
                literal = nil
            }
        }
        return responses
    }

    /// Whether the line that just ended ends the response.
    private mutating func endLine() -> Bool {
        let line = current.octets[lineStart...]
        guard line.dropLast().last == 0x0D else {
            current.flaw = "LF without CR"
            return true
        }
        guard !isText, let header = ResponseFramer.literalHeader(line.dropLast(2)) else { return true }
        switch header {
        case .tooLarge:
            current.flaw = "size of a literal is out of range"
            return true
        case .literal(let literal):
            lineStart = current.octets.count
            current.literals[lineStart] = literal
            self.literal = (lineStart, literal.count)
            return false
        }
    }

    /// Whether the current response is a status response or a continuation request.
    private var isText: Bool {
        if current.octets.first == 0x2B { return true }
        let words = current.octets.split(separator: 0x20, maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count > 1 else { return true }
        if words[0] != [0x2A] { return true }
        let word = ASCIIWord.upper(Array(words[1].prefix { $0 != 0x0D }))
        return ["OK", "NO", "BAD", "BYE", "PREAUTH"].contains(word)
    }

    private enum Header {
        case literal(ResponseLiteral)
        case tooLarge
    }

    /// `["~"] "{" 1*DIGIT ["+"] "}"` at the end of `line`.
    private static func literalHeader(_ line: ArraySlice<UInt8>) -> Header? {
        guard line.last == 0x7D else { return nil }
        var rest = line.dropLast()
        if rest.last == 0x2B { rest = rest.dropLast() }
        let digits = rest.reversed().prefix { (0x30...0x39).contains($0) }.reversed()
        let before = rest.dropLast(digits.count)
        guard !digits.isEmpty, before.last == 0x7B else { return nil }
        var count: UInt64 = 0
        for digit in digits {
            let (product, overflows) = count.multipliedReportingOverflow(by: 10)
            let (sum, carries) = product.addingReportingOverflow(UInt64(digit - 0x30))
            guard !overflows, !carries, sum <= UInt64(Int64.max) else { return .tooLarge }
            count = sum
        }
        return .literal(ResponseLiteral(isBinary: before.dropLast().last == 0x7E, count: count))
    }
}

/// Words of the grammar, which know no case.
enum ASCIIWord {
    static func upper(_ octet: UInt8) -> UInt8 { (0x61...0x7A).contains(octet) ? octet - 0x20 : octet }

    static func upper(_ octets: some Sequence<UInt8>) -> String {
        var text = ""
        for octet in octets { text.unicodeScalars.append(Unicode.Scalar(upper(octet))) }
        return text
    }
}
