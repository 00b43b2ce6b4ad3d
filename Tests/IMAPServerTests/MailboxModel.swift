/// A message as it is, for whoever could see everything.
struct ModelMessage: Equatable {
    let uid: UInt32
    var flags: Set<String>
    var modSequence: UInt64
    let text: String
    let date: ModelDate
}

/// An INTERNALDATE, and whether it is of this century.
struct ModelDate: Equatable {
    let text: String
    let isLate: Bool

    /// What the store gives a message without one.
    static let none = ModelDate(text: " 1-Jan-1970 00:00:00 +0000", isLate: false)
    static let all = [
        none, ModelDate(text: "10-Feb-2021 12:00:00 +0000", isLate: true),
        ModelDate(text: " 5-Mar-2022 23:30:00 -0800", isLate: true),
    ]
    /// What SINCE and BEFORE divide them by.
    static let middle = "1-Jan-2000"
}

/// What a STORE does to the flags of a message.
enum ModelFlagChange: Equatable {
    case add(Set<String>)
    case remove(Set<String>)
    case replace(Set<String>)

    func applied(to flags: Set<String>) -> Set<String> {
        switch self {
        case .add(let more): flags.union(more)
        case .remove(let less): flags.subtracting(less)
        case .replace(let all): all
        }
    }

    static let flags = ["\\Seen", "\\Answered", "\\Flagged", "\\Deleted", "\\Draft", "one", "$Two"]
}

/// A mailbox: its messages in order, and what was ever given out. Each operation that changes something takes the next
/// mod-sequence.
struct ModelMailbox {
    let name: String
    private(set) var messages: [ModelMessage] = []
    private(set) var uidNext: UInt32 = 1
    private(set) var highest: UInt64 = 1
    /// Recent messages that no read-write session was told of.
    var unclaimed: Set<UInt32> = []

    init(_ name: String) { self.name = name }

    var uids: [UInt32] { messages.map(\.uid) }

    func message(_ uid: UInt32) -> ModelMessage? { messages.first { $0.uid == uid } }

    func existing(_ uids: [UInt32]) -> [UInt32] { uids.filter { message($0) != nil } }

    mutating func append(_ new: [(text: String, flags: Set<String>, date: ModelDate)]) -> [UInt32] {
        guard !new.isEmpty else { return [] }
        highest += 1
        var uids: [UInt32] = []
        for one in new {
            messages.append(
                ModelMessage(
                    uid: uidNext, flags: one.flags.subtracting(["\\Recent"]), modSequence: highest, text: one.text,
                    date: one.date))
            unclaimed.insert(uidNext)
            uids.append(uidNext)
            uidNext += 1
        }
        return uids
    }

    /// Returns the messages whose flags are other ones now.
    mutating func change(_ uids: [UInt32], _ change: ModelFlagChange) -> Set<UInt32> {
        var changed: Set<UInt32> = []
        for index in messages.indices where uids.contains(messages[index].uid) {
            let new = change.applied(to: messages[index].flags)
            guard new != messages[index].flags else { continue }
            messages[index].flags = new
            messages[index].modSequence = highest + 1
            changed.insert(messages[index].uid)
        }
        if !changed.isEmpty { highest += 1 }
        return changed
    }

    mutating func remove(_ uids: [UInt32]) {
        guard messages.contains(where: { uids.contains($0.uid) }) else { return }
        messages.removeAll { uids.contains($0.uid) }
        unclaimed.subtract(uids)
        highest += 1
    }

    /// Takes over what a store says, where something happened in the middle of a command.
    mutating func adopt(_ messages: [ModelMessage], unclaimed: Set<UInt32>, uidNext: UInt32, highest: UInt64) {
        self.messages = messages
        self.unclaimed = unclaimed
        self.uidNext = uidNext
        self.highest = highest
    }
}

/// A set of messages as a client writes it.
enum ModelSet {
    /// The saved result.
    case saved
    /// Ranges; `nil` is `*`.
    case ranges([(UInt32?, UInt32?)])

    var text: String {
        switch self {
        case .saved: "$"
        case .ranges(let ranges):
            ranges.map { range in
                let (low, high) = (range.0.map { "\($0)" } ?? "*", range.1.map { "\($0)" } ?? "*")
                return low == high ? low : "\(low):\(high)"
            }.joined(separator: ",")
        }
    }

    /// The numbers from 1 to `largest` that are meant where `*` is `largest`.
    func indices(upTo largest: UInt32, star: UInt32) -> Set<UInt32> {
        guard case .ranges(let ranges) = self, star > 0, largest > 0 else { return [] }
        var found: Set<UInt32> = []
        for (a, b) in ranges {
            let (low, high) = (min(a ?? star, b ?? star), max(a ?? star, b ?? star))
            guard low <= min(high, largest) else { continue }
            found.formUnion(low...min(high, largest))
        }
        return found
    }

    /// Whether a number is named that does not exist; a range with `*` never does.
    func namesTooMuch(_ count: UInt32) -> Bool {
        guard case .ranges(let ranges) = self else { return false }
        return ranges.contains { range in
            guard let a = range.0, let b = range.1 else { return false }
            return max(a, b) > count
        }
    }
}

/// Something that happens in a mailbox from outside of every session.
enum ModelEvent: Sendable {
    case deliver(text: String, flags: Set<String>)
    case change(uid: UInt32, add: Bool, flag: String)
    /// A message is gone, whatever its flags.
    case remove(uid: UInt32)
}
