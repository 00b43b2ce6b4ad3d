/// Base64 as mail has it (RFC 2045 section 6.8), in pieces: octets outside the alphabet are passed over, padding ends
/// a group and not the text, a group that is cut short gives the octets it has.
///
/// For SASL, which wants base64 strictly, there is ``Base64``.
package struct Base64Reader: Sendable {
    private var bits: UInt32 = 0
    private var count = 0

    private static let skipped: UInt8 = 0xFF
    private static let padding: UInt8 = 0xFE

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: skipped, count: 256)
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        for (value, octet) in alphabet.enumerated() { values[Int(octet)] = UInt8(truncatingIfNeeded: value) }
        values[0x3D] = padding
        return values
    }()

    package init() {}

    /// Appends what `text` completes.
    package mutating func decode(_ text: Span<UInt8>, into octets: inout [UInt8]) {
        let table = Base64Reader.values
        let values = table.span
        var index = 0
        while index < text.count {
            // Whole groups without anything else between them, which is nearly all there is.
            while count == 0, text.count - index >= 4 {
                let a = values[Int(text[index])]
                let b = values[Int(text[index + 1])]
                let c = values[Int(text[index + 2])]
                let d = values[Int(text[index + 3])]
                guard a | b | c | d < 0x40 else { break }
                octets.append(a << 2 | b >> 4)
                octets.append(b << 4 | c >> 2)
                octets.append(c << 6 | d)
                index += 4
            }
            guard index < text.count else { return }
            let value = values[Int(text[index])]
            index += 1
            if value < 0x40 {
                take(value, into: &octets)
            } else if value == Base64Reader.padding {
                finish(into: &octets)
            }
        }
    }

    private mutating func take(_ value: UInt8, into octets: inout [UInt8]) {
        bits = bits << 6 | UInt32(value)
        count += 1
        guard count == 4 else { return }
        octets.append(UInt8(truncatingIfNeeded: bits >> 16))
        octets.append(UInt8(truncatingIfNeeded: bits >> 8))
        octets.append(UInt8(truncatingIfNeeded: bits))
        bits = 0
        count = 0
    }

    /// The text is over, or its group is: appends the whole octets of a group that was begun.
    package mutating func finish(into octets: inout [UInt8]) {
        switch count {
        case 2: octets.append(UInt8(truncatingIfNeeded: bits >> 4))
        case 3:
            octets.append(UInt8(truncatingIfNeeded: bits >> 10))
            octets.append(UInt8(truncatingIfNeeded: bits >> 2))
        default: break
        }
        bits = 0
        count = 0
    }
}
