import IMAPText

/// What one client does, and what must be answered.
struct LoadStep {
    let octets: [UInt8]
    let answer: ExpectedOctets
    /// Commands that it completes.
    let commands: Int

    init(_ text: String, _ answer: ExpectedOctets, commands: Int = 1) {
        self.init(Array((text + "\r\n").utf8), answer, commands: commands)
    }

    init(_ octets: [UInt8], _ answer: ExpectedOctets, commands: Int = 1) {
        self.octets = octets
        self.answer = answer
        self.commands = commands
    }
}

/// A client that is at work all the time: an administrator who acts for two users in turn, on one connection. It writes
/// messages that no other client writes, and reads them back.
struct BusyScript {
    private struct User {
        let name: String
        /// UID of the message that comes next.
        var uid = 1
    }

    private enum Stage {
        case logIn, create, select, append, send, fetch, change, expunge, switchUser
    }

    private let password: String
    private let number: Int
    private var users: [User]
    private var current = 0
    private var stage = Stage.logIn
    private var rounds = 0
    private var message: [UInt8] = []
    private var mark = ""
    private var random: UInt64

    static let greeting = ExpectedOctets("* OK […")
    private static let roundsOfAUser = 5

    init(_ number: Int, password: String) {
        self.number = number
        self.password = password
        users = ["a", "b"].map { User(name: "busy\(number)\($0)") }
        random = UInt64(number) &* 0x9E37_79B9_7F4A_7C15 | 1  // wraps on purpose
    }

    private mutating func below(_ bound: UInt64) -> UInt64 {
        // xorshift64
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return random % bound
    }

    private var login: String {
        let plain = Array("\(users[current].name)\0load.admin\0\(password)".utf8)
        return "AUTHENTICATE PLAIN \(String(decoding: Base64.encode(plain.span), as: UTF8.self))"
    }

    private var selected: ExpectedOctets {
        ExpectedOctets(
            "* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)", "* 0 EXISTS", "* 0 RECENT",
            "* OK [UIDVALIDITY #] UIDs valid", "* OK [UIDNEXT \(users[current].uid)] Predicted next UID",
            "* OK [PERMANENTFLAGS …", "* OK [HIGHESTMODSEQ #] …", "* OK [MAILBOXID (…",
            "s OK [READ-WRITE] SELECT completed")
    }

    mutating func next() -> LoadStep {
        switch stage {
        case .logIn:
            stage = .create
            return LoadStep("l \(login)", ExpectedOctets("l OK [CAPABILITY …"))
        case .create:
            stage = .select
            return LoadStep("c CREATE load", ExpectedOctets("c OK [MAILBOXID (…"))
        case .select:
            stage = .append
            return LoadStep("s SELECT load", selected)
        case .append:
            stage = .send
            rounds += 1
            makeMessage()
            return LoadStep(
                "a APPEND load {\(message.count)}", ExpectedOctets("+ Ready for literal data"), commands: 0)
        case .send:
            stage = .fetch
            return LoadStep(
                message + [0x0D, 0x0A],
                ExpectedOctets(
                    "* 1 EXISTS", "* 1 RECENT", "a OK [APPENDUID # \(users[current].uid)] APPEND completed"))
        case .fetch:
            stage = .change
            var answer = ExpectedOctets(
                "* 1 FETCH (UID \(users[current].uid) FLAGS (\\Recent) BODY[] {\(message.count)}")
            answer.append(message)
            answer.append(")")
            answer.append("f OK FETCH completed")
            return LoadStep("f UID FETCH \(users[current].uid) (FLAGS BODY.PEEK[])", answer)
        case .change:
            stage = .expunge
            let uid = users[current].uid
            return LoadStep(
                "g NOOP\r\nh UID SEARCH TEXT \(mark)\r\ni UID STORE 1:* +FLAGS (\\Deleted)",
                ExpectedOctets(
                    "g OK NOOP completed", "* SEARCH \(uid)", "h OK SEARCH completed",
                    "* 1 FETCH (UID \(uid) FLAGS (\\Deleted \\Recent))", "i OK STORE completed"),
                commands: 3)
        case .expunge:
            users[current].uid += 1
            stage = rounds % BusyScript.roundsOfAUser == 0 ? .switchUser : .append
            return LoadStep(
                "j UID EXPUNGE \(users[current].uid - 1)",
                ExpectedOctets("* 1 EXPUNGE", "j OK UID EXPUNGE completed"))
        case .switchUser:
            // The mailbox goes, and with it what a store remembers of its messages. The whole switch is one write
            // (RFC 8437 section 3).
            users[current].uid = 1
            current = 1 - current
            stage = .append
            var answer = ExpectedOctets(
                "k OK UNSELECT completed", "d OK DELETE completed", "u OK [CAPABILITY …", "l OK [CAPABILITY …",
                "c OK [MAILBOXID (…")
            answer.append(selected)
            return LoadStep(
                "k UNSELECT\r\nd DELETE load\r\nu UNAUTHENTICATE\r\nl \(login)\r\nc CREATE load\r\ns SELECT load",
                answer, commands: 6)
        }
    }

    /// A message of 100 octets to 20 KB, every line of it this client's, this user's and this round's.
    private mutating func makeMessage() {
        mark = "n\(number)u\(current)r\(rounds)x"
        let size = Int(100 + below(below(8) == 0 ? 20_000 : 2_000))
        message = Array("Subject: \(mark)\r\n\r\n".utf8)
        let line = Array("\(mark) the quick brown fox jumps over the lazy dog\r\n".utf8)
        while message.count < size { message += line }
    }
}

/// A client that logged in and says nothing.
enum IdleScript {
    /// In what the clients are while they are idle.
    enum State: String {
        case authenticated, selected, idle
    }

    static func steps(_ number: Int, password: String, _ state: State) -> [LoadStep] {
        var steps = [LoadStep("l LOGIN idle\(number) \(password)", ExpectedOctets("l OK [CAPABILITY …"))]
        if state != .authenticated {
            steps.append(
                LoadStep(
                    "s EXAMINE INBOX",
                    ExpectedOctets(
                        "* FLAGS (…", "* 0 EXISTS", "* 0 RECENT", "* OK [UIDVALIDITY #] UIDs valid",
                        "* OK [UIDNEXT 1] Predicted next UID", "* OK [PERMANENTFLAGS …", "* OK [HIGHESTMODSEQ #] …",
                        "* OK [MAILBOXID (…", "s OK [READ-ONLY] EXAMINE completed")))
        }
        if state == .idle { steps.append(LoadStep("i IDLE", ExpectedOctets("+ idling"), commands: 0)) }
        return steps
    }

    /// Asks whether a client that was idle is still served, and leaves it as it was.
    static func probe(_ state: State) -> LoadStep {
        state == .idle
            ? LoadStep("DONE\r\ni IDLE", ExpectedOctets("i OK IDLE completed", "+ idling"))
            : LoadStep("n NOOP", ExpectedOctets("n OK NOOP completed"))
    }
}
