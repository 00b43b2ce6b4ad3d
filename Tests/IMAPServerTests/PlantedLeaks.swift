import IMAPCodec
import IMAPHost
import IMAPMemoryStore
import IMAPParser
import IMAPServer
import IMAPSession
import IMAPTypes
import Synchronization

/// What is kept for a connection, whoever is logged in on it: what no extension and no store may do. There is one
/// connection at a time; its beginning is heard.
final class ConnectionMemory: ServerObserver {
    private struct State: Sendable {
        var word: [UInt8]?
        var count: UInt32 = 0
        var listing: [MailboxEntry]?
    }

    /// Of XRECALL, and of XCOUNT.
    static let words = ConnectionMemory()
    static let counts = ConnectionMemory()
    private let state = Mutex(State())

    func observe(_ event: ServerEvent, on connection: ConnectionID) {
        if case .opened = event { state.withLock { $0 = State() } }
    }

    /// Keeps a word; returns the one before.
    func keep(_ word: [UInt8]) -> [UInt8]? {
        state.withLock { state in
            defer { state.word = word }
            return state.word
        }
    }

    func count() -> UInt32 {
        state.withLock { state in
            state.count += 1
            return state.count
        }
    }

    func listing() -> [MailboxEntry]? { state.withLock { $0.listing } }

    func keep(_ listing: [MailboxEntry]) { state.withLock { $0.listing = listing } }
}

/// `XRECALL word`: tells the word before, whoever said it.
struct RecallCommand: Command {
    static let facts = CommandFacts(
        "XRECALL", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    let word: [UInt8]

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        try arguments.space()
        let atom = try arguments.atom()
        word = Array(atom)
        try arguments.end()
    }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let before = ConnectionMemory.words.keep(word)
        context.respond("XRECALL") { writer in
            writer.space()
            writer.nstring(before)
        }
        return .ok("XRECALL completed")
    }
}

/// `XCOUNT`: tells how often it was said on the connection.
struct CountCommand: Command {
    static let facts = CommandFacts(
        "XCOUNT", in: .loggedIn, forms: .plain, expunge: .permitted, right: .none, literals: .none)

    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) { try arguments.end() }

    func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        context.respond(ConnectionMemory.counts.count(), "XCOUNT")
        return .ok("XCOUNT completed")
    }
}

/// Mail in memory behind a listing that is kept for each connection and not for each user.
struct CachingStore: MailStore {
    let base = MemoryStore()
    let memory = ConnectionMemory()
    var isCaching = true
    var hangs = false

    var accountType: any Account.Type { CachingAccount.self }
    var mailboxType: any Mailbox.Type { base.mailboxType }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        CachingAccount(base: try await base.account(of: user), store: self)
    }
}

private struct CachingAccount: ForwardingAccount {
    let base: any Account
    let store: CachingStore

    func mailboxes() async throws(StoreError) -> [MailboxEntry] {
        if store.hangs {
            // Longer than any test: ended by the connection's end, which cancels it.
            try? await Task.sleep(for: .seconds(3600))
        }
        guard store.isCaching else { return try await base.mailboxes() }
        if let known = store.memory.listing() { return known }
        let listing = try await base.mailboxes()
        store.memory.keep(listing)
        return listing
    }
}
