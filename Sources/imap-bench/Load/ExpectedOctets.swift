/// What a server must say, octet for octet, and how far it has said it.
struct ExpectedOctets {
    private enum Part {
        case octet(UInt8)
        /// One digit or more: a number that the server chooses.
        case number
        /// Anything to the line's end.
        case rest
    }

    private var parts: [Part] = []
    private var index = 0
    private var hasDigit = false

    var isComplete: Bool { index == parts.count }

    /// `#` stands for a number that the server chooses, `…` for the rest of a line.
    init(_ lines: String...) {
        for line in lines { append(line) }
    }

    mutating func append(_ line: String) {
        for character in line.unicodeScalars {
            switch character {
            case "#": parts.append(.number)
            case "…": parts.append(.rest)
            default: parts += String(character).utf8.map { .octet($0) }
            }
        }
        append([0x0D, 0x0A])
    }

    mutating func append(_ other: ExpectedOctets) { parts += other.parts }

    mutating func append(_ octets: [UInt8]) { parts += octets.map { .octet($0) } }

    /// Takes an octet. Returns whether it is what was to come.
    mutating func take(_ octet: UInt8) -> Bool {
        while index < parts.count {
            switch parts[index] {
            case .octet(let expected):
                index += 1
                return octet == expected
            case .number:
                if (0x30...0x39).contains(octet) {
                    hasDigit = true
                    return true
                }
                guard hasDigit else { return false }
                hasDigit = false
                index += 1
            case .rest:
                if octet != 0x0D { return true }
                index += 1
            }
        }
        return false
    }
}
