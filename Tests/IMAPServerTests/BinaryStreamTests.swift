import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A body that is read in pieces of 7,000 octets, whatever is asked for.
private struct ShortReads: MessageBody {
    let octets: [UInt8]

    var size: UInt64 { UInt64(octets.count) }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        let start = min(Int(clamping: offset), octets.count)
        return Array(octets[start..<min(octets.count, start + min(max, 7000))])
    }
}

@Suite("BINARY of large parts (RFC 3516)")
struct BinaryStreamTests {
    /// Decoded octets without NUL, and a message that holds them in base64, with lines of nothing in between.
    private static let large: (part: [UInt8], message: [UInt8]) = {
        let part = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 % 251 + 1) }
        var message = octets("Content-Transfer-Encoding: base64\r\n\r\n")
        var index = 0
        while index < part.count {
            let line = Array(part[index..<min(index + 57, part.count)])
            message += octets(TestBase64.encode(line) + "\r\n")
            index += 57
            if index == 57 * 1000 { message += [UInt8](repeating: 0x21, count: 100_000) + octets("\r\n") }
        }
        return (part, message)
    }()

    private func fetch(_ item: String, _ store: any MailStore) async throws -> [UInt8] {
        let server = try Server(
            store: store, authenticator: TestUsers(), extensions: IMAPExtension.standard.supported(by: store))
        let client = await TestClient.connect(to: server).client
        await client.line("l LOGIN alice secret")
        await client.line("e EXAMINE INBOX")
        client.transport.send("f FETCH 1 \(item)\r\n")
        return await client.settleOctets()
    }

    private func answer(_ item: String, _ part: some Collection<UInt8>) -> [UInt8] {
        octets("* 1 FETCH (\(item) {\(part.count)}\r\n") + part + octets(")\r\nf OK FETCH completed\r\n")
    }

    @Test func aLargePartIsTheSameHoweverTheStoreReads() async throws {
        for body in [ShortReads(octets: Self.large.message) as any MessageBody, OctetBody(Self.large.message)] {
            let memory = MemoryStore()
            _ = try memory.append(body: body, to: .inbox, for: user("alice"))
            #expect(try await fetch("BINARY.PEEK[1]", memory) == answer("BINARY[1]", Self.large.part))
            #expect(try await fetch("BINARY.SIZE[1]", memory).starts(with: octets("* 1 FETCH (BINARY.SIZE[1] 150000)")))
            for offset in [0, 1, 49_152, 57_000, 100_001, 149_999, 150_000] {
                let part = Self.large.part.dropFirst(offset).prefix(70_000)
                #expect(
                    try await fetch("BINARY.PEEK[1]<\(offset).70000>", memory)
                        == answer("BINARY[1]<\(offset)>", part), "\(offset)")
            }
        }
    }

    /// Once to find the structure, once to count, once to send: no part of it is read again and again.
    @Test func aPartIsDecodedInOrder() async throws {
        let memory = MemoryStore()
        _ = try memory.append(Self.large.message, to: .inbox, for: user("alice"))
        let store = HostileStore(memory)
        _ = try await fetch("BINARY.PEEK[1]", store)
        #expect(store.octetsRead <= 3 * Self.large.message.count)
        let items = (0..<100).map { "BINARY.PEEK[1]<\($0 * 1500).1500>" }.joined(separator: " ")
        let before = store.octetsRead
        #expect(try await fetch("(\(items))", store).count > 150_000)
        #expect(store.octetsRead - before <= 2 * Self.large.message.count + 100 * 140_000)
    }
}

/// `X-FIRST[part]`: the first octet of a part, decoded. What a host can add with what is public.
private struct FirstOctetItem: StreamedFetchItem {
    static let names: [Keyword] = ["X-FIRST"]
    static let takesSection = true

    let section: PartSection

    init(_ name: Keyword, _ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        section = try PartSection(&arguments, allowsPartial: false)
    }

    var columns: MessageColumns { [] }
    var marksSeen: Bool { false }
    var needs: MessageNeed { .structure }

    func write(_ message: FetchedMessage, to writer: inout ResponseWriter) {
        writer.keyword("X-FIRST")
        writer.partSection(section)
    }

    func isAnswered(by other: any StreamedFetchItem) -> Bool { false }

    func value(of message: inout FetchedBody) async throws(StoreError) -> FetchedValue {
        guard case .known(let octets) = try await message.decoded(section.path) else { return .null }
        guard let first = try await octets.read(at: 0, max: 1).first else { return .null }
        return .number(UInt64(first))
    }
}

@Suite("A FETCH item of a host's own")
struct HostFetchItemTests {
    @Test func anItemOverDecodedOctetsNeedsNothingThatIsNotPublic() async throws {
        let mine = IMAPExtension("X-FIRST") { $0.add(fetchItem: FirstOctetItem.self) }
        let fixture = try Fixture(extensions: IMAPExtension.standard + [mine])
        _ = try fixture.store.append(
            octets("Content-Transfer-Encoding: base64\r\n\r\nQUJD"), to: .inbox, for: user("alice"))
        var permissions = OutputPermissions()
        permissions.fetchItems = ["X-FIRST"]
        let client = await fixture.logIn("alice", "secret", permitting: permissions)
        await client.line("e EXAMINE INBOX")
        #expect(
            await client.line("f FETCH 1 (X-FIRST[1] X-FIRST[2])")
                == "* 1 FETCH (X-FIRST[1] 65 X-FIRST[2] NIL)\r\nf OK FETCH completed\r\n")
    }
}
