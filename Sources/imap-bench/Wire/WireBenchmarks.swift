import IMAPText

/// One thing that clients make a server do.
struct WireBenchmark {
    enum Place {
        /// A server whose mailboxes are empty.
        case empty
        /// A server where someone's INBOX has 10,000 messages of ``Corpus``, 46 MB.
        case full
        /// The loop that does nothing but read and write.
        case echo
    }

    let name: String
    let unit: String
    let place: Place
    /// How often a round does it.
    let count: Int
    /// What the echo loop does in turns with it, and how many times as long this may take the server.
    var echo: (name: String, reach: Double)?
    /// Returns the work of a round, of this many.
    let prepare: (UInt16) throws -> (Int) throws -> Void
}

extension WireBenchmark {
    static let messages = 10_000

    static var all: [WireBenchmark] {
        [
            echo("echo", lines: 1), lines("noop", "NOOP", 1, beside: ("echo", 1.25)), echo("echo-100", lines: 100),
            lines("noop-100", "NOOP", 100),
            connect("echo-connect", .echo), connect("connect-login-logout", .empty, beside: ("echo-connect", 1.5)),
            echo("echo-2", lines: 2),
            switching("switch", 1, beside: ("echo-2", 1.5)), switching("switch-50", 50),
            command("fetch-flags", "UID FETCH 1:* (FLAGS)"),
            command("fetch-size-date", "UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)"),
            command("fetch-structure", "UID FETCH 1:* (ENVELOPE BODYSTRUCTURE)", count: 3), bodies,
            command("search-unseen", "UID SEARCH UNSEEN", count: 50),
            command("search-from", "UID SEARCH FROM nobody-has-this-name", count: 10),
            command("search-text", "UID SEARCH TEXT nobody-wrote-this-word", count: 3),
            command("sort-date", "UID SORT (DATE) UTF-8 ALL", count: 20),
            command("thread-references", "UID THREAD REFERENCES UTF-8 ALL", count: 10), append,
        ]
    }

    private static func octets(_ text: String) -> [UInt8] { Array(text.utf8) }

    private static func logIn(_ port: UInt16, _ name: String) throws -> WireClient {
        let client = try WireClient(port)
        try client.say(octets("z LOGIN \(name) pass\r\n"), expecting: 1)
        return client
    }

    /// Appends the mail of ``Corpus``, four of five messages seen.
    static func fill(_ port: UInt16) throws {
        let client = try logIn(port, "someone")
        let batch = 50
        for first in stride(from: 0, to: messages, by: batch) {
            var said: [UInt8] = []
            for number in first..<min(first + batch, messages) {
                let mail = Corpus.octets(number, lines: Corpus.lines)
                said += octets("z APPEND INBOX \(number % 5 == 0 ? "" : "(\\Seen) "){\(mail.count)+}\r\n") + mail
                said += [0x0D, 0x0A]
            }
            try client.say(said, expecting: min(batch, messages - first))
        }
    }

    private static func echo(_ name: String, lines: Int) -> WireBenchmark {
        WireBenchmark(name: name, unit: "write of \(lines)", place: .echo, count: 20_000 / lines) { port in
            let client = try WireClient(port)
            let said = octets(String(repeating: "z NOOP\r\n", count: lines))
            return { count in for _ in 0..<count { try client.say(said, expecting: lines) } }
        }
    }

    private static func lines(_ name: String, _ command: String, _ lines: Int, beside echo: (String, Double)? = nil)
        -> WireBenchmark
    {
        WireBenchmark(name: name, unit: "write of \(lines)", place: .empty, count: 20_000 / lines, echo: echo) { port in
            let client = try logIn(port, "someone")
            let said = octets(String(repeating: "z \(command)\r\n", count: lines))
            return { count in for _ in 0..<count { try client.say(said, expecting: lines) } }
        }
    }

    /// Two commands, each of which is waited for.
    private static func connect(_ name: String, _ place: Place, beside echo: (String, Double)? = nil) -> WireBenchmark {
        WireBenchmark(name: name, unit: "connection", place: place, count: 2000, echo: echo) { port in
            let (login, logout) = (octets("z LOGIN someone pass\r\n"), octets("z LOGOUT\r\n"))
            return { count in
                for _ in 0..<count {
                    let client = try WireClient(port)
                    try client.say(login, expecting: 1)
                    try client.say(logout, expecting: 1)
                    if place != .echo { client.awaitEnd() }
                }
            }
        }
    }

    /// An administrator acts for one user after another.
    private static func switching(_ name: String, _ users: Int, beside echo: (String, Double)? = nil) -> WireBenchmark {
        WireBenchmark(name: name, unit: "write of \(users) users", place: .empty, count: 5000 / users, echo: echo) {
            port in
            let client = try logIn(port, "root.admin")
            var next = 0
            return { count in
                for _ in 0..<count {
                    var said: [UInt8] = []
                    for _ in 0..<users {
                        next = (next + 1) % 1000
                        let response = octets("user\(next)\0root.admin\0pass")
                        said += octets("z UNAUTHENTICATE\r\nz AUTHENTICATE PLAIN ") + Base64.encode(response.span)
                        said += [0x0D, 0x0A]
                    }
                    try client.say(said, expecting: 2 * users)
                }
            }
        }
    }

    private static func command(_ name: String, _ command: String, count: Int = 10) -> WireBenchmark {
        WireBenchmark(name: name, unit: "command", place: .full, count: count) { port in
            let client = try logIn(port, "someone")
            try client.say(octets("z EXAMINE INBOX\r\n"), expecting: 1)
            let said = octets("z \(command)\r\n")
            return { count in for _ in 0..<count { try client.say(said, expecting: 1) } }
        }
    }

    private static var bodies: WireBenchmark {
        WireBenchmark(name: "fetch-1000-bodies", unit: "1000 commands", place: .full, count: 3) { port in
            let client = try logIn(port, "someone")
            try client.say(octets("z EXAMINE INBOX\r\n"), expecting: 1)
            return { count in
                for _ in 0..<count {
                    for first in stride(from: 1, through: 1000, by: 50) {
                        let said = (first..<first + 50).map { "z FETCH \($0) (BODY.PEEK[])\r\n" }.joined()
                        try client.say(octets(said), expecting: 50)
                    }
                }
            }
        }
    }

    private static var append: WireBenchmark {
        WireBenchmark(name: "append-10KiB", unit: "message", place: .empty, count: 2000) { port in
            let client = try logIn(port, "writer")
            var message = octets(
                "From: a@example.com\r\nSubject: 10 KiB\r\nDate: Mon, 7 Feb 2022 21:52:25 -0800\r\n\r\n")
            while message.count < 10_238 { message += octets("A line of text that is neither short nor long.\r\n") }
            message = message.prefix(10_238) + [0x0D, 0x0A]
            let one = octets("z APPEND INBOX {\(message.count)+}\r\n") + message + [0x0D, 0x0A]
            let ten = (0..<10).flatMap { _ in one }
            return { count in for _ in 0..<count / 10 { try client.say(ten, expecting: 10) } }
        }
    }
}
