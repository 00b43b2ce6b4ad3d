import IMAPText
import IMAPTypes
import Testing

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

// A span cannot pass through `#expect`.

private func encode64(_ octets: [UInt8]) -> [UInt8] { Base64.encode(octets.span) }

private func decode64(_ text: [UInt8]) -> [UInt8]? { Base64.decode(text.span) }

private func encode7(_ octets: [UInt8]) -> [UInt8] { ModifiedUTF7.encode(octets.span) }

private func decode7(_ text: [UInt8]) -> [UInt8]? { ModifiedUTF7.decode(text.span) }

@Suite("Base64, every octet and every length (RFC 4648 sections 3.2 to 3.5; R-AUTH-1)")
struct Base64PropertyTests {
    private static let alphabet = octets("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")

    @Test func everyLengthToThreeHundredGoesThereAndBack() {
        var random = Seeded(state: 31)
        for length in 0...300 {
            let plain = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = encode64(plain)
            #expect(text.count == (length + 2) / 3 * 4)
            #expect(text.filter { $0 == 0x3D }.count == (3 - length % 3) % 3)
            #expect(decode64(text) == plain, "\(length)")
        }
    }

    @Test func everyValueOfAGroupStandsForItsSixBits() {
        for (value, octet) in Self.alphabet.enumerated() {
            let bits = UInt8(value)
            #expect(decode64([octet, 0x41, 0x3D, 0x3D]) == [bits << 2])
            #expect(decode64([0x41, 0x41, 0x41, octet]) == [0, 0, bits])
            #expect(encode64([bits << 2])[0] == octet)
        }
    }

    @Test func everyOctetPutInEveryPlaceIsRefusedOrCanonical() {
        for plain in ["", "f", "fo", "foo", "foob", "fooba", "foobar", "\0bob\0pa\u{FF}"] {
            let valid = encode64(octets(plain))
            for place in valid.indices {
                for octet in UInt8.min...UInt8.max {
                    var text = valid
                    text[place] = octet
                    guard let decoded = decode64(text) else {
                        if octet == valid[place] { Issue.record("\(text) is valid") }
                        continue
                    }
                    if encode64(decoded) != text { Issue.record("\(text) is not canonical") }
                }
            }
        }
    }

    @Test func everyTextThatIsCutOrLengthenedIsRefusedOrCanonical() {
        let valid = encode64(octets("\0bob\0password"))
        for place in 0...valid.count {
            for octet in UInt8.min...UInt8.max {
                var text = valid
                text.insert(octet, at: place)
                if decode64(text) != nil { Issue.record("\(text) has no whole groups") }
            }
            if place % 4 != 0, decode64(Array(valid[..<place])) != nil { Issue.record("cut at \(place)") }
        }
    }

    /// Each place of a group refuses all that is outside the alphabet, white space and the alphabet of URLs included.
    @Test func octetsOutsideTheAlphabetAreRefusedInEveryPlace() {
        for octet in UInt8.min...UInt8.max where !Self.alphabet.contains(octet) && octet != 0x3D {
            for place in 0..<8 {
                var text = octets("Zm9vYmFy")
                text[place] = octet
                if decode64(text) != nil { Issue.record("\(octet) at \(place)") }
            }
        }
    }

    @Test func bitsLeftOverMustBeZero() {
        for value in 0..<64 {
            let octet = Self.alphabet[value]
            #expect((decode64([0x41, octet, 0x3D, 0x3D]) != nil) == (value % 16 == 0))
            #expect((decode64([0x41, 0x41, octet, 0x3D]) != nil) == (value % 4 == 0))
        }
    }

    @Test func paddingStandsAtTheEndAlone() {
        for bad in [
            "=", "==", "===", "====", "A===", "=AAA", "A=AA", "AA=A", "AA==AAAA", "AAA=AAAA", "AAAA====", "AAAA=",
            "AAAAAA=", "AA=\n", "AAAA\r\n", " AAAA", "AAAA ", "AA AA", "\0AAA",
        ] {
            #expect(decode64(octets(bad)) == nil, "\(bad)")
        }
    }

    @Test func sixtyFourKibibytesGoThereAndBack() {
        let plain = (0..<65_536).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        #expect(decode64(encode64(plain)) == plain)
    }
}

@Suite("Modified UTF-7, every unit and every octet (RFC 3501 section 5.1.3; R-MUTF7-1)")
struct ModifiedUTF7PropertyTests {
    /// UTF-16 in base64 with `,` for `/` and without padding: written from the RFC's words, with nothing of the decoder.
    private static func run(_ units: [UInt16]) -> [UInt8] {
        let plain = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }
        let text = encode64(plain).filter { $0 != 0x3D }.map { $0 == 0x2F ? 0x2C : $0 }
        return [0x26] + text + [0x2D]
    }

    private static func written(_ name: String) -> [UInt8] {
        var text: [UInt8] = []
        var units: [UInt16] = []
        for scalar in name.unicodeScalars {
            guard scalar.value >= 0x20, scalar.value <= 0x7E else {
                units.append(contentsOf: String(scalar).utf16)
                continue
            }
            if !units.isEmpty { text += run(units) }
            units = []
            text += scalar == "&" ? octets("&-") : [UInt8(scalar.value)]
        }
        return units.isEmpty ? text : text + run(units)
    }

    @Test func everyUnitOfTheBasicPlaneAloneIsDecodedOrRefused() {
        for unit in UInt16.min...UInt16.max {
            let found = decode7(Self.run([unit]))
            guard let scalar = Unicode.Scalar(unit), scalar.value > 0x7F else {
                if found != nil { Issue.record("U+\(String(unit, radix: 16)) is no unit of a run") }
                continue
            }
            // What no mailbox can be called is decoded, and is no name (RFC 6855 section 3).
            let isNoName = scalar.value <= 0x9F || scalar.value == 0x2028 || scalar.value == 0x2029
            if (MailboxName(String(scalar)) == nil) != isNoName { Issue.record("U+\(String(unit, radix: 16))") }
            if found != octets(String(scalar)) { Issue.record("U+\(String(unit, radix: 16))") }
            if encode7(octets(String(scalar))) != Self.run([unit]) { Issue.record("U+\(String(unit, radix: 16))") }
        }
    }

    @Test func aCharacterBeyondTheBasicPlaneIsAPairInOrder() {
        let (high, low): ([UInt16], [UInt16]) = ([0xD800, 0xD83D, 0xDBFF], [0xDC00, 0xDC00, 0xDFFF])
        for (a, b) in zip(high, low) {
            #expect(decode7(Self.run([a, b])) == Array(String(decoding: [a, b], as: UTF16.self).utf8))
            for bad in [[b, a], [a], [b], [a, a, b], [a, b, b], [a, 0xE9], [0xE9, b], [a, 0xE9, b]] {
                #expect(decode7(Self.run(bad)) == nil, "\(bad)")
            }
            // A pair is not joined across two runs, nor across what stands between them.
            #expect(decode7(Self.run([a]) + Self.run([b])) == nil)
            #expect(decode7(Self.run([a]) + [0x61] + Self.run([b])) == nil)
        }
    }

    @Test func everyOctetPutInEveryPlaceIsRefusedOrCanonical() {
        for valid in [
            "~peter/mail/&U,BTFw-/&ZeVnLIqe-", "Entw&APw-rfe", "&-", "&2D3cAA-", "a&-b&AOkA6A-c", "&AOkA6ADn-",
        ] {
            #expect(decode7(octets(valid)) != nil)
            for place in octets(valid).indices {
                for octet in UInt8.min...UInt8.max {
                    var text = octets(valid)
                    text[place] = octet
                    if let name = decode7(text), encode7(name) != text { Issue.record("\(text)") }
                    text.insert(octet, at: place)
                    if let name = decode7(text), encode7(name) != text { Issue.record("\(text)") }
                }
            }
        }
    }

    @Test func everyTextCutInARunIsRefused() {
        let text = octets("&U,BTFw-")
        for end in 1..<text.count { #expect(decode7(Array(text[..<end])) == nil, "\(end)") }
        #expect(decode7(octets("&-&")) == nil)
        #expect(decode7(octets("a&")) == nil)
    }

    @Test(arguments: [
        ("unterminated", "&AOk"), ("unterminated", "&"), ("padded", "&AOk=-"), ("padded", "&AOkA6A==-"),
        ("bits left over", "&AOl-"), ("bits left over", "&AOkA6B-"), ("a sextet too many", "&AOkA-"),
        ("a sextet alone", "&A-"), ("two sextets", "&AO-"), ("ASCII in a run", "&AGE-"), ("ASCII in a run", "&AOkAYQ-"),
        ("an ampersand in a run", "&ACY-"), ("the tilde in a run", "&AH4-"), ("NUL", "&AAA-"), ("CR", "&AA0-"),
        ("LF", "&AAo-"), ("DEL", "&AH8-"), ("adjacent runs", "&AOk-&AOg-"), ("the alphabet of base64", "&U/BTFw-"),
        ("a high surrogate", "&2D0-"), ("a low surrogate", "&3AA-"), ("surrogates swapped", "&3ADYPQ-"),
        ("a space in a run", "&AO k-"), ("a NUL", "a\0"), ("a CR", "a\r"), ("a LF", "a\n"), ("a DEL", "a\u{7F}"),
        ("eight bits", "Entw\u{FC}rfe"), ("nothing in a run", "&AOk-&-&"),
    ])
    func whatIsNotCanonicalIsRefused(reason: String, text: String) {
        #expect(decode7(octets(text)) == nil, "\(reason)")
    }

    @Test func theEncoderWritesWhatTheRFCSays() {
        var random = Seeded(state: 41)
        for _ in 0..<3000 {
            var name = ""
            for _ in 0..<Int.random(in: 0...16, using: &random) {
                let limit: UInt32 = [0x7E, 0x7E, 0x7FF, 0xFFFF, 0x10FFFF].randomElement(using: &random) ?? 0
                let scalar = Unicode.Scalar(UInt32.random(in: 0x20...limit, using: &random))
                if let scalar, scalar != "\u{7F}" { name.unicodeScalars.append(scalar) }
            }
            #expect(encode7(octets(name)) == Self.written(name), "\(name)")
            #expect(decode7(Self.written(name)) == octets(name), "\(name)")
        }
    }

    /// One pass, one copy: no shape of 64 KiB takes notably longer than another. Time is the benchmarks' business.
    @Test func sixtyFourKibibytesOfEveryShapeGoThereAndBack() {
        func fill(_ text: String) -> String { String(repeating: text, count: 65_536 / text.utf8.count) }
        for text in [
            fill("a"), fill("&-"), fill("&AOk-a"), "&" + fill("AOkA6QDp") + "-", fill("&2D3cAA-."), fill("&AOk-&-"),
        ] {
            let name = decode7(octets(text))
            #expect(name != nil)
            #expect(name.map(encode7) == octets(text))
        }
        #expect(decode7(octets("&" + fill("AOkA6QDp"))) == nil, "64 KiB without an end")
        #expect(decode7(octets(fill("&"))) == nil)
    }
}
