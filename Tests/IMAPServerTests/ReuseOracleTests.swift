import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

/// SplitMix64: the same programs for the same seed, everywhere.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// What one user's stretch of a connection does.
private enum Step {
    case send(String)
    /// Something happens in a user's mailbox, from outside.
    case deliver(to: String)
    case flag(of: String)
    case remove(of: String)
}

private struct Stretch {
    let user: String
    let steps: [Step]
}

private struct Program {
    static let users = ["alice", "bob", "carol"]
    let stretches: [Stretch]

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        stretches = (0..<Int.random(in: 2...5, using: &random)).map { _ in
            let user = Program.users.randomElement(using: &random) ?? "alice"
            let steps = (0..<Int.random(in: 0...12, using: &random)).map { _ in Program.step(&random) }
            return Stretch(user: user, steps: steps)
        }
    }

    private static func step(_ random: inout SeededGenerator) -> Step {
        let anyone = users.randomElement(using: &random) ?? "bob"
        switch Int.random(in: 0..<55, using: &random) {
        case 0, 1, 2: return .send("SELECT INBOX")
        case 3: return .send("EXAMINE INBOX")
        case 4: return .send("SELECT nowhere")
        case 5, 6, 7: return .send("NOOP")
        case 8: return .send("FETCH 1:* (FLAGS UID INTERNALDATE RFC822.SIZE)")
        case 9: return .send("UID FETCH 1:* (BODY.PEEK[])")
        case 10: return .send("FETCH 1 BODY[TEXT]<2.20>")
        case 11: return .send("CLOSE")
        case 12: return .send("UNSELECT")
        case 13: return .send("STATUS INBOX (MESSAGES UIDNEXT UNSEEN RECENT)")
        case 14: return .send("LIST \"\" *")
        case 15: return .send("CAPABILITY")
        case 16: return .send("ID (\"name\" \"\(Int.random(in: 0..<9, using: &random))\")")
        case 17: return .send("LOGIN \(anyone) x")
        case 18: return .send("FETCH (")
        case 24: return .send("STORE 1:* +FLAGS (\\Flagged)")
        case 25: return .send("UID STORE 1:2 FLAGS.SILENT (\\Seen \\Deleted)")
        case 26: return .send("STORE 1 -FLAGS (\\Deleted)")
        case 27: return .send("EXPUNGE")
        case 28: return .send("COPY 1 INBOX")
        case 29: return .send("CREATE box")
        case 30: return .send("COPY 1:2 box")
        case 31: return .send("SELECT box")
        case 32: return .send("LSUB \"\" *")
        case 33: return .send("DELETE box")
        case 34: return .send("FETCH 1 (ENVELOPE BODYSTRUCTURE)")
        case 35:
            return .send(
                "SEARCH RETURN (SAVE) \(["UNSEEN", "FLAGGED", "TEXT mail", "2:*"].randomElement(using: &random) ?? "ALL")"
            )
        case 36: return .send("UID SEARCH RETURN (MIN SAVE) NOT DELETED")
        case 37: return .send("SEARCH $")
        case 38: return .send("FETCH $ (UID FLAGS)")
        case 39: return .send("UID SEARCH OR $ BODY \(anyone)")
        case 40: return .send("SEARCH RETURN (SAVE) CHARSET XYZZY ALL")
        case 41: return .send("LIST (SUBSCRIBED RECURSIVEMATCH) \"\" (% b*) RETURN (CHILDREN SPECIAL-USE)")
        case 42: return .send("LIST \"\" % RETURN (STATUS (MESSAGES SIZE UNSEEN) SUBSCRIBED)")
        case 43: return .send("SUBSCRIBE box/below")
        case 44: return .send("UNSUBSCRIBE box/below")
        case 45: return .send("CREATE box/sent (USE (\\Sent))")
        case 46: return .send("LIST (SPECIAL-USE) \"\" *")
        case 47: return .send("NAMESPACE")
        case 48: return .send("STATUS INBOX (SIZE)")
        case 49: return .send("LIST (RECURSIVEMATCH) \"\" *")
        case 50: return .send("GETQUOTAROOT box")
        case 51: return .send("SETQUOTA \"\" (STORAGE 9)")
        case 52: return .send("ENABLE IMAP4rev2")
        case 53: return .send("CREATE &AOk-/x")
        case 54: return .send("LIST \"\" \"\u{E9}*\"")
        case 19, 20: return .deliver(to: anyone)
        case 21, 22: return .flag(of: anyone)
        default: return .remove(of: anyone)
        }
    }
}

/// One store, and the events that happen in it.
private struct World {
    let fixture: Fixture
    private var delivered = 0

    init() throws {
        fixture = try Fixture()
        for name in Program.users { try fixture.fill(name, 3) }
    }

    mutating func happen(_ step: Step) throws {
        switch step {
        case .send: return
        case .deliver(let name):
            delivered += 1
            _ = try fixture.store.append(
                octets("Subject: new\r\n\r\nmail of \(name), new \(delivered)\r\n"), to: .inbox, for: user(name))
        case .flag(let name):
            guard let uid = try fixture.store.records(in: .inbox, for: user(name)).first?.uid else { return }
            _ = try fixture.store.changeFlags(.add([.flagged]), of: UIDSet(uid), in: .inbox, for: user(name))
        case .remove(let name):
            guard let uid = try fixture.store.records(in: .inbox, for: user(name)).last?.uid else { return }
            _ = try fixture.store.remove(UIDSet(uid), in: .inbox, for: user(name))
        }
    }

    mutating func run(_ stretch: Stretch, on client: TestClient) async throws -> [String] {
        var output = [await client.line("l AUTHENTICATE PLAIN \(base64("\(stretch.user)\0admin\0root"))")]
        for (index, step) in stretch.steps.enumerated() {
            if case .send(let line) = step { output.append(await client.line("t\(index) \(line)")) }
            try happen(step)
        }
        return output
    }
}

@Suite("A reused connection is a fresh connection (RFC 8437; the test above all others)")
struct ReuseOracleTests {
    /// Runs one program both ways. Returns what went wrong.
    private static func compare(seed: UInt64) async throws -> String? {
        let program = Program(seed: seed)
        var reused = try World()
        let connection = await reused.fixture.connect()
        var fresh = try World()
        for (index, stretch) in program.stretches.enumerated() {
            if index > 0 {
                let reply = await connection.line("u UNAUTHENTICATE")
                guard reply.hasPrefix("u OK") else { return "seed \(seed): \(reply)" }
            }
            let found = try await reused.run(stretch, on: connection)
            let own = await fresh.fixture.connect()
            let expected = try await fresh.run(stretch, on: own)
            // The oracle's connection ends as the reused one's cycle does: without expunging.
            own.transport.endInput()
            _ = await own.settle()
            if found != expected {
                return "seed \(seed), stretch \(index):\n\(found.joined())\n--- on a connection of its own:\n"
                    + expected.joined()
            }
            for other in Program.users where other != stretch.user && found.joined().contains("mail of \(other)") {
                return "seed \(seed), stretch \(index): mail of \(other) reached \(stretch.user)"
            }
        }
        return nil
    }

    @Test func randomProgramsGiveTheSameTranscriptOnOneConnectionAsOnMany() async throws {
        // `REUSE_PROGRAMS` and `REUSE_SEED` make a long run of it.
        let environment = ProcessInfo.processInfo.environment
        let count = environment["REUSE_PROGRAMS"].flatMap { UInt64($0) } ?? 1000
        let first = environment["REUSE_SEED"].flatMap { UInt64($0) } ?? 1
        for seed in first..<first + count {
            if let difference = try await Self.compare(seed: seed) {
                Issue.record("\(difference)")
                return
            }
        }
    }
}
