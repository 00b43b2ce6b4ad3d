import IMAPHost
public import IMAPServer

/// A client for tests: it sends, and reads what the server wrote once the server waits for it again.
public struct TestClient: Sendable {
    public let transport: ScriptedTransport

    public init(_ transport: ScriptedTransport) { self.transport = transport }

    /// Connects to `server` and reads the greeting.
    public static func connect(
        to server: Server, _ transport: ScriptedTransport = ScriptedTransport(),
        preauthenticated: PreauthenticatedUser? = nil
    ) async -> (client: TestClient, greeting: String) {
        let client = TestClient(transport)
        server.accept(transport, preauthenticated: preauthenticated)
        return (client, await client.settle())
    }

    /// Waits until the server waits for this client, or has closed, and returns what it wrote.
    ///
    /// Gives up after five minutes of real time: what it returns then is what there is.
    public func settle() async -> String { String(decoding: await settleOctets(), as: UTF8.self) }

    public func settleOctets() async -> [UInt8] {
        await transport.untilQuiet()
        return transport.takeOutput()
    }

    /// Sends `text` as one segment and returns the answer. Write the line ends.
    @discardableResult
    public func send(_ text: String) async -> String {
        transport.send(text)
        return await settle()
    }

    /// Sends one line and returns the answer.
    @discardableResult
    public func line(_ text: String) async -> String { await send(text + "\r\n") }

    /// Sends octets cut into the given pieces, each read by itself, and returns the whole answer.
    public func send(_ octets: [UInt8], cutAt cuts: [Int]) async -> String {
        var output: [UInt8] = []
        var start = 0
        for cut in cuts + [octets.count] {
            transport.send(Array(octets[start..<cut]))
            output += await settleOctets()
            start = cut
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Plays a transcript. Returns the first line that is not as expected, or `nil`.
    public func play(_ transcript: Transcript) async -> TranscriptMismatch? {
        var lines: [[UInt8]] = []
        for turn in transcript.turns {
            switch turn {
            case .send(let octets):
                if let extra = lines.first { return TranscriptMismatch(expected: nil, found: extra) }
                transport.send(octets)
                lines = TestClient.lines(await settleOctets())
            case .expect(let pattern):
                guard !lines.isEmpty else { return TranscriptMismatch(expected: pattern, found: nil) }
                let line = lines.removeFirst()
                guard Transcript.matches(line, pattern) else {
                    return TranscriptMismatch(expected: pattern, found: line)
                }
            }
        }
        return lines.first.map { TranscriptMismatch(expected: nil, found: $0) }
    }

    private static func lines(_ octets: [UInt8]) -> [[UInt8]] {
        octets.split(separator: 0x0A, omittingEmptySubsequences: true).map { line in
            Array(line.last == 0x0D ? line.dropLast() : line)
        }
    }
}

/// Where a conversation went otherwise than its transcript.
public struct TranscriptMismatch: Sendable, CustomStringConvertible {
    /// The line that should have come; `nil` when none should.
    public let expected: [UInt8]?
    /// The line that came; `nil` when none did.
    public let found: [UInt8]?

    public var description: String {
        func text(_ line: [UInt8]?) -> String { line.map { String(decoding: $0, as: UTF8.self) } ?? "nothing" }
        return "expected: \(text(expected))\nfound:    \(text(found))"
    }
}
