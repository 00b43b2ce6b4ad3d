public import IMAPHost
public import IMAPTypes
import Synchronization

/// Mail in memory: for tests, for examples, and for benchmarks of the server rather than of a disk.
///
/// Every user there can be has an account, made when it is first asked for, with an INBOX. Sessions reach it through
/// ``/IMAPHost/MailStore``; whoever holds the store also reaches it from outside, as a delivery agent or another
/// session would, with the methods that take a user. Both wake the user's sessions after every change, the one that
/// made it included.
///
/// - A mod-sequence belongs to one operation on one mailbox; the messages it touched share it. A
///   ``/IMAPHost/ChangeToken`` is the highest mod-sequence there was.
/// - The last ``historyLimit`` ranges of changes are kept; a token from before is answered with all UIDs.
/// - UIDs ascend and are never used again; a name that is used again gets a greater UIDVALIDITY.
/// - A mailbox knows 59 keywords at a time; ``/IMAPHost/StoreError/limit`` says when they are all in use.
/// - The mail of a user is under one quota root, with an empty name; it has no limits until they are set.
/// - Mailboxes whose names begin with ``sharedPrefix`` are the same ones for every user, who may do with them what
///   their access control lists say: at first everything. They are under no quota. Their flags are the same for all
///   users; subscriptions to them are each user's own.
/// - A user's own mailboxes are nobody else's to see: their access control lists cannot be changed.
///
/// No lock is held while anything is awaited.
public final class MemoryStore: MailStore {
    /// The hierarchy separator, or `nil` for a flat list of names.
    public let separator: UInt8?
    /// How many ranges of changes each mailbox remembers.
    public let historyLimit: Int
    /// What the names of shared mailboxes begin with, its last octet the separator; `nil` when there are none.
    public let sharedPrefix: String?
    let shared: SharedMail?
    private let now: @Sendable () -> InternalDate
    private let maySetQuota: @Sendable (UserIdentity) -> Bool
    private let newUser: @Sendable (UserIdentity) -> [MemoryMessage]
    private let validities: UIDValidityCounter
    private let numbers = MessageNumbers()
    private let users: UserTable
    let server: MemoryServer

    /// A store without users yet.
    ///
    /// - Parameters:
    ///   - separator: The hierarchy separator: one octet of printable ASCII, or `nil` for a flat list of names.
    ///   - firstUIDValidity: The UIDVALIDITY of the first mailbox; 1 if `nil`. A program whose clients remember more
    ///     than one run of it passes something that grows, such as seconds.
    ///   - sharedPrefix: What the names of mailboxes begin with that all users share, such as `#shared/`; no mailbox is
    ///     shared if `nil`. It ends with the separator, or there is nothing shared.
    ///   - sharedAccess: The access control list of a shared mailbox that has none above it, and who may make such a
    ///     mailbox: those with `k`. Everyone may do everything if `nil`.
    ///   - historyLimit: How many ranges of changes each mailbox remembers.
    ///   - newUser: What a user's INBOX holds in the beginning. Called when the user is first seen, without a lock;
    ///     two first logins at once may both call it, and one answer is used.
    ///   - maySetQuota: Whether a user may set the limits that their own mail is under.
    ///   - groups: The identifiers that name a user in access control lists beside the user's own name and `anyone`.
    ///   - mayAnnotateServer: Whether a user may change the shared annotations of the server; `/shared/admin` alone is
    ///     set by ``annotateServer(_:_:)``.
    ///   - now: The date of a message that is appended without one, and the moment from which OLDER and YOUNGER count;
    ///     the start of 1970 unless the program says more.
    public init(
        separator: UInt8? = 0x2F, firstUIDValidity: UIDValidity? = nil, sharedPrefix: String? = nil,
        sharedAccess: [AccessEntry]? = nil,
        historyLimit: Int = 10_000, newUser: @escaping @Sendable (UserIdentity) -> [MemoryMessage] = { _ in [] },
        maySetQuota: @escaping @Sendable (UserIdentity) -> Bool = { _ in false },
        groups: @escaping @Sendable (UserIdentity) -> [AccessIdentifier] = { _ in [] },
        mayAnnotateServer: @escaping @Sendable (UserIdentity) -> Bool = { _ in false },
        now: @escaping @Sendable () -> InternalDate = { InternalDate(secondsSince1970: 0) }
    ) {
        self.separator = separator
        self.historyLimit = historyLimit
        self.now = now
        self.newUser = newUser
        self.maySetQuota = maySetQuota
        validities = UIDValidityCounter(first: firstUIDValidity)
        let users = UserTable()
        self.users = users
        server = MemoryServer(mayAnnotate: mayAnnotateServer, groups: groups) { users.wakeEveryone($0) }
        shared = SharedMail(
            prefix: sharedPrefix,
            mail: UserMail(
                separator: separator, validities: validities, numbers: numbers, logCapacity: historyLimit,
                defaultAccess: AccessList(
                    sharedAccess ?? AccessIdentifier.anyone.map { [AccessEntry($0, .standard)] } ?? [])),
            separator: separator)
        self.sharedPrefix = shared == nil ? nil : sharedPrefix
    }

    public var accountType: any Account.Type { MemoryAccount.self }
    public var mailboxType: any Mailbox.Type { MemoryMailbox.self }

    public func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        let mail = try mail(of: user)
        return MemoryAccount(
            user: user, server: server, mail: mail, session: mail.sessions.begin(), shared: shared,
            sharedSession: shared?.mail.sessions.begin() ?? 0,
            separator: separator, maySetQuota: maySetQuota(user), clock: now,
            reader: AnnotationReader(
                mail: mail.annotationLog, server: server.annotations.log, shared: shared?.mail.annotationLog))
    }

    /// The accounts that were opened and not closed.
    public var openSessionCount: Int { allMail.reduce(0) { $0 + $1.sessions.sessionCount } }

    /// The mailboxes that were opened and neither closed nor ended with their account.
    public var openMailboxCount: Int {
        allMail.reduce(shared?.mail.sessions.handleCount ?? 0) { $0 + $1.sessions.handleCount }
    }

    /// The users seen so far.
    public var userCount: Int { users.mail.withLock { $0.count } }

    private var allMail: [UserMail] { users.all }

    /// The user's mail, made if there is none. Throws ``StoreError/limit`` when UIDVALIDITY values have run out or the
    /// first messages are too much for a mailbox.
    func mail(of user: UserIdentity) throws(StoreError) -> UserMail {
        if let mail = users.mail.withLock({ $0[user] }) { return mail }
        let made = UserMail(separator: separator, validities: validities, numbers: numbers, logCapacity: historyLimit)
        try made.makeInbox(newUser(user))
        return users.mail.withLock { users in
            if let earlier = users[user] { return earlier }
            users[user] = made
            return made
        }
    }

    /// The mail that a mailbox of that name is in.
    func mail(with name: MailboxName, of user: UserIdentity) throws(StoreError) -> UserMail {
        if let shared, shared.holds(name) { return shared.mail }
        return try mail(of: user)
    }

    /// The mailbox of that name. Throws ``StoreError/nonExistent``.
    func mailbox(_ name: MailboxName, of user: UserIdentity) throws(StoreError) -> SharedMailbox {
        try mail(with: name, of: user).mailbox(name)
    }
}

/// The users seen so far.
final class UserTable: Sendable {
    let mail = Mutex<[UserIdentity: UserMail]>([:])

    var all: [UserMail] { mail.withLock { Array($0.values) } }

    func wakeEveryone(_ topics: WakeTopics) {
        for mail in all { mail.sessions.mark(topics) }
    }
}
