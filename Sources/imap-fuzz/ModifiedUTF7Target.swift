import IMAPCodec
import IMAPText
import IMAPTypes

/// Reads the input as the wire form of a mailbox's name, and writes it as one, beside a reader and a writer of its own.
enum ModifiedUTF7Target {
    /// What is wrong with the library on this input, or `nil` (R-MUTF7-1).
    static func problem(_ input: [UInt8]) -> String? {
        problem(input, decode: { ModifiedUTF7.decode($0.span) }, encode: { ModifiedUTF7.encode($0.span) })
    }

    /// The same, of any reader and writer.
    static func problem(
        _ input: [UInt8], decode: ([UInt8]) -> [UInt8]?, encode: ([UInt8]) -> [UInt8]
    ) -> String? {
        let decoded = decode(input)
        let expected = ModifiedUTF7Model.decode(input)
        guard decoded == expected else { return "read as \(text(decoded)), expected \(text(expected))" }
        if let decoded {
            let again = encode(decoded)
            guard again == input else { return "written as \(text(again))" }
        }
        let encoded = encode(input)
        guard encoded.allSatisfy({ (0x20...0x7E).contains($0) }) else { return "not ASCII: \(encoded)" }
        if ModifiedUTF7Model.isName(input) {
            guard decode(encoded) == input else { return "\(text(encoded)) is another name" }
            guard encoded == ModifiedUTF7Model.encode(input) else { return "written as \(text(encoded))" }
        }
        return names(input)
    }

    /// A name is read as it was written, in both forms, and INBOX has one spelling.
    private static func names(_ input: [UInt8]) -> String? {
        for utf8 in [false, true] {
            guard let name = MailboxWireForm.decode(input, utf8: utf8) else { continue }
            let wire = MailboxWireForm.encode(name, utf8: utf8)
            guard wire == input || name.isInbox else { return "the name is written as \(text(wire))" }
            guard MailboxWireForm.decode(wire, utf8: utf8) == name else { return "the name is read as another" }
        }
        return nil
    }

    private static func text(_ octets: [UInt8]?) -> String {
        octets.map { String(decoding: $0, as: UTF8.self) } ?? "nothing"
    }

    static let words: [[UInt8]] = [
        "&-", "&AOk-", "&AOk", "&2D3cKQ-", "&2D0-", "&3Cm-", "&AGE-", "&AAA-", "&AAo-", "&AOk-&AOk-", "&AOl-", "&AOn-",
        "&AOkA6Q-", "&AH8-", "&,,8-", "INBOX", "&IKw-", "&", "-", "=", "\u{E9}", "\u{20AC}", "\u{1F4A9}", "\u{85}",
    ].map { Array($0.utf8) }
}

/// Modified UTF-7 by its definition: the base64 of UTF-16, and one spelling for each name (RFC 3501 section 5.1.3).
enum ModifiedUTF7Model {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,".utf8)

    /// A name: UTF-8 without control characters of ASCII.
    static func isName(_ octets: [UInt8]) -> Bool {
        String(validating: octets, as: UTF8.self) != nil && octets.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    /// Reads leniently, and accepts what is written so.
    static func decode(_ input: [UInt8]) -> [UInt8]? {
        var units: [UInt16] = []
        var rest = input[...]
        while let octet = rest.popFirst() {
            guard octet == 0x26 else {
                guard octet < 0x80 else { return nil }
                units.append(UInt16(octet))
                continue
            }
            guard let end = rest.firstIndex(of: 0x2D) else { return nil }
            let run = rest[..<end]
            rest = rest[(end + 1)...]
            if run.isEmpty { units.append(0x26) }
            var bits: [Bool] = []
            for octet in run {
                guard let value = alphabet.firstIndex(of: octet) else { return nil }
                for shift in [5, 4, 3, 2, 1, 0] { bits.append(value >> shift & 1 == 1) }
            }
            while bits.count >= 16 {
                units.append(bits.prefix(16).reduce(0) { $0 << 1 | ($1 ? 1 : 0) })
                bits.removeFirst(16)
            }
        }
        guard let name = String(validating: units, as: UTF16.self) else { return nil }
        let octets = Array(name.utf8)
        return isName(octets) && encode(octets) == input ? octets : nil
    }

    static func encode(_ name: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var run: [UInt16] = []
        func close() {
            guard !run.isEmpty else { return }
            var bits: [Bool] = []
            for unit in run {
                for shift in (0..<16).reversed() { bits.append(unit >> UInt16(shift) & 1 == 1) }
            }
            while bits.count % 6 != 0 { bits.append(false) }
            text.append(0x26)
            for start in stride(from: 0, to: bits.count, by: 6) {
                let value = bits[start..<start + 6].reduce(0) { value, bit in value << 1 | (bit ? 1 : 0) }
                text.append(alphabet[value])
            }
            text.append(0x2D)
            run = []
        }
        for unit in String(decoding: name, as: UTF8.self).utf16 {
            guard (0x20...0x7E).contains(unit) else {
                run.append(unit)
                continue
            }
            close()
            text.append(UInt8(unit))
            if unit == 0x26 { text.append(0x2D) }
        }
        close()
        return text
    }
}
