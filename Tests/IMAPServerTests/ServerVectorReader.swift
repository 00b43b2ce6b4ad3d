import IMAPTypes

/// A piece of a response as it stands on the wire, without a meaning: what an independent reader sees.
enum WireNode: Equatable {
    /// An atom, a number, a flag, a set, or a data item's name with its section.
    case word([UInt8])
    /// Quoted or literal.
    case string([UInt8])
    case list([WireNode])
}

struct WireError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// A server's response, taken to pieces by a reader that knows nothing of the library.
struct WireResponse {
    /// `*`, `+`, or the tag.
    let tag: [UInt8]
    /// Before the name: of FETCH, EXISTS ...
    let number: UInt32?
    /// In upper case.
    let name: String
    /// Of a status response, in upper case.
    let codeName: String?
    private let rest: WireReader

    static let statuses: Set<String> = ["OK", "NO", "BAD", "BYE", "PREAUTH"]

    var isStatus: Bool { WireResponse.statuses.contains(name) }
    var isContinuation: Bool { tag == octets("+") }

    /// Its beginning: enough to say what it is.
    init(_ wire: [UInt8]) throws {
        var reader = WireReader(wire)
        tag = reader.plain()
        try reader.take(" ")
        guard tag != octets("+") else {
            (number, name, codeName, rest) = (nil, "+", nil, reader)
            return
        }
        var word = reader.plain()
        number = UInt32(String(decoding: word, as: UTF8.self))
        if number != nil {
            try reader.take(" ")
            word = reader.plain()
        }
        name = String(decoding: word, as: UTF8.self).uppercased()
        rest = reader
        guard WireResponse.statuses.contains(name), reader.skip(" "), reader.skip("[") else {
            codeName = nil
            return
        }
        codeName = String(decoding: reader.plain(), as: UTF8.self).uppercased()
    }

    /// What follows the name.
    func data() throws -> [WireNode] {
        var reader = rest
        guard reader.skip(" ") else {
            try reader.end()
            return []
        }
        let nodes = try reader.nodes(until: 0x0D)
        reader.position -= 1
        try reader.end()
        return nodes
    }

    /// The arguments of a status response's code, and its text: `nil` where the print has none.
    func code() throws -> (arguments: [WireNode], text: [UInt8]?) {
        var reader = rest
        _ = reader.skip(" ")
        var arguments: [WireNode] = []
        if codeName != nil {
            try reader.take("[")
            _ = reader.plain()
            if reader.skip(" ") { arguments = try reader.nodes(until: 0x5D) } else { try reader.take("]") }
            _ = reader.skip(" ")
        }
        let text = reader.line()
        try reader.end()
        return (arguments, text.isEmpty ? nil : text)
    }

    /// The line of a continuation request.
    func line() throws -> [UInt8] {
        var reader = rest
        let line = reader.line()
        try reader.end()
        return line
    }
}

/// Reads the generic form of a response: words, strings and lists with one space between two.
struct WireReader {
    private let wire: [UInt8]
    var position = 0

    init(_ wire: [UInt8]) { self.wire = wire }

    private var next: UInt8? { position < wire.count ? wire[position] : nil }

    private func isNext(_ character: Unicode.Scalar) -> Bool { next == UInt8(ascii: character) }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard isNext(character) else { return false }
        position += 1
        return true
    }

    mutating func take(_ character: Unicode.Scalar) throws {
        guard skip(character) else { throw WireError("no \(character) at \(position)") }
    }

    /// The line's end, and nothing behind it.
    mutating func end() throws {
        guard wire[position...] == [0x0D, 0x0A] else { throw WireError("no end at \(position)") }
    }

    /// Up to the line's end.
    mutating func line() -> [UInt8] {
        let start = position
        while let next, next != 0x0D { position += 1 }
        return Array(wire[start..<position])
    }

    /// Up to a space, a bracket that closes, or the line's end.
    mutating func plain() -> [UInt8] {
        let start = position
        while let next, next != 0x20, next != 0x0D, next != 0x5D { position += 1 }
        return Array(wire[start..<position])
    }

    /// Nodes up to and with `end`. Between two lists there may be no space: the grammar of NAMESPACE and of addresses.
    mutating func nodes(until end: UInt8) throws -> [WireNode] {
        var nodes: [WireNode] = []
        if next == end {
            position += 1
            return []
        }
        while true {
            let node = try node()
            nodes.append(node)
            if next == end {
                position += 1
                return nodes
            }
            if case .list = node, isNext("(") { continue }
            try take(" ")
        }
    }

    private mutating func node() throws -> WireNode {
        if skip("(") { return .list(try nodes(until: 0x29)) }
        if skip("\"") { return .string(try quoted()) }
        if isNext("{") || isNext("~") && position + 1 < wire.count && wire[position + 1] == 0x7B {
            return .string(try literal())
        }
        let start = position
        while let next, ![0x20, 0x28, 0x29, 0x22, 0x0D, 0x5D].contains(next) {
            position += 1
            guard next == 0x5B else { continue }
            // A section may hold spaces and lists.
            while let inside = self.next, inside != 0x5D, inside != 0x0D { position += 1 }
            try take("]")
        }
        guard position > start else { throw WireError("nothing at \(position)") }
        return .word(Array(wire[start..<position]))
    }

    private mutating func quoted() throws -> [UInt8] {
        var value: [UInt8] = []
        while let octet = next {
            position += 1
            if octet == 0x22 { return value }
            if octet == 0x5C, let escaped = next {
                position += 1
                value.append(escaped)
            } else {
                value.append(octet)
            }
        }
        throw WireError("a string without an end")
    }

    private mutating func literal() throws -> [UInt8] {
        _ = skip("~")
        try take("{")
        var size = 0
        while let next, (0x30...0x39).contains(next) {
            size = size * 10 + Int(next - 0x30)
            position += 1
        }
        for character in ["}", "\r", "\n"] as [Unicode.Scalar] { try take(character) }
        guard position + size <= wire.count else { throw WireError("a literal without its octets") }
        defer { position += size }
        return Array(wire[position..<position + size])
    }
}

// MARK: Comparing

extension WireNode {
    /// Whether the printed node says the same: the grammar leaves free whether a string is an atom, quoted or a
    /// literal, the case of keywords, which the library writes in capitals, and how a set is cut into ranges.
    func says(_ printed: WireNode) -> Bool {
        switch (self, printed) {
        case (.list(let mine), .list(let theirs)): mine.say(theirs)
        case (.word(let mine), .word(let theirs)):
            mine == theirs || mine == WireNode.upper(theirs) || WireNode.sections(mine, theirs)
                || WireNode.runs(mine).map { $0 == WireNode.runs(theirs) } ?? false
        case (.string(let mine), .string(let theirs)): mine == theirs || WireNode.areInbox(mine, theirs)
        case (.word(let mine), .string(let theirs)), (.string(let mine), .word(let theirs)):
            mine != octets("NIL") && mine == theirs || WireNode.areInbox(mine, theirs)
                || WireNode.isExtendedTag(mine, theirs)
        default: false
        }
    }

    private static func upper(_ octets: [UInt8]) -> [UInt8] { octets.map { ASCII.upper($0) } }

    /// Names of header fields have no case, and are kept as the client wrote them.
    private static func sections(_ mine: [UInt8], _ theirs: [UInt8]) -> Bool {
        mine.last == 0x5D && upper(mine) == upper(theirs)
    }

    /// INBOX has no case, and the library always writes it in capitals.
    private static func areInbox(_ mine: [UInt8], _ theirs: [UInt8]) -> Bool {
        mine == octets("INBOX") && upper(theirs) == mine
    }

    /// RFC 5258 prints the tags of extended data as strings, RFC 5819 one as an atom.
    private static func isExtendedTag(_ mine: [UInt8], _ theirs: [UInt8]) -> Bool {
        mine == octets("CHILDINFO") && upper(theirs) == mine
    }

    /// The runs of a set, merged; `nil` when it is none.
    private static func runs(_ word: [UInt8]) -> [ClosedRange<UInt32>]? {
        guard let runs = written(word) else { return nil }
        var merged: [ClosedRange<UInt32>] = []
        for run in runs.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, UInt64(last.upperBound) + 1 >= UInt64(run.lowerBound) {
                merged[merged.count - 1] = last.lowerBound...max(last.upperBound, run.upperBound)
            } else {
                merged.append(run)
            }
        }
        return merged
    }

    /// The runs of a set as they are written.
    static func written(_ word: [UInt8]) -> [ClosedRange<UInt32>]? {
        var runs: [ClosedRange<UInt32>] = []
        for part in word.split(separator: 0x2C, omittingEmptySubsequences: false) {
            let bounds = part.split(separator: 0x3A, omittingEmptySubsequences: false)
                .map { UInt32(String(decoding: $0, as: UTF8.self)) }
            guard let first = bounds.first ?? nil, let last = bounds.last ?? nil, bounds.count <= 2 else { return nil }
            runs.append(min(first, last)...max(first, last))
        }
        return runs
    }
}

extension [WireNode] {
    func say(_ printed: [WireNode]) -> Bool { count == printed.count && zip(self, printed).allSatisfy { $0.says($1) } }
}

extension WireResponse {
    /// Whether the printed response says the same.
    ///
    /// The text for a person may be the library's own where the print has none: a printed line loses the space at its
    /// end. The numbers of a SEARCH response come in any order.
    func says(_ printed: WireResponse) throws -> Bool {
        guard tag == printed.tag, number == printed.number, name == printed.name, codeName == printed.codeName else {
            return false
        }
        if isContinuation { return try line() == printed.line() }
        if isStatus {
            let (mine, theirs) = (try code(), try printed.code())
            return mine.arguments.say(theirs.arguments) && (theirs.text == nil || mine.text == theirs.text)
        }
        let (mine, theirs) = (try data(), try printed.data())
        guard name == "SEARCH" else { return mine.say(theirs) }
        return mine.ascending.say(theirs.ascending)
    }
}

extension [WireNode] {
    /// Numbers in order, before what is none.
    fileprivate var ascending: [WireNode] {
        sorted { a, b in
            guard case .word(let a) = a else { return false }
            guard case .word(let b) = b else { return true }
            return (a.count, String(decoding: a, as: UTF8.self)) < (b.count, String(decoding: b, as: UTF8.self))
        }
    }
}
