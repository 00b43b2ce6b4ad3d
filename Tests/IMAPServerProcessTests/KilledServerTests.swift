import Foundation
import Glibc
import Synchronization
import Testing

@testable import imap_server

/// A client that appends one message after the other, until the server is gone.
private final class AppendingClient: Sendable {
    struct Message: Sendable {
        let octets: [UInt8]
        var isAcknowledged = false
    }

    private let messages = Mutex<[Message]>([])
    private let name: String

    init(_ name: String) { self.name = name }

    var all: [Message] { messages.withLock { $0 } }

    /// A message that no other is like, of up to 40 KiB.
    private func message(_ number: Int, seed: UInt64) -> [UInt8] {
        var random = Sequence64(seed: seed &+ UInt64(number))
        let lines = Int(random.next() % (number % 7 == 0 ? 600 : 20))
        var text = "From: \(name)\r\nSubject: \(name) \(number)\r\n\r\n"
        for line in 0..<lines { text += "\(line) \(random.next()) \(random.next()) \(random.next())\r\n" }
        return Array(text.utf8)
    }

    func run(_ port: UInt16, seed: UInt64) {
        do {
            let client = try LineClient(port: port)
            guard try client.command("l", "LOGIN alice alice").last?.hasPrefix("l OK") == true else { return }
            for number in 0..<100_000 {
                // Every fifth command brings two, of which both or none are there.
                let count = number % 5 == 4 ? 2 : 1
                let batch = (0..<count).map { Message(octets: message(number * 2 + $0, seed: seed)) }
                let first = messages.withLock { all in
                    all += batch
                    return all.count - count
                }
                // The second literal is announced when the first one was taken.
                var isRefused = false
                for (index, one) in batch.enumerated() {
                    client.send(index == 0 ? "a APPEND INBOX {\(one.octets.count)}\r\n" : " {\(one.octets.count)}\r\n")
                    isRefused = try client.line().first != 0x2B
                    guard !isRefused else { break }
                    client.send(one.octets)
                }
                guard !isRefused else { return }
                client.send("\r\n")
                guard try client.answer("a").last?.hasPrefix("a OK ") == true else { return }
                messages.withLock { all in for index in first..<all.count { all[index].isAcknowledged = true } }
            }
        } catch {
            // The server is gone.
        }
    }
}

/// SplitMix64.
private struct Sequence64 {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("imap-server: killed at any moment, nothing that got its OK is lost", .serialized)
struct KilledServerTests {
    /// Ten times, at random moments; `KILL_ROUNDS` and `KILL_SEED` make a long run of it. Each time with the mail of all
    /// times before in the same Maildir.
    @Test func everyAcknowledgedMessageIsThereOnceAndNoneInPart() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["KILL_ROUNDS"].flatMap { Int($0) } ?? 10
        let seed = environment["KILL_SEED"].flatMap { UInt64($0) } ?? 1
        let scratch = try ProcessScratch()
        let arguments = ["--store", "maildir:\(scratch.url.path)/mail", "--log", "error"]
        var random = Sequence64(seed: seed)
        /// What was found in earlier rounds: all of it has been told to a client.
        var kept: [UInt32: [UInt8]] = [:]
        for round in 0..<rounds {
            let clients = (0..<4).map { AppendingClient("r\(round)c\($0)") }
            let delay = UInt32(random.next() % 400_000) + 20_000
            let roundSeed = random.next()
            let directory = scratch.url
            try await onThread {
                let server = try ServerProcess(arguments, in: directory)
                let group = DispatchGroup()
                for (index, client) in clients.enumerated() {
                    group.enter()
                    let thread = Thread {
                        client.run(server.port, seed: roundSeed &+ UInt64(index) &* 1_000_000)
                        group.leave()
                    }
                    thread.start()
                }
                usleep(delay)
                server.kill()
                group.wait()
            }
            let found = try await onThread { try KilledServerTests.mail(arguments, in: directory) }
            // What was there is there as it was, under its UID.
            for (uid, octets) in kept { #expect(found[uid] == octets, "round \(round): UID \(uid)") }
            var count: [[UInt8]: Int] = [:]
            for (uid, octets) in found where kept[uid] == nil { count[octets, default: 0] += 1 }
            let sent = clients.flatMap(\.all)
            for message in sent where message.isAcknowledged {
                #expect(
                    count[message.octets] == 1,
                    "round \(round): acknowledged, and there \(count[message.octets] ?? 0) times")
            }
            let known = Set(sent.map(\.octets))
            for (octets, times) in count {
                #expect(known.contains(octets), "round \(round): \(octets.count) octets that nobody sent")
                #expect(times == 1, "round \(round): \(times) times")
            }
            kept = found
            let left = try FileManager.default.contentsOfDirectory(atPath: "\(scratch.url.path)/mail/alice")
            #expect(!left.contains { $0.hasPrefix("imap-making") }, "round \(round): \(left)")
        }
        #expect(kept.count > rounds, "\(kept.count) messages in \(rounds) rounds")
    }

    /// Everything in the INBOX, by its UID, as a new process tells it.
    private static func mail(_ arguments: [String], in directory: URL) throws -> [UInt32: [UInt8]] {
        let server = try ServerProcess(arguments, in: directory)
        defer { server.stop() }
        let client = try server.connect()
        guard try client.command("l", "LOGIN alice alice").last?.hasPrefix("l OK") == true,
            try client.command("s", "EXAMINE INBOX").last?.hasPrefix("s OK") == true
        else { throw ServerProcess.Failure(reason: "it does not open the mailbox again") }
        client.send("f UID FETCH 1:* (UID RFC822.SIZE BODY.PEEK[])\r\n")
        var found: [UInt32: [UInt8]] = [:]
        while true {
            let line = String(decoding: try client.line(), as: UTF8.self)
            if line.hasPrefix("f ") {
                guard line.hasPrefix("f OK ") else { throw ServerProcess.Failure(reason: line) }
                return found
            }
            guard line.hasSuffix("}"), let size = line.dropLast().split(separator: "{").last.flatMap({ Int($0) }) else {
                continue
            }
            let words = line.split(whereSeparator: { " (".contains($0) })
            let octets = try client.octets(size)
            guard let index = words.firstIndex(of: "UID"), let uid = UInt32(words[index + 1]) else { continue }
            #expect(words.firstIndex(of: "RFC822.SIZE").map { words[$0 + 1] } == "\(size)", "UID \(uid)")
            found[uid] = octets
        }
    }
}
