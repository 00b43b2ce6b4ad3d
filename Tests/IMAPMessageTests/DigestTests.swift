import IMAPMessage
import IMAPTypes
import Testing

@Suite("A structure's digest (SEMANTICS 9)")
struct DigestTests {
    /// Everything an envelope and a part can have.
    private static let full = mail(
        """
        Date: Mon, 7 Feb 1994 21:52:25 -0800
        Subject: =?utf-8?q?caf=C3=A9?= and more
        From: "Fred" <fred@a.example>
        Sender: secretary@a.example
        Reply-To: g: x@y.z, <@r.example:q@s.t>, "N" <@r.example:q@s.t>;, =?x?=
        To: nobody, (comment) plain@b.example
        Cc: a@b
        Bcc: undisclosed-recipients:;
        In-Reply-To: <1@x>
        Message-ID: <2@x>
        References: <0@x> <1@x>
        Content-Type: multipart/mixed; boundary=X; a*0=b; a*1=c

        --X
        Content-Type: text/plain; charset=utf-8; format=flowed
        Content-Transfer-Encoding: quoted-printable
        Content-ID: <id@x>
        Content-Description: what it is
        Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==
        Content-Disposition: attachment; filename="a b.txt"; size=3
        Content-Language: en, fr, x-klingon
        Content-Location: http://a.example/b

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
        Content-Type: image/png

        two
        --Y--
        --X--
        epilogue

        """)

    private func check(_ message: [UInt8], isKept: Bool = true) {
        let found = structure(message)
        // Of these line ends no digest is made at APPEND; of what would be, the header is what SEARCH reads.
        for header in [nil, HeaderBlock(message)] { check(message, found, found.digest(header), isKept) }
    }

    private func check(_ message: [UInt8], _ found: MessageStructure, _ digest: [UInt8]?, _ isKept: Bool) {
        #expect((digest != nil) == isKept, "\(message.count) octets")
        guard let digest else { return }
        #expect(digest.count <= StructureDigest.maximumOctets)
        #expect(MessageStructure(digest: digest, size: found.size) == found, "\(message)")
    }

    @Test(arguments: StructureCase.all)
    func everyStructureIsReadAsItWasWritten(_ example: StructureCase) { check(example.message) }

    @Test func everyFieldIsReadAsItWasWritten() {
        let found = structure(Self.full)
        #expect(found.body.parts.count == 8)
        #expect(found.references != nil && found.envelope.bcc.count == 2)
        check(Self.full)
    }

    @Test(arguments: ["", "x", "\r\n", "\r\n\r\n", "\n", "Subject:", "From:\r\n\r\n", "References:\r\n\r\n"])
    func theSmallestMessagesHaveDigests(_ message: String) { check(octets(message)) }

    @Test(arguments: 0..<20)
    func randomStructuresAreReadAsTheyWereWritten(_ seed: Int) {
        var numbers = SeededNumbers(seed: UInt64(seed) + 77)
        for _ in 0..<50 {
            var message: [UInt8] = []
            for _ in 0..<Int.random(in: 0...60, using: &numbers) {
                message += RandomMessageTests.pieces.randomElement(using: &numbers) ?? []
            }
            check(message)
        }
    }

    @Test func anOrdinaryDigestIsSmall() throws {
        let message = StructureCase.all[2].message
        let digest = try #require(structure(message).digest(HeaderBlock(message)))
        #expect(digest.count < 300, "\(digest.count) octets")
    }

    @Test func aDigestIsOfOneVersionAndOneSize() throws {
        let found = structure(Self.full)
        var digest = try #require(found.digest())
        #expect(MessageStructure(digest: digest, size: found.size + 1) == nil)
        #expect(MessageStructure(digest: digest, size: found.size - 1) == nil)
        #expect(MessageStructure(digest: digest, size: .max) == nil)
        #expect(MessageStructure(digest: [], size: 0) == nil)
        #expect(MessageStructure(digest: digest + [0], size: found.size) == nil)
        digest[0] = 1
        #expect(MessageStructure(digest: digest, size: found.size) == nil)
    }

    @Test func aLargeStructureHasNone() {
        check(octets("Subject: " + String(repeating: "s", count: 60_000) + "\r\n\r\n"))
        check(octets("Subject: " + String(repeating: "s", count: 70_000) + "\r\n\r\n"), isKept: false)
        check(octets("To: " + String(repeating: "a,", count: 15_000) + "\r\n\r\n"))
        check(octets("To: " + String(repeating: "some@where,", count: 19_000) + "\r\n\r\n"), isKept: false)
        let head = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        check(octets(head + String(repeating: "--b\r\n\r\nx\r\n", count: 2000)))
        check(octets(head + String(repeating: "--b\r\n\r\nx\r\n", count: 9000)), isKept: false)
    }

    /// R-SW-6: a store may hand in anything.
    @Test func damagedDigestsAreNoneOrLawful() throws {
        let found = structure(Self.full)
        let digest = try #require(found.digest(HeaderBlock(Self.full)))
        for count in 0..<digest.count {
            #expect(MessageStructure(digest: Array(digest.prefix(count)), size: found.size) == nil)
            readFront(Array(digest.prefix(count)), found.size)
        }
        for place in digest.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF, digest[place] &+ 1, digest[place] ^ 0x40] {
                var damaged = digest
                damaged[place] = value
                try checkLaws(damaged, found.size)
            }
        }
        var numbers = SeededNumbers(seed: 5)
        for _ in 0..<2000 {
            let count = Int.random(in: 0...200, using: &numbers)
            try checkLaws(
                [2, 40] + (0..<count).map { _ in UInt8.random(in: 0...9, using: &numbers) }, 40)
        }
    }

    /// What SEARCH asks of it is answered or not known, alike in both ways of asking.
    private func readFront(_ digest: [UInt8], _ size: UInt64) {
        guard let front = DigestFront(digest, size: size) else { return }
        #expect(DigestFront.sent(digest.span, size: size) == front.sent)
        for field in DigestField.allCases {
            let values = front.values(of: field)
            let isThere = front.has(TextSearch([]), in: field)
            if let values { #expect(isThere == !values.isEmpty) }
            if let found = front.has(TextSearch([0x41]), in: field), let values {
                #expect(found == values.contains { TextSearch([0x41]).isIn(headerValue: $0) })
            }
        }
        if let facts = MessageFacts(digest: digest, size: size, readsTexts: true) {
            #expect(facts.subject == MessageFacts(digest: digest, size: size)?.subject)
            _ = facts.firstAddress(of: .cc)
        }
    }

    /// What is read keeps the laws of a structure, and is read again as it is written.
    private func checkLaws(_ digest: [UInt8], _ size: UInt64) throws {
        readFront(digest, size)
        guard let read = MessageStructure(digest: digest, size: size) else { return }
        #expect(BodyStructure(read.body.parts) == read.body)
        #expect(read.extents.count == read.body.parts.count)
        for (index, extent) in read.extents.enumerated() {
            #expect(extent.body.upperBound <= size)
            #expect(read.body.parts[index].octets == extent.body.upperBound - extent.body.lowerBound)
            for child in read.body.children(of: index) {
                #expect(read.extents[child].header.lowerBound >= extent.body.lowerBound)
                #expect(read.extents[child].body.upperBound <= extent.body.upperBound)
            }
        }
        let again = try #require(read.digest())
        #expect(MessageStructure(digest: again, size: size) == read)
    }
}
