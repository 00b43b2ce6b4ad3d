import IMAPHost
import IMAPTypes
import Synchronization

/// Messages on their way into a mailbox: held here, and seen by nobody, until they are committed.
final class MemoryAppend: MessageAppend {
    private struct State: Sendable {
        var complete: [MemoryMessage] = []
        /// What ``complete`` will take up.
        var amount = QuotaLedger.Amount()
        var current: NewMessage?
        var octets: [UInt8] = []
    }

    private let account: MemoryAccount
    private let mailbox: SharedMailbox
    private let ledger: QuotaLedger
    private let state = Mutex(State())

    init(_ account: MemoryAccount, to mailbox: SharedMailbox, ledger: QuotaLedger) {
        self.account = account
        self.mailbox = mailbox
        self.ledger = ledger
    }

    func begin(_ message: NewMessage) async throws(StoreError) {
        try account.checkOpen()
        var amount = state.withLock { $0.amount }
        amount.add(QuotaLedger.Amount(messages: 1, octets: message.size ?? 0))
        try ledger.check(amount)
        state.withLock { state in
            state.current = message
            state.octets = []
            // An announced size is the client's word: room is made for it as the octets come.
            state.octets.reserveCapacity(Int(clamping: min(message.size ?? 0, 1 << 16)))
        }
    }

    func write(_ octets: [UInt8]) async throws(StoreError) {
        state.withLock { $0.octets.append(contentsOf: octets) }
    }

    func end(_ digest: MessageDigest?) async throws(StoreError) {
        let date = account.now
        state.withLock { state in
            guard let message = state.current else { return }
            let complete = MemoryMessage(
                content: MessageContent(
                    body: OctetBody(state.octets), internalDate: message.internalDate ?? date, digest: digest),
                flags: message.flags)
            state.complete.append(complete)
            state.amount.add(QuotaLedger.Amount.of([complete]))
            state.current = nil
            state.octets = []
        }
    }

    func commit() async throws(StoreError) -> AppendedMessages {
        let messages = takeAll()
        try account.checkOpen()
        let rights = mailbox.rights(of: account.subject)
        guard rights.contains(.insert) else { throw rights.refusal }
        let uids = try mailbox.append(messages.permitted(by: rights), by: account.reader.number)
        return AppendedMessages(uidValidity: mailbox.uidValidity, uids: uids)
    }

    func cancel() async { _ = takeAll() }

    private func takeAll() -> [MemoryMessage] {
        state.withLock { state in
            let all = state.complete
            state = State()
            return all
        }
    }
}
