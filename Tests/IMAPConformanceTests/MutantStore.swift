import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// A ``MemoryStore`` with one fault.
final class MutantStore: MailStore {
    /// What the faults remember.
    struct Memory: Sendable {
        var validities: [MailboxName: UIDValidity] = [:]
        var recent: [MailboxName: UIDSet] = [:]
        var limits: [QuotaLimit] = []
        var moved = UIDSet()
        var ids: [MailboxName: ObjectID] = [:]
        var values: [EntryName: [UInt8]] = [:]
        var news: [AnnotationNews] = []
        var toldNews: NewsToken?
        var created: [AccountEvent] = []
        var flags: MailboxFlags?
        var lists: [MailboxName: [AccessEntry]] = [:]
    }

    let base: MemoryStore
    let fault: Fault
    /// Whether it was opened over the data of another one.
    let isReopened: Bool
    let memory = Mutex(Memory())

    init(_ fault: Fault, over earlier: MutantStore? = nil) {
        self.fault = fault
        base =
            earlier?.base
            ?? MemoryStore(
                sharedPrefix: "#shared/", maySetQuota: { _ in true }, mayAnnotateServer: { _ in true })
        isReopened = earlier != nil
    }

    var accountType: any Account.Type { MutantAccount.self }
    var mailboxType: any Mailbox.Type { MutantMailbox.self }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        let owner = fault == .leaksMailboxes ? UserIdentity(name: Array("everyone".utf8)) : user
        guard let base = try await base.account(of: owner) as? any MutantAccount.Base else { throw .internalError }
        return MutantAccount(base: base, store: self, user: user)
    }

    /// The UIDVALIDITY as the fault tells it.
    func told(_ validity: UIDValidity, of name: MailboxName) -> UIDValidity {
        guard fault == .repeatsUIDValidity else { return validity }
        return memory.withLock { memory in
            let first = memory.validities[name] ?? validity
            memory.validities[name] = first
            return first
        }
    }

    /// The identifier of a mailbox as the fault tells it.
    func told(_ id: ObjectID?, of name: MailboxName) -> ObjectID? {
        switch fault {
        case .callsMailboxesByName: return id.flatMap { ObjectID("\($0)-\(name.octets.count)") }
        case .callsNewMailboxesAsOld:
            return memory.withLock { memory in
                let first = memory.ids[name] ?? id
                memory.ids[name] = first
                return first
            }
        default: return id
        }
    }

    /// The mod-sequence as the fault tells it.
    func told(_ modSequence: ModSequence?) -> ModSequence? {
        fault == .keepsModSequence ? modSequence.map { _ in ModSequence.zero.next } : modSequence
    }
}
