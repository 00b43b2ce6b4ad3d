import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import Testing

/// One store, the events that happen in it, and one connection to it after the other.
private struct World {
    let fixture: Fixture
    private var delivered = 0
    /// The connection, its whole output since ``mark()``, and what travels with the next octets sent.
    private var client: TestClient
    private var output = ""
    private var heldBack = ""

    init() async throws {
        fixture = try Fixture()
        for name in ResetProgram.users { try fixture.fill(name, 3) }
        client = await fixture.connect()
    }

    var isClosed: Bool { client.transport.isClosed }

    /// The output since this was asked last.
    mutating func takeOutput() -> String {
        defer { output = "" }
        return output
    }

    mutating func reconnect() async {
        // The oracle's connection ends as the reused one's cycle does: without expunging.
        client.transport.endInput()
        _ = await client.settle()
        client = await fixture.connect()
    }

    mutating func send(_ text: String, isHeldBack: Bool = false) async {
        heldBack += text
        if !isHeldBack { await flush() }
    }

    mutating func flush() async {
        guard !heldBack.isEmpty else { return }
        let text = heldBack
        heldBack = ""
        output += await client.send(text)
    }

    /// Returns whether the mailbox changed.
    @discardableResult
    private mutating func happen(_ event: ResetEvent) throws -> Bool {
        switch event {
        case .deliver(let name):
            delivered += 1
            _ = try fixture.store.append(
                octets("Subject: new\r\n\r\nmail of \(name), new \(delivered)\r\n"), to: .inbox, for: user(name))
            return true
        case .flag(let name):
            guard let uid = try fixture.store.records(in: .inbox, for: user(name)).first?.uid else { return false }
            return try !fixture.store.changeFlags(
                .add([.flagged]), of: UIDSet(uid), in: .inbox, for: user(name)
            ).isEmpty
        case .remove(let name):
            guard let uid = try fixture.store.records(in: .inbox, for: user(name)).last?.uid else { return false }
            return try !fixture.store.remove(UIDSet(uid), in: .inbox, for: user(name)).isEmpty
        }
    }

    /// IDLE: each event that concerns the user is told before the next happens.
    private mutating func idle(_ user: String, selected: Bool, _ events: [ResetEvent], _ end: String) async throws {
        await send(selected ? "i SELECT INBOX\r\n" : "i UNSELECT\r\n")
        await send("j IDLE\r\n")
        for event in events {
            guard try happen(event), selected, event.user == user else { continue }
            let before = output.utf8.count
            for _ in 0..<100_000 where output.utf8.count == before && !isClosed {
                await Task.yield()
                output += String(decoding: client.transport.takeOutput(), as: UTF8.self)
            }
            if output.utf8.count == before { output += "no news of \(event)\r\n" }
        }
        await send("\(end)\r\n")
    }

    mutating func run(_ stretch: ResetStretch) async throws {
        for line in stretch.before { await send("b \(line)\r\n", isHeldBack: stretch.isPipelined) }
        let login =
            stretch.isOwnLogin
            ? "LOGIN \(stretch.user) \(TestUsers().users[stretch.user] ?? "")"
            : "AUTHENTICATE PLAIN \(base64("\(stretch.user)\0admin\0root"))"
        await send("l \(login)\r\n", isHeldBack: stretch.isPipelined)
        for step in stretch.steps where !isClosed {
            switch step {
            case .send(let text, let isHeldBack): await send(text, isHeldBack: isHeldBack)
            case .happen(let event):
                await flush()
                try happen(event)
            case .idle(let selected, let events, let end):
                try await idle(stretch.user, selected: selected, events, end)
            }
        }
    }
}

@Suite("A reused connection is a fresh connection (RFC 8437; the test above all others)")
struct ReuseOracleTests {
    private static let reset = "u UNAUTHENTICATE\r\n"

    /// What the program's stretches say on one connection.
    private static func reused(_ program: ResetProgram) async throws -> [String] {
        var world = try await World()
        var transcripts: [String] = []
        var rest = ""
        for (index, stretch) in program.stretches.enumerated() {
            // Where the login is pipelined, so is the UNAUTHENTICATE before it, behind what is held back.
            if index > 0 { await world.send(reset, isHeldBack: stretch.isPipelined) }
            if index > 0, !stretch.isPipelined { rest += world.takeOutput() }
            try await world.run(stretch)
            rest += world.takeOutput()
        }
        await world.flush()
        rest += world.takeOutput()
        // Its OK is the last that is said in a stretch.
        while let ok = rest.range(of: "u OK [CAPABILITY ") {
            transcripts.append(String(rest[..<ok.lowerBound]))
            let end = rest.range(of: "\r\n", range: ok.upperBound..<rest.endIndex)
            rest = String(rest[(end?.upperBound ?? rest.endIndex)...])
        }
        return transcripts + [rest]
    }

    /// And what they say on a connection of its own each.
    private static func fresh(_ program: ResetProgram) async throws -> [String] {
        var world = try await World()
        var transcripts: [String] = []
        for (index, stretch) in program.stretches.enumerated() {
            if index > 0 { await world.reconnect() }
            try await world.run(stretch)
            await world.flush()
            transcripts.append(world.takeOutput())
            // One that ended with BYE ends the program: there is nothing to reuse.
            if world.isClosed { break }
        }
        return transcripts
    }

    /// Runs one program both ways. Returns what went wrong.
    private static func compare(seed: UInt64) async throws -> String? {
        let program = ResetProgram(seed: seed)
        let found = try await reused(program)
        let expected = try await fresh(program)
        for index in 0..<max(found.count, expected.count) {
            guard index < found.count, index < expected.count, found[index] == expected[index] else {
                return "seed \(seed), stretch \(index) of \(program.stretches.map(\.user)):\n"
                    + (index < found.count ? found[index] : "nothing\n") + "--- on a connection of its own:\n"
                    + (index < expected.count ? expected[index] : "nothing\n")
            }
            let user = program.stretches[index].user
            for other in ResetProgram.users where other != user && found[index].contains("mail of \(other)") {
                return "seed \(seed), stretch \(index): mail of \(other) reached \(user)"
            }
        }
        return nil
    }

    /// U-A-3: no actor, no cache and no buffer holds who was there before. `REUSE_PROGRAMS` and `REUSE_SEED` make a long run of it.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func randomProgramsGiveTheSameTranscriptOnOneConnectionAsOnMany(share: UInt64) async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["REUSE_PROGRAMS"].flatMap { UInt64($0) } ?? 1000
        let first = environment["REUSE_SEED"].flatMap { UInt64($0) } ?? 1
        for seed in first..<first + count where seed % 4 == share {
            if let difference = try await Self.compare(seed: seed) {
                Issue.record("\(difference)")
                return
            }
        }
    }
}
