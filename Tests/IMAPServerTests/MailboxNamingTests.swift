import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Names of mailboxes (SEMANTICS 1; RFC 3501 sections 5.1 and 6.3.3 to 6.3.9)")
struct MailboxNamingTests {
    private func play(_ text: String) async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        let mismatch = await client.play(Transcript(text))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    @Test func inboxIsOneNameInAnyCaseAndNothingElseIs() async throws {
        try await play(
            """
            C: a CREATE iNbOx
            S: a NO [ALREADYEXISTS] ...
            C: b STATUS "inbox" (MESSAGES)
            S: * STATUS INBOX (MESSAGES 0)
            S: b OK ...
            C: c SUBSCRIBE {5+}
            C: InBoX
            S: c OK ...
            C: d LIST "" inbo%
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: d OK ...
            C: e LSUB "" "*BOX"
            S: * LSUB () "/" INBOX
            S: e OK ...
            C: f DELETE inbox
            S: f NO [CANNOT] ...
            C: g CREATE inboxes
            S: g OK ...
            C: h LIST "" INBOXES
            S: h OK ...
            C: i LIST in box
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: i OK ...
            C: j DELETE INBOXES
            S: j NO [NONEXISTENT] ...
            """)
    }

    /// Below INBOX a name stays as it was written, and its first level is INBOX all the same.
    @Test func namesBelowINBOXKeepTheirCase() async throws {
        try await play(
            """
            C: a CREATE inbox/x
            C: b CREATE INBOX/x
            C: c CREATE Inbox/y/z
            S: a OK ...
            S: b OK ...
            S: c OK ...
            C: d LIST "" *
            S: * LIST (\\HasChildren) "/" INBOX
            S: * LIST (\\HasNoChildren) "/" INBOX/x
            S: * LIST (\\HasChildren) "/" Inbox/y
            S: * LIST (\\HasNoChildren) "/" Inbox/y/z
            S: * LIST (\\HasNoChildren) "/" inbox/x
            S: d OK ...
            C: e LIST "" %
            S: * LIST (\\HasChildren) "/" INBOX
            S: e OK ...
            C: f LIST inbox/ %
            S: * LIST (\\HasNoChildren) "/" inbox/x
            S: f OK ...
            C: g LIST "" Inbox/%
            S: * LIST (\\HasChildren) "/" Inbox/y
            S: g OK ...
            C: h DELETE inbox/x
            S: h OK ...
            C: i LIST "" "INBOX/*"
            S: * LIST (\\HasNoChildren) "/" INBOX/x
            S: i OK ...
            C: j SUBSCRIBE inbox/w
            C: k LIST (SUBSCRIBED RECURSIVEMATCH) "" %
            S: j OK ...
            S: * LIST () "/" INBOX ("CHILDINFO" ("SUBSCRIBED"))
            S: k OK ...
            """)
    }

    /// One CREATE makes the levels above it, of which there are not more than anybody means.
    @Test func aNameMakesTheLevelsAboveIt() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        for (levels, made) in [(1, 2), (63, 64), (64, 0), (500, 0)] {
            let name = "\(levels)" + String(repeating: "/x", count: levels)
            #expect(await client.line("a CREATE \(name)").hasSuffix("] CREATE completed\r\n") == (made > 0))
            let count = try fixture.store.mailboxes(of: user("alice")).count {
                $0.name.octets.starts(with: octets("\(levels)"))
            }
            #expect(count == made)
        }
    }

    @Test func aSeparatorAtTheEndIsDroppedWhereANameIsMade() async throws {
        try await play(
            """
            C: a CREATE foo/bar/
            S: a OK ...
            C: b CREATE foo/bar
            S: b NO [ALREADYEXISTS] ...
            C: c RENAME foo/bar baz/
            S: c OK ...
            C: d SUBSCRIBE zap/
            S: d OK ...
            C: e LIST "" (* "") RETURN (SUBSCRIBED)
            S: * LIST () "/" INBOX
            S: * LIST () "/" baz
            S: * LIST () "/" foo
            S: e OK ...
            C: f LSUB "" *
            S: * LSUB (\\Noselect) "/" zap
            S: f OK ...
            C: g UNSUBSCRIBE zap/
            S: g OK ...
            C: h LSUB "" *
            S: h OK ...
            C: i CREATE x//y
            S: i NO [CANNOT] ...
            C: j CREATE /x
            S: j NO [CANNOT] ...
            C: k CREATE /
            S: k NO [CANNOT] ...
            C: l CREATE ""
            S: l NO [CANNOT] ...
            """)
    }

    /// Malformed modified UTF-7, 8-bit octets, and what is no Net-Unicode name.
    @Test(arguments: ["&", "&AA", "a&b", "&AOk", "&AGE-", "&2AA-", "&AIU-", "&ICg-", "\u{E9}", "a\u{7F}"])
    func aNameThatCannotBeIsNOAndNeverBAD(_ name: String) async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        let literal = "{\(name.utf8.count)+}\r\n\(name)"
        for (command, code) in [
            ("CREATE @", "CANNOT"), ("CREATE @/x", "CANNOT"), ("CREATE @ (USE (\\Sent))", "CANNOT"),
            ("DELETE @", "NONEXISTENT"), ("RENAME @ x", "NONEXISTENT"), ("RENAME INBOX @", "CANNOT"),
            ("SUBSCRIBE @", "CANNOT"), ("UNSUBSCRIBE @", "NONEXISTENT"), ("SELECT @", "NONEXISTENT"),
            ("EXAMINE @", "NONEXISTENT"), ("STATUS @ (MESSAGES)", "NONEXISTENT"),
        ] {
            let sent = command.replacing("@/x", with: "{\(name.utf8.count + 2)+}\r\n\(name)/x")
                .replacing("@", with: literal)
            let answer = await client.line("a \(sent)")
            #expect(answer.hasPrefix("a NO [\(code)] "), "\(command): \(answer)")
        }
        for command in ["LIST \"\" ", "LSUB \"\" ", "LIST (SUBSCRIBED) \"\" "] {
            #expect(await client.line("b \(command)\(literal)").hasPrefix("b OK "), "\(command)")
        }
        #expect(await client.line("c LIST {\(name.utf8.count)+}\r\n\(name) *") == "c OK LIST completed\r\n")
    }

    @Test func whatIsAboveANewMailboxIsMadeAndWhenItIsDeletedIsALevel() async throws {
        try await play(
            """
            C: a CREATE a/b/c
            S: a OK ...
            C: b LIST "" a%
            S: * LIST (\\HasChildren) "/" a
            S: b OK ...
            C: c DELETE a
            C: d DELETE a/b
            C: e LIST "" %
            S: c OK ...
            S: d OK ...
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\Noselect \\HasChildren) "/" a
            S: e OK ...
            C: f LIST "" a/%/%
            S: * LIST (\\HasNoChildren) "/" a/b/c
            S: f OK ...
            C: g LIST "" a*%
            S: * LIST (\\Noselect \\HasChildren) "/" a
            S: * LIST (\\Noselect \\HasChildren) "/" a/b
            S: * LIST (\\HasNoChildren) "/" a/b/c
            S: g OK ...
            C: h LIST "" a*
            S: * LIST (\\HasNoChildren) "/" a/b/c
            S: h OK ...
            C: i SELECT a
            S: i NO [NONEXISTENT] ...
            C: j STATUS a/b (MESSAGES)
            S: j NO [NONEXISTENT] ...
            C: k DELETE a
            S: k NO [NONEXISTENT] ...
            C: l RENAME a b
            S: l NO [NONEXISTENT] ...
            C: m CREATE a
            S: m OK ...
            C: n LIST "" a
            S: * LIST (\\HasChildren) "/" a
            S: n OK ...
            C: o RENAME a/b/c d/e
            S: o OK ...
            C: p LIST "" (*%)
            S: * LIST () "/" INBOX
            S: * LIST () "/" a
            S: * LIST () "/" d
            S: * LIST () "/" d/e
            S: p OK ...
            """)
    }

    @Test func renamingMovesWhatIsBelowAndSubscriptionsStay() async throws {
        try await play(
            """
            C: a CREATE X
            C: b CREATE X/a
            C: c CREATE X/a/b
            C: d CREATE Xa
            C: e CREATE Y/a
            C: f SUBSCRIBE X
            S: a OK ...
            S: b OK ...
            S: c OK ...
            S: d OK ...
            S: e OK ...
            S: f OK ...
            C: g RENAME X Y
            S: g NO [ALREADYEXISTS] ...
            C: h RENAME X X
            S: h NO [ALREADYEXISTS] ...
            C: i RENAME X Xa
            S: i NO [ALREADYEXISTS] ...
            C: j DELETE Y/a
            C: jj DELETE Y
            C: k RENAME X Y
            C: l LIST (SUBSCRIBED) "" *
            C: m LIST "" *
            S: j OK ...
            S: jj OK ...
            S: k OK ...
            S: * LIST (\\NonExistent \\Subscribed) "/" X
            S: l OK ...
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasNoChildren) "/" Xa
            S: * LIST (\\HasChildren) "/" Y
            S: * LIST (\\HasChildren) "/" Y/a
            S: * LIST (\\HasNoChildren) "/" Y/a/b
            S: m OK ...
            C: n CREATE INBOX/below
            C: o RENAME INBOX old-mail
            C: p LIST "" (INBOX* o*)
            S: n OK ...
            S: o OK ...
            S: * LIST () "/" INBOX
            S: * LIST () "/" INBOX/below
            S: * LIST () "/" old-mail
            S: p OK ...
            C: q RENAME old-mail inbox
            S: q NO [ALREADYEXISTS] ...
            """)
    }

    /// RFC 9051 section 6.3.5, its examples: a name that is no mailbox stays while there are mailboxes below it.
    @Test func aNameWithoutAMailboxIsDeletedWhenNothingIsBelowIt() async throws {
        let fixture = try Fixture()
        let foo = try #require(MailboxName("foo"))
        try fixture.store.createMailbox(foo, for: user("alice"), attributes: [.noSelect])
        let client = await fixture.logIn("alice", "secret")
        let mismatch = await client.play(
            Transcript(
                """
                C: a CREATE foo/bar
                C: b DELETE foo
                C: c LIST "" foo*
                S: a OK ...
                S: b NO [HASCHILDREN] There are mailboxes below it
                S: * LIST (\\Noselect \\HasChildren) "/" foo
                S: * LIST (\\HasNoChildren) "/" foo/bar
                S: c OK ...
                C: d DELETE foo/bar
                C: e LIST "" *
                C: f DELETE foo
                C: g LIST "" %
                S: d OK ...
                S: * LIST (\\HasNoChildren) "/" INBOX
                S: * LIST (\\Noselect \\HasNoChildren) "/" foo
                S: e OK ...
                S: f OK ...
                S: * LIST (\\HasNoChildren) "/" INBOX
                S: g OK ...
                """))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }

    /// R-SW-3
    @Test func theComposedAndTheDecomposedSpellingAreTwoMailboxes() async throws {
        try await play(
            """
            C: a CREATE &AOk-
            C: b CREATE e&AwE-
            S: a OK ...
            S: b OK ...
            C: c DELETE &AOk-
            S: c OK ...
            C: d LIST "" *
            S: * LIST (\\HasNoChildren) "/" INBOX
            S: * LIST (\\HasNoChildren) "/" e&AwE-
            S: d OK ...
            """)
    }

    @Test func aFlatStoreHasNoLevels() async throws {
        let fixture = try Fixture(store: MemoryStore(separator: nil))
        let client = await fixture.logIn("alice", "secret")
        let mismatch = await client.play(
            Transcript(
                """
                C: a CREATE a/b
                C: b CREATE a/
                S: a OK ...
                S: b OK ...
                C: c LIST "" %
                S: * LIST (\\HasNoChildren) NIL INBOX
                S: * LIST (\\HasNoChildren) NIL a/
                S: * LIST (\\HasNoChildren) NIL a/b
                S: c OK ...
                C: d LIST "" ""
                S: * LIST (\\Noselect) NIL ""
                S: d OK ...
                C: e LIST (SUBSCRIBED RECURSIVEMATCH) "" a
                S: e OK ...
                C: f NAMESPACE
                S: * NAMESPACE (("" NIL)) NIL NIL
                S: f OK ...
                """))
        #expect(mismatch == nil, "\(mismatch?.description ?? "")")
    }
}
