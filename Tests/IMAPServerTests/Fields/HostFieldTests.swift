import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: every text a host gives, times every text that could break a response (R-OUT-1, R-OUT-2, R-OUT-5)")
struct HostFieldTests {
    /// What the checker does not know.
    private static func permissions(_ says: HostSays) -> OutputPermissions {
        var permissions = OutputPermissions()
        permissions.responses = ["XSHOW"]
        permissions.mailboxAttributes = Set(
            says.mailboxes.flatMap(\.attributes).map { String(decoding: $0.octets, as: UTF8.self).uppercased() })
        return permissions
    }

    /// A client of a server whose host says this.
    static func client(_ says: HostSays) async throws -> (client: TestClient, store: FieldStore) {
        let store = FieldStore(says)
        _ = try store.memory.append(
            octets("From: a@b\r\nSubject: x\r\n\r\nmail\r\n"), to: .inbox, for: says.user ?? user("alice"))
        var configuration = ServerConfiguration()
        configuration.charsets = says.charsets.isEmpty ? nil : NamedCharsets(names: says.charsets)
        configuration.delaysFailedLogins = false
        let server = try Server(
            store: store, authenticator: FieldUsers(says: says), extensions: says.extensions,
            configuration: configuration,
            clock: VirtualClock())
        let transport = ScriptedTransport(facts: says.facts, output: .noted(permissions(says)))
        return (await TestClient.connect(to: server, transport).client, store)
    }

    /// Everything the commands were answered, and what is wrong with it.
    private static func play(_ field: HostField, _ says: HostSays, _ mode: String, _ name: String) async throws
        -> [UInt8]
    {
        let (client, store) = try await client(says)
        var output: [UInt8] = []
        if says.facts == nil {
            await client.line("l LOGIN alice secret")
            if !mode.isEmpty { await client.line("e ENABLE \(mode)") }
            await client.line("s SELECT INBOX")
        }
        for command in field.commands {
            store.wake()
            client.transport.send(octets("t \(command)\r\n"))
            let answer = await client.settleOctets()
            output += answer
            // What the checker found stands in the output as lines of its own.
            if says.facts == nil, client.transport.violations.isEmpty {
                let flaw = HostileTexts.flaw(in: answer, to: "t")
                #expect(flaw == nil, "\(name), \(mode), \(command): \(flaw ?? "")")
            }
            #expect(!client.transport.isClosed, "\(name), \(mode), \(command): closed")
        }
        #expect(client.transport.violations.isEmpty, "\(name), \(mode): \(client.transport.violations)")
        client.transport.send("n NOOP\r\n")
        let last = await client.settle()
        #expect(last.contains("n OK "), "\(name), \(mode): \(last.prefix(200))")
        client.transport.hangUp()
        return output
    }

    @Test(arguments: HostField.all)
    func nothingAHostSaysBreaksAResponse(_ field: HostField) async throws {
        var taken = 0
        var isShown = false
        let modes = ["", "UTF8=ACCEPT", "IMAP4rev2"]
        for (index, text) in HostileTexts.all(tag: "t").enumerated() {
            var says = HostSays()
            guard field.set(&says, text.octets) else { continue }
            taken += 1
            // What is written in another way in each of them, in all; before anyone logs in, there are none.
            let differs = text.octets == HostileTexts.harmless || text.octets.contains { $0 > 0x7E || $0 == 0x26 }
            for (place, mode) in modes.enumerated()
            where says.facts == nil ? differs || (place + index) % modes.count > 0 : place == 0 {
                let output = try await Self.play(field, says, mode, text.name)
                if text.octets == HostileTexts.harmless {
                    isShown = isShown || String(decoding: output, as: UTF8.self).contains("xcanaryx")
                }
            }
        }
        // A row that shows nothing would prove nothing.
        #expect(isShown || field.isHidden)
        #expect(taken > 0)
    }

    /// The hierarchy separator, which a host gives as an octet.
    @Test func noSeparatorBreaksAResponse() async throws {
        for separator in Array(0...0x2F as ClosedRange<UInt8>) + [0x5B, 0x5C, 0x5D, 0x7B, 0x7F, 0x80, 0xC3, 0xFF] {
            var says = HostSays()
            says.separator = .some(separator)
            says.namespaces = Namespaces(personal: [Namespace(prefix: "", separator: separator)])
            says.mailboxes = [entry("a\(Character(Unicode.Scalar(separator)))b"), entry("box")]
            let field = HostField(
                "Account.separator", "Namespace.separator",
                shownBy: [
                    "LIST \"\" \"\"", "LIST \"\" *", "LSUB \"\" *", "NAMESPACE", "CREATE \"x y\"", "RENAME \"x y\" z",
                    "LIST \"\" % RETURN (CHILDREN)",
                ]
            ) { _, _ in true }
            for mode in ["", "UTF8=ACCEPT"] { _ = try await Self.play(field, says, mode, "separator \(separator)") }
        }
    }
}
