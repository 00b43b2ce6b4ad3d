import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// A connection's input: random commands, some of whose octets were changed.
private struct SpoiltInput {
    let octets: [UInt8]
    /// Where it is cut, ascending.
    let cuts: [Int]
    private static let commands = SampleCommands(IMAPExtension.standard, for: MemoryStore())

    init(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var input = Int.random(in: 0...9, using: &random) > 0 ? Array("l LOGIN admin root\r\n".utf8) : []
        if Int.random(in: 0...2, using: &random) > 0 { input += Array("s SELECT INBOX\r\n".utf8) }
        for command in SpoiltInput.commands.commands(seed: seed).prefix(24) {
            input += command
            if Int.random(in: 0...30, using: &random) == 0 {
                input += Array(
                    "u UNAUTHENTICATE\r\nl AUTHENTICATE PLAIN \(base64("alice\0admin\0root"))\r\n".utf8)
            }
        }
        var octets = input
        for _ in 0..<Int.random(in: 0...12, using: &random) where !octets.isEmpty {
            SpoiltInput.spoil(&octets, &random)
        }
        self.octets = octets
        var cuts: Set<Int> = []
        let most = Int.random(in: 0...2, using: &random) == 0 ? octets.count : 30
        for _ in 0..<Int.random(in: 1...max(most, 1), using: &random) {
            cuts.insert(Int.random(in: 0...octets.count, using: &random))
        }
        self.cuts = cuts.sorted()
    }

    private static func spoil(_ octets: inout [UInt8], _ random: inout SeededGenerator) {
        let index = Int.random(in: 0..<octets.count, using: &random)
        switch Int.random(in: 0...5, using: &random) {
        case 0: octets[index] = UInt8.random(in: 0...255, using: &random)
        case 1: octets.insert(UInt8.random(in: 0...255, using: &random), at: index)
        case 2: octets.remove(at: index)
        case 3:
            let end = Int.random(in: index...min(index + 40, octets.count), using: &random)
            octets.removeSubrange(index..<end)
        case 4:
            let end = Int.random(in: index...min(index + 40, octets.count), using: &random)
            octets.insert(
                contentsOf: octets[index..<end], at: Int.random(in: 0...octets.count, using: &random))
        default:
            let words = [
                "\r\n", "{3+}\r\n", "~{2}\r\n", "\"", "\\", "(", ")", "*", "$", "\n", "\r", "\0", "{",
                "DONE\r\n", "RETURN (",
            ]
            octets.insert(contentsOf: Array((words.randomElement(using: &random) ?? " ").utf8), at: index)
        }
    }
}

@Suite("Hostile: whole connections of spoilt commands, cut anywhere (R-LINE-3, R-SW-6)")
struct HostileCutTests {
    private static func output(of input: [UInt8], cutAt cuts: [Int]) async throws -> [UInt8] {
        let lab = try Lab { $0.limits.badCommandsAfterLogin = 30 }
        for name in ["alice", "bob", "admin"] { try lab.fill(name, 3) }
        var segments: [[UInt8]] = []
        var start = 0
        for end in cuts + [input.count] where end > start {
            segments.append(Array(input[start..<end]))
            start = end
        }
        let transport = SegmentedTransport(segments, facts: ScriptedTransport().facts)
        lab.server.accept(transport)
        guard await eventually({ transport.isWaiting || transport.isClosed }) else {
            return octets("fell silent")
        }
        defer { transport.hangUp() }
        return transport.outputOctets
    }

    /// `CUT_INPUTS` and `CUT_SEED` make a long run of it.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func theOutputDoesNotDependOnTheCuts(share: UInt64) async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["CUT_INPUTS"].flatMap { UInt64($0) } ?? 1000
        let first = environment["CUT_SEED"].flatMap { UInt64($0) } ?? 1
        for seed in first..<first + count where seed % 4 == share {
            let input = SpoiltInput(seed: seed)
            let whole = try await Self.output(of: input.octets, cutAt: [])
            let cut = try await Self.output(of: input.octets, cutAt: input.cuts)
            guard whole == cut else {
                Issue.record(
                    """
                    seed \(seed), cut at \(input.cuts):
                    \(String(decoding: cut, as: UTF8.self))
                    --- at once:
                    \(String(decoding: whole, as: UTF8.self))
                    """)
                return
            }
        }
    }
}
