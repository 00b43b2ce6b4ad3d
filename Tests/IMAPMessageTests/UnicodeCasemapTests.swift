import Foundation
import IMAPText
import Testing

@Suite("i;unicode-casemap (RFC 5051)")
struct UnicodeCasemapTests {
    private func prepared(_ text: String) -> String {
        String(decoding: UnicodeCasemap.prepare(Array(text.utf8)), as: UTF8.self)
    }

    @Test(arguments: [
        ("Hello, World 1", "HELLO, WORLD 1"), ("\u{1C4}", "Dz\u{30C}"), ("\u{E9}", "E\u{301}"),
        ("e\u{301}", "E\u{301}"),
        // The simple mapping of one scalar to one: not SS.
        ("stra\u{DF}e", "STRA\u{DF}E"), ("\u{FB01}", "fi"), ("\u{FF41}\u{FF21}", "AA"),
        ("\u{3C2}\u{3C3}", "\u{3A3}\u{3A3}"),
        ("\u{D55C}", "\u{1112}\u{1161}\u{11AB}"), ("\u{AC00}", "\u{1100}\u{1161}"), ("\u{2460}", "1"),
        ("\u{FFFD}", "\u{FFFD}"), ("\u{1D400}", "A"), ("\u{65E5}", "\u{65E5}"), ("", ""), ("\u{130}i", "I\u{307}I"),
    ])
    func textsArePrepared(_ text: String, _ expected: String) {
        #expect(Array(prepared(text).utf8) == Array(expected.utf8))
    }

    @Test(arguments: [[0xFF, 0x61], [0x61, 0xC3], [0x61, 0xE2, 0x82, 0x61], [0xC0, 0x80, 0x61]] as [[UInt8]])
    func octetsThatAreNotUTF8AreComparedAsTheyAre(_ octets: [UInt8]) {
        #expect(UnicodeCasemap.prepare(octets) == octets)
    }

    /// Another source: the titlecase mapping of the standard library and the decomposition of Foundation. Scalars that
    /// Foundation does not know yet, it leaves alone.
    @Test func everyScalarIsWhatAnotherSourceSays() {
        var differing: [String] = []
        for value in UInt32(0)...0x10FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let title = scalar.properties.titlecaseMapping.unicodeScalars
            let single = title.count == 1 ? String(title) : String(scalar)
            let expected = Array(single.decomposedStringWithCompatibilityMapping.unicodeScalars.map(\.value))
            let found = Array(prepared(String(scalar)).unicodeScalars.map(\.value))
            let isUnknown =
                expected.count == 1 && String(decoding: single.utf8, as: UTF8.self) == single
                && scalar.properties.age.map { $0.major >= 15 } ?? true
            // What Foundation puts into order is ordered by neither: RFC 5051 section 4.
            if found != expected, found.sorted() != expected.sorted(), !isUnknown {
                differing.append("U+\(String(value, radix: 16)): \(found) \(expected)")
            }
        }
        #expect(differing.isEmpty, "\(differing.count): \(differing.prefix(10))")
    }
}
