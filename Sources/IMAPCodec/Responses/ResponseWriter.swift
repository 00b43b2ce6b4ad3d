public import IMAPTypes

/// Writes responses, octet by octet, in the grammar of RFC 9051 section 9. The only way out (R-OUT-2).
///
/// There is no way to write octets as they are: every value has a type, and every string goes through one encoder
/// that makes CR, LF, NUL, quotes and 8-bit octets harmless.
public struct ResponseWriter: Sendable {
    package private(set) var octets: [UInt8] = []

    /// Whether mailbox names are written as UTF-8 and quoted strings may hold it (RFC 9051 section 5.1).
    package var usesUTF8 = false

    /// The language of texts; `nil` is English.
    package var language: TextLanguage?

    package init() {}

    /// The longest string that is quoted; longer ones are literals (R-OUT-3).
    public static let longestQuoted = 1000

    // MARK: Taking out what was written

    var count: Int { octets.count }

    package var size: Int { octets.count }

    /// Takes everything written so far.
    package mutating func takeAll() -> [UInt8] {
        let all = octets
        octets = []
        return all
    }

    // MARK: Marks

    mutating func append(_ octet: UInt8) { octets.append(octet) }

    mutating func append(_ more: [UInt8]) { octets.append(contentsOf: more) }

    public mutating func space() { append(ASCII.space) }

    public mutating func openList() { append(ASCII.leftParenthesis) }

    /// `":"`, between two numbers of a range.
    package mutating func colon() { append(ASCII.colon) }

    /// `"-"`, before a number.
    package mutating func minus() { append(ASCII.minus) }

    public mutating func closeList() { append(ASCII.rightParenthesis) }

    package mutating func lineEnd() {
        append(ASCII.cr)
        append(ASCII.lf)
    }

    /// `"(" [element *(SP element)] ")"`
    public mutating func list<Element>(
        _ elements: some Sequence<Element>, _ write: (inout ResponseWriter, Element) -> Void
    ) {
        openList()
        var isFirst = true
        for element in elements {
            if !isFirst { space() }
            isFirst = false
            write(&self, element)
        }
        closeList()
    }

    // MARK: Words and numbers

    public mutating func keyword(_ keyword: Keyword) { append(keyword.octets) }

    public mutating func number(_ value: UInt64) {
        guard value >= 10 else {
            append(ASCII.zero + UInt8(truncatingIfNeeded: value))
            return
        }
        let start = octets.count
        var rest = value
        while rest > 0 {
            append(ASCII.zero + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        }
        octets[start...].reverse()
    }

    /// `number64`: what does not fit into 63 bits is written as the greatest number that does.
    public mutating func number63(_ value: UInt64) { number(min(value, UInt64(Int64.max))) }

    public mutating func number(_ value: UInt32) { number(UInt64(value)) }

    public mutating func capability(_ capability: Capability) { append(capability.octets) }

    public mutating func flag(_ flag: Flag) { append(flag.octets) }

    /// A list of flags; `recent` adds `\Recent`.
    public mutating func flags(_ flags: [Flag], recent: Bool = false) {
        self.flags(flags, and: recent ? Flag.recentOctets : nil)
    }

    /// A list of flags; `last` stands behind them, and is no flag.
    mutating func flags(_ flags: [Flag], and last: [UInt8]?) {
        openList()
        var isFirst = true
        for value in flags {
            if !isFirst { space() }
            isFirst = false
            flag(value)
        }
        if let last {
            if !isFirst { space() }
            append(last)
        }
        closeList()
    }

    /// `"(" objectid ")"`
    public mutating func objectID(_ id: ObjectID) {
        openList()
        append(id.octets)
        closeList()
    }

    /// A mailbox attribute: `\Noselect`.
    public mutating func attribute(_ attribute: MailboxAttribute) {
        append(attribute.octets)
    }

    /// `uid-set`
    public mutating func uids(_ uids: UIDSet) { numbers(uids) }

    /// `sequence-set`: at least one number, or nothing is written.
    public mutating func numbers<Number>(_ numbers: NumberSet<Number>) { self.numbers(numbers, isContinued: false) }

    /// A piece of a `sequence-set`: with a comma before it when `isContinued`.
    package mutating func numbers<Number>(_ numbers: NumberSet<Number>, isContinued: Bool) {
        runs(numbers.ranges.runs[...], isContinued: isContinued)
    }

    /// The same, of ranges in any order.
    package mutating func runs(_ runs: ArraySlice<NumberRanges.Run>, isContinued: Bool = false) {
        var isFirst = !isContinued
        for run in runs {
            if !isFirst { append(ASCII.comma) }
            isFirst = false
            number(run.lower)
            guard run.upper != run.lower else { continue }
            append(ASCII.colon)
            number(run.upper)
        }
    }

    // MARK: Strings

    public mutating func null() { keyword("NIL") }

    /// `string`: quoted when it is short and harmless, else a literal.
    ///
    /// A NUL cannot be sent in either; it is written as 0x80, as in message bodies (R-LIT-9).
    public mutating func string(_ value: [UInt8]) {
        guard value.count <= ResponseWriter.longestQuoted, isQuotable(value) else {
            literalHeader(UInt64(value.count))
            for octet in value { append(octet == ASCII.nul ? 0x80 : octet) }
            return
        }
        append(ASCII.quote)
        for octet in value {
            if octet == ASCII.quote || octet == ASCII.backslash { append(ASCII.backslash) }
            append(octet)
        }
        append(ASCII.quote)
    }

    /// `nstring`
    public mutating func nstring(_ value: [UInt8]?) {
        guard let value else { return null() }
        string(value)
    }

    /// `nstring / literal8`: a `literal8` where there is a NUL.
    public mutating func nstring8(_ value: [UInt8]?) {
        guard let value, value.contains(ASCII.nul) else { return nstring(value) }
        literalHeader(UInt64(value.count), isBinary: true)
        append(value)
    }

    /// `astring`: as it is when it can stand without quotes and cannot be taken for NIL.
    public mutating func astring(_ value: [UInt8]) {
        guard !value.isEmpty, value.allSatisfy(OctetSet.astring.contains), !ASCII.equalFolded(value, Array("NIL".utf8))
        else { return string(value) }
        append(value)
    }

    private func isQuotable(_ value: [UInt8]) -> Bool {
        if value.allSatisfy({ $0 >= 0x20 && $0 < ASCII.delete }) { return true }
        return usesUTF8 && value.allSatisfy { $0 >= 0x20 && $0 != ASCII.delete } && UTF8Octets.isValid(value.span)
    }

    /// `mailbox`, in modified UTF-7 or, where the session's modes say so, in UTF-8.
    public mutating func mailbox(_ name: MailboxName) { astring(MailboxWireForm.encode(name, utf8: usesUTF8)) }

    /// The octets that names begin with, as `string`: a namespace's prefix, in the form that names have.
    public mutating func mailboxPrefix(_ prefix: String) {
        string(MailboxWireForm.encode(octets: Array(prefix.utf8), utf8: usesUTF8))
    }

    /// `["~"] "{" number64 "}" CRLF`: the caller writes exactly that many octets next.
    package mutating func literalHeader(_ size: UInt64, isBinary: Bool = false) {
        if isBinary { append(ASCII.tilde) }
        append(ASCII.leftBrace)
        number(size)
        append(ASCII.rightBrace)
        lineEnd()
    }

    /// Octets of a literal whose header was written. NUL is written as 0x80 (R-LIT-9), but in a `literal8`.
    package mutating func literalOctets(_ more: [UInt8], isBinary: Bool = false) {
        guard !isBinary, more.contains(ASCII.nul) else { return append(more) }
        for octet in more { append(octet == ASCII.nul ? 0x80 : octet) }
    }

    // MARK: Dates

    /// `date-time`
    public mutating func dateTime(_ date: InternalDate) {
        func twoDigits(_ value: Int, pad: UInt8 = ASCII.zero) {
            append(value < 10 ? pad : ASCII.zero + UInt8(truncatingIfNeeded: value / 10))
            append(ASCII.zero + UInt8(truncatingIfNeeded: value % 10))
        }
        append(ASCII.quote)
        twoDigits(date.day, pad: ASCII.space)
        append(ASCII.minus)
        append(InternalDate.monthNames[date.month - 1])
        append(ASCII.minus)
        twoDigits(date.year / 100)
        twoDigits(date.year % 100)
        space()
        twoDigits(date.hour)
        append(ASCII.colon)
        twoDigits(date.minute)
        append(ASCII.colon)
        twoDigits(date.second)
        space()
        append(date.zoneMinutes < 0 ? ASCII.minus : ASCII.plus)
        let zone = date.zoneMinutes < 0 ? -date.zoneMinutes : date.zoneMinutes
        twoDigits(zone / 60)
        twoDigits(zone % 60)
        append(ASCII.quote)
    }
}
