import Foundation
import IMAPHost
import IMAPTypes
import Synchronization

// listing: store
/// Mail in a directory: below it one directory for each user, in that one for each mailbox, in that `.eml` files.
final class DirectoryStore: MailStore {
    let accountType: any Account.Type = DirectoryAccount.self
    let mailboxType: any Mailbox.Type = DirectoryMailbox.self

    let root: URL
    private let users = Mutex<[UserIdentity: UserMail]>([:])

    init(root: URL) { self.root = root }

    func account(of user: UserIdentity) async throws(StoreError) -> any Account {
        guard let directory = FileName.encode(user.name) else { throw .cannot }
        let mail = users.withLock { users in
            let mail = users[user] ?? UserMail(root.appendingPathComponent(directory))
            users[user] = mail
            return mail
        }
        return DirectoryAccount(mail: mail, session: try await mail.beginSession())
    }
}

/// One user's thread to the disk: what blocks there holds up nobody else.
final class DiskExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "mail")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }
}
// listing: end

/// One session's way to the mail of its user.
struct DirectoryAccount: DatingAccount {
    let mail: UserMail
    let session: UInt64

    var separator: UInt8? { UserMail.separator }
    var now: InternalDate { InternalDate(secondsSince1970: Int64(Date().timeIntervalSince1970)) }

    func mailboxes() async throws(StoreError) -> [MailboxEntry] { try await mail.entries(session) }
    func create(_ name: MailboxName) async throws(StoreError) { try await mail.create(name, session) }
    func delete(_ name: MailboxName) async throws(StoreError) { try await mail.delete(name, session) }
    func subscribe(to name: MailboxName) async throws(StoreError) { try await mail.subscribe(name, session) }
    func unsubscribe(from name: MailboxName) async throws(StoreError) { try await mail.unsubscribe(name, session) }
    func watch(_ wake: Wake) async throws(StoreError) { try await mail.watch(wake, session) }
    func close() async throws(StoreError) { await mail.endSession(session) }

    func rename(_ name: MailboxName, to newName: MailboxName) async throws(StoreError) {
        try await mail.rename(name, to: newName, session)
    }

    func status(of name: MailboxName) async throws(StoreError) -> MailboxStatus {
        try await mail.status(of: name, session)
    }

    func open(_ name: MailboxName, _ access: MailboxAccess) async throws(StoreError) -> OpenMailbox {
        try await mail.open(name, access, session)
    }

    func append(to name: MailboxName) async throws(StoreError) -> any MessageAppend {
        DirectoryAppend(mail: mail, target: try await mail.beginAppend(to: name, session))
    }
}

/// One selection of a mailbox.
struct DirectoryMailbox: ConditionalMailbox, MovableMailbox {
    let mail: UserMail
    let handle: Handle

    func changes(since token: ChangeToken) async throws(StoreError) -> Changes {
        try await mail.changes(since: token, handle)
    }

    func messages(_ uids: UIDSet, _ columns: MessageColumns) async throws(StoreError) -> [MessageRecord] {
        try await mail.records(of: uids, handle)
    }

    func body(of uid: UID) async throws(StoreError) -> any MessageBody { try await mail.body(of: uid, handle) }

    // listing: conditional
    func changeFlags(_ change: FlagChange, of uids: UIDSet) async throws(StoreError) -> [MessageRecord] {
        try await mail.changeFlags(change, of: uids, unchangedSince: nil, handle).changed
    }

    func changeFlags(
        _ change: FlagChange, of uids: UIDSet, unchangedSince: ModSequence
    ) async throws(StoreError) -> ConditionalChange {
        try await mail.changeFlags(change, of: uids, unchangedSince: unchangedSince, handle)
    }
    // listing: end

    func copy(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await mail.copy(uids, to: name, handle)
    }

    func move(_ uids: UIDSet, to name: MailboxName) async throws(StoreError) -> CopiedMessages {
        try await mail.move(uids, to: name, handle)
    }

    func expunge(_ uids: UIDSet) async throws(StoreError) -> UIDSet { try await mail.expunge(uids, handle) }
    func claimRecent() async throws(StoreError) -> UIDSet { try await mail.claimRecent(handle) }
    func close() async throws(StoreError) { try await mail.close(handle) }
}
