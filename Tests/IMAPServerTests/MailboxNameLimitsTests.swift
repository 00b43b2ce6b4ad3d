import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite("Limits: names of new mailboxes")
struct MailboxNameLimitsTests {
    private static let commands = ["CREATE ", "RENAME old ", "SUBSCRIBE "]

    private static func peer(_ configure: (inout ServerConfiguration) -> Void = { _ in }) async throws -> Peer {
        let lab = try Lab(configure)
        let peer = await lab.logIn()
        await peer.line("o CREATE old")
        return peer
    }

    /// Each of the commands that make a name, by the same rule; what there is already can be used.
    private static func expect(
        _ name: String, isTaken: Bool, _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) async throws {
        for command in commands {
            let peer = try await peer(configure)
            let answer = await peer.line("a \(command)\(name)")
            #expect(answer.hasPrefix(isTaken ? "a OK " : "a NO [CANNOT] "), "\(command)\(name.utf8.count): \(answer)")
            #expect(
                await peer.line("b STATUS \(name) (MESSAGES)").contains("b OK ") == (isTaken && command != "SUBSCRIBE ")
            )
        }
    }

    @Test(arguments: [1023, 1024, 1025, 8000])
    func octetsOfAName(_ count: Int) async throws {
        try await Self.expect(String(repeating: "x", count: count), isTaken: count <= 1024)
    }

    @Test(arguments: [63, 64, 65, 500])
    func levelsOfAName(_ count: Int) async throws {
        try await Self.expect(Array(repeating: "x", count: count).joined(separator: "/"), isTaken: count <= 64)
    }

    @Test(arguments: [10, 11, 300])
    func aHostAllowsFewerOctets(_ count: Int) async throws {
        try await Self.expect(String(repeating: "x", count: count), isTaken: count <= 10) {
            $0.limits.mailboxNameOctets = 10
        }
    }

    @Test(arguments: [1, 2, 3, 40])
    func aHostAllowsFewerLevels(_ count: Int) async throws {
        try await Self.expect(Array(repeating: "x", count: count).joined(separator: "/"), isTaken: count <= 2) {
            $0.limits.mailboxLevels = 2
        }
    }
}
