import IMAPTestKit
import Testing

@Suite("UNAUTHENTICATE: pipelined (RFC 8437 section 3, U-P)")
struct UnauthenticatePipelineTests {
    private static let program = octets(
        """
        a1 FETCH 1 (UID BODY.PEEK[TEXT])\r
        a2 UNAUTHENTICATE\r
        a3 AUTHENTICATE PLAIN \(base64("carol\0admin\0root"))\r
        a4 SELECT INBOX\r
        a5 FETCH 1 (UID BODY.PEEK[TEXT])\r

        """)

    private func selected(_ fixture: Fixture) async throws -> TestClient {
        try fixture.fill("bob", 2)
        try fixture.fill("carol", 3)
        let client = await fixture.connect()
        await client.line(UnauthenticateReplyTests.authenticate("s1", as: "bob"))
        await client.line("s2 SELECT INBOX")
        return client
    }

    /// U-P-2
    @Test func oneWriteBringsTheNextUserInOneRoundTrip() async throws {
        let fixture = try Fixture()
        let client = try await selected(fixture)
        client.transport.send(Self.program)
        let output = await client.settle()
        let parts = output.split(separator: "a2 OK ", maxSplits: 1)
        #expect(parts.count == 2)
        #expect(parts.first?.contains("mail of bob, 1") == true)
        #expect(parts.last?.contains("a3 OK [CAPABILITY") == true)
        #expect(parts.last?.contains("* 3 EXISTS") == true)
        #expect(parts.last?.contains("mail of carol, 1") == true)
        #expect(parts.last?.contains("bob") == false, "U-3: nothing of the old user follows the OK")
    }

    @Test func theAnswerIsTheSameHoweverTheProgramIsCut() async throws {
        let program = Self.program
        var expected: String?
        for cut in 0..<program.count {
            let fixture = try Fixture()
            let client = try await selected(fixture)
            let output = await client.send(program, cutAt: cut == 0 ? [] : [cut])
            if let expected { #expect(output == expected, "cut at \(cut)") } else { expected = output }
        }
        let fixture = try Fixture()
        let client = try await selected(fixture)
        #expect(await client.send(program, cutAt: Array(1..<program.count)) == expected, "octet by octet")
        #expect(expected?.contains("mail of carol, 1") == true)
    }

    /// U-P-1
    @Test func commandsBehindItAreJudgedInTheNewState() async throws {
        let fixture = try Fixture()
        let client = try await selected(fixture)
        let output = await client.send(
            """
            b1 UNAUTHENTICATE\r
            b2 FETCH 1 (UID BODY.PEEK[])\r
            b3 SELECT INBOX\r
            b4 CAPABILITY\r

            """)
        #expect(!output.contains("bob"))
        #expect(output.contains("b1 OK"))
        #expect(output.contains("b2 BAD Command not permitted in this state\r\n"))
        #expect(output.contains("b3 BAD Command not permitted in this state\r\n"))
        #expect(output.contains("b4 OK"))
    }

    /// U-P-3
    @Test func itsTextInALiteralOrASASLResponseIsNotTheCommand() async throws {
        let fixture = try Fixture()
        let client = try await selected(fixture)
        let output = await client.send("c1 STATUS {20+}\r\nx1 UNAUTHENTICATE\r\n\r (MESSAGES)\r\nc2 FETCH 1 UID\r\n")
        #expect(output.contains("* 1 FETCH (UID 1)\r\nc2 OK"), "still bob's mailbox: \(output)")
        #expect(!output.contains("x1"))
        await client.line("c3 UNAUTHENTICATE")
        #expect(await client.line("c4 AUTHENTICATE PLAIN") == "+ \r\n")
        #expect(await client.line("c5 UNAUTHENTICATE") == "c4 BAD Not base64\r\n")
    }

    /// Row 34
    @Test func aTagMayBeUsedAgainByTheNextUser() async throws {
        let fixture = try Fixture()
        let client = try await selected(fixture)
        let output = await client.send(
            """
            t UNAUTHENTICATE\r
            t AUTHENTICATE PLAIN \(base64("carol\0admin\0root"))\r
            t STATUS INBOX (MESSAGES)\r

            """)
        #expect(output.contains("t OK [CAPABILITY"))
        #expect(output.hasSuffix("* STATUS INBOX (MESSAGES 3)\r\nt OK STATUS completed\r\n"))
    }
}
