public import IMAPHost
import Synchronization

/// Mail on disk, in one Maildir++ for each user: `PATH/USER/{cur,new,tmp}` is INBOX, `PATH/USER/.A.B/` is `A/B`.
///
/// - Flags are in the files' names, as every maildir program has them; keywords, UIDs, mod-sequences, dates with their
///   zones and the history of changes are in an index of our own beside the messages, `imap-index`.
/// - Other programs may deliver into `new`, and rename or remove files, at any time. What they did is found when a
///   session next asks, and watching sessions are woken.
/// - Several processes may use one maildir; they take turns by a lock on the user's directory.
/// - What an operation says is done lasts. A process that dies leaves each operation done or not done, once somebody
///   looks at the maildir again.
/// - The last ``Options/historyLimit`` ranges of changes are kept, also across restarts.
/// - A message is stored with CRLF at every line's end. One that another program stored with bare LF is sent with CRLF.
/// - A mailbox knows 59 keywords at a time.
///
/// File work runs on threads of its own, one for each user that is active, never on the pool that Swift's tasks share.
public final class MaildirStore: MailStore {
    public struct Options: Sendable {
        /// How many ranges of changes each mailbox remembers.
        public var historyLimit: Int

        public init(historyLimit: Int = 10_000) { self.historyLimit = historyLimit }
    }

    private let root: Path?
    private let options: Options
    private let files: Files
    private let watch = FolderWatch()
    private let users = Mutex<[UserIdentity: UserMail]>([:])

    /// A store in the directory `path`, which is made when it is not there; what is above it must be.
    public convenience init(path: String, options: Options = Options()) {
        self.init(path: path, options: options, steps: UnobservedSteps())
    }

    init(path: String, options: Options, steps: any FileSteps) {
        root = Path(Array(path.utf8))
        self.options = options
        files = Files(steps: steps)
    }

    public var accountType: any Account.Type { MaildirAccount.self }
    public var mailboxType: any Mailbox.Type { MaildirMailbox.self }

    /// Makes the user's directory when there is none. Throws ``/IMAPHost/StoreError/cannot`` for a user whose name is
    /// empty or too long for a directory's.
    public func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        guard let root, let directory = FolderName.directory(ofUser: user.name) else { throw .cannot }
        let (files, options, watch) = (files, options, watch)
        let mail = users.withLock { users in
            if let mail = users[user] { return mail }
            let mail = UserMail(root: root.entry(directory), files, options, watch)
            users[user] = mail
            return mail
        }
        let session = try await mail.begin(in: root)
        return MaildirAccount(mail: mail, session: session) { [weak self] in
            // One that begins at this moment goes on with it; another one than shares the maildir as a process would.
            self?.users.withLock { users in
                if users[user] === mail { users[user] = nil }
            }
        }
    }

    /// The users who have a session.
    var activeUserCount: Int { users.withLock { $0.count } }
}
