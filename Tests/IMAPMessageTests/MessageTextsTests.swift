import IMAPMessage
import IMAPText
import IMAPTypes
import Testing

@Suite("Texts looked for in a message (RFC 9051 section 6.4.4)")
struct MessageTextsTests {
    private static let mixed =
        mail(
            """
            From: Fred <fred@a.example>
            Subject: =?utf-8?q?caf=C3=A9?= and
              more of it
            Content-Type: multipart/mixed; boundary=X

            before
            --X

            plain words
            --Xno boundary
            - dashes

            --X
            Content-Type: text/html; charset=iso-8859-1
            Content-Transfer-Encoding: quoted-printable

            viele Gr=FC=DFe=
             aus K=F6ln
            --X
            Content-Type: text/plain; charset="utf-8"
            Content-Transfer-Encoding: base64

            Z3LDvMOfZSBhdXMg
            S8O2bG4gcGxhaW4=
            --X
            Content-Type: image/png

            picture
            --X
            Content-Type: message/delivery-status

            Reporting-MTA: dns; a.example

            --X
            Content-Type: message/rfc822

            Subject: inner

            inner text
            --X
            Content-Type: text/plain; charset=x-unknown

            zum
            """) + [0xFF] + mail(" Ende\n--X--\nbehind\n")

    private static let messages: [[UInt8]] =
        StructureCase.all.map(\.message) + [
            mixed, mixed.filter { $0 != 0x0D }, Array(mixed.dropLast(10)), Array(mixed.dropLast(18)),
            mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\na\n\n\n--X\n\n\n--X\n\n\r\r\n--X"),
            mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\nabc\n--Xno"),
            mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\n--\(long)\nnext\n--\(long)   b\n--X  \n--X--"),
            mail("A: b\n\nend\n"), mail("A: b\n\nend\r"), mail("A: b\n"), [],
        ]

    /// As many octets as a boundary may have at most, behind the dashes.
    private static let long = String(repeating: "a", count: 992)

    private func scanned(_ texts: MessageTexts, _ message: [UInt8], piecesOf size: Int) -> [Bool] {
        var reading = texts.reading()
        for start in stride(from: 0, to: message.count, by: size) {
            reading.feed(Array(message[start..<min(start + size, message.count)]))
        }
        _ = reading.finish()
        return reading.found
    }

    private func known(_ texts: MessageTexts, _ message: [UInt8], piecesOf size: Int) -> [Bool]? {
        guard let digest = structure(message).digest(),
            var reading = texts.reading(digest: digest, size: UInt64(message.count))
        else { return nil }
        while let wanted = reading.wanted {
            let start = Int(wanted)
            reading.feed(Array(message[start..<min(start + size, message.count)]), at: wanted)
        }
        reading.finish()
        return reading.found
    }

    /// Part by part and field by field, as the structure has them.
    private func expected(_ key: [UInt8], inHeaders: Bool, _ message: [UInt8]) -> Bool {
        let found = structure(message)
        let search = TextSearch(key)
        for (part, extent) in zip(found.body.parts, found.extents) {
            let header = Array(message[Int(extent.header.lowerBound)..<Int(extent.header.upperBound)])
            if inHeaders, fields(header).contains(where: { search.isIn(headerValue: $0) }) { return true }
            var isText = ASCII.equalFolded(part.type, octets("message"))
            switch part.content {
            case .text: isText = true
            case .message, .multipart: continue
            case .basic: break
            }
            guard isText else { continue }
            var body = search.body(encoding: part.fields.encoding, charset: part.parameter(octets("charset")))
            _ = body?.feed(Array(message[Int(extent.body.lowerBound)..<Int(extent.body.upperBound)]))
            if body?.finish() == true { return !extent.body.isEmpty }
        }
        return false
    }

    /// Unfolded, with their names.
    private func fields(_ header: [UInt8]) -> [[UInt8]] {
        var fields: [[UInt8]] = []
        for line in header.split(separator: 0x0A) {
            let line = line.last == 0x0D ? Array(line.dropLast()) : Array(line)
            guard let first = line.first else { continue }
            if first == 0x20 || first == 0x09, let last = fields.indices.last {
                fields[last] += line
            } else {
                fields.append(line)
            }
        }
        return fields
    }

    @Test(arguments: messages.indices)
    func whatIsFoundDependsOnTheMessageAlone(_ number: Int) {
        let message = Self.messages[number]
        var numbers = SeededNumbers(seed: UInt64(number))
        for _ in 0..<60 {
            let start = Int.random(in: 0...message.count, using: &numbers)
            let key = message.dropFirst(start).prefix(Int.random(in: 1...12, using: &numbers)).map {
                ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A ? $0 ^ UInt8.random(in: 0...1, using: &numbers) * 0x20 : $0
            }
            guard !key.isEmpty else { continue }
            let texts = MessageTexts([(key, true), (key, false)])
            let there = [true, false].map { expected(key, inHeaders: $0, message) }
            for size in [1, 2, 7, 64, .max / 2] {
                #expect(scanned(texts, message, piecesOf: size) == there, "\(text(key)) in pieces of \(size)")
                #expect(known(texts, message, piecesOf: size) == there, "\(text(key)), known, in pieces of \(size)")
            }
        }
    }

    @Test(arguments: [
        ("GRÜßE aus köln", true, true), ("café and  more OF it", true, false), ("plain words", true, true),
        ("words\r\n--xno", true, true), ("dashes\r\n", true, true), ("dashes\r\n\r\n", false, false),
        ("köln plain", true, true), ("picture", false, false), ("before", false, false), ("behind", false, false),
        ("dns; A", true, true), ("subject: inner", true, false), ("inner text", true, true), ("zum", true, true),
        ("ende", true, true), ("ende\r\n", false, false), ("text\r\n--X", false, false), ("x-unknown", true, false),
    ])
    func aKey(_ key: String, inText: Bool, inBody: Bool) {
        let texts = MessageTexts([(octets(key), true), (octets(key), false)])
        #expect(scanned(texts, Self.mixed, piecesOf: 5) == [inText, inBody])
        #expect(known(texts, Self.mixed, piecesOf: 5) == [inText, inBody])
    }

    /// Where a line looks like a boundary as long as one may be, and where the message ends in one that is none.
    @Test(arguments: [
        (mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\nabc\n--Xno"), "xno\n", false),
        (mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\n--\(long)\nnext\n--X--"), "a\r\nnext", true),
        (mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\n--\(long)   b\n--X--"), "a   b", true),
        (mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\n--\(long)   b\n--X--"), "ab", false),
    ])
    func whatOnlyBeginsAsABoundaryIsText(_ message: [UInt8], _ key: String, isThere: Bool) {
        let texts = MessageTexts([(octets(key), false)])
        for size in [1, 10, 10_000] { #expect(scanned(texts, message, piecesOf: size) == [isThere]) }
        #expect(known(texts, message, piecesOf: 10) == [isThere])
    }

    /// A field is cut at its limit; a CR there is no part of it, whether its line comes whole or not.
    @Test func aFieldIsCutAtItsLimit() throws {
        var limits = MessageLimits()
        limits.fieldOctets = 3
        let message = octets("A:\rxyz\nB:cd\n\n")
        let digest = try #require(structure(message, limits).digest())
        for key in ["\r", "cd", ":c", ":"] {
            let texts = MessageTexts([(octets(key), true)], .builtIn, by: .unicode, limits)
            let isThere = key.hasPrefix(":")
            #expect(scanned(texts, message, piecesOf: 100) == [isThere], "\(key)")
            var reading = try #require(texts.reading(digest: digest, size: UInt64(message.count)))
            reading.feed(message, at: 0)
            reading.finish()
            #expect(reading.found == [isThere], "\(key)")
        }
    }

    /// Octets of a picture, and headers where nobody looks into them, are not asked for.
    @Test func whatIsNoTextIsNotWanted() throws {
        let picture = [UInt8](repeating: 0x41, count: 100_000)
        let front = mail("Content-Type: multipart/mixed; boundary=X\n\n--X\n\nabc\n--X\nContent-Type: image/png\n\n")
        let message = front + picture + mail("\n--X\n\ndef\n--X--\n")
        let digest = try #require(structure(message).digest())
        let texts = MessageTexts([(octets("nothing"), false)])
        var reading = try #require(texts.reading(digest: digest, size: UInt64(message.count)))
        var wanted: [Int] = []
        while let next = reading.wanted {
            wanted.append(Int(next))
            reading.feed(Array(message[Int(next)..<Int(next) + 1]), at: next)
        }
        #expect(wanted.map { message[$0] } == octets("abcdef"))
    }

    /// R-SW-6: whatever a store hands in, what is found is found in the message, or nothing is.
    @Test func aDigestMayBeAnyOctets() throws {
        let digest = try #require(structure(Self.mixed).digest())
        let texts = MessageTexts([(octets("nobody wrote this"), true)])
        for place in digest.indices {
            for octet in [0, 1, digest[place] ^ 1, digest[place] ^ 0x80, 0x7F, 0xFF] {
                var other = digest
                other[place] = octet
                guard var reading = texts.reading(digest: other, size: UInt64(Self.mixed.count)) else { continue }
                while let wanted = reading.wanted {
                    #expect(wanted < UInt64(Self.mixed.count))
                    reading.feed(Array(Self.mixed[Int(wanted)...].prefix(50)), at: wanted)
                }
                reading.finish()
                #expect(reading.found == [false])
            }
            #expect(texts.reading(digest: Array(digest[..<place]), size: UInt64(Self.mixed.count)) == nil)
        }
        #expect(texts.reading(digest: digest + [0], size: UInt64(Self.mixed.count)) == nil)
        #expect(texts.reading(digest: digest, size: UInt64(Self.mixed.count) + 1) == nil)
    }
}
