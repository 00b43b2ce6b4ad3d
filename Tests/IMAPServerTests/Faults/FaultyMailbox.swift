import IMAPHost
import IMAPServer
import IMAPTypes

/// An open mailbox of a ``FaultyStore``: every call of it goes through the store.
final class FaultyMailbox: FaultyObject, MovableMailbox, ResynchronizableMailbox, IdentifiedMailbox, ControlledMailbox,
    FlagIndexedMailbox, @unchecked Sendable
{
    private let base: any Mailbox

    init(base: any Mailbox, store: FaultyStore) {
        self.base = base
        super.init(store, "mailbox")
    }

    private func ask<Answer: Sendable>(
        _ method: FaultyStore.Method, _ work: () async throws(StoreError) -> Answer
    ) async throws(StoreError) -> Answer {
        use(method)
        return try await store.call(method, work)
    }

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        try await ask(.changes) { () async throws(StoreError) in try await base.changes(since: token) }
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        try await ask(.messages) { () async throws(StoreError) in try await base.messages(uids, columns) }
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody {
        FaultyBody(
            base: try await ask(.body) { () async throws(StoreError) in try await base.body(of: uid) }, store: store)
    }

    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try await ask(.changeFlags) { () async throws(StoreError) in try await base.changeFlags(change, of: uids) }
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        guard let base = base as? any ConditionalMailbox else { throw .internalError }
        return try await ask(.changeFlagsUnchangedSince) { () async throws(StoreError) in
            try await base.changeFlags(change, of: uids, unchangedSince: unchangedSince)
        }
    }

    func vanished(since modSequence: ModSequence, of uids: UIDSet) async throws(StoreError) -> UIDSet {
        guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
        return try await ask(.vanished) { () async throws(StoreError) in
            try await base.vanished(since: modSequence, of: uids)
        }
    }

    func highestModSequence() async throws(StoreError) -> ModSequence {
        guard let base = base as? any ResynchronizableMailbox else { throw .internalError }
        return try await ask(.highestModSequence) { () async throws(StoreError) in
            try await base.highestModSequence()
        }
    }

    func currentFlags() async throws(StoreError) -> MailboxFlags {
        guard let base = base as? any ControlledMailbox else { throw .internalError }
        return try await ask(.currentFlags) { () async throws(StoreError) in try await base.currentFlags() }
    }

    func flagged(_ uids: UIDSet, with flags: [Flag]) async throws(StoreError) -> FlaggedMessages {
        try await ask(.flagged) { () async throws(StoreError) in
            if let base = base as? any FlagIndexedMailbox { return try await base.flagged(uids, with: flags) }
            let records = try await base.messages(uids, [.flags])
            return FlaggedMessages(
                existing: UIDSet(records.map(\.uid)),
                having: flags.map { flag in
                    UIDSet(records.filter { $0.flags?.contains(flag) ?? false }.map(\.uid))
                })
        }
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        guard let base = base as? any MovableMailbox else { throw .internalError }
        return try await ask(.move) { () async throws(StoreError) in try await base.move(uids, to: name) }
    }

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await ask(.copy) { () async throws(StoreError) in try await base.copy(uids, to: name) }
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet {
        try await ask(.expunge) { () async throws(StoreError) in try await base.expunge(uids) }
    }

    func claimRecent() async throws(StoreError) -> UIDSet {
        try await ask(.claimRecent) { () async throws(StoreError) in try await base.claimRecent() }
    }

    func close() async throws(StoreError) {
        end("close")
        try await store.call(.closeMailbox) { () async throws(StoreError) in try await base.close() }
    }
}
