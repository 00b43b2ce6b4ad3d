/// What commands do to the model, and what must be answered. Written from the RFCs, and from SEMANTICS where they leave
/// it open: a message that is gone matches nothing, and is `NO [EXPUNGEISSUED]` by number and nothing by UID.
extension ModelWorld {
    /// Does what the command does.
    func effect(of command: ModelCommand, by s: Int) -> ExpectedAnswer {
        switch command {
        case .noop, .idle: return ExpectedAnswer()
        case .check: return sessions[s].mailbox == nil ? .bad() : ExpectedAnswer()
        case .select(let mailbox, let isReadOnly, let condStore):
            return select(mailbox, isReadOnly: isReadOnly, condStore: condStore, by: s)
        case .unselect:
            guard sessions[s].mailbox != nil else { return .bad() }
            sessions[s].deselect()
            return ExpectedAnswer()
        case .close:
            guard let mailbox = sessions[s].mailbox else { return .bad() }
            if !sessions[s].isReadOnly { expunge(sessions[s].slots.compactMap(\.uid), in: mailbox) }
            sessions[s].deselect()
            return ExpectedAnswer()
        case .status(let mailbox, let items): return status(mailbox, items, by: s)
        case .append(let mailbox, let messages):
            let uids = mailboxes[mailbox].append(messages)
            var answer = ExpectedAnswer()
            answer.code = "APPENDUID \(validities[mailbox]) \(ModelWorld.written(uids))"
            return answer
        case .expunge, .store, .copy, .fetch, .search:
            guard let mailbox = sessions[s].mailbox else { return .bad() }
            return selected(command, in: mailbox, by: s)
        }
    }

    private func selected(_ command: ModelCommand, in mailbox: Int, by s: Int) -> ExpectedAnswer {
        switch command {
        case .expunge(let set):
            if sessions[s].isReadOnly { return .no() }
            let uids = set.map { sessions[s].uids($0, isByUID: true) } ?? sessions[s].slots.compactMap(\.uid)
            expunge(uids, in: mailbox)
            return ExpectedAnswer()
        case .store(let set, let isByUID, let change, let isSilent, let since):
            return store(set, isByUID, change, isSilent, since, in: mailbox, by: s)
        case .copy(let set, let isByUID, let target, let isMove):
            return copy(set, isByUID, to: target, isMove, in: mailbox, by: s)
        case .fetch(let set, let isByUID, let items, let since):
            return fetch(set, isByUID, items, since, in: mailbox, by: s)
        case .search(let key, let isByUID, let options):
            return search(key, isByUID, options, in: mailbox, by: s)
        default: return .bad()
        }
    }

    // MARK: Mailboxes

    private func select(_ mailbox: Int, isReadOnly: Bool, condStore: Bool, by s: Int) -> ExpectedAnswer {
        selections += 1
        sessions[s].deselect()
        if condStore { sessions[s].condStore = true }
        sessions[s].mailbox = mailbox
        sessions[s].isReadOnly = isReadOnly
        sessions[s].selection = selections
        sessions[s].highestWhenOpened = mailboxes[mailbox].highest
        sessions[s].recent = mailboxes[mailbox].unclaimed
        if !isReadOnly { mailboxes[mailbox].unclaimed = [] }
        var answer = ExpectedAnswer()
        answer.code = isReadOnly ? "READ-ONLY" : "READ-WRITE"
        answer.opens = mailbox
        return answer
    }

    private func status(_ mailbox: Int, _ items: [String], by s: Int) -> ExpectedAnswer {
        var answer = ExpectedAnswer()
        if items.contains("HIGHESTMODSEQ") { enableCondStore(s, &answer) }
        let box = mailboxes[mailbox]
        var values: [String: UInt64] = [:]
        for item in items {
            values[item] =
                switch item {
                case "MESSAGES": UInt64(box.messages.count)
                case "RECENT": UInt64(box.unclaimed.count)
                case "UIDNEXT": UInt64(box.uidNext)
                case "UIDVALIDITY": UInt64(validities[mailbox])
                case "UNSEEN": UInt64(box.messages.count { !$0.flags.contains("\\Seen") })
                case "DELETED": UInt64(box.messages.count { $0.flags.contains("\\Deleted") })
                case "SIZE": box.messages.reduce(0) { $0 + UInt64($1.text.utf8.count) }
                default: box.highest
                }
        }
        answer.statusOf = (box.name, values)
        return answer
    }

    private func enableCondStore(_ s: Int, _ answer: inout ExpectedAnswer) {
        if !sessions[s].condStore { answer.enablesCondStore = sessions[s].mailbox != nil }
        sessions[s].condStore = true
    }

    // MARK: Changes

    /// Has every session that sees one of them told, but the one that knows.
    func noteChanged(_ uids: Set<UInt32>, in mailbox: Int, except own: Int? = nil) {
        for s in sessions.indices where s != own && sessions[s].mailbox == mailbox {
            let seen = uids.filter { sessions[s].has($0) }
            sessions[s].mustTell.formUnion(seen)
            sessions[s].mayTell.formUnion(seen)
        }
    }

    func noteRemoved(_ uids: [UInt32], in mailbox: Int) {
        mailboxes[mailbox].remove(uids)
        for s in sessions.indices where sessions[s].mailbox == mailbox { sessions[s].mustTell.subtract(uids) }
    }

    private func expunge(_ uids: [UInt32], in mailbox: Int) {
        let box = mailboxes[mailbox]
        noteRemoved(uids.filter { box.message($0)?.flags.contains("\\Deleted") ?? false }, in: mailbox)
    }

    private func batches(_ uids: [UInt32]) -> [[UInt32]] {
        stride(from: 0, to: uids.count, by: batch).map { Array(uids[$0..<min($0 + batch, uids.count)]) }
    }

    /// The messages a command names, or the BAD it gets.
    private func named(_ set: ModelSet, _ isByUID: Bool, by s: Int) -> [UInt32]? {
        guard isByUID || !set.namesTooMuch(UInt32(sessions[s].slots.count)) else { return nil }
        return sessions[s].uids(set, isByUID: isByUID)
    }

    private func store(
        _ set: ModelSet, _ isByUID: Bool, _ change: ModelFlagChange, _ isSilent: Bool, _ since: UInt64?,
        in mailbox: Int, by s: Int
    ) -> ExpectedAnswer {
        if sessions[s].isUIDOnly, !isByUID { return .bad("UIDREQUIRED") }
        var answer = ExpectedAnswer()
        answer.expunges = isByUID ? .required : .forbidden
        if sessions[s].isReadOnly {
            answer.status = "NO"
            answer.expunges = isByUID ? .allowed : .forbidden
            return answer
        }
        guard let uids = named(set, isByUID, by: s) else { return .bad() }
        if since != nil { enableCondStore(s, &answer) }
        var changed: Set<UInt32> = []
        for piece in batches(uids) {
            let refused = piece.filter { uid in
                guard let since, let message = mailboxes[mailbox].message(uid) else { return false }
                return message.modSequence > since
            }
            answer.refused += refused
            changed.formUnion(mailboxes[mailbox].change(piece.filter { !refused.contains($0) }, change))
        }
        noteChanged(changed, in: mailbox, except: s)
        let done = uids.filter { !answer.refused.contains($0) }
        let left = mailboxes[mailbox].existing(done)
        let isIncomplete = !isByUID && left.count < done.count
        if !answer.refused.isEmpty {
            answer.code = "MODIFIED \(ModelWorld.written(numbers(of: answer.refused, isByUID: isByUID, s)))"
        } else if isIncomplete {
            answer.status = "NO"
            answer.code = "EXPUNGEISSUED"
        }
        if !isSilent || sessions[s].condStore {
            var items: Set<String> = isSilent ? [] : ["FLAGS"]
            if sessions[s].condStore { items.insert("MODSEQ") }
            if !sessions[s].isUIDOnly, isByUID || sessions[s].addsUID { items.insert("UID") }
            answer.told = expected(left, items, in: mailbox)
        }
        if !isSilent {
            sessions[s].mustTell.subtract(left)
        } else if answer.status == "NO" {
            // What was done is told before the NO (SEMANTICS 12).
            sessions[s].mustTell.formUnion(changed)
            sessions[s].mayTell.formUnion(changed)
        } else if case .replace = change {
            sessions[s].mustTell.subtract(left)
        }
        return answer
    }

    private func copy(
        _ set: ModelSet, _ isByUID: Bool, to target: Int, _ isMove: Bool, in mailbox: Int, by s: Int
    ) -> ExpectedAnswer {
        if sessions[s].isUIDOnly, !isByUID { return .bad("UIDREQUIRED") }
        if isMove, sessions[s].isReadOnly { return .no() }
        guard let uids = named(set, isByUID, by: s) else { return .bad() }
        let left = mailboxes[mailbox].existing(uids)
        let isIncomplete = !isByUID && left.count < uids.count
        if isIncomplete, !isMove { return .no("EXPUNGEISSUED") }
        var answer = isIncomplete ? ExpectedAnswer.no("EXPUNGEISSUED") : ExpectedAnswer()
        guard !left.isEmpty else { return answer }
        let copies = left.compactMap { mailboxes[mailbox].message($0) }.map { ($0.text, $0.flags, $0.date) }
        let new = mailboxes[target].append(copies)
        let code = "COPYUID \(validities[target]) \(ModelWorld.written(left)) \(ModelWorld.written(new))"
        if isMove {
            answer.copied = code
            noteRemoved(left, in: mailbox)
        } else {
            answer.code = code
        }
        return answer
    }

    // MARK: Reading

    private func expected(_ uids: [UInt32], _ items: Set<String>, in mailbox: Int) -> [ExpectedMessage] {
        uids.compactMap { mailboxes[mailbox].message($0) }.map {
            ExpectedMessage(uid: $0.uid, items: items, message: $0)
        }
    }

    private func fetch(
        _ set: ModelSet, _ isByUID: Bool, _ items: [String], _ since: UInt64?, in mailbox: Int, by s: Int
    ) -> ExpectedAnswer {
        if sessions[s].isUIDOnly, !isByUID { return .bad("UIDREQUIRED") }
        guard let uids = named(set, isByUID, by: s) else { return .bad() }
        var answer = ExpectedAnswer()
        answer.expunges = isByUID ? .required : .forbidden
        let marksSeen = items.contains("BODY[]")
        var items = Set(items.map { $0 == "BODY.PEEK[]" ? "BODY[]" : $0 })
        if since != nil { items.insert("MODSEQ") }
        if items.contains("MODSEQ") { enableCondStore(s, &answer) }
        if isByUID, !sessions[s].isUIDOnly { items.insert("UID") }
        for piece in batches(uids) {
            let left = mailboxes[mailbox].existing(piece).filter { uid in
                guard let since, let message = mailboxes[mailbox].message(uid) else { return true }
                return message.modSequence > since
            }
            if marksSeen, !sessions[s].isReadOnly {
                noteChanged(mailboxes[mailbox].change(left, .add(["\\Seen"])), in: mailbox)
            }
            answer.told += expected(left, items, in: mailbox)
        }
        if items.contains("FLAGS") { sessions[s].mustTell.subtract(answer.told.map(\.uid)) }
        if !isByUID, mailboxes[mailbox].existing(uids).count < uids.count {
            answer.status = "NO"
            answer.code = "EXPUNGEISSUED"
        }
        return answer
    }

    private func search(
        _ key: ModelKey, _ isByUID: Bool, _ options: [String]?, in mailbox: Int, by s: Int
    ) -> ExpectedAnswer {
        if sessions[s].isUIDOnly, !isByUID || key.contains({ if case .numbers = $0 { true } else { false } }) {
            return .bad("UIDREQUIRED")
        }
        var answer = ExpectedAnswer()
        answer.expunges = isByUID ? .required : .forbidden
        let tellsModSequence = key.contains { if case .modSequence = $0 { true } else { false } }
        if tellsModSequence { enableCondStore(s, &answer) }
        // A message that is gone matches nothing: neither a key nor its opposite.
        let matches = sessions[s].slots.enumerated().compactMap { index, slot -> ModelMessage? in
            guard let uid = slot.uid, let message = mailboxes[mailbox].message(uid) else { return nil }
            return key.matches(message, number: UInt32(index + 1), sessions[s]) ? message : nil
        }
        // What the options return together, everything when none returns a part (RFC 5182 section 2.4).
        var returned = matches
        let wanted = Set(options ?? [])
        if wanted.isSubset(of: ["MIN", "MAX", "SAVE"]), !wanted.isDisjoint(with: ["MIN", "MAX"]) {
            let ends = [wanted.contains("MIN") ? matches.first : nil, wanted.contains("MAX") ? matches.last : nil]
            returned = ends.compactMap { $0 }
        }
        if wanted.contains("SAVE") { sessions[s].saved = Set(returned.map(\.uid)) }
        answer.found = (matches.map(\.uid), tellsModSequence ? returned.map(\.modSequence).max() : nil)
        answer.options = options ?? (sessions[s].isRev2 ? [] : nil)
        answer.numbersMessages = !isByUID
        return answer
    }
}
