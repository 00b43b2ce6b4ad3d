import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

/// A mailbox so simple that it is right: every state there was, whole.
private struct MailboxModel {
    struct Message: Equatable {
        var flags: Set<Flag>
        var changedAt: Int
        let text: String
    }

    var messages: [UID: Message] = [:]
    var next: UInt32 = 1
    var step = 0

    func set(where isMember: (UID, Message) -> Bool) -> UIDSet {
        UIDSet(messages.filter { isMember($0.key, $0.value) }.keys)
    }
}

/// A generator whose seed is printed when a test fails.
private struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Two processes take turns, some of them end, and other programs deliver, flag and remove.
@Suite("Maildir: random operations against a model")
struct RandomChangesTests {
    private static let system: [Flag] = [.seen, .deleted, .flagged]
    private static let flags: [Flag] = system + ["$Forwarded", "later"].compactMap { Flag($0) }

    @Test(arguments: 0..<12 as Range<UInt64>)
    func changesSinceEveryPastTokenAgreeWithTheModel(seed: UInt64) async throws {
        let scratch = try Scratch()
        var random = SeededGenerator(seed: seed)
        // Half of the runs forget: there, a token may be answered with everything.
        let limit = seed % 2 == 0 ? 10_000 : 40
        var sessions: [OpenMailbox] = []
        var accounts: [any Account] = []
        for _ in 0..<2 {
            accounts.append(try await scratch.account(historyLimit: limit))
            sessions.append(try await accounts[accounts.count - 1].open(.inbox, .readWrite))
        }
        var model = MailboxModel()
        var past: [(token: ChangeToken, model: MailboxModel)] = [(sessions[0].token, model)]
        for round in 0..<60 {
            let turn = Int(random.next() % 2)
            if random.next() % 10 == 0 {
                try await accounts[turn].close()
                accounts[turn] = try await scratch.account(historyLimit: limit)
                sessions[turn] = try await accounts[turn].open(.inbox, .readWrite)
            }
            try await change(scratch, accounts[turn], sessions[turn].mailbox, &model, &random)
            let reader = sessions[Int(random.next() % 2)].mailbox
            let newest = try #require(past.last?.token)
            switch try await reader.changes(since: newest) {
            case .none: past[past.count - 1].model = model
            case .some(_, _, _, let token), .unknown(_, let token): past.append((token, model))
            }
            for (token, old) in past {
                check(try await reader.changes(since: token), from: old, to: model, "seed \(seed), round \(round)")
            }
            try await check(reader, model, "seed \(seed), round \(round)")
        }
        let contents = try await scratch.account().contents()
        #expect(contents.map(\.text) == model.messages.sorted { $0.key < $1.key }.map(\.value.text), "seed \(seed)")
    }

    private func change(
        _ scratch: Scratch, _ account: any Account, _ mailbox: any Mailbox, _ model: inout MailboxModel,
        _ random: inout SeededGenerator
    ) async throws {
        model.step += 1
        let chosen = UIDSet(
            (0..<random.next() % 8).compactMap { _ in UID(UInt32.random(in: 1...model.next, using: &random)) })
        let flags = RandomChangesTests.flags.filter { _ in Bool.random(using: &random) }
        switch random.next() % 9 {
        case 0, 1:
            let texts = (0..<Int.random(in: 1...4, using: &random)).map { "s: \(model.step)\r\n\r\n\($0)\r\n" }
            let added = try await account.add(texts, flags: flags).uids
            #expect(added == UIDSet(uid(model.next), uid(model.next + UInt32(texts.count) - 1)))
            for (uid, text) in zip(added, texts) {
                model.messages[uid] = .init(flags: Set(flags), changedAt: model.step, text: text)
            }
            model.next += UInt32(texts.count)
        case 2: try await set(.add(flags), of: chosen, mailbox, &model) { $0.union(flags) }
        case 3: try await set(.remove(flags), of: chosen, mailbox, &model) { $0.subtracting(flags) }
        case 4: try await set(.replace(flags), of: chosen, mailbox, &model) { _ in Set(flags) }
        case 5:
            let expected = model.set { chosen.contains($0) && $1.flags.contains(.deleted) }
            #expect(try await mailbox.expunge(chosen) == expected)
            for uid in expected { model.messages[uid] = nil }
        case 6:
            try scratch.deliver("s: \(model.step)\n\nx\n", as: "\(model.step).x.host")
            let text = "s: \(model.step)\r\n\r\nx\r\n"
            model.messages[uid(model.next)] = .init(flags: [], changedAt: model.step, text: text)
            model.next += 1
        case 7:
            // Another program removes a message, or says that it was answered.
            guard let name = scratch.entries("cur").randomElement(using: &random) else { return }
            let body = String(decoding: scratch.read("cur/\(name)") ?? [], as: UTF8.self)
            let key = body.filter { $0 != "\r" && $0 != "\n" && $0 != "\r\n" }
            let found = model.messages.first { $0.value.text.filter { $0 != "\r\n" } == key }
            let message = try #require(found)
            if Bool.random(using: &random) {
                scratch.remove("cur/\(name)")
                model.messages[message.key] = nil
            } else {
                scratch.rename("cur/\(name)", to: "cur/\(name.prefix { $0 != ":" }):2,R")
                let kept = message.value.flags.filter { !$0.isSystem }.union([.answered])
                if kept != message.value.flags {
                    model.messages[message.key] = .init(flags: kept, changedAt: model.step, text: message.value.text)
                }
            }
        default:
            let expected = model.set { $1.flags.contains(.deleted) }
            #expect(try await mailbox.expunge(everyUID) == expected)
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
            if flags != message.flags {
                model.messages[uid] = .init(flags: flags, changedAt: model.step, text: message.text)
            }
        }
    }

    private func check(_ changes: Changes, from old: MailboxModel, to new: MailboxModel, _ place: String) {
        let summary = ChangeSummary(changes)
        if let uids = summary.unknown {
            #expect(uids == UIDSet(new.messages.keys), "\(place)")
            return
        }
        #expect(summary.appeared == new.set { uid, _ in old.messages[uid] == nil }, "\(place)")
        #expect(summary.vanished == old.set { uid, _ in new.messages[uid] == nil }, "\(place)")
        let changed = new.set { uid, message in old.messages[uid] != nil && message.changedAt > old.step }
        #expect(summary.flagsChanged == changed, "\(place)")
    }

    private func check(_ mailbox: any Mailbox, _ model: MailboxModel, _ place: String) async throws {
        let records = try await mailbox.messages(everyUID, .flags)
        #expect(records.map(\.uid) == model.messages.keys.sorted(), "\(place)")
        for record in records {
            #expect(Set(record.flags ?? []) == model.messages[record.uid]?.flags, "\(place)")
        }
    }
}
