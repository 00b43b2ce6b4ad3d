import IMAPTestKit

/// A message in a client's view: its number is its place and one.
struct ModelSlot {
    /// Unknown only while something happens in the middle of a command.
    var uid: UInt32?
    /// The flags the client knows; `nil` before it was told any.
    var flags: Set<String>?
}

/// One session: what it asked for, and its client's view, which changes only by what the server writes.
struct ModelSession {
    let client: TestClient
    let name: String
    let isRev2: Bool
    let isUIDOnly: Bool
    var condStore: Bool
    /// The mailbox that is selected.
    var mailbox: Int?
    var isReadOnly = false
    /// Which selection this is: no two have the same.
    var selection = 0
    var highestWhenOpened: UInt64 = 0
    var slots: [ModelSlot] = []
    /// Messages that are recent in this session.
    var recent: Set<UInt32> = []
    var saved: Set<UInt32> = []
    /// Messages in view whose flags were changed by others and not told since.
    var mustTell: Set<UInt32> = []
    /// Those that the server may tell of: it may also tell what the client asked for meanwhile.
    var mayTell: Set<UInt32> = []
    /// The tag of the IDLE at work.
    var idleTag: String?
    var commands = 0

    init(_ client: TestClient, name: String, isRev2: Bool, isUIDOnly: Bool, condStore: Bool) {
        self.client = client
        self.name = name
        self.isRev2 = isRev2
        self.isUIDOnly = isUIDOnly
        self.condStore = condStore
    }

    /// Whether messages that are announced become recent here.
    var claims: Bool { mailbox != nil && !isReadOnly && !isRev2 }

    /// Whether the UID is in every FETCH response that is news.
    var addsUID: Bool { (isRev2 || condStore) && !isUIDOnly }

    mutating func nextTag() -> String {
        commands += 1
        return "\(name)\(commands)"
    }

    mutating func deselect() {
        mailbox = nil
        slots = []
        recent = []
        saved = []
        mustTell = []
        mayTell = []
    }

    func has(_ uid: UInt32) -> Bool { slots.contains { $0.uid == uid } }

    func index(of uid: UInt32) -> Int? { slots.firstIndex { $0.uid == uid } }

    /// The messages in view that a set names, ascending.
    func uids(_ set: ModelSet, isByUID: Bool) -> [UInt32] {
        let all = slots.compactMap(\.uid)
        guard case .ranges = set else { return all.filter { saved.contains($0) } }
        if isByUID {
            guard let last = all.last else { return [] }
            let named = set.indices(upTo: last, star: last)
            return all.filter { named.contains($0) }
        }
        let count = UInt32(slots.count)
        return set.indices(upTo: count, star: count).sorted().compactMap { slots[Int($0) - 1].uid }
    }

    mutating func note(_ uid: UInt32, _ flags: Set<String>?) {
        guard let flags, let index = index(of: uid) else { return }
        slots[index].flags = flags
    }

    mutating func takeOut(_ index: Int) {
        if let uid = slots[index].uid {
            recent.remove(uid)
            mustTell.remove(uid)
            mayTell.remove(uid)
        }
        slots.remove(at: index)
    }

    /// The messages in view that are recent.
    var recentInView: Int { slots.count { $0.uid.map { recent.contains($0) } ?? false } }
}

/// Whether EXPUNGE may be told during a command.
enum ModelExpunges {
    case forbidden
    case allowed
    /// All that are gone are told before the tagged reply.
    case required
}

/// A FETCH response that answers a command.
struct ExpectedMessage {
    let uid: UInt32
    var items: Set<String> = []
    var message: ModelMessage
}

/// What a command must be answered with.
struct ExpectedAnswer {
    var status = "OK"
    /// The tagged reply's code; `nil` when it has none.
    var code: String?
    var told: [ExpectedMessage] = []
    /// The matches, and the MODSEQ that is told of them.
    var found: (uids: [UInt32], modSequence: UInt64?)?
    var options: [String]?
    var numbersMessages = false
    var statusOf: (name: String, values: [String: UInt64])?
    /// The code of an untagged OK that must come before EXPUNGE.
    var copied: String?
    var expunges = ModelExpunges.required
    /// A mailbox that is being opened.
    var opens: Int?
    /// HIGHESTMODSEQ tells that the command enabled CONDSTORE.
    var enablesCondStore = false
    /// Messages that were left alone: MODIFIED.
    var refused: [UInt32] = []
    /// Something happens in the middle: no answer can be foretold.
    var isOpen = false

    static func no(_ code: String? = nil) -> ExpectedAnswer {
        var answer = ExpectedAnswer()
        answer.status = "NO"
        answer.code = code
        return answer
    }

    static func bad(_ code: String? = nil) -> ExpectedAnswer {
        var answer = no(code)
        answer.status = "BAD"
        return answer
    }
}

struct ModelFailure: Error {
    let text: String

    init(_ text: String) { self.text = text }
}
