import Foundation
import Glibc
import Testing

@testable import imap_server

/// The program's log, in whole sessions over sockets, at its most talkative.
@Suite("imap-server: no secret in a log, and one line for each event (R-LOG-1, R-LOG-2, R-AUTH-9)", .serialized)
struct PrivacyTests {
    private static let right = "Xk7QzvBw9Rt2"
    private static let wrong = "Hn4WyqJd8Ms6"
    private static let message = "Gp3TufLc5Ea1"

    private static func base64(_ text: String) -> String { Data(text.utf8).base64EncodedString() }

    /// Pieces of a secret that may not be in a log: of itself and of its base64, wherever in the octets it stands.
    private static func traces(_ secret: String) -> Set<String> {
        var traces: Set<String> = []
        func add(_ text: Substring) {
            let octets = Array(text)
            guard octets.count >= 5 else { return }
            for start in 0...(octets.count - 5) { traces.insert(String(octets[start..<start + 5])) }
        }
        add(secret[...])
        for offset in 0..<3 {
            let encoded = base64(String(repeating: "\0", count: offset) + secret)
            // The first and the last letters depend on what stands around the secret.
            add(encoded.dropFirst(offset == 0 ? 0 : 4).prefix(secret.utf8.count * 4 / 3 - 4))
        }
        return traces
    }

    /// What a client sends in each of its segments, of which some hold secrets.
    private static func sessions() -> [[String]] {
        var all: [[String]] = []
        for password in [right, wrong] {
            let plain = base64("\0alice\0\(password)")
            let bearer = base64("n,a=alice,\u{1}auth=Bearer \(password)\u{1}\u{1}")
            let count = password.utf8.count
            for login in [
                "LOGIN alice \(password)", "login alice \"\(password)\"", "LOGIN alice {\(count)+}\r\n\(password)",
                "LOGIN {5}\r\nalice {\(count)}\r\n\(password)", "LOGIN \(password) \(password)",
                "LOGIN alice \(password) x", "LOGIN alice \"\(password)", "AUTHENTICATE PLAIN \(plain)",
                "AUTHENTICATE PLAIN\r\n\(plain)", "AUTHENTICATE PLAIN \(plain)!", "authenticate plain\r\n\(plain) x",
                "AUTHENTICATE LOGIN\r\n\(base64("alice"))\r\n\(base64(password))",
                "AUTHENTICATE LOGIN \(base64("alice"))\r\n\(base64(password))", "AUTHENTICATE XOAUTH2 \(bearer)",
                "AUTHENTICATE OAUTHBEARER\r\n\(bearer)", "AUTHENTICATE EXTERNAL \(base64(password))",
                "AUTHENTICATE ANONYMOUS \(base64(password))", "AUTHENTICATE NOPE \(plain)",
                "AUTHENTICATE NOPE\r\n\(plain)",
            ] {
                all.append(["a \(login)\r\n", "b NOOP\r\n"])
                // Where a login is not permitted, and behind the end of another one.
                all.append(["l LOGIN alice \(right)\r\n", "a \(login)\r\n", "b NOOP\r\n"])
                all.append(["l LOGIN alice \(right)\r\n", "u UNAUTHENTICATE\r\na \(login)\r\n", "b NOOP\r\n"])
            }
        }
        // Cut at every octet.
        for text in [
            "a LOGIN alice \(right)\r\n", "a AUTHENTICATE PLAIN\r\n\(base64("\0alice\0\(right)"))\r\n",
            "a LOGIN alice {\(right.utf8.count)}\r\n\(right)\r\n",
        ] {
            let behind = "u UNAUTHENTICATE\r\n" + text
            for cut in 1..<text.utf8.count { all.append([String(text.prefix(cut)), String(text.dropFirst(cut))]) }
            for cut in 1..<behind.count {
                all.append([
                    "l LOGIN alice \(right)\r\n", String(behind.prefix(cut)), String(behind.dropFirst(cut)),
                    "b NOOP\r\n",
                ])
            }
        }
        return all
    }

    private static func play(
        _ sessions: [[[UInt8]]], _ port: UInt16, awaitingAnswers: Bool = false
    ) throws -> [String] {
        var answers: [String] = []
        for session in sessions {
            let client = try LineClient(port: port)
            for segment in session {
                client.send(segment)
                // Each is read by itself, as a rule; where that matters, each is answered before the next one.
                if awaitingAnswers { client.settle(within: .seconds(20)) } else { usleep(1500) }
            }
            _ = shutdown(client.descriptor, Int32(SHUT_WR))
            var answer = ""
            while let line = try? client.line() { answer += String(decoding: line, as: UTF8.self) + "\r\n" }
            answers.append(answer)
        }
        return answers
    }

    private static let arguments = [
        "--user", "alice:\(right)", "--admin", "root:\(right)", "--unauthenticate", "all", "--failed-login-delay",
        "off",
    ]

    @Test(arguments: ["wire", "debug", "info"]) func noSecretIsLogged(_ level: String) async throws {
        let scratch = try ProcessScratch()
        let directory = scratch.url
        let log = try await onThread {
            let server = try ServerProcess(PrivacyTests.arguments + ["--log", level], in: directory)
            let all = PrivacyTests.sessions().map { $0.map { Array($0.utf8) } }
            // At lower levels the octets do not matter.
            let answers = try PrivacyTests.play(level == "wire" ? all : Array(all.prefix(120)), server.port)
            let text = PrivacyTests.message
            let mail = "Subject: \(text)\r\n\r\n\(text)\r\n"
            _ = try PrivacyTests.play(
                [
                    [
                        "l LOGIN alice \(PrivacyTests.right)\r\n",
                        "m APPEND INBOX {\(mail.utf8.count)+}\r\n\(mail)\r\ns SELECT INBOX\r\n",
                        "f UID FETCH * (ENVELOPE BODY[])\r\n", "g SEARCH TEXT {\(text.utf8.count)+}\r\n\(text)\r\n",
                        "h APPEND \(text) {\(mail.utf8.count)+}\r\n\(mail)\r\n",
                    ].map { Array($0.utf8) }
                ], server.port, awaitingAnswers: true)
            server.stop()
            #expect(answers.contains { $0.contains("a OK ") } && answers.contains { $0.contains("a NO ") })
            return String(decoding: try server.logged(), as: UTF8.self)
        }
        #expect(log.utf8.count > 5000)
        for secret in [PrivacyTests.right, PrivacyTests.wrong] {
            for trace in PrivacyTests.traces(secret) where log.contains(trace) {
                let line = log.split(separator: "\n").first { $0.contains(trace) } ?? ""
                Issue.record("\(trace) in \(line)")
            }
        }
        // A wire log shows mail: that is what it is for. No other does.
        #expect(log.contains(PrivacyTests.message) == (level == "wire"))
        if level == "wire" {
            #expect(log.contains("NOOP completed"))
            #expect(log.contains("UNAUTHENTICATE"))
        }
    }

    /// Octets as DEFLATE stores them, flushed.
    private static func stored(_ text: String) -> [UInt8] {
        let size = UInt16(text.utf8.count)
        func block(_ size: UInt16) -> [UInt8] {
            [0] + [size, ~size].flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }
        }
        return block(size) + Array(text.utf8) + block(0)
    }

    /// Inside COMPRESS=DEFLATE, whose client stores what it sends: every word would be seen as it is.
    @Test func noSecretIsLoggedInsideACompression() async throws {
        let scratch = try ProcessScratch()
        let directory = scratch.url
        let log = try await onThread {
            let server = try ServerProcess(PrivacyTests.arguments + ["--compress", "--log", "wire"], in: directory)
            let (right, text) = (PrivacyTests.right, PrivacyTests.message)
            let mail = "Subject: \(text)\r\n\r\n\(text)\r\n"
            let plain = PrivacyTests.base64("\0alice\0\(right)")
            let bearer = PrivacyTests.base64("n,a=alice,\u{1}auth=Bearer \(PrivacyTests.wrong)\u{1}\u{1}")
            let begin = ["l LOGIN alice \(right)\r\n", "z COMPRESS DEFLATE\r\n"].map { Array($0.utf8) }
            let inside = [
                "m APPEND INBOX {\(mail.utf8.count)+}\r\n\(mail)\r\ns SELECT INBOX\r\n",
                "f UID FETCH * (ENVELOPE BODY[])\r\n", "a LOGIN alice \(right)\r\n",
                "b AUTHENTICATE PLAIN \(plain)\r\n",
                "c AUTHENTICATE OAUTHBEARER \(bearer)\r\n", "y COMPRESS DEFLATE\r\n", "\(right) NOOP\r\n",
                "u UNAUTHENTICATE\r\n",
            ].map { PrivacyTests.stored($0) }
            let behind = ["d LOGIN alice \(right)\r\n", "visible NOOP\r\n"].map { Array($0.utf8) }
            // A login that is not permitted hides what comes behind it, as without compression.
            let quiet = [inside[0], inside[1], inside[5], inside[7]]
            _ = try PrivacyTests.play(
                [begin + inside + behind, begin + [inside.flatMap { $0 }] + behind, begin + quiet + behind],
                server.port,
                // What is shown depends on what is read at once.
                awaitingAnswers: true)
            server.stop()
            return try server.logged()
        }
        let text = String(decoding: log, as: UTF8.self)
        for secret in [PrivacyTests.right, PrivacyTests.wrong, PrivacyTests.message] {
            for trace in PrivacyTests.traces(secret) { #expect(!text.contains(trace), "\(trace)") }
        }
        // What can be read is there: the commands by their names, and what stands outside the layer.
        #expect(text.components(separatedBy: "visible OK").count == 2)
        #expect(text.contains("COMPRESS ok") && text.contains("FETCH ok") && text.contains("<"))
        #expect(
            log.split(separator: 0x0A).allSatisfy { $0.allSatisfy { (0x20...0x7E).contains($0) } && $0.count < 2300 })
    }

    /// R-LOG-1: whatever is a name, a tag, a command, an identification, or nothing at all.
    @Test func aLineIsPrintableAndOneForEachEvent() async throws {
        let scratch = try ProcessScratch()
        let directory = scratch.url
        let nasty: [[UInt8]] =
            [
                "x\r\nconnection 99: root logged in as root", "\u{1B}[31mred\u{1B}]0;title\u{7}",
                "\u{E9}\u{202E}\u{2028}x",
                "\\x0a\\", "\"quoted\\\"", "%s%n%x", String(repeating: "A", count: 3000), "\u{85}\u{9B}1m",
            ].map { Array($0.utf8) } + [[0xFF, 0xFE, 0x80], [0x61, 0x00, 0x62], [0x0B, 0x0C, 0x08, 0x7F]]
        let log = try await onThread {
            let server = try ServerProcess(["--any-user", "p", "--log", "wire"], in: directory)
            var sessions: [[[UInt8]]] = []
            for value in nasty {
                let literal = Array("{\(value.count)+}\r\n".utf8) + value
                func line(_ front: String, _ back: String = "") -> [UInt8] {
                    Array(front.utf8) + literal + Array("\(back)\r\n".utf8)
                }
                sessions.append([
                    line("a LOGIN ", " p"), line("b SELECT "), line("c CREATE "), Array("d NOOP\r\n".utf8),
                ])
                sessions.append([line("a ID (\"name\" ", ")"), line("b LOGIN x "), value + Array(" NOOP\r\n".utf8)])
                sessions.append([Array("a ".utf8) + value + Array("\r\n".utf8), value, Array("\r\n".utf8)])
                sessions.append([
                    Array("l LOGIN x p\r\n".utf8), Array("a ".utf8) + value + Array("\r\n".utf8),
                    value + Array(" NOOP\r\n".utf8), line("b LIST \"\" "), line("c SEARCH TEXT "),
                    line("d APPEND INBOX "), line("e ID (\"name\" ", ")"),
                ])
                let name = value.filter { $0 != 0 }
                let response = Data([0] + name + [0, 0x70]).base64EncodedString()
                sessions.append([Array("a AUTHENTICATE PLAIN \(response)\r\n".utf8)])
            }
            _ = try PrivacyTests.play(sessions, server.port)
            server.stop()
            return try server.logged()
        }
        #expect(log.last == 0x0A)
        let lines = log.split(separator: 0x0A)
        #expect(lines.count > 100)
        for line in lines {
            let text = String(decoding: line, as: UTF8.self)
            #expect(line.allSatisfy { (0x20...0x7E).contains($0) }, "\(text)")
            // At most two values.
            #expect(line.count < 2300, "\(text)")
            let isEvent = text.hasPrefix("connection ") || text.hasPrefix("new connection: ")
            #expect(isEvent || text.hasPrefix("every name is a user"), "\(text)")
        }
        let all = String(decoding: log, as: UTF8.self)
        #expect(all.contains("\\x1b[31mred") && all.contains("\\x0d\\x0aconnection 99"))
        #expect(!all.contains("\nconnection 99: root logged in"))
    }

    /// R-AUTH-9: by every way to log in, octet by octet.
    @Test func anUnknownUserIsAnsweredAsAWrongPassword() async throws {
        let scratch = try ProcessScratch()
        let directory = scratch.url
        let answers = try await onThread {
            let server = try ServerProcess(PrivacyTests.arguments + ["--log", "info"], in: directory)
            defer { server.stop() }
            return try PrivacyTests.play(
                ["alice", "nobody", "root", "Alice"].map { name in
                    [
                        "a LOGIN \(name) x\r\n", "b AUTHENTICATE PLAIN \(PrivacyTests.base64("\0\(name)\0x"))\r\n",
                        "c AUTHENTICATE PLAIN \(PrivacyTests.base64("bob\0\(name)\0x"))\r\n",
                        "d AUTHENTICATE LOGIN\r\n\(PrivacyTests.base64(name))\r\n\(PrivacyTests.base64("x"))\r\n",
                        "e LOGOUT\r\n",
                    ].map { Array($0.utf8) }
                }, server.port)
        }
        #expect(Set(answers).count == 1 && answers[0].contains("a NO [AUTHENTICATIONFAILED]"), "\(answers)")
    }
}
