public import IMAPTypes

/// Writes responses, octet by octet, in the grammar of RFC 9051 section 9. The only way out (R-OUT-2).
///
/// There is no way to write octets as they are: every value has a type, and every string goes through one encoder
/// that makes CR, LF, NUL, quotes and 8-bit octets harmless.
public struct ResponseWriter: Sendable {
    var room = OutputRoom()

    /// Whether mailbox names are written as UTF-8 and quoted strings may hold it (RFC 9051 section 5.1).
    package var usesUTF8 = false

    /// The language of texts; `nil` is English.
    package var language: TextLanguage?

    package init() {}

    /// The longest string that is quoted; longer ones are literals (R-OUT-3).
    public static let longestQuoted = 1000

    // MARK: Taking out what was written

    package var size: Int { room.count }

    /// Takes everything written so far.
    package mutating func takeAll() -> [UInt8] { room.takeAll() }

    // MARK: Marks

    mutating func append(_ octet: UInt8) { room.append(octet) }

    mutating func append(_ more: [UInt8]) { room.append(more) }

    public mutating func space() { append(ASCII.space) }

    public mutating func openList() { append(ASCII.leftParenthesis) }

    /// `":"`, between two numbers of a range.
    package mutating func colon() { append(ASCII.colon) }

    /// `"-"`, before a number.
    package mutating func minus() { append(ASCII.minus) }

    public mutating func closeList() { append(ASCII.rightParenthesis) }

    package mutating func lineEnd() {
        room.write(2) { room, at in room.put(ASCII.lf, at: room.put(ASCII.cr, at: at)) }
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

    public mutating func keyword(_ keyword: Keyword) {
        room.write(Keyword.maximumLength) { room, at in room.put(keyword, at: at) }
    }

    /// The name of a data item and the space before its value.
    public mutating func itemName(_ name: Keyword) {
        room.write(Keyword.maximumLength + 1) { room, at in room.put(ASCII.space, at: room.put(name, at: at)) }
    }

    public mutating func number(_ value: UInt64) {
        room.write(20) { room, at in room.put(number: value, at: at) }
    }

    /// `number64`: what does not fit into 63 bits is written as the greatest number that does.
    public mutating func number63(_ value: UInt64) {
        room.write(20) { room, at in room.put(number63: value, at: at) }
    }

    public mutating func number(_ value: UInt32) { number(UInt64(value)) }

    public mutating func capability(_ capability: Capability) { append(capability.octets) }

    public mutating func flag(_ flag: Flag) { append(flag.octets) }

    /// A list of flags; `recent` adds `\Recent`.
    public mutating func flags(_ flags: [Flag], recent: Bool = false) {
        self.flags(flags, and: recent ? Flag.recentOctets : [])
    }

    /// A list of flags, and of one more that is none of a message's.
    mutating func flags(_ flags: [Flag], and more: [UInt8]) {
        let all = flags.span
        var most = more.count + 3
        for index in all.indices { most += all[index].octets.count + 1 }
        room.write(most) { room, at in
            var end = room.put(ASCII.leftParenthesis, at: at)
            for index in all.indices {
                if index > 0 { end = room.put(ASCII.space, at: end) }
                end = room.put(all[index].octets.span, at: end)
            }
            if !more.isEmpty {
                if !all.isEmpty { end = room.put(ASCII.space, at: end) }
                end = room.put(more.span, at: end)
            }
            return room.put(ASCII.rightParenthesis, at: end)
        }
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
        let all = runs.span
        var isFirst = !isContinued
        var next = 0
        while next < all.count {
            let last = min(all.count - next, ResponseWriter.runsAtOnce) + next
            room.write((last - next) * ResponseWriter.longestRun) { room, at in
                var end = at
                while next < last {
                    if !isFirst { end = room.put(ASCII.comma, at: end) }
                    isFirst = false
                    end = room.put(number: UInt64(all[next].lower), at: end)
                    if all[next].upper != all[next].lower {
                        end = room.put(ASCII.colon, at: end)
                        end = room.put(number: UInt64(all[next].upper), at: end)
                    }
                    next += 1
                }
                return end
            }
        }
    }

    /// `,4294967294:4294967295`
    private static let longestRun = 22
    private static let runsAtOnce = 16

    // MARK: Strings

    public mutating func null() { room.write(3) { room, at in room.putNull(at: at) } }

    /// `string`: quoted when it is short and harmless, else a literal.
    ///
    /// A NUL cannot be sent in either; it is written as 0x80, as in message bodies (R-LIT-9).
    public mutating func string(_ value: [UInt8]) {
        let utf8 = usesUTF8
        room.write(MutableSpan.most(value) + MutableSpan.around) { room, at in
            room.put(string: value.span, utf8: utf8, at: at)
        }
    }

    /// `nstring`
    public mutating func nstring(_ value: [UInt8]?) {
        guard let value else { return null() }
        string(value)
    }

    /// `nstring / literal8`: a `literal8` where there is a NUL.
    public mutating func nstring8(_ value: [UInt8]?) {
        guard let value, value.span.hasNUL else { return nstring(value) }
        literalHeader(UInt64(value.count), isBinary: true)
        append(value)
    }

    /// `astring`: as it is when it can stand without quotes and cannot be taken for NIL.
    public mutating func astring(_ value: [UInt8]) {
        let set = OctetSet.astring
        var isAtom = !value.isEmpty
        for octet in value where !set.contains(octet) { isAtom = false }
        guard isAtom, !ResponseWriter.isNull(value) else { return string(value) }
        append(value)
    }

    private static func isNull(_ value: [UInt8]) -> Bool {
        value.count == 3 && ASCII.upper(value[0]) == 0x4E && ASCII.upper(value[1]) == 0x49
            && ASCII.upper(value[2]) == 0x4C
    }

    /// `mailbox`, in modified UTF-7 or, where the session's modes say so, in UTF-8.
    public mutating func mailbox(_ name: MailboxName) { astring(MailboxWireForm.encode(name, utf8: usesUTF8)) }

    /// The octets that names begin with, as `string`: a namespace's prefix, in the form that names have.
    public mutating func mailboxPrefix(_ prefix: String) {
        string(MailboxWireForm.encode(octets: Array(prefix.utf8), utf8: usesUTF8))
    }

    /// `["~"] "{" number64 "}" CRLF`: the caller writes exactly that many octets next.
    package mutating func literalHeader(_ size: UInt64, isBinary: Bool = false) {
        room.write(25) { room, at in room.put(literalHeader: size, isBinary: isBinary, at: at) }
    }

    /// Octets of a literal whose header was written. NUL is written as 0x80 (R-LIT-9), but in a `literal8`.
    package mutating func literalOctets(_ more: [UInt8], isBinary: Bool = false) {
        guard !isBinary, more.span.hasNUL else { return append(more) }
        room.write(more.count) { room, at in room.put(withoutNUL: more.span, at: at) }
    }

    // MARK: Dates

    /// `date-time`
    public mutating func dateTime(_ date: InternalDate) {
        let month = InternalDate.monthNames[date.month - 1]
        room.write(28) { room, at in
            var end = room.put(ASCII.quote, at: at)
            end = room.put(twoDigits: date.day, pad: ASCII.space, at: end)
            end = room.put(ASCII.minus, at: end)
            end = room.put(month.span, at: end)
            end = room.put(ASCII.minus, at: end)
            end = room.put(twoDigits: date.year / 100, at: end)
            end = room.put(twoDigits: date.year % 100, at: end)
            end = room.put(ASCII.space, at: end)
            end = room.put(twoDigits: date.hour, at: end)
            end = room.put(ASCII.colon, at: end)
            end = room.put(twoDigits: date.minute, at: end)
            end = room.put(ASCII.colon, at: end)
            end = room.put(twoDigits: date.second, at: end)
            end = room.put(ASCII.space, at: end)
            end = room.put(date.zoneMinutes < 0 ? ASCII.minus : ASCII.plus, at: end)
            let zone = date.zoneMinutes < 0 ? -date.zoneMinutes : date.zoneMinutes
            end = room.put(twoDigits: zone / 60, at: end)
            end = room.put(twoDigits: zone % 60, at: end)
            return room.put(ASCII.quote, at: end)
        }
    }
}
