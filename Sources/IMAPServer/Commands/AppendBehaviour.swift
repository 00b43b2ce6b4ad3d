package import IMAPCodec
import IMAPHost
import IMAPParser
import IMAPSession
import IMAPTypes

extension AppendCommand: StreamingCommand {
    package static let facts = CommandFacts(
        "APPEND", in: .loggedIn, forms: .plain, expunge: .permitted, right: .insert, literals: .streamed)

    /// All or nothing (RFC 9051 section 6.3.12, RFC 3502). A target that does not exist is `NO [TRYCREATE]`, before the
    /// client sends a message to it.
    package func perform(_ context: inout Context) async throws(CommandFailure) -> Completion {
        let account = try context.account()
        guard let mailbox else { throw .no(.cannot, "No mailbox can have that name") }
        let append = try await put { () async throws(StoreError) in try await account.append(to: mailbox) }
        let count: Int
        do throws(CommandFailure) {
            count = try await receiveAll(append, &context)
        } catch {
            await append.cancel()
            throw error
        }
        var appended = try await put { () async throws(StoreError) in try await append.commit() }
        // A UID for each message, or none is told.
        if appended.uids.count != count {
            context.observe(.fault("the store: commit: other messages than were appended"))
            appended.uids = UIDSet()
        }
        if context.connection.machine.mailbox?.name == mailbox { context.askForNews() }
        return .ok(context.replyCode(for: .appended(appended)), "APPEND completed")
    }

    /// Returns how many messages there were.
    private func receiveAll(_ append: any MessageAppend, _ context: inout Context) async throws(CommandFailure) -> Int {
        var message = first
        var room = context.configuration.limits.appendTotal
        for count in 1...context.configuration.limits[.appendMessages] {
            let size = context.announcedSize
            try await receive(message, append, atMost: room, &context)
            room -= min(room, size ?? room)
            switch try await context.readRest() {
            case .end(var arguments):
                do {
                    try message.end(&arguments)
                    try arguments.end()
                } catch {
                    throw .bad(nil, error.text)
                }
                return count
            case .literal(var arguments):
                guard takesMany else { throw .bad(nil, "One message at a time") }
                do {
                    try message.end(&arguments)
                    message = try next(&arguments)
                    try arguments.end()
                } catch {
                    throw .bad(nil, error.text)
                }
            }
        }
        throw .no(.limit, "Too many messages for one command")
    }

    /// RFC 9755 section 4: NO, and what the client must do first.
    private static var headerRefusal: CommandFailure {
        .no(.cannot, "Headers that are not ASCII are taken after ENABLE UTF8=ACCEPT")
    }

    /// One message, from its announcement to its last octet.
    private func receive(
        _ message: Message, _ append: any MessageAppend, atMost room: UInt64, _ context: inout Context
    ) async throws(CommandFailure) {
        let size = context.announcedSize
        let isBinary = context.announcedIsBinary
        guard !message.isUTF8 || isBinary else { throw .bad(nil, "A binary literal is expected here") }
        guard message.isUTF8 || takesBinary || !isBinary else {
            throw .bad(nil, "A binary literal is not accepted here")
        }
        guard !message.isUTF8 || headers == .any else { throw AppendCommand.headerRefusal }
        // RFC 3502 section 6.3.11: an error that is NO, and a way to take the whole command back.
        guard size != 0 else { throw .no(nil, "A message has at least one octet") }
        let limit = min(context.configuration.limits.append, room)
        guard let size, size <= limit else { throw .no(.tooBig, "Message too big") }
        try await put { () async throws(StoreError) in
            try await append.begin(NewMessage(flags: message.flags, internalDate: message.date, size: size))
        }
        try context.acceptLiteral(atMost: limit)
        var digest = DigestMaker(context.configuration.limits)
        var header = HeaderWatch()
        var holdsNUL = false
        while let octets = try await context.readLiteral() {
            if !isBinary || !takesBinary, octets.contains(ASCII.nul) { holdsNUL = true }
            if headers == .ascii { header.feed(octets) }
            guard !holdsNUL, !header.holdsHighOctets else { continue }
            digest.feed(octets)
            try await put { () async throws(StoreError) in try await append.write(octets) }
        }
        // R-LIT-9: read whole, and refused.
        guard !holdsNUL else { throw .no(.cannot, "A message that holds NUL is not stored") }
        guard !header.holdsHighOctets else { throw AppendCommand.headerRefusal }
        let found = digest.finish()
        try await put { () async throws(StoreError) in try await append.end(found) }
    }
}

/// Asks the host about the mailbox that messages are put into. One that does not exist, or no longer, is
/// `NO [TRYCREATE]`.
private func put<Answer>(
    _ question: () async throws(StoreError) -> Answer
) async throws(CommandFailure) -> Answer {
    do {
        return try await question()
    } catch .nonExistent {
        throw .no(.tryCreate, "No such mailbox")
    } catch {
        throw CommandFailure(error)
    }
}

/// Looks for octets above 0x7F before the first empty line.
private struct HeaderWatch {
    private(set) var holdsHighOctets = false
    private var isOver = false
    /// Since the last LF there was nothing, or a CR alone. A message may begin with its body.
    private var isEmptySoFar = true

    mutating func feed(_ octets: [UInt8]) {
        guard !isOver else { return }
        for octet in octets {
            switch octet {
            case ASCII.lf:
                if isEmptySoFar {
                    isOver = true
                    return
                }
                isEmptySoFar = true
            case ASCII.cr: break
            default:
                isEmptySoFar = false
                if octet >= 0x80 { holdsHighOctets = true }
            }
        }
    }
}
