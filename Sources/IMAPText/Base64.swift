/// Base64 of RFC 4648 section 4, strict: the alphabet, the padding, no white space, no bits left over (R-AUTH-1).
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, octet) in alphabet.enumerated() { values[Int(octet)] = UInt8(value) }
        return values
    }()

    /// The octets written in `text`, or `nil` when it is not canonical base64. The empty text is no octets.
    public static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        var octets: [UInt8] = []
        octets.reserveCapacity(text.count / 4 * 3)
        var index = 0
        while index < text.count {
            let isLast = text.count - index == 4
            let a = values[Int(text[index])]
            let b = values[Int(text[index + 1])]
            let third = text[index + 2]
            let fourth = text[index + 3]
            guard a != 0xFF, b != 0xFF else { return nil }
            octets.append(a << 2 | b >> 4)
            if third == 0x3D {
                guard isLast, fourth == 0x3D, b & 0x0F == 0 else { return nil }
                break
            }
            let c = values[Int(third)]
            guard c != 0xFF else { return nil }
            octets.append(b << 4 | c >> 2)
            if fourth == 0x3D {
                guard isLast, c & 0x03 == 0 else { return nil }
                break
            }
            let d = values[Int(fourth)]
            guard d != 0xFF else { return nil }
            octets.append(c << 6 | d)
            index += 4
        }
        return octets
    }

    /// `octets` in base64, padded.
    public static func encode(_ octets: Span<UInt8>) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        var index = 0
        while index < octets.count {
            let a = octets[index]
            let b = index + 1 < octets.count ? octets[index + 1] : 0
            let c = index + 2 < octets.count ? octets[index + 2] : 0
            text.append(alphabet[Int(a >> 2)])
            text.append(alphabet[Int((a & 0x03) << 4 | b >> 4)])
            text.append(index + 1 < octets.count ? alphabet[Int((b & 0x0F) << 2 | c >> 6)] : 0x3D)
            text.append(index + 2 < octets.count ? alphabet[Int(c & 0x3F)] : 0x3D)
            index += 3
        }
        return text
    }
}
