import IMAPHost
import IMAPTypes
import Synchronization

/// Which annotations were changed lately, and by which session: of one user's mail, of the mail that all share, or of
/// the server.
final class AnnotationLog: Sendable {
    /// What was changed.
    enum Subject: Sendable {
        case server
        case mailbox(SharedMailbox)
    }

    private enum Place: Sendable {
        case server
        case mailbox(WeakMailbox)
    }

    /// A mailbox that may be deleted meanwhile.
    private struct WeakMailbox: Sendable {
        weak let mailbox: SharedMailbox?
    }

    private struct Row: Sendable {
        let place: Place
        let name: EntryName
        /// Whose it is, below `/private`.
        let owner: UserIdentity?
        let author: UInt64
    }

    private struct State: Sendable {
        var rows: [Row] = []
        /// How many rows were forgotten.
        var forgotten = 0
    }

    /// The most rows kept.
    private static let capacity = 1_000
    private let state = Mutex(State())

    /// Where a reader that begins now stands.
    var end: Int { state.withLock { $0.forgotten + $0.rows.count } }

    func record(_ names: [EntryName], of subject: Subject, by user: UserIdentity, author: UInt64) {
        let place: Place =
            switch subject {
            case .server: .server
            case .mailbox(let mailbox): .mailbox(WeakMailbox(mailbox: mailbox))
            }
        state.withLock { state in
            state.rows += names.map { Row(place: place, name: $0, owner: $0.isPrivate ? user : nil, author: author) }
            let excess = state.rows.count - AnnotationLog.capacity
            guard excess > 0 else { return }
            state.rows.removeFirst(excess)
            state.forgotten += excess
        }
    }

    /// What others than `reader` changed since, as `user` may see it, and where the reader stands then. `nil` for what
    /// happened when it is no longer known.
    func changes(
        since position: Int, for user: UserIdentity, reader: UInt64
    ) -> (changes: [(subject: Subject, name: EntryName)]?, position: Int) {
        state.withLock { state in
            let end = state.forgotten + state.rows.count
            guard position >= state.forgotten else { return (nil, end) }
            let rows = state.rows.dropFirst(position - state.forgotten)
            let changes = rows.compactMap { row -> (subject: Subject, name: EntryName)? in
                guard row.author != reader, row.owner == nil || row.owner == user else { return nil }
                switch row.place {
                case .server: return (.server, row.name)
                case .mailbox(let weak): return weak.mailbox.map { (.mailbox($0), row.name) }
                }
            }
            return (changes, end)
        }
    }
}

/// What one session was told of changed annotations.
final class AnnotationReader: Sendable {
    private static let lastNumber = Atomic<UInt64>(0)

    /// No other session has it.
    let number = AnnotationReader.lastNumber.add(1, ordering: .relaxed).newValue
    private let mail: AnnotationLog
    private let server: AnnotationLog
    private let shared: AnnotationLog?
    private let positions: Mutex<Positions>

    /// Up to where each log was told.
    private struct Positions: Sendable {
        var mail: Int
        var server: Int
        var shared: Int
    }

    init(mail: AnnotationLog, server: AnnotationLog, shared: AnnotationLog?) {
        self.mail = mail
        self.server = server
        self.shared = shared
        positions = Mutex(Positions(mail: mail.end, server: server.end, shared: shared?.end ?? 0))
    }

    /// What happened since this was asked last, to the user's mail, to the server, and to what all share: `nil` for a log
    /// that no longer knows.
    func news(for user: UserIdentity) -> [[(subject: AnnotationLog.Subject, name: EntryName)]?] {
        positions.withLock { positions in
            func take(
                _ log: AnnotationLog, _ position: inout Int
            ) -> [(subject: AnnotationLog.Subject, name: EntryName)]? {
                let (changes, end) = log.changes(since: position, for: user, reader: number)
                position = end
                return changes
            }
            let own = [take(mail, &positions.mail), take(server, &positions.server)]
            return shared.map { own + [take($0, &positions.shared)] } ?? own
        }
    }
}

/// The annotations of the server.
final class ServerAnnotations: Sendable {
    let log = AnnotationLog()
    private let annotations = Mutex(Annotations())

    func read<Result: Sendable>(_ body: (Annotations) -> Result) -> Result { annotations.withLock { body($0) } }

    func apply(
        _ changes: [AnnotationChange], by user: UserIdentity
    ) -> (outcome: AnnotationOutcome, changed: [EntryName]) {
        annotations.withLock { $0.apply(changes, by: user) }
    }

    func set(_ name: EntryName, to value: [UInt8]?) { annotations.withLock { $0.set(name, to: value) } }
}
