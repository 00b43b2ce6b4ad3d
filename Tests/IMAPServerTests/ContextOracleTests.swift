import Foundation
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

/// What a client keeps of one search with UPDATE.
private struct KeptResult {
    let tag: String
    let isUID: Bool
    /// `nil` for SEARCH.
    let criteria: String?
    let keys: String
    var list: [Int]

    /// Applies `ADDTO (0 1:3 4 7)`; `nil` when it cannot be.
    mutating func apply(_ name: String, _ pairs: [(position: Int, numbers: [Int])]) -> Bool {
        for (position, numbers) in pairs {
            if position == 0 {
                guard criteria == nil else { return false }
                if name == "ADDTO" {
                    guard Set(list).isDisjoint(with: numbers) else { return false }
                    list = (list + numbers).sorted()
                } else {
                    guard Set(numbers).isSubset(of: list) else { return false }
                    list.removeAll { numbers.contains($0) }
                }
                continue
            }
            let start = position - 1
            if name == "ADDTO" {
                guard start <= list.count, Set(list).isDisjoint(with: numbers) else { return false }
                list.insert(contentsOf: numbers, at: start)
            } else {
                guard start + numbers.count <= list.count,
                    Array(list[start..<start + numbers.count]) == numbers
                else { return false }
                list.removeSubrange(start..<start + numbers.count)
            }
        }
        return true
    }
}

@Suite("CONTEXT (RFC 5267): a client that applies every update has what a new search finds")
struct ContextOracleTests {
    private static let keys = [
        "ALL", "UNSEEN", "FLAGGED", "OR SEEN FLAGGED", "NOT DELETED", "SUBJECT b", "1:4", "UNSEEN NOT 2", "UID 3:9",
    ]
    private static let criteria = ["DATE", "REVERSE SUBJECT", "SIZE REVERSE ARRIVAL", "SUBJECT DATE"]

    private func set(_ text: some StringProtocol) -> [Int] {
        text.split(separator: ",").flatMap { part -> [Int] in
            let bounds = part.split(separator: ":").compactMap { Int($0) }
            return bounds.count == 2 ? Array(bounds[0]...bounds[1]) : bounds
        }
    }

    /// Reads what the server says by itself into the results.
    private func hear(_ answer: String, _ kept: inout [KeptResult]) -> Bool {
        for line in answer.split(separator: "\r\n") {
            let words = line.split(whereSeparator: { " ()\"".contains($0) }).map(String.init)
            if words.count == 3, words[2] == "EXPUNGE", let gone = Int(words[1]) {
                for index in kept.indices where !kept[index].isUID {
                    guard !kept[index].list.contains(gone) else { return false }
                    kept[index].list = kept[index].list.map { $0 > gone ? $0 - 1 : $0 }
                }
            }
            guard words.starts(with: ["*", "ESEARCH", "TAG"]), words.contains("ADDTO") || words.contains("REMOVEFROM"),
                let index = kept.firstIndex(where: { $0.tag == words[3] })
            else { continue }
            guard words.contains("UID") == kept[index].isUID else { return false }
            var rest = words.dropFirst(kept[index].isUID ? 5 : 4)
            while let name = rest.popFirst() {
                var pairs: [(position: Int, numbers: [Int])] = []
                while let position = rest.first.flatMap({ Int($0) }) {
                    pairs.append((position, set(rest.dropFirst().first ?? "")))
                    rest = rest.dropFirst(2)
                }
                guard kept[index].apply(name, pairs) else { return false }
            }
        }
        return true
    }

    @Test func randomChangesAreFollowed() async throws {
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["CONTEXT_ROUNDS"].flatMap { Int($0) } ?? 12
        let seed = environment["CONTEXT_SEED"].flatMap { UInt64($0) } ?? 1
        var random = SeededGenerator(seed: seed)
        for round in 0..<rounds {
            let fixture = try Fixture()
            let owner = user("alice")
            func add(_ random: inout SeededGenerator) throws {
                let word = ["a", "b", "ab", "zz"].randomElement(using: &random) ?? ""
                let day = Int.random(in: 1...9, using: &random)
                let text = "Subject: \(word)\r\nDate: \(day) Jan 2020 00:00:00 +0000\r\n\r\n"
                _ = try fixture.store.append(
                    octets(text + String(repeating: "x", count: Int.random(in: 0..<9, using: &random)) + "\r\n"),
                    to: .inbox, for: owner, flags: Bool.random(using: &random) ? [.seen] : [],
                    internalDate: InternalDate(secondsSince1970: Int64(day)))
            }
            for _ in 0..<6 { try add(&random) }
            let client = await fixture.logIn("alice", "secret")
            await client.line("s SELECT INBOX")
            var kept: [KeptResult] = []
            for number in 0..<6 {
                let isUID = Bool.random(using: &random)
                let keys = Self.keys.randomElement(using: &random) ?? ""
                let criteria = Bool.random(using: &random) ? Self.criteria.randomElement(using: &random) : nil
                let command = (isUID ? "UID " : "") + (criteria == nil ? "SEARCH" : "SORT")
                let answer = await client.line(
                    "t\(number) \(command) RETURN (UPDATE ALL) " + (criteria.map { "(\($0)) UTF-8 " } ?? "") + keys)
                let all = answer.split(separator: "\r\n")[0].split(separator: " ")
                let list = all.contains("ALL") ? set(all[all.count - 1]) : []
                kept.append(KeptResult(tag: "t\(number)", isUID: isUID, criteria: criteria, keys: keys, list: list))
            }
            for step in 0..<25 {
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    let uids = try fixture.store.records(in: .inbox, for: owner).map(\.uid)
                    let flag = [Flag.seen, .flagged, .deleted].randomElement(using: &random) ?? .seen
                    switch Int.random(in: 0..<4, using: &random) {
                    case 0: try add(&random)
                    case 1:
                        if let uid = uids.randomElement(using: &random) {
                            _ = try fixture.store.remove(UIDSet(uid), in: .inbox, for: owner)
                        }
                    default:
                        if let uid = uids.randomElement(using: &random) {
                            _ = try fixture.store.changeFlags(
                                Bool.random(using: &random) ? .add([flag]) : .remove([flag]), of: UIDSet(uid),
                                in: .inbox, for: owner)
                        }
                    }
                }
                let command = [
                    "NOOP", "NOOP", "SEARCH SUBJECT nothing", "UID FETCH 1:4 FLAGS", "FETCH 1 FLAGS",
                    "STORE 1 +FLAGS.SILENT (\\Seen)", "UID STORE 2:4 -FLAGS (\\Seen)", "EXPUNGE",
                ].randomElement(using: &random)
                let answer = await client.line("c \(command ?? "")")
                guard hear(answer, &kept) else {
                    Issue.record("seed \(seed), round \(round), step \(step), cannot be applied: \(answer)")
                    return
                }
                guard Int.random(in: 0..<3, using: &random) == 0 else { continue }
                guard hear(await client.line("n NOOP"), &kept) else {
                    Issue.record("seed \(seed), round \(round), step \(step), cannot be applied")
                    return
                }
                for one in kept where !one.keys.contains(where: \.isNumber) {
                    let command = one.criteria.map { "SORT (\($0)) UTF-8" } ?? "SEARCH"
                    let found = await client.line("f \(one.isUID ? "UID " : "")\(command) \(one.keys)")
                    let list = found.split(separator: "\r\n")[0].split(separator: " ").compactMap { Int($0) }
                    #expect(list == one.list, "seed \(seed), round \(round), step \(step): \(command) \(one.keys)")
                }
            }
        }
    }
}
