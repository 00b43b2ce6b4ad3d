import IMAPHost
import IMAPTypes

/// An open mailbox of a ``MutantStore``.
struct MutantMailbox: MovableMailbox, ConditionalMailbox, IdentifiedMailbox {
    typealias Base = MovableMailbox & ConditionalMailbox & IdentifiedMailbox

    let base: any Base
    let account: any Account
    let store: MutantStore
    let name: MailboxName

    private var fault: Fault { store.fault }

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        switch try await base.changes(since: token) {
        case .none: return .none
        case .some(let appeared, let vanished, let flagsChanged, let token):
            return .some(
                appeared: appeared, vanished: fault == .missesExpunges ? UIDSet() : vanished,
                flagsChanged: fault == .missesFlagChanges ? UIDSet() : flagsChanged, token: token)
        case .unknown(let uids, let token):
            return fault == .trustsTokens ? .none : .unknown(uids: uids, token: token)
        }
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        let columns = fault == .callsByFlags ? columns.union(.modSequence) : columns
        var records = try await base.messages(uids, columns).map(told)
        switch fault {
        case .ordersRecordsBackwards: records.reverse()
        case .mixesUpDigests:
            let digests = records.map(\.digest)
            for index in records.indices.dropFirst() { records[index].digest = digests[index - 1] }
        case .countsNoCarriageReturns:
            for index in records.indices where records[index].size != nil {
                let octets = try await base.body(of: records[index].uid).read(at: 0, max: .max)
                records[index].size = UInt64(octets.count { $0 != 0x0D })
            }
        default: break
        }
        return records
    }

    private func told(_ record: MessageRecord) -> MessageRecord {
        var record = record
        record.modSequence = store.told(record.modSequence)
        if let id = record.emailID { record.emailID = called(id, record) }
        if fault == .callsThreadsAsMessages, record.emailID != nil { record.threadID = record.emailID }
        return record
    }

    private func called(_ id: ObjectID, _ record: MessageRecord) -> ObjectID? {
        switch fault {
        case .callsByFlags: ObjectID("\(id)-\((record.modSequence ?? .zero).rawValue)")
        case .callsByUID: ObjectID("M\(record.uid.rawValue)")
        case .callsCopiesAnew: ObjectID("\(id)-\(record.uid.rawValue)-\(name.octets.count)")
        case .callsAnewAtRestart: store.isReopened ? ObjectID("\(id)-2") : id
        default: id
        }
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        MutantBody(base: try await base.body(of: uid), fault: fault)
    }

    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        switch fault {
        case .returnsUnchanged:
            try await base.changeFlags(change, of: uids)
            return try await base.messages(uids, [.flags, .modSequence])
        case .readsThenReplaces:
            guard case .add(let flags) = change else { break }
            var changed: [MessageRecord] = []
            for record in try await base.messages(uids, .flags) {
                await Task.yield()
                let all = Set(record.flags ?? []).union(flags)
                changed += try await base.changeFlags(.replace(Array(all)), of: UIDSet(record.uid))
            }
            return changed
        default: break
        }
        return try await base.changeFlags(change, of: uids).map(told)
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        switch fault {
        case .ignoresUnchangedSince:
            return ConditionalChange(changed: try await base.changeFlags(change, of: uids), refused: UIDSet())
        case .checksUnchangedSinceFirst:
            var (fresh, stale): ([UID], [UID]) = ([], [])
            for record in try await base.messages(uids, .modSequence) {
                if record.modSequence ?? .zero > unchangedSince {
                    stale.append(record.uid)
                } else {
                    fresh.append(record.uid)
                }
            }
            for _ in 0..<10 { await Task.yield() }
            return ConditionalChange(
                changed: try await base.changeFlags(change, of: UIDSet(fresh)), refused: UIDSet(stale))
        default:
            var result = try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
            result.changed = result.changed.map(told)
            return result
        }
    }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        var copied: CopiedMessages
        switch fault {
        case .copiesPartially:
            let there = try await base.messages(uids, []).map(\.uid)
            copied = try await base.copy(UIDSet(there), to: name)
        case .copiesBackwards:
            copied = try await base.copy(UIDSet(), to: name)
            for uid in Array(uids).reversed() {
                let one = try await base.copy(UIDSet(uid), to: name)
                copied.source = copied.source.union(one.source)
                copied.destination = copied.destination.union(one.destination)
            }
        default: copied = try await base.copy(uids, to: name)
        }
        if fault == .forgetsKeywordsInCopies {
            let target = try await account.open(name, .readWrite).mailbox
            let flags = try await target.messages(copied.destination, .flags).flatMap { $0.flags ?? [] }
            try await target.changeFlags(.remove(flags.filter { !$0.isSystem }), of: copied.destination)
        }
        copied.uidValidity = store.told(copied.uidValidity, of: name)
        return copied
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        guard fault == .movesByCopyAndExpunge else { return try await base.move(uids, to: name) }
        let there = UIDSet(try await base.messages(uids, []).map(\.uid))
        let copied = try await base.copy(there, to: name)
        for _ in 0..<10 { await Task.yield() }
        try await base.changeFlags(.add([.deleted]), of: there)
        _ = try await base.expunge(there)
        return copied
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        switch fault {
        case .expungesWithoutDeleted: try await base.changeFlags(.add([.deleted]), of: uids)
        case .expungesUnnamed:
            return try await base.expunge(UIDSet(.first, UID(.max) ?? .first))
        default: break
        }
        return try await base.expunge(uids)
    }

    func claimRecent() async throws(StoreError) -> UIDSet { try await base.claimRecent() }

    func close() async throws(StoreError) { try await base.close() }
}
