import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("QUOTA (RFC 9208)")
struct QuotaTests {
    private static let extensions: [IMAPExtension] = [
        .literalMinus, .namespace, .listExtended, .listStatus, .quota, .quotaSet, .appendLimit(), .uidPlus,
    ]

    private static func store(isSettable: Bool = true) -> QuotaStore {
        let store = QuotaStore(isSettable: isSettable)
        store.add(
            "#user/alice",
            [QuotaUsage(.storage, usage: 54, limit: 111), QuotaUsage(.message, usage: 42, limit: 1000)])
        store.add("!partition/sda4", [QuotaUsage(.storage, usage: 104, limit: 10_923_847)])
        return store
    }

    private static func logIn(
        _ store: any MailStore, _ user: String = "admin", _ extensions: [IMAPExtension] = extensions
    ) async throws -> TestClient {
        let server = try Server(
            store: store, authenticator: TestUsers(), extensions: extensions, clock: VirtualClock())
        let client = await TestClient.connect(to: server).client
        await client.line("l LOGIN \(user) \(user == "admin" ? "root" : "secret")")
        return client
    }

    private func play(_ client: TestClient, _ text: String) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    /// Sections 4.1.1 to 4.1.3, 4.2.
    @Test func theExamples() async throws {
        let store = Self.store()
        store.add("", [])
        await play(
            try await Self.logIn(store),
            """
            C: c CAPABILITY
            S: * CAPABILITY ... QUOTA QUOTA=RES-STORAGE QUOTA=RES-MESSAGE QUOTA=RES-X-BEANS QUOTASET ...
            S: c OK CAPABILITY completed
            C: G0001 GETQUOTA "!partition/sda4"
            S: * QUOTA !partition/sda4 (STORAGE 104 10923847)
            S: G0001 OK GETQUOTA completed
            C: G0002 GETQUOTAROOT inbox
            S: * QUOTAROOT INBOX #user/alice !partition/sda4 ""
            S: * QUOTA #user/alice (STORAGE 54 111 MESSAGE 42 1000)
            S: * QUOTA !partition/sda4 (STORAGE 104 10923847)
            S: * QUOTA "" ()
            S: G0002 OK GETQUOTAROOT completed
            C: G0003 GETQUOTAROOT comp.mail.mime
            S: * QUOTAROOT comp.mail.mime
            S: G0003 OK GETQUOTAROOT completed
            C: S0000 GETQUOTA "#user/alice"
            S: * QUOTA #user/alice (STORAGE 54 111 MESSAGE 42 1000)
            S: S0000 OK GETQUOTA completed
            C: S0001 SETQUOTA "#user/alice" (STORAGE 510)
            S: * QUOTA #user/alice (STORAGE 54 512)
            S: S0001 OK SETQUOTA completed
            C: S0002 SETQUOTA "!partition/sda4" (STORAGE 99999999)
            S: S0002 NO [CANNOT] ...
            C: S0003 SETQUOTA "" ()
            S: * QUOTA "" ()
            S: S0003 OK SETQUOTA completed
            C: S0004 getquota ""
            S: * QUOTA "" ()
            S: S0004 OK GETQUOTA completed
            C: S0005 SETQUOTA #user/alice (message 0 storage 9223372036854775807)
            S: * QUOTA #user/alice (MESSAGE 0 0 STORAGE 54 9223372036854775807)
            S: S0005 OK SETQUOTA completed
            """)
    }

    /// Section 4.1.4.
    @Test func whatAnExpungeWouldFree() async throws {
        let store = Self.store()
        for index in 1...12 {
            _ = try store.memory.append(octets("Subject: \(index)\r\n\r\nx\r\n"), to: .inbox, for: user("admin"))
        }
        let client = try await Self.logIn(store)
        await client.line("s SELECT INBOX")
        await client.line("d STORE 1:4 +FLAGS.SILENT (\\Deleted)")
        #expect(
            await client.line("S0003 STATUS INBOX (MESSAGES DELETED DELETED-STORAGE)")
                == "* STATUS INBOX (MESSAGES 12 DELETED 4 DELETED-STORAGE 68)\r\nS0003 OK STATUS completed\r\n")
        #expect(
            await client.line("a LIST \"\" INBOX RETURN (STATUS (DELETED-STORAGE DELETED))")
                .contains("* STATUS INBOX (DELETED-STORAGE 68 DELETED 4)\r\n"))
    }

    @Test func whatIsRefusedIsNO() async throws {
        let store = Self.store()
        await play(
            try await Self.logIn(store, "alice"),
            """
            C: a GETQUOTA nothing
            S: a NO [NONEXISTENT] No such quota root
            C: b GETQUOTAROOT secret
            S: b NO [NOPERM] ...
            C: c GETQUOTAROOT a&b
            S: c NO [NONEXISTENT] ...
            C: d SETQUOTA #user/alice (STORAGE 1)
            S: d NO [NOPERM] ...
            C: e GETQUOTA #user/alice
            S: * QUOTA #user/alice (STORAGE 54 111 MESSAGE 42 1000)
            S: e OK ...
            """)
        let admin = try await Self.logIn(store)
        #expect(await admin.line("f SETQUOTA nothing (STORAGE 1)") == "f NO [NONEXISTENT] No such quota root\r\n")
        #expect(await admin.line("g SETQUOTA #user/alice (MAILBOX 1)").hasPrefix("g NO [CANNOT] "))
        #expect(await admin.send("h GETQUOTA {3+}\r\na\r\n\r\n") == "h NO [NONEXISTENT] No such quota root\r\n")
        // A root that goes away is named without its limits; one that cannot be read is an answer of its own.
        store.fail("!partition/sda4", .nonExistent)
        #expect(
            await admin.line("i GETQUOTAROOT new")
                == "* QUOTAROOT new #user/alice !partition/sda4\r\n* QUOTA #user/alice (STORAGE 54 111 MESSAGE 42 1000)\r\n"
                + "i OK GETQUOTAROOT completed\r\n")
        store.fail("#user/alice", .unavailable)
        #expect(
            await admin.line("j GETQUOTAROOT new").hasSuffix(
                "\r\nj NO [UNAVAILABLE] Mail store unavailable, try again later\r\n"))
        // It is set, and cannot be seen.
        #expect(await admin.line("k SETQUOTA #user/alice (STORAGE 1)") == "k OK SETQUOTA completed\r\n")
    }

    @Test func whatTheGrammarDoesNotHaveIsBAD() async throws {
        let client = try await Self.logIn(Self.store())
        for bad in [
            "GETQUOTA", "GETQUOTA ", "GETQUOTA a b", "GETQUOTA (a)", "GETQUOTAROOT", "GETQUOTAROOT a b",
            "GETQUOTAROOT a%",
            "SETQUOTA", "SETQUOTA x", "SETQUOTA x STORAGE 1", "SETQUOTA x (STORAGE)", "SETQUOTA x (STORAGE 1",
            "SETQUOTA x (STORAGE -1)", "SETQUOTA x (STORAGE 9223372036854775808)", "SETQUOTA x (STORAGE 1 )",
            "SETQUOTA x (1 STORAGE)", "SETQUOTA x (STORAGE 1) y", "SETQUOTA x (STORAGE 1 storage 2)",
            "SETQUOTA x ((STORAGE 1))",
        ] {
            #expect(await client.line("a \(bad)").hasPrefix("a BAD "), "\(bad)")
            await client.line("n NOOP")
        }
    }

    /// Section 4.3.1.
    @Test func whatIsOverQuotaSaysSo() async throws {
        let store = Self.store()
        _ = try store.memory.append(octets("Subject: 1\r\n\r\nx\r\n"), to: .inbox, for: user("admin"))
        let client = try await Self.logIn(store)
        await client.line("s SELECT INBOX")
        store.fill()
        #expect(await client.line("a COPY 1 INBOX") == "a NO [OVERQUOTA] Quota exceeded\r\n")
        #expect(await client.send("b APPEND INBOX {3+}\r\nabc\r\n") == "b NO [OVERQUOTA] Quota exceeded\r\n")
        #expect(await client.line("c APPEND INBOX {3}") == "c NO [OVERQUOTA] Quota exceeded\r\n")
        #expect(await client.line("d NOOP") == "d OK NOOP completed\r\n")
    }

    /// A root may be called anything that can be sent; numbers have 63 bits.
    @Test func rootsAndNumbersAreWrittenAsTheGrammarHasThem() async throws {
        let store = QuotaStore()
        for name in ["a b", "NIL", "\"", "\u{E9}"] {
            store.add(name, [QuotaUsage(.message, usage: .max, limit: UInt64(Int64.max))])
        }
        let client = try await Self.logIn(store)
        let numbers = "(MESSAGE 9223372036854775807 9223372036854775807)\r\n"
        let answer = await client.line("a GETQUOTAROOT INBOX")
        for written in ["\"a b\"", "\"NIL\"", "\"\\\"\"", "{2}\r\n\u{E9}"] {
            #expect(answer.contains("* QUOTA \(written) \(numbers)"), "\(written)")
        }
        #expect(await client.send("b GETQUOTA {3+}\r\na b\r\n").contains("* QUOTA \"a b\" \(numbers)"))
        #expect(QuotaRoot([0x61, 0]) == nil)
    }

    /// QUOTASET and SETQUOTA stand and fall with what the store can do.
    @Test func capabilitiesFollowTheStore() async throws {
        let readable = Self.store(isSettable: false)
        #expect(throws: ConfigurationError.unsupportedByStore("QUOTASET")) {
            _ = try Server(store: readable, authenticator: TestUsers(), extensions: Self.extensions)
        }
        #expect(throws: ConfigurationError.unsupportedByStore("QUOTA")) {
            _ = try Server(store: PlainStore(), authenticator: TestUsers(), extensions: [.quota])
        }
        #expect(throws: ConfigurationError.missingRequirement("QUOTASET", "QUOTA")) {
            _ = try Server(store: Self.store(), authenticator: TestUsers(), extensions: [.quotaSet])
        }
        let client = try await Self.logIn(readable, "admin", Self.extensions.supported(by: readable))
        let capabilities = await client.line("a CAPABILITY")
        #expect(capabilities.contains(" QUOTA QUOTA=RES-STORAGE ") && !capabilities.contains("QUOTASET"))
        #expect(await client.line("b SETQUOTA x (STORAGE 1)") == "b BAD Unknown command\r\n")
        let plain = try await Self.logIn(PlainStore(), "admin", Self.extensions.supported(by: PlainStore()))
        #expect(!(await plain.line("c CAPABILITY")).contains("QUOTA"))
        #expect(await plain.line("d GETQUOTA x") == "d BAD Unknown command\r\n")
        #expect(await plain.line("e STATUS INBOX (DELETED)").hasPrefix("e BAD "))
    }
}
