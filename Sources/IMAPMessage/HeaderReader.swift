internal import IMAPTypes

/// Reads one header, line by line and in pieces, and keeps the fields that are needed.
///
/// The header ends at the first empty line. A line that is no field (without a colon, an mbox `From ` line, a name
/// with spaces) is passed over with the lines that continue it.
struct HeaderReader: Sendable {
    private enum State: Sendable {
        /// Before the first octet of a line.
        case lineStart
        /// A CR was the first octet of a line.
        case emptyLine
        case name
        case value
        /// A line that is no field.
        case junk
    }

    private var state = State.lineStart
    private var name: [UInt8] = []
    /// The field whose value is being read; `nil` for one that is not needed.
    private var field: FieldName?
    private var value: [UInt8] = []
    /// The value reached a limit: what follows of it is dropped.
    private var isCut = false
    private(set) var values = FieldValues()
    /// Octets of headers that may still be understood.
    private(set) var octetsLeft: Int
    private let fieldLimit: Int
    /// Fields that may still be understood.
    private var fieldsLeft: Int

    /// Octets looked at, and kept, for tests of linearity.
    private(set) var steps = 0

    init(_ limits: MessageLimits) {
        octetsLeft = limits.headerOctets
        fieldLimit = limits.fieldOctets
        fieldsLeft = limits.fields
    }

    /// Takes octets from `index` to the end of the line, or of `octets`. Returns whether the header ended here.
    mutating func takeLine(_ octets: [UInt8], _ index: inout Int) -> Bool {
        let start = index
        defer { steps += index - start + 1 }
        let span = octets.span
        let lf = ASCII.lf
        let colon = ASCII.colon
        while index < span.count {
            let octet = span[index]
            switch state {
            case .lineStart:
                switch octet {
                case ASCII.space, 0x09: state = .value
                case ASCII.lf:
                    index += 1
                    charge(index - start)
                    return true
                case ASCII.cr:
                    state = .emptyLine
                    index += 1
                default:
                    endField()
                    name.removeAll(keepingCapacity: true)
                    state = .name
                }
            case .emptyLine:
                if octet == ASCII.lf {
                    index += 1
                    charge(index - start)
                    return true
                }
                endField()
                state = .junk
            case .name:
                let from = index
                while index < span.count, span[index] != colon, span[index] != lf { index += 1 }
                // One octet more than the longest name is enough to know that it is none.
                let room = max(0, FieldName.longest + 65 - name.count)
                name.append(contentsOf: octets[from..<from + min(index - from, room)])
                guard index < span.count else { break }
                index += 1
                if span[index - 1] == colon {
                    beginValue(isUnderstood: index - start < octetsLeft)
                } else {
                    state = .lineStart
                    charge(index - start)
                    return false
                }
            case .value, .junk:
                let from = index
                while index < span.count, span[index] != lf { index += 1 }
                let isLineEnd = index < span.count
                if case .value = state, field != nil {
                    let left = octetsLeft - (from - start)
                    keep(octets, from..<index, left)
                    if isLineEnd, !isCut, value.last == ASCII.cr { value.removeLast() }
                }
                guard isLineEnd else { break }
                index += 1
                state = .lineStart
                charge(index - start)
                return false
            }
        }
        charge(index - start)
        return false
    }

    /// A whole line that is no field, of `count` octets, was read elsewhere: the field before it is over.
    mutating func skipLine(_ count: UInt64) {
        endField()
        state = .lineStart
        charge(Int(clamping: count))
    }

    /// The first `count` octets of a line that is no field were read elsewhere: the field before it is over.
    mutating func beginJunk(_ count: UInt64) {
        endField()
        state = .junk
        charge(Int(clamping: count))
    }

    /// The header is over, by its empty line or because what it is in ended. Leaves ``values`` to be read.
    mutating func end() {
        endField()
        state = .lineStart
    }

    /// A new header begins.
    mutating func restart() { values.removeAll() }

    private mutating func charge(_ count: Int) { octetsLeft -= min(count, octetsLeft) }

    private mutating func beginValue(isUnderstood: Bool) {
        // Obsolete syntax allows white space before the colon (RFC 5322 section 4.5).
        while let last = name.last, last == ASCII.space || last == 0x09 { name.removeLast() }
        field = isUnderstood && fieldsLeft > 0 ? FieldName(name).flatMap { values[$0] == nil ? $0 : nil } : nil
        fieldsLeft -= min(1, fieldsLeft)
        state = .value
    }

    /// `left` octets may be understood, counted from the first of `range`.
    private mutating func keep(_ octets: [UInt8], _ range: Range<Int>, _ left: Int) {
        guard !isCut else { return }
        let room = max(0, min(left, fieldLimit - value.count))
        if range.count > room { isCut = true }
        value.append(contentsOf: octets[range.lowerBound..<range.lowerBound + min(range.count, room)])
    }

    private mutating func endField() {
        if let field { values.keep(value.trimmed(), of: field) }
        steps += value.count
        field = nil
        value = []
        isCut = false
    }
}

extension [UInt8] {
    /// Without spaces, tabs and line ends at either end.
    func trimmed() -> [UInt8] {
        var start = startIndex
        var end = endIndex
        while start < end, self[start].isBlank { start += 1 }
        while end > start, self[end - 1].isBlank { end -= 1 }
        return start == startIndex && end == endIndex ? self : Array(self[start..<end])
    }
}

extension UInt8 {
    /// A space, a tab, CR or LF.
    var isBlank: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0D && self != 0x0B && self != 0x0C) }
}
