import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("METADATA: hostile input, and what is left behind")
struct MetadataHostileTests {
    private func fixture() throws -> Fixture {
        try Fixture(store: MemoryStore(sharedPrefix: "#shared/", mayAnnotateServer: { _ in true }))
    }

    private static let wrongNames = [
        "", "/", "comment", "/comment", "/private", "/shared", "/private/", "/private//a", "/private/a/", "//private/a",
        "/private/a*", "/private/%", "/private/a\u{19}", "/private/\u{1F}", "/private/\u{7F}", "/private/\u{E9}",
        "/privatex/a", "/vendor/a/b/c", "/shared/vendor", "/shared/vendor/x", "/private/VENDOR/x",
        "/private/" + String(repeating: "a", count: 1_016),
    ]

    /// Section 3.2: a name that is none is BAD, and sets nothing.
    @Test(arguments: wrongNames) func namesThatAreNone(_ name: String) async throws {
        let client = try await fixture().logIn("alice", "secret")
        #expect(await client.line("a SETMETADATA INBOX (/private/comment \"x\" \"\(name)\" \"y\")").hasPrefix("a BAD "))
        #expect(await client.line("b GETMETADATA INBOX /private/comment").contains("(/private/comment NIL)"))
        // What may have names below it can be asked for, as there may be some.
        let isPath = ["/private", "/shared", "/shared/vendor", "/shared/vendor/x", "/private/VENDOR/x"].contains(name)
        #expect(await client.line("c GETMETADATA INBOX \"\(name)\"").hasPrefix(isPath ? "c OK" : "c BAD "))
    }

    @Test(arguments: [
        "GETMETADATA", "GETMETADATA INBOX", "GETMETADATA INBOX ()", "GETMETADATA () INBOX /private/a",
        "GETMETADATA (MAXSIZE) INBOX /private/a", "GETMETADATA (MAXSIZE -1) INBOX /private/a",
        "GETMETADATA (MAXSIZE 4294967296) INBOX /private/a", "GETMETADATA (DEPTH 2) INBOX /private/a",
        "GETMETADATA (DEPTH infinit) INBOX /private/a", "GETMETADATA (DEPTH 1 DEPTH 1) INBOX /private/a",
        "GETMETADATA (DEEP 1) INBOX /private/a", "GETMETADATA (DEPTH 1) INBOX (MAXSIZE 1) /private/a",
        "GETMETADATA (DEPTH 1)INBOX /private/a", "GETMETADATA INBOX (/private/a", "GETMETADATA INBOX /private/a)",
        "GETMETADATA INBOX (/private/a) /private/b", "GETMETADATA INBOX  /private/a", "GETMETADATA INBOX /private/a ",
        "GETMETADATA INBOX ((/private/a))", "GETMETADATA INBOX NIL", "SETMETADATA", "SETMETADATA INBOX",
        "SETMETADATA INBOX ()", "SETMETADATA INBOX (/private/a)", "SETMETADATA INBOX /private/a \"b\"",
        "SETMETADATA INBOX (/private/a NIL ", "SETMETADATA INBOX (/private/a (b))",
        "SETMETADATA INBOX (/private/a \"b\") ",
        "SETMETADATA INBOX (/private/a \"b)", "SETMETADATA INBOX (/private/a b)", "LIST \"\" * RETURN (METADATA)",
        "LIST \"\" * RETURN (METADATA ())",
        "LIST \"\" * RETURN (METADATA (a))", "LIST \"\" * RETURN (METADATA /private/a)",
    ])
    func whatIsNoCommand(_ line: String) async throws {
        let client = try await fixture().logIn("alice", "secret")
        #expect(await client.line("a \(line)").hasPrefix("a BAD "))
        #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
    }

    /// Before login neither is there.
    @Test func neitherIsThereBeforeLogin() async throws {
        let client = try await fixture().connect()
        #expect(await client.line("a GETMETADATA \"\" /shared/comment").hasPrefix("a BAD "))
        #expect(await client.line("b SETMETADATA \"\" (/shared/comment {1}").hasPrefix("b BAD "))
    }

    /// R-LIT-9, R-OUT-2: any octets come back as they were, and NUL alone in a literal8.
    @Test func valuesAreOctets() async throws {
        let client = try await fixture().logIn("alice", "secret")
        #expect(await client.line("a SETMETADATA INBOX (/private/a {3+}\r\na\0b)").hasPrefix("a BAD "))
        let binary = await client.line("b SETMETADATA INBOX (/private/a ~{3+}\r\na\0b /private/b {2+}\r\n\r\n)")
        #expect(binary == "b OK SETMETADATA completed\r\n")
        let answer = await client.line("c GETMETADATA INBOX (/private/a /private/b)")
        #expect(answer.hasPrefix("* METADATA INBOX (/private/a ~{3}\r\na\0b /private/b {2}\r\n\r\n)\r\nc OK "))
        await client.line("d SETMETADATA INBOX (/private/a \"\" /private/b \"a\\\"b\\\\{5}\")")
        let quoted = await client.line("e GETMETADATA INBOX (/private/a /private/b)")
        #expect(quoted.hasPrefix("* METADATA INBOX (/private/a \"\" /private/b \"a\\\"b\\\\{5}\")\r\n"))
        #expect(await client.line("f SETMETADATA INBOX (/private/a nil)").hasPrefix("f OK"))
        #expect(await client.line("g GETMETADATA INBOX /private/a").contains("(/private/a NIL)"))
    }

    /// R-AZ-2: the same octets for a mailbox that does not exist, whatever is asked.
    @Test func mailboxesThatDoNotExist() async throws {
        let client = try await fixture().logIn("alice", "secret")
        for name in ["nowhere", "\"&x\"", "\"a//b\"", "#shared/nowhere"] {
            let get = await client.line("a GETMETADATA \(name) /private/a")
            #expect(get == "a NO [NONEXISTENT] No such mailbox\r\n", "\(name)")
            let set = await client.line("a SETMETADATA \(name) (/private/a \"b\")")
            #expect(set == "a NO [NONEXISTENT] No such mailbox\r\n", "\(name)")
        }
    }

    /// R-OUT-8: many large values are written a few at a time.
    @Test func aLongAnswerWaitsForItsReader() async throws {
        let fixture = try fixture()
        let value = [UInt8](repeating: 0x61, count: 60_000)
        for number in 0..<100 {
            let name = try #require(EntryName("/private/\(number)"))
            try fixture.store.annotate(.inbox, [AnnotationChange(name, value)], for: user("alice"))
        }
        let client = await fixture.logIn("alice", "secret")
        let answer = await client.line("a GETMETADATA (DEPTH infinity) INBOX /private")
        #expect(answer.utf8.count > 6_000_000 && answer.hasSuffix("a OK GETMETADATA completed\r\n"))
        #expect(answer.components(separatedBy: "* METADATA INBOX (").count == 101)
    }

    // MARK: Row 6: what transition 7 leaves

    /// U-X-10: nothing that one user annotated or enabled is there for the next, and a value of the first never is.
    @Test func unauthenticateEndsTheNewsAndHidesTheValues() async throws {
        let fixture = try fixture()
        let client = await fixture.logIn("admin", "root")
        await client.line("a ENABLE METADATA")
        for object in ["INBOX", "\"\""] { await client.line("b SETMETADATA \(object) (/private/comment \"canary\")") }
        await client.line("c SETMETADATA INBOX (/shared/comment \"canary\")")
        await client.line("d UNAUTHENTICATE")
        await client.line("e LOGIN bob hunter2")
        let fresh = await fixture.logIn("bob", "hunter2")
        let mark = try #require(EntryName("/private/mark"))
        try fixture.store.annotate(.inbox, [AnnotationChange(mark, [0x61])], for: user("bob"))
        try fixture.store.annotate(.inbox, [AnnotationChange(mark, [0x61])], for: user("admin"))
        for line in [
            "NOOP", "GETMETADATA INBOX (/private/comment /shared/comment)", "GETMETADATA \"\" /private/comment",
            "GETMETADATA (DEPTH infinity) INBOX (/private /shared)", "IDLE\r\nDONE", "ENABLE METADATA", "NOOP",
        ] {
            let answer = await client.line("f \(line)")
            #expect(answer == (await fresh.line("f \(line)")), "\(line)")
            #expect(!answer.contains("canary"), "\(line)")
        }
        // And for the first user again nothing is enabled.
        await client.line("g LOGOUT")
        let again = await fixture.logIn("admin", "root")
        #expect(await again.line("h NOOP") == "h OK NOOP completed\r\n")
    }

    /// METADATA-SERVER: no mailbox has annotations, and ENABLE knows it by its own name.
    @Test func aStoreWithoutAnnotatedMailboxesOffersTheServerAlone() throws {
        let extensions = IMAPExtension.standard.leavingOut(["METADATA"]) + [.metadataServer]
        #expect(throws: ConfigurationError.unsupportedByStore("METADATA-SERVER")) {
            _ = try Fixture(extensions: extensions)
        }
    }
}
