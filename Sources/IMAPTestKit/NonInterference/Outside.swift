import IMAPHost
import IMAPTypes

/// The sessions beside the program's connection, one for each user: what happens to mail without this client.
struct Outside: Sendable {
    private struct Session: Sendable {
        let account: any Account
        let inbox: any Mailbox
    }

    private let users: ProgramUsers
    private var sessions: [Session] = []
    private var delivered = 0
    /// Of the first account.
    private(set) var separator: UInt8?

    private static let everything = UIDSet(.first, UID(.max) ?? .first)

    /// Opens every INBOX, so that nothing is recent by it later, and puts some mail into it.
    init(_ store: any MailStore, _ users: ProgramUsers, messages: Int) async throws {
        self.users = users
        for (index, user) in users.users.enumerated() {
            let account = try await store.account(of: UserIdentity(name: Array(user.name.utf8)))
            let inbox = try await account.open(.inbox, .readWrite).mailbox
            sessions.append(Session(account: account, inbox: inbox))
            if index == 0 { separator = account.separator }
            for _ in 0..<messages { try await deliver(to: index, .inbox) }
        }
    }

    func close() async {
        for session in sessions {
            // One that cannot be closed is of a store that is thrown away.
            try? await session.inbox.close()
            try? await session.account.close()
        }
    }

    /// Makes it happen, one operation after the other, each followed by `rest`. What the store refuses does not happen:
    /// it refuses the same in both runs.
    mutating func happen(_ event: ProgramEvent, rest: () async -> Void) async {
        do { try await act(event, rest) } catch { return await rest() }
        await rest()
    }

    private mutating func act(_ event: ProgramEvent, _ rest: () async -> Void) async throws {
        let session = sessions[event.user]
        let mark = users.mark(of: event.user)
        let box = MailboxName(mark) ?? .inbox
        let made = MailboxName(Array("made-".utf8) + mark) ?? .inbox
        switch event.kind {
        case .deliver: try await deliver(to: event.user, .inbox)
        case .deliverElsewhere: try await deliver(to: event.user, box)
        case .flag:
            let chosen = try await messages(session.inbox).first
            if let chosen { try await session.inbox.changeFlags(.add([.flagged]), of: UIDSet(chosen)) }
        case .keyword:
            let chosen = try await messages(session.inbox).last
            guard let chosen, let keyword = Flag(mark) else { return }
            try await session.inbox.changeFlags(
                event.number % 2 == 0 ? .add([keyword]) : .remove([keyword]), of: UIDSet(chosen))
        case .remove:
            guard let chosen = try await messages(session.inbox).last else { return }
            try await session.inbox.changeFlags(.add([.deleted]), of: UIDSet(chosen))
            await rest()
            _ = try await session.inbox.expunge(UIDSet(chosen))
        case .create: try await session.account.create(event.number % 2 == 0 ? box : made)
        case .delete: try await session.account.delete(event.number % 2 == 0 ? box : made)
        case .rename:
            try await session.account.rename(event.number % 2 == 0 ? box : made, to: event.number % 2 == 0 ? made : box)
        case .subscribe: try await session.account.subscribe(to: made)
        case .annotate:
            guard let account = session.account as? any AnnotatedAccount,
                let name = EntryName(Array((event.number % 2 == 0 ? "/private/comment" : "/shared/comment").utf8))
            else { return }
            _ = try await account.annotate(.mailbox(.inbox), [AnnotationChange(name, mark)])
        }
    }

    private func messages(_ mailbox: any Mailbox) async throws -> [UID] {
        try await mailbox.messages(Outside.everything, []).map(\.uid)
    }

    private mutating func deliver(to user: Int, _ name: MailboxName) async throws {
        delivered += 1
        let mark = String(decoding: users.mark(of: user), as: UTF8.self)
        let octets = Array(
            "From: \(mark)@example.com\r\nSubject: \(mark) \(delivered)\r\nMessage-ID: <\(delivered)@\(mark)>\r\n\r\nof \(mark), \(delivered)\r\n"
                .utf8)
        let append = try await sessions[user].account.append(to: name)
        do {
            try await append.begin(
                NewMessage(flags: [], internalDate: Sample.date(delivered), size: UInt64(octets.count)))
            try await append.write(octets)
            try await append.end(nil)
        } catch {
            await append.cancel()
            throw error
        }
        _ = try await append.commit()
    }
}
