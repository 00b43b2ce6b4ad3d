import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

@Suite("COMPRESS=DEFLATE (RFC 4978; CONNECTION-STATE row 20, R-Z, U-P-5, U-Z)")
struct CompressTests {
    static func fixture(
        observer: any ServerObserver = SilentObserver(), _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws -> Fixture {
        var users = TestUsers()
        users.everyoneMayUnauthenticate = true
        let fixture = try Fixture(
            users: users, extensions: IMAPExtension.standard + [.layered, .compressDeflate], observer: observer,
            configure)
        try fixture.fill("alice", 3)
        try fixture.fill("bob", 2)
        return fixture
    }

    /// A client that is logged in and compresses.
    static func compressing(_ fixture: Fixture, _ login: String = "alice secret") async -> LayeredClient {
        let client = await LayeredClient.connect(to: fixture, isChecked: true)
        _ = await client.line("l LOGIN \(login)")
        #expect(await client.line("c COMPRESS DEFLATE") == "c OK DEFLATE active\r\n")
        client.compress()
        return client
    }

    @Test func aSession() async throws {
        let client = await CompressTests.compressing(try CompressTests.fixture())
        #expect(await client.line("d SELECT INBOX").contains("* 3 EXISTS\r\n"))
        let answer = await client.line("e FETCH 1:3 (FLAGS BODY.PEEK[])")
        #expect(answer.contains("mail of alice, 3"))
        #expect(answer.hasSuffix("e OK FETCH completed\r\n"))
        #expect(await client.send(client.wire(octets("f APPEND INBOX {5}\r\n"))) == "+ Ready for literal data\r\n")
        #expect(await client.line("hello").contains("f OK [APPENDUID "))
        #expect(await client.line("g LOGOUT") == "* BYE Logging out\r\ng OK Logged out\r\n")
    }

    /// Section 3: BAD when it is on, and for any other algorithm. Advertised while it can be had.
    @Test func whenItIsRefused() async throws {
        let client = await LayeredClient.connect(to: try CompressTests.fixture(), isChecked: true)
        #expect(await client.line("a CAPABILITY").contains(" COMPRESS=DEFLATE"))
        #expect(await client.line("a COMPRESS DEFLATE") == "a BAD Command not permitted in this state\r\n")
        _ = await client.line("b LOGIN alice secret")
        for bad in ["", " ", " LZ4", " DEFLATE x", " DEFLATE ", " (DEFLATE)"] {
            #expect(await client.line("c COMPRESS\(bad)").hasPrefix("c BAD "), "COMPRESS\(bad)")
        }
        #expect(await client.line("d compress deflate") == "d OK DEFLATE active\r\n")
        client.compress()
        #expect(await client.line("e COMPRESS DEFLATE") == "e BAD Compression is on already\r\n")
        #expect(!(await client.line("f CAPABILITY").contains("COMPRESS")))
    }

    /// A host that does not list it has no such command (R-Z-5: off unless asked for).
    @Test func itIsNotInTheStandardList() async throws {
        let client = await (try Fixture()).logIn("alice", "secret")
        #expect(await client.line("a COMPRESS DEFLATE") == "a BAD Unknown command\r\n")
    }

    /// R-Z-3: what stands behind the line is DEFLATE, or the end.
    @Test func whatStandsBehindTheLineIsCompressed() async throws {
        let eager = await LayeredClient.connect(to: try CompressTests.fixture(), isChecked: true)
        _ = await eager.line("l LOGIN alice secret")
        eager.compress()
        let behind = eager.wire(octets("d NOOP\r\n"))
        eager.transport.send(octets("c COMPRESS DEFLATE\r\n") + behind)
        let output = await eager.client.settleOctets()
        let ok = octets("c OK DEFLATE active\r\n")
        #expect(Array(output.prefix(ok.count)) == ok)
        #expect(
            String(decoding: eager.read(Array(output.dropFirst(ok.count))), as: UTF8.self) == "d OK NOOP completed\r\n")

        let plain = await LayeredClient.connect(to: try CompressTests.fixture(), isChecked: true)
        _ = await plain.line("l LOGIN alice secret")
        plain.transport.send("c COMPRESS DEFLATE\r\nd CREATE injected\r\n")
        let said = await plain.client.settleOctets()
        plain.compress()
        let answer = String(decoding: plain.read(Array(said.dropFirst(ok.count))), as: UTF8.self)
        #expect(answer == "* BYE Damaged data in a layer\r\n")
        #expect(plain.transport.isClosed)
    }

    /// Behind UNAUTHENTICATE the server's layer has ended, and the client's has not before its flush: what the server says
    /// to a client that never sends that is plain, and it is said.
    @Test func aClientThatDoesNotEndItsLayerIsToldSo() async throws {
        let fixture = try CompressTests.fixture()
        let client = await CompressTests.compressing(fixture)
        let whole = client.wire(octets("d UNAUTHENTICATE\r\n"))
        let answer = await client.send(Array(whole.dropLast(2)))
        #expect(answer.hasPrefix("d OK [CAPABILITY "))
        await eventually { fixture.clock.sleeperCount > 0 }
        fixture.clock.advance(by: .seconds(300))
        #expect(await eventually { client.transport.isClosed })
        #expect(client.transport.takeOutput() == octets("* BYE Idle for too long\r\n"))
    }

    /// R-Z-4: 64 KiB of command, an octet at a time.
    @Test func aLongCommandInSegmentsOfOneOctet() async throws {
        let client = await CompressTests.compressing(try CompressTests.fixture())
        _ = await client.line("d SELECT INBOX")
        let set = (1...12_000).map { String($0) }.joined(separator: ",")
        var answer = ""
        for octet in client.wire(octets("e UID FETCH \(set) FLAGS\r\n")) { answer += await client.send([octet]) }
        #expect(answer.hasSuffix("e OK FETCH completed\r\n"))
    }

    /// R-Z-1: limits apply to what comes out; a bomb of 256 MiB in one is cut at the limit of a line. What it costs is
    /// measured by `imap-bench bomb`.
    @Test func aBombEndsAtTheLimitOfALine() async throws {
        let client = await CompressTests.compressing(try CompressTests.fixture())
        // Behind a full flush nothing is referred to: the same octets again are as much more.
        var mebibyte: [UInt8] = []
        var deflater = Deflater()
        deflater.deflate([UInt8](repeating: 0x41, count: 1 << 20).span, into: &mebibyte)
        deflater.flush(.full, into: &mebibyte)
        let bomb = Array(repeatElement(mebibyte, count: 256).joined())
        #expect(bomb.count < 1 << 20)
        let answer = await client.send(bomb)
        #expect(answer == "* BAD [LIMIT] Command too long\r\n* BYE [TOOBIG] Too much to swallow\r\n", "\(answer)")
        #expect(client.transport.isClosed)
    }

    /// R-Z-2. One block is the flush behind the command before.
    @Test(arguments: [1000, 20, 1])
    func blocksOfNothingAreBounded(_ most: Int) async throws {
        let client = await CompressTests.compressing(
            try CompressTests.fixture { if most != 1000 { $0.limits.emptyBlocks = most } })
        let blocks = { (count: Int) in Array(repeatElement([0, 0, 0, 0xFF, 0xFF] as [UInt8], count: count).joined()) }
        for _ in 0..<3 {
            #expect(await client.send(blocks(most - 1)) == "")
            #expect(await client.line("d NOOP") == "d OK NOOP completed\r\n")
        }
        #expect(await client.send(blocks(most)) == "* BYE Damaged data in a layer\r\n")
        let other = await CompressTests.compressing(
            try CompressTests.fixture { if most != 1000 { $0.limits.emptyBlocks = most } })
        #expect(await other.send(blocks(100 * most)) == "* BYE Damaged data in a layer\r\n")
    }

    /// R-Z-3: the stream's end, and no DEFLATE.
    @Test func theStreamMayNotEnd() async throws {
        let ended = await CompressTests.compressing(try CompressTests.fixture())
        let answer = await ended.send(ended.wire(octets("d NOOP\r\n"), .finish))
        #expect(answer == "d OK NOOP completed\r\n* BYE Damaged data in a layer\r\n")
        #expect(ended.transport.isClosed)
        let damaged = await CompressTests.compressing(try CompressTests.fixture())
        #expect(await damaged.send([0xFF, 0xFF]) == "* BYE Damaged data in a layer\r\n")
    }

    /// IDLE under compression: news comes when it happens.
    @Test func idle() async throws {
        let fixture = try CompressTests.fixture()
        let client = await CompressTests.compressing(fixture)
        _ = await client.line("d SELECT INBOX")
        #expect(await client.line("e IDLE") == "+ idling\r\n")
        try fixture.fill("alice", 1)
        var news = ""
        while !news.contains("RECENT") { news += await client.settle() }
        #expect(news == "* 4 EXISTS\r\n* 4 RECENT\r\n")
        #expect(await client.line("DONE") == "e OK IDLE completed\r\n")
    }

    /// A client that waits costs what its next octets need, and not what the last answer took.
    @Test func whoWaitsHoldsLessThanWhoWorks() async throws {
        let fixture = try CompressTests.fixture()
        let noise = String((0..<300_000).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "a" })
        _ = try fixture.store.append(octets("Subject: s\r\n\r\n\(noise)\r\n"), to: .inbox, for: user("alice"))
        let transport = ScriptedTransport()
        let meter = CompressionMeter()
        fixture.server.accept(transport, meter: meter)
        let client = LayeredClient(TestClient(transport))
        _ = await client.settle()
        _ = await client.line("l LOGIN alice secret")
        _ = await client.line("c COMPRESS DEFLATE")
        client.compress()
        _ = await client.line("d SELECT INBOX")
        #expect(await client.line("e FETCH * BODY.PEEK[]").contains(noise))
        #expect(meter.latest > 60_000 && meter.latest < 90_000)
        #expect(await client.line("f FETCH * BODY.PEEK[]").contains(noise))
    }

    /// R-Z-5: the length of an annotation does not tell whether it stood in a message before, nor that of a message whether
    /// it stood in an annotation.
    @Test func noLengthTellsWhatAnAnnotationHolds() async throws {
        func text() -> String {
            String((0..<500).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "a" })
        }
        let (secret, other) = (text(), text())
        func sizes(mail: String, annotation: String) async throws -> [Int] {
            let fixture = try CompressTests.fixture()
            _ = try fixture.store.append(octets("Subject: s\r\n\r\n\(mail)\r\n"), to: .inbox, for: user("alice"))
            let client = await CompressTests.compressing(fixture)
            _ = await client.line("d SELECT INBOX")
            let set = await client.line("e SETMETADATA INBOX (/private/comment \"\(annotation)\")")
            #expect(set.hasPrefix("e OK "))
            var sizes: [Int] = []
            for (line, said) in [
                ("f FETCH * BODY.PEEK[TEXT]", mail), ("g GETMETADATA INBOX (/private/comment)", annotation),
                ("h FETCH * BODY.PEEK[TEXT]", mail),
            ] {
                client.transport.send(client.wire(octets(line + "\r\n")))
                let output = await client.client.settleOctets()
                #expect(String(decoding: client.read(output), as: UTF8.self).contains(said))
                sizes.append(output.count)
            }
            return sizes
        }
        let (same, apart) = (
            try await sizes(mail: secret, annotation: secret), try await sizes(mail: other, annotation: secret)
        )
        #expect(same[1] == apart[1])
        let turned = try await sizes(mail: secret, annotation: other)
        #expect(same[2] == turned[2])
    }

    /// U-Z-1: what a user was sent makes nothing of the next user's smaller.
    @Test func theNextUsersOctetsAreThoseOfAFreshConnection() async throws {
        let fixture = try CompressTests.fixture()
        let secret = String((0..<1024).map { _ in "abcdefghijklmnopqrstuvwxyz0123456789".randomElement() ?? "a" })
        for name in ["alice", "bob"] {
            _ = try fixture.store.append(octets("Subject: s\r\n\r\n\(secret)\r\n"), to: .inbox, for: user(name))
        }
        func size(_ client: LayeredClient) async -> Int {
            _ = await client.line("d SELECT INBOX")
            client.transport.send(client.wire(octets("e FETCH * BODY.PEEK[]\r\n")))
            let output = await client.client.settleOctets()
            #expect(String(decoding: client.read(output), as: UTF8.self).contains(secret))
            return output.count
        }
        let fresh = await size(CompressTests.compressing(fixture, "bob hunter2"))
        let reused = await CompressTests.compressing(fixture)
        _ = await size(reused)
        #expect(await reused.send(reused.wire(octets("u UNAUTHENTICATE\r\n"))).hasPrefix("u OK "))
        reused.decompress()
        _ = await reused.line("l LOGIN bob hunter2")
        _ = await reused.line("c COMPRESS DEFLATE")
        reused.compress()
        #expect(await size(reused) == fresh)
    }
}

/// Remembers the memory of a compression, as it was told last.
private final class CompressionMeter: HeldOctetsMeter {
    private let held = Mutex(0)
    var latest: Int { held.withLock { $0 } }
    func note(_ held: HeldOctets) { self.held.withLock { $0 = held.compression } }
}
