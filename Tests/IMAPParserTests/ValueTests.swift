import IMAPCodec
import IMAPParser
import IMAPTypes
import Testing

@Suite("Sets, flags, dates and parts (RFC 9051 section 9)")
struct ValueTests {
    private func set(_ text: String) throws -> Reading<SequenceSet> {
        try read(text) { r throws(SyntaxError) in try r.sequenceSet() }
    }

    @Test func aSequenceSetKeepsItsRangesAsTheyWereWritten() throws {
        func element(_ a: SequenceSet.Bound, _ b: SequenceSet.Bound) -> SequenceSet.Element { .init(a, b) }
        #expect(try set("1") == SequenceSet([element(.number(1), .number(1))]).map { .value($0) })
        #expect(try set("*") == SequenceSet([element(.largest, .largest)]).map { .value($0) })
        #expect(
            try set("5:1,*:4,4294967295:*,7")
                == SequenceSet([
                    element(.number(5), .number(1)), element(.largest, .number(4)),
                    element(.number(4_294_967_295), .largest), element(.number(7), .number(7)),
                ]).map { .value($0) })
    }

    @Test(arguments: [
        ("", SyntaxError.Kind.missing), ("0", .number), ("0:1", .number), ("1:0", .number), ("4294967296", .number),
        ("1:4294967296", .number), ("1,", .missing), (",1", .unexpected), ("1,,2", .unexpected), ("1:", .missing),
        (":1", .unexpected), ("1:2:3", .trailing), ("1;2", .trailing), ("**", .trailing), ("1*", .trailing),
        ("+1", .unexpected), ("-1", .unexpected), ("1 :2", .trailing), ("٣", .unexpected), ("1:٣", .unexpected),
        ("1，2", .trailing), ("$", .unexpected), ("{1+}\r\n1", .unexpected), ("\"1\"", .unexpected),
    ])
    func whatIsNoSequenceSetIsRefused(text: String, kind: SyntaxError.Kind) throws {
        #expect(try set(text) == .error(kind))
    }

    /// R-SW-4: a number of any length, in front of whatever ends it, with anything behind that.
    @Test func aNumberIsReadWhateverItsLengthAndWhatIsBehindIt() throws {
        let digits = Array("98765432104294967295")
        for length in 1...20 {
            for start in [0, 10] where start + length <= digits.count {
                let text = String(digits[start..<start + length])
                // The octets next to the digits, of the same low bits, and eight of all that may follow.
                for end in ["", ",", ":", "/", "p", "\u{80}", "*", "0x"] {
                    for padding in 0...9 {
                        let line = octets(text + end + String(repeating: "9", count: padding))
                        let behind = line[length...].prefix { 0x30...0x39 ~= $0 }.count
                        let whole = String(decoding: line.prefix(length + behind), as: UTF8.self)
                        var reader = try reader(line)
                        let expected = UInt64(whole).flatMap { UInt32(exactly: $0) }
                        #expect((try? reader.number()) == expected, "\(String(decoding: line, as: UTF8.self))")
                    }
                }
            }
        }
    }

    /// R-SW-6: `5:1` builds no Swift range, and `1:4294967295` is one range.
    @Test func aSetOfTenThousandRangesStaysOneForEachRange() throws {
        let text = (1...10_000).map { "\($0 * 3):\($0 * 3 + 1)" }.joined(separator: ",")
        guard case .value(let set) = try set(text) else {
            Issue.record("refused")
            return
        }
        #expect(set.elements.count == 10_000)
        #expect(set.resolved(largest: nil).count == 20_000)
        guard case .value(let all) = try self.set("4294967295:1") else {
            Issue.record("refused")
            return
        }
        #expect(all.resolved(largest: 1).runs.count == 1)
    }

    @Test(arguments: ["\\Seen", "\\answered", "$Junk", "Work", "a[b", "\\X-new", "NonJunk", "+x"])
    func aFlagIsAnAtomWithOrWithoutABackslash(text: String) throws {
        #expect(try read(text) { r throws(SyntaxError) in try r.flag()?.octets } == .value(octets(text)))
    }

    @Test func recentIsReadAndIsNoFlag() throws {
        for text in ["\\Recent", "\\RECENT", "\\recent"] {
            #expect(try read(text) { r throws(SyntaxError) in try r.flag() } == .value(nil))
        }
        #expect(try read("Recent") { r throws(SyntaxError) in try r.flag()?.octets } == .value(octets("Recent")))
        let text = "(\\Seen \\Recent $a)"
        #expect(
            try read(text) { r throws(SyntaxError) in try r.flagList().map(\.octets) }
                == .value([octets("\\Seen"), octets("$a")]))
        #expect(try read("()") { r throws(SyntaxError) in try r.flagList() } == .value([]))
    }

    @Test(arguments: ["\\", "\\*", "\\\\Seen", "", "*", "\"x\"", "é", "\\é", "(", "\\ Seen"])
    func whatIsNoFlagIsRefused(text: String) throws {
        let reading = try read(text) { r throws(SyntaxError) in try r.flag() }
        #expect(reading == .error(text.isEmpty || text == "\\" ? .missing : .unexpected))
    }

    /// R-LIT-11
    @Test func aFlagHasAtMost255Octets() throws {
        for (length, isFlag) in [(254, true), (255, true), (256, false), (9000, false)] {
            let text = String(repeating: "f", count: length)
            let reading = try read(text) { r throws(SyntaxError) in try r.flag()?.octets.count }
            #expect(reading == (isFlag ? .value(length) : .error(.limit)))
        }
    }

    @Test(arguments: ["(", "(a", "(a ", "( a)", "(a )", "(a  b)", "a", "(a)b", "((a))"])
    func whatIsNoFlagListIsRefused(text: String) throws {
        let reading = try read(text) { r throws(SyntaxError) in try r.flagList() }
        if case .value = reading { Issue.record("\(text) is \(reading)") }
    }

    struct Day: Equatable {
        var year: Int
        var month: Int
        var day: Int
    }

    private func date(_ text: String) throws -> Reading<Day> {
        try read(text) { r throws(SyntaxError) in
            let date = try r.date()
            return Day(year: date.year, month: date.month, day: date.day)
        }
    }

    @Test(arguments: [
        ("1-Feb-1994", Day(year: 1994, month: 2, day: 1)), ("01-feb-1994", Day(year: 1994, month: 2, day: 1)),
        ("\"31-DEC-9999\"", Day(year: 9999, month: 12, day: 31)), ("1-Jan-0000", Day(year: 0, month: 1, day: 1)),
        ("29-Feb-2000", Day(year: 2000, month: 2, day: 29)), ("29-Feb-1996", Day(year: 1996, month: 2, day: 29)),
        ("30-Apr-2001", Day(year: 2001, month: 4, day: 30)),
    ])
    func aDateIsOneOfTheCalendar(text: String, day: Day) throws {
        #expect(try date(text) == .value(day))
    }

    @Test(arguments: [
        ("29-Feb-1900", SyntaxError.Kind.date), ("29-Feb-2001", .date), ("30-Feb-2000", .date), ("31-Apr-2000", .date),
        ("0-Jan-2000", .date), ("00-Jan-2000", .date), ("32-Jan-2000", .date), ("99-Jan-2000", .date),
        ("1-Foo-2000", .unexpected), ("1-Januar-2000", .unexpected), ("1--2000", .unexpected),
        ("-Jan-2000", .unexpected),
        ("1-Jan-200", .missing), ("1-Jan-20000", .trailing), ("100-Jan-2000", .unexpected), ("1-Jan-٢٠٠٠", .unexpected),
        ("1 Jan 2000", .unexpected), ("\"1-Jan-2000", .missing), ("1-Jan-2000\"", .trailing),
        ("+1-Jan-2000", .unexpected),
        ("\" 1-Jan-2000\"", .unexpected), ("1-M\u{E4}r-2000", .unexpected), ("", .missing),
    ])
    func whatIsNoDateIsRefused(text: String, kind: SyntaxError.Kind) throws {
        #expect(try date(text) == .error(kind))
    }

    @Test(arguments: [
        " 1-Feb-1994 21:52:25 -0800", "01-Feb-1994 21:52:25 +0000", "31-Dec-9999 23:59:60 +2359",
        "29-Feb-2000 00:00:00 -2359",
    ])
    func aDateTimeIsReadAndWrittenAgain(text: String) throws {
        guard case .value(let date) = try read("\"\(text)\"", { r throws(SyntaxError) in try r.dateTime() }) else {
            Issue.record("refused")
            return
        }
        var writer = ResponseWriter()
        writer.dateTime(date)
        let padded = text.hasPrefix("0") ? " " + text.dropFirst() : text
        #expect(writer.takeAll() == octets("\"\(padded)\""))
    }

    @Test(arguments: [
        "1-Feb-1994 21:52:25 -0800", " 01-Feb-1994 21:52:25 -0800", " 1-Feb-1994 24:00:00 +0000",
        " 1-Feb-1994 00:60:00 +0000",
        " 1-Feb-1994 00:00:61 +0000", " 1-Feb-1994 00:00:00 +2400", " 1-Feb-1994 00:00:00 +0060",
        " 1-Feb-1994 00:00:00 +9999",
        " 1-Feb-1994 00:00:00 0000", " 1-Feb-1994 00:00:00", " 1-Feb-1994 00:00:00 +000", "  1-Feb-1994 00:00:00 +0000",
        "30-Feb-1994 00:00:00 +0000", " 0-Feb-1994 00:00:00 +0000", " 1-Feb-1994  00:00:00 +0000",
        " 1-Feb-1994 0:00:00 +0000",
        " 1-Feb-94 00:00:00 +0000", " 1-Feb-1994 ٠٠:00:00 +0000", "",
    ])
    func whatIsNoDateTimeIsRefused(text: String) throws {
        for text in ["\"\(text)\"", text, "\"\(text)"] {
            let reading = try read(text) { r throws(SyntaxError) in try r.dateTime() }
            if case .value = reading { Issue.record("\(text) is \(reading)") }
        }
    }

    struct Part: Equatable {
        var offset: UInt64
        var count: UInt64
    }

    @Test(
        arguments: [
            ("<0.1>", .value(Part(offset: 0, count: 1))),
            (
                "<9223372036854775807.9223372036854775807>",
                .value(Part(offset: 9_223_372_036_854_775_807, count: 9_223_372_036_854_775_807))
            ),
            ("<0.0>", .error(.number)), ("<9223372036854775808.1>", .error(.number)), ("<1>", .error(.unexpected)),
            ("<1.>", .error(.unexpected)), ("<.1>", .error(.unexpected)), ("<1.1", .error(.missing)),
            ("1.1>", .error(.unexpected)),
            ("<-1.1>", .error(.unexpected)), ("<1.1.1>", .error(.unexpected)), ("<1 .1>", .error(.unexpected)),
        ] as [(String, Reading<Part>)])
    func aPartHasAnOffsetAndACountThatIsNotZero(text: String, reading: Reading<Part>) throws {
        let actual = try read(text) { r throws(SyntaxError) in
            let partial = try r.partial()
            return Part(offset: partial.offset, count: partial.count)
        }
        #expect(actual == reading)
    }

    @Test(arguments: [
        "1", "1:*", "1,2:3", "9223372036854775807", "()", "(a)", "(a b)", "((a))", "(a (b c) \"d\" {1+}\r\n) e)",
        "((a) (b))",
        "(((((a)))))", "(NIL)",
    ])
    func aTaggedExtensionValueIsReadOver(text: String) throws {
        let reading = try read(text) { r throws(SyntaxError) in
            try r.skipTaggedExtensionValue()
            return 0
        }
        #expect(reading == .value(0))
    }

    @Test(arguments: [
        "", "a", "(", "(a", "(a ", "(a )", "( a)", "( )", "(a  b)", "(())", "(a ())", "((a)(b))", "(a(b))", ")", "(a))",
        "(*)",
        "({1+}\r\nab)", "\"a\"",
    ])
    func whatIsNoTaggedExtensionValueIsRefused(text: String) throws {
        let reading = try read(text) { r throws(SyntaxError) in
            try r.skipTaggedExtensionValue()
            return 0
        }
        if case .value = reading { Issue.record("\(text) was read over") }
    }
}
