import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// An append of a ``MutantStore``.
final class MutantAppend: MessageAppend {
    private let base: any MessageAppend
    private let account: any Account
    private let store: MutantStore
    private let name: MailboxName
    private let user: UserIdentity
    /// What went its own way already.
    private let early = Mutex<[(message: NewMessage, octets: [UInt8])]>([])
    private let uids = Mutex(UIDSet())

    private var fault: Fault { store.fault }

    init(base: any MessageAppend, account: any Account, store: MutantStore, name: MailboxName, user: UserIdentity) {
        self.user = user
        self.base = base
        self.account = account
        self.store = store
        self.name = name
    }

    func begin(_ message: NewMessage) async throws(StoreError) {
        var message = message
        if fault == .losesZones, let date = message.internalDate {
            message.internalDate = InternalDate(
                year: date.year, month: date.month, day: date.day, hour: date.hour, minute: date.minute,
                second: date.second)
        }
        guard isOwn else { return try await base.begin(message) }
        early.withLock { $0.append((message, [])) }
    }

    func write(_ octets: [UInt8]) async throws(StoreError) {
        guard isOwn else { return try await base.write(octets) }
        early.withLock { early in
            if !early.isEmpty { early[early.count - 1].octets += octets }
        }
    }

    func end(_ digest: MessageDigest?) async throws(StoreError) {
        guard isOwn else { return try await base.end(digest) }
        if fault == .showsUncommitted { try await appendOwn(digest) }
    }

    /// Whether messages go their own way, one by one.
    private var isOwn: Bool { fault == .showsUncommitted || fault == .appendsPartially || fault == .checksAppendOnce }

    /// Appends what came, each message by itself.
    private func appendOwn(_ digest: MessageDigest? = nil) async throws(StoreError) {
        let messages = early.withLock { early in
            defer { early = [] }
            return early
        }
        for (message, octets) in messages {
            let single = try await account.append(to: name)
            try await single.begin(message)
            try await single.write(octets)
            try await single.end(digest)
            let appended = try await single.commit()
            uids.withLock { $0 = $0.union(appended.uids) }
        }
    }

    func commit() async throws(StoreError) -> AppendedMessages {
        var before: UIDSet?
        if fault == .reusesUIDs { before = try await account.open(name, .readOnly).uids }
        if fault == .appendsPartially { try await appendOwn() }
        if fault == .checksAppendOnce { return try appendUnchecked() }
        var appended = try await base.commit()
        appended.uidValidity = store.told(appended.uidValidity, of: name)
        if isOwn { appended.uids = uids.withLock { $0 } }
        if let before, appended.uids.count == 1 {
            // The UID behind the greatest that is there, had it never been given before.
            appended.uids = UIDSet(before.last?.next ?? .first)
        }
        return appended
    }

    private func appendUnchecked() throws(StoreError) -> AppendedMessages {
        let messages = early.withLock { $0 }.map { MemoryMessage($0.octets, flags: $0.message.flags) }
        let uids = try store.base.append(contentsOf: messages, to: name, for: user)
        return AppendedMessages(uidValidity: try store.base.status(of: name, for: user).uidValidity, uids: uids)
    }

    func cancel() async {
        guard fault == .keepsCancelled else { return await base.cancel() }
        _ = try? await base.commit()
    }
}

/// A body of a ``MutantStore``.
struct MutantBody: MessageBody {
    let base: any MessageBody
    let fault: Fault

    var size: UInt64 { fault == .saysTheLargestNumbers ? .max : base.size }

    func read(at offset: UInt64, max: Int) async throws(StoreError) -> [UInt8] {
        switch fault {
        case .readsTooMuch: return try await base.read(at: offset, max: max < 100 ? max + 1 : max)
        case .readsBeyondTheEnd where offset >= size: return [0x20]
        default: return try await base.read(at: offset, max: max)
        }
    }
}
