import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("FETCH of envelopes, structures and sections (RFC 3501 sections 6.4.5 and 7.4.2)")
struct FetchStructureTests {
    private static let message = """
        Date: Mon, 7 Feb 1994 21:52:25 -0800 (PST)\r
        From: Fred Foobar <foobar@Blurdybloop.example>\r
        Subject: afternoon "meeting"\r
        To: mooch@owatagu.example, Friends: a@b.example;\r
        Message-Id: <B27397-0100000@Blurdybloop.example>\r
        MIME-Version: 1.0\r
        Content-Type: multipart/mixed; boundary="X"\r
        \r
        preamble\r
        --X\r
        Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\r
        \r
        Hello Joe\r
        --X\r
        Content-Type: message/rfc822\r
        Content-Disposition: attachment; filename="in.eml"\r
        \r
        Subject: inner\r
        From: x@y.example\r
        \r
        inner text\r
        --X--\r

        """

    private func client() async throws -> TestClient {
        let fixture = try Fixture()
        _ = try fixture.store.append(octets(Self.message), to: .inbox, for: user("alice"))
        let client = await fixture.logIn("alice", "secret")
        await client.line("s EXAMINE INBOX")
        return client
    }

    private func fetch(_ items: String) async throws -> String {
        let client = try await client()
        let answer = await client.line("f FETCH 1 (\(items))")
        #expect(answer.hasSuffix("f OK FETCH completed\r\n"), "\(answer)")
        return String(answer.dropLast("f OK FETCH completed\r\n".count))
    }

    @Test func theEnvelopeHasTenMembersAndItsDefaults() async throws {
        #expect(
            try await fetch("ENVELOPE") == """
                * 1 FETCH (ENVELOPE ("Mon, 7 Feb 1994 21:52:25 -0800 (PST)" "afternoon \\"meeting\\"" \
                (("Fred Foobar" NIL "foobar" "Blurdybloop.example")) \
                (("Fred Foobar" NIL "foobar" "Blurdybloop.example")) \
                (("Fred Foobar" NIL "foobar" "Blurdybloop.example")) \
                ((NIL NIL "mooch" "owatagu.example")(NIL NIL "Friends" NIL)(NIL NIL "a" "b.example")(NIL NIL NIL NIL)) \
                NIL NIL NIL "<B27397-0100000@Blurdybloop.example>"))\r

                """)
    }

    @Test func theStructureNamesEveryPart() async throws {
        let text = #"("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7bit" 9 0"#
        let envelope =
            #"(NIL "inner" ((NIL NIL "x" "y.example")) ((NIL NIL "x" "y.example")) ((NIL NIL "x" "y.example")) "#
            + "NIL NIL NIL NIL NIL)"
        let inner = #"("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 10 0"#
        let outer = #"("message" "rfc822" NIL NIL NIL "7bit" 47 "# + envelope
        #expect(
            try await fetch("BODY") == #"* 1 FETCH (BODY (\#(text))\#(outer) \#(inner)) 3) "mixed"))"# + "\r\n")
        #expect(
            try await fetch("BODYSTRUCTURE")
                == #"* 1 FETCH (BODYSTRUCTURE (\#(text) NIL NIL NIL NIL)\#(outer) \#(inner) NIL NIL NIL NIL) 3 NIL "#
                + #"("attachment" ("filename" "in.eml")) NIL NIL) "mixed" ("boundary" "X") NIL NIL NIL))"# + "\r\n")
    }

    @Test(arguments: [
        ("BODY.PEEK[1]", "BODY[1] {9}\r\nHello Joe"),
        ("BODY.PEEK[1.MIME]", "BODY[1.MIME] {46}\r\nContent-Type: TEXT/PLAIN; CHARSET=US-ASCII\r\n\r\n"),
        ("BODY.PEEK[2.HEADER]", "BODY[2.HEADER] {37}\r\nSubject: inner\r\nFrom: x@y.example\r\n\r\n"),
        ("BODY.PEEK[2.TEXT]", "BODY[2.TEXT] {10}\r\ninner text"),
        ("BODY.PEEK[2.1]", "BODY[2.1] {10}\r\ninner text"),
        ("BODY.PEEK[2.1]<6.2>", "BODY[2.1]<6> {2}\r\nte"),
        (
            "BODY.PEEK[2.HEADER.FIELDS (SUBJECT)]",
            "BODY[2.HEADER.FIELDS (SUBJECT)] {18}\r\nSubject: inner\r\n\r\n"
        ),
        (
            "BODY.PEEK[HEADER.FIELDS (message-id X-None)]",
            "BODY[HEADER.FIELDS (message-id X-None)] {52}\r\n"
                + "Message-Id: <B27397-0100000@Blurdybloop.example>\r\n\r\n"
        ),
        (
            "BODY.PEEK[HEADER.FIELDS.NOT (DATE FROM SUBJECT TO MESSAGE-ID CONTENT-TYPE)]",
            "BODY[HEADER.FIELDS.NOT (DATE FROM SUBJECT TO MESSAGE-ID CONTENT-TYPE)] {21}\r\nMIME-Version: 1.0\r\n\r\n"
        ),
        ("BODY.PEEK[3]", "BODY[3] NIL"),
        ("BODY.PEEK[1.1]", "BODY[1.1] NIL"),
        ("RFC822.HEADER", "RFC822.HEADER {\(headerSize)}\r\n\(header)"),
    ])
    func aSectionIsItsOctets(items: String, answer: String) async throws {
        #expect(try await fetch(items) == "* 1 FETCH (\(answer))\r\n")
    }

    private static let header = String(
        message.prefix(upTo: message.range(of: "preamble")?.lowerBound ?? message.startIndex))
    private static let headerSize = header.utf8.count

    @Test func everyOrderOfItemsAndTheMacrosAnswerEachItemOnce() async throws {
        let client = try await client()
        let full = await client.line("f FETCH 1 FULL")
        for name in ["FLAGS (", "INTERNALDATE \"", "RFC822.SIZE ", "ENVELOPE (", "BODY (("] {
            #expect(full.components(of: name) == 1, "\(name)")
        }
        let all = await client.line("f FETCH 1 all")
        #expect(all.components(of: "ENVELOPE (") == 1)
        #expect(all.components(of: "BODY (") == 0)
        let both = await client.line("f FETCH 1 (BODY BODY.PEEK[1] BODYSTRUCTURE BODY.PEEK[2] RFC822.SIZE)")
        #expect(both.hasSuffix("f OK FETCH completed\r\n"))
        for name in ["BODY ((", "BODY[1] {", "BODYSTRUCTURE ((", "BODY[2] {"] {
            #expect(both.components(of: name) == 1, "\(name)")
        }
    }

    @Test(arguments: [
        "BODY[0]", "BODY[1.]", "BODY[.1]", "BODY[MIME]", "BODY[1.NOTHING]", "BODY[HEADER.FIELDS]",
        "BODY[HEADER.FIELDS ()]",
        "BODY[HEADER.FIELDS (a:b)]", "BODY[4294967296]", "ENVELOPE[]", "RFC822[]", "BODY.PEEK", "BODYSTRUCTURE[1]",
        "BODY[1",
        "BODY[1]<0>", "BODY[1]<0.0>",
    ])
    func whatIsNoItemIsBAD(item: String) async throws {
        let client = try await client()
        #expect(await client.line("f FETCH 1 (\(item))").hasPrefix("f BAD "))
    }

    /// R-ALG-5: a header of nothing but short fields costs bounded memory, however many items select from it.
    @Test func theSelectedFieldsOfAHugeHeaderAreBounded() async throws {
        let fixture = try Fixture()
        _ = try fixture.store.append(
            octets(String(repeating: "To:\r\nX:\r\n", count: 50_000) + "\r\n"), to: .inbox, for: user("alice"))
        let client = await fixture.logIn("alice", "secret")
        await client.line("s EXAMINE INBOX")
        let answer = await client.line("f FETCH 1 (BODY.PEEK[HEADER.FIELDS (To)] BODY.PEEK[HEADER.FIELDS (X)])")
        #expect(answer.hasPrefix("* 1 FETCH (BODY[HEADER.FIELDS (To)] {50000}\r\nTo:\r\n"))
        #expect(answer.hasSuffix(" BODY[HEADER.FIELDS (X)] {0}\r\n)\r\nf OK FETCH completed\r\n"))
    }

    @Test func fetchingASectionSetsSeenAndPeekingDoesNot() async throws {
        let fixture = try Fixture()
        _ = try fixture.store.append(octets(Self.message), to: .inbox, for: user("alice"))
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        for item in ["BODY.PEEK[1]", "RFC822.HEADER", "ENVELOPE", "BODYSTRUCTURE"] {
            #expect(!(await client.line("f FETCH 1 (\(item))")).contains("Seen"), "\(item)")
        }
        #expect(await client.line("f FETCH 1 (BODY[1])").contains("* 1 FETCH (FLAGS (\\Seen \\Recent))\r\n"))
    }
}

extension String {
    /// How often `part` occurs.
    fileprivate func components(of part: String) -> Int {
        let whole = Array(utf8)
        let part = Array(part.utf8)
        return whole.indices.count { whole[$0...].starts(with: part) }
    }

    fileprivate func range(of part: String) -> Range<String.Index>? {
        var index = startIndex
        while index < endIndex {
            if self[index...].hasPrefix(part) { return index..<self.index(index, offsetBy: part.count) }
            index = self.index(after: index)
        }
        return nil
    }
}
