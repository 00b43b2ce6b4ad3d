import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes

/// A server with one user's two mailboxes in it, the model of them, and the sessions that look at them.
final class ModelWorld {
    static let owner = user("alice")
    static let names: [MailboxName] = [.inbox, .box]

    let store: ModelStore
    let server: Server
    /// Messages that the library reads at once.
    let batch: Int
    var mailboxes: [ModelMailbox]
    var validities: [UInt32] = []
    var sessions: [ModelSession] = []
    var selections = 0
    /// What was sent and written, for whoever looks for a mistake.
    var log: [String] = []
    var delivered = 0
    /// The read-write selection that each message was recent in, by mailbox.
    var recentIn: [[UInt32: Int]] = [[:], [:]]

    init(batch: Int) async throws {
        CheckedOutput.isInstalled
        self.batch = batch
        var configuration = ServerConfiguration()
        configuration.limits.messageBatch = batch
        store = ModelStore()
        server = try Server(
            store: store, authenticator: TestUsers(), extensions: IMAPExtension.standard.supported(by: store),
            configuration: configuration,
            clock: VirtualClock())
        mailboxes = [ModelMailbox("INBOX"), ModelMailbox("box")]
        let account = try await store.memory.account(of: ModelWorld.owner)
        try await account.create(.box)
        for name in ModelWorld.names { validities.append(try await account.status(of: name).uidValidity.rawValue) }
        try await account.close()
    }

    func connect(isRev2: Bool, isUIDOnly: Bool, condStore: Bool) async throws {
        let client = await TestClient.connect(to: server).client
        let name = ["a", "b", "c", "d"][sessions.count]
        await client.line("l LOGIN alice secret")
        var modes: [String] = []
        if isRev2 { modes.append("IMAP4rev2") }
        if isUIDOnly { modes.append("UIDONLY") }
        if condStore { modes.append("CONDSTORE") }
        if !modes.isEmpty {
            let line = "m ENABLE \(modes.joined(separator: " "))"
            guard await client.line(line).contains("\r\nm OK ") else { throw ModelFailure("no \(line)") }
        }
        log.append("-- \(name): \(modes.isEmpty ? "IMAP4rev1" : modes.joined(separator: " "))")
        sessions.append(
            ModelSession(client, name: name, isRev2: isRev2, isUIDOnly: isUIDOnly, condStore: condStore))
    }

    // MARK: From outside

    /// Lets something happen in a mailbox, in the model and in the store.
    func happen(_ event: ModelEvent, in mailbox: Int) throws {
        log.append("-- in \(mailboxes[mailbox].name): \(event)")
        switch event {
        case .deliver(let text, let flags): _ = mailboxes[mailbox].append([(text, flags, .none)])
        case .change(let uid, let isAdded, let flag):
            let changed = mailboxes[mailbox].change([uid], isAdded ? .add([flag]) : .remove([flag]))
            noteChanged(changed, in: mailbox)
        case .remove(let uid): noteRemoved([uid], in: mailbox)
        }
        ModelStore.happen(event, in: ModelWorld.names[mailbox], store.memory)
    }

    // MARK: The store

    private func stored(in mailbox: Int) throws -> [ModelMessage] {
        try store.memory.records(in: ModelWorld.names[mailbox], for: ModelWorld.owner).map { record in
            let body = try store.memory.body(of: record.uid, in: ModelWorld.names[mailbox], for: ModelWorld.owner)
            let date = record.internalDate
            return ModelMessage(
                uid: record.uid.rawValue, flags: Set((record.flags ?? []).map { "\($0)" }),
                modSequence: record.modSequence?.rawValue ?? 0, text: ModelStore.text(of: body),
                date: ModelDate.all.first {
                    $0.isLate == ((date?.year ?? 0) > 2000) && $0.text.hasPrefix(ModelWorld.day(date))
                }
                    ?? .none)
        }
    }

    private static func day(_ date: InternalDate?) -> String {
        guard let day = date?.day else { return "" }
        return day < 10 ? " \(day)" : "\(day)"
    }

    private func storedRecent(in mailbox: Int) throws -> Set<UInt32> {
        Set(try store.memory.recent(in: ModelWorld.names[mailbox], for: ModelWorld.owner).map(\.rawValue))
    }

    /// Both mailboxes hold what the model says.
    func compareStore() throws {
        for mailbox in mailboxes.indices {
            let stored = try stored(in: mailbox)
            guard stored == mailboxes[mailbox].messages else {
                throw ModelFailure(
                    "\(mailboxes[mailbox].name) holds \(stored)\nand should hold \(mailboxes[mailbox].messages)")
            }
            let recent = try storedRecent(in: mailbox)
            guard recent == mailboxes[mailbox].unclaimed else {
                throw ModelFailure(
                    "\(mailboxes[mailbox].name): unclaimed are \(recent.sorted()), and should be "
                        + "\(mailboxes[mailbox].unclaimed.sorted())")
            }
        }
    }

    /// The model becomes what the store says, after something happened in the middle of a command of `s`. Sessions are
    /// to be told of what is different from `before`.
    func adoptStore(since before: [ModelMailbox], by s: Int) async throws {
        let account = try await store.memory.account(of: ModelWorld.owner)
        for mailbox in mailboxes.indices {
            let status = try await account.status(of: ModelWorld.names[mailbox])
            mailboxes[mailbox].adopt(
                try stored(in: mailbox), unclaimed: try storedRecent(in: mailbox),
                uidNext: status.uidNext.rawValue, highest: status.highestModSequence.rawValue)
            let changed = before[mailbox].messages.filter { old in
                mailboxes[mailbox].message(old.uid).map { $0.modSequence != old.modSequence } ?? false
            }
            noteChanged(Set(changed.map(\.uid)), in: mailbox)
            if sessions[s].mailbox == mailbox, sessions[s].claims {
                // Nobody else was at work: what is claimed now and was not before is recent here.
                let new = mailboxes[mailbox].uids.filter { $0 >= before[mailbox].uidNext }
                let claimed = before[mailbox].unclaimed.union(new).subtracting(mailboxes[mailbox].unclaimed)
                sessions[s].recent.formUnion(claimed.intersection(mailboxes[mailbox].uids))
            }
            for s in sessions.indices where sessions[s].mailbox == mailbox {
                sessions[s].mustTell.formIntersection(mailboxes[mailbox].uids)
            }
        }
        try await account.close()
    }

    // MARK: Words

    /// A set as the server writes it: ascending, ranges where numbers follow each other.
    static func written(_ numbers: [UInt32]) -> String {
        var ranges: [(UInt32, UInt32)] = []
        for number in numbers.sorted() {
            if let last = ranges.last, last.1 + 1 == number {
                ranges[ranges.count - 1].1 = number
            } else {
                ranges.append((number, number))
            }
        }
        return ranges.map { $0 == $1 ? "\($0)" : "\($0):\($1)" }.joined(separator: ",")
    }

    func numbers(of uids: [UInt32], isByUID: Bool, _ s: Int) -> [UInt32] {
        isByUID ? uids : uids.compactMap { sessions[s].index(of: $0).map { UInt32($0 + 1) } }
    }
}

extension MailboxName {
    fileprivate static let box: MailboxName = MailboxName("box") ?? .inbox
}
