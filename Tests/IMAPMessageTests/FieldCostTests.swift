import Glibc
import IMAPMessage
import IMAPText
import IMAPTypes
import Testing

/// What is read of one field's value. The time is the thread's own, however busy the machine is: what is copied would not
/// be seen by who counts the octets that are looked at.
@Suite("The cost of one field is linear in its octets (R-ALG-5)", .serialized)
struct FieldCostTests {
    enum Reader: CaseIterable {
        case addresses, parameters, date, text, ids, baseSubject

        /// Reads `value` and returns something of what it found.
        func read(_ value: [UInt8]) -> Int {
            switch self {
            case .addresses: return AddressParser.parse(value).count
            case .parameters: return FieldCostTests.parameters(value)
            case .date: return SentDate(value) == nil ? 0 : 1
            case .text: return EncodedWords.decode(value).count
            case .ids:
                return MessageIDs.parse(value).count + MessageIDs.references(value, inReplyTo: value).count
            case .baseSubject: return BaseSubject(value).octets.count
            }
        }

        /// What stands before the pieces, and what is repeated.
        var shapes: (starts: [String], pieces: [String]) {
            switch self {
            case .addresses:
                return (
                    ["", "<", "<a", "a@b ", "g:"],
                    [
                        "@", "a@", "@a,", "<@", "<a@", "<", ">", "<>", "(", ")", "()", "a@b (c) ", "\"", "\"a\" ",
                        "\"a\"@", ":", "g:", "g:;", "g:a@b;", ";", ",", ".", "a.", "a .", "[", "a@[", "\\", " ", "a ",
                        "a@b ", "a@b", "<a@b>", "<@a:b@c>", "a@b,",
                    ]
                )
            case .parameters:
                return (
                    ["", ";a=", ";a=\"", ";a*=utf-8''", ";a*0*=x;"],
                    [
                        ";", ";a", ";a=", ";a=b", ";a=\"", ";a=\"b\"", ";=", "; ", "(", ";(", "()", ";a=b (c)", ";a=(",
                        "\"", "\\", "%", "%41", "'", "*", ";a*0*=b", ";a*0=b", ";a*=utf-8''b", ";a*=x-none'en'%41",
                        ";a*1*=b", ";a*9999*=%41", ";*=b", ";a**=b",
                    ]
                )
            case .date:
                return (
                    ["", "1 Jan 2000 ", "Mon, ", "1:"],
                    ["1", "a", "1 ", "a ", "(", ")", "()", "(\\", "1:", ":", "+", "+1", "Jan ", "1-", " ", ",", "1()"]
                )
            case .text:
                return (
                    ["", "=?utf-8?q?", "=?utf-8?b?", "=?utf-8?q?a?= "],
                    [
                        "=?", "=", "?", "=?a", "=?a?", "=?utf-8?q?", "=?utf-8?b?", "=?utf-8?q?a?=", "=?utf-8?q?a?= ",
                        "=?utf-8?q??=", "=?utf-8?b?YQ==?=", "=?iso-2022-jp?b?GyRC?=", "=?x?q?a?= ", "=?utf-8*?q?a?=",
                        "=?utf-8?q?a?= =?iso-8859-1?q?b?=", "=?utf-8?q?=?", "=?utf-8?b?=?=", " ", "a ", "=00", "?=",
                    ]
                )
            case .ids:
                return (
                    ["", "<", "(", "\"", "<a"],
                    [
                        "<", ">", "<>", "<a>", "<a@b> ", "(", "()", ")", "\"", "\"\"", "<\"", "<\"a\"", "<(", "<a ",
                        " ",
                        "<a(b)>", "\\", "a", "@",
                    ]
                )
            case .baseSubject:
                return (
                    ["", "Re ", "Re [", "[fwd:", "[a]"],
                    [
                        "Re:", "re: ", "[", "]", "[x]", "[x] ", "[x]Re:", "Re[x]:", "Re [", "Fwd:", "[fwd:", "[fwd: x]",
                        "(fwd)", "(fwd) ", "fw ", " ", "\t", "=?utf-8?q?Re:?=", "[]", ":", "(", "x",
                    ]
                )
            }
        }
    }

    /// Reads the parameters of a field, with no limit in the way.
    static func parameters(_ value: [UInt8]) -> Int {
        var limits = MessageLimits.standard
        (limits.headerOctets, limits.fieldOctets) = (1 << 30, 1 << 30)
        (limits.fieldParameters, limits.parameters) = (1 << 30, 1 << 30)
        let found = structure(octets("Content-Type: text/plain") + value + octets("\r\n\r\n"), limits)
        return found.body.parts.reduce(0) { $0 + $1.fields.parameters.count }
    }

    private static func nanoseconds(_ body: () -> Void) -> UInt64 {
        func now() -> UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
        let before = now()
        body()
        return now() - before
    }

    /// For eight times the octets, eight times the time; with their square it would be 64 times. What looks like more is
    /// measured again, and the best counts; as little as half a millisecond is nothing.
    private static func expectLinear(_ name: String, _ value: (Int) -> [UInt8], _ read: ([UInt8]) -> Int) {
        let (short, long) = (value(1 << 14), value(1 << 17))
        var found = 0
        var (one, eight) = (UInt64.max, UInt64.max)
        for _ in 0..<6 {
            one = min(one, nanoseconds { found += read(short) })
            eight = min(eight, nanoseconds { found += read(long) })
            guard Double(eight) / Double(max(one, 500_000)) >= 20 else { return }
        }
        Issue.record("\(name): \(one) ns, of eight times the octets \(eight) ns (\(found))")
    }

    @Test(arguments: Reader.allCases)
    func everyShape(_ reader: Reader) {
        let shapes = reader.shapes
        for start in shapes.starts {
            for piece in shapes.pieces {
                Self.expectLinear("\(reader) \(start) \(piece)") { size in
                    octets(start + String(repeating: piece, count: size / piece.utf8.count))
                } _: {
                    reader.read($0)
                }
            }
        }
    }

    /// RFC 2231: sections in any order, of one parameter and of as many as there are sections.
    @Test(arguments: [";a*#*=%41", ";a*#=b", ";b#*0*=utf-8''b", ";b#*1*=b", ";b#*=x'y'z", ";b#=c"])
    func sectionsInAnyOrder(_ piece: String) {
        // Prime: every number comes once, in an order of no use.
        let most = 9973
        for step in [1, most - 1, 4999] {
            Self.expectLinear("\(piece) by \(step)") { size in
                octets((0..<size / 16).map { piece.replacing("#", with: "\($0 * step % most)") }.joined())
            } _: {
                Self.parameters($0)
            }
        }
    }

    /// What begins on the left and ends on the right.
    @Test(arguments: [
        ("[fwd:", "]"), ("[", "]"), ("(", ")"), ("Re: ", " (fwd)"), ("[x] ", "]"), ("<", ">"), ("\"", "\""),
    ])
    func nested(_ open: String, _ close: String) {
        for reader in Reader.allCases {
            Self.expectLinear("\(reader) \(open) \(close)") { size in
                let count = size / (open.utf8.count + close.utf8.count)
                return octets(String(repeating: open, count: count) + "x" + String(repeating: close, count: count))
            } _: {
                reader.read($0)
            }
        }
    }

    /// What the address parser did once: at every `@` it went through all that was left.
    @Test func aSquareIsConvicted() {
        withKnownIssue {
            Self.expectLinear("all that is left, at each") {
                [UInt8](repeating: 0x40, count: $0)
            } _: { value in
                var sum = 0
                for start in stride(from: 0, to: value.count, by: 32) {
                    for place in stride(from: start, to: value.count, by: 32) { sum += Int(value[place]) }
                }
                return sum
            }
        }
    }

    /// Each `@` of a row belongs to the local part before the last one.
    @Test func aRowOfAtsIsOneAddress() {
        #expect(list(AddressParser.parse(octets("a@b@c@d"))) == ["-|-|a@b@c|d"])
        #expect(list(AddressParser.parse(octets("n <a@b@c@d>"))) == ["n|-|a@b@c|d"])
    }
}
