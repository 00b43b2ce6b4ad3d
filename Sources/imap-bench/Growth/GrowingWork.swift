import IMAPMemoryStore
import IMAPServer
import IMAPText
import IMAPTypes

/// Work whose size can be chosen.
struct GrowingWork {
    let name: String
    /// How its time may grow with its size: 1 in proportion to it, 0 not at all.
    let exponent: Double
    let run: (GrowingClients, Int) throws -> Void

    init(_ name: String, grows exponent: Double = 1, run: @escaping (GrowingClients, Int) throws -> Void) {
        self.name = name
        self.exponent = exponent
        self.run = run
    }

    /// A command of the first client.
    init(_ name: String, grows exponent: Double = 1, _ command: String) {
        self.init(name, grows: exponent) { clients, _ in try clients.first.say(command) }
    }
}

/// The clients of one server that work is done with.
struct GrowingClients {
    let store: MemoryStore
    let server: TurnServer
    let first: TurnClient
    var others: [TurnClient] = []

    init(_ store: MemoryStore) throws {
        self.store = store
        server = try TurnServer(store)
        first = server.connect()
        try first.say("LOGIN someone x")
    }
}

/// Works that grow with the same thing.
struct GrowingFamily {
    let name: String
    let sizes: [Int]
    let prepare: (Int) throws -> GrowingClients
    let works: [GrowingWork]

    static var all: [GrowingFamily] { [messages, mailboxes, connections, users, octets] }

    /// What is done with all messages of a mailbox, and what with one of them.
    private static var messages: GrowingFamily {
        GrowingFamily(
            name: "messages", sizes: [1000, 10_000, 100_000, 1_000_000],
            prepare: { count in
                let clients = try GrowingClients(Corpus.store(count, lines: 2))
                try clients.first.say("SELECT INBOX")
                return clients
            },
            works: [
                GrowingWork("SELECT", "SELECT INBOX"),
                GrowingWork("FETCH FLAGS", "UID FETCH 1:* (FLAGS)"),
                GrowingWork("FETCH SIZE DATE", "UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)"),
                GrowingWork("FETCH STRUCTURE", "UID FETCH 1:* (ENVELOPE BODYSTRUCTURE)"),
                GrowingWork("SEARCH UNSEEN", "UID SEARCH UNSEEN"),
                GrowingWork("SEARCH FROM", "UID SEARCH FROM nobody-has-this-name"),
                GrowingWork("SEARCH TEXT", "UID SEARCH TEXT nobody-wrote-this-word"),
                GrowingWork("SORT DATE", "UID SORT (DATE) UTF-8 ALL"),
                GrowingWork("SORT SUBJECT", "UID SORT (SUBJECT) UTF-8 ALL"),
                GrowingWork("THREAD REFERENCES", "UID THREAD REFERENCES UTF-8 ALL"),
                GrowingWork("STORE all") { clients, _ in
                    try clients.first.say("UID STORE 1:* +FLAGS.SILENT (\\Flagged)")
                    try clients.first.say("UID STORE 1:* -FLAGS.SILENT (\\Flagged)")
                },
                GrowingWork("FETCH one", grows: 0, "UID FETCH 500 (FLAGS)"),
                GrowingWork("STORE one", grows: 0, "UID STORE 500 FLAGS (\\Seen)"),
                GrowingWork("NOOP", grows: 0, "NOOP"),
                // The store in memory knows how many messages have \Deleted, and looks from the first on which they are.
                GrowingWork("APPEND and EXPUNGE of one") { clients, _ in
                    try clients.first.say(Array("z APPEND INBOX {3+}\r\nx\r\n\r\n".utf8), expecting: 1)
                    try clients.first.say("STORE * +FLAGS.SILENT (\\Deleted)")
                    try clients.first.say("EXPUNGE")
                },
            ])
    }

    private static var mailboxes: GrowingFamily {
        GrowingFamily(
            name: "mailboxes", sizes: [100, 1000, 10_000],
            prepare: { count in
                let clients = try GrowingClients(MemoryStore())
                for number in 0..<count { try clients.first.say("CREATE box-\(number % 10)/\(number)") }
                return clients
            },
            works: [
                GrowingWork("LIST", "LIST \"\" *"),
                GrowingWork("LIST, children of one", "LIST \"\" box-1/%"),
                GrowingWork("LIST with STATUS", "LIST \"\" * RETURN (STATUS (MESSAGES UNSEEN))"),
                GrowingWork("STATUS of one", grows: 0, "STATUS box-1/1 (MESSAGES)"),
            ])
    }

    /// Other connections, logged in as the same user, with the mailbox selected.
    private static var connections: GrowingFamily {
        GrowingFamily(
            name: "connections", sizes: [100, 1000, 10_000],
            prepare: { count in
                var clients = try GrowingClients(MemoryStore())
                clients.others = try (0..<count).map { _ in
                    let client = clients.server.connect()
                    try client.say("LOGIN someone x")
                    try client.say("SELECT INBOX")
                    return client
                }
                return clients
            },
            works: [
                GrowingWork("NOOP on each") { clients, _ in
                    for client in clients.others { try client.say("NOOP") }
                },
                GrowingWork("NOOP on one", grows: 0, "NOOP"),
                GrowingWork("connect, LOGIN, LOGOUT", grows: 0) { clients, _ in
                    let client = clients.server.connect()
                    try client.say("LOGIN other x")
                    try client.say("LOGOUT")
                },
                GrowingWork("a message told to each") { clients, _ in
                    try clients.first.say("SELECT INBOX")
                    try clients.first.say(Array("z APPEND INBOX {3+}\r\nx\r\n\r\n".utf8), expecting: 1)
                    for client in clients.others { try client.say("NOOP") }
                },
            ])
    }

    /// Users on one connection, one after another.
    private static var users: GrowingFamily {
        GrowingFamily(
            name: "users on one connection", sizes: [100, 1000, 10_000],
            prepare: { _ in try GrowingClients(MemoryStore()) },
            works: [
                GrowingWork("UNAUTHENTICATE, AUTHENTICATE") { clients, count in
                    for number in 0..<count {
                        let response = Base64.encode(Array("\0user\(number % 100)\0x".utf8).span)
                        let commands =
                            Array("z UNAUTHENTICATE\r\nz AUTHENTICATE PLAIN ".utf8) + response + [0x0D, 0x0A]
                        try clients.first.say(commands, expecting: 2)
                    }
                }
            ])
    }

    /// Octets of one message, appended and read.
    private static var octets: GrowingFamily {
        GrowingFamily(
            name: "octets of a message", sizes: [100_000, 1_000_000, 10_000_000],
            prepare: { _ in
                let clients = try GrowingClients(MemoryStore())
                try clients.first.say("SELECT INBOX")
                return clients
            },
            works: [
                GrowingWork("APPEND, FETCH, EXPUNGE") { clients, count in
                    let line = Array("a line of a text that is neither short nor long\r\n".utf8)
                    let message = (0..<count / line.count).flatMap { _ in line }
                    try clients.first.say(Array("z APPEND INBOX {\(message.count)}\r\n".utf8), expecting: 0)
                    try clients.first.say(message + [0x0D, 0x0A], expecting: 1)
                    try clients.first.say("FETCH * (BODYSTRUCTURE BODY[])")
                    try clients.first.say("SEARCH TEXT nobody-wrote-this-word")
                    try clients.first.say("STORE * +FLAGS.SILENT (\\Deleted)")
                    try clients.first.say("EXPUNGE")
                }
            ])
    }
}
