/// What a client knows of a selected mailbox from what the server said.
struct SelectedMailbox: Sendable, Equatable {
    /// Beyond this many messages their UIDs are not followed.
    static let followed: UInt32 = 200_000

    /// The number of messages; `nil` before EXISTS.
    private(set) var count: UInt32?
    var hasFlags = false
    /// Whether the server did not say NOMODSEQ.
    var keepsModSequences = true
    /// UIDs by sequence number minus one; zero is unknown. Empty when not followed.
    private var uids: [UInt32] = []

    init() {}

    /// `* n EXISTS`
    mutating func exists(_ number: UInt32) -> String? {
        let before = count
        count = number
        if number <= SelectedMailbox.followed {
            if uids.count > Int(number) { uids = [] }
            uids += [UInt32](repeating: 0, count: Int(number) - uids.count)
        } else {
            uids = []
        }
        if let before, number < before { return "EXISTS fell from \(before) to \(number)" }
        return nil
    }

    /// `* n EXPUNGE`
    mutating func expunge(_ number: UInt32) -> String? {
        guard let before = count else { return "EXPUNGE before EXISTS" }
        guard number <= before else { return "EXPUNGE of \(number), and there are \(before) messages" }
        count = before - 1
        if uids.count >= Int(number) { uids.remove(at: Int(number) - 1) }
        return nil
    }

    /// `* n FETCH`
    mutating func fetch(_ number: UInt32, uid: UInt32?) -> String? {
        guard let known = count else { return "FETCH before EXISTS" }
        guard number <= known else { return "FETCH of \(number), and there are \(known) messages" }
        guard let uid, Int(number) <= uids.count else { return nil }
        let index = Int(number) - 1
        if uids[index] != 0, uids[index] != uid {
            return "message \(number) had the UID \(uids[index]), and has \(uid)"
        }
        if let below = uids[..<index].last(where: { $0 != 0 }), below >= uid {
            return "UID \(uid) of message \(number) is not above \(below), which comes before"
        }
        if let above = uids[(index + 1)...].first(where: { $0 != 0 }), above <= uid {
            return "UID \(uid) of message \(number) is not below \(above), which comes after"
        }
        uids[index] = uid
        return nil
    }

    /// `* VANISHED uids`: each of them was announced, and none is gone before.
    mutating func vanished(_ ranges: [ClosedRange<UInt32>]) -> String? {
        guard let before = count else { return "VANISHED before EXISTS" }
        let gone = ranges.reduce(UInt64(0)) { $0 + UInt64($1.upperBound) - UInt64($1.lowerBound) + 1 }
        guard gone <= UInt64(before) else { return "VANISHED of \(gone), and there are \(before) messages" }
        let kept = uids.filter { uid in !ranges.contains { $0.contains(uid) } }
        count = before - UInt32(gone)
        // Where a gone message stood is known only if its UID was.
        uids = [UInt32](repeating: 0, count: uids.isEmpty ? 0 : uids.count - Int(gone))
        if kept.count == uids.count { uids = kept }
        return nil
    }

    /// A result of SEARCH, SORT, THREAD or ESEARCH, in sequence numbers.
    func found(_ largest: UInt32, by name: String) -> String? {
        guard let count, largest > count else { return nil }
        return "\(name) names \(largest), and there are \(count) messages"
    }
}
