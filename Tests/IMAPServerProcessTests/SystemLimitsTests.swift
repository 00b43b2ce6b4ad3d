import Foundation
import Glibc
import Testing

@testable import imap_server

@Suite("imap-server: the limits of the system", .serialized, .timeLimit(.minutes(30)))
struct SystemLimitsTests {
    private static let full = "APPEND INBOX {5+}\r\na: b\n"

    /// Each client may have a file held open, by a message that it sends or takes slowly. However many there are, those
    /// that are in are served.
    @Test(arguments: [96, 256]) func clientsThatHoldFilesOpenLeaveTheOthersSome(_ descriptors: Int) async throws {
        let scratch = try ProcessScratch()
        let directory = scratch.url
        let arguments = ["--store", "maildir:\(directory.path)/mail", "--log", "error"]
        try await onThread {
            let server = try ServerProcess(arguments, in: directory, limit: "-n \(descriptors)")
            defer { server.stop() }
            let good = try server.connect()
            #expect(try good.command("l", "LOGIN bob bob").last?.hasPrefix("l OK") == true)
            #expect(try good.command("a", SystemLimitsTests.full).last?.hasPrefix("a OK") == true)
            var bad: [LineClient] = []
            while bad.count < descriptors {
                guard let one = try? server.connect(),
                    (try? one.command("l", "LOGIN alice alice").last)?.hasPrefix("l OK") == true
                else { break }
                one.send("a APPEND INBOX {1000}\r\n")
                let answer = try one.line()
                #expect(answer.first == 0x2B, "\(bad.count): \(String(decoding: answer, as: UTF8.self))")
                one.send("a: b\r\n")
                bad.append(one)
            }
            #expect(bad.count > 5 && bad.count < descriptors / 2)
            for tag in ["b", "c", "d"] {
                #expect(try good.command(tag, SystemLimitsTests.full).last?.hasPrefix("\(tag) OK") == true)
                #expect(try good.command("s", "SELECT INBOX").last?.hasPrefix("s OK") == true)
            }
            // When they are gone there is room again.
            bad = []
            var isIn = false
            for _ in 0..<1000 where !isIn {
                usleep(10_000)
                isIn = (try? server.connect().command("l", "LOGIN alice alice").last)?.hasPrefix("l OK") == true
            }
            #expect(isIn)
        }
    }

    /// The signal that says that a file has reached its size would end the process.
    @Test func aLogThatMayNotGrowEndsNothing() async throws {
        let scratch = try ProcessScratch()
        let directory = scratch.url
        try await onThread {
            let server = try ServerProcess(["--log", "debug"], in: directory, limit: "-f 1")
            defer { server.stop() }
            let client = try server.connect()
            #expect(try client.command("l", "LOGIN alice alice").last?.hasPrefix("l OK") == true)
            for _ in 0..<200 { #expect(try client.command("n", "NOOP").last == "n OK NOOP completed") }
            #expect(try server.logged().count >= 512)
        }
    }
}
