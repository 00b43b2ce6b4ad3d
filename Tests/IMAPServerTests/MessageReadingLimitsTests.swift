import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// The readers' own limits are tested where they are; here, that they are the host's, wherever a message is read.
@Suite("Limits: what is understood of a message (R-ALG-5)")
struct MessageReadingLimitsTests {
    private static let mail = """
        From: a@example.com, b@example.com
        Subject: subject
        Content-Type: multipart/mixed; boundary="outer"; x=1; y=2

        --outer
        Content-Type: multipart/mixed; boundary="inner"

        --inner

        one
        --inner

        two
        --inner--
        --outer--

        """

    /// By APPEND, whose digest FETCH answers from, or by the store, whose messages have none.
    private static func answer(
        _ items: String, appended: Bool, _ set: (inout Limits.MessageReading) -> Void
    ) async throws -> String {
        let lab = try Lab { set(&$0.limits.message) }
        let text = mail.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
        if !appended { _ = try lab.memory.append(octets(text), to: .inbox, for: user("alice")) }
        let peer = await lab.logIn()
        if appended { await peer.send("p APPEND INBOX {\(text.utf8.count)+}\r\n\(text)\r\n") }
        await peer.line("s SELECT INBOX")
        return await peer.line("a \(items)")
    }

    private static func expect(
        _ items: String, at most: Int, shows: String, above: String,
        _ path: any WritableKeyPath<Limits.MessageReading, Int> & Sendable
    ) async throws {
        for appended in [true, false] {
            let at = try await answer(items, appended: appended) { $0[keyPath: path] = most }
            #expect(at.contains(shows), "at \(most): \(at)")
            let over = try await answer(items, appended: appended) { $0[keyPath: path] = most - 1 }
            #expect(!over.contains(shows), "at \(most - 1): \(over)")
            #expect(over.contains(above), "at \(most - 1): \(over)")
            #expect(over.hasSuffix(" completed\r\n"))
            // Nothing is less than one: the message is far over it.
            let least = try await answer(items, appended: appended) { $0[keyPath: path] = .min }
            #expect(least.hasSuffix(" completed\r\n"), "\(least)")
            #expect(!least.contains(shows), "far over: \(least)")
        }
    }

    @Test func levels() async throws {
        try await Self.expect(
            "FETCH 1 BODY", at: 3, shows: "BODY (((\"text\"", above: "BODY ((\"text\"", \.levels)
    }

    @Test func parts() async throws {
        try await Self.expect(
            "FETCH 1 BODY.PEEK[1.2]", at: 4, shows: "BODY[1.2] {3}\r\ntwo", above: "BODY[1.2] NIL", \.parts)
    }

    @Test func fields() async throws {
        try await Self.expect(
            "FETCH 1 ENVELOPE", at: 2, shows: "ENVELOPE (NIL \"subject\"", above: "ENVELOPE (NIL NIL ((NIL NIL \"a\"",
            \.fields)
    }

    @Test func octetsOfAField() async throws {
        try await Self.expect("FETCH 1 ENVELOPE", at: 8, shows: "\"subject\"", above: "\"subjec\"", \.fieldOctets)
    }

    @Test func octetsOfHeaders() async throws {
        try await Self.expect(
            "FETCH 1 ENVELOPE", at: 52, shows: "\"subject\"", above: "\"subjec\"", \.headerOctets)
    }

    @Test func parametersOfAField() async throws {
        try await Self.expect(
            "FETCH 1 BODYSTRUCTURE", at: 3, shows: "\"y\" \"2\"", above: "\"x\" \"1\"", \.fieldParameters)
    }

    @Test func parametersOfAMessage() async throws {
        try await Self.expect(
            "FETCH 1 BODYSTRUCTURE", at: 4, shows: "\"boundary\" \"inner\"", above: "\"boundary\" \"outer\"",
            \.parameters)
    }

    @Test func addresses() async throws {
        try await Self.expect(
            "FETCH 1 ENVELOPE", at: 2, shows: "\"b\" \"example.com\"", above: "\"a\" \"example.com\"", \.addresses)
    }

    @Test func octetsOfABoundary() async throws {
        try await Self.expect(
            "FETCH 1 BODY", at: 5, shows: "((\"text\" \"plain\"", above: "\"text\" \"plain\"", \.boundaryOctets)
    }

    /// Wherever a header is read: SEARCH and SORT see no more than FETCH.
    @Test(arguments: [(7, true), (6, false)])
    func searchReadsTheSame(_ octets: Int, _ isFound: Bool) async throws {
        let answer = try await Self.answer("SEARCH TEXT \"Subject: subject\"", appended: false) {
            $0.fieldOctets = 9 + octets
        }
        #expect(answer == (isFound ? "* SEARCH 1\r\n" : "* SEARCH\r\n") + "a OK SEARCH completed\r\n")
    }

    /// The keys that look into one field see what ENVELOPE shows, at the limit, above it and far above it.
    @Test(arguments: ["SUBJECT subject", "HEADER Subject subject", "OR SUBJECT subject NOT ALL"])
    func searchOfAFieldReadsTheSame(_ key: String) async throws {
        for (path, most) in [(\.fieldOctets, 8), (\.headerOctets, 52), (\.fields, 2)]
            as [(any WritableKeyPath<Limits.MessageReading, Int> & Sendable, Int)]
        {
            for (limit, isFound) in [(most, true), (most - 1, false), (1, false)] {
                let answer = try await Self.answer("SEARCH \(key)", appended: false) { $0[keyPath: path] = limit }
                let expected = (isFound ? "* SEARCH 1\r\n" : "* SEARCH\r\n") + "a OK SEARCH completed\r\n"
                #expect(answer == expected, "\(path) \(limit)")
            }
        }
    }

    /// No more of a store's message is read for a key than the limit says.
    @Test func searchOfAFieldReadsNoMoreOfAHeaderThanTheLimit() async throws {
        let memory = MemoryStore()
        let store = HostileStore(memory)
        let lab = try Lab(memory: memory, store: store) { $0.limits.message.headerOctets = 100_000 }
        try memory.append(
            body: RepeatingBody(header: octets("a: b\r\n"), block: octets("X-A: 0123456\r\n"), size: 10 << 20),
            to: .inbox, for: user("alice"))
        let peer = await lab.select()
        #expect(await peer.line("a SEARCH SUBJECT x") == "* SEARCH\r\na OK SEARCH completed\r\n")
        #expect(store.octetsRead <= 100_000 + 65_536, "\(store.octetsRead) octets were read")
    }

    /// What the library's types can hold is not a host's to raise.
    @Test func levelsAndPartsAreAtMostThoseOfAStructure() async throws {
        let nested = (0..<150).map { "Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n" }.joined()
        let lab = try Lab {
            $0.limits.message.levels = .max; $0.limits.message.parts = .max
        }
        _ = try lab.memory.append(octets(nested), to: .inbox, for: user("alice"))
        let peer = await lab.select()
        let answer = await peer.line("a FETCH 1 BODY")
        #expect(answer.hasSuffix("a OK FETCH completed\r\n"))
        #expect(answer.ranges(of: "\"multipart\"").count + answer.ranges(of: "\"text\"").count == 1)
        #expect(answer.count(where: { $0 == "(" }) == 102)
    }
}
