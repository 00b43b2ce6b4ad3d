import IMAPText
import Testing

@Suite("Encoded words (RFC 2047)")
struct EncodedWordTests {
    /// RFC 2047 section 8; white space at either end of a comment's content is not part of the example here.
    @Test(arguments: [
        ("=?ISO-8859-1?Q?a?=", "a"), ("=?ISO-8859-1?Q?a?= b", "a b"), ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=", "ab"), ("=?ISO-8859-1?Q?a?=\r\n =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"), ("=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=", "a b"),
        ("=?US-ASCII?Q?Keith_Moore?= <moore@cs.utk.edu>", "Keith Moore <moore@cs.utk.edu>"),
        ("=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld Jørn Simonsen"),
        (
            "=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?=",
            "If you can read this you understand the example."
        ),
    ])
    func examplesOfTheRFC(_ value: String, _ expected: String) {
        #expect(text(EncodedWords.decode(octets(value))) == expected)
    }

    @Test(arguments: [
        ("=?UTF-8?Q?caf=C3?= =?UTF-8?Q?=A9?= x", "café x"), ("=?utf-8?b?w6k?=", "é"),
        ("=?utf-8?b?ww==?= =?UTF-8?q?=A9?=", "é"),
        ("=?UTF-8?Q?caf=C3?= x", "caf\u{FFFD} x"), ("=?UTF-8*en?Q?a=20b?=c", "a bc"), ("a=?utf-8?q?b?=c", "abc"),
        ("=?utf-8?q??= =?utf-8?q?a?=", "a"), ("=?utf-8?q?a b?=", "a b"), ("=?utf-8?q?=4?=", "=4"),
        ("=?utf-8?q?a?= b =?utf-8?q?c?=", "a b c"), ("=?utf-8?q?a?= ", "a "),
    ])
    func wordsAsSendersWriteThem(_ value: String, _ expected: String) {
        #expect(text(EncodedWords.decode(octets(value))) == expected)
    }

    @Test(arguments: [
        "=?x-unknown?Q?a?= b", "=?utf-8?x?a?=", "=?utf-8?q?unterminated", "=?utf-8?q?a?b?=", "=??q?a?=", "=?=", "=?",
        "=?utf-8?b?w?=", "=?ut f?q?a?=", "=?utf-8??=", "no words ? here", "",
    ])
    func malformedWordIsLeftAsItIs(_ value: String) {
        #expect(text(EncodedWords.decode(octets(value))) == value)
    }

    @Test func unknownCharsetKeepsTheSpaceAroundIt() {
        let value = "=?utf-8?q?a?= =?x-unknown?q?b?= =?utf-8?q?c?="
        #expect(text(EncodedWords.decode(octets(value))) == "a =?x-unknown?q?b?= c")
    }

    @Test func octetsOutsideOfWordsAreKept() {
        #expect(EncodedWords.decode([0xE9, 0x3F, 0x00]) == [0xE9, 0x3F, 0x00])
    }

    /// Quadratic, this would be 10^11 steps.
    @Test(arguments: ["=?a?q?x=", "=?utf-8?q?a?= ", "=?", "=?utf-8?q?", "=?utf-8?x?a?= "])
    func workIsLinear(_ piece: String) {
        let value = [[UInt8]](repeating: octets(piece), count: 100_000).flatMap { $0 }
        #expect(EncodedWords.decode(value).count <= value.count)
    }
}
