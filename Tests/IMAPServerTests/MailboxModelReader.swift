/// A FETCH response, or UIDFETCH.
struct ToldMessage {
    /// The sequence number, or the UID where ``isByUID``.
    var number: UInt32
    var isByUID: Bool
    var uid: UInt32?
    var flags: Set<String>?
    var isRecent = false
    var modSequence: UInt64?
    var body: String?
    var date: String?
    var size: UInt64?
}

/// What a server said, as the model's client reads it. A reader of its own: it shares nothing with the library or with
/// the output checker.
enum ToldResponse {
    case exists(UInt32)
    case recent(UInt32)
    case expunge(UInt32)
    case vanished([UInt32])
    case fetch(ToldMessage)
    /// `* SEARCH`: the numbers, and MODSEQ.
    case search([UInt32], UInt64?)
    /// `* ESEARCH`: its tag, whether of UIDs, and its values as written.
    case esearch(String, Bool, [String: String])
    case status(String, [String: UInt64])
    /// `* OK`, `NO` or `BAD`, with what its brackets hold.
    case condition(String, String?)
    case tagged(String, String, String?)
    case continuation
    /// FLAGS, LIST, ENABLED, CAPABILITY.
    case other(String)
}

/// Reads responses from text. Every body of the model is ASCII, so a literal's octets are its characters.
struct ToldReader {
    private let text: [UInt8]
    private var index = 0

    struct Unreadable: Error {
        let rest: String
    }

    static func read(_ octets: [UInt8]) throws -> [ToldResponse] {
        var reader = ToldReader(text: octets)
        var all: [ToldResponse] = []
        while reader.index < octets.count { all.append(try reader.response()) }
        return all
    }

    private func fail() -> Unreadable {
        Unreadable(rest: String(decoding: text[min(index, text.count)...].prefix(80), as: UTF8.self))
    }

    private mutating func take(_ character: Character) -> Bool {
        guard index < text.count, text[index] == character.asciiValue else { return false }
        index += 1
        return true
    }

    private mutating func word() -> String {
        let start = index
        var depth = 0
        while index < text.count {
            let octet = text[index]
            if octet == 0x5B { depth += 1 }
            if octet == 0x5D { depth -= 1 }
            // A bracket may hold spaces: BODY[HEADER.FIELDS (X)].
            if depth <= 0, octet == 0x20 || octet == 0x0D || octet == 0x28 || octet == 0x29 { break }
            if octet == 0x0D { break }
            index += 1
        }
        return String(decoding: text[start..<index], as: UTF8.self)
    }

    private mutating func line() -> String {
        let start = index
        while index < text.count, text[index] != 0x0A { index += 1 }
        let end = max(start, index - 1)
        index = min(index + 1, text.count)
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    private mutating func end() throws {
        guard take("\r"), take("\n") else { throw fail() }
    }

    private mutating func number() throws -> UInt64 {
        guard let number = UInt64(word()) else { throw fail() }
        return number
    }

    private mutating func response() throws -> ToldResponse {
        let first = word()
        if first == "+" {
            _ = line()
            return .continuation
        }
        guard take(" ") else { throw fail() }
        guard first == "*" else {
            let status = word()
            return .tagged(first, status, code(line()))
        }
        let name = word()
        if let number = UInt32(name) {
            guard take(" ") else { throw fail() }
            return try numbered(number)
        }
        switch name {
        case "OK", "NO", "BAD", "BYE": return .condition(name, code(line()))
        case "SEARCH": return try search()
        case "ESEARCH": return try extendedSearch()
        case "STATUS": return try status()
        case "VANISHED":
            let rest = line()
            guard let uids = ToldReader.expanded(String(rest.dropFirst())) else { throw fail() }
            return .vanished(uids)
        default:
            _ = line()
            return .other(name)
        }
    }

    /// What ` [CODE ...] text` has in its brackets.
    private func code(_ rest: String) -> String? {
        guard rest.hasPrefix(" ["), let end = rest.firstIndex(of: "]") else { return nil }
        return String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end])
    }

    private mutating func numbered(_ number: UInt32) throws -> ToldResponse {
        let name = word()
        switch name {
        case "EXISTS":
            try end()
            return .exists(number)
        case "RECENT":
            try end()
            return .recent(number)
        case "EXPUNGE":
            try end()
            return .expunge(number)
        case "FETCH", "UIDFETCH":
            guard take(" "), take("(") else { throw fail() }
            var message = ToldMessage(number: number, isByUID: name == "UIDFETCH")
            while !take(")") {
                try item(&message)
                _ = take(" ")
            }
            try end()
            return .fetch(message)
        default: throw fail()
        }
    }

    private mutating func item(_ message: inout ToldMessage) throws {
        let name = word()
        guard take(" ") else { throw fail() }
        switch name {
        case "UID": message.uid = UInt32(try number())
        case "FLAGS":
            guard message.flags == nil, take("(") else { throw fail() }
            var flags: Set<String> = []
            while !take(")") {
                guard flags.insert(word()).inserted else { throw fail() }
                _ = take(" ")
            }
            message.isRecent = flags.remove("\\Recent") != nil
            message.flags = flags
        case "MODSEQ":
            guard take("(") else { throw fail() }
            message.modSequence = try number()
            guard take(")") else { throw fail() }
        case "RFC822.SIZE": message.size = try number()
        case "INTERNALDATE":
            guard take("\"") else { throw fail() }
            let start = index
            while index < text.count, text[index] != 0x22 { index += 1 }
            message.date = String(decoding: text[start..<index], as: UTF8.self)
            guard take("\"") else { throw fail() }
        case "BODY[]":
            guard take("{") else { throw fail() }
            let start = index
            while index < text.count, text[index] != 0x7D { index += 1 }
            guard let size = Int(String(decoding: text[start..<index], as: UTF8.self)), take("}") else { throw fail() }
            try end()
            guard size <= text.count - index else { throw fail() }
            message.body = String(decoding: text[index..<index + size], as: UTF8.self)
            index += size
        default: throw fail()
        }
    }

    private mutating func search() throws -> ToldResponse {
        var numbers: [UInt32] = []
        var modSequence: UInt64?
        while take(" ") {
            if take("(") {
                guard word() == "MODSEQ", take(" ") else { throw fail() }
                modSequence = try number()
                guard take(")") else { throw fail() }
            } else {
                guard let number = UInt32(word()) else { throw fail() }
                numbers.append(number)
            }
        }
        try end()
        return .search(numbers, modSequence)
    }

    private mutating func extendedSearch() throws -> ToldResponse {
        guard take(" "), take("("), word() == "TAG", take(" "), take("\"") else { throw fail() }
        let tag = String(word().dropLast())
        guard take(")") else { throw fail() }
        var isByUID = false
        var values: [String: String] = [:]
        while take(" ") {
            let name = word()
            if name == "UID" {
                isByUID = true
            } else {
                guard take(" "), values[name] == nil else { throw fail() }
                values[name] = word()
            }
        }
        try end()
        return .esearch(tag, isByUID, values)
    }

    private mutating func status() throws -> ToldResponse {
        guard take(" ") else { throw fail() }
        let name = word()
        guard take(" "), take("(") else { throw fail() }
        var values: [String: UInt64] = [:]
        while !take(")") {
            let item = word()
            guard take(" ") else { throw fail() }
            values[item] = try number()
            _ = take(" ")
        }
        try end()
        return .status(name, values)
    }

    /// The numbers of `2,4:6`, in the order written, or `nil` when it is no set of numbers.
    static func expanded(_ set: String) -> [UInt32]? {
        var all: [UInt32] = []
        for part in set.split(separator: ",", omittingEmptySubsequences: false) {
            let bounds = part.split(separator: ":", omittingEmptySubsequences: false).map { UInt32($0) }
            guard let low = bounds.first ?? nil, let high = bounds.last ?? nil, bounds.count <= 2, low > 0, low <= high
            else { return nil }
            all += low...high
        }
        return all
    }
}
