import IMAPHost
import IMAPTypes
import Synchronization

/// What a user's mail takes up, and how much it may. Every lock of a mailbox may be held while it is asked.
final class QuotaLedger: Sendable {
    /// An amount of each resource.
    struct Amount: Sendable {
        var messages: UInt64 = 0
        var octets: UInt64 = 0
        var mailboxes: UInt64 = 0

        /// What `messages` take up.
        static func of(_ messages: [MemoryMessage]) -> Amount {
            Amount(
                messages: UInt64(messages.count), octets: messages.reduce(0) { QuotaLedger.sum($0, $1.size) })
        }

        mutating func add(_ other: Amount) {
            messages = QuotaLedger.sum(messages, other.messages)
            octets = QuotaLedger.sum(octets, other.octets)
            mailboxes = QuotaLedger.sum(mailboxes, other.mailboxes)
        }
    }

    private struct State: Sendable {
        var used = Amount()
        var limits: [QuotaLimit] = []
    }

    /// What can be limited.
    static let resources: [QuotaResource] = [.storage, .message, .mailbox]

    private let state = Mutex(State())

    /// The limits, each with what is in use.
    var usage: [QuotaUsage] {
        state.withLock { state in
            state.limits.map { limit in
                QuotaUsage(
                    limit.resource, usage: QuotaLedger.amount(of: limit.resource, in: state.used), limit: limit.limit)
            }
        }
    }

    /// Sets the limits; a resource that is not named has none then, and the last one counts of two for a resource.
    /// Throws ``StoreError/cannot`` for a resource that cannot be limited. What is there stays, be it too much.
    func limit(_ limits: [QuotaLimit]) throws(StoreError) {
        for limit in limits where !QuotaLedger.resources.contains(limit.resource) { throw .cannot }
        state.withLock { state in
            state.limits = QuotaLedger.resources.compactMap { resource in
                limits.last { $0.resource == resource }
            }
        }
    }

    /// Throws ``StoreError/overQuota`` when there is no room for `amount`.
    func check(_ amount: Amount) throws(StoreError) {
        guard state.withLock({ QuotaLedger.hasRoom(for: amount, in: $0) }) else { throw .overQuota }
    }

    /// Takes room for `amount`. Throws ``StoreError/overQuota``, and takes none, when there is not enough.
    func charge(_ amount: Amount) throws(StoreError) {
        let isCharged = state.withLock { state in
            guard QuotaLedger.hasRoom(for: amount, in: state) else { return false }
            state.used.add(amount)
            return true
        }
        guard isCharged else { throw .overQuota }
    }

    /// Takes room for `amount`, whatever the limits: for what was there already.
    func add(_ amount: Amount) {
        state.withLock { $0.used.add(amount) }
    }

    /// Gives room back.
    func refund(_ amount: Amount) {
        state.withLock { state in
            state.used.messages -= min(amount.messages, state.used.messages)
            state.used.octets -= min(amount.octets, state.used.octets)
            state.used.mailboxes -= min(amount.mailboxes, state.used.mailboxes)
        }
    }

    /// A resource that does not grow is not asked for: who is over a limit may still rename and move.
    private static func hasRoom(for amount: Amount, in state: State) -> Bool {
        var later = state
        later.used.add(amount)
        return state.limits.allSatisfy { limit in
            switch limit.resource {
            case .storage where amount.octets == 0: true
            case .message where amount.messages == 0: true
            case .mailbox where amount.mailboxes == 0: true
            default: self.amount(of: limit.resource, in: later.used) <= limit.limit
            }
        }
    }

    /// In the resource's unit, rounded up.
    private static func amount(of resource: QuotaResource, in amount: Amount) -> UInt64 {
        switch resource {
        case .storage: amount.octets / 1024 + (amount.octets % 1024 == 0 ? 0 : 1)
        case .message: amount.messages
        case .mailbox: amount.mailboxes
        default: 0
        }
    }

    /// The sum, or the greatest number there is.
    private static func sum(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (sum, overflow) = a.addingReportingOverflow(b)
        return overflow ? .max : sum
    }
}
