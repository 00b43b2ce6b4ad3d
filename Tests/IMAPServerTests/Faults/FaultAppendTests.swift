import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMaildirStore
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// APPEND in all its forms, on one of the stores, as data.
private struct AppendLab: Sendable {
    static let messages = (1...4).map { number in
        octets("Subject: \(number)\r\n\r\n" + String(repeating: "line of \(number)\r\n", count: number * 3))
    }

    /// Each command as it is sent, and the messages it brings.
    static var commands: [(text: [UInt8], messages: [[UInt8]])] {
        func literal(_ message: [UInt8], _ sign: String) -> [UInt8] {
            octets("{\(message.count)\(sign)}\r\n") + message
        }
        let end = octets("\r\n")
        let (a, b, c, d) = (messages[0], messages[1], messages[2], messages[3])
        return [
            (octets("c1 APPEND INBOX (\\Seen) ") + literal(a, "") + end, [a]),
            (octets("c2 APPEND INBOX ") + literal(b, "+") + end, [b]),
            (octets("c3 APPEND INBOX ") + literal(c, "+") + octets(" (\\Flagged) ") + literal(d, "") + end, [c, d]),
            (octets("c4 APPEND INBOX ") + literal(a, "+") + octets(" ") + literal(b, "+") + octets(" x") + end, []),
        ]
    }

    static let login = octets("c0 LOGIN alice secret\r\n")

    /// Their tables serve every run.
    private static let onDisk = pattern(MaildirStore(path: "/nonexistent"))
    private static let inMemory = pattern(MemoryStore())

    private static func pattern(_ store: any MailStore) -> Result<Lab, any Error> {
        Result {
            try Lab(extensions: IMAPExtension.standard.supported(by: store), store: FaultyStore(store, at: -1, nil))
        }
    }

    let store: FaultyStore
    let lab: Lab
    /// The directory of a store that has one.
    let directory: URL?

    init(onDisk: Bool, at call: Int = -1, _ deed: FaultyStore.Deed? = nil) throws {
        if onDisk {
            let directory = FileManager.default.temporaryDirectory
                .appendingPathComponent("imap-append-\(UInt64.random(in: 0 ... .max))")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            self.directory = directory
            let maildir = MaildirStore(path: directory.path)
            store = FaultyStore(maildir, at: call, deed)
            lab = Lab(like: try AppendLab.onDisk.get(), store: store)
        } else {
            directory = nil
            let memory = MemoryStore()
            store = FaultyStore(memory, at: call, deed)
            lab = Lab(like: try AppendLab.inMemory.get(), memory: memory, store: store)
        }
    }

    func remove() { if let directory { try? FileManager.default.removeItem(at: directory) } }

    /// What is in the INBOX; of a store with a directory, what one finds there that is opened anew.
    func contents() async throws -> [[UInt8]] {
        let store: any MailStore = directory.map { MaildirStore(path: $0.path) } ?? store.base
        let account = try await store.account(of: user("alice"))
        let open = try await account.open(.inbox, .readOnly)
        var found: [[UInt8]] = []
        for record in try await open.mailbox.messages(open.uids, .size) {
            let body = try await open.mailbox.body(of: record.uid)
            var octets: [UInt8] = []
            while true {
                let piece = try await body.read(at: UInt64(octets.count), max: 1 << 16)
                guard !piece.isEmpty else { break }
                octets += piece
            }
            found.append(octets)
        }
        // No UID was used for what is not there.
        #expect(Int(open.uidNext.rawValue) == found.count + 1)
        try await open.mailbox.close()
        try await account.close()
        return found
    }

    /// The files of messages: those to be seen, and those on their way.
    func files() -> (seen: Int, temporary: Int)? {
        guard let directory else { return nil }
        func count(_ name: String) -> Int {
            let path = directory.appendingPathComponent("alice/\(name)").path
            return (try? FileManager.default.contentsOfDirectory(atPath: path).count) ?? 0
        }
        return (count("cur") + count("new"), count("tmp"))
    }

    /// Whatever happened: every message of a command that got its OK is there, octet by octet, and of no other one is
    /// anything there; but those whose answers were lost may be there wholly.
    func check(_ output: String, _ place: String) async throws {
        guard await eventually(within: .seconds(120), { lab.server.connectionCount == 0 && store.livingCount == 0 })
        else {
            Issue.record("\(place): something is left")
            return
        }
        #expect(store.misuses == [], "\(place)")
        var expected: [[UInt8]] = []
        // What ran when the client went has no answer: any number of the commands behind the last one that has.
        var perhaps: [[[UInt8]]] = []
        for (index, command) in AppendLab.commands.enumerated() {
            let tag = "c\(index + 1) "
            if output.contains("\r\n\(tag)OK ") {
                expected += command.messages
            } else if !output.contains("\r\n\(tag)") {
                perhaps.append((perhaps.last ?? expected) + command.messages)
            }
        }
        let found = try await contents()
        #expect(found == expected || perhaps.contains(found), "\(place): \(found.count) messages, \(output)")
        if let files = files() {
            #expect(files.seen == found.count && files.temporary == 0, "\(place): \(files)")
        }
    }
}

@Suite("Faults: an APPEND that got its OK is in the store, and one that did not has left nothing")
struct FaultAppendTests {
    private func play(_ lab: AppendLab) async -> (peer: Peer, output: String) {
        let peer = await lab.lab.connect()
        var output = "\r\n" + (await peer.send(AppendLab.login))
        for command in AppendLab.commands where !peer.isClosed { output += await peer.send(command.text) }
        return (peer, output)
    }

    /// The calls of the host that the session makes.
    private func calls(onDisk: Bool) async throws -> [FaultyStore.Method] {
        let lab = try AppendLab(onDisk: onDisk)
        defer { lab.remove() }
        let (peer, output) = await play(lab)
        peer.transport.hangUp()
        for (index, answer) in ["OK", "OK", "OK", "BAD"].enumerated() {
            #expect(output.contains("\r\nc\(index + 1) \(answer) "), "\(output)")
        }
        try await lab.check(output, "no fault")
        #expect(try await lab.contents().count == 4)
        return lab.store.calls
    }

    @Test(arguments: [false, true]) func underEveryFaultOfTheHost(_ onDisk: Bool) async throws {
        for (call, method) in try await calls(onDisk: onDisk).enumerated() {
            var deeds: [FaultyStore.Deed] = [
                .fail(.overQuota), .fail(StoreError.every[call % 14]), .hangUntilCancelled,
            ]
            if !method.isAllOrNone { deeds.append(.failLate(.internalError)) }
            for deed in deeds {
                let lab = try AppendLab(onDisk: onDisk, at: call, deed)
                defer { lab.remove() }
                let place = "call \(call), \(method), \(deed)"
                guard case .hangUntilCancelled = deed else {
                    let (peer, output) = await play(lab)
                    peer.transport.hangUp()
                    try await lab.check(output, place)
                    continue
                }
                let transport = ScriptedTransport()
                transport.send(AppendLab.login + AppendLab.commands.flatMap(\.text))
                transport.endInput()
                lab.lab.server.accept(transport)
                #expect(await eventually { lab.store.isHanging || transport.isClosed }, "\(place)")
                transport.hangUp()
                if method.isEnding { lab.store.letGo() }
                #expect(await eventually { transport.isClosed }, "\(place)")
                try await lab.check("\r\n" + String(decoding: transport.takeOutput(), as: UTF8.self), place)
            }
        }
    }

    /// The client goes at every octet; where there are files, at every fifth.
    @Test(arguments: [false, true]) func wherever(_ onDisk: Bool) async throws {
        let all = AppendLab.login + AppendLab.commands.flatMap(\.text)
        for count in stride(from: AppendLab.login.count, through: all.count, by: onDisk ? 5 : 1) {
            let lab = try AppendLab(onDisk: onDisk)
            defer { lab.remove() }
            let peer = await lab.lab.connect()
            let output = "\r\n" + (await peer.send(Array(all[..<count])))
            peer.transport.hangUp()
            try await lab.check(output, "hang-up behind \(count)")
        }
    }
}
