import IMAPCodec
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

/// One long session of two users on one connection, as data: every phase there is, in an order that makes sense.
///
/// All of its octets are known beforehand, those that are compressed too, so it can be sent in one piece, or cut
/// anywhere. Each command has a tag of its own.
struct FaultSession: Sendable {
    /// Where a client is waited for.
    enum Phase: Sendable, Equatable {
        case beforeLogin, loggedIn, compressed, afterUnauthenticate
    }

    /// A command, with the octets of the whole of it as they travel.
    struct Step: Sendable {
        let tag: String
        let text: String
        let octets: [UInt8]
        let phase: Phase
        /// Whether the server waits inside it for as long as between commands.
        var isIdle: Bool { text.hasPrefix("IDLE") }
        var isExchange: Bool { text.hasPrefix("AUTHENTICATE") }
    }

    /// In the mail of the first user, and in nothing that the second one may see.
    static let mark = "Zimtstern"

    static func message(_ name: String, _ number: Int) -> String {
        "From: \(name)@example.com\r\nMessage-ID: <\(number)@\(name)>\r\nSubject: \(name) \(number)\r\n"
            + "Date: Tue, 1 Jul 2025 10:00:0\(number % 10) +0000\r\n\r\nmail of \(name), \(number)\r\n"
    }

    private static func literal(_ text: String, waits: Bool = false) -> String {
        "{\(text.utf8.count)\(waits ? "" : "+")}\r\n\(text)"
    }

    /// The commands in front of COMPRESS, those behind it, and those behind UNAUTHENTICATE.
    private static let plain = [
        "CAPABILITY", "ID (\"name\" \"x\")", "LOGIN admin {4}\r\nroot", "ENABLE METADATA", "CREATE \(mark)",
        "CREATE Post (USE (\\Sent))",
        "SUBSCRIBE \(mark)", "LIST \"\" * RETURN (STATUS (MESSAGES UNSEEN) MYRIGHTS)",
        "STATUS INBOX (MESSAGES UIDNEXT HIGHESTMODSEQ SIZE MAILBOXID)", "NAMESPACE", "SELECT INBOX",
        "FETCH 1:* (FLAGS ENVELOPE BODYSTRUCTURE BODY.PEEK[HEADER] EMAILID)", "FETCH 1 BODY[]",
        "UID FETCH 1:* (BINARY.PEEK[1])", "APPEND \(mark) (\\Seen) \(literal(message(mark, 4), waits: true))",
        "APPEND INBOX \(literal(message(mark, 5)))",
        "APPEND \(mark) \(literal(message(mark, 6))) (\\Flagged) \(literal(message(mark, 7)))", "COPY 1:2 \(mark)",
        "MOVE 2 \(mark)", "STORE 1 +FLAGS (\\Flagged $kw)", "UID STORE 1 (UNCHANGEDSINCE 1) FLAGS (\\Answered)",
        "STORE 1 +FLAGS.SILENT (\\Deleted)", "EXPUNGE", "SEARCH RETURN (SAVE) TEXT mail", "FETCH $ (UID FLAGS)",
        "SEARCH CHARSET UTF-8 BODY {4}\r\nmail", "SORT (SUBJECT) UTF-8 ALL", "THREAD REFERENCES UTF-8 ALL",
        "SEARCH RETURN (UPDATE COUNT) UNSEEN", "STORE 1 +FLAGS (\\Seen)", "CANCELUPDATE \"c29\"",
        "NOTIFY SET STATUS (SELECTED (MessageNew MessageExpunge FlagChange)) "
            + "(PERSONAL (MailboxName MessageNew MessageExpunge FlagChange MailboxMetadataChange))",
        "APPEND INBOX \(literal(message(mark, 8)))", "GETQUOTAROOT INBOX", "IDLE\r\nDONE", "NOTIFY NONE",
        "SETMETADATA INBOX (/private/comment \"\(mark)\")", "GETMETADATA INBOX (/private/comment)",
        "GETMETADATA (DEPTH infinity) INBOX (/private)", "SETQUOTA \"\" (MESSAGE 100)",
        "CREATE #shared/\(mark)", "SETACL #shared/\(mark) bob r", "GETACL #shared/\(mark)", "MYRIGHTS #shared/\(mark)",
        "LISTRIGHTS #shared/\(mark) bob", "DELETEACL #shared/\(mark) bob", "DELETE #shared/\(mark)",
    ]
    private static let compressed = [
        "NOOP", "UID FETCH 1:* (FLAGS BODY.PEEK[])", "RENAME \(mark) Kasten-\(mark)", "UNSUBSCRIBE \(mark)",
        "DELETE Post", "UNSELECT", "EXAMINE Kasten-\(mark)", "FETCH 1 BODY.PEEK[TEXT]", "SELECT INBOX",
        "STORE 1 +FLAGS (\\Deleted)", "UNAUTHENTICATE",
    ]
    private static let second = [
        "AUTHENTICATE PLAIN\r\n\(base64("bob\0admin\0root"))", "ENABLE QRESYNC IMAP4rev2",
        "SELECT INBOX (QRESYNC (2 1 1:5))", "STORE 1 +FLAGS (\\Deleted)", "UID EXPUNGE 1",
        "UID FETCH 1:5 (FLAGS) (CHANGEDSINCE 1 VANISHED)", "FETCH 1 (UID BODY[])",
        "APPEND INBOX \(literal(message("bob", 3)))", "NOOP", "CLOSE", "STATUS INBOX (MESSAGES)", "LOGOUT",
    ]

    let steps: [Step]
    /// The octets in front of each step, and all of them.
    let starts: [Int]
    let octets: [UInt8]

    /// - Parameter compresses: Whether the middle of it goes through a layer.
    init(compresses: Bool = true) {
        var steps: [Step] = []
        var phase = Phase.beforeLogin
        func add(_ text: String, _ wire: (String) -> [UInt8]) {
            let tag = "c\(steps.count + 1)"
            steps.append(Step(tag: tag, text: text, octets: wire("\(tag) \(text)\r\n"), phase: phase))
            if text.hasPrefix("LOGIN") || text.hasPrefix("AUTHENTICATE") { phase = .loggedIn }
            if text == "UNAUTHENTICATE" { phase = .afterUnauthenticate }
        }
        for text in FaultSession.plain { add(text, IMAPServerTests.octets) }
        if compresses { add("COMPRESS DEFLATE", IMAPServerTests.octets) }
        var deflater = Deflater()
        phase = compresses ? .compressed : .loggedIn
        for text in FaultSession.compressed {
            add(text) { line in
                guard compresses else { return IMAPServerTests.octets(line) }
                var octets: [UInt8] = []
                deflater.deflate(IMAPServerTests.octets(line).span, into: &octets)
                deflater.flush(text == "UNAUTHENTICATE" ? .finish : .sync, into: &octets)
                return octets
            }
        }
        for text in FaultSession.second { add(text, IMAPServerTests.octets) }
        self.steps = steps
        var starts = [0]
        var octets: [UInt8] = []
        for step in steps {
            octets += step.octets
            starts.append(octets.count)
        }
        self.starts = starts
        self.octets = octets
    }

    /// The step whose octets the first `count` octets end in; at a step's end the next one.
    func step(at count: Int) -> Int { (starts.lastIndex { $0 <= count }) ?? 0 }

    /// The index of the step with this text.
    func index(of text: String) -> Int { steps.firstIndex { $0.text == text } ?? -1 }

    /// What the server wrote, its compressed part inflated.
    static func plainOutput(_ octets: [UInt8]) -> String {
        let ok = Array("OK DEFLATE active\r\n".utf8)
        guard
            let start = octets.indices.first(where: { octets[$0...].starts(with: ok) })
        else { return String(decoding: octets, as: UTF8.self) }
        let end = start + ok.count
        var plain = Array(octets[..<end])
        var rest = octets[end...]
        var inflater = Inflater()
        while true {
            guard let progress = try? inflater.inflate(&rest, into: &plain, max: 65_536) else {
                return String(decoding: plain, as: UTF8.self) + "\r\nDAMAGED\r\n"
            }
            if progress == .needsInput { break }
            if progress == .end {
                plain += rest
                break
            }
        }
        return String(decoding: plain, as: UTF8.self)
    }

    /// What was written for each command, by its tag: the lines up to and with the tagged one.
    static func answers(_ output: String) -> [String: [String]] {
        var answers: [String: [String]] = [:]
        var lines: [String] = []
        for line in output.split(separator: "\r\n").map(String.init) {
            lines.append(line)
            guard let tag = line.split(separator: " ").first, tag.first == "c", Int(tag.dropFirst()) != nil else {
                continue
            }
            answers[String(tag)] = lines
            lines = []
        }
        return answers
    }
}

/// A server with the mail that a ``FaultSession`` needs.
struct FaultLab: Sendable {
    let memory: MemoryStore
    let store: FaultyStore
    let lab: Lab
    static let names = ["admin", "bob"]
    /// Its tables serve every run: thousands of them do not make their own.
    private static let pattern = Result {
        try Lab(
            extensions: IMAPExtension.standard + [.compressDeflate],
            store: FaultyStore(MemoryStore(), at: -1, nil))
    }

    init(at call: Int = -1, _ deed: FaultyStore.Deed? = nil) throws {
        memory = MemoryStore(
            sharedPrefix: "#shared/", maySetQuota: { _ in true }, mayAnnotateServer: { _ in true })
        store = FaultyStore(memory, at: call, deed)
        for (name, mark) in [("admin", FaultSession.mark), ("bob", "bob")] {
            for number in 1...3 {
                _ = try memory.append(octets(FaultSession.message(mark, number)), to: .inbox, for: user(name))
            }
        }
        // Others do something in the first user's account, once it is followed.
        store.beforeFirst(.quotaRoots) { [memory] in
            if let name = EntryName("/shared/comment") {
                _ = try? memory.annotate(.inbox, [AnnotationChange(name, octets("x"))], for: user("admin"))
            }
            if let name = MailboxName("Neu-\(FaultSession.mark)") {
                try? memory.createMailbox(name, for: user("admin"))
            }
            _ = try? memory.append(octets(FaultSession.message(FaultSession.mark, 9)), to: .inbox, for: user("admin"))
        }
        lab = Lab(like: try FaultLab.pattern.get(), memory: memory, store: store)
    }

    /// Everything that is kept of both users.
    func picture() async throws -> String {
        var text = ""
        for name in FaultLab.names { text += try await StorePicture.of(memory, for: user(name)) }
        return text
    }

    /// Whether nothing is left of any session.
    var isEmpty: Bool {
        lab.server.connectionCount == 0 && memory.openSessionCount == 0 && memory.openMailboxCount == 0
            && store.livingCount == 0
    }

    /// What holds after every session, however it ended.
    func expectTheEnd(_ reasons: Set<CloseReason>, _ place: String) async -> Bool {
        guard await eventually(within: .seconds(120), { isEmpty }) else {
            Issue.record(
                """
                \(place): left are \(lab.server.connectionCount) connections, \(memory.openSessionCount) sessions, \
                \(memory.openMailboxCount) mailboxes, \(store.livingCount) objects
                """)
            return false
        }
        let closings = lab.witness.closings
        let opened = lab.witness.story.count { $0 == "opened" }
        #expect(closings.count == 1 && opened == 1 && reasons.contains(closings[0]), "\(place): \(closings)")
        #expect(store.misuses == [], "\(place)")
        return closings.count == 1 && store.misuses.isEmpty
    }
}

/// What a store keeps of a user, in text.
enum StorePicture {
    static func of(_ store: any MailStore, for user: UserIdentity) async throws -> String {
        let account = try await store.account(of: user)
        var lines = ["user \(String(decoding: user.name, as: UTF8.self))"]
        let entries = try await account.mailboxes().sorted {
            $0.name.octets.lexicographicallyPrecedes($1.name.octets)
        }
        for entry in entries {
            let attributes = entry.attributes.map { "\($0)" }.sorted()
            lines.append("\(entry.name) \(attributes) \(entry.isSubscribed)")
            guard !entry.attributes.contains(.nonExistent), !entry.attributes.contains(.noSelect) else { continue }
            if let account = account as? any AnnotatedAccount {
                let names = try await account.annotations(of: .mailbox(entry.name)).map(\.name)
                let values = try await account.values(of: names, in: .mailbox(entry.name))
                lines += values.map { "  \($0.key): \(String(decoding: $0.value, as: UTF8.self))" }.sorted()
            }
            if let account = account as? any ControlledAccount, entry.name.octets.first == 0x23 {
                let list = try await account.accessList(of: entry.name)
                lines += list.map { "  \($0.identifier) \($0.rights)" }.sorted()
            }
            let open = try await account.open(entry.name, .readOnly)
            lines.append("  next \(open.uidNext), modseq \(open.highestModSequence?.rawValue ?? 0)")
            for record in try await open.mailbox.messages(open.uids, [.flags, .size]) {
                let flags = (record.flags ?? []).map(\.description).sorted()
                let body = try await open.mailbox.body(of: record.uid)
                var octets: [UInt8] = []
                while true {
                    let piece = try await body.read(at: UInt64(octets.count), max: 65_536)
                    guard !piece.isEmpty else { break }
                    octets += piece
                }
                #expect(record.size == UInt64(octets.count))
                lines.append("  \(record.uid) \(flags) \(String(decoding: octets, as: UTF8.self))")
            }
            try await open.mailbox.close()
        }
        if let account = account as? any QuotaAccount {
            for root in try await account.quotaRoots(of: .inbox) {
                let usage = try await account.quota(of: root)
                lines += usage.map { "  \($0.resource.name) \($0.usage) of \($0.limit)" }
            }
        }
        try await account.close()
        return lines.joined(separator: "\n") + "\n"
    }
}
