extension ResponseReader {
    // MARK: Words

    /// `ATOM-CHAR`
    static func isAtomCharacter(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x28, 0x29, 0x7B, 0x20, 0x25, 0x2A, 0x22, 0x5C, 0x5D: false
        default: octet > 0x20 && octet < 0x7F
        }
    }

    /// `ASTRING-CHAR`
    static func isAStringCharacter(_ octet: UInt8) -> Bool { octet == 0x5D || isAtomCharacter(octet) }

    private mutating func octets(while isPart: (UInt8) -> Bool) -> [UInt8] {
        let start = position
        while let octet = peek, isPart(octet) { step() }
        return Array(octets[start..<position])
    }

    mutating func atom() throws(GrammarFault) -> [UInt8] {
        let found = octets(while: ResponseReader.isAtomCharacter)
        guard !found.isEmpty else { throw fault("expected an atom") }
        return found
    }

    /// An atom, in upper case.
    mutating func word() throws(GrammarFault) -> String { ASCIIWord.upper(try atom()) }

    /// A name that a bracket may follow: an atom without `[` and `<`, in upper case.
    mutating func itemName() throws(GrammarFault) -> String {
        let found = octets { ResponseReader.isAtomCharacter($0) && $0 != 0x5B && $0 != 0x3C }
        guard !found.isEmpty else { throw fault("expected a name") }
        return ASCIIWord.upper(found)
    }

    /// `tag`
    mutating func tag() throws(GrammarFault) -> [UInt8] {
        let found = octets { ResponseReader.isAStringCharacter($0) && $0 != 0x2B }
        guard !found.isEmpty else { throw fault("expected a tag") }
        return found
    }

    /// `nil`: `NIL` with nothing of a word behind it.
    mutating func null() -> Bool {
        guard peek("NIL") else { return false }
        let next = position + 3
        if next < octets.count, ResponseReader.isAStringCharacter(octets[next]) { return false }
        skip(3)
        return true
    }

    // MARK: Strings

    enum Binary { case allowed, refused }

    /// `quoted`
    mutating func quoted() throws(GrammarFault) -> [UInt8] {
        guard accept(0x22) else { throw fault("expected a quoted string") }
        let start = position
        var value: [UInt8] = []
        while let octet = peek {
            switch octet {
            case 0x22:
                if value.contains(where: { $0 > 0x7F }) { try checkUTF8(value, from: start) }
                step()
                return value
            case 0x5C:
                step()
                guard let escaped = peek, escaped == 0x22 || escaped == 0x5C else {
                    throw fault("backslash before something else than a quote or a backslash")
                }
                value.append(escaped)
            case 0x00, 0x0A, 0x0D: throw fault("CR, LF or NUL in a quoted string")
            default: value.append(octet)
            }
            step()
        }
        throw fault("quoted string does not end")
    }

    private func checkUTF8(_ value: [UInt8], from start: Int) throws(GrammarFault) {
        guard allowsUTF8 else { throw fault("8-bit octet in a quoted string", at: start) }
        guard UTF8Check.isValid(value) else { throw fault("quoted string is not UTF-8", at: start) }
    }

    /// `string`, or `literal8` where it is allowed. Of a long literal, its beginning.
    mutating func string(_ binary: Binary = .refused) throws(GrammarFault) -> [UInt8] {
        switch peek {
        case 0x22: return try quoted()
        case 0x7B, 0x7E: return try literal(binary)
        case .some, nil: throw fault("expected a string")
        }
    }

    private mutating func literal(_ binary: Binary) throws(GrammarFault) -> [UInt8] {
        let start = position
        let isBinary = accept(0x7E)
        if isBinary, binary == .refused { throw fault("literal8 where a string belongs", at: start) }
        try take("{")
        let count = try number64()
        if peek == 0x2B { throw fault("non-synchronizing literal from a server") }
        try take("}")
        guard accept(0x0D), accept(0x0A), let literal = literals[position], literal.count == count else {
            throw fault("header of a literal that is not followed by a line end", at: start)
        }
        if literal.hasNUL, !isBinary { throw fault("NUL in a literal", at: start) }
        return literal.octets
    }

    /// `nstring`; `nil` for `NIL`.
    @discardableResult
    mutating func nullableString(_ binary: Binary = .refused) throws(GrammarFault) -> [UInt8]? {
        if null() { return nil }
        return try string(binary)
    }

    /// `astring`
    @discardableResult
    mutating func astring() throws(GrammarFault) -> [UInt8] {
        if peek == 0x22 || peek == 0x7B || peek("~{") { return try string() }
        let found = octets(while: ResponseReader.isAStringCharacter)
        guard !found.isEmpty else { throw fault("expected an astring") }
        return found
    }

    /// `mailbox`, checked to be modified UTF-7, or UTF-8 where that is allowed.
    @discardableResult
    mutating func mailbox() throws(GrammarFault) -> [UInt8] {
        let start = position
        let name = try astring()
        try checkName(name, at: start)
        return name
    }

    func checkName(_ name: [UInt8], at start: Int) throws(GrammarFault) {
        if name.contains(where: { $0 < 0x20 || $0 == 0x7F }) { throw fault("control in a mailbox name", at: start) }
        if name.contains(where: { $0 > 0x7F }) {
            guard allowsUTF8, UTF8Check.isValid(name) else {
                throw fault("8-bit octet in a mailbox name", at: start)
            }
            return
        }
        if !allowsUTF8, let reason = MailboxNameCheck.flaw(name) { throw fault(reason, at: start) }
    }

    // MARK: Flags

    enum FlagPlace { case message, permanent, defined }

    /// `flag`, `flag-fetch` or `flag-perm`; in upper case.
    private mutating func flag(_ place: FlagPlace) throws(GrammarFault) -> String {
        let start = position
        guard accept(0x5C) else { return try word() }
        if accept(0x2A) {
            guard place == .permanent else { throw fault("\\* outside PERMANENTFLAGS", at: start) }
            return "\\*"
        }
        let name = "\\" + (try word())
        if name == "\\RECENT", place != .message { throw fault("\\Recent is of no mailbox", at: start) }
        return name
    }

    /// `flag-list`, each flag once.
    mutating func flags(_ place: FlagPlace) throws(GrammarFault) {
        var seen: Set<String> = []
        try list(orEmpty: .allowed) { (reader) throws(GrammarFault) in
            let start = reader.position
            guard seen.insert(try reader.flag(place)).inserted else {
                throw reader.fault("flag named twice", at: start)
            }
        }
    }

    // MARK: Text

    /// `text`, up to the end. Not empty unless `emptiness` allows it.
    mutating func text(_ emptiness: Emptiness = .refused) throws(GrammarFault) {
        if isAtEnd, emptiness == .refused { throw fault("no text") }
        let start = position
        while let octet = peek {
            if octet == 0x00 || octet == 0x0D || octet == 0x0A { throw fault("CR, LF or NUL in text") }
            if octet > 0x7F, !allowsUTF8InText { throw fault("8-bit octet in text") }
            step()
        }
        let found = Array(octets[start...])
        guard UTF8Check.isValid(found) else { throw fault("text is not UTF-8", at: start) }
    }

    // MARK: What an extension may write

    /// Words, strings, literals and lists, with balanced parentheses, up to the end or the `)` or space behind one
    /// value.
    mutating func anything(_ extent: Extent) throws(GrammarFault) {
        var open = 0
        var needsSpace = false
        while let octet = peek {
            if octet == 0x22 || octet == 0x7B || peek("~{") {
                guard !needsSpace else { throw fault("expected a space") }
                _ = try string(.allowed)
                needsSpace = true
                continue
            }
            switch octet {
            case 0x28:
                open += 1
                step()
                needsSpace = false
            case 0x29:
                guard open > 0 else {
                    if extent == .oneValue, needsSpace { return }
                    throw fault("closing parenthesis without an opening one")
                }
                open -= 1
                step()
                needsSpace = true
            case 0x20:
                if open == 0, extent == .oneValue { return }
                guard needsSpace else { throw fault("space that separates nothing") }
                step()
                needsSpace = false
                if isAtEnd { throw fault("space at the end") }
            default:
                guard octet > 0x20, octet < 0x7F else { throw fault("octet that stands in no word") }
                step()
                needsSpace = true
            }
        }
        guard open == 0 else { throw fault("opening parenthesis without a closing one") }
        if !needsSpace { throw fault("expected a value") }
    }

    enum Extent { case oneValue, rest }
}
