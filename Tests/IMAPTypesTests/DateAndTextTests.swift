import IMAPText
import IMAPTypes
import Testing

private func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

// A span cannot pass through `#expect`.

private func encode64(_ octets: [UInt8]) -> [UInt8] { Base64.encode(octets.span) }

private func decode64(_ text: [UInt8]) -> [UInt8]? { Base64.decode(text.span) }

private func encode7(_ octets: [UInt8]) -> [UInt8] { ModifiedUTF7.encode(octets.span) }

private func decode7(_ text: [UInt8]) -> [UInt8]? { ModifiedUTF7.decode(text.span) }

@Suite("Dates (RFC 9051 section 9, date-time; R-ALG-7)")
struct DateTests {
    @Test func onlyDaysOfTheCalendarCanBeMade() {
        for (year, month, day, isDay) in [
            (2024, 2, 29, true), (2023, 2, 29, false), (1900, 2, 29, false), (2000, 2, 29, true), (2024, 4, 31, false),
            (2024, 12, 31, true), (2024, 0, 1, false), (2024, 13, 1, false), (2024, 1, 0, false), (2024, 1, 32, false),
            (0, 1, 1, true), (-1, 1, 1, false), (9999, 12, 31, true), (10000, 1, 1, false),
        ] {
            #expect((InternalDate(year: year, month: month, day: day) != nil) == isDay, "\(year)-\(month)-\(day)")
        }
        #expect(InternalDate(year: 2024, month: 1, day: 1, hour: 24) == nil)
        #expect(InternalDate(year: 2024, month: 1, day: 1, minute: 60) == nil)
        #expect(InternalDate(year: 2024, month: 1, day: 1, second: 60) != nil)
        #expect(InternalDate(year: 2024, month: 1, day: 1, second: 61) == nil)
        #expect(InternalDate(year: 2024, month: 1, day: 1, zoneMinutes: 1439) != nil)
        #expect(InternalDate(year: 2024, month: 1, day: 1, zoneMinutes: -1440) == nil)
    }

    @Test func secondsSince1970AreTheDaysThatAreCounted() {
        var date = (year: 1970, month: 1, day: 1)
        for day in 0..<60_000 as Range<Int64> {
            let found = InternalDate(secondsSince1970: day * 86_400 + 3661)
            #expect((found.year, found.month, found.day) == date)
            #expect((found.hour, found.minute, found.second) == (1, 1, 1))
            date.day += 1
            if InternalDate(year: date.year, month: date.month, day: date.day) == nil {
                date = (date.year, date.month + 1, 1)
            }
            if date.month == 13 { date = (date.year + 1, 1, 1) }
        }
        let before = InternalDate(secondsSince1970: -1)
        #expect((before.year, before.month, before.day, before.hour, before.second) == (1969, 12, 31, 23, 59))
        #expect(InternalDate(secondsSince1970: .min).year == 0)
        #expect(InternalDate(secondsSince1970: .max).year == 9999)
    }
}

@Suite("Base64 (RFC 4648; R-AUTH-1)")
struct Base64Tests {
    @Test func theVectorsOfTheRFCHold() {
        for (plain, text) in [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ] {
            #expect(encode64(octets(plain)) == octets(text))
            #expect(decode64(octets(text)) == octets(plain))
        }
    }

    @Test func whatIsDecodedIsCanonical() {
        for bad in [
            "Zg=", "Zg", "Z", "Zg==Zg==", "Zh==", "Zm9=", "Zm 9v", "Zm9v\n", "=", "====", "Z===", "Zm8=\r", "-_-_",
        ] {
            #expect(decode64(octets(bad)) == nil, "\(bad)")
        }
        var random = Seeded(state: 1)
        for length in 0..<64 {
            let plain = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            var text = encode64(plain)
            #expect(decode64(text) == plain)
            for index in text.indices {
                let kept = text[index]
                text[index] = UInt8.random(in: 0...255, using: &random)
                if let decoded = decode64(text) { #expect(encode64(decoded) == text) }
                text[index] = kept
            }
        }
    }
}

@Suite("Modified UTF-7 (RFC 3501 section 5.1.3; R-MUTF7-1)")
struct ModifiedUTF7Tests {
    @Test func namesOfTheRFCAndOthersGoBothWays() {
        for (text, name) in [
            ("~peter/mail/&U,BTFw-/&ZeVnLIqe-", "~peter/mail/\u{53F0}\u{5317}/\u{65E5}\u{672C}\u{8A9E}"),
            ("Entw&APw-rfe", "Entw\u{FC}rfe"), ("&-", "&"), ("a&-b", "a&b"), ("&2D3cAA-", "\u{1F400}"), ("", ""),
            ("&AOk-&-&AOk-", "\u{E9}&\u{E9}"),
        ] {
            #expect(decode7(octets(text)) == octets(name), "\(text)")
            #expect(encode7(octets(name)) == octets(text), "\(name)")
        }
    }

    @Test(arguments: [
        "&", "&AOk", "&AOk=", "&AO-", "&AOl-", "&AGE-", "&AAA-", "&AA0-", "&2D0-", "&3AA-", "&3ADYPQ-", "&AOk-&AOk-",
        "\u{E9}", "a\tb", "a\0b", "a\r\nb", "&AOk/-", "&A-", "&U,BTFw-&ZeVnLIqe-",
    ])
    func malformedNamesAreRefused(text: String) {
        #expect(decode7(octets(text)) == nil)
    }

    @Test func whatIsAcceptedIsCanonical() {
        var random = Seeded(state: 3)
        let alphabet = octets("&-AOk,/wZ+abc09=")
        var accepted = 0
        for _ in 0..<50_000 {
            let text = (0..<Int.random(in: 1...8, using: &random)).map { _ in
                alphabet.randomElement(using: &random) ?? 0
            }
            guard let name = decode7(text) else { continue }
            accepted += 1
            #expect(encode7(name) == text)
            #expect(MailboxName(name + [0x61]) != nil)
        }
        #expect(accepted > 1000)
    }

    @Test func everyNameGoesThereAndBack() {
        var random = Seeded(state: 4)
        for _ in 0..<5000 {
            var name = ""
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let scalar = Unicode.Scalar(UInt32.random(in: 0x20...0x10FFFF, using: &random))
                if let scalar, scalar != "\u{7F}" { name.unicodeScalars.append(scalar) }
            }
            let text = encode7(octets(name))
            #expect(text.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
            #expect(decode7(text) == octets(name), "\(name)")
        }
    }
}
