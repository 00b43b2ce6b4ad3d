/// Quoted-printable (RFC 2045 section 6.7), in pieces. Tolerant: hexadecimal digits of either case, white space
/// between `=` and the line's end, a bare LF as line end; a `=` that means nothing stands for itself.
///
/// White space before a line's end, or the text's, is dropped, as rule 3 asks.
package struct QuotedPrintableReader: Sendable {
    private enum State: Sendable {
        case text
        /// White space is pending.
        case space
        /// CR is pending, and perhaps white space.
        case carriageReturn
        /// `=` is pending.
        case equals
        /// `=` and a hexadecimal digit are pending.
        case digit(UInt8)
        /// `=` and white space are pending.
        case softSpace
        /// `=`, perhaps white space, and CR are pending.
        case softReturn
    }

    private var state = State.text
    /// Octets whose meaning the next one decides.
    private var pending: [UInt8] = []

    /// White space that is longer stands for itself: RFC 2045 allows lines of 76.
    private static let maximumSpace = 1000

    package init() {}

    /// Appends what `text` completes.
    package mutating func decode(_ text: Span<UInt8>, into octets: inout [UInt8]) {
        var isText = if case .text = state { true } else { false }
        var index = 0
        while index < text.count {
            let octet = text[index]
            index += 1
            if isText {
                if octet > 0x20, octet != 0x3D {
                    octets.append(octet)
                    continue
                }
                // A space within a line, and an octet in hexadecimal: nearly all that is not plain.
                if octet == 0x20, index < text.count, text[index] > 0x20 {
                    octets.append(octet)
                    continue
                }
                if octet == 0x3D, text.count - index >= 2, let first = QuotedPrintableReader.digit(text[index]),
                    let second = QuotedPrintableReader.digit(text[index + 1])
                {
                    octets.append(first << 4 | second)
                    index += 2
                    continue
                }
            }
            take(octet, into: &octets)
            isText = if case .text = state { true } else { false }
        }
    }

    private mutating func take(_ octet: UInt8, into octets: inout [UInt8]) {
        switch (state, octet) {
        case (.text, 0x20), (.text, 0x09), (.space, 0x20), (.space, 0x09):
            hold(octet, .space, &octets)
        case (.text, 0x0D), (.space, 0x0D): hold(octet, .carriageReturn, &octets)
        case (.text, 0x0A), (.space, 0x0A):
            drop()
            octets.append(0x0A)
        case (.carriageReturn, 0x0A):
            drop()
            octets.append(0x0D)
            octets.append(0x0A)
        case (.text, 0x3D): hold(octet, .equals, &octets)
        case (.text, _): octets.append(octet)
        case (.equals, 0x0A), (.softSpace, 0x0A), (.softReturn, 0x0A): drop()
        case (.equals, 0x0D), (.softSpace, 0x0D): hold(octet, .softReturn, &octets)
        case (.equals, 0x20), (.equals, 0x09), (.softSpace, 0x20), (.softSpace, 0x09):
            hold(octet, .softSpace, &octets)
        case (.equals, _):
            guard let value = QuotedPrintableReader.digit(octet) else { return keep(octet, &octets) }
            hold(octet, .digit(value), &octets)
        case (.digit(let first), _):
            guard let second = QuotedPrintableReader.digit(octet) else { return keep(octet, &octets) }
            drop()
            octets.append(first << 4 | second)
        case (.space, _), (.carriageReturn, _), (.softSpace, _), (.softReturn, _): keep(octet, &octets)
        }
    }

    private mutating func hold(_ octet: UInt8, _ next: State, _ octets: inout [UInt8]) {
        pending.append(octet)
        state = next
        if pending.count > QuotedPrintableReader.maximumSpace {
            octets.append(contentsOf: pending)
            drop()
        }
    }

    private mutating func drop() {
        pending.removeAll(keepingCapacity: true)
        state = .text
    }

    /// What was pending stands for itself, and `octet` is read as text.
    private mutating func keep(_ octet: UInt8, _ octets: inout [UInt8]) {
        octets.append(contentsOf: pending)
        drop()
        take(octet, into: &octets)
    }

    /// The text is over: white space and a `=` at its end are dropped, half an octet stands for itself.
    package mutating func finish(into octets: inout [UInt8]) {
        switch state {
        case .text, .space, .equals, .softSpace, .softReturn: break
        case .carriageReturn, .digit: octets.append(contentsOf: pending)
        }
        drop()
    }

    /// The value of a hexadecimal digit.
    package static func digit(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x30...0x39: octet - 0x30
        case 0x41...0x46: octet - 0x41 + 10
        case 0x61...0x66: octet - 0x61 + 10
        default: nil
        }
    }
}
