import IMAPTestKit

/// SplitMix64: the same programs for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// What one user does on a connection, and what happens meanwhile.
enum ResetStep {
    /// Octets of the client's. When they are held back, they travel with what is sent next.
    case send(String, isHeldBack: Bool)
    /// Something happens in a user's INBOX, from outside.
    case happen(ResetEvent)
    /// `IDLE` with the INBOX selected, or with nothing: what happens, and the line behind it.
    case idle(selected: Bool, [ResetEvent], end: String)
}

enum ResetEvent {
    case deliver(to: String)
    case flag(of: String)
    case remove(of: String)

    var user: String {
        switch self {
        case .deliver(let user), .flag(let user), .remove(let user): user
        }
    }
}

/// One login and what follows it, to the next UNAUTHENTICATE.
struct ResetStretch {
    let user: String
    /// Whether the user logs in by itself, and so may not UNAUTHENTICATE: the last of a program.
    let isOwnLogin: Bool
    /// Sent before the login, and so not permitted, or harmless.
    let before: [String]
    let steps: [ResetStep]
    /// Whether the login travels with the commands around it.
    let isPipelined: Bool
}

/// A random program over every command that is registered, right ones and wrong ones.
struct ResetProgram {
    static let users = ["alice", "bob", "carol"]
    let stretches: [ResetStretch]

    init(seed: UInt64) {
        var maker = Maker(random: SeededGenerator(seed: seed))
        let count = maker.roll(2...5)
        let endsWithOwnLogin = maker.roll(0...2) == 0
        stretches = (1...count).map { maker.stretch(isOwnLogin: $0 == count && endsWithOwnLogin) }
    }

    private struct Maker {
        var random: SeededGenerator
        var user = ""
        var number = 0

        mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

        mutating func pick<Element>(_ list: [Element]) -> Element { list[roll(0...list.count - 1)] }

        mutating func stretch(isOwnLogin: Bool) -> ResetStretch {
            user = pick(ResetProgram.users)
            number = 0
            let before = roll(0...4) > 0 ? [] : [pick(ResetProgram.early)]
            var steps: [ResetStep] = []
            for _ in 0..<roll(0...12) { steps += step() }
            return ResetStretch(
                user: user, isOwnLogin: isOwnLogin, before: before, steps: steps, isPipelined: roll(0...2) == 0)
        }

        mutating func event() -> ResetEvent {
            // Oftener the user's own, whom it concerns.
            let whose = roll(0...1) == 0 ? user : pick(ResetProgram.users)
            return switch roll(0...5) {
            case 0...2: .deliver(to: whose)
            case 3, 4: .flag(of: whose)
            default: .remove(of: whose)
            }
        }

        mutating func step() -> [ResetStep] {
            switch roll(0...99) {
            case 0..<12: return [.happen(event())]
            case 12..<15:
                let events = (0..<roll(0...3)).map { _ in event() }
                return [.idle(selected: roll(0...3) > 0, events, end: pick(["DONE", "done", "DONE", "XYZZY"]))]
            case 15..<30: return append()
            default: return [.send(tag() + line() + "\r\n", isHeldBack: roll(0...4) == 0)]
            }
        }

        mutating func tag() -> String {
            number += 1
            return "t\(number) "
        }

        /// A command, sometimes spoilt. One with a literal is not: what it announces must come.
        mutating func line() -> String {
            var words = Array(pick(ResetProgram.lines))
            for (index, character) in words.enumerated() {
                if character == "#" { words[index] = Character("\(roll(1...6))") }
            }
            let text = String(words).replacing("@", with: pick(ResetProgram.users))
            guard !text.contains("{"), roll(0...11) == 0 else { return text }
            switch roll(0...4) {
            case 0: return String(text.dropLast())
            case 1: return text + " "
            case 2: return text + " x"
            case 3: return text.replacing(" ", with: "  ", maxReplacements: 1)
            default: return text.lowercased()
            }
        }

        /// Messages in every form, some cut in the middle of a literal while something happens.
        mutating func append() -> [ResetStep] {
            let text = "Subject: a\r\n\r\nmail of \(user), appended \(roll(10...99))\r\n"
            let size = text.utf8.count
            let target = pick([
                "INBOX", "INBOX", "box", "inbox (\\Seen $Work)", "box () \"01-Jan-2020 00:00:00 +0000\"",
            ])
            switch roll(0...12) {
            case 0: return [.send("\(tag())APPEND \(target) {\(size)}\r\n", isHeldBack: false), end(text)]
            case 1, 2:
                return [.send("\(tag())APPEND \(target) {\(size)+}\r\n\(text)\r\n", isHeldBack: roll(0...2) == 0)]
            case 3:
                let cut = text.index(text.startIndex, offsetBy: roll(0...text.count))
                return [
                    .send("\(tag())APPEND \(target) {\(size)+}\r\n\(text[..<cut])", isHeldBack: false),
                    .happen(event()), end(String(text[cut...])),
                ]
            case 4:
                return [
                    .send("\(tag())APPEND \(target) {3+}\r\none (\\Draft) {\(size)+}\r\n\(text)\r\n", isHeldBack: false)
                ]
            case 5: return [.send("\(tag())APPEND nowhere {\(size)+}\r\n", isHeldBack: false), end(text)]
            case 6:
                return [
                    .send("\(tag())APPEND \(pick(["nowhere", "INBOX \"x\"", "\"&x\""])) {9}\r\n", isHeldBack: false)
                ]
            case 7:
                return [
                    .send(
                        "\(tag())APPEND \(target) {\(pick(["0", "67108865", "99999999999999999999"]))}\r\n",
                        isHeldBack: false)
                ]
            case 8: return [.send("\(tag())APPEND \(target) ~{4+}\r\na\0bc\r\n", isHeldBack: false)]
            case 9: return [.send("\(tag())APPEND \(target) {4+}\r\na\0bc\r\n", isHeldBack: false)]
            case 10:
                return [
                    .send(
                        "\(tag())APPEND {5+}\r\nINBOX {3+}\r\nabc\(pick(["", " ", ")", " {0+}\r\n"]))\r\n",
                        isHeldBack: false)
                ]
            case 11:
                return [
                    .send(
                        "\(tag())APPEND \(target) {3+}\r\nabc {5000+}\r\n\(String(repeating: "z", count: 5000))\r\n",
                        isHeldBack: true)
                ]
            default: return [.send("\(tag())APPEND \(target) {3+}\r\nabc {67108865}\r\n", isHeldBack: false)]
            }
        }

        private mutating func end(_ text: String) -> ResetStep { .send(text + "\r\n", isHeldBack: roll(0...2) == 0) }
    }

    /// Before a login.
    private static let early = [
        "CAPABILITY", "NOOP", "SELECT INBOX", "FETCH $ FLAGS", "IDLE", "ENABLE CONDSTORE", "ID NIL", "UNAUTHENTICATE",
        "APPEND INBOX {3+}\r\nabc", "LIST \"\" *", "LOGIN {5000}", "AUTHENTICATE PLAIN\r\n*", "CREATE \"\u{e9}\"",
        "XYZZY",
        "STATUS {5000+}\r\n" + String(repeating: "x", count: 5000), "SEARCH RETURN (SAVE) ALL",
    ]

    /// `@` is a user, `#` a number.
    private static let lines = [
        "SELECT INBOX", "SELECT INBOX", "SELECT INBOX", "SELECT INBOX", "SELECT INBOX (CONDSTORE)", "SELECT box",
        "EXAMINE INBOX", "EXAMINE box (CONDSTORE)", "SELECT nowhere", "SELECT INBOX (XYZZY)", "LANGUAGE",
        "LANGUAGE mul", "LANGUAGE mul de", "LANGUAGE fr-CA", "LANGUAGE i-default",
        "LANGUAGE default", "COMPARATOR",
        "COMPARATOR i;octet", "COMPARATOR -i;ascii-casemap", "COMPARATOR \"*\"", "COMPARATOR x",
        "SEARCH SUBJECT \"BOB\"", "SORT (REVERSE SUBJECT FROM) UTF-8 ALL", "SELECT \"\u{e9}\"",
        "NOOP", "NOOP", "NOOP", "CHECK", "CLOSE", "UNSELECT", "EXPUNGE", "UID EXPUNGE 1:*", "UID EXPUNGE #",
        "FETCH 1:* (FLAGS UID INTERNALDATE RFC822.SIZE)", "FETCH 1:* (UID MODSEQ)", "FETCH 1:* FLAGS",
        "UID FETCH 1:* (FLAGS) (CHANGEDSINCE #)", "UID FETCH 1:* (BODY.PEEK[])", "FETCH 1 BODY[TEXT]<2.20>",
        "FETCH # (ENVELOPE BODYSTRUCTURE)", "FETCH # BINARY.PEEK[]<0.9>", "FETCH 1 (BINARY[1] BINARY.SIZE[1])",
        "FETCH $ (UID FLAGS)", "UID FETCH $ FLAGS", "FETCH (", "FETCH 99 FLAGS", "FETCH 1 RFC822.HEADER",
        "UID FETCH # (BODY[HEADER.FIELDS (SUBJECT)] RFC822.SIZE)",
        "STORE 1:* +FLAGS (\\Flagged)", "UID STORE 1:2 FLAGS.SILENT (\\Seen \\Deleted)", "STORE 1 -FLAGS (\\Deleted)",
        "STORE 1:* (UNCHANGEDSINCE #) +FLAGS ($Work)", "UID STORE $ +FLAGS.SILENT (\\Answered)",
        "UID STORE # (UNCHANGEDSINCE 2#) FLAGS ()", "STORE 1:* +FLAGS.SILENT (\\Deleted)",
        "COPY 1 INBOX", "COPY 1:2 box", "COPY 1 nowhere", "UID COPY 1:* box", "UID MOVE # box", "MOVE 1 INBOX",
        "MOVE 1 nowhere", "UID MOVE $ box", "COPY $ box", "UID MOVE 99 box",
        "CREATE box", "CREATE box", "CREATE box/a/b/", "CREATE box/sent (USE (\\Sent))", "CREATE x (USE (\\Noselect))",
        "CREATE INBOX", "CREATE \"&AOk-\"", "CREATE \"\u{e9}\"", "DELETE box", "DELETE box/a", "DELETE INBOX",
        "RENAME box other", "RENAME other box", "RENAME INBOX old/mail", "RENAME box/a x/y/z", "RENAME nowhere x",
        "SUBSCRIBE box/below", "UNSUBSCRIBE box/below", "SUBSCRIBE INBOX", "LSUB \"\" *", "LSUB \"\" %",
        "LIST \"\" *", "LIST \"\" \"\"", "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (% b*) RETURN (CHILDREN SPECIAL-USE)",
        "LIST \"\" % RETURN (STATUS (MESSAGES SIZE UNSEEN) SUBSCRIBED)", "LIST (SPECIAL-USE) \"\" *",
        "LIST \"\" * RETURN (STATUS (HIGHESTMODSEQ))", "LIST (RECURSIVEMATCH) \"\" *",
        "LIST () box/ (% \"\") RETURN ()",
        "LIST {0+}\r\n {1+}\r\n*", "NAMESPACE", "STATUS INBOX (MESSAGES UIDNEXT UNSEEN RECENT)",
        "STATUS INBOX (SIZE DELETED DELETED-STORAGE APPENDLIMIT)", "STATUS INBOX (HIGHESTMODSEQ)",
        "STATUS nowhere (SIZE)",
        "STATUS {5+}\r\nINBOX (UIDVALIDITY)", "STATUS {5}\r\nINBOX (SIZE)", "STATUS {70000}",
        "GETQUOTA \"\"", "GETQUOTA nowhere", "GETQUOTAROOT box", "SETQUOTA \"\" (STORAGE 9)",
        "ENABLE CONDSTORE", "ENABLE IMAP4rev2", "ENABLE IMAP4rev2", "ENABLE UIDONLY", "ENABLE X-NOTHING UTF8=ACCEPT",
        "SELECT \"\u{e9}\"", "CREATE \"\u{e9}\"", "APPEND INBOX UTF8 (~{16+}\r\nSubject: \u{e9}@\r\n\r\n)",
        "ENABLE UIDONLY CONDSTORE IMAP4rev2",
        "SEARCH RETURN (SAVE) UNSEEN", "SEARCH RETURN (SAVE) TEXT @", "UID SEARCH RETURN (MIN SAVE) NOT DELETED",
        "SEARCH RETURN (SAVE) 2:*", "SEARCH $", "UID SEARCH OR $ BODY @", "SEARCH RETURN (SAVE) CHARSET XYZZY ALL",
        "SEARCH ALL", "UID SEARCH MODSEQ #", "SEARCH RETURN (COUNT MAX ALL) OR FLAGGED LARGER 5#",
        "SEARCH YOUNGER 99999",
        "SEARCH TEXT {4+}\r\nmail", "UID SEARCH RETURN (SAVE ALL) UID #:*", "SEARCH ((((ALL", "SEARCH XYZZY",
        "CAPABILITY", "ID (\"name\" \"#\")", "LOGIN @ x", "AUTHENTICATE PLAIN", "STARTTLS", "UNAUTHENTICATE x", "XYZZY",
        "UID", "UID NOOP", "IDLE\r\nDONE", "IDLE\r\nXYZZY", "", " ", "LOGOUT x", "XYZZY {3+}\r\nabc",
    ]
}
