import IMAPHost
import IMAPTypes
import Synchronization

/// What one rule runs on: a store of its own, and the ways to use it.
final class Ground: Sendable {
    private struct Kept: Sendable {
        var accounts: [any Account] = []
        var stores: [any MailStore]
    }

    let store: any MailStore
    let user: UserIdentity
    let secondUser: UserIdentity
    /// A session of the first user.
    let account: any Account
    let limitQuota: StoreConformance.LimitQuota?
    private let reopen: StoreConformance.Reopen?
    private let kept: Mutex<Kept>

    init(
        store: any MailStore, user: UserIdentity, secondUser: UserIdentity, reopen: StoreConformance.Reopen?,
        limitQuota: StoreConformance.LimitQuota?
    ) async throws {
        self.store = store
        self.user = user
        self.secondUser = secondUser
        self.reopen = reopen
        self.limitQuota = limitQuota
        account = try await store.account(of: user)
        kept = Mutex(Kept(accounts: [account], stores: [store]))
    }

    // MARK: Sessions

    /// A session, closed when the rule is over.
    func session(of user: UserIdentity? = nil) async throws -> any Account {
        let account = try await looseSession(of: user)
        kept.withLock { $0.accounts.append(account) }
        return account
    }

    /// A session that the rule closes.
    func looseSession(of user: UserIdentity? = nil) async throws -> any Account {
        try await store.account(of: user ?? self.user)
    }

    /// The same mail after a restart: every session that the ground keeps is closed before.
    func reopened() async throws -> Ground {
        guard let reopen else { throw Inapplicable("no way to reopen the store was given") }
        await closeAccounts()
        let next = try await reopen(store)
        kept.withLock { $0.stores.append(next) }
        let ground = try await Ground(
            store: next, user: user, secondUser: secondUser, reopen: reopen, limitQuota: limitQuota)
        kept.withLock { $0.accounts = ground.kept.withLock { $0.accounts } }
        return ground
    }

    /// Ends every session kept; gives every store made.
    func clear() async -> [any MailStore] {
        await closeAccounts()
        return kept.withLock { $0.stores }
    }

    private func closeAccounts() async {
        let accounts = kept.withLock { kept in
            defer { kept.accounts = [] }
            return kept.accounts
        }
        for account in accounts {
            // The rule has been judged; what an end of session does has rules of its own.
            try? await account.close()
        }
    }

    // MARK: Mailboxes

    /// A name in the user's own namespace; `/` stands for the account's separator.
    func name(_ path: String) throws -> MailboxName {
        var octets = Array((account.namespaces.personal.first?.prefix ?? "").utf8)
        for octet in path.utf8 {
            if octet == 0x2F {
                guard let separator = account.separator else { throw Inapplicable("its names have no levels") }
                octets.append(separator)
            } else {
                octets.append(octet)
            }
        }
        guard let name = MailboxName(octets) else { throw Inapplicable("\(path) is no name under the prefix") }
        return name
    }

    /// Makes a mailbox.
    @discardableResult
    func make(_ path: String) async throws -> MailboxName {
        let name = try name(path)
        try await account.create(name)
        return name
    }

    /// A mailbox with `count` messages of ascending numbers.
    @discardableResult
    func make(_ path: String, messages count: Int, flags: [Flag] = []) async throws -> (MailboxName, [UID]) {
        let name = try await make(path)
        return (name, try await append((0..<count).map { Sample($0, flags: flags) }, to: name))
    }

    /// Opens a mailbox, in a session of its own unless one is given. Read-write has to be what it says.
    func open(
        _ name: MailboxName, _ access: MailboxAccess = .readWrite, in account: (any Account)? = nil
    ) async throws -> OpenMailbox {
        let session: any Account = if let account { account } else { try await session() }
        let open = try await session.open(name, access)
        try expect("the access of \(name)", open.access, is: access)
        return open
    }

    /// The entry of a name, if it is listed. Listed twice is a breach wherever it is seen.
    func entry(_ name: MailboxName, in account: (any Account)? = nil) async throws -> MailboxEntry? {
        let entries = try await (account ?? self.account).mailboxes().filter { $0.name == name }
        try expect(entries.count <= 1, "\(name) is listed \(entries.count) times")
        return entries.first
    }

    /// Whether there is such a mailbox: listed, and not only for those below it or for a subscription.
    func isThere(_ name: MailboxName) async throws -> Bool {
        guard let entry = try await entry(name) else { return false }
        return !entry.attributes.contains(.nonExistent) && !entry.attributes.contains(.noSelect)
    }

    /// The mailbox as it is now. Claims nothing.
    func picture(_ name: MailboxName) async throws -> Picture {
        let open = try await open(name, .readOnly)
        let picture = try await picture(of: open)
        try await open.mailbox.close()
        return picture
    }

    private func picture(of open: OpenMailbox) async throws -> Picture {
        var messages: [UID: Picture.Message] = [:]
        for record in try await open.mailbox.messages(open.uids, [.flags, .internalDate, .size, .modSequence]) {
            messages[record.uid] = Picture.Message(
                flags: Set(record.flags ?? []), internalDate: record.internalDate, size: record.size,
                modSequence: record.modSequence)
        }
        try expect("the UIDs of the snapshot and of the messages", UIDSet(messages.keys), is: open.uids)
        return Picture(
            uidValidity: open.uidValidity, uidNext: open.uidNext, recent: open.recent,
            highestModSequence: open.highestModSequence, messages: messages)
    }

    // MARK: Messages

    /// Appends messages in one command; gives their UIDs.
    @discardableResult
    func append(_ samples: [Sample], to name: MailboxName, in account: (any Account)? = nil) async throws -> [UID] {
        let append = try await (account ?? self.account).append(to: name)
        do {
            for sample in samples { try await write(sample, to: append) }
        } catch {
            // As the library does: after a throw nothing but this is called.
            await append.cancel()
            throw error
        }
        let appended = try await append.commit()
        try expect("the number of UIDs that commit gave", appended.uids.count, is: samples.count)
        return Array(appended.uids)
    }

    /// One message, whole: in one piece, unless it is longer than a piece can be.
    func write(_ sample: Sample, to append: any MessageAppend) async throws {
        try await append.begin(
            NewMessage(flags: sample.flags, internalDate: sample.internalDate, size: UInt64(sample.octets.count)))
        var start = 0
        while start < sample.octets.count {
            let end = min(start + 65_536, sample.octets.count)
            try await append.write(Array(sample.octets[start..<end]))
            start = end
        }
        try await append.end(sample.digest)
    }

    /// All octets of a message, in pieces of at most `max`.
    func octets(of uid: UID, in mailbox: any Mailbox, max: Int = 65_536) async throws -> [UInt8] {
        try await octets(of: mailbox.body(of: uid), max: max)
    }

    func octets(of body: any MessageBody, max: Int) async throws -> [UInt8] {
        var octets: [UInt8] = []
        while UInt64(octets.count) < body.size {
            let piece = try await body.read(at: UInt64(octets.count), max: max)
            try expect((1...max).contains(piece.count), "a read of at most \(max) at \(octets.count): \(piece.count)")
            octets += piece
        }
        try expect("the octets read of a body of \(body.size)", UInt64(octets.count), is: body.size)
        return octets
    }

    /// The records of all messages.
    func records(_ mailbox: any Mailbox, _ columns: MessageColumns) async throws -> [MessageRecord] {
        try await mailbox.messages(.all, columns)
    }

    /// A keyword the mailbox takes.
    func keyword(_ string: String, in open: OpenMailbox) throws -> Flag {
        guard open.acceptsNewKeywords, let flag = Flag(string) else {
            throw Inapplicable("the store takes no new keywords")
        }
        return flag
    }
}
