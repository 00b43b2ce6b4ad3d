import IMAPHost
import IMAPTypes

/// Long programs of random operations, held against a model.
enum RandomProgramRules {
    static let all = [twoSessions]

    static let twoSessions = ConformanceRule(
        "random-program", "After each of 300 random operations of two sessions the mailbox is what a model says.",
        "Mailbox"
    ) { ground in
        for seed in 1...3 as ClosedRange<UInt64> {
            do {
                try await run(seed: seed, on: ground)
            } catch let breach as Breach {
                throw Breach("seed \(seed), \(breach)")
            }
        }
    }

    /// What a mailbox holds, so simple that it is right.
    private struct Model {
        var flags: [UID: Set<Flag>] = [:]
        var samples: [UID: Int] = [:]
        var last: UID?
    }

    private static func run(seed: UInt64, on ground: Ground) async throws {
        var numbers = SeededNumbers(seed: seed)
        let name = try await ground.make("random\(seed)")
        let opens = [try await ground.open(name), try await ground.open(name)]
        var witnesses = [try await Witness(opens[0]), try await Witness(opens[1])]
        var flags: [Flag] = [.seen, .deleted, .flagged]
        if opens[0].acceptsNewKeywords { flags += ["$Forwarded", "later"].compactMap { Flag($0) } }
        var model = Model()
        for step in 0..<100 {
            let open = opens[Int.random(in: 0...1, using: &numbers)]
            let operation = Int.random(in: 0..<10, using: &numbers)
            do {
                try await change(operation, flags, name, open.mailbox, &model, &numbers, ground)
                try await compare(model, open.mailbox)
                let witness = Int.random(in: 0...3, using: &numbers)
                if witness < 2 { try await witnesses[witness].look() }
            } catch let breach as Breach {
                throw Breach("step \(step), operation \(operation): \(breach)")
            }
        }
        for index in witnesses.indices {
            try await witnesses[index].look()
            try expect("what witness \(index) knows", witnesses[index].uids, is: UIDSet(model.flags.keys))
        }
    }

    private static func change(
        _ operation: Int, _ flags: [Flag], _ name: MailboxName, _ mailbox: any Mailbox, _ model: inout Model,
        _ numbers: inout SeededNumbers, _ ground: Ground
    ) async throws {
        let there = model.flags.keys.sorted()
        let some = flags.filter { _ in Bool.random(using: &numbers) }
        var chosen = UIDSet(there.filter { _ in Int.random(in: 0..<4, using: &numbers) == 0 })
        switch operation {
        case 0, 1:
            let samples = (0..<Int.random(in: 1...3, using: &numbers)).map { Sample($0 + there.count, flags: some) }
            let uids = try await ground.append(samples, to: name)
            try arrive(uids, [Set<Flag>](repeating: Set(some), count: uids.count), there.count..., &model)
        case 2, 3: try await set(.add(some), of: chosen, mailbox, &model) { $0.union(some) }
        case 4: try await set(.remove(some), of: chosen, mailbox, &model) { $0.subtracting(some) }
        case 5: try await set(.replace(some), of: chosen, mailbox, &model) { _ in Set(some) }
        case 6:
            let numbers = chosen.compactMap { model.samples[$0] }
            let flags = chosen.compactMap { model.flags[$0] }
            let copied = try await mailbox.copy(chosen, to: name)
            try expect("the source", copied.source, is: chosen)
            try arrive(Array(copied.destination), flags, numbers, &model)
        case 7:
            // UIDs that are gone or never were are in it too.
            chosen = chosen.union(UIDSet(.first, there.first ?? .first))
            fallthrough
        default:
            let gone = UIDSet(chosen.filter { model.flags[$0]?.contains(.deleted) ?? false })
            try expect("what was expunged", try await mailbox.expunge(chosen), is: gone)
            for uid in gone { model.flags[uid] = nil }
        }
    }

    private static func arrive(
        _ uids: [UID], _ flags: [Set<Flag>], _ samples: some Sequence<Int>, _ model: inout Model
    ) throws {
        try expect("how many came", uids.count, is: flags.count)
        for ((uid, flags), sample) in zip(zip(uids, flags), samples) {
            if let last = model.last { try expect(uid > last, "UID \(uid) came after \(last)") }
            model.flags[uid] = flags
            model.samples[uid] = sample
            model.last = uid
        }
    }

    private static func set(
        _ change: FlagChange, of uids: UIDSet, _ mailbox: any Mailbox, _ model: inout Model,
        _ apply: (Set<Flag>) -> Set<Flag>
    ) async throws {
        var changed: [UID] = []
        for uid in uids {
            guard let before = model.flags[uid] else { continue }
            let after = apply(before)
            if after != before { changed.append(uid) }
            model.flags[uid] = after
        }
        let records = try await mailbox.changeFlags(change, of: uids)
        try expect("what was changed", records.uids, is: changed)
        for record in records {
            try expect("the flags of \(record.uid)", record.flags.map { Set($0) }, is: model.flags[record.uid])
        }
    }

    private static func compare(_ model: Model, _ mailbox: any Mailbox) async throws {
        let records = try await mailbox.messages(.all, [.flags, .size])
        try expect("the messages", records.uids, is: model.flags.keys.sorted())
        for record in records {
            try expect("the flags of \(record.uid)", Set(record.flags ?? []), is: model.flags[record.uid] ?? [])
            let size = model.samples[record.uid].map { UInt64(Sample($0).octets.count) }
            try expect("the size of \(record.uid)", record.size, is: size)
        }
    }
}
