import IMAPCodec
import IMAPMessage
import IMAPTypes
import Testing

@testable import IMAPServer

/// ENVELOPE and BODYSTRUCTURE are written twice: of objects, and of places in a digest. Both are the same.
@Suite("Items written out of a digest")
struct DigestedItemTests {
    private static func mail(_ text: String) -> [UInt8] {
        Array(text.replacing("\n", with: "\r\n").utf8)
    }

    private static let everything = mail(
        """
        Date: Mon, 7 Feb 1994 21:52:25 -0800
        Subject: =?utf-8?q?caf=C3=A9?= "and" \\ more
        From: "Fred \\"F\\" B" <fred@a.example>
        Sender: secretary@a.example
        Reply-To: g: x@y.z, <@r.example:q@s.t>, "N" <@r.example:q@s.t>;, =?x?=
        To: nobody, (comment) plain@b.example
        Cc: a@b
        Bcc: undisclosed-recipients:;
        In-Reply-To: <1@x>
        Message-ID: <2@x>
        Content-Type: multipart/mixed; boundary=X; a*0=b; a*1=c

        --X
        Content-Type: text/plain; charset=utf-8; format=flowed
        Content-Transfer-Encoding: quoted-printable
        Content-ID: <id@x>
        Content-Description: what "it" is
        Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==
        Content-Disposition: attachment; filename="a b.txt"; size=3
        Content-Language: en, fr, x-klingon
        Content-Location: http://a.example/b

        abc
        --X
        Content-Type: image/png
        Content-Language: de
        Content-Disposition: inline

        abc
        --X
        Content-Type: message/rfc822

        Subject: inner
        From: inner@x.y

        --X
        Content-Type: message/rfc822; x=y
        Content-Transfer-Encoding: x-strange

        Subject:
        Sender: s@t
        Content-Type: multipart/alternative; boundary=Y

        --Y

        one
        --Y
        Content-Type: APPLICATION/pdf

        two
        --Y--
        --X--
        epilogue

        """)

    private static let messages: [[UInt8]] = [
        everything, mail("\n"), [], mail("Subject: \nFrom: a@b\n\ntext\n"), mail("Subject: é\nFrom: \"ü\" <ü@é>\n\n"),
        Array("Subject: a".utf8) + [0, 0xFF, 0x7F] + mail("b\nTo: ,,,\n\n"),
        mail("Subject: \(String(repeating: "s", count: 1001))\nDate: \(String(repeating: "\"", count: 999))\n\n"),
        mail("Content-Type: multipart/mixed\n\n"), mail("Content-Type: multipart/x; boundary=a\n\nnone\n"),
        mail("Content-Type: MESSAGE/RFC822\n\nContent-Type: message/global\n\nSubject: 3\n\nend"),
    ]

    private func structure(_ message: [UInt8]) -> (MessageStructure, header: HeaderBlock) {
        var scanner = MessageScanner()
        scanner.feed(message)
        let found = scanner.finish()
        return (found, HeaderBlock(Array(message[..<Int(found.extents[0].header.upperBound)]), .standard))
    }

    private func written(_ structure: MessageStructure, utf8: Bool) -> [UInt8] {
        var writer = ResponseWriter()
        writer.usesUTF8 = utf8
        writer.envelope(structure.envelope)
        writer.bodyStructure(structure.body, extended: true)
        writer.bodyStructure(structure.body, extended: false)
        return writer.takeAll()
    }

    private func written(_ digest: [UInt8], _ size: UInt64, utf8: Bool) -> [UInt8]? {
        guard let structure = DigestStructure(digest, size: size) else { return nil }
        var writer = ResponseWriter()
        writer.usesUTF8 = utf8
        writer.envelope(structure.envelope, structure.octets.span)
        guard writer.bodyStructure(structure, extended: true), writer.bodyStructure(structure, extended: false)
        else { return nil }
        return writer.takeAll()
    }

    @Test(arguments: messages.indices, [false, true])
    func aDigestIsWrittenAsTheObjectsAre(_ number: Int, utf8: Bool) throws {
        let (found, header) = structure(Self.messages[number])
        for digest in [found.digest(), found.digest(header)] {
            let digest = try #require(digest)
            let (written, expected) = (written(digest, found.size, utf8: utf8), written(found, utf8: utf8))
            #expect(written == expected, "\(String(decoding: written ?? [], as: UTF8.self))")
        }
    }

    /// R-SW-6: a digest may be any octets. What is one of a structure is written as that structure is.
    @Test func anyOctetMayBeAnother() throws {
        let (found, header) = structure(Self.everything)
        let digest = try #require(found.digest(header))
        var lawful = 0
        for place in digest.indices {
            for octet in [0, 1, 0x7F, 0x80, 0xFF, digest[place] &+ 1, digest[place] &- 1, digest[place] ^ 0x10] {
                var other = digest
                other[place] = octet
                let written = written(other, found.size, utf8: false)
                guard let read = MessageStructure(digest: other, size: found.size) else { continue }
                lawful += 1
                #expect(written == self.written(read, utf8: false), "\(octet) at \(place)")
            }
            #expect(written(Array(digest[..<place]), found.size, utf8: false) == nil)
        }
        #expect(lawful > digest.count)
        #expect(written(digest + [0], found.size, utf8: false) == nil)
        #expect(written(digest, found.size + 1, utf8: false) == nil)
    }

    /// What was written of a digest that turns out to be none is taken back.
    @Test func whatWasWrittenIsTakenBack() {
        var writer = ResponseWriter()
        writer.null(then: .space)
        let size = writer.size
        writer.string(Array("taken back".utf8).span, then: .listEnd)
        writer.cut(to: size)
        writer.number63(.max, then: .listEnd)
        writer.number(.max, then: .space)
        writer.again(0, size)
        writer.again(size, writer.size + 1)
        #expect(writer.takeAll() == Array("NIL 9223372036854775807)4294967295 NIL ".utf8))
    }
}
