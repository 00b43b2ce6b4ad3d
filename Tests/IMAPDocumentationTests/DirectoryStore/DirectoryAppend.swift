import Foundation
import IMAPHost
import IMAPTypes

/// Where an append goes.
struct AppendTarget: Sendable {
    let session: UInt64
    let name: MailboxName
    let uidValidity: UInt32
    /// Where its files are until the commit.
    let staging: URL
}

// listing: append
/// One APPEND: each message is a file in the staging directory until the commit moves it into the mailbox.
actor DirectoryAppend: MessageAppend {
    private let mail: UserMail
    private let target: AppendTarget
    private var messages: [StoredMessage] = []
    private var file: FileHandle?
    private var lines = CanonicalLines()

    init(mail: UserMail, target: AppendTarget) {
        self.mail = mail
        self.target = target
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { mail.unownedExecutor }

    func begin(_ message: NewMessage) async throws(StoreError) {
        let name = FileName.new()
        let url = target.staging.appendingPathComponent(name)
        guard FileManager.default.createFile(atPath: url.path, contents: nil) else { throw .unavailable }
        file = try disk { try FileHandle(forWritingTo: url) }
        lines = CanonicalLines()
        let date = message.internalDate ?? InternalDate(secondsSince1970: Int64(Date().timeIntervalSince1970))
        messages.append(StoredMessage(file: name, flags: message.flags.unique.map(\.description), date: date.parts))
    }

    func write(_ octets: [UInt8]) async throws(StoreError) {
        guard let file else { throw .internalError }
        let converted = lines.convert(octets)
        try disk { try file.write(contentsOf: converted) }
        messages[messages.count - 1].size += UInt64(converted.count)
    }

    func end(_ digest: MessageDigest?) async throws(StoreError) {
        guard let file else { throw .internalError }
        try disk {
            try file.synchronize()
            try file.close()
        }
        self.file = nil
        messages[messages.count - 1].digest = digest.map { Data($0.octets) }
    }

    func commit() async throws(StoreError) -> AppendedMessages {
        do throws(StoreError) {
            return try await mail.commit(messages, to: target)
        } catch {
            await cancel()
            throw error
        }
    }

    func cancel() async {
        try? file?.close()
        file = nil
        // What cannot be removed now is removed when the mail is read the next time.
        for message in messages {
            try? FileManager.default.removeItem(at: target.staging.appendingPathComponent(message.file))
        }
        messages = []
    }
}
// listing: end

/// What goes wrong on the disk is the store's fault, and may be better later.
func disk<Answer>(_ work: () throws -> Answer) throws(StoreError) -> Answer {
    do {
        return try work()
    } catch let error as StoreError {
        throw error
    } catch {
        throw .unavailable
    }
}

extension [Flag] {
    /// Each flag once, as it was written first.
    var unique: [Flag] { reduce(into: []) { if !$0.contains($1) { $0.append($1) } } }
}
