import IMAPCodec
import IMAPTypes
import Testing

@Suite("Everything a host supplies is harmless on the wire (RFC 9051 sections 4.3 and 7)")
struct ResponseWriterTests {
    /// Everything that has broken a server's output once.
    static let dangerous: [[UInt8]] =
        [
            [], [0x0D], [0x0A], [0x0D, 0x0A], [0x00], [0x22], [0x5C], [0x7F], [0x80], [0xFF], [0x09], [0x1B],
            octets("a\r\n* BYE x\r\n"), octets("{5}"), octets("{5+}"), octets("{5}\r\n"), octets("x{5+}\r\nabcde"),
            octets("NIL"), octets("nil"), octets("a b"), octets("(a)"), octets("a\"b\\c"), octets("\\\\\""),
            octets("]"),
            octets("%*"), octets("~{5}"), octets("a\0b\0"), octets("é"), octets("e\u{301}"), octets("\u{A0}"),
            octets("\"}"), octets("[ALERT] x"), [0xC3], [0xED, 0xA0, 0x80], octets("\\"), octets("\"\""), octets("+ "),
        ]
        + [999, 1000, 1001, 5000].map { [UInt8](repeating: 0x61, count: $0) }
        + [999, 1000, 1001].map { [UInt8](repeating: 0x22, count: $0) }
        + (0...255).map { [0x61, $0, 0x62] }

    /// A NUL cannot be sent in a string; 0x80 stands for it.
    private func sendable(_ value: [UInt8]) -> [UInt8] { value.map { $0 == 0 ? 0x80 : $0 } }

    private func written(_ write: (inout ResponseWriter) -> Void) -> [UInt8] {
        var writer = ResponseWriter()
        write(&writer)
        return writer.takeAll()
    }

    /// `body-fld-octets` is a `number`, of 32 bits (RFC 9051 section 9); `body-fld-lines` is a `number64`.
    @Test(arguments: [false, true])
    func theSizeOfALargePartStaysANumber(extended: Bool) throws {
        for (size, written) in [(UInt64(4_294_967_295), "4294967295"), (4_294_967_296, "4294967295")] {
            let part = BodyPart(
                type: octets("text"), subtype: octets("plain"), octets: size, lines: 4_294_967_296)
            let structure = try #require(BodyStructure([part]))
            let text = self.written { $0.bodyStructure(structure, extended: extended) }
            let beginning = "(\"text\" \"plain\" NIL NIL NIL \"7bit\" \(written) 4294967296"
            #expect(text.starts(with: octets(beginning)))
        }
    }

    /// R-OUT-2, R-OUT-3
    @Test(arguments: dangerous)
    func aStringIsReadAgainAsItWas(value: [UInt8]) throws {
        let expected = sendable(value)
        #expect(try WireReader.tokens(written { $0.string(value) }) == [.string(expected)])
        #expect(try WireReader.tokens(written { $0.nstring(value) }) == [.string(expected)])
        let astring = try WireReader.tokens(written { $0.astring(value) })
        #expect(astring == [.string(expected)] || astring == [.word(value)])
        if astring == [.word(value)] { #expect(value.allSatisfy(OctetSet.astring.contains)) }
    }

    /// R-OUT-2: between other tokens a string neither swallows nor leaks any.
    @Test(arguments: dangerous)
    func aStringStaysBetweenItsNeighbours(value: [UInt8]) throws {
        let line = written { writer in
            writer.untagged()
            writer.keyword("X")
            writer.space()
            writer.list([value, value]) { $0.string($1) }
            writer.space()
            writer.nstring(value)
            writer.lineEnd()
        }
        let string = WireReader.Token.string(sendable(value))
        #expect(
            try WireReader.tokens(line) == [
                .word(octets("*")), .word(octets("X")), .open, string, string, .close, string, .lineEnd,
            ])
    }

    /// R-OUT-3: quoted only if seven bits, without controls, and at most 1,000 octets.
    @Test func onlyShortAndHarmlessStringsAreQuoted() {
        #expect(ResponseWriter.longestQuoted == 1000)
        for value in ResponseWriterTests.dangerous {
            let isQuoted = written { $0.string(value) }.first == 0x22
            #expect(isQuoted == (value.count <= 1000 && value.allSatisfy { $0 >= 0x20 && $0 < 0x7F }))
        }
    }

    @Test func aStringIsNeverTakenForNIL() {
        #expect(written { $0.nstring(nil) } == octets("NIL"))
        for value in ["NIL", "nil", "nIl"] {
            #expect(written { $0.nstring(octets(value)) } == octets("\"\(value)\""))
            #expect(written { $0.astring(octets(value)) } == octets("\"\(value)\""))
        }
        #expect(written { $0.astring([]) } == octets("\"\""))
    }

    /// R-LIT-9
    @Test func aLiteralsNULIsWrittenAs0x80AndTheLengthStays() throws {
        let line = written { writer in
            writer.literalHeader(5)
            writer.literalOctets(octets("a\0"))
            writer.literalOctets(octets("\r\n\0"))
        }
        #expect(line == octets("{5}\r\na") + [0x80] + octets("\r\n") + [0x80])
    }

    /// R-OUT-2
    @Test(arguments: ["INBOX", "a b", "é", "{5}", "a\"b\\c", "a&b", "~peter/日本", "nil", "]", "%*", "🦊"])
    func aMailboxNameIsASCIIOnTheWire(name: String) throws {
        let mailbox = try #require(MailboxName(name))
        let line = written { $0.mailbox(mailbox) }
        #expect(line.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
        let tokens = try WireReader.tokens(line)
        guard case .some(.string(let wire)) = tokens.first else {
            guard case .some(.word(let wire)) = tokens.first, tokens.count == 1 else {
                Issue.record("\(tokens)")
                return
            }
            #expect(MailboxWireForm.decode(wire) == mailbox)
            return
        }
        #expect(MailboxWireForm.decode(wire) == mailbox)
    }

    /// R-OUT-1, R-OUT-5: what is written as it is cannot be made of anything else.
    @Test(arguments: [
        "", "a\r\nb", "a\0", "a b", "a]", "é", "a\"", "a(", "{5}", "\\", "\\\\", "\\*", "\\a b", "a\u{7F}",
    ])
    func noFlagNoCapabilityNoAttributeAndNoKeywordHoldsADangerousOctet(text: String) {
        let value = octets(text)
        #expect(Flag(value) == nil)
        #expect(Capability(value) == nil)
        #expect(MailboxAttribute(value) == nil)
        #expect(Keyword(value.span) == nil)
        #expect(Tag(value) == nil || text == "a]")
    }

    /// R-OUT-1
    @Test(arguments: ["", "a\r", "a\nb", "a\0", "é", "[ALERT] x", "\u{7F}", String(repeating: "a", count: 1025)])
    func noTextHoldsADangerousOctet(text: String) {
        #expect(ResponseText(text) == nil)
    }

    /// R-OUT-1: the code ends where it is meant to.
    @Test func aStatusResponseIsOneLine() throws {
        let tag = try #require(Tag(octets("a]1")))
        let flags = [Flag.seen, try #require(Flag("a[b")), try #require(Flag("x}y"))]
        let line = written { writer in
            writer.status(tag, .ok, .permanentFlags(flags, newKeywords: true), "Text with {5} and ]")
            writer.status(nil, .bad, nil, "No")
        }
        #expect(
            line
                == octets("a]1 OK [PERMANENTFLAGS (\\Seen a[b x}y \\*)] Text with {5} and ]\r\n* BAD No\r\n"))
    }

    @Test func flagsSetsAndNumbersAreWrittenAsTheGrammarHasThem() throws {
        #expect(written { $0.flags([]) } == octets("()"))
        #expect(written { $0.flags([], recent: true) } == octets("(\\Recent)"))
        #expect(written { $0.flags([.seen], recent: true) } == octets("(\\Seen \\Recent)"))
        for value in [0, 9, 10, 99, 4_294_967_295, UInt64.max] {
            #expect(written { $0.number(value) } == octets("\(value)"))
        }
        let uids = UIDSet([1, 2, 3, 7, 4_294_967_295].compactMap { UID($0) })
        #expect(written { $0.uids(uids) } == octets("1:3,7,4294967295"))
    }
}
