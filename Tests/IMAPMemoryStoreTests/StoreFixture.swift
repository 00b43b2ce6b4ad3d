import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Synchronization
import Testing

/// The user of most tests.
let alice = UserIdentity(name: Array("alice".utf8))

/// The UID of a number that is not 0.
func uid(_ number: UInt32) -> UID { UID(number) ?? .first }

/// The set of some numbers.
func uids(_ numbers: UInt32...) -> UIDSet { UIDSet(numbers.map(uid)) }

/// A mailbox name of the tests' own source code.
func mailbox(_ name: String) throws -> MailboxName { try #require(MailboxName(name)) }

/// A flag of the tests' own source code.
func flag(_ name: String) throws -> Flag { try #require(Flag(name)) }

/// A store where alice has `count` messages in INBOX, all from `newUser`.
func store(messages count: Int, historyLimit: Int = 10_000) -> MemoryStore {
    MemoryStore(historyLimit: historyLimit) { _ in
        [MemoryMessage](repeating: MemoryMessage(Array("Subject: a\r\n\r\nb\r\n".utf8)), count: count)
    }
}

/// What ``Changes`` says, comparable.
struct ChangeSummary: Equatable {
    var appeared = UIDSet()
    var vanished = UIDSet()
    var flagsChanged = UIDSet()
    var unknown: UIDSet?

    init(appeared: UIDSet = UIDSet(), vanished: UIDSet = UIDSet(), flagsChanged: UIDSet = UIDSet()) {
        self.appeared = appeared
        self.vanished = vanished
        self.flagsChanged = flagsChanged
    }

    init(_ changes: Changes) {
        self.init()
        switch changes {
        case .none: break
        case .some(let appeared, let vanished, let flagsChanged, _):
            self = ChangeSummary(appeared: appeared, vanished: vanished, flagsChanged: flagsChanged)
        case .unknown(let uids, _): unknown = uids
        }
    }

    static let nothing = ChangeSummary()
}

extension Changes {
    /// The token to go on with; `nil` for ``none``.
    var token: ChangeToken? {
        switch self {
        case .none: nil
        case .some(_, _, _, let token), .unknown(_, let token): token
        }
    }
}

/// Remembers who was woken.
final class WakeRecorder: WakeReceiver {
    private let woken = Mutex<[MailboxName]>([])

    func wake(_ mailbox: MailboxName) { woken.withLock { $0.append(mailbox) } }

    /// The names since the last call.
    func take() -> [MailboxName] {
        woken.withLock { woken in
            let names = woken
            woken = []
            return names
        }
    }
}

/// A generator whose seed is printed when a test fails.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// All octets of a body, read `step` at a time.
func octets(of body: any MessageBody, step: Int) async throws -> [UInt8] {
    var result: [UInt8] = []
    while true {
        let piece = try await body.read(at: UInt64(result.count), max: step)
        guard !piece.isEmpty else { return result }
        #expect(piece.count <= step)
        result += piece
    }
}
