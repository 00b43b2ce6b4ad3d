import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("SASL security layers (RFC 4422 section 3.7; CONNECTION-STATE row 21)")
struct SecurityLayerTests {
    private static func fixture() throws -> Fixture {
        var users = TestUsers()
        users.everyoneMayUnauthenticate = true
        let fixture = try Fixture(users: users, extensions: IMAPExtension.standard + [.layered])
        try fixture.fill("alice", 3)
        try fixture.fill("bob", 2)
        return fixture
    }

    private static func logIn(_ client: LayeredClient, _ user: String, _ password: String) async -> String {
        let answer = await client.line("a AUTHENTICATE X-LAYERED \(base64("\(user)\0\(password)"))")
        client.protect(with: password)
        return answer
    }

    /// The OK comes in clear; what stands behind it in both directions is protected.
    @Test func itBeginsBehindTheTaggedOK() async throws {
        let client = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
        #expect(await SecurityLayerTests.logIn(client, "alice", "secret").hasPrefix("a OK [CAPABILITY "))
        #expect(await client.line("b SELECT INBOX").contains("* 3 EXISTS\r\n"))
        let body = await client.line("c FETCH 1:3 BODY.PEEK[]")
        #expect(body.contains("mail of alice, 3"))
        #expect(body.hasSuffix("c OK FETCH completed\r\n"))
    }

    /// Neither does a failed login install one, nor a mechanism that has none.
    @Test func aFailedLoginInstallsNone() async throws {
        let client = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
        #expect(await client.line("a AUTHENTICATE X-LAYERED \(base64("alice\0wrong"))").hasPrefix("a NO "))
        #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
        #expect(await client.line("c LOGIN alice secret").hasPrefix("c OK "))
        #expect(await client.line("d NOOP") == "d OK NOOP completed\r\n")
    }

    @Test func itIsTheSameHoweverItIsCut() async throws {
        let plain = octets("b SELECT INBOX\r\nc FETCH 1:2 FLAGS\r\nd APPEND INBOX {5+}\r\nhello\r\ne NOOP\r\n")
        var expected: String?
        for piece in [1, 2, 3, 5, 7, 11, plain.count] {
            let client = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
            _ = await SecurityLayerTests.logIn(client, "alice", "secret")
            var answer = ""
            var rest = plain[...]
            while !rest.isEmpty {
                let wire = client.wire(Array(rest.prefix(piece)))
                rest = rest.dropFirst(piece)
                for octet in wire { answer += await client.send([octet]) }
            }
            #expect(answer.hasSuffix("e OK NOOP completed\r\n"))
            if let expected { #expect(answer == expected) } else { expected = answer }
        }
    }

    /// A buffer that was changed, one of another place, one that is too long: the connection ends.
    @Test func aDamagedBufferEndsTheConnection() async throws {
        for damage in 0..<4 {
            let client = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
            _ = await SecurityLayerTests.logIn(client, "alice", "secret")
            var wire = client.wire(octets("b NOOP\r\n"))
            switch damage {
            case 0: wire[6] ^= 1
            case 1: wire = client.wire(octets("b NOOP\r\n"))  // the second, without the first
            case 2: wire = [0, 0, 0x10, 0x01]
            default: wire = [0xFF, 0xFF, 0xFF, 0xFF]
            }
            #expect(await client.send(wire) == "* BYE Damaged data in a layer\r\n", "damage \(damage)")
            #expect(client.transport.isClosed)
        }
    }

    /// An empty buffer is a buffer.
    @Test func aBufferOfNothing() async throws {
        let client = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
        _ = await SecurityLayerTests.logIn(client, "alice", "secret")
        #expect(await client.send(client.wire([]) + client.wire([])) == "")
        #expect(await client.line("b NOOP") == "b OK NOOP completed\r\n")
    }

    /// U-Z-2: the OK of UNAUTHENTICATE leaves through the layer, and then there is none; the next login brings another.
    /// Row 22
    @Test func itEndsBehindTheOKOfUNAUTHENTICATE() async throws {
        let client = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
        for (user, password, count) in [("alice", "secret", 3), ("bob", "hunter2", 2), ("alice", "secret", 3)] {
            #expect(await SecurityLayerTests.logIn(client, user, password).hasPrefix("a OK "))
            #expect(await client.line("b SELECT INBOX").contains("* \(count) EXISTS\r\n"))
            #expect(await client.line("c UNAUTHENTICATE").hasPrefix("c OK [CAPABILITY "))
            client.unprotect()
            #expect(await client.line("d NOOP") == "d OK NOOP completed\r\n")
        }
        #expect(await client.line("e LOGIN bob hunter2").hasPrefix("e OK "))
        #expect(await client.line("f STATUS INBOX (MESSAGES)").contains("MESSAGES 2"))
    }

    /// RFC 8437 section 3: the client's layer ends behind the CRLF of its command. Plain octets may follow in the same
    /// segment; octets in the layer may not.
    @Test func whatStandsBehindUNAUTHENTICATE() async throws {
        let plain = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
        _ = await SecurityLayerTests.logIn(plain, "alice", "secret")
        let wire = plain.wire(octets("c UNAUTHENTICATE\r\n")) + octets("d LOGIN bob hunter2\r\n")
        plain.transport.send(wire)
        let output = await plain.client.settleOctets()
        let length = output.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        #expect(String(decoding: plain.read(Array(output.prefix(4 + length))), as: UTF8.self).hasPrefix("c OK "))
        #expect(String(decoding: output.dropFirst(4 + length), as: UTF8.self).hasPrefix("d OK [CAPABILITY "))

        let inside = await LayeredClient.connect(to: try SecurityLayerTests.fixture())
        _ = await SecurityLayerTests.logIn(inside, "alice", "secret")
        let both = inside.wire(octets("c UNAUTHENTICATE\r\nd LOGIN bob hunter2\r\n"))
        inside.transport.send(both)
        let answer = await inside.client.settleOctets()
        let end = 4 + answer.prefix(4).reduce(0) { $0 << 8 | Int($1) }
        #expect(String(decoding: inside.read(Array(answer.prefix(end))), as: UTF8.self).hasPrefix("c OK "))
        #expect(
            String(decoding: answer.dropFirst(end), as: UTF8.self) == "* BYE Data behind the end of a layer\r\n")
        #expect(inside.transport.isClosed)
    }

    /// R-OUT: an answer larger than a buffer goes out in several.
    @Test func aLargeAnswerIsManyBuffers() async throws {
        let fixture = try SecurityLayerTests.fixture()
        _ = try fixture.store.append(
            octets("Subject: x\r\n\r\n") + [UInt8](repeating: 0x41, count: 200_000), to: .inbox, for: user("alice"))
        let client = await LayeredClient.connect(to: fixture)
        _ = await SecurityLayerTests.logIn(client, "alice", "secret")
        await _ = client.line("b SELECT INBOX")
        #expect(await client.line("c FETCH 4 BODY.PEEK[TEXT]").utf8.count > 200_000)
    }
}
