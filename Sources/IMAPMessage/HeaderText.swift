internal import IMAPTypes

/// The lexical pieces that structured fields have in common (RFC 5322 section 3.2).
enum HeaderText {
    /// The content of the quoted string that begins at `index`; one that does not end takes the rest.
    static func quotedString(_ octets: [UInt8], _ index: inout Int) -> [UInt8] {
        var content: [UInt8] = []
        index += 1
        while index < octets.count {
            let octet = octets[index]
            index += 1
            switch octet {
            case ASCII.quote: return content
            case ASCII.backslash where index < octets.count:
                content.append(octets[index])
                index += 1
            default: content.append(octet)
            }
        }
        return content
    }

    /// Passes over the quoted string that begins at `index`.
    ///
    /// Not by ``quotedString(_:_:)`` without its result, and ``skipComment(_:_:)`` not by ``comment(_:_:)``: of an array
    /// that nobody uses Swift 6.3.1 frees the storage before it is filled.
    static func skipQuotedString(_ octets: [UInt8], _ index: inout Int) {
        index += 1
        while index < octets.count {
            let octet = octets[index]
            index += 1
            if octet == ASCII.quote { return }
            if octet == ASCII.backslash, index < octets.count { index += 1 }
        }
    }

    /// Passes over the comment that begins at `index`, and those inside it.
    static func skipComment(_ octets: [UInt8], _ index: inout Int) {
        var depth = 1
        index += 1
        while index < octets.count, depth > 0 {
            let octet = octets[index]
            index += 1
            switch octet {
            case ASCII.leftParenthesis: depth += 1
            case ASCII.rightParenthesis: depth -= 1
            case ASCII.backslash where index < octets.count: index += 1
            default: break
            }
        }
    }

    /// The text of the comment that begins at `index`, comments inside it with their parentheses. Counts, and does
    /// not recurse; a comment that does not end takes the rest.
    static func comment(_ octets: [UInt8], _ index: inout Int) -> [UInt8] {
        var text: [UInt8] = []
        var depth = 1
        index += 1
        while index < octets.count {
            let octet = octets[index]
            index += 1
            switch octet {
            case ASCII.leftParenthesis: depth += 1
            case ASCII.rightParenthesis:
                depth -= 1
                if depth == 0 { return text.trimmed() }
            case ASCII.backslash where index < octets.count:
                text.append(octets[index])
                index += 1
                continue
            default: break
            }
            text.append(octet)
        }
        return text.trimmed()
    }

    /// Passes over white space and comments.
    static func skipSpace(_ octets: [UInt8], _ index: inout Int) {
        while index < octets.count {
            if octets[index].isBlank {
                index += 1
            } else if octets[index] == ASCII.leftParenthesis {
                skipComment(octets, &index)
            } else {
                return
            }
        }
    }
}
