import IMAPMemoryStore
import IMAPText

/// Whole connections with the store in memory, without sockets.
enum ServerBenchmarks {
    static var all: [Benchmark] {
        [
            lines("server/noop", "NOOP", 1), lines("server/noop-100", "NOOP", 100),
            lines("server/capability", "CAPABILITY", 1), switching("server/switch", 1),
            switching("server/switch-50", 50),
        ] + mail(1000) + mail(10_000) + large(100_000) + [view]
    }

    private static func lines(_ name: String, _ command: String, _ count: Int) -> Benchmark {
        Benchmark(name, per: "command", units: count) {
            let client = try TurnClient.alone(MemoryStore())
            try client.say("LOGIN someone x")
            let said = Array(String(repeating: "z \(command)\r\n", count: count).utf8)
            return { try client.say(said, expecting: count) }
        }
    }

    /// UNAUTHENTICATE and AUTHENTICATE as another user.
    private static func switching(_ name: String, _ users: Int) -> Benchmark {
        Benchmark(name, per: "user", units: users) {
            let client = try TurnClient.alone(MemoryStore())
            try client.say("LOGIN someone x")
            var next = 0
            return {
                var said: [UInt8] = []
                for _ in 0..<users {
                    next = (next + 1) % 100
                    let response = Array("\0user\(next)\0x".utf8)
                    said += Array("z UNAUTHENTICATE\r\nz AUTHENTICATE PLAIN ".utf8) + Base64.encode(response.span)
                    said += [0x0D, 0x0A]
                }
                try client.say(said, expecting: 2 * users)
            }
        }
    }

    private static func mail(_ count: Int) -> [Benchmark] {
        [
            messages("fetch-flags", "UID FETCH 1:* (FLAGS)", count),
            messages("fetch-size-date", "UID FETCH 1:* (UID RFC822.SIZE INTERNALDATE)", count),
            messages("fetch-structure", "UID FETCH 1:* (ENVELOPE BODYSTRUCTURE)", count),
            messages("fetch-bodies", "UID FETCH 1:* (BODY.PEEK[])", count),
        ] + found(count, lines: Corpus.lines)
    }

    private static func found(_ count: Int, lines: Int) -> [Benchmark] {
        [
            messages("search-unseen", "UID SEARCH UNSEEN", count, lines: lines),
            messages("search-from", "UID SEARCH FROM nobody-has-this-name", count, lines: lines),
            messages("search-text", "UID SEARCH TEXT nobody-wrote-this-word", count, lines: lines),
            messages("sort-date", "UID SORT (DATE) UTF-8 ALL", count, lines: lines),
            messages("sort-subject", "UID SORT (SUBJECT) UTF-8 ALL", count, lines: lines),
            messages("thread-references", "UID THREAD REFERENCES UTF-8 ALL", count, lines: lines),
        ]
    }

    /// Short messages: many of them take much memory.
    private static func large(_ count: Int) -> [Benchmark] {
        [messages("fetch-flags", "UID FETCH 1:* (FLAGS)", count, lines: 2)] + found(count, lines: 2)
    }

    private static func messages(_ name: String, _ command: String, _ count: Int, lines: Int = 40) -> Benchmark {
        Benchmark("server/\(count)/\(name)", per: "message", units: count) {
            let client = try TurnClient.alone(Corpus.store(count, lines: lines))
            try client.say("LOGIN someone x")
            try client.say("EXAMINE INBOX")
            return { try client.say(command) }
        }
    }

    /// A mailbox of a million messages, which share their octets, opened.
    private static var view: Benchmark {
        let count = 1_000_000
        return Benchmark("server/1000000/select", per: "message", units: count) {
            let message = MemoryMessage(Corpus.octets(0, lines: 2))
            let client = try TurnClient.alone(MemoryStore(newUser: { _ in Array(repeating: message, count: count) }))
            try client.say("LOGIN someone x")
            return { try client.say("EXAMINE INBOX") }
        }
    }
}
