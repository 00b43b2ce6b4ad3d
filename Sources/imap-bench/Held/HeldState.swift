import IMAPText

/// A state in which a client can leave a connection, and what the server may hold of it there.
struct HeldState: Sendable {
    let name: String
    /// Octets of user memory of one connection.
    let most: Int
    /// What the server is started with, besides the rest.
    var options: [String] = []
    /// Once, by a client that goes again.
    var before: [HeldStep] = []
    /// The client's system takes hardly anything of what the server says.
    var readsLittle = false
    /// Commands of a megabyte: fewer clients are enough.
    var isLarge = false
    /// What the client of this number does.
    let steps: @Sendable (Int) -> [HeldStep]

    static let all = beforeLogin + afterLogin

    private static func octets(_ count: Int, _ text: String = "x") -> String { String(repeating: text, count: count) }

    /// `count` octets, `end` behind them, as a literal that is not waited for.
    private static func literal(_ count: Int, _ end: String = "") -> String {
        "{\(count + end.utf8.count)+}\r\n\(octets(count))\(end)"
    }

    private static func base64(_ text: String) -> String {
        String(decoding: Base64.encode(Array(text.utf8).span), as: UTF8.self)
    }

    // MARK: Before login

    private static let mostBeforeLogin = 48 << 10

    /// Lines of 8 KiB, with a literal between them.
    private static let id =
        "i ID ("
        + (10..<25).map { "\"\(octets(28))\($0)\" \($0 == 17 ? literal(1000) : "\"\(octets(1000))\"")" }
        .joined(separator: " ") + ")\r\n"

    private static let beforeLogin: [HeldState] = [
        HeldState(name: "greeted", most: mostBeforeLogin) { _ in [] },
        HeldState(name: "half a line", most: mostBeforeLogin) { _ in [.leave("a LOGIN " + octets(8184))] },
        HeldState(name: "half a command with literals", most: mostBeforeLogin) { _ in
            [.leave("a LOGIN \(literal(4096)) \(literal(4096)) \(literal(4096)) \(octets(4000))")]
        },
        HeldState(name: "the same, refused commands before it", most: mostBeforeLogin) { _ in
            [
                .say("s STARTTLS", "s BAD"), .say("t SELECT INBOX", "t BAD"),
                .leave("a LOGIN \(literal(4096)) \(literal(4096)) \(literal(4096)) \(octets(4000))"),
            ]
        },
        HeldState(name: "half a SASL response", most: mostBeforeLogin) { _ in
            [.say("a AUTHENTICATE PLAIN", "+ "), .leave(octets(16_380))]
        },
        HeldState(name: "a SASL exchange", most: mostBeforeLogin) { _ in
            [.say("a AUTHENTICATE LOGIN " + base64(octets(12_250)), "+ ")]
        },
        HeldState(name: "half a second SASL response", most: mostBeforeLogin) { _ in
            [.say("a AUTHENTICATE LOGIN " + base64(octets(12_250)), "+ "), .leave(octets(16_380))]
        },
        HeldState(name: "ID, and half a second SASL response", most: mostBeforeLogin) { _ in
            [
                .say(Array(id.utf8), "i OK"), .say("a AUTHENTICATE LOGIN " + base64(octets(12_250)), "+ "),
                .leave(octets(16_380)),
            ]
        },
        HeldState(
            name: "a failed login that waits, and more behind it", most: mostBeforeLogin,
            options: ["--failed-login-delay", "on"]
        ) { number in
            [
                .say(Array(id.utf8), "i OK"),
                .leave("a AUTHENTICATE PLAIN \(base64("\0u\(number)\0" + octets(12_200)))\r\n" + octets(65_536)),
            ]
        },
        HeldState(name: "answers that are not read", most: mostBeforeLogin, readsLittle: true) { _ in
            [.leave(octets(99, "a CAPABILITY\r\n") + "a LOGIN \(literal(4096)) \(literal(4096)) \(octets(7000))")]
        },
    ]

    // MARK: After login

    /// Besides 8 octets for each message.
    private static let mostAfterLogin = 5 << 19
    private static let mailOfView = 10_000

    private static func login(_ name: String = "reader") -> HeldStep { .say("l LOGIN \(name) pass", "l OK") }

    private static func select(_ name: String = "reader") -> [HeldStep] {
        [login(name), .say("s SELECT INBOX", "s OK")]
    }

    private static func message(_ octets: [UInt8]) -> HeldStep {
        .say(Array("a APPEND INBOX {\(octets.count)+}\r\n".utf8) + octets + [0x0D, 0x0A], "a OK")
    }

    /// Text that does not compress to nothing, in lines or in one.
    private static func varied(_ count: Int, inLines: Bool = false) -> [UInt8] {
        var state: UInt64 = 1
        return (0..<count).map { index in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return inLines && index % 78 == 77 ? 0x0A : UInt8(0x30 + state % 64)
        }
    }

    private static let largeMail: [HeldStep] = [
        login(), message(Array("Subject: x\r\n\r\n".utf8) + varied(1 << 20, inLines: true)),
        .say("e CREATE empty", "e OK"),
    ]

    /// Parts of a command of a megabyte.
    private static let manyLiterals = octets(990, "SUBJECT \(literal(1000)) ")
    private static let longLiterals = octets(15, "SUBJECT \(literal(65_000)) ")
    private static let append = "a APPEND INBOX {1000000+}\r\n"
    private static let manyParts = "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    private static let manyMailboxes = (1000...1500).map { literal(1000, "\($0)") }

    private static let afterLogin: [HeldState] = [
        HeldState(name: "logged in", most: 8 << 10) { [login("u\($0)")] },
        HeldState(name: "half a line of 128 KiB", most: mostAfterLogin) {
            [login("u\($0)"), .leave("a LIST \"\" " + octets(131_000))]
        },
        HeldState(name: "half a command of 1,000 literals", most: mostAfterLogin, isLarge: true) {
            select("u\($0)") + [.leave("a SEARCH \(manyLiterals)")]
        },
        HeldState(name: "half a command of literals of 64 KiB", most: mostAfterLogin, isLarge: true) {
            select("u\($0)") + [.leave("a SEARCH \(longLiterals)")]
        },
        HeldState(
            name: "compressed, windows full", most: mostAfterLogin, options: ["--compress"], before: largeMail
        ) { _ in
            select() + [
                .compress, .say("f FETCH 1 BODY.PEEK[]", "f OK"), .say(varied(120_000) + [0x0D, 0x0A], "BAD"),
            ]
        },
        HeldState(
            name: "compressed, in the middle of both", most: mostAfterLogin, options: ["--compress"],
            before: largeMail, readsLittle: true
        ) { _ in
            select() + [
                .compress, .say(varied(120_000) + [0x0D, 0x0A], "BAD"),
                .leave(octets(100, "f FETCH 1 BODY.PEEK[]\r\n") + octets(65_536)),
            ]
        },
        HeldState(
            name: "bodies that are not read, commands behind them", most: mostAfterLogin, before: largeMail,
            readsLittle: true
        ) { _ in
            select() + [.leave(octets(100, "f FETCH 1 BODY.PEEK[]\r\n") + octets(65_536))]
        },
        HeldState(
            name: "FETCH of 10,000 that is not read", most: mostAfterLogin + 8 * mailOfView,
            options: ["--sample", "\(mailOfView)"], readsLittle: true
        ) { _ in select("sample") + [.leave("f FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE)\r\n")] },
        HeldState(
            name: "a saved result of every other of 10,000", most: mostAfterLogin + 8 * mailOfView,
            options: ["--sample", "\(mailOfView)"]
        ) { _ in
            select("sample") + [
                .say(
                    "r SEARCH RETURN (SAVE) "
                        + stride(from: 1, to: mailOfView, by: 2).map { "\($0)" }
                        .joined(separator: ","), "r OK")
            ]
        },
        HeldState(
            name: "ten contexts of 1 MiB of text", most: mostAfterLogin, isLarge: true
        ) { number in
            select("u\(number)")
                + (0..<10).map {
                    .say("c\($0) SEARCH RETURN (UPDATE) \(longLiterals)ALL", "c\($0) OK")
                }
        },
        HeldState(
            name: "NOTIFY of 512 KiB of names", most: mostAfterLogin, isLarge: true
        ) { number in
            [
                login("u\(number)"),
                .say(
                    "n NOTIFY SET (MAILBOXES (\(manyMailboxes.joined(separator: " "))) (MessageNew MessageExpunge))",
                    "n OK"),
            ]
        },
        HeldState(
            name: "NOTIFY, contexts, ID, and half a command", most: mostAfterLogin, isLarge: true
        ) { number in
            select("u\(number)") + [
                .say(Array(id.utf8), "i OK"),
                .say(
                    "n NOTIFY SET (MAILBOXES (\(manyMailboxes.joined(separator: " "))) (MessageNew MessageExpunge))",
                    "n OK"),
            ] + (0..<10).map { .say("c\($0) SEARCH RETURN (UPDATE) \(longLiterals)ALL", "c\($0) OK") } + [
                .leave("a SEARCH \(manyLiterals)")
            ]
        },
        HeldState(name: "half a message of 1,000 parts", most: mostAfterLogin) { number in
            [login("u\(number)"), .leave(append + manyParts + octets(1000, "--b\r\n\r\n"))]
        },
        HeldState(name: "half a message of 4,000 parts", most: mostAfterLogin) { number in
            [login("u\(number)"), .leave(append + manyParts + octets(4000, "--b\r\n\r\n"))]
        },
        HeldState(name: "half a message with a header of 250 KB", most: mostAfterLogin) { number in
            [login("u\(number)"), .leave(append + "To: \(octets(25_000, "a@b, "))\r\nCc: \(octets(25_000, "a@b, "))")]
        },
        HeldState(
            name: "an envelope of 1 MB that is not read", most: mostAfterLogin,
            before: [login(), message(Array("Subject: \(octets(1_000_000))\r\n\r\nx\r\n".utf8))], readsLittle: true,
            isLarge: true
        ) { _ in select() + [.leave(octets(20, "f FETCH 1 ENVELOPE\r\n"))] },
        HeldState(
            name: "a command of 1 MiB at work, its answer not read", most: mostAfterLogin, before: largeMail,
            readsLittle: true, isLarge: true
        ) { _ in
            let names = (0..<950).map { "BODY.PEEK[HEADER.FIELDS (\(literal(1000, "\($0)")))]" }
            return select() + [.leave("f FETCH 1 (BODY.PEEK[] \(names.joined(separator: " ")))\r\n")]
        },
    ]
}
