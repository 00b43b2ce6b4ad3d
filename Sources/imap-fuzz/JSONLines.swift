/// The few shapes of JSON that a file of vectors has: one object on a line, whose members are strings and numbers. What
/// is deeper is passed over.
struct JSONLines {
    /// The string members of each object that can be read.
    static func objects(_ octets: [UInt8]) -> [[String: [UInt8]]] {
        octets.split(separator: 0x0A).compactMap { line in
            var reader = JSONLines(rest: line)
            return reader.object()
        }
    }

    private var rest: ArraySlice<UInt8>

    private mutating func skipSpace() {
        rest = rest.drop { [0x20, 0x09, 0x0D].contains($0) }
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        skipSpace()
        guard rest.first == octet else { return false }
        rest = rest.dropFirst()
        return true
    }

    private mutating func object() -> [String: [UInt8]]? {
        guard take(0x7B) else { return nil }
        var members: [String: [UInt8]] = [:]
        if take(0x7D) { return members }
        repeat {
            skipSpace()
            guard let name = string(), take(0x3A) else { return nil }
            skipSpace()
            if rest.first == 0x22 {
                guard let value = string() else { return nil }
                members[String(decoding: name, as: UTF8.self)] = value
            } else {
                guard skipValue() else { return nil }
            }
        } while take(0x2C)
        return take(0x7D) ? members : nil
    }

    /// A value that is no string: to the comma or brace behind it, which strings inside of it do not hold.
    private mutating func skipValue() -> Bool {
        var depth = 0
        while let octet = rest.first {
            switch octet {
            case 0x22:
                guard string() != nil else { return false }
                continue
            case 0x5B, 0x7B: depth += 1
            case 0x2C where depth == 0, 0x7D where depth == 0: return true
            case 0x5D, 0x7D: depth -= 1
            default: break
            }
            rest = rest.dropFirst()
        }
        return false
    }

    /// A string, as UTF-8.
    private mutating func string() -> [UInt8]? {
        guard rest.popFirst() == 0x22 else { return nil }
        var text: [UInt8] = []
        var units: [UInt16] = []
        func flushed() -> [UInt8] { Array(String(decoding: units, as: UTF16.self).utf8) }
        while let octet = rest.popFirst() {
            if octet == 0x5C, rest.first == 0x75 {
                let digits = rest.dropFirst().prefix(4)
                guard digits.count == 4, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
                    return nil
                }
                rest = rest.dropFirst(5)
                units.append(unit)
                continue
            }
            text += flushed()
            units = []
            switch octet {
            case 0x22: return text
            case 0x5C:
                guard let escaped = rest.popFirst() else { return nil }
                switch escaped {
                case 0x6E: text.append(0x0A)
                case 0x72: text.append(0x0D)
                case 0x74: text.append(0x09)
                case 0x62: text.append(0x08)
                case 0x66: text.append(0x0C)
                default: text.append(escaped)
                }
            default: text.append(octet)
            }
        }
        return nil
    }
}
