import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A row of CONNECTION-STATE.md: what makes the state dirty, and what shows that it is.
struct DirtyRow: Sendable, CustomTestStringConvertible {
    let name: String
    let dirty: [String]
    let probe: [String]
    /// Whether the probe is of a session that has selected the INBOX.
    let selects: Bool
    /// Whether mail arrives for the old user between the dirtying and the UNAUTHENTICATE.
    let mailArrives: Bool

    init(
        _ name: String, dirty: [String], probe: [String], selects: Bool = true,
        mailArrives: Bool = false
    ) {
        self.name = name
        self.dirty = dirty
        self.probe = probe
        self.selects = selects
        self.mailArrives = mailArrives
    }

    var testDescription: String { name }

    static let all: [DirtyRow] =
        [
            DirtyRow(
                "1: the ENABLE set", dirty: ["ENABLE CONDSTORE QRESYNC UIDONLY IMAP4rev2 UTF8=ACCEPT"],
                probe: ["ENABLE CONDSTORE QRESYNC UIDONLY IMAP4rev2 UTF8=ACCEPT"], selects: false),
            DirtyRow(
                "2: CONDSTORE by ENABLE", dirty: ["ENABLE CONDSTORE", "SELECT INBOX"],
                probe: ["STORE 2 +FLAGS ($A)"]),
        ]
        + [
            "SELECT INBOX (CONDSTORE)", "FETCH 1 MODSEQ", "FETCH 1 FLAGS (CHANGEDSINCE 1)",
            "STORE 1 (UNCHANGEDSINCE 9999) +FLAGS.SILENT ()", "STATUS INBOX (HIGHESTMODSEQ)",
            "SEARCH MODSEQ 1",
            "LIST \"\" * RETURN (STATUS (HIGHESTMODSEQ))", "UID SEARCH RETURN (SAVE) MODSEQ 1",
        ].map {
            DirtyRow(
                "2: CONDSTORE by \($0)", dirty: ["SELECT INBOX", $0], probe: ["STORE 2 +FLAGS ($A)"])
        }
        + [
            "STORE 2 +FLAGS ($A)", "EXPUNGE", "UID EXPUNGE 1", "MOVE 1 INBOX", "UID MOVE 1 INBOX",
            "EXAMINE INBOX (QRESYNC (1 1))", "UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)",
        ]
        .map {
            DirtyRow(
                "3: QRESYNC, \($0)", dirty: ["ENABLE QRESYNC", "SELECT INBOX", "STORE 1 +FLAGS.SILENT (\\Deleted)"],
                probe: [$0])
        }
        + [
            "SEARCH ALL", "STORE 2 +FLAGS ($A)", "SELECT INBOX", "CREATE \"\u{e9}\"", "EXAMINE INBOX",
        ]
        .map {
            DirtyRow("4: IMAP4rev2, \($0)", dirty: ["ENABLE IMAP4rev2", "SELECT INBOX"], probe: [$0])
        }
        + [
            DirtyRow(
                "4: names as UTF-8", dirty: ["CREATE \"&AOk-\"", "ENABLE IMAP4rev2"],
                probe: ["LIST \"\" *"],
                selects: false),
            DirtyRow(
                "4: UTF-8 in quoted names", dirty: ["CREATE \"&AOk-\"", "ENABLE IMAP4rev2"],
                probe: ["STATUS \"\u{e9}\" (MESSAGES)"],
                selects: false),
        ]
        + [
            "LIST \"\" *", "STATUS \"\u{e9}\" (MESSAGES)", "CREATE \"\u{e8}\"", "SEARCH CHARSET KOI8-R ALL",
            "SEARCH CHARSET US-ASCII ALL", "SORT (SUBJECT) KOI8-R ALL",
            "APPEND INBOX {16+}\r\nSubject: \u{e9}\u{e9}\r\n\r",
            "APPEND INBOX UTF8 (~{16+}\r\nSubject: \u{e9}ab\r\n\r\n)",
        ]
        .map {
            DirtyRow(
                "5: UTF8=ACCEPT, \($0)", dirty: ["CREATE \"&AOk-\"", "ENABLE UTF8=ACCEPT", "SELECT INBOX"], probe: [$0])
        }
        + ["FETCH 1 FLAGS", "UID FETCH 1 FLAGS", "SEARCH 1", "SELECT INBOX", "UID STORE 1 +FLAGS ($A)"]
        .map { DirtyRow("7: UIDONLY, \($0)", dirty: ["ENABLE UIDONLY", "SELECT INBOX"], probe: [$0]) }
        + [
            "FETCH 1 FLAGS", "UID FETCH 1:* BODY.PEEK[]", "EXPUNGE", "CLOSE", "SEARCH ALL", "UNSELECT",
            "MOVE 1 INBOX",
        ]
        .map {
            DirtyRow(
                "10: the selected mailbox, \($0)", dirty: ["SELECT INBOX", "STORE 1 +FLAGS (\\Deleted)"],
                probe: [$0],
                selects: false)
        }
        + [
            DirtyRow(
                "10: that it is read-only", dirty: ["EXAMINE INBOX"],
                probe: ["STORE 1 +FLAGS ($A)", "FETCH 1 FLAGS"]),
            DirtyRow(
                "11: queued news", dirty: ["SELECT INBOX"], probe: ["NOOP"], selects: false,
                mailArrives: true),
            DirtyRow(
                "11: queued EXPUNGE",
                dirty: ["SELECT INBOX", "STORE 1 +FLAGS.SILENT (\\Deleted)", "UID EXPUNGE 9"],
                probe: ["CHECK", "NOOP"], selects: false, mailArrives: true),
            DirtyRow("12: what is recent", dirty: ["SELECT INBOX"], probe: ["FETCH 1:* FLAGS"]),
        ]
        + [
            "UID SEARCH $", "FETCH $ (UID FLAGS)", "COPY $ INBOX", "UID STORE $ +FLAGS ($A)",
            "SEARCH NOT $",
            "UID MOVE $ INBOX", "UID SEARCH RETURN (COUNT) OR $ SUBJECT nothing",
        ].map {
            DirtyRow(
                "13: $, \($0)", dirty: ["SELECT INBOX", "UID SEARCH RETURN (SAVE) 1:2"], probe: [$0])
        }
        + ["SEARCH RETURN (UPDATE) UNKEYWORD $A", "UID SORT RETURN (UPDATE) (REVERSE DATE) UTF-8 ALL"].flatMap {
            search in
            [
                "STORE 2 +FLAGS ($A)", "UID SEARCH RETURN (UPDATE COUNT) ALL", "CANCELUPDATE \"p\" \"d\"",
                "SORT RETURN (UPDATE COUNT) (DATE) UTF-8 ALL",
            ].map {
                DirtyRow(
                    "14: \(search), \($0)", dirty: ["SELECT INBOX", search], probe: [$0, "NOOP"], mailArrives: true)
            }
        }
        + [
            "NOOP", "SELECT nowhere", "XYZZY", "APPEND INBOX {3+}\r\nabc", "LANGUAGE mul", "SELECT INBOX",
        ]
        .map { DirtyRow("17: the language, \($0)", dirty: ["LANGUAGE de"], probe: [$0]) }
        + [
            "COMPARATOR", "SEARCH SUBJECT BOB", "UID SEARCH RETURN (COUNT) TEXT MAIL", "SORT (SUBJECT) UTF-8 ALL",
        ]
        .map {
            DirtyRow("19: the comparator, \($0)", dirty: ["COMPARATOR -i;octet"], probe: [$0])
        }
        + [
            DirtyRow(
                "15: a window of a search that is kept up to date",
                dirty: ["SELECT INBOX", "SEARCH RETURN (UPDATE PARTIAL 1:2) UNKEYWORD $A"],
                probe: ["STORE 1 +FLAGS ($A)", "NOOP"]),
            DirtyRow(
                "32: a watcher of IDLE", dirty: ["SELECT INBOX", "IDLE\r\nDONE"], probe: ["IDLE\r\nDONE"],
                selects: false, mailArrives: true),
            DirtyRow(
                "40: limits", dirty: ["SELECT INBOX"],
                probe: ["SEARCH TEXT {5000+}\r\n\(String(repeating: "x", count: 4000))"],
                selects: false),
        ]
}

@Suite("Every row of CONNECTION-STATE.md: dirty, UNAUTHENTICATE, and like a fresh connection (U-X)")
struct ResetRowsTests {
    private let fixture: Fixture

    init() throws {
        fixture = try Fixture()
        for name in ["bob", "carol"] {
            try fixture.fill(name, 3)
            try fixture.store.createMailbox("box", for: name)
        }
    }

    private func logIn(_ client: TestClient, _ name: String) async {
        #expect(
            await client.line(UnauthenticateReplyTests.authenticate("l", as: name)).hasPrefix("l OK "))
    }

    private func dirty(_ row: DirtyRow, _ client: TestClient) async throws {
        for line in row.dirty {
            #expect(!(await client.line("d \(line)")).contains("d BAD"), "\(line)")
        }
        if row.mailArrives { try fixture.fill("bob", 2) }
    }

    private func probe(_ row: DirtyRow, _ client: TestClient) async -> String {
        var output = ""
        for line in row.probe { output += await client.line("p \(line)") }
        return output
    }

    /// What a fresh connection of `name` shows, once bob has made things dirty on another one.
    private func expected(_ row: DirtyRow, _ name: String) async throws -> String {
        let lab = try ResetRowsTests()
        let other = await lab.fixture.connect()
        await lab.logIn(other, "bob")
        try await lab.dirty(row, other)
        other.transport.endInput()
        _ = await other.settle()
        let client = await lab.fixture.connect()
        await lab.logIn(client, name)
        if row.selects { await client.line("s SELECT INBOX") }
        return await lab.probe(row, client)
    }

    @Test(arguments: DirtyRow.all)
    func theProbeSeesTheState(_ row: DirtyRow) async throws {
        guard !row.name.hasPrefix("40") else { return }
        let client = await fixture.connect()
        await logIn(client, "bob")
        try await dirty(row, client)
        let output = await probe(row, client)
        #expect(output != (try await expected(row, "bob")), "the probe shows nothing: \(output)")
    }

    /// U-REG-2. ENABLE is U-X-1, CONDSTORE U-X-2, `$` U-X-3, UIDONLY U-X-8.
    @Test(arguments: DirtyRow.all, ["bob", "carol"])
    func afterUNAUTHENTICATEItSeesAFreshConnection(_ row: DirtyRow, _ name: String) async throws {
        let client = await fixture.connect()
        await logIn(client, "bob")
        try await dirty(row, client)
        #expect(await client.line("u UNAUTHENTICATE").hasPrefix("u OK [CAPABILITY "))
        await logIn(client, name)
        if row.selects { await client.line("s SELECT INBOX") }
        #expect(await probe(row, client) == (try await expected(row, name)))
    }

    /// U-P-6: the same with everything in one segment.
    @Test(arguments: DirtyRow.all)
    func pipelinedToo(_ row: DirtyRow) async throws {
        guard !row.mailArrives else { return }
        let client = await fixture.connect()
        await logIn(client, "bob")
        let login = UnauthenticateReplyTests.authenticate("l", as: "carol")
        let lines =
            row.dirty.map { "d \($0)" } + ["u UNAUTHENTICATE", login]
            + (row.selects ? ["s SELECT INBOX"] : [])
            + row.probe.map { "p \($0)" }
        let output = await client.send(lines.joined(separator: "\r\n") + "\r\n")
        let expected = try await expected(row, "carol")
        #expect(output.contains("\r\nu OK [CAPABILITY "))
        #expect(output.hasSuffix("\r\n" + expected), "\(output)\nand not\n\(expected)")
    }

    /// Row 35: the list is that of a fresh connection, in the OK and asked for, whoever was there before.
    @Test func capabilitiesAreThoseOfAFreshConnection() async throws {
        let client = await fixture.connect()
        func asked(_ client: TestClient) async -> String { await client.line("c CAPABILITY") }
        let before = await asked(client)
        await logIn(client, "bob")
        let after = await asked(client)
        await client.line("e ENABLE IMAP4rev2 UIDONLY CONDSTORE")
        #expect(await asked(client) == after)
        let reply = await client.line("u UNAUTHENTICATE")
        let list = before.dropFirst("* CAPABILITY ".count).prefix { $0 != "\r\n" }
        #expect(reply == "u OK [CAPABILITY \(list)] Not authenticated\r\n")
        #expect(await asked(client) == before)
        #expect(!(await client.line("l LOGIN bob hunter2")).contains("UNAUTHENTICATE"))
    }

    /// U-X-9: what is the host's to say of a user is asked anew: namespaces, quota roots, rights.
    @Test func whatTheHostSaysOfAUserIsAskedAnew() async throws {
        func probe(_ client: TestClient) async -> String {
            var output = ""
            for line in [
                "NAMESPACE", "GETQUOTAROOT INBOX", "GETQUOTA \"\"", "SETQUOTA \"\" (MESSAGE 1)", "LIST \"\" *",
            ] {
                output += await client.line("p \(line)")
            }
            return output
        }
        var seen: [String: String] = [:]
        for (name, limit) in [("bob", 1000), ("carol", 2000)] as [(String, UInt64)] {
            try fixture.store.setQuota([QuotaLimit(.message, limit)], for: user(name))
            let client = await fixture.connect()
            await logIn(client, name)
            seen[name] = await probe(client)
            #expect(seen[name]?.contains("MESSAGE 3 \(limit)") == true, "\(seen[name] ?? "")")
        }
        let client = await fixture.connect()
        for name in ["bob", "carol", "bob"] {
            await logIn(client, name)
            #expect(await probe(client) == seen[name])
            #expect(await client.line("u UNAUTHENTICATE").hasPrefix("u OK "))
        }
    }

    /// Row 46: what is the user's own, and not the connection's, is there when they come again, and for them alone.
    @Test func whatTheUserKeepsIsKept() async throws {
        let client = await fixture.connect()
        await logIn(client, "bob")
        for line in [
            "SUBSCRIBE gone", "CREATE sent (USE (\\Sent))", "SETMETADATA box (/private/comment \"mine\")",
            "SELECT INBOX", "STORE 1 +FLAGS.SILENT (\\Seen $Kept)",
        ] {
            #expect(await client.line("d \(line)").contains("d OK"), "\(line)")
        }
        let probe = [
            "LSUB \"\" *", "LIST (SPECIAL-USE) \"\" *", "GETMETADATA box /private/comment", "EXAMINE INBOX",
            "FETCH 1 FLAGS",
        ]
        func probed(_ client: TestClient) async -> String {
            var output = ""
            for line in probe { output += await client.line("p \(line)") }
            return output
        }
        for name in ["carol", "bob"] {
            #expect(await client.line("u UNAUTHENTICATE").hasPrefix("u OK "))
            await logIn(client, name)
            let found = await probed(client)
            let fresh = await fixture.connect()
            await logIn(fresh, name)
            #expect(found == (await probed(fresh)))
            for kept in ["\"/\" gone\r\n", "\\Sent", "\"mine\"", "$Kept"] {
                #expect(found.contains(kept) == (name == "bob"), "\(kept) for \(name): \(found)")
            }
        }
    }

    /// Row 26: the user's handles are closed when the OK is there, whatever was used.
    @Test func whatTheUserHadOpenIsClosed() async throws {
        for row in DirtyRow.all {
            let lab = try ResetRowsTests()
            let client = await lab.fixture.connect()
            await lab.logIn(client, "bob")
            try await lab.dirty(row, client)
            #expect(await client.line("u UNAUTHENTICATE").hasPrefix("u OK "))
            #expect(lab.fixture.store.openSessionCount == 0, "\(row.name)")
            #expect(lab.fixture.store.openMailboxCount == 0, "\(row.name)")
        }
    }
}

extension MemoryStore {
    fileprivate func createMailbox(_ name: String, for user: String) throws {
        guard let mailbox = MailboxName(octets(name)) else { return }
        try createMailbox(mailbox, for: IMAPServerTests.user(user))
    }
}
