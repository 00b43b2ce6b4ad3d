import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A mailbox that all users share, `#s/x`, with messages in it, and the lists that a test gives it.
struct SharedLab {
    let fixture: Fixture
    let name: MailboxName

    init(_ lists: [(String, String)], messages: Int = 3, groups: [String: [String]] = [:]) throws {
        fixture = try Fixture(
            store: MemoryStore(
                sharedPrefix: "#s/",
                groups: { user in
                    (groups[String(decoding: user.name, as: UTF8.self)] ?? []).compactMap { AccessIdentifier($0) }
                }))
        name = try #require(MailboxName("#s/x"))
        try fixture.store.createMailbox(name, for: user("alice"))
        for number in 0..<messages {
            try fixture.store.append(octets("Subject: \(number)\r\n\r\nbody\r\n"), to: name, for: user("alice"))
        }
        try grant([("anyone", "")] + lists)
    }

    /// Each of these has these rights from now on.
    func grant(_ lists: [(String, String)], in mailbox: MailboxName? = nil) throws {
        for (identifier, rights) in lists {
            let change = RightsChange.replace(try #require(AccessRights(rights.utf8)))
            try fixture.store.changeRights(
                of: try #require(AccessIdentifier(identifier)), in: mailbox ?? name, change)
        }
    }

    func alice() async -> TestClient { await fixture.logIn("alice", "secret") }
    func bob() async -> TestClient { await fixture.logIn("bob", "hunter2") }
}

@Suite("ACL (RFC 4314) and LIST-MYRIGHTS (RFC 8440)")
struct ACLTests {
    private func play(_ client: TestClient, _ text: String) async {
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch.map(\.description) ?? "")")
    }

    // MARK: Lists

    /// Sections 2.1.1, 3.1 and 3.2: `c` and `d` stand for others, and are told with them.
    @Test func listsAreChangedAndTold() async throws {
        let client = try await SharedLab([("alice", "lrswipkxtea")]).alice()
        await play(
            client,
            """
            C: A001 SeTacl #s/x David lrswida
            S: A001 OK SETACL completed
            C: A002 getacl #s/x
            S: * ACL #s/x alice lrswipkxteacd David lrswitead
            S: A002 OK GETACL completed
            C: A003 Setacl #s/x Byron lrswikda
            S: A003 OK SETACL completed
            C: A004 SETACL #s/x Chris lrswi
            S: A004 OK SETACL completed
            C: A005 SETACL #s/x Chris +cda
            S: A005 OK SETACL completed
            C: A006 SETACL #s/x David -td
            S: A006 OK SETACL completed
            C: A007 GETACL #s/x
            S: * ACL #s/x alice lrswipkxteacd David lrswia Byron lrswikteacd Chris lrswikxteacd
            S: A007 OK GETACL completed
            C: A035 SETACL #s/x John lrQswicda
            S: A035 BAD There is no such right
            C: A036 SETACL #s/x John lrqswicda
            S: A036 BAD There is no such right
            C: B001 SETACL #s/x -David wetd
            S: B001 OK SETACL completed
            C: B002 DeleteAcl #s/x David
            S: B002 OK DELETEACL completed
            C: B003 DELETEACL #s/x nobody
            S: B003 OK DELETEACL completed
            C: B004 SETACL #s/x Byron ""
            S: B004 OK SETACL completed
            C: B005 GETACL #s/x
            S: * ACL #s/x alice lrswipkxteacd Chris lrswikxteacd -David wted
            S: B005 OK GETACL completed
            C: B006 LISTRIGHTS #s/x smith
            S: * LISTRIGHTS #s/x smith "" l r s w i p k x t e a c d
            S: B006 OK LISTRIGHTS completed
            C: B007 MYRIGHTS #s/x
            S: * MYRIGHTS #s/x lrswipkxteacd
            S: B007 OK MYRIGHTS completed
            """)
        #expect(await client.line("c CAPABILITY").contains(" ACL RIGHTS=texk LIST-MYRIGHTS "))
    }

    /// Section 2: an owner has every right in what is theirs alone, and nobody can be given one.
    @Test func aUsersOwnMailboxIsNobodyElses() async throws {
        let client = try await SharedLab([]).alice()
        await play(
            client,
            """
            C: a MYRIGHTS INBOX
            S: * MYRIGHTS INBOX lrswipkxteacd
            S: a OK MYRIGHTS completed
            C: b GETACL INBOX
            S: * ACL INBOX alice lrswipkxteacd
            S: b OK GETACL completed
            C: c LISTRIGHTS INBOX alice
            S: * LISTRIGHTS INBOX alice lrswipkxteacd
            S: c OK LISTRIGHTS completed
            C: d LISTRIGHTS INBOX bob
            S: * LISTRIGHTS INBOX bob ""
            S: d OK LISTRIGHTS completed
            C: e SETACL INBOX bob lr
            S: e NO [CANNOT] That cannot be done
            """)
    }

    /// Identifiers are any UTF-8; what is none is BAD (section 3), and no list is changed.
    @Test(arguments: ["\"\"", "\"-\"", "\"a\tb\"", "{2+}\r\n\r\n", "\"\u{7F}\"", "{1+}\r\n\u{1}"])
    func identifiersThatAreNone(_ identifier: String) async throws {
        let lab = try SharedLab([("alice", "lrswipkxtea")])
        let client = await lab.alice()
        for command in [
            "SETACL #s/x \(identifier) lr", "DELETEACL #s/x \(identifier)", "LISTRIGHTS #s/x \(identifier)",
        ] {
            #expect(await client.line("a \(command)").hasPrefix("a BAD "), "\(command)")
        }
        #expect(try lab.fixture.store.accessList(of: lab.name).count == 1)
        #expect(await client.send("b SETACL #s/x {2+}\r\n\u{E9} lr\r\n").hasPrefix("b OK"))
        #expect(await client.line("c GETACL #s/x").contains(" {2}\r\n\u{E9} lr\r\n"))
    }

    @Test(arguments: [
        "SETACL", "SETACL #s/x", "SETACL #s/x bob", "SETACL #s/x bob lr ", "SETACL #s/x bob lr x",
        "SETACL #s/x bob ++l",
        "SETACL #s/x bob l-r", "SETACL #s/x bob L", "SETACL #s/x bob \"l r\"", "SETACL #s/x bob 5",
        "SETACL #s/x (bob) l",
        "DELETEACL #s/x", "DELETEACL #s/x bob lr", "GETACL", "GETACL #s/x bob", "GETACL (#s/x)", "LISTRIGHTS #s/x",
        "LISTRIGHTS #s/x a b", "MYRIGHTS", "MYRIGHTS #s/x alice", "LIST \"\" * RETURN (MYRIGHTS (l))",
    ])
    func whatIsNoCommand(_ line: String) async throws {
        let lab = try SharedLab([("alice", "lrswipkxtea")])
        let client = await lab.alice()
        #expect(await client.line("a \(line)").hasPrefix("a BAD "))
        #expect(try lab.fixture.store.accessList(of: lab.name).map(\.identifier.description) == ["alice"])
    }

    // MARK: What is refused, and how

    /// R-AZ-2: for each command the answer about a mailbox one has no right for is that about one that does not exist.
    @Test func aMailboxWithoutRightsAndOneThatDoesNotExistLookTheSame() async throws {
        let lab = try SharedLab([("alice", "lrswipkxtea")])
        for selects in [false, true] {
            for command in [
                "SELECT NAME", "EXAMINE NAME", "STATUS NAME (MESSAGES MAILBOXID)", "LIST \"\" NAME", "LSUB \"\" NAME",
                "LIST \"\" #s/% RETURN (STATUS (MESSAGES) MYRIGHTS METADATA (/shared/comment))", "DELETE NAME",
                "RENAME NAME other", "RENAME NAME #s/other", "RENAME INBOX NAME/y", "GETACL NAME", "MYRIGHTS NAME",
                "LISTRIGHTS NAME bob", "SETACL NAME bob lr", "DELETEACL NAME bob", "GETMETADATA NAME /shared/comment",
                "SETMETADATA NAME (/shared/comment \"a\")", "GETQUOTAROOT NAME", "APPEND NAME {1+}\r\nx",
                "COPY 1 NAME", "MOVE 1 NAME", "SUBSCRIBE NAME\r\nb LSUB \"\" #s/*\r\nc LIST (SUBSCRIBED) \"\" *",
            ] {
                var answers: Set<String> = []
                for name in ["#s/x", "#s/z"] {
                    try lab.fixture.store.unsubscribe(from: lab.name, for: user("bob"))
                    let client = await lab.bob()
                    try lab.fixture.fill("bob", 1)
                    if selects { await client.line("s SELECT INBOX") }
                    let answer = await client.line("a " + command.replacing("NAME", with: name))
                    answers.insert(answer.replacing(name, with: "NAME"))
                    await client.line("z LOGOUT")
                    if command.hasPrefix("SUBSCRIBE"), let z = MailboxName("#s/z") {
                        try lab.fixture.store.unsubscribe(from: z, for: user("bob"))
                    }
                    let all = try lab.fixture.store.records(in: .inbox, for: user("bob")).map(\.uid)
                    try lab.fixture.store.remove(UIDSet(all), in: .inbox, for: user("bob"))
                }
                let normalised = Set(answers.map { Self.withoutNumbers($0) })
                #expect(normalised.count == 1, "\(command): \(answers)")
            }
        }
    }

    /// UIDs of the two tries are different ones.
    private static func withoutNumbers(_ text: String) -> String { text.replacing(/[0-9]+/, with: "N") }

    /// Section 4, commands by right: what suffices, and that it is NO [NOPERM] without.
    @Test(arguments: [
        ("r", "SELECT #s/x"), ("r", "EXAMINE #s/x"), ("r", "STATUS #s/x (MESSAGES)"), ("x", "DELETE #s/x"),
        ("k", "CREATE #s/x/y"), ("i", "APPEND #s/x {1+}\r\nx"), ("a", "GETACL #s/x"), ("a", "SETACL #s/x bob +p"),
        ("a", "DELETEACL #s/x carol"), ("a", "LISTRIGHTS #s/x carol"), ("i", "COPY 1 #s/x"),
        ("r", "GETMETADATA #s/x /shared/comment"),
    ])
    func rightsSuffice(_ right: String, _ command: String) async throws {
        for isGranted in [false, true] {
            let lab = try SharedLab([("bob", isGranted ? "l" + right : "l")])
            try lab.fixture.fill("bob", 1)
            let client = await lab.bob()
            await client.line("s SELECT INBOX")
            let answer = await client.line("a \(command)")
            #expect(
                answer.contains(isGranted ? "a OK " : "a NO [NOPERM] Permission denied\r\n"), "\(command): \(answer)")
        }
    }

    /// Section 4, LIST: what one may not look up is not there, and what is below it is.
    @Test func listShowsWhatOneMayLookUp() async throws {
        let lab = try SharedLab([("bob", "lr")])
        for name in ["#s/A", "#s/A/B", "#s/C"] {
            try lab.fixture.store.createMailbox(try #require(MailboxName(name)), for: user("alice"))
        }
        let hidden = try #require(MailboxName("#s/A"))
        try lab.grant([("anyone", "")], in: hidden)
        let client = await lab.bob()
        let list = await client.line("A777 LIST \"\" *")
        #expect(list.contains("\"/\" #s/A/B\r\n") && !list.contains("\"/\" #s/A\r\n"))
    }

    /// RFC 8440 section 4.
    @Test func listAnswersRights() async throws {
        let lab = try SharedLab([("bob", "lrs")])
        let client = await lab.bob()
        await client.line("s CREATE bar/baz")
        await client.line("s DELETE bar")
        await play(
            client,
            """
            C: A01 LIST "" (INBOX b% #s/%) RETURN (MYRIGHTS)
            S: * LIST () "/" INBOX
            S: * MYRIGHTS INBOX lrswipkxteacd
            S: * LIST () "/" #s/x
            S: * MYRIGHTS #s/x lrs
            S: * LIST (\\NonExistent \\HasChildren) "/" bar
            S: A01 OK LIST completed
            C: A02 SUBSCRIBE #s/x/y
            S: A02 OK SUBSCRIBE completed
            C: A03 LIST (SUBSCRIBED RECURSIVEMATCH) "" #s/% RETURN (MYRIGHTS)
            S: * LIST () "/" #s/x ("CHILDINFO" ("SUBSCRIBED"))
            S: A03 OK LIST completed
            """)
    }

    // MARK: Messages and flags

    /// Section 4: flags of copies that one may not set are lost.
    @Test func copiesComeWithTheFlagsOneMaySet() async throws {
        for (rights, expected) in [
            ("lrwis", ["(\\Draft)", "(\\Answered)", "(\\Seen $Forwarded)"]),
            ("lrsti", ["(\\Deleted)", "()", "(\\Seen)"]),
        ] {
            let lab = try SharedLab([("bob", rights)], messages: 0)
            try lab.fixture.fill("bob", 3)
            let client = await lab.bob()
            await client.line("a SELECT INBOX")
            await client.line("a STORE 1 FLAGS (\\Draft \\Deleted)")
            await client.line("a STORE 2 FLAGS (\\Answered)")
            await client.line("a STORE 3 FLAGS ($Forwarded \\Seen)")
            #expect(await client.line("A005 COPY 1:3 #s/x").contains("A005 OK "))
            await client.line("A006 EXAMINE #s/x")
            let fetched = await client.line("A007 FETCH 1:3 (FLAGS)")
            let found = fetched.matches(of: /FLAGS (\([^)]*\))/).map { match in
                String(match.1).replacing(" \\Recent", with: "").replacing("\\Recent", with: "")
            }
            #expect(found == expected)
        }
    }

    /// Section 5.1.1: FLAGS and PERMANENTFLAGS by rights; section 5.2: READ-ONLY without a right to change anything.
    @Test func selectSaysWhatOneMayChange() async throws {
        for (rights, access, flags) in [
            ("lr", "READ-ONLY", "()"), ("lrs", "READ-WRITE", "(\\Seen)"), ("lrt", "READ-WRITE", "(\\Deleted)"),
            ("lrw", "READ-WRITE", "(\\Answered \\Flagged \\Draft \\*)"), ("lri", "READ-WRITE", "()"),
            ("lre", "READ-WRITE", "()"), ("lrkxap", "READ-ONLY", "()"),
            ("lrwis", "READ-WRITE", "(\\Answered \\Flagged \\Seen \\Draft \\*)"),
        ] {
            let client = try await SharedLab([("bob", rights)]).bob()
            let answer = await client.line("A142 SELECT #s/x")
            #expect(answer.contains("\r\n* OK [PERMANENTFLAGS \(flags)] "), "\(rights): \(answer)")
            #expect(answer.contains("\r\nA142 OK [\(access)] "), "\(rights): \(answer)")
            #expect(answer.hasPrefix("* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r\n"))
        }
    }

    /// Section 4: STORE does what it may, and is NO when that is nothing; FETCH marks nothing; CLOSE is OK without `e`.
    @Test func commandsOfTheSelectedStateDoWhatOneMay() async throws {
        let lab = try SharedLab([("bob", "lrw")])
        let client = await lab.bob()
        await client.line("a SELECT #s/x")
        #expect(await client.line("b FETCH 1 BODY[]").contains("BODY[]"))
        #expect(await client.line("c FETCH 1 FLAGS") == "* 1 FETCH (FLAGS (\\Recent))\r\nc OK FETCH completed\r\n")
        let store = await client.line("d STORE 1 +FLAGS (\\Seen \\Flagged \\Deleted)")
        #expect(store == "* 1 FETCH (FLAGS (\\Flagged \\Recent))\r\nd OK STORE completed\r\n")
        #expect(await client.line("e STORE 1 +FLAGS (\\Seen)") == "e NO [NOPERM] Permission denied\r\n")
        #expect(await client.line("f EXPUNGE") == "f NO [NOPERM] Permission denied\r\n")
        #expect(await client.line("g MOVE 1 INBOX") == "g NO [NOPERM] Permission denied\r\n")
        try lab.fixture.store.changeFlags(
            .add([.deleted]), of: UIDSet(try #require(UID(2))), in: lab.name, for: user("alice"))
        #expect(await client.line("h CLOSE") == "h OK CLOSE completed\r\n")
        #expect(try lab.fixture.store.records(in: lab.name, for: user("alice")).count == 3)
    }

    /// R-ALG-6: a list has an end, and so has an identifier.
    @Test func aListIsNotEndless() async throws {
        let lab = try SharedLab([("alice", "lrswipkxtea")])
        for number in 0..<998 { try lab.grant([("user\(number)", "l")]) }
        let alice = await lab.alice()
        #expect(await alice.line("a SETACL #s/x last l") == "a OK SETACL completed\r\n")
        #expect(await alice.line("b SETACL #s/x more l").hasPrefix("b NO [LIMIT] "))
        #expect(await alice.line("c SETACL #s/x last lr") == "c OK SETACL completed\r\n")
        let long = String(repeating: "u", count: 1024)
        #expect(await alice.line("d SETACL #s/x \(long) l").hasPrefix("d NO [LIMIT] "))
        #expect(await alice.line("e SETACL #s/x \(long)u l").hasPrefix("e BAD "))
    }

    // MARK: Rights that change

    /// Section 5.1.1 and R-AZ-3: what is taken away is gone at the next command, and the client is told which flags.
    @Test func rightsAreThoseOfTheMoment() async throws {
        let lab = try SharedLab([("bob", "lrswite"), ("alice", "lrswipkxtea")])
        let (client, alice) = (await lab.bob(), await lab.alice())
        await client.line("a SELECT #s/x")
        #expect(await alice.line("a SETACL #s/x bob lrs") == "a OK SETACL completed\r\n")
        let noop = await client.line("b NOOP")
        #expect(
            noop == """
                * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)\r
                * OK [PERMANENTFLAGS (\\Seen)] Flags that can be kept\r
                b OK NOOP completed\r

                """)
        #expect(await client.line("c STORE 1 +FLAGS (\\Deleted)") == "c NO [NOPERM] Permission denied\r\n")
        #expect(await client.line("d NOOP") == "d OK NOOP completed\r\n")
        await alice.line("b SETACL #s/x bob +p")
        #expect(await client.line("e NOOP") == "e OK NOOP completed\r\n")
        // A keyword of another user is no right.
        await alice.line("c SELECT #s/x")
        await alice.line("c STORE 2 +FLAGS ($New)")
        #expect(await client.line("f NOOP") == "* 2 FETCH (FLAGS ($New \\Recent))\r\nf OK NOOP completed\r\n")
        await alice.line("d SETACL #s/x bob -r")
        #expect(await client.line("g FETCH 1 FLAGS").hasPrefix("* BYE "))
        #expect(client.transport.isClosed)
    }

    /// With IMAP4rev2 a mailbox that one may no longer read is closed, and the session goes on.
    @Test func aMailboxThatOneMayNoLongerReadIsClosed() async throws {
        let lab = try SharedLab([("bob", "lr")])
        let client = await lab.bob()
        await client.line("a ENABLE IMAP4rev2")
        await client.line("a SELECT #s/x")
        try lab.grant([("bob", "")])
        #expect(await client.line("b NOOP").hasPrefix("* OK [CLOSED] "))
        #expect(await client.line("c SELECT #s/x") == "c NO [NONEXISTENT] No such mailbox\r\n")
    }

    /// Groups are the host's, and are asked for at each call.
    @Test func groupsAreIdentifiersToo() async throws {
        let lab = try SharedLab([("$team", "lrs"), ("-bob", "s")], groups: ["bob": ["$team"], "carol": ["$team"]])
        #expect(await (await lab.bob()).line("a MYRIGHTS #s/x").hasPrefix("* MYRIGHTS #s/x lr\r\n"))
        let carol = await lab.fixture.logIn("carol", "carol")
        #expect(await carol.line("a MYRIGHTS #s/x").hasPrefix("* MYRIGHTS #s/x lrs\r\n"))
    }

    // MARK: Row 25

    /// U-X-9: the rights, groups and flags of one user are nothing to the next.
    @Test func unauthenticateLeavesNoRightsBehind() async throws {
        let lab = try SharedLab([("admin", "lrswipkxtea"), ("bob", "lr")], groups: ["admin": ["$team"]])
        let client = await lab.fixture.logIn("admin", "root")
        for line in ["MYRIGHTS #s/x", "SELECT #s/x", "SETACL #s/x $team lrswipkxtea", "LIST \"\" * RETURN (MYRIGHTS)"] {
            #expect(await client.line("a \(line)").contains("a OK "))
        }
        await client.line("b UNAUTHENTICATE")
        await client.line("c LOGIN bob hunter2")
        let fresh = await lab.bob()
        for line in [
            "NOOP", "MYRIGHTS #s/x", "GETACL #s/x", "SETACL #s/x bob a", "LIST \"\" * RETURN (MYRIGHTS)", "SELECT #s/x",
            "STORE 1 +FLAGS (\\Seen)", "EXPUNGE", "CREATE #s/x/y", "DELETE #s/x", "NOOP",
        ] {
            let answer = await client.line("d \(line)")
            #expect(answer == (await fresh.line("d \(line)")), "\(line)")
        }
        try lab.grant([("bob", "")])
        #expect(await client.line("e NOOP") == (await fresh.line("e NOOP")))
    }
}
