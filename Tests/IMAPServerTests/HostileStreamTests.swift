import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// Reads a server's output by itself: lines, and literals that their ends announce. Shares no code with the server.
struct OutputReader {
    /// The lines; a literal's octets are left out of them.
    private(set) var lines: [[UInt8]] = []
    private(set) var literals: [[UInt8]] = []
    /// What is wrong with the stream, if anything.
    private(set) var flaw: String?

    init(_ output: [UInt8]) {
        var line: [UInt8] = []
        var index = 0
        while index < output.count {
            let octet = output[index]
            index += 1
            guard octet == 0x0D else {
                if octet < 0x20 || octet > 0x7E { flaw = "octet \(octet) in a line" }
                line.append(octet)
                continue
            }
            guard index < output.count, output[index] == 0x0A else {
                flaw = "CR without LF"
                return
            }
            index += 1
            if let size = OutputReader.literal(line) {
                guard index + size <= output.count else {
                    flaw = "a literal that is not complete"
                    return
                }
                literals.append(Array(output[index..<index + size]))
                index += size
                continue
            }
            lines.append(line)
            line = []
        }
        if !line.isEmpty { flaw = "a line without an end" }
    }

    private static func literal(_ line: [UInt8]) -> Int? {
        guard line.last == 0x7D, let open = line.lastIndex(of: 0x7B) else { return nil }
        return Int(String(decoding: line[(open + 1)..<(line.count - 1)], as: UTF8.self))
    }

    /// The first line that is none a server may send, given the tags of its client.
    func strangeLine() -> String? {
        for line in lines {
            let text = String(decoding: line, as: UTF8.self)
            if text.hasPrefix("* ") || text.hasPrefix("+ ") { continue }
            let words = text.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
            guard words.count == 3, words[0].utf8.count <= 64, ["OK", "NO", "BAD"].contains(words[1]), !words[2].isEmpty
            else { return text }
        }
        return nil
    }
}

@Suite("Hostile: the output stream (R-OUT-2)")
struct HostileStreamTests {
    /// No garbage makes the server write anything but well-formed responses, or stop answering.
    @Test(arguments: 0..<4)
    func whateverIsSentIsAnsweredInWellFormedLines(_ round: Int) async throws {
        for seed in 1...50 {
            let lab = try Lab { $0.limits.badCommandsAfterLogin = 10_000 }
            try lab.fill("alice", 2)
            let peer = seed % 2 == 0 ? await lab.select() : await lab.connect()
            peer.transport.send(HostileSegmentationTests.noise(seed: UInt64(round * 1000 + seed), count: 900))
            let reader = OutputReader(await peer.settleOctets())
            #expect(reader.flaw == nil, "round \(round), seed \(seed)")
            #expect(reader.strangeLine() == nil, "round \(round), seed \(seed)")
            #expect(peer.isClosed || peer.transport.isAwaitingInput, "round \(round), seed \(seed)")
            peer.transport.hangUp()
        }
    }

    /// Names of the host's with everything that means something on the wire.
    @Test(arguments: [
        "a b", "a\"b", "a\\b", "\\", "\"", "NIL", "nil", "{5}", "(", ")", "%", "*", "&", "a&b", "]", "[x]",
        "\u{e9}\u{1F4E7}",
        "a~", String(repeating: "x", count: 1000), String(repeating: "\u{e9}", count: 500),
    ])
    func aMailboxNameComesBackAsOneValue(_ name: String) async throws {
        let lab = try Lab()
        let mailbox = try #require(MailboxName(name))
        try lab.memory.createMailbox(mailbox, for: user("alice"))
        let peer = await lab.logIn()
        peer.transport.send("a LIST \"\" *\r\n")
        let reader = OutputReader(await peer.settleOctets())
        #expect(reader.flaw == nil)
        #expect(reader.lines.count == 3)
        let line = reader.lines.dropFirst().first.map { String(decoding: $0, as: UTF8.self) } ?? ""
        #expect(line.hasPrefix("* LIST (\\HasNoChildren) \"/\" "))
        // What came back names the mailbox when it is sent again.
        let value = reader.literals.first ?? Array(line.utf8.dropFirst(28))
        let again =
            reader.literals.isEmpty
            ? octets("b STATUS ") + value + octets(" (MESSAGES)\r\n")
            : octets("b STATUS {\(value.count)+}\r\n") + value + octets(" (MESSAGES)\r\n")
        #expect(await peer.send(again).hasSuffix("b OK STATUS completed\r\n"))
    }

    /// A message's own octets cannot end its literal.
    @Test func aMessageThatLooksLikeResponsesIsALiteral() async throws {
        let lab = try Lab()
        let mail = octets("Subject: x\r\n\r\n)\r\na OK FETCH completed\r\n* BYE [ALERT] {5}\r\n* 9 EXISTS\r\n")
        try lab.memory.append(mail, to: .inbox, for: user("alice"))
        let peer = await lab.select()
        for section in ["", "HEADER", "TEXT"] {
            peer.transport.send("a FETCH 1 BODY.PEEK[\(section)]\r\n")
            let reader = OutputReader(await peer.settleOctets())
            #expect(reader.flaw == nil)
            #expect(reader.lines.count == 2)
            let header = Array(mail.prefix(14))
            let expected = section.isEmpty ? mail : section == "HEADER" ? header : Array(mail.dropFirst(14))
            #expect(reader.literals == [expected])
        }
    }
}
