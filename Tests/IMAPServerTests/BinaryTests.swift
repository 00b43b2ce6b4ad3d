import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("BINARY (RFC 3516)")
struct BinaryTests {
    private static let message = """
        Subject: parts\r
        Content-Type: multipart/mixed; boundary="X"\r
        Content-Transfer-Encoding: base64\r
        \r
        --X\r
        Content-Transfer-Encoding: quoted-printable\r
        \r
        caf=C3=A9 =3D soft=\r
         line \t\r
        end\r
        --X\r
        Content-Type: application/octet-stream\r
        Content-Transfer-Encoding: BASE64\r
        \r
        AAECAwQF\r
        BgcICQ==\r
        --X\r
        \r
        as it is\r
        --X\r
        Content-Type: message/rfc822\r
        \r
        Subject: inner\r
        Content-Transfer-Encoding: base64\r
        \r
        SGVsbG8sIFdvcmxkIQ==\r
        --X\r
        Content-Transfer-Encoding: x-uuencode\r
        \r
        begin 644 a\r
        --X\r
        Content-Transfer-Encoding: 8bit\r
        \r
        a\0b\r
        --X--\r

        """

    private func client(_ messages: [String] = [message], _ command: String = "EXAMINE") async throws -> TestClient {
        let fixture = try Fixture()
        for message in messages {
            _ = try fixture.store.append(octets(message), to: .inbox, for: user("alice"))
        }
        let client = await fixture.logIn("alice", "secret")
        await client.line("s \(command) INBOX")
        return client
    }

    @Test(arguments: [
        ("BINARY.PEEK[1]", "BINARY[1] {22}\r\ncafé = soft line\r\nend"),
        ("BINARY.PEEK[1]<3.2>", "BINARY[1]<3> {2}\r\né"),
        ("BINARY.PEEK[1]<18.100>", "BINARY[1]<18> {4}\r\n\nend"),
        ("BINARY.PEEK[1]<22.1>", "BINARY[1]<22> {0}\r\n"),
        ("BINARY.PEEK[1]<9223372036854775807.9223372036854775807>", "BINARY[1]<9223372036854775807> {0}\r\n"),
        ("BINARY.PEEK[2]", "BINARY[2] ~{10}\r\n\0\u{1}\u{2}\u{3}\u{4}\u{5}\u{6}\u{7}\u{8}\t"),
        ("BINARY.PEEK[2]<1.3>", "BINARY[2]<1> ~{3}\r\n\u{1}\u{2}\u{3}"),
        ("BINARY.PEEK[3]", "BINARY[3] {8}\r\nas it is"),
        ("BINARY.PEEK[4]", "BINARY[4] {73}\r\n" + inner),
        ("BINARY.PEEK[4.1]", "BINARY[4.1] {13}\r\nHello, World!"),
        ("BINARY.PEEK[6]", "BINARY[6] ~{3}\r\na\0b"),
        ("BINARY.PEEK[7]", "BINARY[7] NIL"),
        ("BINARY.PEEK[1.1]", "BINARY[1.1] NIL"),
        ("BINARY.PEEK[7]<0.5>", "BINARY[7]<0> NIL"),
        ("BINARY.PEEK[]<0.9>", "BINARY[]<0> ~{9}\r\nSubject: "),
        ("BINARY.SIZE[1]", "BINARY.SIZE[1] 22"),
        ("BINARY.SIZE[2]", "BINARY.SIZE[2] 10"),
        ("BINARY.SIZE[3]", "BINARY.SIZE[3] 8"),
        ("BINARY.SIZE[4]", "BINARY.SIZE[4] 73"),
        ("BINARY.SIZE[4.1]", "BINARY.SIZE[4.1] 13"),
        ("BINARY.SIZE[7]", "BINARY.SIZE[7] 0"),
        ("BINARY.SIZE[]", "BINARY.SIZE[] \(message.utf8.count)"),
        (
            "(BINARY.SIZE[1] BINARY.PEEK[4.1] BODY.PEEK[4.1] UID)",
            "UID 1 BINARY.SIZE[1] 22 BINARY[4.1] {13}\r\nHello, World! BODY[4.1] {20}\r\nSGVsbG8sIFdvcmxkIQ=="
        ),
    ])
    func aPartIsItsOctetsWithoutTheEncoding(item: String, answer: String) async throws {
        let client = try await client()
        #expect(await client.line("f FETCH 1 \(item)") == "* 1 FETCH (\(answer))\r\nf OK FETCH completed\r\n")
    }

    private static let inner = "Subject: inner\r\nContent-Transfer-Encoding: base64\r\n\r\nSGVsbG8sIFdvcmxkIQ=="

    /// The message is not one part: nothing of it is decoded, and NUL makes it binary. A multipart's own encoding,
    /// which it must not have, changes nothing.
    @Test func theWholeMessageAndAMultipartAreAsTheyAre() async throws {
        let client = try await client()
        #expect(
            await client.line("f FETCH 1 BINARY.PEEK[]")
                == "* 1 FETCH (BINARY[] ~{\(Self.message.utf8.count)}\r\n\(Self.message))\r\nf OK FETCH completed\r\n")
        let nested = """
            Content-Type: multipart/mixed; boundary=o\r
            \r
            --o\r
            Content-Type: multipart/mixed; boundary=i\r
            Content-Transfer-Encoding: base64\r
            \r
            --i\r
            \r
            aGk=\r
            --i--\r
            --o--\r

            """
        let other = try await self.client([nested])
        #expect(
            await other.line("f FETCH 1 (BINARY.PEEK[1] BINARY.SIZE[1] BINARY.PEEK[1.1])")
                == "* 1 FETCH (BINARY[1] {18}\r\n--i\r\n\r\naGk=\r\n--i-- BINARY.SIZE[1] 18 "
                + "BINARY[1.1] {4}\r\naGk=)\r\nf OK FETCH completed\r\n")
    }

    @Test(arguments: ["BINARY[5]", "BINARY.PEEK[5]<0.1>", "BINARY.SIZE[5]", "(FLAGS BINARY.PEEK[1] BINARY.SIZE[5])"])
    func anUnknownEncodingIsSaid(item: String) async throws {
        let client = try await client()
        #expect(
            await client.line("f FETCH 1 \(item)")
                == "f NO [UNKNOWN-CTE] A part is in an unknown transfer encoding\r\n")
        #expect(await client.line("g FETCH 1 BODY.PEEK[5]").contains("BODY[5] {11}\r\nbegin 644 a)\r\n"))
    }

    @Test func theOtherMessagesAreAnsweredAllTheSame() async throws {
        let plain = "Content-Transfer-Encoding: base64\r\n\r\neA=="
        let client = try await client([plain, "Content-Transfer-Encoding: x-gzip\r\n\r\nzz", plain])
        #expect(
            await client.line("f FETCH 1:3 BINARY.PEEK[1]") == """
                * 1 FETCH (BINARY[1] {1}\r\nx)\r
                * 3 FETCH (BINARY[1] {1}\r\nx)\r
                f NO [UNKNOWN-CTE] A part is in an unknown transfer encoding\r

                """)
    }

    @Test func fetchingSetsSeenAndPeekingAndSizesDoNot() async throws {
        let client = try await client([Self.message], "SELECT")
        for item in ["BINARY.PEEK[1]", "BINARY.SIZE[1]", "(BINARY.SIZE[] BINARY.PEEK[])"] {
            #expect(!(await client.line("f FETCH 1 \(item)")).contains("Seen"), "\(item)")
        }
        #expect(
            await client.line("f FETCH 1 BINARY[3]")
                == "* 1 FETCH (BINARY[3] {8}\r\nas it is)\r\n* 1 FETCH (FLAGS (\\Seen \\Recent))\r\n"
                + "f OK FETCH completed\r\n")
    }

    @Test func anItemIsAnsweredOnce() async throws {
        let client = try await client()
        #expect(
            await client.line("f FETCH 1 (BINARY.PEEK[3] BINARY[3] BINARY.SIZE[3] BINARY.SIZE[3] BINARY.PEEK[3]<0.2>)")
                == "* 1 FETCH (BINARY[3] {8}\r\nas it is BINARY.SIZE[3] 8 BINARY[3]<0> {2}\r\nas)\r\n"
                + "f OK FETCH completed\r\n")
    }

    @Test(arguments: [
        "BINARY", "BINARY.PEEK", "BINARY.SIZE", "BINARY[HEADER]", "BINARY[TEXT]", "BINARY[1.MIME]", "BINARY[1.]",
        "BINARY[0]", "BINARY[1", "BINARY[1]<0>", "BINARY[1]<0.0>", "BINARY.SIZE[1]<0.1>", "BINARY.PEEK.SIZE[1]",
        "BINARY[4294967296]", "BINARY[ 1]", "BINARY[1]<9223372036854775808.1>",
    ])
    func whatIsNoItemIsBAD(item: String) async throws {
        let client = try await client()
        #expect(await client.line("f FETCH 1 \(item)").hasPrefix("f BAD "))
    }

    /// R-OUT-6; RFC 3516 section 4.4: octets that no literal may hold are appended, kept, and sent again.
    @Test func aMessageThatHoldsNULIsAppendedAndFetched() async throws {
        let client = try await client([])
        #expect(await client.line("a APPEND INBOX ~{11}") == "+ Ready for literal data\r\n")
        #expect((await client.line("X: y\r\n\r\na\0b")).hasSuffix("] APPEND completed\r\n"))
        #expect(
            await client.line("f FETCH 1 (BINARY.PEEK[1] BINARY.PEEK[] BINARY.SIZE[1])")
                == "* 1 FETCH (BINARY[1] ~{3}\r\na\0b BINARY[] ~{11}\r\nX: y\r\n\r\na\0b BINARY.SIZE[1] 3)\r\n"
                + "f OK FETCH completed\r\n")
        client.transport.send("g FETCH 1 BODY.PEEK[]\r\n")
        #expect(
            await client.settleOctets() == octets("* 1 FETCH (BODY[] {11}\r\nX: y\r\n\r\na") + [0x80]
                + octets("b)\r\ng OK FETCH completed\r\n"))
    }

    @Test func withoutTheExtensionThereIsNoItem() async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard.leavingOut(["BINARY"]))
        try fixture.fill("alice", 1)
        let client = await fixture.connect()
        #expect(!(await client.line("l LOGIN alice secret")).contains("BINARY"))
        await client.line("s EXAMINE INBOX")
        #expect(await client.line("f FETCH 1 BINARY.PEEK[1]").hasPrefix("f BAD "))
    }

    @Test func theCapabilityIsAdvertisedBehindTheLogin() async throws {
        let client = await (try Fixture()).connect()
        #expect(!(await client.line("c CAPABILITY")).contains("BINARY"))
        #expect((await client.line("l LOGIN alice secret")).contains(" BINARY"))
    }
}
