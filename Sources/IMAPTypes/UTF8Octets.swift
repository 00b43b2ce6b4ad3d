/// Well-formed UTF-8 (RFC 3629 section 4), octet by octet: no overlong form, no surrogate, nothing above U+10FFFF.
package enum UTF8Octets {
    package static func isValid(_ octets: Span<UInt8>) -> Bool {
        var index = 0
        while index < octets.count {
            let lead = octets[index]
            guard lead >= 0x80 else {
                index += 1
                continue
            }
            let length: Int
            var low: UInt8 = 0x80
            var high: UInt8 = 0xBF
            switch lead {
            case 0xC2...0xDF: length = 2
            case 0xE0:
                length = 3
                low = 0xA0
            case 0xED:
                length = 3
                high = 0x9F
            case 0xE1...0xEC, 0xEE...0xEF: length = 3
            case 0xF0:
                length = 4
                low = 0x90
            case 0xF1...0xF3: length = 4
            case 0xF4:
                length = 4
                high = 0x8F
            default: return false
            }
            guard octets.count - index >= length else { return false }
            guard octets[index + 1] >= low, octets[index + 1] <= high else { return false }
            for offset in 2..<max(length, 2) where octets[index + offset] & 0xC0 != 0x80 { return false }
            index += length
        }
        return true
    }
}
