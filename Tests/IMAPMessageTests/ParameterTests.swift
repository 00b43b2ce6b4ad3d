import IMAPMessage
import IMAPTypes
import Testing

@Suite("MIME fields (RFC 2045, RFC 2183, RFC 2231)")
struct ParameterTests {
    private func part(_ header: String) -> BodyPart { structure(mail(header + "\n\n")).body.root }

    private func shown(_ parameters: [BodyPart.Parameter]) -> [String] {
        parameters.map { text($0.name) + "=" + text($0.value) }
    }

    private func parameters(_ field: String) -> [String] {
        shown(part("Content-Type: application/x-stuff; " + field).fields.parameters)
    }

    @Test func defaultIsPlainASCIIText() {
        let part = part("Subject: x")
        #expect(text(part.type) + "/" + text(part.subtype) == "text/plain")
        #expect(shown(part.fields.parameters) == ["charset=us-ascii"])
        #expect(part.fields.encoding == octets("7bit"))
        #expect(part.fields.disposition == nil)
    }

    @Test(arguments: [
        ("text/html; charset=utf-8", "text/html", ["charset=utf-8"]),
        ("TEXT/Plain", "TEXT/Plain", ["charset=us-ascii"]),
        ("text/plain; charset=us-ascii (Plain text)", "text/plain", ["charset=us-ascii"]),
        ("text/plain; charset=\"us-ascii\"", "text/plain", ["charset=us-ascii"]),
        (" text / plain ; charset = x ; ; format=flowed", "text/plain", ["charset=x", "format=flowed"]),
        ("application/pdf; name=my file.pdf", "application/pdf", ["name=my file.pdf"]),
        ("application/pdf; name=\"a;b\\\"c.pdf\"", "application/pdf", ["name=a;b\"c.pdf"]),
        ("application/pdf; name=\"open", "application/pdf", ["name=open"]),
        ("application/pdf; name; x=1", "application/pdf", ["x=1"]),
        ("application/pdf; x=", "application/pdf", ["x="]),
        ("text", "text/plain", ["charset=us-ascii"]),
        ("application", "application/octet-stream", []),
        ("garbage", "text/plain", ["charset=us-ascii"]),
        ("/; a=b", "text/plain", ["charset=us-ascii"]),
        ("", "text/plain", ["charset=us-ascii"]),
        ("multipart/mixed", "text/plain", ["charset=us-ascii"]),
        ("multipart/mixed; boundary=\"  \"", "text/plain", ["charset=us-ascii"]),
    ])
    func contentTypeIsReadAsWritten(_ value: String, _ type: String, _ parameters: [String]) {
        let part = part("Content-Type: " + value)
        #expect(text(part.type) + "/" + text(part.subtype) == type)
        #expect(shown(part.fields.parameters) == parameters)
    }

    @Test func otherFieldsAreKept() {
        let fields = part(
            """
            Content-Type: image/png
            Content-ID: <logo@example.in>
            Content-Description: =?utf-8?q?Das_Logo?=
             folded
            Content-Transfer-Encoding: BASE64 (of course)
            Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==
            Content-Disposition: Attachment; filename=genome.jpeg;
              modification-date="Wed, 12 Feb 1997 16:29:51 -0500"
            Content-Language: mi, en (and more), de
            Content-Location: http://example.org/logo.png
            """
        ).fields
        #expect(fields.id == octets("<logo@example.in>"))
        #expect(fields.description == octets("=?utf-8?q?Das_Logo?= folded"))
        #expect(fields.encoding == octets("BASE64"))
        #expect(fields.md5 == octets("Q2hlY2sgSW50ZWdyaXR5IQ=="))
        #expect(fields.disposition?.type == octets("Attachment"))
        #expect(
            shown(fields.disposition?.parameters ?? [])
                == ["filename=genome.jpeg", "modification-date=Wed, 12 Feb 1997 16:29:51 -0500"])
        #expect(fields.languages.map(text) == ["mi", "en", "de"])
        #expect(fields.location == octets("http://example.org/logo.png"))
    }

    /// The examples of RFC 2231 sections 3 and 4.
    @Test func continuationsAreJoined() {
        #expect(
            parameters("access-type=URL;\n URL*0=\"ftp://\";\n URL*1=\"cs.utk.edu/pub/moore/bulk-mailer.tar\"")
                == ["access-type=URL", "URL=ftp://cs.utk.edu/pub/moore/bulk-mailer.tar"])
        #expect(
            parameters("title*=us-ascii'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A")
                == ["title*=utf-8'en-us'This%20is%20%2A%2A%2Afun%2A%2A%2A"])
        #expect(
            parameters(
                """
                title*0*=us-ascii'en'This%20is%20even%20more%20;
                 title*1*=%2A%2A%2Afun%2A%2A%2A%20;
                 title*2="isn't it!"
                """)
                == ["title*=utf-8'en'This%20is%20even%20more%20%2A%2A%2Afun%2A%2A%2A%20isn%27t%20it!"])
    }

    @Test func charsetsAreConvertedToUTF8() {
        #expect(
            parameters("name*=iso-8859-1'fr'r%E9sum%E9%202023.bin") == ["name*=utf-8'fr'r%C3%A9sum%C3%A9%202023.bin"])
        #expect(parameters("name*=x-unknown''a%FFb") == ["name*=x-unknown''a%FFb"])
        let part = part("Content-Type: a/b; name*=koi8-r''%EF; charset*=us-ascii'en'utf-8; plain=p")
        #expect(part.plainParameter(octets("name")) == octets("О"))
        #expect(part.plainParameter(octets("CHARSET")) == octets("utf-8"))
        #expect(part.plainParameter(octets("plain")) == octets("p"))
        #expect(part.plainParameter(octets("absent")) == nil)
    }

    @Test func sectionsMayComeInAnyOrder() {
        #expect(parameters("n*2=c; x=y; n*0=a; N*1=b") == ["n=abc", "x=y"])
    }

    @Test(arguments: [
        ("n*1=b; n*2=c", ["n*1=b", "n*2=c"]), ("n*0=a; n*2=c", ["n=a"]), ("n*0=a; n*0=b; n*1=c", ["n=ac"]),
        ("n*x=a; n**=b; *=c", ["n*x=a", "n**=b", "*=c"]), ("n*=no-quotes", ["n*=no-quotes"]),
        ("n*0*=%zz''%4", ["n*=%zz''%254"]), ("n*99999=a", ["n*99999=a"]), ("n=a; n*=utf-8''b", ["n=a", "n*=utf-8''b"]),
    ])
    func malformedExtensionsGiveWhatCanBeRead(_ field: String, _ expected: [String]) {
        #expect(parameters(field) == expected)
    }

    @Test func boundaryMayBeContinued() {
        let found = structure(
            mail("Content-Type: multipart/mixed; boundary*0=b_; boundary*1=\"22 31\"\n\n--b_22 31\n\nx\n--b_22 31--\n"))
        #expect(found.body.parts.count == 2)
        #expect(shown(found.body.root.fields.parameters) == ["boundary=b_22 31"])
    }

    @Test func extendedValuesDoNotOutgrowTheirBudget() {
        let value = String(repeating: "é", count: 50_000)
        let part = part("Content-Type: a/b; n*=iso-8859-1''\(value); m*=iso-8859-1''\(value)")
        #expect(part.fields.parameters.map(\.value.count) == [600_007, 100_012])
    }
}
