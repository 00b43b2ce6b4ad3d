/// What a server wrote, taken into the view of its client and held against the model.
extension ModelWorld {
    /// What is expected next while one answer is read.
    struct Progress {
        var told = 0
        var hasFound = false
        var hasStatus = false
        var hasCopied = false
        var needsRecent = false
        var isEnabled = false
        /// HIGHESTMODSEQ and UIDNEXT, where a mailbox is opened.
        var opening: Set<String> = []
        /// Flags as they were before the client assumed that its silent STORE did its work.
        var assumed: [UInt32: Set<String>?] = [:]
    }

    /// Takes in an answer up to its tagged reply, or all of it where there is none. Returns how many responses that is.
    @discardableResult
    func hear(
        _ responses: [ToldResponse], by s: Int, _ expected: ExpectedAnswer, tag: String?,
        assuming command: ModelCommand? = nil
    ) throws -> Int {
        var progress = Progress()
        if case .store(let set, let isByUID, let change, true, _)? = command {
            assume(change, of: sessions[s].uids(set, isByUID: isByUID), by: s, expected, &progress)
        }
        for (index, response) in responses.enumerated() {
            if progress.needsRecent {
                guard case .recent = response else { throw ModelFailure("EXISTS without RECENT") }
            }
            if case .tagged(let found, let status, let code) = response {
                guard found == tag else { throw ModelFailure("the tag \(found), and not \(tag ?? "none")") }
                try finish(status, code, by: s, expected, progress)
                return index + 1
            }
            try hear(response, by: s, expected, tag ?? "", &progress)
        }
        if progress.needsRecent { throw ModelFailure("EXISTS without RECENT") }
        if let tag { throw ModelFailure("no reply to \(tag)") }
        return responses.count
    }

    private func assume(
        _ change: ModelFlagChange, of uids: [UInt32], by s: Int, _ expected: ExpectedAnswer, _ progress: inout Progress
    ) {
        guard expected.status != "BAD", !sessions[s].isReadOnly else { return }
        for uid in uids {
            guard let index = sessions[s].index(of: uid) else { continue }
            progress.assumed[uid] = .some(sessions[s].slots[index].flags)
            if case .replace(let flags) = change {
                sessions[s].slots[index].flags = flags
            } else {
                sessions[s].slots[index].flags = sessions[s].slots[index].flags.map { change.applied(to: $0) }
            }
        }
    }

    private func hear(
        _ response: ToldResponse, by s: Int, _ expected: ExpectedAnswer, _ tag: String, _ progress: inout Progress
    ) throws {
        switch response {
        case .exists(let count): try hearExists(count, by: s, expected, &progress)
        case .recent(let count): try hearRecent(count, by: s, expected, &progress)
        case .expunge(let number):
            guard !sessions[s].isUIDOnly else { throw ModelFailure("EXPUNGE by number under UIDONLY") }
            guard number >= 1, number <= sessions[s].slots.count else {
                throw ModelFailure("EXPUNGE of \(number) of \(sessions[s].slots.count)")
            }
            try hearGone(Int(number) - 1, by: s, expected)
        case .vanished(let uids):
            for uid in uids {
                guard let index = sessions[s].index(of: uid) ?? (expected.isOpen ? openIndex(of: uid, s) : nil) else {
                    throw ModelFailure("VANISHED of \(uid), which is not in view")
                }
                try hearGone(index, by: s, expected)
            }
        case .fetch(let message): try hearMessage(message, by: s, expected, &progress)
        case .search(let numbers, let modSequence):
            guard let found = expected.found, expected.options == nil, !progress.hasFound else {
                throw ModelFailure("SEARCH was not asked for")
            }
            progress.hasFound = true
            guard !expected.isOpen else { return }
            let right = self.numbers(of: found.uids, isByUID: !expected.numbersMessages, s)
            guard numbers == right, modSequence == found.modSequence else {
                throw ModelFailure("found \(numbers) \(modSequence ?? 0), not \(right) \(found.modSequence ?? 0)")
            }
        case .esearch(let found, let isByUID, let values):
            guard found == tag, let right = extendedSearch(expected, s), !progress.hasFound,
                isByUID != expected.numbersMessages
            else { throw ModelFailure("ESEARCH was not asked for") }
            progress.hasFound = true
            if !expected.isOpen, values != right { throw ModelFailure("found \(values), not \(right)") }
        case .status(let name, let values):
            guard let right = expected.statusOf, right.name == name else { throw ModelFailure("STATUS unasked for") }
            progress.hasStatus = true
            if !expected.isOpen, values != right.values { throw ModelFailure("STATUS \(values), not \(right.values)") }
        case .condition(let status, let code): try hearCondition(status, code, by: s, expected, &progress)
        case .continuation:
            guard tag == sessions[s].idleTag || tag == "" else { throw ModelFailure("+ was not asked for") }
        case .other(let name):
            guard expected.opens != nil, name == "FLAGS" || name == "LIST" else { throw ModelFailure("\(name)") }
        case .tagged: break
        }
    }

    private func hearCondition(
        _ status: String, _ code: String?, by s: Int, _ expected: ExpectedAnswer, _ progress: inout Progress
    ) throws {
        let words = (code ?? "").split(separator: " ").map(String.init)
        guard status == "OK", let name = words.first else { throw ModelFailure("\(status) \(code ?? "")") }
        if let mailbox = expected.opens {
            guard name != "CLOSED" else { return }
            let box = mailboxes[mailbox]
            let right: String? =
                switch name {
                case "UIDNEXT": "\(box.uidNext)"
                case "UIDVALIDITY": "\(validities[mailbox])"
                case "HIGHESTMODSEQ": "\(box.highest)"
                case "UNSEEN":
                    box.messages.firstIndex { !$0.flags.contains("\\Seen") }.map { "\($0 + 1)" }
                default: nil
                }
            progress.opening.insert(name)
            if let right, words.last != right { throw ModelFailure("\(code ?? ""), not \(right)") }
            return
        }
        if name == "HIGHESTMODSEQ" {
            guard expected.enablesCondStore, !progress.isEnabled else {
                throw ModelFailure("\(code ?? "") unasked for")
            }
            progress.isEnabled = true
            guard words.last == "\(sessions[s].highestWhenOpened)" else { throw ModelFailure("\(code ?? "")") }
            return
        }
        guard !expected.isOpen else { return }
        guard code == expected.copied, !progress.hasCopied else {
            throw ModelFailure("\(code ?? ""), not \(expected.copied ?? "nothing")")
        }
        progress.hasCopied = true
    }

    private func extendedSearch(_ expected: ExpectedAnswer, _ s: Int) -> [String: String]? {
        guard let found = expected.found, var options = expected.options, options != ["SAVE"] else { return nil }
        if options.isEmpty { options = ["ALL"] }
        let numbers = self.numbers(of: found.uids, isByUID: !expected.numbersMessages, s)
        var values: [String: String] = [:]
        if options.contains("COUNT") { values["COUNT"] = "\(numbers.count)" }
        if options.contains("MIN") { values["MIN"] = numbers.first.map { "\($0)" } }
        if options.contains("MAX") { values["MAX"] = numbers.last.map { "\($0)" } }
        if options.contains("ALL"), !numbers.isEmpty { values["ALL"] = ModelWorld.written(numbers) }
        values["MODSEQ"] = found.modSequence.map { "\($0)" }
        return values
    }

    // MARK: The end of an answer

    private func finish(
        _ status: String, _ code: String?, by s: Int, _ expected: ExpectedAnswer, _ progress: Progress
    ) throws {
        if status != "OK" {
            for (uid, flags) in progress.assumed { restore(flags, of: uid, by: s) }
        }
        if expected.isOpen {
            // Which ones were refused cannot be foretold: the client knows nothing of any.
            if code?.hasPrefix("MODIFIED") ?? false {
                for uid in progress.assumed.keys { restore(nil, of: uid, by: s) }
            }
            return
        }
        for uid in expected.refused {
            if let flags = progress.assumed[uid] { restore(flags, of: uid, by: s) }
        }
        guard status == expected.status, code == expected.code else {
            throw ModelFailure(
                "\(status) \(code ?? "without a code"), not \(expected.status) \(expected.code ?? "without a code")")
        }
        guard status != "BAD" else { return }
        guard progress.told == expected.told.count else {
            throw ModelFailure("\(progress.told) messages told of, and not \(expected.told.count)")
        }
        if expected.found != nil, !progress.hasFound, expected.options != ["SAVE"] { throw ModelFailure("no result") }
        if expected.statusOf != nil, !progress.hasStatus { throw ModelFailure("no STATUS") }
        if expected.copied != nil, !progress.hasCopied { throw ModelFailure("no COPYUID") }
        if expected.enablesCondStore, !progress.isEnabled { throw ModelFailure("no HIGHESTMODSEQ") }
        if let mailbox = expected.opens {
            var needed: Set<String> = ["UIDNEXT", "UIDVALIDITY", "HIGHESTMODSEQ"]
            if !sessions[s].isRev2, !sessions[s].isUIDOnly,
                mailboxes[mailbox].messages.contains(where: { !$0.flags.contains("\\Seen") })
            {
                needed.insert("UNSEEN")
            }
            guard needed.isSubset(of: progress.opening) else { throw ModelFailure("SELECT told \(progress.opening)") }
        }
        try checkSynchrony(of: s, expected.expunges)
    }

    private func restore(_ flags: Set<String>?, of uid: UInt32, by s: Int) {
        guard let index = sessions[s].index(of: uid) else { return }
        sessions[s].slots[index].flags = flags
    }

    /// The client's view is the mailbox, but for messages whose EXPUNGE could not be told.
    func checkSynchrony(of s: Int, _ expunges: ModelExpunges) throws {
        guard let mailbox = sessions[s].mailbox else { return }
        let box = mailboxes[mailbox]
        let left = sessions[s].slots.filter { slot in slot.uid.map { box.message($0) != nil } ?? true }
        guard left.map(\.uid) == box.uids.map({ $0 }) else {
            throw ModelFailure("in view are \(left.map { $0.uid ?? 0 }), in the mailbox \(box.uids)")
        }
        if expunges == .required, left.count < sessions[s].slots.count {
            throw ModelFailure("gone and not told: in view are \(sessions[s].slots.map { $0.uid ?? 0 }) of \(box.uids)")
        }
        guard sessions[s].mustTell.isEmpty else { throw ModelFailure("changed and not told: \(sessions[s].mustTell)") }
        sessions[s].mayTell = []
        try checkFlags(of: s)
    }

    /// The flags that the client knows are those of the messages.
    func checkFlags(of s: Int) throws {
        guard let mailbox = sessions[s].mailbox else { return }
        for slot in sessions[s].slots {
            guard let uid = slot.uid, let known = slot.flags, let message = mailboxes[mailbox].message(uid) else {
                continue
            }
            guard known == message.flags else {
                throw ModelFailure("the client knows \(known.sorted()) of \(uid), which has \(message.flags.sorted())")
            }
        }
    }
}
