import IMAPParser
import IMAPTypes
import Testing

/// A production that gives octets.
struct StringProduction {
    let read: (inout ArgumentReader) throws(SyntaxError) -> [UInt8]

    init(_ read: @escaping (inout ArgumentReader) throws(SyntaxError) -> [UInt8]) { self.read = read }

    /// Every string that may be a literal, but not a literal8.
    static var withoutNUL: [StringProduction] {
        [
            StringProduction { r throws(SyntaxError) in try r.literal() },
            StringProduction { r throws(SyntaxError) in try r.string() },
            StringProduction { r throws(SyntaxError) in try r.astring() },
            StringProduction { r throws(SyntaxError) in try r.listMailbox() },
        ]
    }
}

@Suite("Strings (RFC 9051 sections 4.3 and 9)")
struct StringTests {
    @Test(arguments: [
        ("\"\"", ""), ("\"abc\"", "abc"), ("\"a b\"", "a b"), ("\"\\\"\"", "\""), ("\"\\\\\"", "\\"),
        ("\"\\\\\\\"\"", "\\\""), ("\"{5}\"", "{5}"), ("\"é\"", "é"), ("\"()%*]\"", "()%*]"), ("\"\t\"", "\t"),
        ("\"NIL\"", "NIL"),
    ])
    func aQuotedStringIsWhatItsEscapesStandFor(text: String, value: String) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.quoted() } == .value(octets(value)))
        #expect(try read(text) { r throws(SyntaxError) in try r.string() } == .value(octets(value)))
        #expect(try read(text) { r throws(SyntaxError) in try r.astring() } == .value(octets(value)))
        #expect(try read(text) { r throws(SyntaxError) in try r.nstring() } == .value(octets(value)))
        #expect(try read(text) { r throws(SyntaxError) in try r.listMailbox() } == .value(octets(value)))
    }

    @Test(arguments: ["\"", "\"abc", "\"abc\\\"", "\"abc\\"])
    func aQuotedStringWithoutEndIsNone(text: String) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.quoted() } == .error(.missing))
    }

    @Test(arguments: ["\"\\a\"", "\"\\n\"", "\"\\\u{0}\"", "abc", "'abc'", "“abc”", "{3", "(", ""])
    func whatIsNotQuotedIsRefused(text: String) throws {
        let reading = try read(text) { r throws(SyntaxError) in try r.quoted() }
        #expect(reading == .error(text.isEmpty ? .missing : .unexpected))
    }

    /// R-LIT-5: a literal that begins inside a quoted string is data, and the string has no end.
    @Test func aQuotedStringDoesNotReachOverALiteral() throws {
        #expect(try read("\"abc{3+}\r\nx\"y\"") { r throws(SyntaxError) in try r.quoted() } == .error(.unexpected))
        #expect(try read("\"abc\\{3+}\r\n\"\"\"") { r throws(SyntaxError) in try r.quoted() } == .error(.unexpected))
    }

    /// R-LIT-6
    @Test func aLiteralIsReadAsItIs() throws {
        for value in ["", "a", "\r\n", "a\"b\\c", "{5+}\r\n", "é", " "] {
            let text = "{\(value.utf8.count)+}\r\n\(value)"
            for production in StringProduction.withoutNUL {
                #expect(try read(text, production.read) == .value(octets(value)))
            }
            #expect(try read(text) { r throws(SyntaxError) in try r.literal8() } == .value(octets(value)))
            #expect(try read(text) { r throws(SyntaxError) in try r.nstring() } == .value(octets(value)))
        }
    }

    /// R-LIT-9, R-NUL-1
    @Test func aNULIsForLiteral8Alone() throws {
        let text = octets("{3+}\r\na\0b")
        #expect(try read(text) { r throws(SyntaxError) in try r.literal() } == .error(.nul))
        #expect(try read(text) { r throws(SyntaxError) in try r.string() } == .error(.nul))
        #expect(try read(text) { r throws(SyntaxError) in try r.astring() } == .error(.nul))
        #expect(try read(text) { r throws(SyntaxError) in try r.nstring() } == .error(.nul))
        #expect(try read(text) { r throws(SyntaxError) in try r.literal8() } == .value(octets("a\0b")))
        let binary = octets("~{3+}\r\na\0b")
        #expect(try read(binary) { r throws(SyntaxError) in try r.literal8() } == .value(octets("a\0b")))
        for production in StringProduction.withoutNUL {
            #expect(try read(octets("~{1+}\r\nx"), production.read) == .error(.unexpected))
        }
    }

    /// R-LIT-5: a literal's octets are never looked at as grammar.
    @Test func aLiteralsOctetsAreNoGrammar() throws {
        var list = try reader(octets("(a {1+}\r\n) b)"))
        #expect(try list.list { r throws(SyntaxError) in try r.astring() } == [octets("a"), octets(")"), octets("b")])
        try list.end()
        #expect(try read("a{1+}\r\nb") { r throws(SyntaxError) in try r.astring() } == .error(.trailing))
        #expect(try read("{1+}\r\nb{0+}\r\n") { r throws(SyntaxError) in try r.astring() } == .error(.trailing))
        #expect(try read("{1+}\r\n5") { r throws(SyntaxError) in try r.number() } == .error(.unexpected))
        #expect(
            try read("{1+}\r\n ") { r throws(SyntaxError) in
                try r.space()
                return 0
            } == .error(.unexpected))
    }

    @Test func anEmptyLiteralAtTheEndIsStillToBeRead() throws {
        var reader = try reader(octets("{0+}\r\n"))
        #expect(!reader.isAtEnd)
        #expect(reader.isAtLiteral)
        #expect(reader.next == nil)
        #expect(try reader.string() == [])
        #expect(reader.isAtEnd)
    }

    @Test(arguments: ["NIL", "nil", "Nil", "nIL"])
    func nilIsNoString(text: String) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.nstring() } == .value(nil))
        #expect(try read(text) { r throws(SyntaxError) in try r.astring() } == .value(octets(text)))
        #expect(try read(text) { r throws(SyntaxError) in try r.string() } == .error(.unexpected))
    }

    @Test(arguments: ["NILL", "NI", "abc", "N\u{131}L", "N\u{130}L", "(", "5"])
    func nothingElseIsAnNstring(text: String) throws {
        let reading = try read(text) { r throws(SyntaxError) in try r.nstring() }
        #expect(reading == .error(.unexpected))
    }

    /// R-SW-3, R-SW-5: what is equal to a reader of text is not equal here, and nothing is repaired.
    @Test func stringsAreOctets() throws {
        let nfc: [UInt8] = [0xC3, 0xA9]
        let nfd: [UInt8] = [0x65, 0xCC, 0x81]
        #expect(String(decoding: nfc, as: UTF8.self) == String(decoding: nfd, as: UTF8.self))
        for value in [nfc, nfd, [0xFF], [0xC3], [0x80, 0x41], [0xED, 0xA0, 0x80], [0xC0, 0x80]] {
            let quoted = [ASCII.quote] + value + [ASCII.quote]
            #expect(try read(quoted) { r throws(SyntaxError) in try r.string() } == .value(value))
            let literal = octets("{\(value.count)+}\r\n") + value
            #expect(try read(literal) { r throws(SyntaxError) in try r.string() } == .value(value))
        }
    }

    @Test func anErrorSaysWhereAndNothingOfWhat() throws {
        var reader = try reader(octets("secret password"))
        _ = try reader.atom()
        do throws(SyntaxError) {
            try reader.end()
            Issue.record("the command was over")
        } catch {
            #expect(error == SyntaxError(.trailing, at: 10))
            #expect(!"\(error)".contains("password"))
        }
    }
}
