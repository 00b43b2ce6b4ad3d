internal import IMAPText
internal import IMAPTypes

/// Fields of headers, which come in pieces: each unfolded and unmapped, with its name.
struct HeaderFields: Sendable {
    /// A field that is over.
    enum Field: Sendable {
        /// It is these of the octets that were given.
        case given(Range<Int>)
        case kept([UInt8])
    }

    private let longest: Int
    private var field: [UInt8] = []
    private var isLineStart = true

    init(longest: Int) { self.longest = longest }

    /// Takes octets from `index` on, up to the beginning of the next field. Returns the field that is over, or `nil` when all
    /// octets were taken.
    mutating func next(_ octets: Span<UInt8>, _ index: inout Int) -> Field? {
        while index < octets.count {
            let octet = octets[index]
            if octet == ASCII.lf {
                if !isLineStart, field.last == ASCII.cr { field.removeLast() }
                isLineStart = true
                index += 1
                continue
            }
            if isLineStart, octet != ASCII.space, octet != 0x09 {
                if let over = finish() { return .kept(over) }
                if let whole = wholeField(octets, index) {
                    index = whole.next
                    isLineStart = true
                    if !whole.field.isEmpty { return .given(whole.field) }
                    continue
                }
            }
            isLineStart = false
            let start = index
            index = octets.lineFeed(from: index)
            let room = max(0, longest - field.count)
            field.append(octets, start..<start + min(index - start, room))
        }
        return nil
    }

    /// The field that begins at `start`, and where the next line does, when that line begins another field.
    private func wholeField(_ octets: Span<UInt8>, _ start: Int) -> (field: Range<Int>, next: Int)? {
        let lineFeed = octets.lineFeed(from: start)
        guard lineFeed + 1 < octets.count else { return nil }
        let next = octets[lineFeed + 1]
        guard next != ASCII.space, next != 0x09 else { return nil }
        var end = start + min(lineFeed - start, max(0, longest))
        if end > start, octets[end - 1] == ASCII.cr { end -= 1 }
        return (start..<end, lineFeed + 1)
    }

    /// The header is over. Returns the field that was its last.
    mutating func finish() -> [UInt8]? {
        isLineStart = true
        guard !field.isEmpty else { return nil }
        let over = field
        field = []
        return over
    }
}

extension Span<UInt8> {
    /// The place of the first LF from `start` on, or behind the last octet.
    fileprivate func lineFeed(from start: Int) -> Int {
        var index = start
        while index <= count - 8, word(at: index).lineFeeds == 0 { index += 8 }
        let lf = ASCII.lf
        while index < count, self[index] != lf { index += 1 }
        return index
    }

    /// Whether a field is US-ASCII with no encoded word in it: no `?`.
    var isPlainField: Bool {
        var index = 0
        // The highest bit of each octet that is neither. No sum passes on a carry: both octets are below 0x80.
        var marks: UInt64 = 0x8080_8080_8080_8080
        while index <= count - 8 {
            let word = word(at: index)
            let differences = word ^ 0x3F3F_3F3F_3F3F_3F3F
            marks &= ~word & ((differences & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F)
            index += 8
        }
        var isPlain = marks == 0x8080_8080_8080_8080
        while index < count {
            if self[index] >= 0x80 || self[index] == 0x3F { isPlain = false }
            index += 1
        }
        return isPlain
    }
}

extension UInt64 {
    /// The highest bit of each of eight octets that is LF. No sum passes on a carry: both octets are below 0x80.
    @inline(__always)
    var lineFeeds: UInt64 {
        let differences = self ^ 0x0A0A_0A0A_0A0A_0A0A
        let others = (differences & 0x7F7F_7F7F_7F7F_7F7F) + 0x7F7F_7F7F_7F7F_7F7F | differences
        return ~others & 0x8080_8080_8080_8080
    }
}
