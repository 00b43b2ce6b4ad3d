import Glibc
import IMAPHost
import IMAPTypes
import Synchronization
import Testing

@testable import IMAPMaildirStore

/// An operation during which the process is killed.
enum CrashScenario: String, CaseIterable, Codable, Sendable {
    case append, appendMany, appendWithKeyword, copy, copyWithin, move, moveWithin, expunge, changeFlags, rename,
        renameUsedName, renameInbox, create, delete, subscribe, compact, claim, adopt

    /// What there is before: three messages in INBOX, two in `T`, and `P/Q` with one.
    func prepare(_ scratch: Scratch) async throws {
        let account = try await scratch.account()
        try await account.add(3, to: .inbox)
        for name in ["T", "P", "P/Q"] { try await account.create(mailbox(name)) }
        try await account.add(2, to: mailbox("T"))
        try await account.add(1, to: mailbox("P/Q"))
        let open = try await account.open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.deleted, flag("k1")]), of: uids(1, 3))
        if self == .renameUsedName {
            // Names that had a greater UIDVALIDITY than what gets them.
            for name in ["N", "N/Q"] {
                try await account.create(mailbox(name))
                try await account.delete(mailbox(name))
            }
        }
        if self == .claim || self == .adopt {
            try scratch.deliver("Subject: other\n\nline\n", as: "5.b.host")
            try scratch.deliver("Subject: older\n\nline\n", as: "4.a.host")
        }
        if self == .claim { _ = try await account.status(of: .inbox) }
        try await account.close()
    }

    func run(_ account: any Account) async throws {
        switch self {
        case .append: try await account.add(["Subject: new\r\n\r\nnew\r\n"], flags: [.seen])
        case .appendMany: try await account.add(3, to: mailbox("T"))
        case .appendWithKeyword:
            try await account.add(2, to: .inbox)
            try await account.add(
                ["Subject: k\r\n\r\n"], flags: [flag("k1"), flag("k2")], digest: MessageDigest([1, 2]))
        case .copy: _ = try await account.open(.inbox, .readOnly).mailbox.copy(uids(1, 3), to: mailbox("T"))
        case .copyWithin: _ = try await account.open(.inbox, .readOnly).mailbox.copy(uids(1, 2), to: .inbox)
        case .move: try await move(account, to: mailbox("T"))
        case .moveWithin: try await move(account, to: .inbox)
        case .expunge: _ = try await account.open(.inbox, .readWrite).mailbox.expunge(everyUID)
        case .changeFlags:
            let open = try await account.open(.inbox, .readWrite)
            try await open.mailbox.changeFlags(.replace([.flagged, flag("k2")]), of: everyUID)
        case .rename, .renameUsedName: try await account.rename(mailbox("P"), to: mailbox("N"))
        case .renameInbox: try await account.rename(.inbox, to: mailbox("N"))
        case .create: try await #require(account as? MaildirAccount).create(mailbox("N"), for: ["\\Sent"])
        case .delete: try await account.delete(mailbox("T"))
        case .subscribe: try await account.subscribe(to: mailbox("T"))
        case .compact: try await #require(account as? MaildirAccount).mail.compactAll()
        case .claim, .adopt: _ = try await account.open(.inbox, .readWrite)
        }
    }

    private func move(_ account: any Account, to name: MailboxName) async throws {
        let mailbox = try await account.open(.inbox, .readWrite).mailbox
        _ = try await #require(mailbox as? MaildirMailbox).move(uids(1, 2), to: name)
    }

    /// Whether each message may be changed without the others.
    var isPerMessage: Bool { self == .changeFlags }
    /// Whether it begins with the session, not after it.
    var beginsWithSession: Bool { self == .adopt }
}

extension UserMail {
    /// Writes every index anew.
    func compactAll() throws(StoreError) {
        try locked { () throws(Failure) in try folder(.inbox).compact() }
    }
}

/// Counts the steps, and ends the process at one of them.
final class KillingSteps: FileSteps {
    private let fatal: Int?
    private let state = Mutex<(isArmed: Bool, steps: [FileStep])>((false, []))

    init(at fatal: Int? = nil) { self.fatal = fatal }

    func arm() { state.withLock { $0.isArmed = true } }

    var steps: [FileStep] { state.withLock { $0.steps } }

    var splitsWrites: Bool { true }

    func pass(_ step: FileStep) {
        let isFatal = state.withLock { state in
            guard state.isArmed else { return false }
            state.steps.append(step)
            return state.steps.count - 1 == fatal
        }
        if isFatal { kill(getpid(), SIGKILL) }
    }
}

/// Everything a client can see of a user's mail.
struct Snapshot: Equatable {
    var contents: [MailboxName: [Content]] = [:]
    var entries: Set<MailboxEntry> = []
    var validities: [MailboxName: UIDValidity] = [:]
    var modSequences: [MailboxName: ModSequence] = [:]

    init(_ scratch: Scratch) async throws {
        let account = try await scratch.account()
        entries = Set(try await account.mailboxes())
        for entry in entries where !entry.attributes.contains(.nonExistent) {
            let status = try await account.status(of: entry.name)
            validities[entry.name] = status.uidValidity
            modSequences[entry.name] = status.highestModSequence
            contents[entry.name] = try await account.contents(of: entry.name)
            #expect(Int(status.messages) == contents[entry.name]?.count)
        }
        try await account.close()
    }

    /// What is the same in every run.
    var visible: [MailboxName: [Content]] { contents }
}
