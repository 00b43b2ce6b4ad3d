import IMAPExtensions
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Hostile: every text of a message, times every text that could break a response (R-OUT-2, R-OUT-6)")
struct MessageFieldTests {
    /// What a store has: a message that came by APPEND and has its digest, or one that has none.
    enum Origin: CaseIterable { case appended, stored }

    private static func client(_ message: [UInt8], _ origin: Origin, _ mode: String) async throws -> TestClient {
        let fixture = try Fixture()
        if origin == .stored { _ = try fixture.store.append(message, to: .inbox, for: user("alice")) }
        let client = await fixture.connect(ScriptedTransport(output: .noted(OutputPermissions())))
        await client.line("l LOGIN alice secret")
        if !mode.isEmpty { await client.line("e ENABLE \(mode)") }
        if origin == .appended {
            client.transport.send(octets("p APPEND INBOX {\(message.count)+}\r\n") + message + octets("\r\n"))
            let answer = await client.settle()
            // A NUL is refused (R-LIT-9).
            if !answer.contains("p OK ") { _ = try fixture.store.append(message, to: .inbox, for: user("alice")) }
        }
        await client.line("s SELECT INBOX")
        return client
    }

    @Test(arguments: MessageField.all)
    func nothingInAMessageBreaksAResponse(_ field: MessageField) async throws {
        // Each text in one kind of session; the harmless one in all.
        for (index, text) in HostileTexts.all(tag: "t").enumerated() {
            let sessions: [(origin: Origin, mode: String)] = [
                (.appended, ""), (.stored, "UTF8=ACCEPT"), (.stored, "IMAP4rev2"),
            ]
            let isHarmless = text.octets == HostileTexts.harmless
            for (origin, mode) in isHarmless ? sessions : [sessions[(index + field.name.utf8.count) % 3]] {
                let name = "\(text.name), \(origin), \(mode)"
                let client = try await Self.client(field.message(text.octets), origin, mode)
                var output: [UInt8] = []
                for command in field.commands {
                    client.transport.send("t \(command)\r\n")
                    let answer = await client.settleOctets()
                    output += answer
                    guard client.transport.violations.isEmpty else { break }
                    let flaw = HostileTexts.flaw(in: answer, to: "t")
                    #expect(flaw == nil, "\(name), \(command): \(flaw ?? "")")
                }
                #expect(client.transport.violations.isEmpty, "\(name): \(client.transport.violations)")
                let last = await client.line("n NOOP")
                #expect(last.hasSuffix("n OK NOOP completed\r\n"), "\(name): \(last.prefix(200))")
                client.transport.hangUp()
                // A row that shows nothing would prove nothing.
                guard isHarmless, !field.isHidden else { continue }
                #expect(String(decoding: output, as: UTF8.self).contains("xcanaryx"), "\(name)")
            }
        }
    }
}
