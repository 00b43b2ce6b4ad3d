import IMAPMessage
import IMAPTypes
import Testing

@Suite("Structure (RFC 2046, RFC 3501 section 7.4.2)")
struct StructureTests {
    @Test(arguments: StructureCase.all)
    func partsAreWhereTheyShouldBe(_ example: StructureCase) {
        #expect(outline(structure(example.message)) == example.outline)
    }

    @Test(arguments: StructureCase.all)
    func everySplitGivesTheSameStructure(_ example: StructureCase) {
        let whole = structure(example.message)
        for size in 1...7 { #expect(structure(example.message, inPiecesOf: size) == whole, "pieces of \(size)") }
        for cut in 0...example.message.count {
            var scanner = MessageScanner()
            scanner.feed(Array(example.message[..<cut]))
            scanner.feed(Array(example.message[cut...]))
            #expect(scanner.finish() == whole, "cut at \(cut)")
        }
    }

    @Test func bareLineFeedsEndLines() {
        let message = octets("Content-Type: multipart/mixed; boundary=b\n\n--b\n\none\n--b\r\n\ntwo\r\n\r\n--b--")
        #expect(
            outline(structure(message)) == """
                multipart/mixed 27 7 0 43 70
                - text/plain 3 0 47 48 51
                - text/plain 5 1 57 58 63
                """)
    }

    @Test func nothingIsAnEmptyTextPart() {
        #expect(outline(structure([])) == "text/plain 0 0 0 0 0")
    }

    @Test func messageInsideHasItsOwnEnvelope() throws {
        let example = try #require(StructureCase.all.first { $0.title == "Messages in a message" })
        let found = structure(example.message)
        #expect(found.envelope.subject == octets("out"))
        guard case .message(let envelope, lines: 12) = found.body.parts[1].content else {
            Issue.record("part 1 is no message of 12 lines")
            return
        }
        #expect(envelope.subject == octets("in"))
        #expect(list(envelope.from) == ["-|-|in|x.y"])
        #expect(found.body.parts[1].fields.description == octets("fwd"))
    }

    @Test func messageIsReadWhateverItsEncodingSays() {
        let found = structure(
            mail("Content-Type: message/global\nContent-Transfer-Encoding: base64\n\nSubject: x\n\ny\n"))
        #expect(outline(found) == "message/global 17 3 0 67 84\n- text/plain 3 1 67 81 84")
        #expect(found.body.root.fields.encoding == octets("base64"))
    }

    @Test func envelopeIsThereOnceTheHeaderWasRead() {
        var scanner = MessageScanner()
        scanner.feed(mail("Subject: early\n"))
        #expect(scanner.envelope == nil)
        #expect(scanner.headerEnd == nil)
        scanner.feed(mail("\nbody"))
        #expect(scanner.envelope?.subject == octets("early"))
        #expect(scanner.headerEnd == 18)
    }

    @Test func treeThatIsNoneCannotBeMade() {
        let leaf = BodyPart(type: octets("text"), subtype: octets("plain"))
        let pair = BodyPart(type: octets("multipart"), subtype: octets("mixed"), count: 2)
        #expect(BodyStructure([]) == nil)
        #expect(BodyStructure([pair, leaf]) == nil)
        #expect(BodyStructure([leaf, leaf]) == nil)
        #expect(BodyStructure([pair, leaf, leaf, leaf]) == nil)
        #expect(BodyStructure([pair, pair, leaf, leaf, leaf])?.children(of: 0).map { $0 } == [1, 4])
        let single = BodyPart(type: octets("multipart"), subtype: octets("mixed"), count: 1)
        #expect(BodyStructure([BodyPart](repeating: single, count: 99) + [leaf]) != nil)
        #expect(BodyStructure([BodyPart](repeating: single, count: 100) + [leaf]) == nil)
        let wide = BodyPart(type: octets("multipart"), subtype: octets("mixed"), count: 10_000)
        #expect(BodyStructure([wide] + [BodyPart](repeating: leaf, count: 10_000)) == nil)
        let huge = BodyPart(type: octets("multipart"), subtype: octets("mixed"), count: .max)
        #expect(BodyStructure([huge, leaf]) == nil)
    }

    @Test func partThatContradictsItsTypeCannotBeMade() {
        let empty = BodyPart(type: octets("MULTIPART"), subtype: octets("mixed"))
        #expect(empty.type == octets("application"))
        #expect(empty.content == .basic)
        let message = BodyPart(type: octets("message"), subtype: octets("RFC822"))
        #expect(message.subtype == octets("octet-stream"))
        #expect(BodyPart(type: octets("Text"), subtype: octets("x"), lines: 3).content == .text(lines: 3))
    }
}
