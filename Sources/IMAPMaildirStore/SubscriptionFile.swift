import IMAPHost
import IMAPTypes

/// The file `subscriptions` of a user, as Dovecot keeps it for a Maildir++: a line for each name, as its directory is
/// called, without the dot before it.
struct SubscriptionFile {
    private let path: Path
    private let root: Path
    private let files: Files
    private static let inbox = Array("INBOX".utf8)

    init(in root: Path, _ files: Files) {
        path = root.entry("subscriptions")
        self.root = root
        self.files = files
    }

    func names() throws(Failure) -> Set<MailboxName> { Set(try lines().compactMap { SubscriptionFile.name($0) }) }

    /// Throws ``StoreError/cannot`` for a name that no mailbox could have. Lines that are no names stay.
    func set(_ name: MailboxName, _ isSubscribed: Bool) throws(Failure) {
        var lines = try self.lines()
        let isThere = lines.contains { SubscriptionFile.name($0) == name }
        guard isThere != isSubscribed else { return }
        if isSubscribed {
            guard let directory = FolderName.directory(for: name) else {
                guard name.isInbox else { throw .refused(.cannot) }
                return try write(lines + [SubscriptionFile.inbox])
            }
            lines.append(Array(directory.dropFirst()))
        } else {
            lines.removeAll { SubscriptionFile.name($0) == name }
        }
        try write(lines)
    }

    private func lines() throws(Failure) -> [[UInt8]] { try SmallFile.lines(path, files) ?? [] }

    private func write(_ lines: [[UInt8]]) throws(Failure) {
        try SmallFile.write(Array(lines.map { $0 + [ASCII.lf] }.joined()), at: path, in: root, files)
    }

    private static func name(_ line: [UInt8]) -> MailboxName? {
        line == inbox ? .inbox : FolderName.mailbox(in: [ASCII.dot] + line)
    }
}
