import IMAPParser
import Testing

@Suite("Lines that are no commands (RFC 9051 section 6.2.2)")
struct ContinuationLineTests {
    /// What a line of `limit` octets makes of the pieces, and what it leaves.
    private func read(_ pieces: [[UInt8]], limit: Int = 10, crlfOnly: Bool = false) -> (
        event: ContinuationLine.Event, rest: [UInt8]
    ) {
        var line = ContinuationLine(limit: limit, crlfOnly: crlfOnly)
        var input = InputBuffer()
        var event = line.next(&input)
        for (index, piece) in pieces.enumerated() {
            input.append(piece)
            event = line.next(&input)
            guard event == .needsMore else { return (event, input.takeAll() + pieces[(index + 1)...].joined()) }
        }
        return (event, input.takeAll())
    }

    private static let cases: [(sent: String, event: ContinuationLine.Event, rest: String)] = [
        ("DONE\r\n", .line(octets("DONE"), []), ""), ("DONE\nnext\r\n", .line(octets("DONE"), []), "next\r\n"),
        ("\r\nA\r\n", .line([], []), "A\r\n"), ("*\r\n", .line(octets("*"), []), ""), ("DO", .needsMore, ""),
        ("abc {5}\r\nx", .line(octets("abc {5}"), []), "x"), ("x {5+}\r\nabcde", .announcesLiteral, "abcde"),
        ("DONE~{5+}\n", .announcesLiteral, ""), ("{5+} \r\n", .line(octets("{5+} "), []), ""),
        ("a\rb\r\n", .line(octets("a\rb"), .lineEnd), ""), ("a\0b\r\n", .line(octets("a\0b"), .nul), ""),
        ("ab\r\r\n", .line(octets("ab\r"), .lineEnd), ""),
        ("123456789\r\n1", .line(octets("123456789"), []), "1"),
        ("1234567890\r\n1", .line(octets("1234567890"), []), "1"),
        ("1234567890\n", .line(octets("1234567890"), []), ""), ("12345678901\r\n", .tooLong, "\r\n"),
        ("1234567890\r1", .tooLong, "1"), ("1234567890\r", .needsMore, ""), ("12345678901", .tooLong, ""),
    ]

    /// R-LINE-2, R-LINE-3, R-LIT-5, R-LIT-11: `{5}` announces nothing here, `{5+}` does; the limit is exact; the cut changes nothing. R-AUTH-3: what is behind
    /// the line is left.
    @Test(arguments: cases.indices)
    func aLineIsTheSameHoweverItIsCut(index: Int) {
        let (sent, event, rest) = ContinuationLineTests.cases[index]
        let all = octets(sent)
        var cuts = (0...all.count).map { [Array(all[..<$0]), Array(all[$0...])] }
        cuts.append(all.map { [$0] })
        cuts.append([all])
        for pieces in cuts {
            let found = read(pieces)
            #expect(found.event == event, "\(pieces)")
            #expect(found.rest == octets(rest), "\(pieces)")
        }
    }

    @Test func withCRLFOnlyABareLFEndsNothing() {
        for pieces in [[octets("a\nb\r\nc")], octets("a\nb\r\nc").map { [$0] }] {
            let found = read(pieces, crlfOnly: true)
            #expect(found.event == .line(octets("a\nb"), .lineEnd))
            #expect(found.rest == octets("c"))
        }
    }

    /// R-LINE-1, inside SASL
    @Test func anEndlessLineIsCutAtTheLimit() {
        var line = ContinuationLine(limit: 16_384)
        var input = InputBuffer()
        for _ in 0..<1024 {
            input.append([UInt8](repeating: 0x41, count: 16_384))
            guard line.next(&input) == .needsMore else {
                #expect(input.count == 16_383)
                return
            }
        }
        Issue.record("16 MiB were kept")
    }
}
