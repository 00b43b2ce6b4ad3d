import IMAPMessage
import IMAPTypes
import Testing

@Suite("Sections (RFC 9051 section 6.4.5.1)")
struct SectionTests {
    /// The message of the RFC's table of part specifiers, each body naming its own number.
    private let complex = mail(
        """
        Subject: whole
        Content-Type: multipart/mixed; boundary=m

        --m
        Content-Type: text/plain

        [1]
        --m
        Content-Type: application/octet-stream

        [2]
        --m
        Content-Type: message/rfc822

        Subject: three
        Content-Type: multipart/mixed; boundary=m3

        --m3
        Content-Type: text/plain

        [3.1]
        --m3
        Content-Type: application/octet-stream

        [3.2]
        --m3--
        --m
        Content-Type: multipart/mixed; boundary=m4

        --m4
        Content-Type: image/gif

        [4.1]
        --m4
        Content-Type: message/rfc822

        Subject: four two
        Content-Type: multipart/mixed; boundary=m42

        --m42
        Content-Type: text/plain

        [4.2.1]
        --m42
        Content-Type: multipart/alternative; boundary=m422

        --m422
        Content-Type: text/plain

        [4.2.2.1]
        --m422
        Content-Type: text/richtext

        [4.2.2.2]
        --m422--
        --m42--
        --m4--
        --m--

        """)

    private func section(_ message: [UInt8], _ path: [UInt32], _ what: SectionText = .whole) -> String? {
        structure(message).range(of: path, what).map { text(Array(message[Int($0.lowerBound)..<Int($0.upperBound)])) }
    }

    @Test(
        arguments: [
            [1], [2], [3, 1], [3, 2], [4, 1], [4, 2, 1], [4, 2, 2, 1], [4, 2, 2, 2],
        ] as [[UInt32]])
    func numberedPartIsItsBody(_ path: [UInt32]) {
        #expect(section(complex, path) == "[" + path.map(String.init).joined(separator: ".") + "]")
    }

    @Test func wholeAndItsTwoHalves() {
        let header = "Subject: whole\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n"
        #expect(section(complex, []) == text(complex))
        #expect(section(complex, [], .header) == header)
        #expect(section(complex, [], .text) == String(text(complex).utf8.dropFirst(header.utf8.count)))
        #expect(section(complex, [], .mime) == nil)
    }

    @Test func headerAndTextBehindNumbersAreThoseOfTheMessageThere() {
        #expect(
            section(complex, [3], .header) == "Subject: three\r\nContent-Type: multipart/mixed; boundary=m3\r\n\r\n")
        #expect(section(complex, [3], .text)?.hasPrefix("--m3\r\n") == true)
        #expect(section(complex, [3], .text)?.hasSuffix("--m3--") == true)
        #expect(section(complex, [4, 2], .header)?.hasPrefix("Subject: four two\r\n") == true)
        #expect(section(complex, [3]) == (section(complex, [3], .header) ?? "") + (section(complex, [3], .text) ?? ""))
    }

    @Test func mimeIsTheHeaderOfThePart() {
        #expect(section(complex, [4, 1], .mime) == "Content-Type: image/gif\r\n\r\n")
        #expect(section(complex, [3], .mime) == "Content-Type: message/rfc822\r\n\r\n")
        #expect(section(complex, [4], .mime) == "Content-Type: multipart/mixed; boundary=m4\r\n\r\n")
    }

    @Test(
        arguments: [
            [0], [5], [1, 1], [2, 1], [3, 3], [3, 0], [4, 3], [4, 2, 3], [4, 2, 2, 3], [.max], [1, .max],
        ] as [[UInt32]])
    func partThatIsNotThereIsNil(_ path: [UInt32]) {
        for what in [SectionText.whole, .header, .text, .mime] { #expect(section(complex, path, what) == nil) }
    }

    @Test func headerOfAPartThatIsNoMessageIsNil() {
        for path in [[1], [2], [4], [4, 1]] as [[UInt32]] {
            #expect(section(complex, path, .header) == nil)
            #expect(section(complex, path, .text) == nil)
        }
    }

    @Test func messageThatIsNotMultipartHasPartOne() {
        let plain = mail("Subject: x\n\nHello\n")
        #expect(section(plain, [1]) == "Hello\r\n")
        #expect(section(plain, [1], .mime) == "Subject: x\r\n\r\n")
        #expect(section(plain, [1], .header) == nil)
        #expect(section(plain, [2]) == nil)
        #expect(section(plain, [1, 1]) == nil)
        let headerOnly = mail("Subject: x\n")
        #expect(section(headerOnly, [1]) == "")
        #expect(section(headerOnly, [], .header) == "Subject: x\r\n")
        #expect(section(headerOnly, [], .text) == "")
    }

    @Test func messageThatIsAMessageHasPartOneAndItsParts() {
        let message = mail("Subject: o\nContent-Type: message/rfc822\n\nSubject: i\n\ntext\n")
        #expect(section(message, [1]) == "Subject: i\r\n\r\ntext\r\n")
        #expect(section(message, [1], .header) == "Subject: i\r\n\r\n")
        #expect(section(message, [1, 1]) == "text\r\n")
        #expect(section(message, [1, 1], .mime) == "Subject: i\r\n\r\n")
        #expect(section(message, [1, 1, 1]) == nil)
    }

    @Test func partsLieInsideThePartTheyBelongTo() {
        for example in StructureCase.all {
            let found = structure(example.message)
            for (index, extent) in found.extents.enumerated() {
                #expect(extent.header.upperBound == extent.body.lowerBound)
                #expect(extent.body.upperBound <= found.size)
                for child in found.body.children(of: index) {
                    #expect(found.extents[child].header.lowerBound >= extent.body.lowerBound)
                    #expect(found.extents[child].body.upperBound <= extent.body.upperBound)
                }
            }
        }
    }
}
