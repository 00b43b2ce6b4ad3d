import IMAPHost
import IMAPTypes

/// A mailbox as a session without a past sees it: two are equal when nothing happened in between.
struct Picture: Equatable, Sendable {
    struct Message: Equatable, Sendable {
        var flags: Set<Flag>
        var internalDate: InternalDate?
        var size: UInt64?
        var modSequence: ModSequence?
    }

    var uidValidity: UIDValidity
    var uidNext: UID
    var recent: UIDSet
    var highestModSequence: ModSequence?
    var messages: [UID: Message]

    var uids: UIDSet { UIDSet(messages.keys) }

    /// The flags alone.
    var flags: [UID: Set<Flag>] { messages.mapValues(\.flags) }

    func flags(of uid: UID) -> Set<Flag>? { messages[uid]?.flags }
}

extension Picture: CustomStringConvertible {
    var description: String {
        let messages = messages.sorted { $0.key < $1.key }.map { uid, message in
            let flags = message.flags.map(\.description).sorted().joined(separator: " ")
            return "\(uid) (\(flags)) of \(message.size ?? 0) at \(message.modSequence?.rawValue ?? 0)"
        }
        return "UIDVALIDITY \(uidValidity.rawValue), UIDNEXT \(uidNext), mod-sequence "
            + "\(highestModSequence?.rawValue ?? 0), recent \(text(recent)), messages \(messages)"
    }
}

extension Changes {
    /// The token to go on with, after one that was `earlier`.
    func token(after earlier: ChangeToken) -> ChangeToken {
        switch self {
        case .none: earlier
        case .some(_, _, _, let token), .unknown(_, let token): token
        }
    }
}

extension UIDSet {
    /// Every UID there can be.
    static let all = UIDSet(bounds: [(lower: UID.first, upper: UID(.max) ?? .first)])
}

extension [MessageRecord] {
    var uids: [UID] { map(\.uid) }
}
