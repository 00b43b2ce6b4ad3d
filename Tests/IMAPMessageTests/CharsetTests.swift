import IMAPText
import Testing

@Suite("Charsets (SEMANTICS 8)")
struct CharsetTests {
    private func utf8(_ octets: [UInt8], _ name: String) -> String? {
        Charsets.builtIn.utf8(octets, in: IMAPMessageTests.octets(name)).map(text)
    }

    /// Sums over all octets, octet times scalar, by Python 3.11; octets that stand for nothing count as U+FFFD.
    static let sums: [(String, UInt64)] = [
        ("ISO-8859-1", 5_559_680), ("ISO-8859-2", 7_287_251), ("ISO-8859-3", 97_720_989), ("ISO-8859-4", 6_902_618),
        ("ISO-8859-5", 24_010_338), ("ISO-8859-6", 614_414_748), ("ISO-8859-7", 65_289_131),
        ("ISO-8859-8", 511_163_559), ("ISO-8859-9", 5_671_737), ("ISO-8859-10", 8_078_061),
        ("ISO-8859-11", 190_525_044), ("ISO-8859-13", 12_711_369), ("ISO-8859-14", 36_380_926),
        ("ISO-8859-15", 7_130_938), ("ISO-8859-16", 10_732_842), ("WINDOWS-1250", 72_071_952),
        ("WINDOWS-1251", 53_219_483), ("WINDOWS-1252", 72_223_022), ("WINDOWS-1253", 213_148_429),
        ("WINDOWS-1254", 91_880_521), ("WINDOWS-1255", 323_442_154), ("WINDOWS-1256", 49_015_267),
        ("WINDOWS-1257", 141_869_108), ("WINDOWS-1258", 113_696_259), ("KOI8-R", 100_790_629),
        ("KOI8-U", 88_895_066),
    ]

    @Test(arguments: sums)
    func tableAgreesWithPython(_ name: String, _ sum: UInt64) throws {
        var found: UInt64 = 0
        for octet in UInt8.min...UInt8.max {
            let scalars = try #require(utf8([octet], name)).unicodeScalars
            #expect(scalars.count == 1)
            for scalar in scalars { found += UInt64(octet) * UInt64(scalar.value) }
        }
        #expect(found == sum)
    }

    @Test(arguments: [
        ("latin1", "ISO-8859-1"), ("ISO_8859-1:1987", "ISO-8859-1"), ("csISOLatin1", "ISO-8859-1"),
        ("8859-15", "ISO-8859-15"), ("iso8859_2", "ISO-8859-2"), ("CP1252", "WINDOWS-1252"),
        ("win1251", "WINDOWS-1251"),
        ("x-cp1250", "WINDOWS-1250"), ("Utf8", "UTF-8"), ("ascii", "US-ASCII"), ("ANSI_X3.4-1968", "US-ASCII"),
        ("koi8_r", "KOI8-R"), ("ISO-8859-8-I", "ISO-8859-8"), ("latin-9", "ISO-8859-15"),
    ])
    func aliasNamesTheCharset(_ alias: String, _ name: String) {
        #expect(Charset(octets(alias))?.name == octets(name))
    }

    @Test(arguments: [
        "", "iso-8859-12", "iso-2022-jp", "utf-7", "utf-16", "windows-1259", String(repeating: "a", count: 99),
    ])
    func unknownNameIsNil(_ name: String) {
        #expect(Charset(octets(name)) == nil)
        #expect(Charsets.builtIn.decoder(named: octets(name)) == nil)
    }

    @Test(
        arguments: [
            ([0x61, 0xC3, 0xA9, 0xF0, 0x9F, 0x8E, 0x89], "aé🎉"), ([0xC3], "\u{FFFD}"), ([0xC3, 0x61], "\u{FFFD}a"),
            ([0xC0, 0x80], "\u{FFFD}\u{FFFD}"), ([0xED, 0xA0, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xE2, 0x82, 0x61], "\u{FFFD}a"), ([0xF4, 0x90, 0x80, 0x80], "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}"),
            ([0xE2, 0xC3, 0xA9], "\u{FFFD}é"),
        ] as [([UInt8], String)])
    func malformedUTF8IsReplaced(_ octets: [UInt8], _ expected: String) throws {
        #expect(utf8(octets, "UTF-8") == expected)
        #expect(String(decoding: octets, as: UTF8.self) == expected)
        var decoder = try #require(Charset(IMAPMessageTests.octets("utf-8"))).decoder()
        var cut: [UInt8] = []
        for octet in octets { decoder.decode([octet].span, into: &cut) }
        decoder.finish(into: &cut)
        #expect(text(cut) == expected)
    }

    @Test func hostAddsCharsets() {
        struct Rot13: CharsetDecoder {
            mutating func decode(_ octets: Span<UInt8>, into utf8: inout [UInt8]) {
                for index in octets.indices { utf8.append(octets[index] ^ 1) }
            }
            mutating func finish(into utf8: inout [UInt8]) { utf8.append(0x21) }
        }
        struct Provider: CharsetProvider {
            var names: [[UInt8]] { [octets("X-FLIP")] }
            func decoder(named name: [UInt8]) -> (any CharsetDecoder)? { name == octets("x-flip") ? Rot13() : nil }
        }
        let charsets = Charsets(adding: Provider())
        #expect(charsets.utf8(octets("a`"), in: octets("x-flip")) == octets("`a!"))
        #expect(charsets.utf8([0xE9], in: octets("latin1")) == octets("é"))
        #expect(charsets.names.count == 29)
        #expect(text(EncodedWords.decode(octets("=?x-flip?q?a`?="), charsets)) == "`a!")
    }
}
