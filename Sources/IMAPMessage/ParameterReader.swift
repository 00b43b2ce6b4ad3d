internal import IMAPTypes

/// Reads fields of the form `value; name=value; ...` (RFC 2045 section 5.1, RFC 2183 section 2).
///
/// It is total. Comments are dropped, quoted strings unquoted. A value without quotes goes up to the next `;`, spaces
/// and all, because senders write `name=my file.pdf`; a parameter without `=` is passed over.
struct ParameterReader: Sendable {
    private let octets: [UInt8]
    private var index = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    /// Octets up to white space, a comment, or one of `/ ; , =`.
    mutating func token() -> [UInt8] {
        HeaderText.skipSpace(octets, &index)
        let start = index
        while index < octets.count {
            switch octets[index] {
            case ASCII.slash, semicolon, ASCII.comma, ASCII.equals, ASCII.leftParenthesis:
                return Array(octets[start..<index])
            case let octet where octet.isBlank: return Array(octets[start..<index])
            default: index += 1
            }
        }
        return Array(octets[start..<index])
    }

    /// Takes `octet` if it is next, white space and comments passed over.
    mutating func take(_ octet: UInt8) -> Bool {
        HeaderText.skipSpace(octets, &index)
        guard index < octets.count, octets[index] == octet else { return false }
        index += 1
        return true
    }

    var isAtEnd: Bool { index >= octets.count }

    /// Passes over one octet that has no meaning here.
    mutating func skip() { index += 1 }

    /// The parameters, as written: continuations are not joined yet.
    mutating func parameters(_ budget: inout MessageBudget) -> [BodyPart.Parameter] {
        var parameters: [BodyPart.Parameter] = []
        while parameters.count < budget.fieldParameters, budget.parameters > 0, skipToSemicolon() {
            HeaderText.skipSpace(octets, &index)
            let name = token()
            guard take(ASCII.equals), !name.isEmpty else { continue }
            budget.parameters -= 1
            parameters.append(BodyPart.Parameter(name: name, value: value()))
        }
        return parameters
    }

    /// Moves behind the next `;`.
    private mutating func skipToSemicolon() -> Bool {
        while index < octets.count {
            switch octets[index] {
            case semicolon:
                index += 1
                return true
            case ASCII.quote: HeaderText.skipQuotedString(octets, &index)
            case ASCII.leftParenthesis: HeaderText.skipComment(octets, &index)
            default: index += 1
            }
        }
        return false
    }

    private mutating func value() -> [UInt8] {
        HeaderText.skipSpace(octets, &index)
        guard index < octets.count else { return [] }
        if octets[index] == ASCII.quote { return HeaderText.quotedString(octets, &index) }
        var value: [UInt8] = []
        while index < octets.count, octets[index] != semicolon {
            if octets[index] == ASCII.leftParenthesis, value.last?.isBlank ?? true {
                HeaderText.skipComment(octets, &index)
                continue
            }
            value.append(octets[index])
            index += 1
        }
        return value.trimmed()
    }
}

private let semicolon: UInt8 = 0x3B
