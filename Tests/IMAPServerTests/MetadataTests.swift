import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("METADATA (RFC 5464)")
struct MetadataTests {
    /// What comes by itself, up to the line's end.
    private func hear(_ client: TestClient) async -> String {
        var heard = ""
        let deadline = ContinuousClock.now + .seconds(60)
        while !heard.hasSuffix("\r\n"), ContinuousClock.now < deadline {
            heard += await client.settle()
            try? await Task.sleep(for: .milliseconds(1))
        }
        return heard
    }

    private func play(_ client: TestClient, _ text: String) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch.map(\.description) ?? "")")
    }

    private func fixture(_ extensions: [IMAPExtension] = IMAPExtension.standard) throws -> Fixture {
        try Fixture(
            extensions: extensions, store: MemoryStore(sharedPrefix: "#shared/", mayAnnotateServer: { _ in true }))
    }

    private func set(_ fixture: Fixture, _ values: [String: String], of mailbox: MailboxName = .inbox) throws {
        let changes = values.compactMap { key, value in EntryName(key).map { AnnotationChange($0, octets(value)) } }
        #expect(changes.count == values.count)
        #expect(try fixture.store.annotate(mailbox, changes, for: user("alice")) == .done)
    }

    // MARK: The examples

    /// Sections 4.2 and 4.3.
    @Test func valuesAreSetAndRead() async throws {
        let client = try await fixture().logIn("alice", "secret")
        await play(
            client,
            """
            C: a SETMETADATA "" (/shared/comment "Shared comment")
            S: a OK SETMETADATA completed
            C: a GETMETADATA "" /shared/comment
            S: * METADATA "" (/shared/comment "Shared comment")
            S: a OK GETMETADATA completed
            C: a SETMETADATA INBOX (/private/comment {33}
            S: + Ready for literal data
            C: My new comment across
            C: two lines.)
            S: a OK SETMETADATA completed
            C: a GETMETADATA "INBOX" /private/comment
            S: * METADATA INBOX (/private/comment {33}
            S: My new comment across
            S: two lines.)
            S: a OK GETMETADATA completed
            C: a SETMETADATA INBOX (/private/comment NIL)
            S: a OK SETMETADATA completed
            C: a SETMETADATA INBOX (/private/comment "My new comment" /shared/comment "This one is for you!")
            S: a OK SETMETADATA completed
            C: a GETMETADATA "INBOX" (/shared/comment /private/comment)
            S: * METADATA INBOX (/shared/comment "This one is for you!" /private/comment "My new comment")
            S: a OK GETMETADATA completed
            C: a GETMETADATA "INBOX" /private/comment /shared/comment
            S: * METADATA INBOX (/private/comment "My new comment" /shared/comment "This one is for you!")
            S: a OK GETMETADATA completed
            C: a GETMETADATA "INBOX" /private/none
            S: * METADATA INBOX (/private/none NIL)
            S: a OK GETMETADATA completed
            """)
    }

    /// Section 4.2.1: the options before the mailbox, as the ABNF has them, and behind it, as the example has.
    @Test(arguments: ["(MAXSIZE 1024) INBOX", "INBOX (MAXSIZE 1024)", "(maxsize 1024 DEPTH 0) INBOX"])
    func aValueThatIsTooLargeIsCountedAndNotSent(_ front: String) async throws {
        let fixture = try fixture()
        try set(
            fixture,
            ["/shared/comment": String(repeating: "x", count: 2199), "/private/comment": "My own comment"])
        let client = await fixture.logIn("alice", "secret")
        await play(
            client,
            """
            C: a GETMETADATA \(front) (/shared/comment /private/comment)
            S: * METADATA INBOX (/private/comment "My own comment")
            S: a OK [METADATA LONGENTRIES 2199] GETMETADATA completed
            C: b GETMETADATA (MAXSIZE 13) INBOX (/private/comment /private/none)
            S: * METADATA INBOX (/private/none NIL)
            S: b OK [METADATA LONGENTRIES 14] GETMETADATA completed
            C: c GETMETADATA (MAXSIZE 14) INBOX /private/comment
            S: * METADATA INBOX (/private/comment "My own comment")
            S: c OK GETMETADATA completed
            """)
    }

    /// Section 4.2.2.
    @Test func whatIsBelowANameIsAnsweredToTheDepthAskedFor() async throws {
        let fixture = try fixture()
        try set(
            fixture,
            [
                "/private/filters/values/small": "SMALLER 5000",
                "/private/filters/values/boss": "FROM \"boss@example.com\"",
                "/private/filters/values/boss/old": "x", "/private/filters/valuesx": "y",
            ])
        let client = await fixture.logIn("alice", "secret")
        await play(
            client,
            """
            C: a GETMETADATA "INBOX" (DEPTH 1) (/private/filters/values)
            S: * METADATA INBOX (/private/filters/values/boss "FROM \\"boss@example.com\\"" /private/filters/values/small "SMALLER 5000")
            S: a OK GETMETADATA completed
            C: b GETMETADATA (DEPTH infinity) INBOX (/PRIVATE/filters/values/boss /private)
            S: * METADATA INBOX (/private/filters/values/boss "FROM \\"boss@example.com\\"" /private/filters/values/boss/old x /private/filters/values/small "SMALLER 5000" /private/filters/valuesx y)
            S: b OK GETMETADATA completed
            C: c GETMETADATA (DEPTH 1) INBOX /private
            S: c OK GETMETADATA completed
            C: d GETMETADATA (DEPTH infinity) "" (/private /shared /shared/vendor)
            S: d OK GETMETADATA completed
            C: e GETMETADATA (DEPTH 0) INBOX /private
            S: e OK GETMETADATA completed
            """
            .replacing(" x ", with: " \"x\" ").replacing(" y)", with: " \"y\")"))
    }

    /// Section 4.3: the codes of a NO, and that nothing was changed then.
    @Test func whatCannotBeKeptIsRefusedAsAWhole() async throws {
        let fixture = try fixture()
        let client = await fixture.logIn("alice", "secret")
        await client.line("a SETMETADATA INBOX (/private/comment \"before\")")
        let large = String(repeating: "x", count: 65_537)
        let text = "a SETMETADATA INBOX (/private/a \"b\" /private/comment {65537}"
        #expect(await client.line(text) == "a NO [METADATA MAXSIZE 65536] Literal too big\r\n")
        let quoted = await client.line("b SETMETADATA INBOX (/private/a \"b\" /private/comment \"\(large)\")")
        #expect(quoted == "b NO [METADATA MAXSIZE 65536] Value too large\r\n")
        for start in stride(from: 0, to: 1_000, by: 100) {
            let values = (start..<start + 100).map { "/shared/vendor/x/\($0) \"v\"" }.joined(separator: " ")
            #expect(await client.line("c SETMETADATA INBOX (\(values))") == "c OK SETMETADATA completed\r\n")
        }
        let more = await client.line("d SETMETADATA INBOX (/private/comment \"after\" /shared/comment \"v\")")
        #expect(more == "d NO [METADATA TOOMANY] Too many annotations\r\n")
        // At the limit a value is changed, and one makes room for another.
        #expect(await client.line("e SETMETADATA INBOX (/shared/vendor/x/1 \"w\")").hasPrefix("e OK"))
        #expect(
            await client.line("f SETMETADATA INBOX (/shared/vendor/x/1 NIL /shared/comment \"v\")").hasPrefix("f OK"))
        #expect(
            await client.line("g GETMETADATA INBOX (/private/a /private/comment)") == """
                * METADATA INBOX (/private/a NIL /private/comment "before")\r
                g OK GETMETADATA completed\r

                """)
    }

    /// RFC 6154 section 5.4: what a mailbox is for is an annotation too, of this store one that follows from CREATE.
    @Test func theSpecialUseIsAnAnnotation() async throws {
        let client = try await fixture().logIn("alice", "secret")
        await client.line("a CREATE MyDrafts (USE (\\Drafts))")
        await play(
            client,
            """
            C: t2 GETMETADATA "MyDrafts" /private/specialuse
            S: * METADATA MyDrafts (/private/specialuse "\\\\Drafts")
            S: t2 OK GETMETADATA completed
            C: t3 SETMETADATA "MyDrafts" (/private/specialuse NIL)
            S: t3 NO [NOPERM] Permission denied
            """)
    }

    @Test func theAdministratorIsNamedByTheHostAlone() async throws {
        let fixture = try fixture()
        let name = try #require(EntryName("/shared/admin"))
        fixture.store.annotateServer(name, octets("mailto:root@example.org"))
        let client = await fixture.logIn("alice", "secret")
        #expect(await client.line("a SETMETADATA \"\" (/Shared/Admin \"me\")") == "a NO [NOPERM] Permission denied\r\n")
        #expect(await client.line("b GETMETADATA \"\" /shared/admin").contains("\"mailto:root@example.org\""))
        let strict = try Fixture()
        let other = await strict.logIn("bob", "hunter2")
        #expect(
            await other.line("a SETMETADATA \"\" (/shared/comment \"me\")") == "a NO [NOPERM] Permission denied\r\n")
        #expect(await other.line("b SETMETADATA \"\" (/private/comment \"me\")").hasPrefix("b OK"))
    }

    // MARK: News

    /// Section 4.4.2: names alone, to those who enabled it, behind a command and in IDLE.
    @Test func whatOthersChangeIsToldToThoseWhoAskedForIt() async throws {
        let fixture = try fixture()
        let (client, other) = (await fixture.logIn("alice", "secret"), await fixture.logIn("alice", "secret"))
        #expect(await client.line("a ENABLE METADATA") == "* ENABLED METADATA\r\na OK ENABLE completed\r\n")
        await other.line("a SETMETADATA INBOX (/shared/comment \"a\" /private/comment \"b\")")
        await other.line("a SETMETADATA \"\" (/shared/comment \"a\")")
        #expect(await other.line("b NOOP") == "b OK NOOP completed\r\n")
        #expect(
            await client.line("b NOOP") == """
                * METADATA INBOX /shared/comment /private/comment\r
                * METADATA "" /shared/comment\r
                b OK NOOP completed\r

                """)
        #expect(await client.line("c NOOP") == "c OK NOOP completed\r\n")
        #expect(await client.line("d SETMETADATA INBOX (/shared/comment \"c\")") == "d OK SETMETADATA completed\r\n")
        #expect(await client.line("e IDLE") == "+ idling\r\n")
        await other.line("c SETMETADATA INBOX (/shared/comment NIL)")
        #expect(await hear(client) == "* METADATA INBOX /shared/comment\r\n")
        #expect(await client.line("DONE") == "e OK IDLE completed\r\n")
        await client.line("f SELECT INBOX")
        await client.line("g IDLE")
        await other.line("d CREATE x")
        await other.line("d SETMETADATA x (/shared/comment NIL /private/comment \"d\")")
        #expect(await hear(client) == "* METADATA x /private/comment\r\n")
        #expect(await client.line("DONE") == "g OK IDLE completed\r\n")
    }

    /// More changes than the store remembers: everything there is, and no more than once.
    @Test func aSessionThatMissedTooMuchIsToldOfEverything() async throws {
        let fixture = try fixture()
        let client = await fixture.logIn("alice", "secret")
        await client.line("a ENABLE METADATA")
        for round in 0..<30 {
            let values = Dictionary(uniqueKeysWithValues: (0..<50).map { ("/private/\($0)", "\(round)") })
            try set(fixture, values)
        }
        let told = await client.line("b NOOP")
        #expect(told.hasPrefix("* METADATA INBOX /private/"))
        #expect(told.split(separator: " ").count { $0.hasPrefix("/private/") } == 50)
        #expect(await client.line("c NOOP") == "c OK NOOP completed\r\n")
    }

    // MARK: LIST

    /// RFC 9590 section 4.
    @Test func listAnswersAnnotations() async throws {
        let client = try await fixture().logIn("alice", "secret")
        for line in ["CREATE foo", "CREATE bar/baz", "SUBSCRIBE INBOX", "SUBSCRIBE foo/below", "CREATE foo/below"] {
            await client.line("s \(line)")
        }
        await client.line("s DELETE bar")
        await client.line("s SETMETADATA INBOX (/shared/vendor/cmu/cyrus-imapd/color \"#b71c1c\")")
        await play(
            client,
            """
            C: A01 LIST "" % RETURN (METADATA ("/shared/vendor/cmu/cyrus-imapd/color"))
            S: * LIST () "/" INBOX
            S: * METADATA INBOX (/shared/vendor/cmu/cyrus-imapd/color "#b71c1c")
            S: * LIST (\\NonExistent \\HasChildren) "/" bar
            S: * LIST () "/" foo
            S: * METADATA foo (/shared/vendor/cmu/cyrus-imapd/color NIL)
            S: A01 OK LIST completed
            C: A02 LIST (SUBSCRIBED RECURSIVEMATCH) "" % RETURN (METADATA (/shared/vendor/cmu/cyrus-imapd/color))
            S: * LIST (\\Subscribed) "/" INBOX
            S: * METADATA INBOX (/shared/vendor/cmu/cyrus-imapd/color "#b71c1c")
            S: * LIST () "/" foo ("CHILDINFO" ("SUBSCRIBED"))
            S: A02 OK LIST completed
            """)
    }
}
