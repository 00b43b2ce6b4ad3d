import IMAPParser
import IMAPTypes
import Testing

@Suite("Words and numbers (RFC 9051 section 9)")
struct WordTests {
    @Test(arguments: ["a", "A1", "$Forwarded", "a+b", "[x", "a}b", "~/x", "!", "|", "a<b>"])
    func anAtomIsATOMCHARs(text: String) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.atom() } == .value(octets(text)))
        #expect(try read(text) { r throws(SyntaxError) in try r.astring() } == .value(octets(text)))
    }

    /// R-SW-2, R-SW-4: octets decide; what looks like a letter or a space elsewhere is neither.
    @Test(arguments: ["(", ")", "{", "%", "*", "\"", "\\", "]", " ", "\u{1}", "\u{7F}", "é", "ＮＩＬ", "\u{A0}", "٣"])
    func nothingElseBeginsAnAtom(text: String) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.atom() } == .error(.unexpected))
    }

    @Test(arguments: ["a(b", "a%", "a*", "a]", "a b", "a\\b", "a\"", "aé", "a\u{A0}b", "ab\u{301}"])
    func anAtomEndsWhereAnotherOctetStands(text: String) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.atom() } == .error(.trailing))
    }

    @Test func astringTakesTheClosingBracketAndNoWildcard() throws {
        #expect(try read("a]b]") { r throws(SyntaxError) in try r.astring() } == .value(octets("a]b]")))
        #expect(try read("]") { r throws(SyntaxError) in try r.astring() } == .value(octets("]")))
        for text in ["a%", "a*", "a(", "a\\"] {
            #expect(try read(text) { r throws(SyntaxError) in try r.astring() } == .error(.trailing))
        }
        #expect(try read("") { r throws(SyntaxError) in try r.astring() } == .error(.missing))
    }

    @Test func listMailboxTakesWildcardsAndTheBracket() throws {
        for text in ["*", "%", "a%b*c]", "INBOX.*", "\u{7E}/%"] {
            #expect(try read(text) { r throws(SyntaxError) in try r.listMailbox() } == .value(octets(text)))
        }
        #expect(try read("\"a b*\"") { r throws(SyntaxError) in try r.listMailbox() } == .value(octets("a b*")))
        #expect(try read("{3+}\r\na\"*") { r throws(SyntaxError) in try r.listMailbox() } == .value(octets("a\"*")))
        for text in ["(", ")", "{", "\\", "é"] {
            #expect(try read(text) { r throws(SyntaxError) in try r.listMailbox() } == .error(.unexpected))
        }
    }

    /// R-SW-2
    @Test func aKeywordFoldsASCIIAndEndsAtABracketOrALess() throws {
        #expect(try read("body.PEEK") { r throws(SyntaxError) in try r.keyword() } == .value("BODY.PEEK"))
        var body = try reader(octets("BODY[]<0.1>"))
        #expect(try body.keyword() == "BODY")
        #expect(body.next == ASCII.leftBracket)
        #expect(try read("\u{17F}EEN") { r throws(SyntaxError) in try r.keyword() } == .error(.unexpected))
        #expect(try read("FLAG\u{17F}") { r throws(SyntaxError) in try r.keyword() } == .error(.trailing))
        #expect(try read("K\u{212A}") { r throws(SyntaxError) in try r.keyword() } == .error(.trailing))
    }

    /// R-LIT-11
    @Test(arguments: [(1, true), (31, true), (32, true), (33, false), (5000, false)])
    func aKeywordHasAtMost32Octets(length: Int, isKeyword: Bool) throws {
        let text = String(repeating: "k", count: length)
        let reading = try read(text) { r throws(SyntaxError) in try r.keyword().octets.count }
        #expect(reading == (isKeyword ? .value(length) : .error(.unknown)))
    }

    /// R-OUT-1: a keyword is written as it is, so what could end a code or begin a string is none.
    @Test(arguments: ["A]", "A\"", "{5}", "A(", "A\\", "A*", "A%", "A B", "é", "\u{7F}", ""])
    func whatIsNoAtomIsNoKeyword(text: String) {
        let octets = octets(text)
        #expect(Keyword(octets.span) == nil)
    }

    /// R-SW-4
    @Test(
        arguments: [
            ("0", .value(0)), ("1", .value(1)), ("007", .value(7)), ("4294967294", .value(4_294_967_294)),
            ("4294967295", .value(4_294_967_295)), ("4294967296", .error(.number)),
            ("9223372036854775808", .error(.number)), ("18446744073709551617", .error(.number)),
            ("99999999999999999999999999999999999999999999", .error(.number)), ("+5", .error(.unexpected)),
            ("-1", .error(.unexpected)), ("٣", .error(.unexpected)), ("５", .error(.unexpected)),
            ("²", .error(.unexpected)),
            ("", .error(.missing)), ("1x10", .error(.trailing)), ("1٣", .error(.trailing)),
            ("5\u{A0}", .error(.trailing)),
            ("1_000", .error(.trailing)), ("1e3", .error(.trailing)), (" 5", .error(.unexpected)),
        ] as [(String, Reading<UInt32>)])
    func aNumberIsASCIIDigitsOf32Bits(text: String, reading: Reading<UInt32>) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.number() } == reading)
        let nonZero: Reading<UInt32> = reading == .value(0) ? .error(.number) : reading
        #expect(try read(text) { r throws(SyntaxError) in try r.nonZeroNumber() } == nonZero)
    }

    @Test(
        arguments: [
            ("0", .value(0)), ("9223372036854775806", .value(9_223_372_036_854_775_806)),
            ("9223372036854775807", .value(9_223_372_036_854_775_807)), ("9223372036854775808", .error(.number)),
            ("9999999999999999999", .error(.number)), ("18446744073709551615", .error(.number)),
            ("18446744073709551616", .error(.number)), ("0000000000000000001", .value(1)),
            ("00000000000000000001", .error(.number)), ("+5", .error(.unexpected)), ("٣", .error(.unexpected)),
        ] as [(String, Reading<UInt64>)])
    func aNumber64Has63Bits(text: String, reading: Reading<UInt64>) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.number64() } == reading)
    }

    @Test func fourHundredDigitsAreNoNumber() throws {
        let digits = String(repeating: "1", count: 400)
        #expect(try read(digits) { r throws(SyntaxError) in try r.number() } == .error(.number))
        #expect(try read(digits) { r throws(SyntaxError) in try r.number64() } == .error(.number))
    }

    @Test func spacesAreExactlyOne() throws {
        #expect(
            try read("a  b") { r throws(SyntaxError) in
                _ = try r.atom()
                try r.space()
                return try r.atom()
            } == .error(.unexpected))
        #expect(
            try read("a\tb") { r throws(SyntaxError) in
                _ = try r.atom()
                try r.space()
                return 0
            } == .error(.unexpected))
        #expect(try read("a ") { r throws(SyntaxError) in try r.atom() } == .error(.trailing))
    }

    @Test(arguments: [
        ("YWJj", true), ("=", true), ("a+/=", true), ("*", false), ("", false), ("-_", false), ("é", false),
    ])
    func aBase64WordIsOctetsOfTheAlphabet(text: String, isWord: Bool) throws {
        let reading = try read(text) { r throws(SyntaxError) in try r.base64Word() }
        #expect((reading == .value(octets(text))) == isWord)
    }

    /// R-OUT-4
    @Test(arguments: [
        ("Subject", true), ("X-a;b", true), ("\"!~\"", true), ("{3+}\r\na-b", true), ("\"a:b\"", false),
        ("\"a b\"", false),
        ("\"\"", false), ("{0+}\r\n", false), ("{1+}\r\né", false), ("{3+}\r\na\r\n", false), ("\"é\"", false),
        ("a:b", false),
    ])
    func aHeaderFieldNameIsFtext(text: String, isName: Bool) throws {
        let reading = try read(text) { r throws(SyntaxError) in try r.headerFieldName().isEmpty }
        #expect((reading == .value(false)) == isName)
    }
}
