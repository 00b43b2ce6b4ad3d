/// UTF-8 by RFC 3629, looked at without the library's own decoder.
enum UTF8Check {
    static func isValid(_ octets: [UInt8]) -> Bool {
        guard octets.contains(where: { $0 > 0x7F }) else { return true }
        return String(validating: octets, as: UTF8.self) != nil
    }
}

/// Mailbox names in modified UTF-7 (RFC 3501 section 5.1.3), looked at without the library's own decoder.
enum MailboxNameCheck {
    /// What is wrong with `name`, which is 7-bit and has no controls.
    static func flaw(_ name: [UInt8]) -> String? {
        var index = 0
        var followsShift = false
        while index < name.count {
            guard name[index] == 0x26 else {
                followsShift = false
                index += 1
                continue
            }
            guard let end = name[index...].firstIndex(of: 0x2D) else { return "mailbox name: & without -" }
            let encoded = name[(index + 1)..<end]
            if encoded.isEmpty {
                followsShift = false
            } else {
                if followsShift { return "mailbox name: superfluous shift" }
                if let flaw = flaw(shifted: encoded) { return flaw }
                followsShift = true
            }
            index = end + 1
        }
        return nil
    }

    private static func flaw(shifted: ArraySlice<UInt8>) -> String? {
        var bits: UInt32 = 0
        var count = 0
        var units: [UInt16] = []
        for octet in shifted {
            guard let value = value(octet) else { return "mailbox name: not modified base64" }
            bits = (bits << 6 | UInt32(value)) & 0xFFFF_FFFF
            count += 6
            if count >= 16 {
                count -= 16
                units.append(UInt16(truncatingIfNeeded: bits >> UInt32(count)))
                bits &= (1 << UInt32(count)) - 1
            }
        }
        guard count < 6, bits == 0 else { return "mailbox name: bits left over in modified base64" }
        if units.contains(where: { (0x20...0x7E).contains($0) }) {
            return "mailbox name: printable character in modified base64"
        }
        if units.contains(0) { return "mailbox name: NUL" }
        var expectsLow = false
        for unit in units {
            let isLow = (0xDC00...0xDFFF).contains(unit)
            guard isLow == expectsLow else { return "mailbox name: lone surrogate" }
            expectsLow = (0xD800...0xDBFF).contains(unit)
        }
        return expectsLow ? "mailbox name: lone surrogate" : nil
    }

    private static func value(_ octet: UInt8) -> UInt8? {
        switch octet {
        case 0x41...0x5A: octet - 0x41
        case 0x61...0x7A: octet - 0x61 + 26
        case 0x30...0x39: octet - 0x30 + 52
        case 0x2B: 62
        case 0x2C: 63
        default: nil
        }
    }
}
