import IMAPHost
import IMAPText
import IMAPTypes

/// One AUTHENTICATE command of any mechanism, whose responses are random (R-AUTH-7).
///
/// The first octet chooses the mechanism, the second how the responses are sent; the rest are the responses, with 0xFF
/// between them.
enum SASLTarget {
    static let mechanisms = [
        "PLAIN", "LOGIN", "EXTERNAL", "ANONYMOUS", "OAUTHBEARER", "XOAUTH2", FuzzMechanism.text, "NONE",
    ]

    /// What the server did that no exchange may make it do, or `nil`: it logs in another user than the credentials say,
    /// or none where they are right; keeps an exchange (R-AUTH-2); writes what is no IMAP.
    static func problem(_ input: [UInt8]) -> String? { problem(input, model: SASLModel.outcome) }

    /// The same, with another opinion of who must be logged in.
    static func problem(
        _ input: [UInt8], model: (_ mechanism: String, _ peer: [UInt8], _ responses: [[UInt8]]) -> SASLModel.Outcome
    ) -> String? {
        guard input.count >= 2 else { return nil }
        let mechanism = mechanisms[Int(input[0]) % mechanisms.count]
        let peer = Array((input[0] & 0x80 != 0 ? "admin" : "alice").utf8)
        let isRaw = input[1] & 1 != 0
        let hasInitial = input[1] & 2 != 0
        let raw = input[2...].split(separator: 0xFF, omittingEmptySubsequences: false).prefix(12).map { Array($0) }
        var lines: [[UInt8]] = []
        for response in raw where response.count <= 700 {
            // What would be two lines, or a flaw, is another target's.
            let isLine = !response.contains { $0 == 0x0A || $0 == 0x0D || $0 == 0 }
            lines.append(isRaw && isLine ? response : Base64.encode(response.span))
        }
        return run(mechanism, peer, lines, hasInitial: hasInitial, isCut: input[1] & 4 != 0, model)
    }

    private static func run(
        _ mechanism: String, _ peer: [UInt8], _ lines: [[UInt8]], hasInitial: Bool, isCut: Bool,
        _ model: (String, [UInt8], [[UInt8]]) -> SASLModel.Outcome
    ) -> String? {
        guard OwnThread.isAvailable else { return "tasks cannot be kept on a thread here" }
        var rest = lines[...]
        var command = Array("a AUTHENTICATE \(mechanism)".utf8)
        var given: [[UInt8]] = []
        // An initial response is a word: `=` stands for an empty one.
        if hasInitial, let first = rest.first, isBase64Word(first) {
            rest = rest.dropFirst()
            command += [0x20] + (first.isEmpty ? [0x3D] : first)
            given.append(first == [0x3D] ? [] : first)
        }
        var facts = FuzzServer.facts
        facts.tls = TLSFacts(version: "1.3", cipher: "none", peerIdentity: peer)
        let outcome: (run: ConnectionRun, given: [[UInt8]], alive: Int)
        do {
            let world = try FuzzServer(.sasl)
            outcome = OwnThread.run { own in
                var sent = given
                let run = ConnectionRun(to: world, facts, [command + [13, 10]], own) { output in
                    // A response where one is asked for, and nothing else.
                    guard asksForResponse(output), let line = rest.popFirst() else { return [] }
                    sent.append(line)
                    let pieces = line + [13, 10]
                    return isCut ? pieces.map { [$0] } : [pieces]
                }
                return (run, sent, own.alive)
            }
        } catch {
            return "no server: \(error)"
        }
        if let problem = outcome.run.problem { return problem }
        guard outcome.alive == 0 else { return "\(outcome.alive) exchanges are kept" }
        let expected = expectation(mechanism, peer, outcome.given, model)
        guard outcome.run.logins == expected else {
            func text(_ names: [[UInt8]]) -> String { names.map { String(decoding: $0, as: UTF8.self) }.description }
            return "\(mechanism) logged in \(text(outcome.run.logins)), expected \(text(expected))"
        }
        return nil
    }

    /// Whom the lines log in.
    private static func expectation(
        _ mechanism: String, _ peer: [UInt8], _ lines: [[UInt8]],
        _ model: (String, [UInt8], [[UInt8]]) -> SASLModel.Outcome
    ) -> [[UInt8]] {
        var responses: [[UInt8]] = []
        for line in lines {
            guard line != [0x2A], let octets = Base64Model.decode(line) else { return [] }
            responses.append(octets)
            switch model(mechanism, peer, responses) {
            case .goesOn: continue
            case .failed: return []
            case .loggedIn(let user): return [user]
            }
        }
        return []
    }

    /// Whether the last thing that was written is a server challenge.
    private static func asksForResponse(_ output: [UInt8]) -> Bool {
        guard output.suffix(2) == [13, 10] else { return false }
        let start = output.dropLast(2).lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return output[start...].starts(with: [0x2B, 0x20])
    }

    private static func isBase64Word(_ line: [UInt8]) -> Bool {
        line.isEmpty || line.allSatisfy { $0 > 0x20 && $0 < 0x7F && !Array("(){%*\"\\]".utf8).contains($0) }
    }

    static let words: [[UInt8]] =
        [
            "alice", "secret", "bob", "hunter2", "admin", "root", "tok123", "carol", "\0", "\0alice\0secret",
            "bob\0admin\0root", "n,,\u{1}auth=Bearer tok123\u{1}\u{1}", "n,a=alice,\u{1}", "y,,\u{1}", "=2C", "=3D",
            "user=alice\u{1}auth=Bearer tok123\u{1}\u{1}", "host=x\u{1}", "fcarol", "c", "*", "=",
            "AGFsaWNlAHNlY3JldA==",
        ].map { Array($0.utf8) } + [[0xFF], [0x01], [0xC3], [0xC3, 0xA9]]
}

/// Strict base64, by its definition (RFC 4648 section 4).
enum Base64Model {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func decode(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 4 == 0 else { return nil }
        let padding = text.reversed().prefix { $0 == 0x3D }.count
        guard padding <= 2 else { return nil }
        var bits: [Bool] = []
        for octet in text.dropLast(padding) {
            guard let value = alphabet.firstIndex(of: octet) else { return nil }
            for shift in [5, 4, 3, 2, 1, 0] { bits.append(value >> shift & 1 == 1) }
        }
        let spare = bits.suffix(bits.count % 8)
        guard spare.allSatisfy({ !$0 }), spare.count == padding * 2 else { return nil }
        return stride(from: 0, to: bits.count - spare.count, by: 8).map { start in
            bits[start..<start + 8].reduce(0) { $0 << 1 | ($1 ? 1 : 0) }
        }
    }
}
