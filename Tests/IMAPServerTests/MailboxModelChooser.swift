/// Makes up what happens next, from a seed and what is known.
struct ModelChooser {
    var random: SeededGenerator

    init(_ random: SeededGenerator) { self.random = random }

    mutating func one(in count: Int) -> Bool { Int.random(in: 0..<count, using: &random) == 0 }

    mutating func mailbox() -> Int { one(in: 4) ? 1 : 0 }

    private mutating func flags(_ range: ClosedRange<Int>) -> Set<String> {
        let count = Int.random(in: range, using: &random)
        return Set((0..<count).compactMap { _ in ModelFlagChange.flags.randomElement(using: &random) })
    }

    private mutating func flag() -> String {
        one(in: 3) ? "\\Deleted" : ModelFlagChange.flags.randomElement(using: &random) ?? "\\Seen"
    }

    private mutating func text(_ world: ModelWorld) -> String {
        world.delivered += 1
        let padding = String(repeating: "x", count: Int.random(in: 0...40, using: &random))
        return "Subject: m\(world.delivered)\r\n\r\nbody \(world.delivered) \(padding)\r\n"
    }

    // MARK: From outside

    mutating func delivery(_ world: ModelWorld) -> ModelEvent { .deliver(text: text(world), flags: flags(0...2)) }

    mutating func event(_ world: ModelWorld, in mailbox: Int) -> ModelEvent {
        guard let uid = world.mailboxes[mailbox].uids.randomElement(using: &random), !one(in: 3) else {
            return delivery(world)
        }
        return one(in: 2) ? .remove(uid: uid) : .change(uid: uid, add: !one(in: 3), flag: flag())
    }

    // MARK: Sets

    /// Numbers up to one more than there are, and `*`.
    private mutating func number(_ all: [UInt32]) -> UInt32? {
        guard !one(in: 6), let any = all.randomElement(using: &random) else { return one(in: 12) ? 1 : nil }
        return one(in: 30) ? any + 1 : any
    }

    private mutating func set(_ session: ModelSession, isByUID: Bool) -> ModelSet {
        if one(in: session.saved.isEmpty ? 20 : 4) { return .saved }
        let all = isByUID ? session.slots.compactMap(\.uid) : (0..<session.slots.count).map { UInt32($0 + 1) }
        if one(in: 4) { return .ranges([(1, nil)]) }
        return .ranges(
            (0..<Int.random(in: 1...2, using: &random)).map { _ in
                let first = number(all)
                return one(in: 2) ? (first, first) : (first, number(all))
            })
    }

    // MARK: Commands

    mutating func command(_ world: ModelWorld, _ s: Int) -> ModelCommand {
        let session = world.sessions[s]
        if session.mailbox == nil, !one(in: 4) {
            return .select(mailbox(), isReadOnly: one(in: 4), condStore: one(in: 6))
        }
        // By number where it can be, and where it cannot now and then.
        let isByUID = session.isUIDOnly ? !one(in: 20) : one(in: 3)
        switch Int.random(in: 0..<40, using: &random) {
        case 0..<9: return store(world, session, isByUID: isByUID)
        case 9..<15: return fetch(world, session, isByUID: isByUID)
        case 15..<20: return search(world, session, isByUID: isByUID)
        case 20..<24: return append(world)
        case 24, 25: return .copy(set(session, isByUID: isByUID), isByUID: isByUID, to: mailbox(), isMove: false)
        case 26, 27: return .copy(set(session, isByUID: isByUID), isByUID: isByUID, to: mailbox(), isMove: true)
        case 28, 29, 30: return .expunge(nil)
        case 31: return .expunge(set(session, isByUID: true))
        case 32, 33: return .noop
        case 34: return .check
        case 35, 36: return .idle
        case 37: return status()
        case 38: return one(in: 2) ? .unselect : .close
        default: return .select(mailbox(), isReadOnly: one(in: 4), condStore: one(in: 6))
        }
    }

    private mutating func modSequence(_ world: ModelWorld, _ session: ModelSession) -> UInt64 {
        let highest = session.mailbox.map { world.mailboxes[$0].highest } ?? 1
        return UInt64.random(in: (highest > 6 ? highest - 6 : 0)...highest + 1, using: &random)
    }

    private mutating func store(_ world: ModelWorld, _ session: ModelSession, isByUID: Bool) -> ModelCommand {
        let flags = one(in: 3) ? ["\\Deleted"] : flags(one(in: 6) ? 0...0 : 1...3)
        let change: ModelFlagChange =
            switch Int.random(in: 0..<5, using: &random) {
            case 0, 1: .add(flags)
            case 2, 3: .remove(flags)
            default: .replace(flags)
            }
        return .store(
            set(session, isByUID: isByUID), isByUID: isByUID, change, isSilent: one(in: 2),
            unchangedSince: one(in: 6) ? modSequence(world, session) : nil)
    }

    private mutating func fetch(_ world: ModelWorld, _ session: ModelSession, isByUID: Bool) -> ModelCommand {
        var items: [String] = []
        for item in ["FLAGS", "UID", "INTERNALDATE", "RFC822.SIZE"] where one(in: 2) { items.append(item) }
        if one(in: 10) { items.append("MODSEQ") }
        if one(in: 3) { items.append(one(in: 3) ? "BODY.PEEK[]" : "BODY[]") }
        if items.isEmpty { items = ["FLAGS"] }
        return .fetch(
            set(session, isByUID: isByUID), isByUID: isByUID, items,
            changedSince: one(in: 10) ? max(modSequence(world, session), 1) : nil)
    }

    private mutating func append(_ world: ModelWorld) -> ModelCommand {
        let count = one(in: 4) ? Int.random(in: 2...3, using: &random) : 1
        return .append(
            mailbox(),
            (0..<count).map { _ in
                (
                    text(world), flags(0...2).union(one(in: 8) ? ["\\Recent"] : []),
                    ModelDate.all.randomElement(using: &random) ?? .none
                )
            })
    }

    private mutating func status() -> ModelCommand {
        let all = ["MESSAGES", "RECENT", "UIDNEXT", "UIDVALIDITY", "UNSEEN", "DELETED", "SIZE"]
        let items = all.filter { _ in !one(in: 4) }
        return .status(mailbox(), (items.isEmpty ? all : items) + (one(in: 6) ? ["HIGHESTMODSEQ"] : []))
    }

    private mutating func search(_ world: ModelWorld, _ session: ModelSession, isByUID: Bool) -> ModelCommand {
        var options: [String]?
        switch Int.random(in: 0..<8, using: &random) {
        case 0..<3: break
        case 3: options = ["MIN", "MAX", "SAVE"]
        default: options = ["MIN", "MAX", "ALL", "COUNT", "SAVE"].filter { _ in one(in: 3) }
        }
        return .search(key(world, session, depth: 2), isByUID: isByUID, options: options)
    }

    private mutating func key(_ world: ModelWorld, _ session: ModelSession, depth: Int) -> ModelKey {
        switch Int.random(in: 0..<(depth > 0 ? 20 : 14), using: &random) {
        case 0: return .all
        case 1, 2, 3: return .flag(ModelFlagChange.flags.randomElement(using: &random) ?? "one", one(in: 2))
        case 4: return [.recent, .new, .old].randomElement(using: &random) ?? .old
        case 5, 6: return .uids(set(session, isByUID: true))
        case 7, 8:
            guard !session.isUIDOnly || one(in: 10) else { return .all }
            let set = set(session, isByUID: false)
            if case .saved = set { return .uids(set) }
            return .numbers(set)
        case 9, 10: return .subject("m\(Int.random(in: 1...max(world.delivered, 1), using: &random))")
        case 11: return one(in: 2) ? .larger(50) : .smaller(50)
        case 12: return .late(one(in: 2))
        case 13: return one(in: 3) ? .modSequence(modSequence(world, session)) : .flag("\\Deleted", false)
        case 14, 15: return .not(key(world, session, depth: depth - 1))
        case 16, 17: return .or(key(world, session, depth: depth - 1), key(world, session, depth: depth - 1))
        default:
            return .and((0..<2).map { _ in key(world, session, depth: depth - 1) })
        }
    }
}
