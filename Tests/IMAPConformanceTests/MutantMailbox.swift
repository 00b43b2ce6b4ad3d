import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization

/// An open mailbox of a ``MutantStore``.
struct MutantMailbox: MovableMailbox, ResynchronizableMailbox, IdentifiedMailbox, ControlledMailbox,
    FlagIndexedMailbox
{
    typealias Base = MovableMailbox & ResynchronizableMailbox & IdentifiedMailbox & ControlledMailbox
        & FlagIndexedMailbox

    let base: any Base
    let account: MutantAccount
    let store: MutantStore
    let name: MailboxName
    let access: MailboxAccess
    /// The greatest mod-sequence when it was opened.
    let opened: ModSequence

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
        case .returnsNoRecords: records = []
        case .saysTheLargestNumbers: for index in records.indices { records[index].size = .max }
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

    func flagged(_ uids: UIDSet, with flags: [Flag]) async throws(StoreError) -> FlaggedMessages {
        var answer = try await base.flagged(uids, with: flags)
        if fault == .indexesAnyFlag {
            let any = answer.having.reduce(UIDSet()) { $0.union($1) }
            answer.having = answer.having.map { _ in any }
        }
        return answer
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
        case .changesAllFlags, .checksRightsAtOpening:
            return try await account.ignoring(fault) { () async throws(StoreError) -> [MessageRecord] in
                try await base.changeFlags(change, of: uids)
            } _: { () throws(StoreError) in
                try store.base.changeFlags(change, of: uids, in: name, for: account.user)
                return []
            }
        case .failsForOneFlag:
            let rights = try await account.rights(in: name)
            guard case .add(let flags) = change, !flags.allSatisfy(rights.permits) else { break }
            throw .noPermission
        case .replacesAllFlags:
            try store.base.changeFlags(change, of: uids, in: name, for: account.user)
            return []
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

    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
        let named = try await base.vanished(since: modSequence, of: uids)
        switch fault {
        case .forgetsExpunges: return named.subtracting(UIDSet(named.last ?? .first))
        case .forgetsMoves: return store.memory.withLock { named.subtracting($0.moved) }
        case .forgetsTheShortLived:
            // In memory a token is a mod-sequence.
            guard case .some(_, let vanished, _, _) = try await base.changes(since: ChangeToken(modSequence.rawValue))
            else { return named }
            return named.intersection(vanished)
        case .namesThePresent: return uids
        case .namesTheFuture: return uids.subtracting(UIDSet(try await base.messages(uids, []).map(\.uid)))
        case .forgetsWithTime:
            let highest = try await base.highestModSequence()
            return highest.rawValue > modSequence.rawValue + 100 ? UIDSet() : named
        case .tellsReadersNothing: return access == .readOnly ? UIDSet() : named
        case .forgetsExpungesAtRestart: return store.isReopened && modSequence <= opened ? UIDSet() : named
        default: return named
        }
    }

    func highestModSequence() async throws(StoreError) -> ModSequence {
        fault == .knowsAnOldHighest ? opened : try await base.highestModSequence()
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
        if fault == .insertsAllFlags {
            let flags = try await base.messages(uids, .flags).flatMap { $0.flags ?? [] }
            try store.base.changeFlags(.add(flags), of: copied.destination, in: name, for: account.user)
        }
        copied.uidValidity = store.told(copied.uidValidity, of: name)
        return copied
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        if fault == .movesWithoutRights {
            let copied = try await base.copy(uids, to: name)
            try store.base.remove(uids, in: self.name, for: account.user)
            return copied
        }
        guard fault == .movesByCopyAndExpunge else {
            let moved = try await base.move(uids, to: name)
            store.memory.withLock { $0.moved = $0.moved.union(moved.source) }
            return moved
        }
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
        case .expungesWithoutRight: return try store.base.expunge(uids, in: name, for: account.user)
        default: break
        }
        return try await base.expunge(uids)
    }

    func currentFlags() async throws(StoreError) -> MailboxFlags {
        guard fault == .remembersPermanentFlags else { return try await base.currentFlags() }
        if let flags = store.memory.withLock({ $0.flags }) { return flags }
        let flags = try await base.currentFlags()
        store.memory.withLock { $0.flags = flags }
        return flags
    }

    func claimRecent() async throws(StoreError) -> UIDSet { try await base.claimRecent() }

    func close() async throws(StoreError) { try await base.close() }
}
