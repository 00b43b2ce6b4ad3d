import IMAPCodec
import IMAPParser
import IMAPTypes
import Testing

@testable import imap_fuzz

@Suite("Command syntax (RFC 9051 section 6, RFC 3501 section 6)")
struct CommandSyntaxTests {
    /// Reads a whole command by its syntax; the tables are the fuzzer's small ones.
    private func decode<Syntax: CommandSyntax>(
        _ type: Syntax.Type, _ command: String, _ numbering: MessageNumbering = .sequenceNumbers,
        modes: Set<GrammarMode> = [.initialResponse]
    ) -> Result<Syntax, SyntaxError> {
        var framer = Framer(limits: FramerLimits(line: 1 << 20, command: 1 << 20, literal: 65_536, literals: 100))
        var input = InputBuffer(octets(command + "\r\n"))
        while true {
            switch framer.next(&input) {
            case .literal: if !framer.buffer() { return .failure(SyntaxError(.limit, at: 0)) }
            case .command(let frame):
                var tables = GrammarTables.forFuzzing
                tables.modes = modes
                let nesting = NestingLimits(depth: 32, lists: 10_000)
                var arguments = ArgumentReader(frame, head: frame.head, nesting: nesting)
                do throws(SyntaxError) {
                    return .success(try Syntax(&arguments, Grammar(tables, numbering: numbering)))
                } catch {
                    return .failure(error)
                }
            case .needsMore, .overLimit, .skipped, .lost: return .failure(SyntaxError(.limit, at: 0))
            }
        }
    }

    private func kind<Syntax>(_ result: Result<Syntax, SyntaxError>) -> SyntaxError.Kind? {
        if case .failure(let error) = result { error.kind } else { nil }
    }

    /// R-TLS-4
    @Test func aCommandWithoutArgumentsHasNone() {
        #expect(kind(decode(CapabilityCommand.self, "a CAPABILITY")) == nil)
        for text in ["a STARTTLS ", "a STARTTLS x", "a STARTTLS {0+}\r\n", "a STARTTLS{0+}\r\n", "a STARTTLS  "] {
            #expect(kind(decode(StartTLSCommand.self, text)) == .trailing)
        }
        #expect(kind(decode(NoopCommand.self, "a NOOP ")) == .trailing)
        #expect(kind(decode(LogoutCommand.self, "a LOGOUT now")) == .trailing)
        #expect(kind(decode(CloseCommand.self, "a CLOSE")) == nil)
    }

    @Test(arguments: [
        ("a LOGIN alice secret", "alice", "secret"), ("a LOGIN \"al ice\" \"s\\\"e\"", "al ice", "s\"e"),
        ("a LOGIN {5}\r\nalice {6+}\r\nsecret", "alice", "secret"), ("a LOGIN {0+}\r\n \"\"", "", ""),
        ("a LOGIN NIL nil", "NIL", "nil"), ("a login a]b ]", "a]b", "]"),
        ("a LOGIN \"é\" \"e\u{301}\"", "é", "e\u{301}"),
    ])
    func loginHasANameAndAPassword(command: String, name: String, password: String) throws {
        let login = try decode(LoginCommand.self, command).get()
        #expect(login.name == octets(name))
        #expect(login.password.exposed == octets(password))
        #expect(!"\(login)".contains("secret"))
    }

    @Test(arguments: [
        ("a LOGIN", SyntaxError.Kind.missing), ("a LOGIN ", .missing), ("a LOGIN alice", .missing),
        ("a LOGIN alice ", .missing),
        ("a LOGIN alice secret ", .trailing), ("a LOGIN alice secret x", .trailing),
        ("a LOGIN  alice secret", .unexpected),
        ("a LOGIN alice  secret", .unexpected), ("a LOGIN é x", .unexpected), ("a LOGIN (a) b", .unexpected),
        ("a LOGIN \"alice secret", .missing), ("a LOGIN{1+}\r\na b", .unexpected), ("a LOGIN {1+}\r\n\0 b", .nul),
        ("a LOGIN a {1+}\r\n\0", .nul), ("a LOGIN ~{1+}\r\na b", .unexpected), ("a LOGIN a\tb", .unexpected),
        ("a LOGIN a\u{A0}b", .unexpected),
    ])
    func whatIsNoLoginIsRefused(command: String, expected: SyntaxError.Kind) {
        #expect(kind(decode(LoginCommand.self, command)) == expected)
    }

    @Test func authenticateTakesAnInitialResponseOnlyByItsMode() throws {
        let plain = try decode(AuthenticateCommand.self, "a AUTHENTICATE plain AGEAYg==").get()
        #expect(plain.mechanism == "PLAIN")
        #expect(plain.initialResponse?.exposed == octets("AGEAYg=="))
        #expect(!"\(plain)".contains("AGEAYg"))
        #expect(
            try decode(AuthenticateCommand.self, "a AUTHENTICATE EXTERNAL =").get().initialResponse?.exposed
                == octets("="))
        #expect(try decode(AuthenticateCommand.self, "a AUTHENTICATE PLAIN").get().initialResponse == nil)
        #expect(kind(decode(AuthenticateCommand.self, "a AUTHENTICATE PLAIN =", modes: [])) == .trailing)
        for text in ["a AUTHENTICATE PLAIN ", "a AUTHENTICATE", "a AUTHENTICATE "] {
            #expect(kind(decode(AuthenticateCommand.self, text)) == .missing)
        }
        for text in ["a AUTHENTICATE PLAIN *", "a AUTHENTICATE \"PLAIN\"", "a AUTHENTICATE PLAIN {1+}\r\n="] {
            #expect(kind(decode(AuthenticateCommand.self, text)) == .unexpected)
        }
        #expect(kind(decode(AuthenticateCommand.self, "a AUTHENTICATE PLAIN YQ== YQ==")) == .trailing)
    }

    @Test func selectAndExamineNameAMailbox() throws {
        #expect(try decode(SelectCommand.self, "a SELECT inbox").get().mailbox == .inbox)
        #expect(try decode(ExamineCommand.self, "a EXAMINE {5+}\r\nInBoX").get().select.mailbox == .inbox)
        #expect(try decode(SelectCommand.self, "a SELECT &AOk-").get().mailbox == MailboxName("é"))
        // A name that no mailbox has is no syntax error.
        for text in ["\"\"", "&A", "&AGE-", "\"a\tb\"", "\"é\"", "{2+}\r\n\r\n"] {
            #expect(try decode(SelectCommand.self, "a SELECT \(text)").get().mailbox == nil)
        }
        #expect(kind(decode(SelectCommand.self, "a SELECT")) == .missing)
        #expect(kind(decode(SelectCommand.self, "a SELECT INBOX (CONDSTORE)")) == .trailing)
        #expect(kind(decode(SelectCommand.self, "a SELECT a%")) == .trailing)
    }

    @Test func listHasAReferenceAndAPattern() throws {
        let list = try decode(ListCommand.self, "a LIST \"\" ~/mail/%").get()
        #expect(list.reference.isEmpty)
        #expect(list.patterns == [octets("~/mail/%")])
        #expect(try decode(ListCommand.self, "a LIST #news. \"\"").get().patterns == [[]])
        for text in [
            "a LIST a% *", "a LIST \"\"", "a LIST \"\" ", "a LIST \"\" (\"foo\")", "a LIST \"\" é", "a LIST \"\" * x",
        ] {
            #expect(kind(decode(ListCommand.self, text)) != nil, "\(text)")
        }
    }

    /// R-LIT-11, R-ALG-2
    @Test(arguments: [(4095, true), (4096, true), (4097, false)])
    func referenceAndPatternHaveALimitTogether(count: Int, isRead: Bool) {
        let pattern = String(repeating: "*", count: count - 10)
        let reference = String(repeating: "r", count: 10)
        #expect(kind(decode(ListCommand.self, "a LIST \(reference) \(pattern)")) == (isRead ? nil : .limit))
    }

    @Test func statusAsksForEachItemOnce() throws {
        let status = try decode(StatusCommand.self, "a STATUS x (UIDNEXT MESSAGES uidnext)").get()
        #expect(status.items.map(\.name) == ["UIDNEXT", "MESSAGES"])
        #expect(kind(decode(StatusCommand.self, "a STATUS x ()")) == .missing)
        #expect(kind(decode(StatusCommand.self, "a STATUS x (SIZE)")) == .unknown)
        for text in [
            "a STATUS x", "a STATUS x MESSAGES", "a STATUS x (MESSAGES", "a STATUS x (MESSAGES )",
            "a STATUS (MESSAGES)",
        ] {
            #expect(kind(decode(StatusCommand.self, text)) != nil, "\(text)")
        }
    }

    /// R-OUT-7
    @Test func fetchAsksForEachItemOnce() throws {
        let fetch = try decode(
            FetchCommand.self, "a UID FETCH 1:* (FLAGS BODY[] uid flags BODY.PEEK[] BODY[HEADER]<0.10>)", .uids
        ).get()
        #expect(fetch.numbering == .uids)
        #expect(fetch.items.count == 4)
        #expect(try decode(FetchCommand.self, "a FETCH 1 FAST").get().items.count == 2)
        #expect(
            try decode(FetchCommand.self, "a FETCH 1 body.peek[text]<5.9223372036854775807>").get().items.count == 1)
    }

    @Test(arguments: [
        ("a FETCH 1", SyntaxError.Kind.missing), ("a FETCH 1 ()", .missing), ("a FETCH 1 (FAST)", .unknown),
        ("a FETCH 1 (FLAGS FAST)", .unknown), ("a FETCH 1 ENVELOPES", .unknown), ("a FETCH 1 BODY", .unknown),
        ("a FETCH 1 BODY[HEADER", .missing), ("a FETCH 1 BODY[HEADERS]", .unknown), ("a FETCH 1 BODY[]<0.0>", .number),
        ("a FETCH 1 BODY[]<1>", .unexpected), ("a FETCH 1 BODY []", .unknown), ("a FETCH 1 FLAGS UID", .trailing),
        ("a FETCH 0 FLAGS", .number), ("a FETCH $ FLAGS", .unexpected), ("a FETCH 1 (FLAGS", .missing),
        ("a FETCH 1 (FLAGS)(UID)", .trailing), ("a FETCH 1 (FLAGS) (CHANGEDSINCE 1)", .trailing),
        ("a FETCH 1 ((FLAGS))", .unexpected), ("a FETCH 1 FLAGS[]", .unknown),
        ("a FETCH {1+}\r\n1 FLAGS", .unexpected),
    ])
    func whatIsNoFetchIsRefused(command: String, expected: SyntaxError.Kind) {
        #expect(kind(decode(FetchCommand.self, command)) == expected)
    }

    /// R-LIT-11
    @Test(arguments: [(999, true), (1000, true), (1001, false)])
    func fetchAsksForAtMostAThousandItems(count: Int, isRead: Bool) {
        let items = (1...count).map { "BODY[]<0.\($0)>" }.joined(separator: " ")
        #expect(kind(decode(FetchCommand.self, "a FETCH 1 (\(items))")) == (isRead ? nil : .limit))
    }
}
