package import IMAPTypes

/// Reads an address list (RFC 5322 section 3.4) as ENVELOPE shows it (RFC 9051 section 7.5.2).
///
/// ```abnf
/// address      = mailbox / group
/// mailbox      = [display-name] [CFWS] "<" [obs-route] addr-spec ">" / addr-spec
/// group        = display-name ":" [mailbox-list / CFWS] ";" [CFWS]
/// ```
///
/// It is total. Obsolete forms are read: routes, words around dots, empty list elements, a comment as name. So is what
/// senders get wrong: `;` between addresses, a missing `>` or `;`, an address as unquoted name, words without an
/// address. Text without `@` becomes a local part without host. An element with neither text nor address is left out.
package struct AddressParser: Sendable {
    private let octets: [UInt8]
    private var index = 0
    private var addresses: [Address] = []
    private var isInGroup = false
    private var limit: Int

    // The element that is being read.
    /// All its text outside of comments and brackets, words a space apart.
    private var text: [UInt8] = []
    /// Where in ``text`` the word begins that a following `@` would make a local part.
    private var wordStart = 0
    private var word: [UInt8] = []
    private var wordEndsInDot = false
    private var isAfterSpace = false
    /// The local part and host, once there was an `@`, and how much of ``text`` stands before them.
    private var bare: (localPart: [UInt8], host: [UInt8], nameEnd: Int)?
    /// ``word`` stands behind the host of ``bare``.
    private var isBehindHost = false
    private var comment: [UInt8] = []

    /// The addresses of a field's value, unfolded; at most `limit`, and the end of a group that was begun.
    package static func parse(_ value: [UInt8], limit: Int = .max) -> [Address] {
        var parser = AddressParser(value, limit: limit)
        return parser.list()
    }

    private init(_ octets: [UInt8], limit: Int) {
        self.octets = octets
        self.limit = limit
    }

    private mutating func list() -> [Address] {
        while index < octets.count, limit > 0 {
            let octet = octets[index]
            switch octet {
            case ASCII.comma:
                index += 1
                endElement()
            case semicolon:
                index += 1
                endElement()
                if isInGroup { addresses.append(.groupEnd) }
                isInGroup = false
            case ASCII.colon where !isInGroup && bare == nil:
                index += 1
                emit(.groupStart(text))
                isInGroup = true
                startElement()
            case ASCII.less:
                index += 1
                let mailbox = bracketed()
                // `<>` names nobody.
                if mailbox.name != nil || !mailbox.localPart.isEmpty || !mailbox.host.isEmpty {
                    emit(.mailbox(mailbox))
                }
                startElement()
                skipToSeparator()
            case ASCII.leftParenthesis: comment = skipComment()
            case ASCII.quote: append(quotedString())
            case at:
                index += 1
                beginHost()
            case ASCII.greater, ASCII.rightParenthesis:
                index += 1
                isAfterSpace = true
            case _ where octet.isBlank:
                index += 1
                isAfterSpace = true
            default: append(atom())
            }
        }
        endElement()
        if isInGroup { addresses.append(.groupEnd) }
        return addresses
    }

    private mutating func startElement() {
        text = []
        word = []
        wordStart = 0
        wordEndsInDot = false
        isAfterSpace = false
        bare = nil
        isBehindHost = false
        comment = []
    }

    private mutating func endElement() {
        let name = comment.isEmpty ? nil : comment
        if let bare {
            let phrase = Array(text[..<min(bare.nameEnd, text.count)]).trimmed()
            let shown = phrase.isEmpty ? name : phrase
            emit(.mailbox(Address.Mailbox(name: shown, localPart: bare.localPart, host: bare.host)))
        } else if !text.isEmpty {
            emit(.mailbox(Address.Mailbox(name: name, localPart: text, host: [])))
        }
        startElement()
    }

    private mutating func emit(_ address: Address) {
        guard limit > 0 else { return }
        limit -= 1
        addresses.append(address)
    }

    /// Adds a word: to the one before it when they touch or a dot connects them.
    private mutating func append(_ octets: [UInt8]) {
        let connects = !isAfterSpace || wordEndsInDot || octets.first == ASCII.dot
        if isAfterSpace, !text.isEmpty { text.append(ASCII.space) }
        if connects, bare == nil || isBehindHost {
            word += octets
        } else {
            word = octets
            wordStart = text.count
            isBehindHost = bare != nil
        }
        text += octets
        wordEndsInDot = octets.last == ASCII.dot
        isAfterSpace = false
    }

    /// An `@` outside of brackets: the word before it is a local part, and the host follows. Of two in one word the
    /// last counts; two words with an `@` are two addresses.
    private mutating func beginHost() {
        let host = domain()
        text.append(at)
        text += host
        if let before = bare, isBehindHost {
            emit(.mailbox(Address.Mailbox(localPart: before.localPart, host: before.host)))
            bare = (word, host, 0)
            isBehindHost = false
        } else if let before = bare?.host {
            // In its place: each `@` of many may not cost what stands before it.
            bare?.localPart.append(at)
            bare?.localPart += before
            bare?.host = host
        } else {
            bare = (word, host, wordStart)
        }
        isAfterSpace = false
        wordEndsInDot = false
    }

    /// A domain or a domain literal, with the white space and comments around its dots left out.
    private mutating func domain() -> [UInt8] {
        var host: [UInt8] = []
        var afterSpace = false
        while index < octets.count {
            let octet = octets[index]
            switch octet {
            case ASCII.comma, semicolon, ASCII.less, ASCII.greater, at, ASCII.quote, ASCII.colon: return host
            case ASCII.leftParenthesis: comment = skipComment()
            case ASCII.leftBracket: host += literal()
            case _ where octet.isBlank:
                index += 1
                afterSpace = true
            default:
                // Words behind a domain are not part of it.
                if afterSpace, !host.isEmpty, octet != ASCII.dot, host.last != ASCII.dot {
                    isAfterSpace = true
                    return host
                }
                host.append(octet)
                index += 1
                afterSpace = false
            }
        }
        return host
    }

    /// What is between `<` and `>`, and the name that stood before it.
    private mutating func bracketed() -> Address.Mailbox {
        let name = text.isEmpty ? nil : text
        var route: [UInt8]?
        var localPart: [UInt8]?
        var current: [UInt8] = []
        var quotes = false
        scan: while index < octets.count {
            let octet = octets[index]
            switch octet {
            case ASCII.greater:
                index += 1
                break scan
            case ASCII.comma, semicolon: break scan
            case ASCII.leftParenthesis: _ = skipComment()
            case ASCII.quote:
                current += quotedString()
                quotes = true
            case ASCII.leftBracket where localPart != nil: current += literal()
            case at where current.isEmpty && localPart == nil && route == nil && !quotes:
                let text = routeText()
                if index < octets.count, octets[index] == ASCII.colon {
                    index += 1
                    route = text
                } else {
                    localPart = []
                    current = Array(text.dropFirst())
                }
            case at:
                index += 1
                if localPart == nil {
                    localPart = current
                } else {
                    localPart?.append(at)
                    localPart?.append(contentsOf: current)
                }
                current = []
            case _ where octet.isBlank || octet == ASCII.less: index += 1
            default:
                current.append(octet)
                index += 1
            }
        }
        guard let localPart else { return Address.Mailbox(name: name, route: route, localPart: current, host: []) }
        return Address.Mailbox(name: name, route: route, localPart: localPart, host: current)
    }

    /// `obs-domain-list`: up to the colon, or to the bracket's end when there is none.
    private mutating func routeText() -> [UInt8] {
        var text: [UInt8] = []
        while index < octets.count {
            let octet = octets[index]
            switch octet {
            case ASCII.colon, ASCII.greater: return text
            case ASCII.leftParenthesis: _ = skipComment()
            case ASCII.leftBracket: text += literal()
            case _ where octet.isBlank: index += 1
            default:
                text.append(octet)
                index += 1
            }
        }
        return text
    }

    /// Passes over what stands between `>` and the next separator.
    private mutating func skipToSeparator() {
        while index < octets.count {
            switch octets[index] {
            case ASCII.comma, semicolon: return
            case ASCII.leftParenthesis: _ = skipComment()
            case ASCII.quote: _ = quotedString()
            case ASCII.less:
                // Two addresses with nothing between them: the next one.
                return
            default: index += 1
            }
        }
    }

    /// Octets that are neither special here nor white space.
    private mutating func atom() -> [UInt8] {
        let start = index
        index += 1
        while index < octets.count {
            switch octets[index] {
            case ASCII.comma, semicolon, ASCII.less, ASCII.greater, at, ASCII.quote, ASCII.leftParenthesis,
                ASCII.rightParenthesis, ASCII.colon:
                return Array(octets[start..<index])
            case let octet where octet.isBlank: return Array(octets[start..<index])
            default: index += 1
            }
        }
        return Array(octets[start..<index])
    }

    /// The content of a quoted string; one that does not end takes the rest.
    private mutating func quotedString() -> [UInt8] {
        HeaderText.quotedString(octets, &index)
    }

    /// A domain literal with its brackets; one that does not end takes up to a separator.
    private mutating func literal() -> [UInt8] {
        var literal: [UInt8] = []
        while index < octets.count {
            let octet = octets[index]
            if octet == ASCII.comma || octet == ASCII.greater || octet == semicolon { return literal }
            index += 1
            if !octet.isBlank { literal.append(octet) }
            if octet == ASCII.rightBracket { return literal }
        }
        return literal
    }

    private mutating func skipComment() -> [UInt8] {
        isAfterSpace = true
        return HeaderText.comment(octets, &index)
    }
}

private let semicolon: UInt8 = 0x3B
private let at: UInt8 = 0x40
