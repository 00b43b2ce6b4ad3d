import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("FETCH without reading the message (SEMANTICS 9)")
struct DigestFetchTests {
    private static let message = """
        Date: Mon, 7 Feb 1994 21:52:25 -0800\r
        From: Fred <fred@a.example>\r
        Subject: two parts\r
        Content-Type: multipart/mixed; boundary="X"\r
        \r
        --X\r
        \r
        Hello Joe\r
        --X\r
        Content-Type: message/rfc822\r
        \r
        Subject: inner\r
        \r
        inner text\r
        --X--\r

        """

    private static let items = [
        "ENVELOPE", "BODYSTRUCTURE", "BODY", "BODY.PEEK[]", "BODY.PEEK[1]", "BODY.PEEK[2.HEADER]", "BODY.PEEK[2.1]",
        "BODY.PEEK[HEADER]", "BODY.PEEK[TEXT]", "BODY.PEEK[HEADER.FIELDS (SUBJECT)]", "RFC822.HEADER",
        "(FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[2.TEXT]<3.4>)", "FULL",
    ]

    private static func digest(of text: String) -> MessageDigest? {
        var maker = DigestMaker()
        maker.feed(octets(text))
        return maker.finish()
    }

    /// A store with one message in alice's INBOX and this digest of it.
    private func store(_ digest: MessageDigest?) async throws -> HostileStore {
        let text = Self.message
        let memory = MemoryStore()
        let append = try await memory.account(of: user("alice")).append(to: .inbox)
        try await append.begin(
            NewMessage(flags: [], internalDate: InternalDate(secondsSince1970: 0), size: UInt64(text.utf8.count)))
        try await append.write(octets(text))
        try await append.end(digest)
        _ = try await append.commit()
        return HostileStore(memory)
    }

    private func fetch(_ items: String, _ store: HostileStore) async throws -> String {
        let server = try Server(
            store: store, authenticator: TestUsers(), extensions: IMAPExtension.standard.supported(by: store))
        let client = await TestClient.connect(to: server).client
        await client.line("l LOGIN alice secret")
        await client.line("e EXAMINE INBOX")
        return await client.line("f FETCH 1 \(items)")
    }

    @Test(arguments: items)
    func aDigestChangesNoAnswer(_ items: String) async throws {
        let digest = try #require(Self.digest(of: Self.message))
        let without = try await fetch(items, try await store(nil))
        #expect(without.hasSuffix("f OK FETCH completed\r\n"))
        #expect(try await fetch(items, try await store(digest)) == without)
    }

    @Test(arguments: ["ENVELOPE", "BODYSTRUCTURE", "BODY", "(ENVELOPE BODYSTRUCTURE)", "ALL", "FULL"])
    func envelopeAndStructureComeFromTheDigestAlone(_ items: String) async throws {
        let known = try await store(Self.digest(of: Self.message))
        #expect(try await fetch(items, known).hasPrefix("* 1 FETCH ("))
        #expect(known.bodiesOpened == 0 && known.octetsRead == 0)
        let unknown = try await store(nil)
        _ = try await fetch(items, unknown)
        #expect(unknown.bodiesOpened == 1 && unknown.octetsRead > 0)
    }

    /// APPEND makes the digest that FETCH uses.
    @Test func whatIsAppendedIsNotReadForItsStructure() async throws {
        let store = HostileStore(MemoryStore())
        let server = try Server(
            store: store, authenticator: TestUsers(), extensions: IMAPExtension.standard.supported(by: store))
        let client = await TestClient.connect(to: server).client
        await client.line("l LOGIN alice secret")
        await client.line("a APPEND INBOX {\(Self.message.utf8.count)}")
        await client.line(Self.message)
        await client.line("e EXAMINE INBOX")
        let answer = await client.line("f FETCH 1 (ENVELOPE BODYSTRUCTURE)")
        #expect(answer == (try await fetch("(ENVELOPE BODYSTRUCTURE)", try await self.store(nil))))
        #expect(store.bodiesOpened == 0)
    }

    @Test func aPartIsReadAndNothingAroundIt() async throws {
        let known = try await store(Self.digest(of: Self.message))
        #expect(try await fetch("(BODYSTRUCTURE BODY.PEEK[2.1])", known).contains("BODY[2.1] {10}\r\ninner text)"))
        #expect(known.bodiesOpened == 1 && known.octetsRead == 10)
    }

    @Test func aDigestThatCannotBeOfTheMessageIsIgnored() async throws {
        let right = try await fetch("FULL", try await store(nil))
        let good = try #require(Self.digest(of: Self.message))
        var future = good.octets
        future[0] = 9
        let digests = [
            Self.digest(of: "Subject: another\r\n\r\ntext\r\n"), MessageDigest([]), MessageDigest(octets("anything")),
            MessageDigest(future), MessageDigest(good.octets.dropLast()), MessageDigest(good.octets + [0]),
        ]
        for digest in digests {
            let store = try await store(digest)
            #expect(try await fetch("FULL", store) == right)
            #expect(store.bodiesOpened == 1)
        }
    }

    /// What is trusted: another message's digest of the same size is believed, and does no harm.
    @Test func anotherMessagesDigestOfTheSameSizeIsBelieved() async throws {
        let other = "Subject: X\r\n\r\n" + String(repeating: "y", count: Self.message.utf8.count - 14)
        let store = try await store(Self.digest(of: other))
        #expect(try await fetch("ENVELOPE", store).contains(#"ENVELOPE (NIL "X" NIL"#))
        #expect(try await fetch("BODY.PEEK[1]", store).contains("BODY[1] {\(Self.message.utf8.count - 14)}\r\n"))
    }
}

@Suite("The digest of a message that is appended (SEMANTICS 9)")
struct DigestMakerTests {
    private func digest(_ message: [UInt8], piecesOf size: Int = .max) -> MessageDigest? {
        var maker = DigestMaker()
        var start = 0
        while start < message.count {
            let end = size < message.count - start ? start + size : message.count
            maker.feed(Array(message[start..<end]))
            start = end
        }
        return maker.finish()
    }

    @Test func theDigestDoesNotDependOnTheCut() throws {
        let message = octets("Subject: s\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b--\r\n")
        let whole = try #require(digest(message))
        for size in 1...message.count { #expect(digest(message, piecesOf: size) == whole) }
    }

    @Test func theEmptyMessageHasOne() { #expect(digest([]) != nil) }

    /// The store keeps such a message with other line ends, so its extents would be wrong.
    @Test(arguments: ["a\n\r\n", "\n", "a\rb\r\n", "\r\r\n", "a\r", "\0", "a\r\n\0b\r\n", "a\r\n\nb", "\r\n\r\n\r"])
    func aMessageThatIsNotKeptAsItIsHasNone(_ message: String) {
        let bad = octets(message)
        for size in 1...bad.count { #expect(digest(bad, piecesOf: size) == nil, "\(bad) in pieces of \(size)") }
        let filling = octets(String(repeating: "Subject: x\r\n", count: 10_000))
        #expect(digest(filling + bad) == nil)
        #expect(digest(filling) != nil)
    }

    @Test func aHugeHeaderOrVeryManyPartsHaveNone() {
        #expect(digest(octets(String(repeating: "X-Trace: y\r\n", count: 40_000)), piecesOf: 65_536) == nil)
        let head = octets("Content-Type: multipart/mixed; boundary=b\r\n\r\n")
        let parts = octets(String(repeating: "--b\r\n\r\nx\r\n", count: 6000))
        #expect(digest(head + parts, piecesOf: 65_536) == nil)
    }

    @Test func aLongBodyIsNoReason() {
        let body = octets("Subject: x\r\n\r\n" + String(repeating: "x", count: 1 << 20))
        #expect(digest(body, piecesOf: 65_536) != nil)
    }
}
