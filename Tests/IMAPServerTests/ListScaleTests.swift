import IMAPHost
import IMAPTestKit
import IMAPTypes
import Testing

/// What a LIST costs, in time with plenty of room: a walk that looks at every pair of names, or at every level of every
/// name once more for each name below, takes many minutes here.
@Suite("LIST of very many and very deep mailboxes (R-ALG-2)", .serialized)
struct ListScaleTests {
    private static let limit = Duration.seconds(300)

    /// Sends each LIST, and expects that many responses in time.
    private func measure(_ what: String, _ entries: [MailboxEntry], _ commands: [(String, Int)]) async throws {
        let lab = try await ListLab(entries)
        for (arguments, expected) in commands {
            var count = -1
            let time = await ContinuousClock().measure {
                count = await lab.client.line("a LIST \(arguments)").split(separator: "\r\n").count - 1
            }
            print("LIST of \(what): \(arguments.prefix(40)): \(count) names in \(time)")
            #expect(count == expected, "\(arguments)")
            #expect(time < Self.limit, "\(arguments)")
        }
    }

    /// 20,000 mailboxes under 100 names that have none, every tenth subscribed.
    @Test func twentyThousandMailboxes() async throws {
        let entries = (0..<20_000).map { number in
            entry("box\(number % 100)/year\(number % 1000)/n\(number)", subscribed: number % 10 == 0)
        }
        try await measure(
            "20,000", entries.shuffled(),
            [
                ("\"\" %", 100), ("() \"\" %", 100), ("\"\" box7/%", 10), ("\"\" *n19999", 1),
                ("(SUBSCRIBED RECURSIVEMATCH) \"\" %", 10), ("\"\" (box7/year7/n7 *9/%/n19999 zz%)", 2),
                ("\"\" *q*a*q*a*z*a*", 0),
            ])
    }

    /// 200 mailboxes with 500 levels above each and none in common: 100,000 levels.
    @Test func veryDeepNames() async throws {
        let tail = String(repeating: "/x", count: 497)
        try await measure(
            "200 deep names", (0..<200).map { entry("d\($0)\(tail)") },
            [
                ("\"\" %", 200), ("\"\" %/%", 200), ("\"\" *", 200),
                ("() \"\" \(String(repeating: "%/", count: 497))%", 200),
                ("(SPECIAL-USE RECURSIVEMATCH) \"\" *%", 0), ("\"\" d7/*%", 497),
            ])
    }

    /// One path, a mailbox at each level: each is above all that follow.
    @Test func aLadder() async throws {
        let entries = (1...500).map {
            entry(Array(repeating: "x", count: $0).joined(separator: "/"), subscribed: $0 == 500)
        }
        try await measure(
            "a ladder", entries.shuffled(),
            [("\"\" %", 1), ("\"\" * RETURN (CHILDREN)", 500), ("(SUBSCRIBED RECURSIVEMATCH) \"\" %/%", 1)])
    }
}
