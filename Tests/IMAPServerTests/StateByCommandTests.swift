import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPTestKit
import Testing

@testable import IMAPServer
@testable import IMAPSession

/// Says where the session is, for tests of the state after a command.
private struct StateCommand: Command {
    static let facts = CommandFacts(
        "XSTATE", in: .any, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) { try arguments.end() }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        switch context.session.phase {
        case .notAuthenticated: .ok("not authenticated")
        case .authenticated: .ok("authenticated")
        case .selected: .ok("selected")
        case .greeting, .logout: .ok("none")
        }
    }
}

@Suite("Every command in every state (RFC 9051 sections 3 and 6, R-AZ-1)")
struct StateByCommandTests {
    enum After: String {
        case notAuthenticated = "not authenticated"
        case authenticated
        case selected
        case closed
    }

    struct Row {
        let line: String
        /// The reply and the state after it, from not authenticated, authenticated, selected.
        let replies: [(String, After)]
    }

    private static let wrongState = "BAD Command not permitted in this state"

    /// The reply and the state after it of every command that is registered.
    private static let table: [String: [Row]] = {
        func same(_ line: String, _ reply: String) -> Row {
            Row(line: line, replies: [(reply, .notAuthenticated), (reply, .authenticated), (reply, .selected)])
        }
        func early(_ line: String, _ reply: String, _ after: After) -> Row {
            Row(line: line, replies: [(reply, after), (wrongState, .authenticated), (wrongState, .selected)])
        }
        func loggedIn(_ line: String, _ reply: String, _ authenticated: After, _ selected: After) -> Row {
            Row(line: line, replies: [(wrongState, .notAuthenticated), (reply, authenticated), (reply, selected)])
        }
        func selected(_ line: String, _ reply: String, _ after: After) -> Row {
            Row(line: line, replies: [(wrongState, .notAuthenticated), (wrongState, .authenticated), (reply, after)])
        }
        func unselected(_ line: String, _ reply: String, _ after: After) -> Row {
            Row(line: line, replies: [(wrongState, .notAuthenticated), (reply, after), (wrongState, .selected)])
        }
        return [
            "CAPABILITY": [same("CAPABILITY", "OK"), same("CAPABILITY x", "BAD")],
            "NOOP": [same("NOOP", "OK"), same("NOOP ", "BAD")],
            "LOGOUT": [
                Row(line: "LOGOUT", replies: [("OK", .closed), ("OK", .closed), ("OK", .closed)]),
                same("LOGOUT now", "BAD"),
            ],
            "STARTTLS": [early("STARTTLS", "BAD", .notAuthenticated)],
            "AUTHENTICATE": [
                early("AUTHENTICATE PLAIN \(base64("\0admin\0root"))", "OK", .authenticated),
                early("AUTHENTICATE PLAIN \(base64("\0admin\0wrong"))", "NO", .notAuthenticated),
                early("AUTHENTICATE KERBEROS_V4", "NO", .notAuthenticated),
                early("AUTHENTICATE", "BAD", .notAuthenticated),
            ],
            "LOGIN": [
                early("LOGIN admin root", "OK", .authenticated), early("LOGIN admin wrong", "NO", .notAuthenticated),
                early("LOGIN admin", "BAD", .notAuthenticated),
            ],
            "ID": [same("ID NIL", "OK"), same("ID", "BAD")],
            "LIST": [
                loggedIn("LIST \"\" *", "OK", .authenticated, .selected),
                loggedIn("LIST \"\"", "BAD", .authenticated, .selected),
            ],
            "NAMESPACE": [
                loggedIn("NAMESPACE", "OK", .authenticated, .selected),
                loggedIn("NAMESPACE x", "BAD", .authenticated, .selected),
            ],
            "LSUB": [
                loggedIn("LSUB \"\" *", "OK", .authenticated, .selected),
                loggedIn("LSUB x", "BAD", .authenticated, .selected),
            ],
            "CREATE": [
                loggedIn("CREATE new", "OK", .authenticated, .selected),
                loggedIn("CREATE inbox", "NO [ALREADYEXISTS]", .authenticated, .selected),
                loggedIn("CREATE a b", "BAD", .authenticated, .selected),
            ],
            "DELETE": [
                loggedIn("DELETE nowhere", "NO [NONEXISTENT]", .authenticated, .selected),
                loggedIn("DELETE INBOX", "NO [CANNOT]", .authenticated, .selected),
                loggedIn("DELETE", "BAD", .authenticated, .selected),
            ],
            "RENAME": [
                loggedIn("RENAME nowhere new", "NO [NONEXISTENT]", .authenticated, .selected),
                loggedIn("RENAME INBOX old", "OK", .authenticated, .selected),
                loggedIn("RENAME x", "BAD", .authenticated, .selected),
            ],
            "SUBSCRIBE": [
                loggedIn("SUBSCRIBE nowhere", "OK", .authenticated, .selected),
                loggedIn("SUBSCRIBE", "BAD", .authenticated, .selected),
            ],
            "UNSUBSCRIBE": [
                loggedIn("UNSUBSCRIBE nowhere", "OK", .authenticated, .selected),
                loggedIn("UNSUBSCRIBE a b", "BAD", .authenticated, .selected),
            ],
            "CHECK": [selected("CHECK", "OK", .selected), selected("CHECK x", "BAD", .selected)],
            "SELECT": [
                loggedIn("SELECT INBOX", "OK [READ-WRITE]", .selected, .selected),
                loggedIn("SELECT nowhere", "NO [NONEXISTENT]", .authenticated, .authenticated),
                loggedIn("SELECT", "BAD", .authenticated, .selected),
            ],
            "EXAMINE": [
                loggedIn("EXAMINE INBOX", "OK [READ-ONLY]", .selected, .selected),
                loggedIn("EXAMINE nowhere", "NO [NONEXISTENT]", .authenticated, .authenticated),
                loggedIn("EXAMINE a b", "BAD", .authenticated, .selected),
            ],
            "STATUS": [
                loggedIn("STATUS INBOX (MESSAGES)", "OK", .authenticated, .selected),
                loggedIn("STATUS nowhere (MESSAGES)", "NO [NONEXISTENT]", .authenticated, .selected),
                loggedIn("STATUS INBOX ()", "BAD", .authenticated, .selected),
            ],
            "CLOSE": [selected("CLOSE", "OK", .authenticated), selected("CLOSE x", "BAD", .selected)],
            "UNSELECT": [selected("UNSELECT", "OK", .authenticated), selected("UNSELECT x", "BAD", .selected)],
            "FETCH": [
                selected("FETCH 1 FLAGS", "OK", .selected), selected("FETCH 9 FLAGS", "BAD", .selected),
                selected("FETCH 1 NOTHING", "BAD", .selected),
            ],
            "UID FETCH": [
                selected("UID FETCH 1:* FLAGS", "OK", .selected), selected("UID FETCH 0 FLAGS", "BAD", .selected),
            ],
            "STORE": [
                selected("STORE 1 +FLAGS (\\Seen)", "OK", .selected), selected("STORE 9 FLAGS ()", "BAD", .selected),
                selected("STORE 1 FLAGS", "BAD", .selected),
            ],
            "UID STORE": [
                selected("UID STORE 1:* -FLAGS.SILENT \\Seen", "OK", .selected),
                selected("UID STORE 1 FLAG ()", "BAD", .selected),
            ],
            "COPY": [
                selected("COPY 1 INBOX", "OK", .selected), selected("COPY 1 nowhere", "NO [TRYCREATE]", .selected),
                selected("COPY 9 INBOX", "BAD", .selected),
            ],
            "UID COPY": [
                selected("UID COPY 1,9 INBOX", "OK", .selected), selected("UID COPY 1", "BAD", .selected),
            ],
            "MOVE": [
                selected("MOVE 1 INBOX", "OK", .selected), selected("MOVE 1 nowhere", "NO [TRYCREATE]", .selected),
                selected("MOVE 9 INBOX", "BAD", .selected),
            ],
            "UID MOVE": [
                selected("UID MOVE 1,9 INBOX", "OK", .selected), selected("UID MOVE 1", "BAD", .selected),
            ],
            "APPEND": [
                loggedIn("APPEND INBOX {3+}\r\nabc", "OK [APPENDUID ", .authenticated, .selected),
                loggedIn("APPEND nowhere {3+}\r\nabc", "NO [TRYCREATE]", .authenticated, .selected),
                loggedIn("APPEND INBOX", "BAD", .authenticated, .selected),
            ],
            "ENABLE": [
                unselected("ENABLE X-NOTHING", "OK", .authenticated), unselected("ENABLE", "BAD", .authenticated),
            ],
            // What IDLE does is in its own suite.
            "IDLE": [loggedIn("IDLE x", "BAD", .authenticated, .selected)],
            "UID EXPUNGE": [
                selected("UID EXPUNGE 1:*", "OK", .selected), selected("UID EXPUNGE", "BAD", .selected),
            ],
            "SEARCH": [
                selected("SEARCH ALL", "OK", .selected), selected("SEARCH 9", "OK", .selected),
                selected("SEARCH", "BAD", .selected), selected("SEARCH XYZZY", "BAD", .selected),
                selected("SEARCH CHARSET XYZZY ALL", "NO [BADCHARSET", .selected),
            ],
            "UID SEARCH": [
                selected("UID SEARCH RETURN (SAVE) $", "OK", .selected), selected("UID SEARCH (ALL", "BAD", .selected),
            ],
            "GETQUOTA": [
                loggedIn("GETQUOTA \"\"", "OK", .authenticated, .selected),
                loggedIn("GETQUOTA nowhere", "NO [NONEXISTENT]", .authenticated, .selected),
                loggedIn("GETQUOTA", "BAD", .authenticated, .selected),
            ],
            "GETQUOTAROOT": [
                loggedIn("GETQUOTAROOT INBOX", "OK", .authenticated, .selected),
                loggedIn("GETQUOTAROOT", "BAD", .authenticated, .selected),
            ],
            "SETQUOTA": [
                loggedIn("SETQUOTA \"\" (STORAGE 9)", "NO [NOPERM]", .authenticated, .selected),
                loggedIn("SETQUOTA \"\" STORAGE 9", "BAD", .authenticated, .selected),
            ],
            "GETACL": [
                loggedIn("GETACL INBOX", "OK", .authenticated, .selected),
                loggedIn("GETACL nowhere", "NO [NONEXISTENT]", .authenticated, .selected),
                loggedIn("GETACL", "BAD", .authenticated, .selected),
            ],
            "MYRIGHTS": [
                loggedIn("MYRIGHTS INBOX", "OK", .authenticated, .selected),
                loggedIn("MYRIGHTS nowhere", "NO [NONEXISTENT]", .authenticated, .selected),
                loggedIn("MYRIGHTS", "BAD", .authenticated, .selected),
            ],
            "LISTRIGHTS": [
                loggedIn("LISTRIGHTS INBOX bob", "OK", .authenticated, .selected),
                loggedIn("LISTRIGHTS INBOX", "BAD", .authenticated, .selected),
            ],
            "SETACL": [
                loggedIn("SETACL INBOX bob lr", "NO [CANNOT]", .authenticated, .selected),
                loggedIn("SETACL INBOX bob q", "BAD", .authenticated, .selected),
            ],
            "DELETEACL": [
                loggedIn("DELETEACL INBOX bob", "NO [CANNOT]", .authenticated, .selected),
                loggedIn("DELETEACL INBOX", "BAD", .authenticated, .selected),
            ],
            "GETMETADATA": [
                loggedIn("GETMETADATA INBOX /shared/comment", "OK", .authenticated, .selected),
                loggedIn("GETMETADATA nowhere /shared/comment", "NO [NONEXISTENT]", .authenticated, .selected),
                loggedIn("GETMETADATA INBOX", "BAD", .authenticated, .selected),
            ],
            "SETMETADATA": [
                loggedIn("SETMETADATA INBOX (/shared/comment NIL)", "OK", .authenticated, .selected),
                loggedIn("SETMETADATA \"\" (/shared/comment NIL)", "NO [NOPERM]", .authenticated, .selected),
                loggedIn("SETMETADATA INBOX ()", "BAD", .authenticated, .selected),
            ],
            "EXPUNGE": [selected("EXPUNGE", "OK", .selected), selected("EXPUNGE 1", "BAD", .selected)],
            "LISTA": [
                unselected("LISTA admin", "OK", .authenticated), unselected("LISTA bob", "NO [CANNOT]", .authenticated),
            ],
            "NOTIFY": [
                loggedIn("NOTIFY NONE", "OK", .authenticated, .selected),
                loggedIn("NOTIFY SET (personal (MailboxName))", "OK", .authenticated, .selected),
                loggedIn("NOTIFY SET (personal (AnnotationChange))", "NO [BADEVENT", .authenticated, .selected),
                loggedIn("NOTIFY SET (personal (MessageNew))", "BAD", .authenticated, .selected),
            ],
            "SELECTA": [
                unselected("SELECTA admin", "OK", .authenticated),
                unselected("SELECTA bob", "NO [CANNOT]", .authenticated),
            ],
            "SORT": [
                selected("SORT (DATE) UTF-8 ALL", "OK", .selected), selected("SORT () UTF-8 ALL", "BAD", .selected),
                selected("SORT (DATE) XYZZY ALL", "NO [BADCHARSET", .selected),
            ],
            "UID SORT": [
                selected("UID SORT (DATE) UTF-8 ALL", "OK", .selected), selected("UID SORT ALL", "BAD", .selected),
            ],
            "THREAD": [
                selected("THREAD REFERENCES UTF-8 ALL", "OK", .selected),
                selected("THREAD XYZZY UTF-8 ALL", "BAD", .selected),
            ],
            "UID THREAD": [
                selected("UID THREAD ORDEREDSUBJECT UTF-8 ALL", "OK", .selected),
                selected("UID THREAD REFERENCES", "BAD", .selected),
            ],
            "CANCELUPDATE": [
                selected("CANCELUPDATE \"a\"", "OK", .selected), selected("CANCELUPDATE a", "BAD", .selected),
            ],
            "LANGUAGE": [
                same("LANGUAGE", "OK"), same("LANGUAGE de", "OK"), same("LANGUAGE mul", "NO"),
                same("LANGUAGE de_AT", "BAD"),
            ],
            "COMPARATOR": [
                loggedIn("COMPARATOR", "OK", .authenticated, .selected),
                loggedIn("COMPARATOR i;octet", "OK", .authenticated, .selected),
                loggedIn("COMPARATOR i;basic", "NO [BADCOMPARATOR]", .authenticated, .selected),
                loggedIn("COMPARATOR ;", "BAD", .authenticated, .selected),
            ],
            "UNAUTHENTICATE": [
                loggedIn("UNAUTHENTICATE", "OK", .notAuthenticated, .notAuthenticated),
                loggedIn("UNAUTHENTICATE x", "BAD", .authenticated, .selected),
            ],
        ]
    }()

    private static let extensions =
        IMAPExtension.standard + [IMAPExtension("XSTATE") { $0.add(StateCommand.self) }]

    @Test func theTableHasARowForEveryRegisteredCommandAndNoOther() throws {
        let tables = try ServerTables(
            Self.extensions, ServerConfiguration(), authenticator: TestUsers(), store: MemoryStore())
        var registered = Set(tables.commands.keys.map(\.description))
        registered.formUnion(tables.uidCommands.keys.map { "UID \($0)" })
        registered.remove("XSTATE")
        #expect(registered == Set(Self.table.keys))
    }

    @Test func everyCommandRepliesAndLeavesTheStateAsTheTableSays() async throws {
        for rows in Self.table.values {
            for row in rows {
                for (index, (reply, after)) in row.replies.enumerated() {
                    let fixture = try Fixture(extensions: Self.extensions)
                    try fixture.fill("admin", 2)
                    let client = await fixture.connect()
                    if index >= 1 { await client.line("s1 LOGIN admin root") }
                    if index >= 2 { await client.line("s2 SELECT INBOX") }
                    let output = await client.line("t1 \(row.line)")
                    let tagged = output.split(separator: "\r\n").last.map(String.init) ?? ""
                    #expect(tagged.hasPrefix("t1 \(reply)"), "\(row.line) in state \(index): \(output)")
                    if after == .closed {
                        #expect(client.transport.isClosed)
                    } else {
                        let state = await client.line("t2 XSTATE")
                        #expect(state == "t2 OK \(after.rawValue)\r\n", "\(row.line) in state \(index)")
                    }
                }
            }
        }
    }

    /// U-P-1: behind UNAUTHENTICATE, in its segment, each command has the answer of a connection nobody logged in on.
    @Test func behindUNAUTHENTICATEEveryCommandIsThatOfNobody() async throws {
        for row in Self.table.values.joined() {
            let fresh = await (try Fixture(extensions: Self.extensions)).connect()
            let expected = await fresh.line("t \(row.line)")
            for isSelected in [false, true] {
                let fixture = try Fixture(extensions: Self.extensions)
                try fixture.fill("admin", 2)
                let client = await fixture.logIn("admin", "root")
                if isSelected { await client.line("s SELECT INBOX") }
                let output = await client.send("u UNAUTHENTICATE\r\nt \(row.line)\r\n")
                let parts = output.split(separator: "Not authenticated\r\n", maxSplits: 1)
                #expect(parts.count == 2 && parts.first?.hasPrefix("u OK ") == true, "\(row.line): \(output)")
                #expect(parts.last.map(String.init) == expected, "\(row.line)")
            }
        }
    }

    @Test func anUnknownCommandIsBADInEveryStateAndChangesNothing() async throws {
        let fixture = try Fixture(extensions: Self.extensions)
        let client = await fixture.connect()
        for (line, state) in [
            ("NOOP", "not authenticated"), ("LOGIN admin root", "authenticated"), ("SELECT INBOX", "selected"),
        ] {
            await client.line("s \(line)")
            for unknown in ["XYZZY", "UID NOOP", "UID", "LOGINX a b", "\u{17F}ELECT INBOX"] {
                #expect(await client.line("t \(unknown)").hasPrefix("t BAD"), "\(unknown)")
                #expect(await client.line("t XSTATE") == "t OK \(state)\r\n")
            }
        }
    }
}
