internal import IMAPTypes

/// Selects fields of a header that comes in pieces: `HEADER.FIELDS` and `HEADER.FIELDS.NOT` (RFC 9051 section 6.4.5.1).
///
/// What is selected comes in the order of the message, folded as it is there, a field as often as it is there, with
/// the empty line at the end if the header has one. A name matches by ASCII case and otherwise exactly. A line that is
/// no field, such as an mbox `From ` line, has no name: `.only` leaves it out and `.except` keeps it, each with the
/// lines that continue it.
package struct HeaderFilter: Sendable {
    package enum Selection: Hashable, Sendable {
        /// `HEADER.FIELDS`
        case only([[UInt8]])
        /// `HEADER.FIELDS.NOT`
        case except([[UInt8]])
    }

    private enum State: Sendable {
        case lineStart
        /// A CR was the first octet of a line.
        case emptyLine
        case name
        case rest
        case over
    }

    private let names: Set<[UInt8]>
    private let keepsNamed: Bool
    private let longest: Int
    private var state = State.lineStart
    private var keeps: Bool
    private var name: [UInt8] = []
    private var offset: UInt64 = 0
    private var lineStart: UInt64 = 0
    /// What was selected, in octets from the start of the header: ascending, never touching.
    package private(set) var ranges: [Range<UInt64>] = []

    package init(_ selection: Selection) {
        let list: [[UInt8]]
        switch selection {
        case .only(let only):
            list = only
            keepsNamed = true
        case .except(let except):
            list = except
            keepsNamed = false
        }
        // A header that begins with white space begins with a line that continues nothing: it is no field.
        keeps = !keepsNamed
        names = Set(list.map { $0.map(ASCII.upper) })
        longest = list.map(\.count).max() ?? 0
    }

    /// Takes the next piece. What follows the header's empty line is passed over.
    package mutating func feed(_ octets: [UInt8]) {
        let span = octets.span
        let lf = ASCII.lf
        var index = 0
        while index < span.count {
            let octet = span[index]
            switch state {
            case .over: return
            case .lineStart:
                lineStart = offset + UInt64(index)
                switch octet {
                case ASCII.space, 0x09: state = .rest
                case ASCII.cr:
                    index += 1
                    state = .emptyLine
                case ASCII.lf:
                    index += 1
                    end(index)
                default:
                    name.removeAll(keepingCapacity: true)
                    state = .name
                }
            case .emptyLine:
                if octet == ASCII.lf {
                    index += 1
                    end(index)
                } else {
                    keeps = !keepsNamed
                    state = .rest
                }
            case .name:
                if octet == ASCII.colon {
                    decide()
                } else if octet == ASCII.lf {
                    keeps = !keepsNamed
                    state = .rest
                } else {
                    if name.count <= longest + 64 { name.append(ASCII.upper(octet)) }
                    index += 1
                }
            case .rest:
                while index < span.count, span[index] != lf { index += 1 }
                if index < span.count {
                    index += 1
                    state = .lineStart
                    keep(upTo: index)
                }
            }
        }
        offset += UInt64(octets.count)
    }

    /// The header is over: its last line may have no end.
    package mutating func finish() {
        switch state {
        case .lineStart, .over: break
        case .name, .emptyLine: keeps = !keepsNamed
        case .rest: break
        }
        if state != .lineStart, state != .over { keep(upTo: 0) }
        state = .over
    }

    private mutating func decide() {
        while let last = name.last, last == ASCII.space || last == 0x09 { name.removeLast() }
        keeps = names.contains(name) == keepsNamed
        state = .rest
    }

    /// The empty line, which is always selected.
    private mutating func end(_ index: Int) {
        keeps = true
        keep(upTo: index)
        state = .over
    }

    /// Adds the line up to `index` of this piece.
    private mutating func keep(upTo index: Int) {
        let end = offset + UInt64(index)
        guard keeps, end > lineStart else { return }
        if let last = ranges.last, last.upperBound == lineStart {
            ranges[ranges.count - 1] = last.lowerBound..<end
        } else {
            ranges.append(lineStart..<end)
        }
    }
}
