import IMAPMessage
import IMAPText
import Testing

@Suite("Transfer encodings (RFC 2045 section 6)")
struct TransferTests {
    private func decode(_ encoding: String, _ body: String, piecesOf size: Int = .max) -> String? {
        guard var decoder = TransferDecoder(octets(encoding)) else { return nil }
        let body = octets(body)
        var decoded: [UInt8] = []
        var start = 0
        while start < body.count {
            let end = size < body.count - start ? start + size : body.count
            decoder.decode(Array(body[start..<end]).span, into: &decoded)
            start = end
        }
        decoder.finish(into: &decoded)
        return text(decoded)
    }

    static let base64 = [
        ("", ""), ("SGVsbG8=", "Hello"), ("SGVs\r\nbG8=\r\n", "Hello"), ("SGVsbG8", "Hello"), ("S G!V*s bG8=", "Hello"),
        ("SGVsbG8=SGVsbG8=", "HelloHello"), ("SGk=\r\nSGk=\r\n", "HiHi"), ("S", ""), ("====", ""), ("SGVs=", "Hel"),
        ("QUJD", "ABC"), ("QUI=", "AB"), ("QQ==", "A"), ("Q=Q==", ""),
    ]

    static let quotedPrintable = [
        ("a=3Db", "a=b"), ("=c3=A9", "é"), ("soft=\r\nline", "softline"), ("soft=  \t\r\nline", "softline"),
        ("soft=\nline", "softline"), ("space \t \r\nend", "space\r\nend"), ("space \nend", "space\nend"),
        ("last  ", "last"), ("last=", "last"), ("=", ""), ("=4", "=4"), ("=zz=4z=", "=zz=4z"), ("= x", "= x"),
        ("=\rx", "=\rx"), ("a \rb", "a \rb"), ("a\r", "a\r"), ("==41", "=A"), ("=3D=", "="), ("tab\there", "tab\there"),
        ("a  b", "a  b"), ("=20\r\n", " \r\n"),
    ]

    @Test(arguments: base64)
    func base64IsReadAsMailHasIt(_ body: String, _ decoded: String) {
        for size in [.max, 1, 2, 3] { #expect(decode("BASE64", body, piecesOf: size) == decoded) }
    }

    @Test(arguments: quotedPrintable)
    func quotedPrintableIsReadAsMailHasIt(_ body: String, _ decoded: String) {
        for size in [.max, 1, 2, 3] { #expect(decode("Quoted-Printable", body, piecesOf: size) == decoded) }
    }

    @Test(arguments: ["7bit", "8BIT", "Binary"])
    func identityChangesNothing(_ encoding: String) {
        #expect(decode(encoding, "a=3D \r\n", piecesOf: 2) == "a=3D \r\n")
    }

    @Test func unknownEncodingIsReported() {
        for encoding in ["x-uuencode", "", "base 64", "7 bit"] { #expect(TransferDecoder(octets(encoding)) == nil) }
    }

    @Test func longWhiteSpaceIsBoundedAndDoesNotDependOnTheCut() {
        let body = String(repeating: " ", count: 5000) + "\r\nx"
        let whole = decode("quoted-printable", body)
        #expect(whole?.utf8.count ?? 0 > 3000)
        #expect(decode("quoted-printable", body, piecesOf: 7) == whole)
    }

    @Test func everyCutOfRandomTextGivesTheSame() {
        var numbers = SeededNumbers(seed: 3)
        let pieces = ["=", "4", "1", "A", "Z", " ", "\t", "\r", "\n", "\r\n", "a", "+"]
        for _ in 0..<1000 {
            let body = (0..<12).map { _ in pieces.randomElement(using: &numbers) ?? "" }.joined()
            for encoding in ["base64", "quoted-printable"] {
                #expect(decode(encoding, body) == decode(encoding, body, piecesOf: 1), "\(body)")
            }
        }
    }
}

@Suite("Search in a body (RFC 9051 section 6.4.4)")
struct BodySearchTests {
    private func isFound(_ key: String, _ body: [UInt8], _ encoding: String, _ charset: String?) -> [Bool?] {
        [.max, 1, 5].map { size in
            guard var search = TextSearch(octets(key)).body(encoding: octets(encoding), charset: charset.map(octets))
            else { return nil }
            var start = 0
            while start < body.count {
                let end = size < body.count - start ? start + size : body.count
                _ = search.feed(Array(body[start..<end]))
                start = end
            }
            return search.finish()
        }
    }

    private let yes: [Bool?] = [true, true, true]
    private let no: [Bool?] = [false, false, false]

    @Test func encodingCharsetAndCaseAreTakenOff() {
        #expect(isFound("GRÜSSE AUS", octets("viele gr=FCsse=\r\n aus"), "quoted-printable", "iso-8859-1") == yes)
        #expect(isFound("отчёт", octets("79Teo9Qg2sEg\r\nzcHS1A=="), "base64", "KOI8-R") == yes)
        #expect(isFound("ΣΊΣΥΦΟΣ", octets("σίσυφος"), "8bit", "utf-8") == yes)
        #expect(isFound("nicht", octets("viele gr=FCsse"), "quoted-printable", "iso-8859-1") == no)
        #expect(isFound("", [], "7bit", nil) == yes)
        #expect(isFound("aab", octets("aaaaab"), "7bit", nil) == yes)
    }

    @Test func unknownCharsetIsComparedAsItStands() {
        #expect(isFound("Hello", octets("hello ") + [0xFF], "8bit", "x-unknown") == yes)
        #expect(isFound("Hello", octets("hello"), "x-unknown", nil) == [nil, nil, nil])
    }

    @Test func encodedWordsAreDecodedInHeaders() {
        let value = octets("=?iso-8859-1?Q?Gr=FC=DFe_aus_K=F6ln?=")
        #expect(TextSearch(octets("grüße AUS kÖLN")).isIn(headerValue: value))
        #expect(!TextSearch(octets("iso-8859-1")).isIn(headerValue: value))
    }
}
