import IMAPTypes

/// Strings and NIL, written into room that was made. Each returns the place behind what it wrote.
extension MutableSpan<UInt8> {
    /// What `string` and `nstring` make of a value is at most `most` and `around` octets long: escaped and in quotes, or
    /// a literal and its header, or NIL.
    @inline(__always)
    static func most(_ value: [UInt8]?) -> Int {
        guard let value else { return 0 }
        return value.count + Swift.min(value.count, ResponseWriter.longestQuoted)
    }

    @inline(__always)
    static var around: Int { 24 }

    /// `nstring`
    @inline(__always)
    mutating func put(nstring value: [UInt8]?, utf8: Bool, at place: Int) -> Int {
        guard let value else { return putNull(at: place) }
        return put(string: value.span, utf8: utf8, at: place)
    }

    @inline(__always)
    mutating func putNull(at place: Int) -> Int {
        self[place] = 0x4E
        self[place + 1] = 0x49
        self[place + 2] = 0x4C
        return place + 3
    }

    /// `string`: quoted when it is short and harmless, else a literal.
    @inline(__always)
    mutating func put(string value: Span<UInt8>, utf8: Bool, at place: Int) -> Int {
        guard value.count <= 8 else { return put(longString: value, utf8: utf8, at: place) }
        // Every other string is one word. Spaces are in the place of octets that are not there.
        let isWhole = value.count == 8
        let word = isWhole ? value.word(at: 0) : value.shortWord | PlainWord.spaces << UInt64(8 * value.count)
        guard put(quoted: word, at: place + 1) else { return put(uncommon: value, utf8: utf8, at: place) }
        self[place + 1 + value.count] = ASCII.quote
        return place + 2 + value.count
    }

    /// Writes a quote and eight octets behind it, and returns whether they may stand there.
    @inline(never)
    private mutating func put(quoted word: UInt64, at place: Int) -> Bool {
        self[place - 1] = ASCII.quote
        store(word, at: place)
        return PlainWord.marks(word) == PlainWord.all
    }

    /// A string of more than eight octets.
    @inline(never)
    private mutating func put(longString value: Span<UInt8>, utf8: Bool, at place: Int) -> Int {
        guard value.count <= ResponseWriter.longestQuoted else { return put(literal: value, at: place) }
        self[place] = ASCII.quote
        let last = value.count - 8
        var word = value.word(at: 0)
        var marks = PlainWord.all
        var index = 0
        while true {
            store(word, at: place + 1 + index)
            marks &= PlainWord.marks(word)
            guard index < last else { break }
            // The last eight may be some of those before: they are the same octets in the same places.
            index = last - index < 8 ? last : index + 8
            word = value.word(at: index)
        }
        guard marks == PlainWord.all else { return put(uncommon: value, utf8: utf8, at: place) }
        let end = place + 1 + value.count
        self[end] = ASCII.quote
        return end + 1
    }

    /// A string in which something is not plain.
    @inline(never)
    private mutating func put(uncommon value: Span<UInt8>, utf8: Bool, at place: Int) -> Int {
        guard isQuotable(value, utf8: utf8) else { return put(literal: value, at: place) }
        var end = put(ASCII.quote, at: place)
        for index in value.indices {
            let octet = value[index]
            if octet == ASCII.quote || octet == ASCII.backslash { end = put(ASCII.backslash, at: end) }
            end = put(octet, at: end)
        }
        return put(ASCII.quote, at: end)
    }

    private func isQuotable(_ value: Span<UInt8>, utf8: Bool) -> Bool {
        var isASCII = true
        for index in value.indices {
            let octet = value[index]
            if octet < ASCII.space || octet == ASCII.delete { return false }
            if octet > ASCII.delete { isASCII = false }
        }
        return isASCII || (utf8 && UTF8Octets.isValid(value))
    }

    private mutating func put(literal value: Span<UInt8>, at place: Int) -> Int {
        put(withoutNUL: value, at: put(literalHeader: UInt64(value.count), isBinary: false, at: place))
    }

    /// `["~"] "{" number64 "}" CRLF`
    mutating func put(literalHeader size: UInt64, isBinary: Bool, at place: Int) -> Int {
        var end = isBinary ? put(ASCII.tilde, at: place) : place
        end = put(ASCII.leftBrace, at: end)
        end = put(number: size, at: end)
        end = put(ASCII.rightBrace, at: end)
        end = put(ASCII.cr, at: end)
        return put(ASCII.lf, at: end)
    }

    /// Octets of a literal, 0x80 for each NUL (R-LIT-9).
    mutating func put(withoutNUL octets: Span<UInt8>, at place: Int) -> Int {
        for index in octets.indices { self[place + index] = octets[index] == ASCII.nul ? 0x80 : octets[index] }
        return place + octets.count
    }
}

/// Eight octets at once: which of them stand in quotes as they are.
private enum PlainWord {
    static var all: UInt64 { 0x8080_8080_8080_8080 }
    static var spaces: UInt64 { 0x2020_2020_2020_2020 }

    /// The highest bit of each octet that is printable ASCII and neither `"` nor `\`. No sum passes on a carry: both
    /// octets are below 0x80.
    @inline(__always)
    static func marks(_ word: UInt64) -> UInt64 {
        let low = word & 0x7F7F_7F7F_7F7F_7F7F
        let isAtLeastSpace = low + 0x6060_6060_6060_6060
        let isDelete = low + 0x0101_0101_0101_0101
        let isNotQuote = (low ^ 0x2222_2222_2222_2222) + 0x7F7F_7F7F_7F7F_7F7F
        let isNotBackslash = (low ^ 0x5C5C_5C5C_5C5C_5C5C) + 0x7F7F_7F7F_7F7F_7F7F
        return isAtLeastSpace & ~isDelete & isNotQuote & isNotBackslash & ~word & all
    }
}
