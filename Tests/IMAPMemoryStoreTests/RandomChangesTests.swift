import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

/// A mailbox so simple that it is right: every state there was, whole.
private struct MailboxModel {
    struct Message: Equatable {
        var flags: Set<Flag>
        var changedAt: Int
    }

    var messages: [UID: Message] = [:]
    var next: UInt32 = 1
    var step = 0

    func set(where isMember: (UID, Message) -> Bool) -> UIDSet {
        UIDSet(messages.filter { isMember($0.key, $0.value) }.keys)
    }
}

@Suite("Random operations against a model")
struct RandomChangesTests {
    private static let flags: [Flag] = [.seen, .deleted, .flagged] + ["$Forwarded", "later"].compactMap { Flag($0) }

    @Test(arguments: 0..<24 as Range<UInt64>)
    func changesSinceEveryPastTokenAgreeWithTheModel(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        // Half of the runs forget: there, a token may be answered with everything.
        let store = store(messages: 0, historyLimit: seed % 2 == 0 ? 10_000 : 40)
        let session = try await store.account(of: alice).open(.inbox, .readWrite)
        var model = MailboxModel()
        var past: [(token: ChangeToken, model: MailboxModel)] = [(session.token, model)]
        for _ in 0..<150 {
            try await change(store, session.mailbox, &model, &random)
            let newest = try #require(past.last?.token)
            let changes = try await session.mailbox.changes(since: newest)
            if let token = changes.token { past.append((token, model)) }
            for (token, old) in past {
                let found = try await session.mailbox.changes(since: token)
                check(found, from: old, to: model, seed: seed)
                if let known = past.last?.token, let token = found.token { #expect(token == known, "seed \(seed)") }
            }
            try check(store, model, seed: seed)
        }
    }

    private func change(
        _ store: MemoryStore, _ mailbox: any Mailbox, _ model: inout MailboxModel, _ random: inout SeededGenerator
    ) async throws {
        model.step += 1
        let chosen = UIDSet(
            (0..<random.next() % 8).compactMap { _ in UID(UInt32.random(in: 1...model.next, using: &random)) })
        let flags = RandomChangesTests.flags.filter { _ in Bool.random(using: &random) }
        switch random.next() % 8 {
        case 0, 1:
            let count = Int.random(in: 1...4, using: &random)
            let added = try store.append(
                contentsOf: [MemoryMessage](repeating: MemoryMessage([], flags: flags), count: count), to: .inbox,
                for: alice)
            #expect(added == UIDSet(uid(model.next), uid(model.next + UInt32(count) - 1)))
            for uid in added { model.messages[uid] = .init(flags: Set(flags), changedAt: model.step) }
            model.next += UInt32(count)
        case 2: try await set(.add(flags), of: chosen, mailbox, &model) { $0.union(flags) }
        case 3: try await set(.remove(flags), of: chosen, mailbox, &model) { $0.subtracting(flags) }
        case 4: try await set(.replace(flags), of: chosen, mailbox, &model) { _ in Set(flags) }
        case 5:
            let expected = model.set { chosen.contains($0) && $1.flags.contains(.deleted) }
            #expect(try await mailbox.expunge(chosen) == expected)
            for uid in expected { model.messages[uid] = nil }
        case 6:
            let expected = model.set { uid, _ in chosen.contains(uid) }
            #expect(try store.remove(chosen, in: .inbox, for: alice) == expected)
            for uid in expected { model.messages[uid] = nil }
        default:
            let all = UIDSet(.first, uid(.max))
            let expected = model.set { $1.flags.contains(.deleted) }
            #expect(try store.expunge(all, in: .inbox, for: alice) == expected)
            for uid in expected { model.messages[uid] = nil }
        }
    }

    private func set(
        _ change: FlagChange, of uids: UIDSet, _ mailbox: any Mailbox, _ model: inout MailboxModel,
        _ apply: (Set<Flag>) -> Set<Flag>
    ) async throws {
        try await mailbox.changeFlags(change, of: uids)
        for uid in uids {
            guard let message = model.messages[uid] else { continue }
            let flags = apply(message.flags)
            if flags != message.flags { model.messages[uid] = .init(flags: flags, changedAt: model.step) }
        }
    }

    private func check(_ changes: Changes, from old: MailboxModel, to new: MailboxModel, seed: UInt64) {
        let summary = ChangeSummary(changes)
        if let uids = summary.unknown {
            #expect(seed % 2 == 1, "unknown within the history, seed \(seed)")
            #expect(uids == UIDSet(new.messages.keys), "seed \(seed)")
            return
        }
        let expected = ChangeSummary(
            appeared: new.set { uid, _ in old.messages[uid] == nil },
            vanished: old.set { uid, _ in new.messages[uid] == nil },
            flagsChanged: new.set { uid, message in old.messages[uid] != nil && message.changedAt > old.step })
        #expect(summary == expected, "seed \(seed)")
    }

    private func check(_ store: MemoryStore, _ model: MailboxModel, seed: UInt64) throws {
        let records = try store.records(in: .inbox, for: alice)
        #expect(records.map(\.uid) == model.messages.keys.sorted(), "seed \(seed)")
        for record in records {
            #expect(Set(record.flags ?? []) == model.messages[record.uid]?.flags, "seed \(seed)")
        }
        let status = try store.status(of: .inbox, for: alice)
        #expect(status.messages == UInt32(records.count), "seed \(seed)")
        #expect(status.unseen == UInt32(model.set { !$1.flags.contains(.seen) }.count), "seed \(seed)")
        #expect(status.deleted == UInt32(model.set { $1.flags.contains(.deleted) }.count), "seed \(seed)")
        #expect(status.uidNext == uid(model.next), "seed \(seed)")
    }
}
