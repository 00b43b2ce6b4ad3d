import IMAPTestKit
import Testing

@Suite("First light: a whole session (RFC 3501)")
struct FirstLightTests {
    @Test func aClientLogsInReadsMailAndLogsOut() async throws {
        let fixture = try Fixture(extensions: .few)
        try fixture.fill("alice")
        let (client, greeting) = await TestClient.connect(to: fixture.server)
        #expect(greeting.hasPrefix("* OK [CAPABILITY IMAP4rev1 "))
        let mismatch = await client.play(
            Transcript(
                """
                C: a1 CAPABILITY
                S: * CAPABILITY IMAP4rev1 LITERAL- SASL-IR ID UNSELECT AUTH=PLAIN AUTH=LOGIN
                S: a1 OK CAPABILITY completed
                C: a2 LOGIN alice secret
                S: a2 OK [CAPABILITY IMAP4rev1 LITERAL- SASL-IR ID UNSELECT] Logged in
                C: a3 LIST "" *
                S: * LIST () "/" INBOX
                S: a3 OK LIST completed
                C: a4 SELECT inbox
                S: * FLAGS (...)
                S: * 3 EXISTS
                S: * 3 RECENT
                S: * OK [UNSEEN 1] First unseen
                S: * OK [UIDVALIDITY ...] UIDs valid
                S: * OK [UIDNEXT 4] Predicted next UID
                S: * OK [PERMANENTFLAGS (...)] Flags that can be kept
                S: a4 OK [READ-WRITE] SELECT completed
                C: a5 FETCH 1 (FLAGS UID RFC822.SIZE BODY[HEADER])
                S: * 1 FETCH (FLAGS (\\Seen \\Recent) UID 1 RFC822.SIZE 63 BODY[HEADER] {45}
                S: From: alice@example.com
                S: Subject: alice 1
                S:
                S: )
                S: * 1 FETCH (FLAGS (\\Seen \\Recent))
                S: a5 OK FETCH completed
                C: a6 UID FETCH 2 BODY.PEEK[TEXT]<5.2>
                S: * 2 FETCH (UID 2 BODY[TEXT]<5> {2}
                S: of)
                S: a6 OK FETCH completed
                C: a7 STATUS INBOX (MESSAGES UNSEEN)
                S: * STATUS INBOX (MESSAGES 3 UNSEEN 2)
                S: a7 OK STATUS completed
                C: a8 CLOSE
                S: a8 OK CLOSE completed
                C: a9 LOGOUT
                S: * BYE Logging out
                S: a9 OK Logged out
                """))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }
}
