import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("LISTA and SELECTA (draft-lu-imap-multi-account-01; CONNECTION-STATE row 29)")
struct MultiAccountTests {
    private static let bob1 = "bob1@abcd.com"
    private static let bob2 = "bob2@defg.com"

    private static var users: TestUsers {
        var users = TestUsers(everyoneMayUnauthenticate: true)
        users.users[bob1] = "one"
        users.users[bob2] = "two"
        users.associated = [bob1: [bob2], bob2: [bob2, bob1, bob1], "admin": ["alice"]]
        return users
    }

    private static func filled(_ users: TestUsers = MultiAccountTests.users) throws -> Fixture {
        let fixture = try Fixture(users: users)
        try fixture.fill(bob1, 2)
        try fixture.fill(bob2, 5)
        try fixture.fill("alice", 1)
        return fixture
    }

    /// The draft's examples, section 3.2 and 3.3.
    @Test func theDraftsExamples() async throws {
        let client = try await MultiAccountTests.filled().logIn(MultiAccountTests.bob1, "one")
        #expect(
            await client.line("A001 LISTA bob1@abcd.com")
                == "* 2 EXISTS\r\n* LISTA bob1@abcd.com\r\n* LISTA bob2@defg.com\r\nA001 OK LISTA completed\r\n")
        #expect(await client.line("A140 SELECTA bob2@defg.com") == "A140 OK SELECTA completed\r\n")
        #expect(await client.line("A141 SELECT INBOX").contains("* 5 EXISTS\r\n"))
        #expect(await client.line("A142 FETCH 1 BODY.PEEK[TEXT]").contains("mail of bob2@defg.com, 1"))
    }

    /// Each once, whichever of them is asked about, and whatever the host's list looks like.
    @Test func anIdentifierIsListedOnce() async throws {
        let client = try await MultiAccountTests.filled().logIn(MultiAccountTests.bob2, "two")
        let list = "* 2 EXISTS\r\n* LISTA bob2@defg.com\r\n* LISTA bob1@abcd.com\r\na OK LISTA completed\r\n"
        #expect(await client.line("a LISTA bob1@abcd.com") == list)
        #expect(await client.line("a LISTA \"bob2@defg.com\"") == list)
        #expect(await client.send("a LISTA {13+}\r\nbob1@abcd.com\r\n") == list)
    }

    @Test func whoHasNoOtherIdentifierHasOne() async throws {
        let client = try await MultiAccountTests.filled().logIn("carol", "carol")
        #expect(await client.line("a LISTA carol") == "* 1 EXISTS\r\n* LISTA carol\r\na OK LISTA completed\r\n")
        #expect(await client.line("b SELECTA carol") == "b OK SELECTA completed\r\n")
    }

    /// Somebody else's identifier and one that does not exist: the same answer, and nothing changes (R-AZ).
    @Test(arguments: ["alice", "nobody", "\"\"", "bob1@ABCD.com"])
    func anIdentifierThatIsNotAssociated(name: String) async throws {
        let client = try await MultiAccountTests.filled().logIn(MultiAccountTests.bob1, "one")
        #expect(await client.line("a LISTA \(name)") == "a NO [CANNOT] User identifier rejected\r\n")
        #expect(await client.line("b SELECTA \(name)") == "b NO [CANNOT] User identifier rejected\r\n")
        #expect(await client.line("c SELECT INBOX").contains("* 2 EXISTS\r\n"))
    }

    @Test func onlyInTheAuthenticatedState() async throws {
        let fixture = try MultiAccountTests.filled()
        let stranger = await fixture.connect()
        let wrong = "BAD Command not permitted in this state\r\n"
        #expect(await stranger.line("a LISTA bob1@abcd.com") == "a \(wrong)")
        #expect(await stranger.line("b SELECTA bob1@abcd.com") == "b \(wrong)")
        let client = await fixture.logIn(MultiAccountTests.bob1, "one")
        await client.line("a SELECT INBOX")
        #expect(await client.line("b LISTA bob1@abcd.com") == "b \(wrong)")
        #expect(await client.line("c SELECTA bob2@defg.com") == "c \(wrong)")
        #expect(await client.line("d FETCH 1 BODY.PEEK[TEXT]").contains("mail of bob1@abcd.com, 1"))
        await client.line("e CLOSE")
        #expect(await client.line("f SELECTA bob2@defg.com") == "f OK SELECTA completed\r\n")
    }

    @Test(arguments: ["LISTA", "LISTA ", "LISTA a b", "SELECTA", "SELECTA (a)", "SELECTA a b"])
    func badSyntax(command: String) async throws {
        let client = try await MultiAccountTests.filled().logIn(MultiAccountTests.bob1, "one")
        #expect(await client.line("a \(command)").hasPrefix("a BAD "))
    }

    /// What belongs to the login stays: ENABLE. What belongs to the account goes.
    @Test func whatStaysAndWhatGoes() async throws {
        let client = try await MultiAccountTests.filled().logIn(MultiAccountTests.bob1, "one")
        await client.line("a ENABLE CONDSTORE")
        await client.line("b SELECT INBOX")
        await client.line("c SEARCH RETURN (SAVE) ALL")
        await client.line("d UNSELECT")
        await client.line("e SELECTA bob2@defg.com")
        await client.line("f SELECT INBOX")
        #expect(await client.line("g SEARCH $") == "* SEARCH\r\ng OK SEARCH completed\r\n")
        #expect(await client.line("h STORE 1 +FLAGS (\\Seen)").contains("MODSEQ"))
    }

    /// Back to the first account: the association is that of the login, not of the active account.
    @Test func thereAndBack() async throws {
        let client = try await MultiAccountTests.filled().logIn("admin", "root")
        #expect(await client.line("a SELECTA alice") == "a OK SELECTA completed\r\n")
        #expect(await client.line("b STATUS INBOX (MESSAGES)").contains("(MESSAGES 1)"))
        #expect(await client.line("c SELECTA admin") == "c OK SELECTA completed\r\n")
        #expect(await client.line("d STATUS INBOX (MESSAGES)").contains("(MESSAGES 0)"))
    }

    /// Row 29: neither the active account nor the associated identifiers reach the next user.
    @Test func nothingOfItSurvivesUNAUTHENTICATE() async throws {
        let client = try await MultiAccountTests.filled().logIn(MultiAccountTests.bob1, "one")
        await client.line("a SELECTA bob2@defg.com")
        #expect(await client.line("b UNAUTHENTICATE").hasPrefix("b OK "))
        #expect(await client.line("c LISTA bob1@abcd.com").hasPrefix("c BAD "))
        await client.line("d LOGIN carol carol")
        #expect(await client.line("e LISTA bob1@abcd.com") == "e NO [CANNOT] User identifier rejected\r\n")
        #expect(await client.line("f SELECTA bob2@defg.com") == "f NO [CANNOT] User identifier rejected\r\n")
        #expect(await client.line("g STATUS INBOX (MESSAGES)").contains("(MESSAGES 0)"))
    }

    /// The policy of UNAUTHENTICATE is that of the identity that authenticated, in every account.
    @Test func theActiveAccountDecidesNothing() async throws {
        var users = MultiAccountTests.users
        users.everyoneMayUnauthenticate = false
        let client = try await MultiAccountTests.filled(users).logIn("admin", "root")
        await client.line("a SELECTA alice")
        #expect(await client.line("b CAPABILITY").contains("UNAUTHENTICATE"))
        #expect(await client.line("c UNAUTHENTICATE").hasPrefix("c OK "))
    }

    /// Advertised behind a login alone.
    @Test func theCapability() async throws {
        let client = try await MultiAccountTests.filled().connect()
        #expect(!(await client.line("a CAPABILITY").contains("X-DRAFT-LU-MULTI-ACCOUNT-01")))
        await client.line("b LOGIN carol carol")
        #expect(await client.line("c CAPABILITY").contains(" X-DRAFT-LU-MULTI-ACCOUNT-01"))
    }
}
