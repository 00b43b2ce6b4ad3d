/// What tells of messages: EXISTS, RECENT, EXPUNGE, FETCH.
extension ModelWorld {
    func hearExists(_ count: UInt32, by s: Int, _ expected: ExpectedAnswer, _ progress: inout Progress) throws {
        guard let mailbox = sessions[s].mailbox else { throw ModelFailure("EXISTS and nothing is selected") }
        let box = mailboxes[mailbox]
        // RECENT comes behind it, but for a client of the second revision.
        progress.needsRecent = !sessions[s].isRev2
        if expected.opens != nil {
            guard sessions[s].slots.isEmpty, count == box.messages.count else {
                throw ModelFailure("\(count) EXISTS, not \(box.messages.count)")
            }
            sessions[s].slots = box.uids.map { ModelSlot(uid: $0) }
            return
        }
        let known = sessions[s].slots.count
        guard count > known else { throw ModelFailure("\(count) EXISTS, where \(known) were known") }
        if expected.isOpen {
            for _ in known..<Int(count) { sessions[s].slots.append(ModelSlot()) }
            return
        }
        let last = sessions[s].slots.last?.uid ?? 0
        let new = box.uids.filter { $0 > last }
        guard new.count == Int(count) - known else {
            throw ModelFailure("\(count) EXISTS, where \(known) were known and \(new) are new")
        }
        sessions[s].slots += new.map { ModelSlot(uid: $0) }
    }

    func hearRecent(_ count: UInt32, by s: Int, _ expected: ExpectedAnswer, _ progress: inout Progress) throws {
        guard progress.needsRecent, let mailbox = sessions[s].mailbox else { throw ModelFailure("RECENT alone") }
        progress.needsRecent = false
        guard !expected.isOpen else {
            guard count <= sessions[s].slots.count else { throw ModelFailure("\(count) RECENT of fewer") }
            return
        }
        let before = sessions[s].recentInView
        guard expected.opens == nil, sessions[s].claims else {
            guard count == before else { throw ModelFailure("\(count) RECENT, not \(before)") }
            return
        }
        let unclaimed = mailboxes[mailbox].unclaimed
        // Others that idle may have been faster. Who was is seen when all were heard: then nothing is unclaimed.
        let hasRivals = sessions.indices.contains { other in
            other != s && sessions[other].mailbox == mailbox && sessions[other].claims
        }
        if count == before + unclaimed.count {
            sessions[s].recent.formUnion(unclaimed)
            mailboxes[mailbox].unclaimed = []
        } else if count != before || !hasRivals {
            throw ModelFailure("\(count) RECENT, not \(before + unclaimed.count)")
        }
    }

    func hearGone(_ index: Int, by s: Int, _ expected: ExpectedAnswer) throws {
        guard let mailbox = sessions[s].mailbox else { throw ModelFailure("EXPUNGE and nothing is selected") }
        guard expected.expunges != .forbidden else { throw ModelFailure("EXPUNGE where it may not be told") }
        if let uid = sessions[s].slots[index].uid, mailboxes[mailbox].message(uid) != nil {
            throw ModelFailure("EXPUNGE of \(index + 1), which is \(uid) and there")
        }
        sessions[s].takeOut(index)
    }

    /// The place of a message whose UID the client does not know yet.
    func openIndex(of uid: UInt32, _ s: Int) -> Int? { sessions[s].slots.firstIndex { $0.uid == nil } }

    func hearMessage(
        _ message: ToldMessage, by s: Int, _ expected: ExpectedAnswer, _ progress: inout Progress
    ) throws {
        guard let mailbox = sessions[s].mailbox else { throw ModelFailure("FETCH and nothing is selected") }
        guard message.isByUID == sessions[s].isUIDOnly else { throw ModelFailure("FETCH of the wrong kind") }
        let place =
            message.isByUID ? sessions[s].index(of: message.number).map { $0 + 1 } : Int(message.number)
        if message.isByUID, place == nil, expected.isOpen { return }
        guard let place, place >= 1, place <= sessions[s].slots.count else {
            throw ModelFailure("FETCH of \(message.number), which is not in view")
        }
        let slot = sessions[s].slots[place - 1]
        if let uid = message.uid, let known = slot.uid, uid != known {
            throw ModelFailure("FETCH of \(place) tells the UID \(uid), and it is \(known)")
        }
        guard let uid = slot.uid ?? message.uid else { return }
        if message.isRecent { try hearRecentFlag(uid, by: s, in: mailbox, expected) }
        if !expected.isOpen { try check(message, uid, by: s, in: mailbox, expected, &progress) }
        if let flags = message.flags {
            progress.assumed[uid] = nil
            sessions[s].slots[place - 1].flags = flags
        }
    }

    private func hearRecentFlag(_ uid: UInt32, by s: Int, in mailbox: Int, _ expected: ExpectedAnswer) throws {
        guard !sessions[s].isRev2 else { throw ModelFailure("\\Recent under IMAP4rev2") }
        guard !sessions[s].isReadOnly else { return }
        let owner = recentIn[mailbox][uid] ?? sessions[s].selection
        guard owner == sessions[s].selection else { throw ModelFailure("\(uid) is recent in a second session") }
        recentIn[mailbox][uid] = owner
    }

    private func check(
        _ message: ToldMessage, _ uid: UInt32, by s: Int, in mailbox: Int, _ expected: ExpectedAnswer,
        _ progress: inout Progress
    ) throws {
        if message.flags != nil {
            let right = sessions[s].recent.contains(uid) && !sessions[s].isRev2
            guard message.isRecent == right else { throw ModelFailure("\(uid) is \(right ? "" : "not ")recent") }
        }
        if progress.told < expected.told.count {
            let right = expected.told[progress.told]
            progress.told += 1
            guard right.uid == uid else { throw ModelFailure("told of \(uid), not of \(right.uid)") }
            try check(message, right.items, right.message)
            return
        }
        // News: of flags alone, and of none that did not change.
        guard message.flags != nil, message.body == nil, message.size == nil, message.date == nil else {
            throw ModelFailure("\(uid) was not asked for")
        }
        guard sessions[s].mayTell.remove(uid) != nil else { throw ModelFailure("\(uid) did not change, or was told") }
        sessions[s].mustTell.remove(uid)
        guard let current = mailboxes[mailbox].message(uid) else {
            throw ModelFailure("flags of \(uid), which is gone")
        }
        var items: Set<String> = ["FLAGS"]
        if sessions[s].addsUID { items.insert("UID") }
        if sessions[s].condStore { items.insert("MODSEQ") }
        try check(message, items, current)
    }

    private func check(_ message: ToldMessage, _ items: Set<String>, _ right: ModelMessage) throws {
        var found: Set<String> = []
        func compare<Value: Equatable>(_ name: String, _ value: Value?, _ right: Value) throws {
            guard let value else { return }
            found.insert(name)
            guard value == right else { throw ModelFailure("\(name) of \(message.number) is \(value), not \(right)") }
        }
        try compare("UID", message.uid, right.uid)
        try compare("FLAGS", message.flags, right.flags)
        try compare("MODSEQ", message.modSequence, right.modSequence)
        try compare("BODY[]", message.body, right.text)
        try compare("INTERNALDATE", message.date, right.date.text)
        try compare("RFC822.SIZE", message.size, UInt64(right.text.utf8.count))
        guard found == items else { throw ModelFailure("FETCH of \(message.number) tells \(found), not \(items)") }
    }
}
