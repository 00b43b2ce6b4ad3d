import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// The examples of section 5. Names are in this server's order, and attributes in its own.
@Suite("LIST-EXTENDED (RFC 5258)")
struct ListExtendedTests {
    private static let local = [
        entry("inbox", [.marked, .noInferiors], subscribed: true), entry("Fruit"), entry("Fruit/Apple"),
        entry("Fruit/Banana", subscribed: true), entry("Fruit/Peach", [.nonExistent], subscribed: true), entry("Tofu"),
        entry("Vegetable", subscribed: true), entry("Vegetable/Broccoli", subscribed: true), entry("Vegetable/Corn"),
    ]

    private static let withRemote =
        local + [entry("Bread", [.remote], subscribed: true), entry("Meat", [.remote])]

    private func play(_ entries: [MailboxEntry], _ text: String) async throws {
        let lab = try await ListLab(entries)
        let mismatch = await lab.play(text)
        #expect(mismatch == nil, "\(mismatch ?? "")")
    }

    @Test func examples1To3SubscriptionsAndChildren() async throws {
        try await play(
            Self.local,
            """
            C: A01 LIST "" "*"
            S: * LIST (\\Marked \\Noinferiors) "/" INBOX
            S: * LIST (\\HasChildren) "/" Fruit
            S: * LIST (\\HasNoChildren) "/" Fruit/Apple
            S: * LIST (\\HasNoChildren) "/" Fruit/Banana
            S: * LIST (\\HasNoChildren) "/" Tofu
            S: * LIST (\\HasChildren) "/" Vegetable
            S: * LIST (\\HasNoChildren) "/" Vegetable/Broccoli
            S: * LIST (\\HasNoChildren) "/" Vegetable/Corn
            S: A01 OK LIST completed
            C: A02 LIST (SUBSCRIBED) "" "*"
            S: * LIST (\\Marked \\Noinferiors \\Subscribed) "/" INBOX
            S: * LIST (\\Subscribed) "/" Fruit/Banana
            S: * LIST (\\NonExistent \\Subscribed) "/" Fruit/Peach
            S: * LIST (\\Subscribed) "/" Vegetable
            S: * LIST (\\Subscribed) "/" Vegetable/Broccoli
            S: A02 OK LIST completed
            C: A03 LIST () "" "%" RETURN (CHILDREN)
            S: * LIST (\\Marked \\Noinferiors) "/" INBOX
            S: * LIST (\\HasChildren) "/" Fruit
            S: * LIST (\\HasNoChildren) "/" Tofu
            S: * LIST (\\HasChildren) "/" Vegetable
            S: A03 OK LIST completed
            """)
    }

    @Test func examples4To6MailboxesOnOtherServers() async throws {
        try await play(
            Self.withRemote,
            """
            C: A04 LIST (REMOTE) "" "%" RETURN (CHILDREN)
            S: * LIST (\\Marked \\Noinferiors) "/" INBOX
            S: * LIST (\\Remote \\HasNoChildren) "/" Bread
            S: * LIST (\\HasChildren) "/" Fruit
            S: * LIST (\\Remote \\HasNoChildren) "/" Meat
            S: * LIST (\\HasNoChildren) "/" Tofu
            S: * LIST (\\HasChildren) "/" Vegetable
            S: A04 OK LIST completed
            C: A05 LIST (REMOTE SUBSCRIBED) "" "*"
            S: * LIST (\\Marked \\Noinferiors \\Subscribed) "/" INBOX
            S: * LIST (\\Remote \\Subscribed) "/" Bread
            S: * LIST (\\Subscribed) "/" Fruit/Banana
            S: * LIST (\\NonExistent \\Subscribed) "/" Fruit/Peach
            S: * LIST (\\Subscribed) "/" Vegetable
            S: * LIST (\\Subscribed) "/" Vegetable/Broccoli
            S: A05 OK LIST completed
            C: A06 LIST (REMOTE) "" "*" RETURN (SUBSCRIBED)
            S: * LIST (\\Marked \\Noinferiors \\Subscribed) "/" INBOX
            S: * LIST (\\Remote \\Subscribed) "/" Bread
            S: * LIST () "/" Fruit
            S: * LIST () "/" Fruit/Apple
            S: * LIST (\\Subscribed) "/" Fruit/Banana
            S: * LIST (\\Remote) "/" Meat
            S: * LIST () "/" Tofu
            S: * LIST (\\Subscribed) "/" Vegetable
            S: * LIST (\\Subscribed) "/" Vegetable/Broccoli
            S: * LIST () "/" Vegetable/Corn
            S: A06 OK LIST completed
            C: A07 LIST (REMOTE RECURSIVEMATCH SUBSCRIBED) "" Bread
            S: * LIST (\\Remote \\Subscribed) "/" Bread
            S: A07 OK LIST completed
            """)
    }

    @Test func example7SeveralPatterns() async throws {
        try await play(
            [
                entry("INBOX"), entry("Drafts"), entry("Sent/March2004"), entry("Sent/December2003"), entry("Sent"),
                entry("x"),
            ],
            """
            C: BBB LIST "" ("INBOX" "Drafts" "Sent/%")
            S: * LIST () "/" INBOX
            S: * LIST () "/" Drafts
            S: * LIST () "/" Sent/December2003
            S: * LIST () "/" Sent/March2004
            S: BBB OK LIST completed
            C: ccc list "" (inbox "INBOX" "" dr* D%)
            S: * LIST () "/" INBOX
            S: * LIST () "/" Drafts
            S: ccc OK LIST completed
            C: ddd LIST "" ("")
            S: ddd OK LIST completed
            C: eee LIST Sent/ (% "")
            S: * LIST () "/" Sent/December2003
            S: * LIST () "/" Sent/March2004
            S: eee OK LIST completed
            """)
    }

    @Test func example8ChildInfoAndHasChildren() async throws {
        let tree = [entry("inbox", [.marked, .noInferiors]), entry("Foo/Bar"), entry("Moo")]
        try await play(
            tree + [entry("Foo"), entry("Foo/Baz", subscribed: true)],
            """
            C: CA3 LIST "" "%" RETURN (CHILDREN)
            S: * LIST (\\Marked \\Noinferiors) "/" INBOX
            S: * LIST (\\HasChildren) "/" Foo
            S: * LIST (\\HasNoChildren) "/" Moo
            S: CA3 OK LIST completed
            C: C02 LIST (SUBSCRIBED) "" "*"
            S: * LIST (\\Subscribed) "/" Foo/Baz
            S: C02 OK LIST completed
            C: C03 LIST (SUBSCRIBED) "" "%"
            S: C03 OK LIST completed
            C: C04 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
            S: * LIST () "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
            S: C04 OK LIST completed
            """)
        try await play(
            tree + [entry("Foo", subscribed: true), entry("Foo/Baz", subscribed: true)],
            """
            C: A1 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
            S: * LIST (\\Subscribed) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
            S: A1 OK LIST completed
            """)
        try await play(
            tree + [entry("Foo/Baz", subscribed: true)],
            """
            C: A2 LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
            S: * LIST (\\NonExistent) "/" Foo ("CHILDINFO" ("SUBSCRIBED"))
            S: A2 OK LIST completed
            """)
        try await play(
            tree + [entry("Foo"), entry("Foo/Baz")],
            """
            C: B LIST (SUBSCRIBED RECURSIVEMATCH) "" "%"
            S: B OK LIST completed
            """)
        try await play(
            [entry("inbox"), entry("Foo", subscribed: true), entry("Foo/Baz"), entry("Moo", subscribed: true)],
            """
            C: C LIST (SUBSCRIBED RECURSIVEMATCH) "" "%" RETURN (CHILDREN)
            S: * LIST (\\Subscribed \\HasChildren) "/" Foo
            S: * LIST (\\Subscribed \\HasNoChildren) "/" Moo
            S: C OK LIST completed
            """)
    }

    /// The RFC's last listing, of `*`, says more than section 3.3 (2B) and section 3.5 let a server say: CHILDINFO of
    /// `foo2` and `baz2`, whose subscribed children are listed themselves. Here they are left out.
    @Test func example9ChildInfoAndThePattern() async throws {
        let tree = [
            entry("inbox", [.marked, .noInferiors]), entry("foo2"), entry("foo2/bar1", subscribed: true),
            entry("foo2/bar2", subscribed: true), entry("baz2"), entry("baz2/bar2", subscribed: true),
            entry("baz2/bar22", subscribed: true), entry("baz2/bar222", subscribed: true),
            entry("eps2", subscribed: true), entry("eps2/mamba", subscribed: true),
            entry("qux2/bar2", subscribed: true),
        ]
        try await play(
            tree,
            """
            C: D03 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*2"
            S: * LIST (\\Subscribed) "/" baz2/bar2
            S: * LIST (\\Subscribed) "/" baz2/bar22
            S: * LIST (\\Subscribed) "/" baz2/bar222
            S: * LIST (\\Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
            S: * LIST () "/" foo2 ("CHILDINFO" ("SUBSCRIBED"))
            S: * LIST (\\Subscribed) "/" foo2/bar2
            S: * LIST (\\Subscribed) "/" qux2/bar2
            S: D03 OK LIST completed
            C: D04 LIST (RECURSIVEMATCH SUBSCRIBED) "" "*"
            S: * LIST (\\Subscribed) "/" baz2/bar2
            S: * LIST (\\Subscribed) "/" baz2/bar22
            S: * LIST (\\Subscribed) "/" baz2/bar222
            S: * LIST (\\Subscribed) "/" eps2 ("CHILDINFO" ("SUBSCRIBED"))
            S: * LIST (\\Subscribed) "/" eps2/mamba
            S: * LIST (\\Subscribed) "/" foo2/bar1
            S: * LIST (\\Subscribed) "/" foo2/bar2
            S: * LIST (\\Subscribed) "/" qux2/bar2
            S: D04 OK LIST completed
            """)
    }

    @Test func example10ChildInfoWithoutChildren() async throws {
        try await play(
            [entry("foo"), entry("foo/bar", [.nonExistent], subscribed: true)],
            """
            C: a1 LIST "" ("foo" "foo/*")
            S: * LIST () "/" foo
            S: a1 OK LIST completed
            C: a2 LIST (SUBSCRIBED) "" "foo/*"
            S: * LIST (\\NonExistent \\Subscribed) "/" foo/bar
            S: a2 OK LIST completed
            C: a3 LIST (SUBSCRIBED RECURSIVEMATCH) "" foo RETURN (CHILDREN)
            S: * LIST (\\HasNoChildren) "/" foo ("CHILDINFO" ("SUBSCRIBED"))
            S: a3 OK LIST completed
            """)
    }

    @Test func example11LevelsThatAreNoMailboxes() async throws {
        try await play(
            [entry("music/rock"), entry("also/jazz", [.remote])],
            """
            C: a1 LIST (REMOTE) "" *
            S: * LIST (\\Remote) "/" also/jazz
            S: * LIST () "/" music/rock
            S: a1 OK LIST completed
            C: a2 LIST () "" %
            S: * LIST (\\NonExistent \\HasChildren) "/" music
            S: a2 OK LIST completed
            C: a3 LIST (REMOTE) "" %
            S: * LIST (\\NonExistent \\HasChildren) "/" also
            S: * LIST (\\NonExistent \\HasChildren) "/" music
            S: a3 OK LIST completed
            C: a3.1 LIST "" (% music/rock)
            S: * LIST (\\NonExistent \\HasChildren) "/" music
            S: * LIST () "/" music/rock
            S: a3.1 OK LIST completed
            C: a4 LIST "" % RETURN (CHILDREN)
            S: * LIST (\\NonExistent \\HasChildren) "/" music
            S: a4 OK LIST completed
            C: a5 LIST "" %
            S: * LIST (\\Noselect \\HasChildren) "/" music
            S: a5 OK LIST completed
            """)
    }

    /// Section 3.1: a modifier without a criterion is BAD; so is what nobody brought. Twice is once (section 3).
    @Test func whatTheGrammarDoesNotHaveIsBAD() async throws {
        let lab = try await ListLab([entry("INBOX", subscribed: true)])
        for bad in [
            "(RECURSIVEMATCH) \"\" *", "(REMOTE RECURSIVEMATCH) \"\" *", "(UTF8) \"\" *", "\"\" * RETURN (UTF8)",
            "\"\" * RETURN (REMOTE)", "\"\" * RETURN (RECURSIVEMATCH)", "(CHILDREN) \"\" *", "\"\" ()", "\"\" * RETURN",
            "\"\" * RETURN ", "\"\" * RETURNS ()", "\"\" * RETURN (SUBSCRIBED ", "\"\" * RETURN () x", "\"\" (*",
            "\"\" (* )", "\"\" ( *)", "( ) \"\" *", "(SUBSCRIBED ) \"\" *", "(SUBSCRIBED)\"\" *", "() \"\"", "()",
            "\"\" ((*))", "(SUBSCRIBED (x)) \"\" *", "\"\" * (SUBSCRIBED)", "\"\" * RETURN (STATUS)",
            "\"\" * RETURN (STATUS ())", "\"\" * RETURN (STATUS (BOGUS))", "\"\" * RETURN (STATUS(MESSAGES))",
            "(STATUS (MESSAGES)) \"\" *",
        ] {
            let answer = await lab.client.line("a LIST \(bad)")
            #expect(answer.hasPrefix("a BAD "), "\(bad): \(answer)")
            await lab.client.line("n NOOP")
        }
        let many = Array(repeating: "SUBSCRIBED", count: 100).joined(separator: " ")
        for good in [
            "(subscribed) \"\" \"*\" return (special-use subscribed)", "(SUBSCRIBED SUBSCRIBED REMOTE) \"\" *",
            "\"\" % RETURN (SUBSCRIBED SUBSCRIBED)", "(\(many)) \"\" (*)",
            "(RECURSIVEMATCH SUBSCRIBED REMOTE RECURSIVEMATCH) \"\" (\"*\") RETURN (CHILDREN SUBSCRIBED)",
        ] {
            let answer = await lab.client.line("b LIST \(good)")
            #expect(
                answer.contains("\\Subscribed") && answer.hasSuffix("b OK LIST completed\r\n"), "\(good): \(answer)")
        }
        #expect(await lab.client.line("c LIST (\(many) SUBSCRIBED) \"\" *").hasPrefix("c BAD "))
    }

    /// An empty pattern has its meaning in the first form alone.
    @Test func anEmptyPatternInExtendedSyntaxMatchesNothing() async throws {
        let lab = try await ListLab([entry("INBOX")])
        for line in ["() \"\" \"\"", "\"\" (\"\")", "\"\" \"\" RETURN ()"] {
            #expect(await lab.client.line("a LIST \(line)") == "a OK LIST completed\r\n", "\(line)")
        }
        #expect(
            await lab.client.line("b LIST \"\" \"\"") == "* LIST (\\Noselect) \"/\" \"\"\r\nb OK LIST completed\r\n")
    }

    /// Without the extension there is the first form alone: what `(` begins is BAD.
    @Test func withoutTheExtensionNothingOfItIsAccepted() async throws {
        let lab = try await ListLab(
            [entry("INBOX"), entry("Sent", [.sent])],
            extensions: IMAPExtension.standard.leavingOut(["LIST-EXTENDED", "CHILDREN"]))
        for line in [
            "() \"\" *", "(SUBSCRIBED) \"\" *", "\"\" (*)", "\"\" * RETURN ()", "\"\" * RETURN (CHILDREN)",
            "\"\" * RETURN (STATUS (MESSAGES))", "\"\" * RETURN (SPECIAL-USE)",
        ] {
            let answer = await lab.client.line("a LIST \(line)")
            #expect(answer.hasPrefix("a BAD "), "\(line): \(answer)")
        }
        #expect(
            await lab.client.line("b LIST \"\" *")
                == "* LIST () \"/\" INBOX\r\n* LIST () \"/\" Sent\r\nb OK LIST completed\r\n")
        let capabilities = await lab.client.line("c CAPABILITY")
        for gone in ["LIST-EXTENDED", "LIST-STATUS", " SPECIAL-USE", "CHILDREN"] {
            #expect(!capabilities.contains(gone), "\(capabilities)")
        }
    }
}
