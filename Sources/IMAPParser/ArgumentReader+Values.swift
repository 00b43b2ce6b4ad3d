public import IMAPTypes

/// Values that the grammar composes of words and numbers.
extension ArgumentReader {
    /// `flag`. `\Recent`, which a client may not set but some send, is `nil`.
    public mutating func flag() throws(SyntaxError) -> Flag? {
        let start = position
        let isSystem = take(ASCII.backslash)
        let name = run(of: .atom)
        guard !name.isEmpty else { throw unexpected }
        let octets = copy(start..<name.upperBound)
        if isSystem, ASCII.equalFolded(octets, Flag.recentOctets) { return nil }
        guard let flag = Flag(octets) else { throw error(.limit) }
        return flag
    }

    /// `"\\" atom`: an attribute of a mailbox, such as a special use (RFC 6154 section 6).
    public mutating func mailboxAttribute() throws(SyntaxError) -> MailboxAttribute {
        let start = position
        try expect(ASCII.backslash)
        let name = run(of: .atom)
        guard !name.isEmpty else { throw unexpected }
        guard let attribute = MailboxAttribute(copy(start..<name.upperBound)) else { throw error(.limit) }
        return attribute
    }

    /// `flag-list`
    public mutating func flagList() throws(SyntaxError) -> [Flag] {
        try list { reader throws(SyntaxError) in try reader.flag() }.compactMap { $0 }
    }

    /// `date`: `1-Feb-1994`, quoted or not.
    public mutating func date() throws(SyntaxError) -> (year: Int, month: Int, day: Int) {
        let isQuoted = take(ASCII.quote)
        let day = Int(try digits(atLeast: 1, atMost: 2))
        let (month, year) = try monthAndYear()
        if isQuoted { try expect(ASCII.quote) }
        guard InternalDate(year: year, month: month, day: day) != nil else { throw error(.date) }
        return (year, month, day)
    }

    /// `date-time`: `" 1-Feb-1994 21:52:25 -0800"`
    public mutating func dateTime() throws(SyntaxError) -> InternalDate {
        try expect(ASCII.quote)
        let day = Int(take(ASCII.space) ? try digits(atLeast: 1, atMost: 1) : try digits(atLeast: 2, atMost: 2))
        let (month, year) = try monthAndYear()
        try space()
        let hour = Int(try digits(atLeast: 2, atMost: 2))
        try expect(ASCII.colon)
        let minute = Int(try digits(atLeast: 2, atMost: 2))
        try expect(ASCII.colon)
        let second = Int(try digits(atLeast: 2, atMost: 2))
        try space()
        let isWest = take(ASCII.minus)
        if !isWest { try expect(ASCII.plus) }
        let zoneHours = Int(try digits(atLeast: 2, atMost: 2))
        let zoneMinutes = Int(try digits(atLeast: 2, atMost: 2))
        try expect(ASCII.quote)
        let zone = zoneHours * 60 + zoneMinutes
        guard zoneMinutes < 60,
            let date = InternalDate(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second,
                zoneMinutes: isWest ? -zone : zone)
        else { throw error(.date) }
        return date
    }

    private mutating func monthAndYear() throws(SyntaxError) -> (month: Int, year: Int) {
        try expect(ASCII.minus)
        let word = run(of: ArgumentReader.letters)
        let name = copy(word)
        guard let month = InternalDate.monthNames.firstIndex(where: { ASCII.equalFolded($0, name) }) else {
            throw unexpected
        }
        try expect(ASCII.minus)
        return (month + 1, Int(try digits(atLeast: 4, atMost: 4)))
    }

    private static let letters = OctetSet { ASCII.isAlpha($0) }

    /// As many digits as asked for; at most four, so the value cannot overflow.
    private mutating func digits(atLeast: Int, atMost: Int) throws(SyntaxError) -> UInt32 {
        var value: UInt32 = 0
        var count = 0
        while count < atMost, let octet = next, ASCII.isDigit(octet) {
            value = value * 10 + UInt32(octet - ASCII.zero)
            count += 1
            _ = take(octet)
        }
        guard count >= atLeast else { throw unexpected }
        return value
    }

    /// What follows one space up to the command's end, for the initial response of AUTHENTICATE (RFC 4959):
    /// `base64 / "="`. The octets are not decoded here.
    public mutating func base64Word() throws(SyntaxError) -> [UInt8] {
        let range = run(of: ArgumentReader.base64Octets)
        guard !range.isEmpty else { throw unexpected }
        return copy(range)
    }

    private static let base64Octets = OctetSet { octet in
        ASCII.isAlpha(octet) || ASCII.isDigit(octet) || octet == ASCII.plus || octet == ASCII.slash
            || octet == ASCII.equals
    }

    /// `header-fld-name` as RFC 5322 has it: `ftext` (R-OUT-4).
    public mutating func headerFieldName() throws(SyntaxError) -> [UInt8] {
        let name = try astring()
        guard !name.isEmpty, name.allSatisfy({ OctetSet.fieldName.contains($0) }) else { throw error(.unexpected) }
        return name
    }

    /// `partial`: `<offset.count>`, the count not 0.
    public mutating func partial() throws(SyntaxError) -> (offset: UInt64, count: UInt64) {
        try expect(ASCII.less)
        let offset = try number64()
        try expect(ASCII.dot)
        let count = try number64()
        guard count > 0 else { throw error(.number) }
        try expect(ASCII.greater)
        return (offset, count)
    }

    /// Reads over one `tagged-ext-val` of RFC 4466 (RFC 9051 section 9), whatever it holds.
    ///
    /// ```abnf
    /// tagged-ext-val    = tagged-ext-simple / "(" [tagged-ext-comp] ")"
    /// tagged-ext-simple = sequence-set / number / number64
    /// tagged-ext-comp   = astring / tagged-ext-comp *(SP tagged-ext-comp) / "(" tagged-ext-comp ")"
    /// ```
    public mutating func skipTaggedExtensionValue() throws(SyntaxError) {
        guard next == ASCII.leftParenthesis else {
            let word = run(of: ArgumentReader.sequenceOctets)
            guard !word.isEmpty else { throw unexpected }
            return
        }
        var open = 0
        repeat {
            if next == ASCII.leftParenthesis {
                try openList()
                open += 1
                // The outermost alone may be empty.
                guard open == 1, next == ASCII.rightParenthesis else { continue }
            } else {
                _ = try astring()
            }
            while open > 0, next == ASCII.rightParenthesis {
                try closeList()
                open -= 1
            }
            if open > 0 { try space() }
        } while open > 0
    }

    private static let sequenceOctets = OctetSet { octet in
        ASCII.isDigit(octet) || octet == ASCII.colon || octet == ASCII.comma || octet == ASCII.asterisk
    }
}
