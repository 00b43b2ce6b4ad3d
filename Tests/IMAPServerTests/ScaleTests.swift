import Foundation
import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

@testable import IMAPServer

/// Four times the messages cost four times as much. Exactly counted: what the store is asked and answers, and what is
/// written. Coarsely: the processor time of the server's own thread, where sixteen times would be quadratic.
///
/// `SCALE_MESSAGES` is how many messages the larger mailbox has, and prints what each command costs.
@Suite("What commands cost in a large mailbox (R-ALG-1)", .serialized)
struct ScaleTests {
    /// A line, who sends it, how it is answered, and the untagged lines for each message of the mailbox.
    private struct Step {
        let line: String
        var client = 0
        var status = "OK"
        var lines: Double?

        init(_ line: String, _ client: Int = 0, _ status: String = "OK", lines: Double? = nil) {
            self.line = line
            self.client = client
            self.status = status
            self.lines = lines
        }
    }

    private static let conversation: [Step] = [
        Step("SELECT INBOX"), Step("SELECT INBOX", 1), Step("FETCH 1:* (FLAGS)", lines: 1),
        Step("UID FETCH 1:* (FLAGS) (CHANGEDSINCE 1)", 1),
        Step("SEARCH FLAGGED UNSEEN SMALLER 1000", lines: 0),
        Step("UID SEARCH UID 1:* OR KEYWORD x NOT DELETED", lines: 0),
        Step("SEARCH RETURN (ALL COUNT SAVE) FLAGGED", lines: 0),
        Step("SEARCH RETURN (MIN MAX) NOT $ UNSEEN", lines: 0),
        Step("FETCH $ (UID)", lines: 0.5), Step("STORE 1:* +FLAGS (\\Seen)", lines: 1), Step("NOOP", 1, lines: 1),
        Step("STORE 1:* +FLAGS.SILENT (\\Answered)", lines: 0), Step("UID STORE $ +FLAGS.SILENT (\\Deleted)", lines: 0),
        Step("COPY $ box", lines: 0), Step("NOOP", 1), Step("EXPUNGE", lines: 0.5), Step("FETCH 1:* (FLAGS)", 1, "NO"),
        Step("STORE 1:* +FLAGS (x)", 1, "NO", lines: 0.5), Step("SEARCH ALL", 1, lines: 0), Step("NOOP", 1),
        Step("NOOP", 0),
        Step("SEARCH RETURN (SAVE) 1,3,5,7", lines: 0), Step("STORE $ +FLAGS (\\Flagged)", lines: nil),
        Step("SELECT box", lines: nil), Step("SEARCH RETURN (SAVE) ALL"), Step("MOVE $ INBOX"), Step("NOOP", 1),
        Step("UID STORE 1:* +FLAGS.SILENT (\\Deleted)", 1), Step("CLOSE", 1),
    ]

    private func run(_ count: Int, batch: Int) async throws -> [ScaleLab.Cost] {
        let lab = try await ScaleLab(messages: count, batch: batch)
        let clients = [await lab.connect(1), await lab.connect(2)]
        var costs: [ScaleLab.Cost] = []
        for step in Self.conversation {
            let cost = try await lab.cost(step.line, clients[step.client], step.status)
            if let lines = step.lines, lines != 0 { #expect(cost.lines == Int(lines * Double(count)), "\(step.line)") }
            if step.lines == 0 { #expect(cost.lines <= 1, "\(step.line)") }
            costs.append(cost)
        }
        for client in clients { client.close() }
        return costs
    }

    @Test func nothingIsQuadratic() async throws {
        let large = ProcessInfo.processInfo.environment["SCALE_MESSAGES"].flatMap { Int($0) }
        let batch = large == nil ? 100 : 1000
        let count = (large ?? 8000) / 4 / 2 * 2
        var few = try await run(count, batch: batch)
        var many = try await run(count * 4, batch: batch)
        // The best of some runs, only where one looks bad.
        for _ in 0..<2 where zip(few, many).contains(where: { isSuspicious($0, $1) }) {
            few = zip(few, try await run(count, batch: batch)).map { faster($0, $1) }
            many = zip(many, try await run(count * 4, batch: batch)).map { faster($0, $1) }
        }
        for (step, (one, four)) in zip(Self.conversation, zip(few, many)) {
            #expect(four.steps <= one.steps * 9 / 2 + 40, "\(step.line): \(one.steps) steps became \(four.steps)")
            #expect(four.octets <= one.octets * 5 + 400, "\(step.line): \(one.octets) octets became \(four.octets)")
            #expect(!isSuspicious(one, four), "\(step.line): \(one.nanoseconds) ns became \(four.nanoseconds)")
            if large != nil {
                print(
                    "\(step.client): \(step.line): \(four.nanoseconds / 1000) us, \(one.nanoseconds / 1000) of a quarter;",
                    "\(four.steps) steps, \(one.steps); \(four.lines) lines")
            }
        }
    }

    private func faster(_ a: ScaleLab.Cost, _ b: ScaleLab.Cost) -> ScaleLab.Cost {
        a.nanoseconds < b.nanoseconds ? a : b
    }

    /// What takes less than two milliseconds is not measured, but counted alone.
    private func isSuspicious(_ one: ScaleLab.Cost, _ four: ScaleLab.Cost) -> Bool {
        four.nanoseconds > max(one.nanoseconds, 2_000_000) * 9
    }

    // MARK: One message that comes

    /// An open INBOX of every second one of `count` messages: as many ranges of UIDs.
    private func fragmented(_ count: Int) async throws -> (store: ModelStore, view: MailboxView) {
        let store = ModelStore()
        let message = MemoryMessage(octets("Subject: x\n\ny\n"))
        try store.memory.append(
            contentsOf: Array(repeating: message, count: count), to: .inbox, for: user("alice"))
        let odd = UIDSet(stride(from: 1, to: count, by: 2).compactMap { UID(UInt32($0)) })
        try store.memory.remove(odd, in: .inbox, for: user("alice"))
        let open = try await store.account(of: user("alice")).open(.inbox, .readWrite)
        return (store, MailboxView(open, name: .inbox))
    }

    /// The best of three each, as little as a millisecond being nothing.
    private func growth(_ measure: (Int) async throws -> UInt64) async throws -> Double {
        func best(_ count: Int) async throws -> UInt64 {
            var best = try await measure(count)
            for _ in 0..<2 { best = min(best, try await measure(count)) }
            return best
        }
        let one = max(try await best(1000), 1_000_000)
        return Double(try await best(4000)) / Double(one)
    }

    /// Two sessions take turns in claiming what comes: each has as many ranges of recent messages as came.
    @Test func aRecentMessageDoesNotCostThoseBefore() async throws {
        let growth = try await growth { count in
            var view = try await fragmented(count).view
            var wrong = 0
            let before = threadTime()
            for number in 0..<count {
                guard let uid = UID(UInt32(count + 1 + number)) else { continue }
                _ = view.append(UIDSet(uid), upTo: view.token)
                if number.isMultiple(of: 2) { view.noteRecent(UIDSet(uid)) }
                if view.recentCount != count / 2 + number / 2 + 1 { wrong += 1 }
            }
            let time = threadTime() - before
            #expect(wrong == 0)
            return time
        }
        #expect(growth < 9, "four times as many cost \(growth) times as much")
    }

    @Test func claimingAMessageDoesNotCostTheMailbox() async throws {
        let growth = try await growth { count in
            let (store, view) = try await fragmented(count)
            let uid = try store.memory.append(octets("Subject: new\n\ny\n"), to: .inbox, for: user("alice"))
            let before = threadTime()
            var found = UIDSet()
            for _ in 0..<count { found = try store.memory.recent(in: .inbox, for: user("alice")) }
            #expect(found == UIDSet(uid))
            let time = threadTime() - before
            try await view.mailbox.close()
            return time
        }
        #expect(growth < 9, "four times as many cost \(growth) times as much")
    }
}
