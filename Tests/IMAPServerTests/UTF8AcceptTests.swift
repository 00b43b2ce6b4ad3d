import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("UTF8=ACCEPT (RFC 9755, RFC 6855)")
struct UTF8AcceptTests {
    private func play(_ text: String, on client: TestClient) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    private func enabled(_ fixture: Fixture, _ name: String = "alice", _ password: String = "secret") async
        -> TestClient
    {
        let client = await fixture.logIn(name, password)
        #expect(await client.line("e ENABLE UTF8=ACCEPT") == "* ENABLED UTF8=ACCEPT\r\ne OK ENABLE completed\r\n")
        return client
    }

    private let message = "From: j\u{fc}rgen@ex\u{e4}mple.org\r\nSubject: \u{65e5}\u{672c}\r\n\r\nbody \u{e9}\r\n"

    private func stored(_ fixture: Fixture) async throws -> [String] {
        var texts: [String] = []
        for record in try fixture.store.records(in: .inbox, for: user("alice")) {
            let body = try fixture.store.body(of: record.uid, in: .inbox, for: user("alice"))
            texts.append(String(decoding: try await body.read(at: 0, max: 100_000), as: UTF8.self))
        }
        return texts
    }

    /// Sections 3 and 6: advertised, `UTF8=ONLY` is not, and a word of neither switches anything on.
    @Test func itIsAdvertisedAloneAndEnabledByItsOwnName() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        let capabilities = await client.line("a CAPABILITY")
        #expect(capabilities.contains(" UTF8=ACCEPT "))
        #expect(!capabilities.contains("UTF8=ONLY"))
        await play(
            """
            C: b ENABLE UTF8=ONLY UTF8=ALL UTF8=USER UTF8=APPEND
            S: * ENABLED
            S: b OK ENABLE completed
            C: c CREATE "\u{fc}"
            S: c NO [CANNOT] ...
            C: d SELECT INBOX
            S: * FLAGS ...
            S: * 0 EXISTS
            S: * 0 RECENT
            S: * OK [UIDVALIDITY ...
            S: * OK [UIDNEXT 1] ...
            S: * OK [PERMANENTFLAGS ...
            S: * OK [HIGHESTMODSEQ ...
            S: * OK [MAILBOXID ...
            S: d OK [READ-WRITE] ...
            C: e ENABLE UTF8=ACCEPT
            S: e BAD Command not permitted in this state
            C: f CLOSE
            S: f OK CLOSE completed
            C: g ENABLE utf8=accept
            S: * ENABLED UTF8=ACCEPT
            S: g OK ENABLE completed
            """, on: client)
        let without = await (try Fixture(extensions: IMAPExtension.standard.leavingOut(["UTF8=ACCEPT"]))).logIn(
            "alice", "secret")
        #expect(!(await without.line("a CAPABILITY")).contains("UTF8="))
        #expect(await without.line("b ENABLE UTF8=ACCEPT") == "* ENABLED\r\nb OK ENABLE completed\r\n")
    }

    /// Section 3: names, in both directions, are UTF-8, and the one mailbox has both forms.
    @Test func mailboxNamesTravelAsUTF8() async throws {
        let fixture = try Fixture()
        let old = await fixture.logIn("alice", "secret")
        #expect(await old.line("a CREATE Entw&APw-rfe").hasSuffix(" CREATE completed\r\n"))
        let client = await enabled(fixture)
        await play(
            """
            C: a LIST "" *
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasNoChildren) "/" "Entw\u{fc}rfe"
            S: a OK LIST completed
            C: b STATUS "Entw\u{fc}rfe" (MESSAGES)
            S: * STATUS "Entw\u{fc}rfe" (MESSAGES 0)
            S: b OK STATUS completed
            C: c CREATE "\u{65e5}\u{672c}\u{8a9e}"
            S: c OK ...
            C: d SELECT Entw&APw-rfe
            S: d NO [NONEXISTENT] ...
            C: e SUBSCRIBE {9+}
            C: \u{65e5}\u{672c}\u{8a9e}
            S: e OK SUBSCRIBE completed
            C: f LSUB "" "\u{65e5}%"
            S: * LSUB () "/" "\u{65e5}\u{672c}\u{8a9e}"
            S: f OK LSUB completed
            """, on: client)
        #expect(await old.line("g LSUB \"\" *") == "* LSUB () \"/\" &ZeVnLIqe-\r\ng OK LSUB completed\r\n")
    }

    /// Section 3: no control characters, no line and paragraph separators.
    @Test(arguments: ["\u{7f}", "\u{80}", "\u{9f}", "\u{2028}", "\u{2029}", "a\u{1}b"])
    func namesHoldNoControls(_ name: String) async throws {
        let client = await enabled(try Fixture())
        #expect(await client.line("a CREATE \"x\(name)\"") == "a NO [CANNOT] That cannot be done\r\n")
    }

    /// Section 3: what is not UTF-8 in a quoted string is BAD, wherever it stands; the next command is read.
    @Test(
        arguments: [
            [0xFF], [0xC3], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func whatIsNotUTF8IsBAD(_ wrong: [UInt8]) async throws {
        let fixture = try Fixture()
        try fixture.fill("alice", 1)
        let client = await enabled(fixture)
        await client.line("s SELECT INBOX")
        for line in ["SELECT \"a@\"", "SEARCH SUBJECT \"@b\"", "LIST \"\" \"@\"", "ID (\"name\" \"@\")"] {
            let parts = octets("t \(line)\r\n").split(separator: 0x40, omittingEmptySubsequences: false)
            let answer = await client.send(Array(parts[0]) + wrong + Array(parts[1]), cutAt: [])
            #expect(answer == "t BAD Text is not UTF-8\r\n", "\(line)")
        }
        #expect(await client.line("u NOOP") == "u OK NOOP completed\r\n")
    }

    /// Section 3: no charset in SEARCH, and in SORT and THREAD, which must name one, none but UTF-8.
    @Test func searchNamesNoCharset() async throws {
        let fixture = try Fixture()
        _ = try fixture.store.append(octets(message), to: .inbox, for: user("alice"))
        let client = await enabled(fixture)
        await client.line("s SELECT INBOX")
        await play(
            """
            C: a SEARCH SUBJECT "\u{65e5}"
            S: * SEARCH 1
            S: a OK SEARCH completed
            C: b SEARCH CHARSET UTF-8 SUBJECT "\u{65e5}"
            S: b BAD Texts are in UTF-8 in this session
            C: c UID SEARCH RETURN (COUNT) CHARSET KOI8-R ALL
            S: c BAD Texts are in UTF-8 in this session
            C: d SORT (SUBJECT) utf-8 FROM "J\u{dc}RGEN"
            S: * SORT 1
            S: d OK SORT completed
            C: e SORT (SUBJECT) KOI8-R ALL
            S: e BAD Texts are in UTF-8 in this session
            C: g SORT (SUBJECT) US-ASCII ALL
            S: * SORT 1
            S: g OK SORT completed
            C: f UID THREAD REFERENCES XYZZY ALL
            S: f BAD Texts are in UTF-8 in this session
            """, on: client)
    }

    /// Section 3: quoted strings to the client hold UTF-8 only when it asked for that.
    @Test func envelopesAreQuotedInUTF8() async throws {
        let fixture = try Fixture()
        _ = try fixture.store.append(octets(message), to: .inbox, for: user("alice"))
        let old = await fixture.logIn("alice", "secret")
        await old.line("s SELECT INBOX")
        #expect(await old.line("a FETCH 1 ENVELOPE").contains("(NIL {6}\r\n\u{65e5}\u{672c} "))
        let client = await enabled(fixture)
        await client.line("s EXAMINE INBOX")
        let envelope = await client.line("a FETCH 1 ENVELOPE")
        #expect(envelope.contains("(NIL \"\u{65e5}\u{672c}\" ((NIL NIL \"j\u{fc}rgen\" \"ex\u{e4}mple.org\"))"))
    }

    /// RFC 9755 section 4 and RFC 6855 section 4: with and without `UTF8 (...)`.
    @Test func messagesWithUTF8InTheirHeadersAreAppended() async throws {
        let fixture = try Fixture()
        let client = await enabled(fixture)
        let size = message.utf8.count
        #expect(
            await client.send("a APPEND INBOX {\(size)+}\r\n\(message)\r\n")
                == "a OK [APPENDUID 1 1] APPEND completed\r\n")
        #expect(await client.line("b APPEND INBOX (\\Seen) UTF8 (~{\(size)}") == "+ Ready for literal data\r\n")
        #expect(await client.send("\(message))\r\n") == "b OK [APPENDUID 1 2] APPEND completed\r\n")
        #expect(
            await client.send(
                "c APPEND INBOX \"01-Jan-2024 00:00:00 +0000\" utf8 (~{\(size)+}\r\n\(message)) {3+}\r\nabc (\\Seen) "
                    + "UTF8 (~{\(size)+}\r\n\(message))\r\n") == "c OK [APPENDUID 1 3:5] APPEND completed\r\n")
        #expect(try await stored(fixture) == [message, message, message, "abc", message])
        let flags = try fixture.store.records(in: .inbox, for: user("alice")).map { $0.flags ?? [] }
        #expect(flags.map { $0.contains(.seen) } == [false, true, false, false, true])
    }

    /// Each is BAD, nothing is stored, and the next command is read as what it is.
    @Test(arguments: [
        "UTF8 {3+}\r\nabc", "UTF8 ({3+}\r\nabc)", "UTF8 (~{3+}\r\nabc", "UTF8 (~{3+}\r\nabc))",
        "UTF8 (~{3+}\r\nabc) ", "UTF8(~{3+}\r\nabc)", "UTF8 ((~{3+}\r\nabc))", "UTF9 (~{3+}\r\nabc)",
        "UTF8 (~{3+}\r\nabc ~{3+}\r\nabc)", "(~{3+}\r\nabc)", "UTF8 ()", "UTF8", "UTF8 (\"abc\")",
        "UTF8 (UTF8 (~{3+}\r\nabc))", "{3+}\r\nabc)", "UTF8 (\\Seen) (~{3+}\r\nabc)",
    ])
    func anythingElseAroundTheMessageIsBAD(_ arguments: String) async throws {
        let fixture = try Fixture()
        let client = await enabled(fixture)
        let answer = await client.send("a APPEND INBOX \(arguments)\r\nb NOOP\r\n")
        #expect(answer.hasPrefix("a BAD "), "\(answer)")
        #expect(answer.hasSuffix("\r\nb OK NOOP completed\r\n"), "\(answer)")
        #expect(try await stored(fixture) == [])
    }

    /// RFC 9755 section 4: before ENABLE, NO. What is announced in `UTF8 (...)` is not invited.
    @Test func beforeENABLEHeadersAreASCII() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        let refusal = "NO [CANNOT] Headers that are not ASCII are taken after ENABLE UTF8=ACCEPT\r\n"
        let size = message.utf8.count
        #expect(await client.line("a APPEND INBOX UTF8 (~{\(size)}") == "a \(refusal)")
        #expect(
            await client.send("b APPEND INBOX UTF8 (~{5+}\r\nabcde)\r\nc NOOP\r\n")
                == "b \(refusal)c OK NOOP completed\r\n")
        #expect(
            await client.send("d APPEND INBOX {\(size)+}\r\n\(message)\r\ne NOOP\r\n")
                == "d \(refusal)e OK NOOP completed\r\n")
        // All or nothing, and octets above ASCII are the body's own business.
        #expect(
            await client.send("f APPEND INBOX {3+}\r\nabc {\(size)+}\r\n\(message)\r\ng NOOP\r\n")
                == "f \(refusal)g OK NOOP completed\r\n")
        #expect(try await stored(fixture) == [])
        for body in ["Subject: a\r\n\r\n\u{e9}\r\n", "\r\n\u{e9}\r\n", "\n\u{e9}", "Subject: a\n\n\u{e9}"] {
            let answer = await client.send("h APPEND INBOX {\(body.utf8.count)+}\r\n\(body)\r\n")
            #expect(answer.hasPrefix("h OK [APPENDUID "), "\(body)")
        }
        #expect(try await stored(fixture).count == 4)
    }

    /// However the message is cut, the header ends where it ends.
    @Test func theHeaderIsWatchedAcrossPieces() async throws {
        for text in ["A: b\r\n\u{e9}: c\r\n\r\nx", "A: b\r\n\r\n\u{e9}: c\r\n\r\nx"] {
            let isRefused = !text.contains("b\r\n\r\n")
            for cut in 1..<text.utf8.count {
                let fixture = try Fixture()
                let client = await fixture.logIn("alice", "secret")
                let front = "a APPEND INBOX {\(text.utf8.count)+}\r\n"
                let answer = await client.send(octets("\(front)\(text)\r\n"), cutAt: [front.utf8.count + cut])
                #expect(answer.hasPrefix(isRefused ? "a NO [CANNOT] " : "a OK "), "\(cut): \(answer)")
            }
        }
    }

    @Test func nulInUTF8DataIsRefusedAsElsewhere() async throws {
        let fixture = try Fixture(extensions: IMAPExtension.standard.leavingOut(["BINARY"]))
        let client = await enabled(fixture)
        #expect(
            await client.send("a APPEND INBOX UTF8 (~{3+}\r\na\0b)\r\nb NOOP\r\n")
                == "a NO [CANNOT] A message that holds NUL is not stored\r\nb OK NOOP completed\r\n")
    }

    /// RFC 9755 section 6: `message/global` is a message like any other.
    @Test func aGlobalMessageHasAnEnvelope() async throws {
        let fixture = try Fixture()
        _ = try fixture.store.append(
            octets("Content-Type: message/global\r\n\r\nSubject: \u{e9}\r\n\r\nx\r\n"), to: .inbox, for: user("alice"))
        let client = await enabled(fixture)
        await client.line("s SELECT INBOX")
        let structure = await client.line("a FETCH 1 BODYSTRUCTURE")
        #expect(structure.contains("(\"message\" \"global\" NIL NIL NIL \"7bit\" 18 (NIL \"\u{e9}\" "), "\(structure)")
    }

    /// IMAP4rev2 has names and headers in UTF-8 built in, and no rule about charsets. Both can be on.
    @Test func itGoesWithIMAP4rev2() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("admin", "root")
        #expect(await client.line("a ENABLE IMAP4rev2") == "* ENABLED IMAP4rev2\r\na OK ENABLE completed\r\n")
        #expect(await client.send("b APPEND INBOX {15+}\r\nSubject: \u{e9}\r\n\r\n\r\n").hasPrefix("b OK "))
        #expect(await client.line("c ENABLE UTF8=ACCEPT") == "* ENABLED UTF8=ACCEPT\r\nc OK ENABLE completed\r\n")
        await client.line("d SELECT INBOX")
        #expect(await client.line("e SEARCH CHARSET UTF-8 ALL") == "e BAD Texts are in UTF-8 in this session\r\n")
        #expect(await client.line("f SEARCH ALL") == "* ESEARCH (TAG \"f\") ALL 1\r\nf OK SEARCH completed\r\n")
        await client.line("g UNAUTHENTICATE")
        await client.line("h LOGIN admin root")
        #expect(await client.line("i CREATE \"\u{e9}\"") == "i NO [CANNOT] That cannot be done\r\n")
        #expect(await client.send("j APPEND INBOX {15+}\r\nSubject: \u{e9}\r\n\r\n\r\n").hasPrefix("j NO [CANNOT] "))
        await client.line("k SELECT INBOX")
        #expect(await client.line("l SEARCH CHARSET UTF-8 ALL") == "* SEARCH 1\r\nl OK SEARCH completed\r\n")
    }

    /// CONNECTION-STATE row 5, U-P-6: off before the next octet is read. What is in the same segment behind
    /// UNAUTHENTICATE is read as a new connection reads it.
    @Test func unauthenticateSwitchesItOffBeforeTheNextOctet() async throws {
        let fixture = try Fixture()
        let client = await enabled(fixture, "admin", "root")
        #expect(await client.line("a CREATE \"\u{e9}\"").hasSuffix(" CREATE completed\r\n"))
        let answer = await client.send(
            octets("b UNAUTHENTICATE\r\nc LOGIN admin root\r\nd SELECT \"") + [0xFF, 0xC3]
                + octets("\"\r\ne LIST \"\" *\r\nf STATUS \"\u{e9}\" (MESSAGES)\r\ng SELECT INBOX\r\n")
                + octets("h SEARCH CHARSET UTF-8 ALL\r\ni APPEND INBOX UTF8 (~{3+}\r\nabc)\r\n"),
            cutAt: [])
        let lines = answer.split(separator: "\r\n").map(String.init)
        #expect(lines.contains("d NO [NONEXISTENT] No such mailbox"), "\(answer)")
        #expect(lines.contains("* LIST (\\HasNoChildren) \"/\" &AOk-"), "\(answer)")
        #expect(lines.contains("f NO [NONEXISTENT] No such mailbox"), "\(answer)")
        #expect(lines.contains("h OK SEARCH completed"), "\(answer)")
        #expect(lines.last?.hasPrefix("i NO [CANNOT] ") == true, "\(answer)")
    }

    /// RFC 9755 section 5: LOGIN is not extended; before login nothing is on.
    @Test func loginTakesNoMoreThanBefore() async throws {
        let users = TestUsers(users: ["j\u{fc}rgen": "secret"])
        let fixture = try Fixture(users: users)
        let client = await fixture.connect()
        let credentials = base64("\0j\u{fc}rgen\0secret")
        #expect(await client.line("a AUTHENTICATE PLAIN \(credentials)").hasPrefix("a OK "))
    }
}
