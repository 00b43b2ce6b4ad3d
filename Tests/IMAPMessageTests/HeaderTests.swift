import IMAPMessage
import Testing

@Suite("Header fields (RFC 5322 section 2.2, RFC 9051 section 6.4.5.1)")
struct HeaderTests {
    private let header =
        "From mbox Tue Jan  2 09:30:00 2024\r\n continued\r\nFrom: a@b\r\nTo: c@d,\r\n\te@f\r\nno field\r\n"
        + "subject : one\r\nX: y\nSubject:two\r\n\r\nTo: body\r\n"

    private func select(_ selection: HeaderFilter.Selection, _ header: String, piecesOf size: Int = .max) -> String {
        let message = octets(header)
        var filter = HeaderFilter(selection)
        var start = 0
        while start < message.count {
            let end = size < message.count - start ? start + size : message.count
            filter.feed(Array(message[start..<end]))
            start = end
        }
        filter.finish()
        return filter.ranges.map { text(Array(message[Int($0.lowerBound)..<Int($0.upperBound)])) }.joined()
    }

    @Test func fieldsComeInTheOrderOfTheMessageWithTheEmptyLine() {
        #expect(
            select(.only([octets("SUBJECT"), octets("to"), octets("absent")]), header)
                == "To: c@d,\r\n\te@f\r\nsubject : one\r\nSubject:two\r\n\r\n")
        #expect(select(.only([]), header) == "\r\n")
    }

    @Test func otherFieldsAreAllTheOthers() {
        #expect(
            select(.except([octets("Subject"), octets("TO")]), header)
                == "From mbox Tue Jan  2 09:30:00 2024\r\n continued\r\nFrom: a@b\r\nno field\r\nX: y\n\r\n")
        let whole = select(.except([]), header)
        #expect(whole == String(header.dropLast(10)) || header.hasPrefix(whole))
        #expect(whole.hasSuffix("\r\n\r\n"))
    }

    @Test func headerWithoutEmptyLineHasNone() {
        #expect(select(.only([octets("a")]), "A: 1\r\nB: 2\r\n") == "A: 1\r\n")
        #expect(select(.only([octets("b")]), "A: 1\r\nB: 2") == "B: 2")
        #expect(select(.except([octets("a")]), "A: 1\r\nB") == "B")
        #expect(select(.except([octets("a")]), "") == "")
    }

    /// Found by `imap-fuzz message`: such a line was in neither selection.
    @Test func whiteSpaceAtTheBeginningContinuesNothing() {
        let header = " folded\r\n\tmore\r\nA: 1\r\n\r\n"
        #expect(select(.only([octets("a")]), header) == "A: 1\r\n\r\n")
        #expect(select(.except([octets("a")]), header) == " folded\r\n\tmore\r\n\r\n")
    }

    @Test func selectionDoesNotDependOnTheCut() {
        for selection in [
            HeaderFilter.Selection.only([octets("to"), octets("x")]), .except([octets("to"), octets("x")]),
        ] {
            let whole = select(selection, header)
            for size in 1...20 { #expect(select(selection, header, piecesOf: size) == whole) }
        }
    }

    @Test func everyFieldIsEitherSelectedOrNot() {
        let names = [octets("subject"), octets("from")]
        let only = select(.only(names), header)
        let except = select(.except(names), header)
        #expect(only.utf8.count + except.utf8.count == select(.except([]), header).utf8.count + 2)
    }

    @Test func blockFindsFieldsByName() {
        let block = HeaderBlock(octets(header))
        #expect(block.first(octets("TO")) == octets("c@d,\te@f"))
        #expect(block.values(of: octets("Subject")).map(text) == ["one", "two"])
        #expect(block.first(octets("From mbox Tue Jan  2 09")) == octets("30:00 2024 continued"))
        #expect(block.first(octets("no field")) == nil)
        #expect(block.fields.count == 6)
        #expect(HeaderBlock([]).fields.isEmpty)
        #expect(HeaderBlock(octets(":")).fields.count == 1)
    }
}
