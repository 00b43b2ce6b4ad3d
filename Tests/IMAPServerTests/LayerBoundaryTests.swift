import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

/// UNAUTHENTICATE, and the next login behind it in the same octets: each layer ends exactly where it must.
@Suite("Where layers end at transition 7 (RFC 8437 sections 3 and 4.1; U-P-5, U-Z-2)")
struct LayerBoundaryTests {
    enum Layers: CaseIterable { case none, deflate, security, both }

    private static let login = octets(
        "m AUTHENTICATE PLAIN \(base64("\0bob\0hunter2"))\r\nn SELECT INBOX\r\no FETCH 1 BODY.PEEK[TEXT]\r\n")

    /// A client that is logged in as alice, with these layers.
    private static func client(
        _ layers: Layers, observer: any ServerObserver = SilentObserver()
    ) async throws -> LayeredClient {
        let client = await LayeredClient.connect(to: try CompressTests.fixture(observer: observer))
        if layers == .security || layers == .both {
            _ = await client.line("l AUTHENTICATE X-LAYERED \(base64("alice\0secret"))")
            client.protect(with: "secret")
        } else {
            _ = await client.line("l LOGIN alice secret")
        }
        if layers == .deflate || layers == .both {
            _ = await client.line("c COMPRESS DEFLATE")
            client.compress()
        }
        _ = await client.line("d SELECT INBOX")
        return client
    }

    /// Sends the octets in these pieces; what the server wrote, the OK through the layers and the rest as it is.
    private static func answer(_ client: LayeredClient, _ wire: [UInt8], cutAt cuts: [Int]) async -> String {
        var output: [UInt8] = []
        var start = 0
        for cut in cuts + [wire.count] {
            client.transport.send(Array(wire[start..<cut]))
            output += await client.client.settleOctets()
            start = cut
        }
        return String(decoding: client.readToTheEndOfTheLayers(output), as: UTF8.self)
    }

    /// The rules of what the server says: nothing of alice behind the OK, and bob is there.
    private static func judge(_ answer: String, _ comment: String) {
        let parts = answer.split(separator: "u OK [CAPABILITY ", maxSplits: 1)
        #expect(parts.count == 2 || answer.hasPrefix("u OK [CAPABILITY "), "\(comment): \(answer)")
        let behind = parts.last ?? ""
        #expect(!behind.contains("alice"), "\(comment)")
        #expect(behind.contains("m OK [CAPABILITY "), "\(comment): \(answer)")
        #expect(behind.contains("* 2 EXISTS\r\n"), "\(comment)")
        #expect(behind.contains("mail of bob, 1"), "\(comment)")
        #expect(behind.hasSuffix("o OK FETCH completed\r\n"), "\(comment)")
    }

    @Test(arguments: Layers.allCases, [Deflater.Flush.sync, .full, .finish])
    func cutAtEveryOctet(layers: Layers, flush: Deflater.Flush) async throws {
        let count = try await LayerBoundaryTests.client(layers).wire(octets("u UNAUTHENTICATE\r\n"), flush).count
        // Before, in and just behind the boundary every cut; of the rest, the octets in one piece and one by one.
        for cut in 0...(count + 3) {
            let client = try await LayerBoundaryTests.client(layers)
            let wire = client.wire(octets("u UNAUTHENTICATE\r\n"), flush) + LayerBoundaryTests.login
            let answer = await LayerBoundaryTests.answer(client, wire, cutAt: cut == 0 ? [] : [cut])
            LayerBoundaryTests.judge(answer, "\(layers), \(flush), cut at \(cut)")
        }
        let client = try await LayerBoundaryTests.client(layers)
        let wire = client.wire(octets("u UNAUTHENTICATE\r\n"), flush) + LayerBoundaryTests.login
        let answer = await LayerBoundaryTests.answer(client, wire, cutAt: Array(1..<wire.count))
        LayerBoundaryTests.judge(answer, "\(layers), \(flush), octet by octet")
    }

    /// When the old user's session ends, all that was said to it is at the transport, though the client sent the next
    /// user's commands in the same octets: no buffer of ours carries it over, and no log of ours shows it as another's.
    @Test("What one user was told is written before the next begins (U-Z-2, U-Z-3)", arguments: Layers.allCases)
    func nothingOfOneUserWaitsForTheNext(layers: Layers) async throws {
        let handover = Handover()
        let client = try await LayerBoundaryTests.client(layers, observer: handover)
        handover.watch(client.transport)
        let commands = octets("f FETCH 1:3 BODY.PEEK[TEXT]\r\nu UNAUTHENTICATE\r\n")
        client.transport.send(client.wire(commands) + LayerBoundaryTests.login)
        let rest = String(decoding: await client.client.settleOctets(), as: UTF8.self)
        let told = String(decoding: client.readToTheEndOfTheLayers(handover.told), as: UTF8.self)
        #expect(told.contains("mail of alice, 3") && told.contains("f OK FETCH completed\r\n"), "\(told)")
        #expect(told.hasSuffix("] Not authenticated\r\n"), "\(told)")
        #expect(rest.hasPrefix("m OK [CAPABILITY ") && rest.hasSuffix("o OK FETCH completed\r\n"), "\(rest)")
    }

    /// The OK does not wait for the end of the client's compression.
    @Test func theOKDoesNotWaitForTheFlush() async throws {
        let client = try await LayerBoundaryTests.client(.deflate)
        let wire = client.wire(octets("u UNAUTHENTICATE\r\n"))
        let marker = 5
        client.transport.send(Array(wire.dropLast(marker)))
        let ok = await client.settle()
        #expect(ok.hasPrefix("u OK [CAPABILITY "))
        client.decompress()
        #expect(await client.send(Array(wire.suffix(marker))) == "")
        #expect(await client.line("n NOOP") == "n OK NOOP completed\r\n")
    }

    /// The flush in a later buffer of the security layer: that ends when the compression has.
    @Test func theFlushInABufferOfItsOwn() async throws {
        let client = try await LayerBoundaryTests.client(.both)
        let compressed = client.compressed(octets("u UNAUTHENTICATE\r\n"), .sync)
        let wire =
            client.protected(Array(compressed.dropLast(3))) + client.protected(Array(compressed.suffix(3)))
            + LayerBoundaryTests.login
        LayerBoundaryTests.judge(await LayerBoundaryTests.answer(client, wire, cutAt: []), "in a buffer of its own")
    }

    /// What must not stand there: another octet in the layer, a partial flush, another block.
    @Test(arguments: Layers.allCases.filter { $0 == .deflate || $0 == .both })
    func whatIsNoBoundary(layers: Layers) async throws {
        let line = octets("u UNAUTHENTICATE\r\n")
        let stored: [UInt8] = [0, UInt8(line.count), 0, ~UInt8(line.count), 0xFF] + line
        let wrong: [(String, [UInt8])] = [
            ("a partial flush", stored + [0x02, 0x00]), ("a stored octet", stored + [0, 1, 0, 0xFE, 0xFF, 0x41]),
            ("a compressed octet", stored + [0x73, 0x04, 0x00]), ("the reserved type", stored + [0x06]),
            ("a bad length", stored + [0, 0, 0, 0, 0]),
        ]
        for (name, octets) in wrong {
            let client = try await LayerBoundaryTests.client(layers)
            let wire = layers == .both ? client.protected(octets) : octets
            let answer = await LayerBoundaryTests.answer(client, wire + LayerBoundaryTests.login, cutAt: [])
            #expect(answer.contains("* BYE "), "\(name): \(answer)")
            #expect(!answer.contains("m OK"), "\(name)")
            #expect(client.transport.isClosed, "\(name)")
        }
        let client = try await LayerBoundaryTests.client(layers)
        let both = client.wire(line + octets("m LOGIN bob hunter2\r\n"))
        let answer = await LayerBoundaryTests.answer(client, both, cutAt: [])
        #expect(answer.contains("* BYE ") && !answer.contains("m OK"), "another command in the layer: \(answer)")
    }

    /// Octets of the security layer behind the compression's end: its buffer ends there too.
    @Test func theBufferEndsWithTheCompression() async throws {
        let client = try await LayerBoundaryTests.client(.both)
        let compressed = client.compressed(octets("u UNAUTHENTICATE\r\n"), .sync)
        let wire = client.protected(compressed + octets("m LOGIN bob hunter2\r\n"))
        let answer = await LayerBoundaryTests.answer(client, wire, cutAt: [])
        #expect(answer.contains("* BYE ") && !answer.contains("m OK"), "\(answer)")
    }

    /// The client hangs up where the flush should have come.
    @Test func theFlushThatNeverComes() async throws {
        let client = try await LayerBoundaryTests.client(.deflate)
        client.transport.send(Array(client.wire(octets("u UNAUTHENTICATE\r\n")).dropLast(5)))
        _ = await client.settle()
        client.transport.endInput()
        _ = await client.client.settleOctets()
        #expect(client.transport.isClosed)
    }

    /// Three users, each with their own layers.
    @Test func layersComeAndGo() async throws {
        let client = try await LayerBoundaryTests.client(.both)
        for (name, password, count) in [("bob", "hunter2", 2), ("alice", "secret", 3), ("bob", "hunter2", 2)] {
            #expect(await client.send(client.wire(octets("u UNAUTHENTICATE\r\n"), .finish)).hasPrefix("u OK "))
            client.decompress()
            client.unprotect()
            _ = await client.line("l AUTHENTICATE X-LAYERED \(base64("\(name)\0\(password)"))")
            client.protect(with: password)
            #expect(await client.line("c COMPRESS DEFLATE") == "c OK DEFLATE active\r\n")
            client.compress()
            #expect(await client.line("d SELECT INBOX").contains("* \(count) EXISTS\r\n"))
        }
    }
}

/// What the transport was given up to the moment that transition 7 was complete.
private final class Handover: ServerObserver {
    private let state = Mutex<(transport: ScriptedTransport?, told: [UInt8])>((nil, []))

    func watch(_ transport: ScriptedTransport) { state.withLock { $0.transport = transport } }

    var told: [UInt8] { state.withLock { $0.told } }

    func observe(_ event: ServerEvent, on connection: ConnectionID) {
        guard case .unauthenticated = event else { return }
        state.withLock { state in
            guard let transport = state.transport else { return }
            state.told += transport.takeOutput()
        }
    }
}
