import IMAPTestKit

/// The steps of a program.
extension ModelWorld {
    func run(_ step: UInt64) async throws {
        var chooser = ModelChooser(SeededGenerator(seed: step))
        if chooser.one(in: 6) {
            let mailbox = chooser.mailbox()
            try happen(chooser.event(self, in: mailbox), in: mailbox)
            return try await settle()
        }
        let s = Int.random(in: sessions.indices, using: &chooser.random)
        if sessions[s].idleTag != nil { return chooser.one(in: 2) ? try await endIdle(s) : () }
        let command = chooser.command(self, s)
        if case .idle = command { return try await idle(s, isPipelined: chooser.one(in: 4)) }
        if sessions.allSatisfy({ $0.idleTag == nil }) {
            switch Int.random(in: 0..<12, using: &chooser.random) {
            case 0, 1:
                let second = chooser.command(self, s)
                if case .idle = second { break }
                return try await performPair(command, second, by: s)
            case 2,
                3 where command.isForetold:
                return try await performInterrupted(command, &chooser, by: s)
            case 4:
                guard case .append(let mailbox, let messages) = command, messages.count == 1 else { break }
                return try await appendSlowly(messages[0], to: mailbox, &chooser, by: s)
            case 5: return try await look(s)
            default: break
            }
        }
        try await perform(command, by: s)
        if case .select = command, !chooser.one(in: 4) { try await look(s) }
    }

    /// All sessions come to rest, and each looks at its mailbox once more.
    func finish() async throws {
        for s in sessions.indices where sessions[s].idleTag != nil { try await endIdle(s) }
        for s in sessions.indices {
            try await perform(.noop, by: s)
            if sessions[s].mailbox != nil { try await look(s) }
        }
    }

    /// NOOP, and what FETCH tells then is the mailbox.
    func look(_ s: Int) async throws {
        try await perform(.noop, by: s)
        guard sessions[s].mailbox != nil else { return }
        try await perform(
            .fetch(.ranges([(1, nil)]), isByUID: sessions[s].isUIDOnly, ["UID", "FLAGS"], changedSince: nil), by: s)
    }

    // MARK: One command

    private var wireNames: [String] { mailboxes.map(\.name) }

    private func say(_ text: String, by s: Int) { log.append("\(sessions[s].name) C: \(ModelWorld.clean(text))") }

    private static func clean(_ text: String) -> String { text.replacing("\r\n", with: "~") }

    func read(_ octets: [UInt8], by s: Int) throws -> [ToldResponse] {
        for line in String(decoding: octets, as: UTF8.self).split(separator: "\r\n") {
            log.append("\(sessions[s].name) S: \(line)")
        }
        do { return try ToldReader.read(octets) } catch { throw ModelFailure("not understood: \(error)") }
    }

    private func send(_ text: String, by s: Int) async throws -> [ToldResponse] {
        say(text, by: s)
        sessions[s].client.transport.send(text)
        return try read(await sessions[s].client.settleOctets(), by: s)
    }

    func perform(_ command: ModelCommand, by s: Int) async throws {
        let tag = sessions[s].nextTag()
        let expected = effect(of: command, by: s)
        let responses = try await send("\(tag) \(command.text(wireNames))\r\n", by: s)
        let count = try hear(responses, by: s, expected, tag: tag, assuming: command)
        guard count == responses.count else { throw ModelFailure("more behind the reply") }
        try await settle()
    }

    /// Two commands in one segment.
    private func performPair(_ first: ModelCommand, _ second: ModelCommand, by s: Int) async throws {
        let tags = [sessions[s].nextTag(), sessions[s].nextTag()]
        let text = "\(tags[0]) \(first.text(wireNames))\r\n\(tags[1]) \(second.text(wireNames))\r\n"
        let expected = effect(of: first, by: s)
        let responses = try await send(text, by: s)
        let count = try hear(responses, by: s, expected, tag: tags[0], assuming: first)
        let rest = Array(responses[count...])
        let last = effect(of: second, by: s)
        guard try hear(rest, by: s, last, tag: tags[1], assuming: second) == rest.count else {
            throw ModelFailure("more behind the replies")
        }
        try await settle()
    }

    /// A command in the middle of which something happens, between two questions of the store. What it answers cannot be
    /// foretold; the view it leaves behind can.
    private func performInterrupted(
        _ command: ModelCommand, _ chooser: inout ModelChooser, by s: Int
    ) async throws {
        let tag = sessions[s].nextTag()
        let mailbox = sessions[s].mailbox ?? 0
        let events = (0..<Int.random(in: 1...2, using: &chooser.random)).map { _ in chooser.event(self, in: mailbox) }
        let calls = Int.random(in: 0...4, using: &chooser.random)
        let before = mailboxes
        var expected = effect(of: command, by: s)
        if expected.status == "BAD" {
            let responses = try await send("\(tag) \(command.text(wireNames))\r\n", by: s)
            try hear(responses, by: s, expected, tag: tag)
            return try await settle()
        }
        let foretold = expected
        expected.isOpen = true
        if expected.expunges == .required { expected.expunges = .allowed }
        let memory = store.memory
        let name = ModelWorld.names[mailbox]
        log.append("-- in \(mailboxes[mailbox].name), before question \(calls) of the next command: \(events)")
        store.interrupt(after: calls) { for event in events { ModelStore.happen(event, in: name, memory) } }
        let responses = try await send("\(tag) \(command.text(wireNames))\r\n", by: s)
        guard !store.takeBackHook() else {
            log.append("-- it did not happen")
            try hear(responses, by: s, foretold, tag: tag, assuming: command)
            return try await settle()
        }
        try await adoptStore(since: before, by: s)
        try hear(responses, by: s, expected, tag: tag, assuming: command)
        try await perform(noopAfterInterruption: s)
    }

    /// NOOP, after which the view is exact again.
    private func perform(noopAfterInterruption s: Int) async throws {
        let tag = sessions[s].nextTag()
        var expected = ExpectedAnswer()
        expected.isOpen = true
        let before = mailboxes
        let responses = try await send("\(tag) NOOP\r\n", by: s)
        try await adoptStore(since: before, by: s)
        try hear(responses, by: s, expected, tag: tag)
        if let mailbox = sessions[s].mailbox {
            let uids = mailboxes[mailbox].uids
            let isRight =
                uids.count == sessions[s].slots.count
                && zip(uids, sessions[s].slots).allSatisfy { $1.uid == nil || $1.uid == $0 }
            guard isRight else {
                throw ModelFailure("in view are \(sessions[s].slots.map { $0.uid ?? 0 }), in the mailbox \(uids)")
            }
            for index in uids.indices { sessions[s].slots[index].uid = uids[index] }
            sessions[s].mustTell = []
            sessions[s].mayTell = []
            try checkFlags(of: s)
            try await look(s)
        }
        try await settle()
    }

    /// An APPEND whose client waits for its turn, while something happens: nothing is told before the message came.
    private func appendSlowly(
        _ message: (text: String, flags: Set<String>, date: ModelDate), to mailbox: Int, _ chooser: inout ModelChooser,
        by s: Int
    ) async throws {
        let tag = sessions[s].nextTag()
        let head = "\(tag) APPEND \(wireNames[mailbox])\(ModelCommand.head(message)) {\(message.text.utf8.count)}\r\n"
        let invitation = try await send(head, by: s)
        guard invitation.count == 1, case .continuation = invitation[0] else { throw ModelFailure("no invitation") }
        let other = chooser.mailbox()
        try happen(chooser.event(self, in: other), in: other)
        guard sessions[s].client.transport.takeOutput().isEmpty else {
            throw ModelFailure("told while a literal waits")
        }
        let expected = effect(of: .append(mailbox, [message]), by: s)
        try hear(try await send("\(message.text)\r\n", by: s), by: s, expected, tag: tag)
        try await settle()
    }

    // MARK: IDLE

    private func idle(_ s: Int, isPipelined: Bool) async throws {
        let tag = sessions[s].nextTag()
        let expected = ExpectedAnswer()
        sessions[s].idleTag = tag
        if isPipelined {
            let responses = try await send("\(tag) IDLE\r\nDONE\r\n", by: s)
            sessions[s].idleTag = nil
            guard case .continuation? = responses.first else { throw ModelFailure("no invitation") }
            try hear(Array(responses.dropFirst()), by: s, expected, tag: tag)
        } else {
            let responses = try await send("\(tag) IDLE\r\n", by: s)
            guard case .continuation? = responses.first else { throw ModelFailure("no invitation") }
            try hear(Array(responses.dropFirst()), by: s, expected, tag: nil)
        }
        try await settle()
    }

    private func endIdle(_ s: Int) async throws {
        guard let tag = sessions[s].idleTag else { return }
        sessions[s].idleTag = nil
        let responses = try await send("DONE\r\n", by: s)
        try hear(responses, by: s, ExpectedAnswer(), tag: tag)
        try await settle()
    }

    /// Waits until every session that idles was told everything. Then the store holds what the model says.
    private func settle() async throws {
        for s in sessions.indices where sessions[s].idleTag != nil {
            let deadline = ContinuousClock.now + .seconds(300)
            while true {
                let octets = sessions[s].client.transport.takeOutput()
                if !octets.isEmpty { try hear(try read(octets, by: s), by: s, ExpectedAnswer(), tag: nil) }
                do {
                    try checkSynchrony(of: s, .required)
                    break
                } catch {
                    guard ContinuousClock.now < deadline, !sessions[s].client.transport.isClosed else { throw error }
                }
                await Task.yield()
            }
        }
        try compareStore()
    }
}
