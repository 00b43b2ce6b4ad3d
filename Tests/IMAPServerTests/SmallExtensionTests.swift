import IMAPExtensions
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("ID (RFC 2971), UNSELECT (RFC 3691), CHILDREN (RFC 3348)")
struct SmallExtensionTests {
    private func play(_ client: TestClient, _ text: String) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    // MARK: ID

    /// RFC 2971 section 3.1, its examples; in any state, and as often as the client likes.
    @Test func aServerSaysWhatItsHostSays() async throws {
        let program = try #require(
            ClientIdentification([
                .init(name: octets("name"), value: octets("Cyrus")), .init(name: octets("support-url"), value: nil),
            ]))
        let fixture = try Fixture(extensions: [.id(program), .unselect])
        let client = await fixture.connect()
        await play(
            client,
            """
            C: a023 ID ("name" "sodr" "version" "19.34" "vendor" "Pink Floyd Music Limited")
            S: * ID ("name" "Cyrus" "support-url" NIL)
            S: a023 OK ID completed
            C: a024 LOGIN alice secret
            S: a024 OK ...
            C: a025 id nil
            S: * ID ("name" "Cyrus" "support-url" NIL)
            S: a025 OK ID completed
            """)
        await client.line("a026 SELECT INBOX")
        await play(
            client,
            """
            C: a027 ID ()
            S: * ID ("name" "Cyrus" "support-url" NIL)
            S: a027 OK ID completed
            """)
    }

    /// RFC 2971 section 3.3: thirty fields, names of 30 octets, values of 1,024; and what is no list of fields.
    @Test func fieldsHaveLimits() async throws {
        let fixture = try Fixture(extensions: [.id()])
        func reply(_ line: String) async -> String { await fixture.connect().line(line) }
        func fields(_ count: Int, name: Int = 3, value: Int = 1) -> String {
            let names = (0..<count).map { number in
                let front = "\(number)"
                return "\"\(front)\(String(repeating: "n", count: name - front.count))\""
            }
            return names.map { "\($0) \"\(String(repeating: "v", count: value))\"" }.joined(separator: " ")
        }
        for good in [fields(30), fields(1, name: 30), fields(1, value: 1024), "\"a\" NIL"] {
            #expect(await reply("a ID (\(good))") == "* ID NIL\r\na OK ID completed\r\n", "\(good.prefix(40))")
        }
        for bad in [
            fields(31), fields(1, name: 31), fields(1, value: 1025), "\"a\"", "NIL \"a\"", "\"a\" \"b\" ", "a b",
        ] {
            #expect(await reply("a ID (\(bad))").hasPrefix("a BAD "), "\(bad.prefix(40))")
        }
        for bad in ["ID", "ID ", "ID \"a\"", "ID NIL x", "ID (\"a\" \"b\"", "ID ((\"a\" \"b\"))"] {
            #expect(await reply("a \(bad)").hasPrefix("a BAD "), "\(bad)")
        }
    }

    // MARK: UNSELECT

    /// RFC 3691 section 2: the mailbox is left as CLOSE leaves it, and nothing is expunged.
    @Test func unselectExpungesNothing() async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 2)
        let client = await fixture.logIn("alice", "secret")
        await client.line("a SELECT INBOX")
        await client.line("b STORE 1 +FLAGS.SILENT (\\Deleted)")
        await play(
            client,
            """
            C: c UNSELECT
            S: c OK UNSELECT completed
            C: d UNSELECT
            S: d BAD Command not permitted in this state
            C: e FETCH 1 FLAGS
            S: e BAD Command not permitted in this state
            C: f STATUS INBOX (MESSAGES)
            S: * STATUS INBOX (MESSAGES 2)
            S: f OK STATUS completed
            """)
        await client.line("g SELECT INBOX")
        #expect(await client.line("h CLOSE") == "h OK CLOSE completed\r\n")
        await play(
            client,
            """
            C: i STATUS INBOX (MESSAGES)
            S: * STATUS INBOX (MESSAGES 1)
            S: i OK STATUS completed
            """)
        #expect(fixture.store.openMailboxCount == 0)
    }

    // MARK: CHILDREN

    /// RFC 3348 section 3: one of the two of every mailbox that could have children, and never both.
    @Test func listSaysWhichMailboxesHaveChildren() async throws {
        let client = await (try Fixture(extensions: [.children, .unselect])).logIn("alice", "secret")
        for name in ["ITEM_1", "ITEM_1/ITEM_1_A", "ITEM_2", "TOP_TEST/x"] { await client.line("c CREATE \(name)") }
        await play(
            client,
            """
            C: A001 LIST "" *
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasChildren) "/" ITEM_1
            S: * LIST (\\HasNoChildren) "/" ITEM_1/ITEM_1_A
            S: * LIST (\\HasNoChildren) "/" ITEM_2
            S: * LIST (\\HasChildren) "/" TOP_TEST
            S: * LIST (\\HasNoChildren) "/" TOP_TEST/x
            S: A001 OK LIST completed
            C: A002 LIST "" %
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasChildren) "/" ITEM_1
            S: * LIST (\\HasNoChildren) "/" ITEM_2
            S: * LIST (\\HasChildren) "/" TOP_TEST
            S: A002 OK LIST completed
            """)
        await client.line("d DELETE ITEM_1/ITEM_1_A")
        #expect(await client.line("e LIST \"\" ITEM_1").hasPrefix("* LIST (\\HasNoChildren) \"/\" ITEM_1\r\n"))
        let without = await (try Fixture(extensions: [.unselect])).logIn("alice", "secret")
        #expect(await without.line("f LIST \"\" *").hasPrefix("* LIST () \"/\" INBOX\r\n"))
    }
}

@Suite("SASL PLAIN (RFC 4616) and LOGIN (draft-murchison-sasl-login)")
struct PasswordMechanismTests {
    private func reply(_ text: String) async throws -> String {
        await (try Fixture()).connect().send(text)
    }

    /// RFC 4616 section 2: an authorisation identity, none, and the user's own.
    @Test(arguments: [
        ("\0alice\0secret", "OK"), ("alice\0alice\0secret", "OK"), ("bob\0admin\0root", "OK"),
        ("bob\0alice\0secret", "NO [AUTHORIZATIONFAILED]"), ("\0alice\0wrong", "NO [AUTHENTICATIONFAILED]"),
        ("\0nobody\0secret", "NO [AUTHENTICATIONFAILED]"), ("\0\0secret", "BAD "),
        ("\0alice\0", "BAD "), ("\0alice", "BAD "),
        ("alice", "BAD "), ("", "BAD "),
        ("\0alice\0secret\0", "BAD "),
    ])
    func plain(_ message: String, _ outcome: String) async throws {
        let encoded = message.isEmpty ? "=" : base64(message)
        #expect(try await reply("a AUTHENTICATE PLAIN \(encoded)\r\n").hasPrefix("a \(outcome)"), "\(message)")
        let asked = try await reply("a AUTHENTICATE PLAIN\r\n\(message.isEmpty ? "" : encoded)\r\n")
        #expect(asked.hasPrefix("+ \r\na \(outcome)"), "\(asked)")
    }

    /// draft-murchison-sasl-login section 2: two prompts; a user name may come with the command.
    @Test func login() async throws {
        let (name, password) = (base64("alice"), base64("secret"))
        let prompts = ["+ VXNlciBOYW1l\r\n", "+ UGFzc3dvcmQ=\r\n"]
        let both = try await reply("a AUTHENTICATE LOGIN\r\n\(name)\r\n\(password)\r\n")
        #expect(both.hasPrefix(prompts.joined() + "a OK "), "\(both)")
        let early = try await reply("a AUTHENTICATE LOGIN \(name)\r\n\(password)\r\n")
        #expect(early.hasPrefix(prompts[1] + "a OK "), "\(early)")
        let wrong = try await reply("a AUTHENTICATE LOGIN \(name)\r\n\(base64("x"))\r\n")
        #expect(wrong == prompts[1] + "a NO [AUTHENTICATIONFAILED] Authentication failed\r\n")
        #expect(try await reply("a AUTHENTICATE LOGIN \(name)\r\n*\r\n").hasPrefix(prompts[1] + "a BAD "))
    }
}
