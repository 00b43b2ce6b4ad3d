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

    /// A text of the table, by its name, in its message.
    private struct Row {
        let name: String
        let message: [UInt8]
    }

    /// One session: what the store has, and what the client enabled.
    private struct Session: CustomStringConvertible {
        let origin: Origin
        let mode: String
        var description: String { "\(origin), \(mode)" }

        static let all = [
            Session(origin: .appended, mode: ""), Session(origin: .stored, mode: "UTF8=ACCEPT"),
            Session(origin: .stored, mode: "IMAP4rev2"),
        ]

        /// A client that has selected a mailbox of these messages.
        func client(_ rows: [Row]) async throws -> TestClient {
            let fixture = try Fixture()
            let client = await fixture.connect(ScriptedTransport(output: .noted(OutputPermissions())))
            await client.line("l LOGIN alice secret")
            if !mode.isEmpty { await client.line("e ENABLE \(mode)") }
            for row in rows {
                if origin == .appended {
                    client.transport.send(
                        octets("p APPEND INBOX {\(row.message.count)+}\r\n") + row.message + octets("\r\n"))
                    if await client.settle().contains("p OK ") { continue }
                    // A NUL is refused (R-LIT-9).
                }
                _ = try fixture.store.append(row.message, to: .inbox, for: user("alice"))
            }
            await client.line("s SELECT INBOX")
            return client
        }
    }

    /// What is wrong with what a session of these messages is shown, and all of it.
    private static func play(
        _ field: MessageField, _ session: Session, _ rows: [Row]
    ) async throws -> (flaws: [String], output: [UInt8]) {
        let client = try await session.client(rows)
        var flaws: [String] = []
        var output: [UInt8] = []
        func isGood(_ command: String) async -> Bool {
            client.transport.send("t \(command)\r\n")
            let answer = await client.settleOctets()
            output += answer
            if let flaw = HostileTexts.flaw(in: answer, to: "t") { flaws.append("\(command): \(flaw)") }
            return answer.suffix(100).split(separator: 0x0A).last?.starts(with: octets("t OK ")) ?? false
        }
        for command in field.commands {
            // Where one message is refused, others may not have been shown: each alone.
            if await isGood(command.replacing("#", with: "1:*")) || !command.contains("#") { continue }
            for number in rows.indices { _ = await isGood(command.replacing("#", with: "\(number + 1)")) }
        }
        flaws += client.transport.violations.map { "\($0)" }
        let last = await client.line("n NOOP")
        if !last.hasSuffix("n OK NOOP completed\r\n") { flaws.append("then: \(last.prefix(200))") }
        client.transport.hangUp()
        return (flaws, output)
    }

    /// Each text in one kind of session; the harmless one in all.
    @Test(arguments: MessageField.all)
    func nothingInAMessageBreaksAResponse(_ field: MessageField) async throws {
        let texts = HostileTexts.all(tag: "t")
        for (place, session) in Session.all.enumerated() {
            let rows = texts.indices.filter {
                texts[$0].octets == HostileTexts.harmless || ($0 + field.name.utf8.count) % Session.all.count == place
            }.map { Row(name: texts[$0].name, message: field.message(texts[$0].octets)) }
            let (flaws, output) = try await Self.play(field, session, rows)
            // A row that shows nothing would prove nothing.
            #expect(field.isHidden || output.contains(HostileTexts.harmless), "\(session)")
            guard !flaws.isEmpty else { continue }
            Issue.record("\(session): \(flaws.prefix(5))")
            for row in rows {
                let alone = try await Self.play(field, session, [row]).flaws
                #expect(alone.isEmpty, "\(session), \(row.name) alone: \(alone.prefix(5))")
            }
        }
    }
}
