import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPSession
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("Hostile: rights and names (R-AZ-1, R-AZ-2, R-AZ-6)")
struct HostileRightsTests {
    private static func tables() throws -> ServerTables {
        try ServerTables(
            IMAPExtension.standard, ServerConfiguration(), authenticator: HostileUsers(), store: MemoryStore())
    }

    /// R-AZ-1: RFC 4314 section 4, for the commands there are. A command that is new here needs a row.
    static let rights: [Keyword: (states: SessionStates, right: RequiredRight)] = [
        "CAPABILITY": (.any, .none), "NOOP": (.any, .none), "LOGOUT": (.any, .none), "ID": (.any, .none),
        "STARTTLS": (.notAuthenticated, .none), "LOGIN": (.notAuthenticated, .none),
        "AUTHENTICATE": (.notAuthenticated, .none), "UNAUTHENTICATE": (.loggedIn, .none), "LIST": (.loggedIn, .lookup),
        "STATUS": (.loggedIn, .read), "SELECT": (.loggedIn, .read), "EXAMINE": (.loggedIn, .read),
        "CLOSE": (.selected, .none), "UNSELECT": (.selected, .none), "FETCH": (.selected, .read),
        "SEARCH": (.selected, .read), "LSUB": (.loggedIn, .lookup), "NAMESPACE": (.loggedIn, .none),
        "GETQUOTA": (.loggedIn, .none), "GETQUOTAROOT": (.loggedIn, .read), "SETQUOTA": (.loggedIn, .administer),
        "SETACL": (.loggedIn, .administer), "DELETEACL": (.loggedIn, .administer), "GETACL": (.loggedIn, .administer),
        "LISTRIGHTS": (.loggedIn, .administer), "MYRIGHTS": (.loggedIn, .lookup),
        "GETMETADATA": (.loggedIn, .lookup), "SETMETADATA": (.loggedIn, .lookup),
    ]

    /// R-AZ-1
    @Test func everyCommandHasItsStatesAndItsRight() throws {
        let tables = try HostileRightsTests.tables()
        for (name, command) in tables.commands {
            #expect(command.facts.name == name)
            #expect(command.facts.forms != .uidOnly)
            #expect(!command.facts.states.isEmpty)
        }
        for (name, command) in tables.uidCommands {
            #expect(command.facts.name == name)
            #expect(command.facts.forms != .plain)
            #expect(command.facts.states == .selected)
        }
        for (name, expected) in HostileRightsTests.rights {
            let facts = try #require(tables.commands[name]?.facts, "\(name)")
            #expect(facts.states == expected.states, "\(name)")
            #expect(facts.right == expected.right, "\(name)")
        }
        // A command behind a login that names no mailbox must be one of these.
        let free = tables.commands.values.map { $0.facts }.filter { $0.right == .none && $0.states != .any }.map(\.name)
        let known: Set<Keyword> = [
            "STARTTLS", "LOGIN", "AUTHENTICATE", "UNAUTHENTICATE", "CLOSE", "UNSELECT", "CHECK", "UNSUBSCRIBE",
            "ENABLE", "IDLE", "GETQUOTA", "NAMESPACE", "LISTA", "SELECTA", "CANCELUPDATE",
        ]
        #expect(Set(free).isSubset(of: known))
    }

    /// R-AZ-1 and the gate: in a state that is not its own, a command is BAD whatever its arguments are.
    @Test func everyCommandIsBADInEveryOtherState() async throws {
        let tables = try HostileRightsTests.tables()
        let commands =
            tables.commands.map { ($0.key.description, $0.value) }
            + tables.uidCommands.map { ("UID \($0.key)", $0.value) }
        for (name, command) in commands {
            for stage in HostileLiteralTests.Stage.allCases where !command.facts.states.contains(stage.phase) {
                let lab = try Lab()
                let peer = await stage.peer(lab)
                for arguments in ["", " x", " INBOX", " 1 FLAGS", " {3}"] {
                    let answer = await peer.line("a \(name)\(arguments)")
                    #expect(answer == "a BAD Command not permitted in this state\r\n", "\(name)\(arguments) \(stage)")
                    #expect(await peer.isAlive())
                }
            }
        }
    }

    /// R-AZ-2: the answers about a mailbox that is hidden, one that does not exist, and one that cannot exist.
    @Test func aHiddenMailboxAndOneThatDoesNotExistLookTheSame() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        for name in ["Hidden", "Hidden/below", "Absent/below", "Open"] {
            try memory.createMailbox(#require(MailboxName(name)), for: user("alice"))
        }
        store.hide(try #require(MailboxName("Hidden")))
        for isSelected in [false, true] {
            for command in [
                "SELECT NAME", "EXAMINE NAME", "STATUS NAME (MESSAGES UIDNEXT)", "LIST \"\" NAME", "LIST NAME \"\"",
                "LIST \"\" NAME%", "SELECT \"NAME\"", "SELECT {6+}\r\nNAME", "LSUB \"\" NAME",
                "LIST \"\" NAME RETURN (STATUS (MESSAGES) CHILDREN)", "DELETE NAME", "RENAME NAME other",
                "APPEND NAME {3+}\r\nabc", "APPEND NAME {3}", "COPY 1 NAME", "UID COPY 1 NAME", "MOVE 1 NAME",
                "UID MOVE 1 NAME",
            ] {
                var answers: Set<String> = []
                for name in ["Hidden", "Absent"] {
                    let peer = isSelected ? await lab.select() : await lab.logIn()
                    var answer = await peer.line("a " + command.replacing("NAME", with: name))
                    answer += await peer.line("b FETCH 1 UID")
                    answer += await peer.line("c CLOSE")
                    answers.insert(answer.replacing(name, with: "NAME"))
                }
                #expect(answers.count == 1, "\(command): \(answers)")
            }
        }
        // A level above a mailbox one may see is a level, hidden or absent (SEMANTICS 1).
        let list = await (await lab.logIn()).line("d LIST \"\" %")
        #expect(list.contains("* LIST (\\Noselect \\HasChildren) \"/\" Hidden\r\n"), "\(list)")
    }

    /// R-AZ-6, R-MUTF7-1 at server level: what no mailbox can be called does not reach the host, and is no mailbox.
    @Test(arguments: [
        "&", "&AA", "&AOk", "&AOk=-", "&AGE-", "&2AA-", "&3AA-", "a&AOk-&AOk-", "&,-", "\u{e9}", "a\u{7F}b", "a\rb",
        "a\nb",
        "a\tb", "\u{1B}", "", "&AIU-", "a&ICg-b", "&ICg-", "&ICk-", "&AJ8-", "&AH8-",
        String(repeating: "x", count: 1025), "&" + String(repeating: "A", count: 2000) + "-",
    ])
    func aNameThatNoMailboxCanHaveDoesNotReachTheHost(_ name: String) async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        let peer = await lab.logIn()
        let literal = "{\(name.utf8.count)+}\r\n\(name)"
        for command in ["SELECT \(literal)", "EXAMINE \(literal)", "STATUS \(literal) (MESSAGES)"] {
            #expect(await peer.line("a \(command)") == "a NO [NONEXISTENT] No such mailbox\r\n", "\(command)")
        }
        #expect(await peer.line("b LIST \"\" \(literal)").hasSuffix("b OK LIST completed\r\n"))
        #expect(store.names.isEmpty)
    }

    /// R-AZ-6: every other name reaches the host as it is, path or not.
    @Test(arguments: [
        "..", "../../etc/passwd", "~root", "/", "a//b", "%", "*", "\\", "\"", "a b", "&-", "NIL", "{5}", "&AOk-",
    ])
    func everyOtherNameReachesTheHostDecodedAndNotInterpreted(_ name: String) async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        let peer = await lab.logIn()
        await peer.line("a SELECT {\(name.utf8.count)+}\r\n\(name)")
        let decoded = name == "&-" ? "&" : name == "&AOk-" ? "\u{e9}" : name
        #expect(store.names.map(\.octets) == [octets(decoded)])
    }

    /// R-AZ-3: a right is asked for at each use. What was lost behind SELECT is lost.
    @Test func aRightThatIsLostBehindSELECTIsLost() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        let peer = await lab.select()
        await peer.line("a STORE 1:2 +FLAGS.SILENT (\\Deleted)")
        #expect(await peer.line("b UID EXPUNGE 1") == "* 1 EXPUNGE\r\nb OK UID EXPUNGE completed\r\n")
        store.refuseExpunge()
        #expect(await peer.line("c EXPUNGE").hasPrefix("c NO [NOPERM] "))
        store.hide(.inbox)
        #expect(await peer.line("d COPY 1 INBOX").hasPrefix("d NO [TRYCREATE] "))
        #expect(await peer.line("e STATUS INBOX (MESSAGES)").hasPrefix("e NO [NONEXISTENT] "))
        #expect(try memory.records(in: .inbox, for: user("alice")).count == 2)
    }

    /// RFC 4314 section 4: without the right `e`, CLOSE expunges nothing and closes.
    @Test func closeWithoutTheRightToExpungeCloses() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store)
        try lab.fill()
        store.refuseExpunge()
        let peer = await lab.select()
        let answer = await peer.line("a CLOSE")
        #expect(answer == "a OK CLOSE completed\r\n", "\(answer)")
    }
}

extension HostileLiteralTests.Stage {
    var phase: SessionPhase {
        switch self {
        case .beforeLogin: .notAuthenticated
        case .inTheClear: .notAuthenticated
        case .authenticated: .authenticated
        case .selected: .selected
        }
    }
}
