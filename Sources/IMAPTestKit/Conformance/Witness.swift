import IMAPHost
import IMAPTypes

/// One who knows a mailbox by what it is told alone, and looks whether that is so.
struct Witness {
    private let mailbox: any Mailbox
    private var flags: [UID: Set<Flag>]
    private(set) var token: ChangeToken

    /// The messages there are, as far as it was told.
    var uids: UIDSet { UIDSet(flags.keys) }

    init(_ open: OpenMailbox) async throws {
        mailbox = open.mailbox
        token = open.token
        flags = try await Witness.flags(in: mailbox)
    }

    /// Asks what happened, by way of another handle if one is given, and breaks the rule when it is not that.
    ///
    /// Nothing may happen meanwhile. More than what changed may be told to have changed; a message that is there may
    /// not be told to be gone, or the other way round.
    mutating func look(through other: (any Mailbox)? = nil) async throws {
        let mailbox = other ?? mailbox
        let now = try await Witness.flags(in: mailbox)
        let there = UIDSet(now.keys)
        let changes = try await mailbox.changes(since: token)
        switch changes {
        case .none: try expect("nothing is told; the flags by UID", text(now), is: text(flags))
        case .unknown(let uids, _): try expect("all messages, for a token no longer known", uids, is: there)
        case .some(let appeared, let vanished, let flagsChanged, _):
            let ghosts = appeared.subtracting(there)
            try expect(ghosts.isEmpty, "told to have come, and not there: \(IMAPTestKit.text(ghosts))")
            let alive = vanished.intersection(there)
            try expect(alive.isEmpty, "told to have gone, and there: \(IMAPTestKit.text(alive))")
            let known = uids.union(appeared).subtracting(vanished)
            try expect("what is there, by what was told", known, is: there)
            let gone = flagsChanged.subtracting(there)
            try expect(gone.isEmpty, "told to have other flags, and not there: \(IMAPTestKit.text(gone))")
            for (uid, flags) in now {
                guard let before = self.flags[uid], before != flags else { continue }
                try expect(flagsChanged.contains(uid), "message \(uid) has other flags, and it was not told")
            }
        }
        flags = now
        token = changes.token(after: token)
        guard case .none = try await mailbox.changes(since: token) else {
            throw Breach("asked again with the token of the answer, more is told")
        }
    }

    private func text(_ flags: [UID: Set<Flag>]) -> String {
        flags.sorted { $0.key < $1.key }.map { uid, flags in
            "\(uid) (\(flags.map(\.description).sorted().joined(separator: " ")))"
        }.joined(separator: ", ")
    }

    private static func flags(in mailbox: any Mailbox) async throws -> [UID: Set<Flag>] {
        var flags: [UID: Set<Flag>] = [:]
        for record in try await mailbox.messages(.all, .flags) { flags[record.uid] = Set(record.flags ?? []) }
        return flags
    }
}
