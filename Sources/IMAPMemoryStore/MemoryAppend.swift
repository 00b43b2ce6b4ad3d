import IMAPHost
import IMAPTypes
import Synchronization

/// Messages on their way into a mailbox: held here, and seen by nobody, until they are committed.
final class MemoryAppend: MessageAppend {
    private struct State: Sendable {
        var complete: [MemoryMessage] = []
        var current: NewMessage?
        var octets: [UInt8] = []
    }

    private let account: MemoryAccount
    private let mailbox: SharedMailbox
    private let now: @Sendable () -> InternalDate
    private let state = Mutex(State())

    init(_ account: MemoryAccount, to mailbox: SharedMailbox, now: @escaping @Sendable () -> InternalDate) {
        self.account = account
        self.mailbox = mailbox
        self.now = now
    }

    func begin(_ message: NewMessage) async throws(StoreError) {
        try account.checkOpen()
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
        let date = now()
        state.withLock { state in
            guard let message = state.current else { return }
            state.complete.append(
                MemoryMessage(
                    content: MessageContent(
                        body: OctetBody(state.octets), internalDate: message.internalDate ?? date, digest: digest),
                    flags: message.flags))
            state.current = nil
            state.octets = []
        }
    }

    func commit() async throws(StoreError) -> AppendedMessages {
        let messages = takeAll()
        try account.checkOpen()
        let uids = try mailbox.update { (content) throws(StoreError) in try content.append(messages) }
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
