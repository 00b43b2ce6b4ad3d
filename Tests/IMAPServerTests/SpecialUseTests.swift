import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("SPECIAL-USE and CREATE-SPECIAL-USE (RFC 6154)")
struct SpecialUseTests {
    private static let mailboxes = [
        entry("Inbox", [.marked]), entry("ToDo"), entry("Projects"), entry("Projects/Foo"), entry("SentMail", [.sent]),
        entry("MyDrafts", [.marked, .drafts]), entry("Trash", [.trash]),
    ]

    private func play(_ lab: ListLab, _ text: String) async {
        let mismatch = await lab.play(text)
        #expect(mismatch == nil, "\(mismatch ?? "")")
    }

    /// Sections 5.1 and 5.2.
    @Test func theExamplesOfLIST() async throws {
        await play(
            try await ListLab(Self.mailboxes),
            """
            C: t1 LIST "" "%"
            S: * LIST (\\Marked \\HasNoChildren) "/" INBOX
            S: * LIST (\\Marked \\HasNoChildren \\Drafts) "/" MyDrafts
            S: * LIST (\\HasChildren) "/" Projects
            S: * LIST (\\HasNoChildren \\Sent) "/" SentMail
            S: * LIST (\\HasNoChildren) "/" ToDo
            S: * LIST (\\HasNoChildren \\Trash) "/" Trash
            S: t1 OK LIST completed
            C: t2 LIST "" "%" RETURN (SPECIAL-USE)
            S: * LIST (\\Marked) "/" INBOX
            S: * LIST (\\Marked \\Drafts) "/" MyDrafts
            S: * LIST () "/" Projects
            S: * LIST (\\Sent) "/" SentMail
            S: * LIST () "/" ToDo
            S: * LIST (\\Trash) "/" Trash
            S: t2 OK LIST completed
            C: t3 LIST (SPECIAL-USE) "" "*"
            S: * LIST (\\Marked \\Drafts) "/" MyDrafts
            S: * LIST (\\Sent) "/" SentMail
            S: * LIST (\\Trash) "/" Trash
            S: t3 OK LIST completed
            """)
    }

    @Test func usesAreFoundBelowAndTogetherWithSubscriptions() async throws {
        await play(
            try await ListLab([
                entry("a"), entry("a/b", [.archive, .important]), entry("c/d", [.junk], subscribed: true),
                entry("e", subscribed: true), entry("f", [.sent, .remote]),
                entry("g", [.nonExistent], subscribed: true),
            ]),
            """
            C: A LIST (RECURSIVEMATCH SPECIAL-USE) "" "%"
            S: * LIST () "/" a ("CHILDINFO" ("SPECIAL-USE"))
            S: * LIST (\\NonExistent) "/" c ("CHILDINFO" ("SPECIAL-USE"))
            S: A OK LIST completed
            C: B LIST (SUBSCRIBED SPECIAL-USE) "" "*"
            S: * LIST (\\Subscribed \\Junk) "/" c/d
            S: B OK LIST completed
            C: C LIST (REMOTE SPECIAL-USE) "" "*"
            S: * LIST (\\Archive \\Important) "/" a/b
            S: * LIST (\\Junk) "/" c/d
            S: * LIST (\\Remote \\Sent) "/" f
            S: C OK LIST completed
            C: D LIST () "" "a/*"
            S: * LIST () "/" a/b
            S: D OK LIST completed
            """)
    }

    /// Section 5.3. The store of this test keeps `\All` for itself.
    @Test func theExampleOfCREATE() async throws {
        let lab = try await ListLab([])
        await play(
            lab,
            """
            C: t2 CREATE MySpecial (USE (\\Drafts \\Sent \\drafts))
            S: t2 OK ...CREATE completed
            C: t3 CREATE Everything (USE (\\All))
            S: t3 NO [USEATTR] A mailbox cannot have that use
            C: t4 CREATE "Important Messages" (use (\\Important))
            S: t4 OK ...CREATE completed
            C: t5 CREATE Level (USE (\\Sent \\Noselect))
            S: t5 NO [USEATTR] ...
            C: t6 CREATE Unknown (USE (\\Whatever))
            S: t6 NO [USEATTR] ...
            C: t7 CREATE Malformed&A (USE (\\Sent))
            S: t7 NO [CANNOT] ...
            C: t8 LIST "" *
            S: * LIST (\\HasNoChildren \\Important) "/" "Important Messages"
            S: * LIST (\\HasNoChildren \\Drafts \\Sent) "/" MySpecial
            S: t8 OK LIST completed
            """)
        for bad in ["(USE)", "(USE \\Sent)", "(USE (Sent))", "(USE (\\))", "()", "(USE (\\Sent) USE (\\Sent))", "(X)"] {
            #expect(await lab.client.line("a CREATE x \(bad)").hasPrefix("a BAD "), "\(bad)")
            await lab.client.line("n NOOP")
        }
        #expect(lab.store.entries.count == 2)
    }

    /// A list of no uses makes an ordinary mailbox; the name is cut as without it.
    @Test func aMailboxForNoUseIsAnOrdinaryOne() async throws {
        let fixture = try Fixture()
        let client = await fixture.logIn("alice", "secret")
        #expect(await client.line("a CREATE x/ (USE ())").hasSuffix("] CREATE completed\r\n"))
        #expect(await client.line("b CREATE x (USE (\\Sent))").hasPrefix("b NO [ALREADYEXISTS] "))
        #expect(await client.line("c CREATE y/ (USE (\\Sent))").hasSuffix("] CREATE completed\r\n"))
        #expect(
            await client.line("d LIST (SPECIAL-USE) \"\" *") == "* LIST (\\Sent) \"/\" y\r\nd OK LIST completed\r\n")
    }

    @Test func withoutTheExtensionsThereAreNoUses() async throws {
        let lab = try await ListLab(
            Self.mailboxes, extensions: IMAPExtension.standard.leavingOut(["SPECIAL-USE", "CREATE-SPECIAL-USE"]))
        #expect(await lab.client.line("a CREATE x (USE (\\Sent))").hasPrefix("a BAD "))
        #expect(await lab.client.line("b LIST (SPECIAL-USE) \"\" *").hasPrefix("b BAD "))
        #expect(!(await lab.client.line("c LIST \"\" *")).contains("\\Sent"))
        #expect(!(await lab.client.line("d CAPABILITY")).contains("SPECIAL-USE"))
    }

    /// A store that cannot make mailboxes for a use does not start with CREATE-SPECIAL-USE.
    @Test func aStoreThatCannotDoesNotStartWithIt() throws {
        let store = PlainStore()
        #expect(throws: ConfigurationError.unsupportedByStore("CREATE-SPECIAL-USE")) {
            _ = try Server(store: store, authenticator: TestUsers(), extensions: [.createSpecialUse])
        }
        #expect([IMAPExtension.createSpecialUse, .unselect].supported(by: store).map(\.name) == ["UNSELECT"])
    }
}
