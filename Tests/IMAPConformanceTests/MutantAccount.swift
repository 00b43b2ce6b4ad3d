import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// A session of a ``MutantStore``.
final class MutantAccount: SpecialUseAccount, SettableQuotaAccount, DatingAccount, IdentifiedAccount {
    typealias Base = SpecialUseAccount & SettableQuotaAccount & DatingAccount & IdentifiedAccount & AnnotatedAccount
        & ControlledAccount & NotifyingAccount

    let base: any Base
    let store: MutantStore
    let user: UserIdentity
    private let isClosed = Mutex(false)

    var fault: Fault { store.fault }

    init(base: any Base, store: MutantStore, user: UserIdentity) {
        self.base = base
        self.user = user
        self.store = store
    }

    var separator: UInt8? { base.separator }
    var namespaces: Namespaces { base.namespaces }

    var now: InternalDate {
        fault == .datesByAnotherClock ? InternalDate(secondsSince1970: base.now.secondsSince1970 + 60) : base.now
    }

    /// The name as the fault understands it.
    private func name(_ name: MailboxName) -> MailboxName {
        guard fault == .foldsNames else { return name }
        return MailboxName(name.octets.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }) ?? name
    }

    private func checkOpen() throws(StoreError) {
        if isClosed.withLock({ $0 }) { throw .unavailable }
    }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] {
        try checkOpen()
        var entries = try await base.mailboxes()
        if store.isReopened, fault == .forgetsAtRestart {
            for index in entries.indices { entries[index].isSubscribed = false }
        }
        if fault == .listsTheReadable {
            entries.removeAll {
                !((try? store.base.accessList(of: $0.name)) ?? []).allSatisfy { $0.rights.contains(.read) }
            }
        }
        return entries
    }

    func create(_ name: MailboxName) async throws(StoreError) {
        try checkOpen()
        let own = self.name(name)
        try await ignoring(.createsWithoutRight) { () async throws(StoreError) in
            try await base.create(own)
        } _: { () throws(StoreError) in
            try store.base.createMailbox(own, for: user)
        }
        noteCreated(own)
        if fault == .keepsAnnotationsOfDeleted { try await restoreAnnotations(of: name) }
    }

    func create(_ name: MailboxName, for uses: [MailboxAttribute]) async throws(StoreError) {
        try checkOpen()
        if fault == .forgetsSpecialUse { return try await base.create(name) }
        try await base.create(self.name(name), for: uses)
    }

    func delete(_ name: MailboxName) async throws(StoreError) {
        try checkOpen()
        if fault == .keepsAnnotationsOfDeleted { try await rememberAnnotations(of: name) }
        let own = self.name(name)
        try await ignoring(.deletesWithoutRight) { () async throws(StoreError) in
            try await base.delete(own)
        } _: { () throws(StoreError) in
            try store.base.deleteMailbox(own, for: user)
        }
        if fault == .losesSubscriptions { try await base.unsubscribe(from: name) }
        if fault == .deletesChildren {
            for entry in try await base.mailboxes() where entry.name.octets.starts(with: name.octets + [0x2F]) {
                try await base.delete(entry.name)
            }
        }
    }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try checkOpen()
        let (own, new) = (self.name(name), self.name(newName))
        try await ignoring(.renamesWithoutRights) { () async throws(StoreError) in
            try await base.rename(own, to: new)
        } _: { () throws(StoreError) in
            try store.base.renameMailbox(own, to: new, for: user)
        }
        if fault == .dropsListsOnRename, isThere(new) { try dropList(of: new) }
        let forgets = name.isInbox ? fault == .forgetsAnnotationsOfInbox : fault == .dropsAnnotationsOnRename
        if forgets { try await removeAnnotations(of: newName) }
        if fault == .losesRenamedSubscriptions {
            try await base.unsubscribe(from: name)
            try await base.subscribe(to: newName)
        }
    }

    func subscribe(to name: MailboxName) async throws(StoreError) {
        try checkOpen()
        try await base.subscribe(to: name)
    }

    func unsubscribe(from name: MailboxName) async throws(StoreError) {
        try checkOpen()
        try await base.unsubscribe(from: name)
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        try checkOpen()
        let own = self.name(name)
        var status = try await ignoring(.tellsHiddenFromAbsent) { () async throws(StoreError) in
            try await base.status(of: own)
        } _: { () throws(StoreError) in
            throw isThere(own) ? .noPermission : .nonExistent
        }
        status.uidValidity = store.told(status.uidValidity, of: name)
        status.highestModSequence = store.told(status.highestModSequence) ?? .zero
        status.mailboxID = store.told(status.mailboxID, of: name)
        if store.fault == .saysTheLargestNumbers { (status.messages, status.size) = (.max, .max) }
        return status
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        try checkOpen()
        let name = self.name(name)
        if fault == .claimsRecentReadOnly { _ = try await base.open(name, .readWrite) }
        var open = try await base.open(name, access)
        if fault == .opensReadWrite { open.access = .readWrite }
        guard let mailbox = open.mailbox as? any MutantMailbox.Base else { throw .internalError }
        open.mailbox = MutantMailbox(
            base: mailbox, account: self, store: store, name: name, access: access,
            opened: open.highestModSequence ?? .zero)
        open.uidValidity = store.told(open.uidValidity, of: name)
        open.highestModSequence = store.told(open.highestModSequence)
        open.mailboxID = store.told(open.mailboxID, of: name)
        if fault == .claimsRecentTwice {
            let recent = open.recent
            open.recent = store.memory.withLock { memory in
                let all = (memory.recent[name] ?? UIDSet()).union(recent)
                memory.recent[name] = all
                return all
            }
        }
        return open
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        try checkOpen()
        let name = self.name(name)
        if fault == .makesMissing {
            do throws(StoreError) {
                try await base.create(name)
            } catch {
                if error != .alreadyExists { throw error }
            }
        }
        return MutantAppend(
            base: try await base.append(to: name), account: base, store: store, name: name, user: user)
    }

    func watch(_ wake: Wake) async throws(StoreError) {
        try checkOpen()
        if fault != .wakesNobody { try await base.watch(wake) }
    }

    func close() async throws(StoreError) {
        switch fault {
        case .staysOpen: return
        case .wakesTheEnded: isClosed.withLock { $0 = true }
        default: try await base.close()
        }
    }

    func mailboxID(of name: MailboxName) async throws(StoreError) -> ObjectID {
        let id = try await base.mailboxID(of: name)
        return store.told(id, of: name) ?? id
    }

    // MARK: Quota

    static var quotaResources: [QuotaResource] { [.storage, .message, .mailbox] }

    func quotaRoots(of name: MailboxName) async throws(StoreError) -> [QuotaRoot] {
        try await base.quotaRoots(of: name)
    }

    func quota(of root: QuotaRoot) async throws(StoreError) -> [QuotaUsage] {
        var usage = try await base.quota(of: root)
        guard fault == .ignoresQuota else { return usage }
        let limits = store.memory.withLock { $0.limits }
        usage.removeAll { usage in !limits.contains { $0.resource == usage.resource } }
        for index in usage.indices {
            usage[index].limit = limits.first { $0.resource == usage[index].resource }?.limit ?? 0
        }
        return usage
    }

    func setQuota(of root: QuotaRoot, to limits: [QuotaLimit]) async throws(StoreError) {
        switch fault {
        case .ignoresQuota:
            store.memory.withLock { $0.limits = limits }
            try await base.setQuota(of: root, to: limits.map { QuotaLimit($0.resource, .max) })
        case .keepsOldLimits:
            let old = try await base.quota(of: root).map { QuotaLimit($0.resource, $0.limit) }
            try await base.setQuota(of: root, to: old + limits)
        default: try await base.setQuota(of: root, to: limits)
        }
    }
}
