/// The modified UTF-7 of RFC 3501 section 5.1.3, in which mailbox names travel in IMAP4rev1.
///
/// Decoding is total, linear and canonical (R-MUTF7-1): for every text that is accepted, encoding what was decoded
/// gives the text again. Refused are: an unterminated run, odd or non-zero spare bits, lone or swapped surrogates,
/// ASCII inside a run, NUL, CR and LF, a run right behind another, and padding.
public enum ModifiedUTF7 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, octet) in alphabet.enumerated() { values[Int(octet)] = UInt8(value) }
        return values
    }()

    /// The UTF-8 of the name written in `text`, or `nil` when it is malformed.
    public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var utf8: [UInt8] = []
        utf8.reserveCapacity(text.count)
        var index = 0
        var afterRun = false
        while index < text.count {
            let octet = text[index]
            guard octet >= 0x20, octet <= 0x7E else { return nil }
            guard octet == 0x26 else {
                utf8.append(octet)
                index += 1
                afterRun = false
                continue
            }
            index += 1
            if index < text.count, text[index] == 0x2D {
                utf8.append(0x26)
                index += 1
                afterRun = false
                continue
            }
            guard !afterRun, decodeRun(text, &index, into: &utf8) else { return nil }
            afterRun = true
        }
        return utf8
    }

    /// Reads from behind `&` to behind `-`.
    private static func decodeRun(_ text: Span<UInt8>, _ index: inout Int, into utf8: inout [UInt8]) -> Bool {
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        var highSurrogate: UInt32?
        while index < text.count {
            let octet = text[index]
            index += 1
            if octet == 0x2D {
                return highSurrogate == nil && bitCount < 6 && bits == 0
            }
            let value = values[Int(octet)]
            guard value != 0xFF else { return false }
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            guard bitCount >= 16 else { continue }
            bitCount -= 16
            let unit = bits >> bitCount
            bits &= (1 << bitCount) - 1
            switch (unit, highSurrogate) {
            case (0xD800...0xDBFF, nil): highSurrogate = unit
            case (0xDC00...0xDFFF, let high?):
                UTF8Scalars.append(0x10000 + ((high - 0xD800) << 10) + (unit - 0xDC00), to: &utf8)
                highSurrogate = nil
            case (0xD800...0xDFFF, _): return false
            case (let unit, nil):
                // Printable ASCII stands for itself; a control character has no place in a name.
                guard unit >= 0x7F, unit != 0x7F else { return false }
                UTF8Scalars.append(unit, to: &utf8)
            case (_, _?): return false
            }
        }
        return false
    }

    /// `utf8` in modified UTF-7. `utf8` is well-formed; an octet that is not is written as U+FFFD.
    public static func encode(_ utf8: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(utf8.count)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        var inRun = false

        func closeRun() {
            guard inRun else { return }
            if bitCount > 0 { text.append(alphabet[Int(bits << (6 - bitCount) & 0x3F)]) }
            text.append(0x2D)
            bits = 0
            bitCount = 0
            inRun = false
        }

        func appendUnit(_ unit: UInt32) {
            if !inRun {
                text.append(0x26)
                inRun = true
            }
            bits = bits << 16 | unit
            bitCount += 16
            while bitCount >= 6 {
                bitCount -= 6
                text.append(alphabet[Int(bits >> bitCount & 0x3F)])
            }
            bits &= (1 << bitCount) - 1
        }

        var index = 0
        while index < utf8.count {
            let octet = utf8[index]
            if octet >= 0x20, octet <= 0x7E {
                closeRun()
                text.append(octet)
                if octet == 0x26 { text.append(0x2D) }
                index += 1
                continue
            }
            let scalar = self.scalar(utf8, at: &index)
            if scalar >= 0x10000 {
                appendUnit(0xD800 + (scalar - 0x10000) >> 10)
                appendUnit(0xDC00 + (scalar - 0x10000) & 0x3FF)
            } else {
                appendUnit(scalar)
            }
        }
        closeRun()
        return text
    }

    private static func scalar(_ utf8: Span<UInt8>, at index: inout Int) -> UInt32 {
        let lead = utf8[index]
        index += 1
        let (length, initial): (Int, UInt32) =
            switch lead {
            case ..<0x80: (1, UInt32(lead))
            case 0xC2...0xDF: (2, UInt32(lead & 0x1F))
            case 0xE0...0xEF: (3, UInt32(lead & 0x0F))
            case 0xF0...0xF4: (4, UInt32(lead & 0x07))
            default: (1, 0xFFFD)
            }
        guard utf8.count - index >= length - 1 else { return 0xFFFD }
        var scalar = initial
        for _ in 1..<max(length, 1) {
            guard utf8[index] & 0xC0 == 0x80 else { return 0xFFFD }
            scalar = scalar << 6 | UInt32(utf8[index] & 0x3F)
            index += 1
        }
        return scalar <= 0x10FFFF ? scalar : 0xFFFD
    }
}
