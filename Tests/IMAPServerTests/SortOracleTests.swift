import Foundation
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import IMAPTypes
import Testing

@testable import IMAPServer

@Suite("SORT and THREAD (RFC 5256), against the slow and obvious way")
struct SortOracleTests {
    /// A mailbox with holes among its UIDs; half of its messages have digests.
    private func mailbox(
        _ random: inout SeededGenerator, _ count: Int
    ) async throws -> (TestClient, [SortModel], sizes: [Int]) {
        let fixture = try Fixture()
        let ids = Int.random(in: 3...(count + 3), using: &random)
        var models: [SortModel] = []
        var sizes: [Int] = []
        let owner = user("alice")
        for index in 0..<count {
            var model = SortModel(&random, ids: ids)
            model.uid = index + 1
            let octets = octets(model.mail(&random).replacing("\n", with: "\r\n"))
            let digest: MessageDigest? = Bool.random(using: &random) ? Self.digest(octets) : nil
            try await fixture.store.append(
                octets, digest, at: InternalDate(secondsSince1970: Int64(model.arrived)), for: owner)
            models.append(model)
            sizes.append(octets.count)
        }
        for index in models.indices.reversed() where Int.random(in: 0..<6, using: &random) == 0 {
            guard let uid = UID(UInt32(models[index].uid)) else { continue }
            _ = try fixture.store.remove(UIDSet(uid), in: .inbox, for: owner)
            models.remove(at: index)
            sizes.remove(at: index)
        }
        let client = await fixture.logIn("alice", "secret")
        await client.line("s SELECT INBOX")
        return (client, models, sizes)
    }

    private static func digest(_ octets: [UInt8]) -> MessageDigest? {
        var maker = DigestMaker()
        maker.feed(octets)
        return maker.finish()
    }

    @Test func randomMailboxesAreSortedAndThreadedAsTheObviousWayDoes() async throws {
        // `SORT_ROUNDS` and `SORT_SEED` make a long run of it.
        let environment = ProcessInfo.processInfo.environment
        let rounds = environment["SORT_ROUNDS"].flatMap { Int($0) } ?? 40
        let seed = environment["SORT_SEED"].flatMap { UInt64($0) } ?? 1
        var random = SeededGenerator(seed: seed)
        let keys = ["ARRIVAL", "CC", "DATE", "FROM", "SIZE", "SUBJECT", "TO", "DISPLAYFROM", "DISPLAYTO"]
        for round in 0..<rounds {
            let (client, models, sizes) = try await mailbox(&random, Int.random(in: 0...24, using: &random))
            for _ in 0..<6 {
                let isUID = Bool.random(using: &random)
                let first = Int.random(in: 0..<3, using: &random) == 0 ? models.count / 2 : 0
                let numbers = models.indices.dropFirst(first)
                let set = first == 0 ? "ALL" : "\(first + 1):*"
                let criteria = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                    (key: keys.randomElement(using: &random) ?? "", isReversed: Bool.random(using: &random))
                }
                let text = criteria.map { ($0.isReversed ? "REVERSE " : "") + $0.key }.joined(separator: " ")
                let sorted = numbers.sorted { a, b in
                    for (key, isReversed) in criteria {
                        let first = models[a].value(key, size: sizes[a])
                        let second = models[b].value(key, size: sizes[b])
                        if first != second { return (first < second) != isReversed }
                    }
                    return a < b
                }
                var expected = "* SORT" + sorted.map { " \(isUID ? models[$0].uid : $0 + 1)" }.joined()
                let prefix = isUID ? "UID " : ""
                guard !models.isEmpty || first == 0 else { continue }
                var answer = await client.line("q \(prefix)SORT (\(text)) UTF-8 \(set)")
                #expect(answer == "\(expected)\r\nq OK SORT completed\r\n", "seed \(seed), round \(round): \(text)")
                guard first == 0 else { continue }
                for (name, threads) in [
                    ("REFERENCES", SlowThreads.references(models, uid: isUID)),
                    ("ORDEREDSUBJECT", SlowThreads.orderedSubject(models, uid: isUID)),
                ] {
                    expected = "* THREAD" + (threads.isEmpty ? "" : " ") + threads
                    answer = await client.line("q \(prefix)THREAD \(name) UTF-8 ALL")
                    #expect(
                        answer == "\(expected)\r\nq OK THREAD completed\r\n", "seed \(seed), round \(round): \(name)")
                }
            }
        }
    }
}

extension MemoryStore {
    /// Appends as a session would, with a digest or without.
    func append(
        _ octets: [UInt8], _ digest: MessageDigest?, at date: InternalDate, for user: UserIdentity
    ) async throws {
        let account = try await account(of: user)
        let append = try await account.append(to: .inbox)
        try await append.begin(NewMessage(flags: [], internalDate: date, size: UInt64(octets.count)))
        try await append.write(octets)
        try await append.end(digest)
        _ = try await append.commit()
        try await account.close()
    }
}
