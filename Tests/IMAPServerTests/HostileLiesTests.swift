import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

@Suite(
    "Hostile: a store that lies (R-SW-6, R-OUT-2): no trap, no wrong number, nothing that is no IMAP")
struct HostileLiesTests {
    /// Commands that show what a store says, in every session there is.
    static let program = [
        "SELECT INBOX", "FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE MODSEQ)",
        "UID FETCH 1:* (BODY.PEEK[] BODY.PEEK[1] BODY.PEEK[HEADER] BINARY.PEEK[1] BINARY.SIZE[1])",
        "FETCH 2 BODY.PEEK[TEXT]<0.5>", "NOOP", "STORE 1:* +FLAGS (\\Flagged)",
        "UID STORE 1:* (UNCHANGEDSINCE 1) +FLAGS (\\Seen)", "STORE 1:* (UNCHANGEDSINCE 1) FLAGS ($x)",
        "SEARCH ALL", "SEARCH RETURN (MIN MAX COUNT ALL SAVE) FLAGGED",
        "UID SEARCH RETURN (MIN) TEXT mail",
        "UID SEARCH RETURN (MAX) MODSEQ 1", "FETCH $ (UID FLAGS)", "COPY 1:2 box", "UID COPY 1:* box",
        "UID MOVE 1 box",
        "MOVE 1 box", "UID STORE 2 +FLAGS.SILENT (\\Deleted)", "EXPUNGE", "NOOP",
        "STATUS INBOX (MESSAGES UIDNEXT)",
        "STATUS box (MESSAGES RECENT UIDNEXT UIDVALIDITY UNSEEN DELETED SIZE HIGHESTMODSEQ APPENDLIMIT)",
        "LIST (SUBSCRIBED RECURSIVEMATCH) \"\" * RETURN (STATUS (SIZE))", "LIST \"\" *", "LSUB \"\" %",
        "APPEND INBOX {3+}\r\nabc", "APPEND box {3+}\r\nabc {3+}\r\ndef", "FETCH * (UID FLAGS)",
        "IDLE\r\nDONE", "CLOSE",
    ]

    /// Plays the program in five kinds of session. Returns all output of each.
    @discardableResult
    private func play(_ tell: (inout Lies) -> Void) async throws -> [String] {
        var outputs: [String] = []
        for modes in ["", "CONDSTORE", "IMAP4rev2", "UIDONLY CONDSTORE IMAP4rev2", "QRESYNC"] {
            let lab = try Lab(store: LyingStore(MemoryStore(), tell))
            // A store of its own for each: the one that lies is inside.
            outputs.append(try await play(on: lab, modes))
        }
        return outputs
    }

    func play(on lab: Lab, _ modes: String) async throws -> String {
        let peer = await lab.logIn()
        for index in 1...4 {
            await peer.line(
                "f APPEND INBOX {48+}\r\nSubject: message \(index)\r\n\r\nmail of alice, number \(index)..."
            )
        }
        await peer.line("m CREATE box")
        if !modes.isEmpty { await peer.line("e ENABLE \(modes)") }
        var output = ""
        for (index, line) in Self.program.enumerated() {
            let answer = await peer.line("t\(index) \(line)")
            output += answer
            // The server may end the connection; it may not fall silent.
            guard !peer.isClosed else { break }
            #expect(answer.contains("t\(index) "), "\(line): \(answer)")
        }
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
        return output
    }

    @Test func theTruthIsAnsweredToTheEnd() async throws {
        for output in try await play({ _ in }) {
            #expect(output.hasSuffix("t29 OK CLOSE completed\r\n"), "\(output)")
        }
    }

    @Test func recordsThatWereNotAskedFor() async throws {
        try await play { lies in
            lies.messages = { records in
                records
                    + [1, 3, 4, 77, .max].compactMap { UID($0) }.map { uid in
                        MessageRecord(
                            uid: uid, flags: [.seen], internalDate: InternalDate(secondsSince1970: 0), size: 9)
                    }
            }
        }
    }

    @Test func recordsOutOfOrderTwiceOrNotAtAll() async throws {
        try await play { $0.messages = { $0.reversed() + $0 } }
        try await play { $0.messages = { Array($0.dropFirst()) } }
        try await play { $0.messages = { _ in [] } }
    }

    @Test func recordsWithoutWhatWasAskedFor() async throws {
        try await play { $0.messages = { $0.map { MessageRecord(uid: $0.uid) } } }
    }

    @Test func recordsOfOtherMessages() async throws {
        try await play { lies in
            lies.messages = { records in
                records.map { record in
                    var record = record
                    record.uid = UID(5 - min(record.uid.rawValue, 4)) ?? record.uid
                    return record
                }
            }
        }
    }

    /// A literal is as long as it says, or the connection is closed.
    @Test(arguments: [0, 1, 47, 48, 49, 100, 1 << 32, UInt64(Int64.max), UInt64.max])
    func sizesThatAreNotThoseOfTheBody(_ size: UInt64) async throws {
        try await play { $0.messages = { $0.map { $0.with(size: size) } } }
        try await play {
            $0.body = { _ in LyingBody(octets: octets(String(repeating: "x", count: 48)), size: size) }
        }
    }

    @Test func bodiesThatGiveMoreAndHaveNoSize() async throws {
        let message = octets("Subject: x\r\n\r\n" + String(repeating: "mail of alice\r\n", count: 5000))
        let outputs = try await play { lies in
            lies.body = { _ in RestlessBody(message) }
            lies.messages = { $0.map { $0.with(digest: MessageDigest([])) } }
        }
        // Its size is not the one that the message was told with.
        for output in outputs { #expect(output.contains(" NO [SERVERBUG] ") && !output.contains("BODY[HEADER]")) }
    }

    /// R-ALG-3: a body without an end is read for as long as somebody waits for it.
    @Test(arguments: [
        "FETCH 1 BODYSTRUCTURE", "FETCH 1 BINARY.SIZE[1]", "FETCH 1 BODY.PEEK[TEXT]", "SEARCH BODY nowhere",
        "SEARCH TEXT nowhere", "UID SEARCH RETURN (SAVE) NOT BODY nowhere",
    ])
    func aBodyWithoutAnEnd(_ line: String) async throws {
        // As large as a message may be that every client is shown.
        let body = EndlessBody(size: UInt64(UInt32.max))
        let store = LyingStore { lies in
            lies.body = { _ in body }
            lies.messages = { records in
                records.map { record in
                    var record = record.with(digest: MessageDigest([]))
                    record.size = body.size
                    return record
                }
            }
        }
        let lab = try Lab(memory: store.memory, store: store)
        try lab.fill("alice", 1)
        let peer = await lab.select()
        peer.transport.send("a \(line)\r\n")
        #expect(await eventually { body.readCount > 20 })
        peer.transport.hangUp()
        #expect(await eventually { lab.server.connectionCount == 0 })
        #expect(store.memory.openSessionCount == 0)
    }

    /// A digest of another message is that message's structure; no section leaves the body.
    @Test func digestsOfOtherMessages() async throws {
        let other = octets(
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b\r\nContent-Type: message/rfc822\r\n\r\nX: y\r\n\r\nz\r\n--b--\r\n"
        )
        var maker = DigestMaker()
        maker.feed(other)
        let digest = maker.finish()
        #expect(digest != nil)
        for size in [UInt64(other.count), 48, 0] {
            for octets in [digest?.octets ?? [], [], [1], Array((digest?.octets ?? []).dropLast())] {
                try await play { lies in
                    lies.messages = { records in
                        records.map { record in
                            var record = record.with(size: size)
                            record.digest = MessageDigest(octets)
                            return record
                        }
                    }
                }
                try await play { lies in
                    lies.messages = { $0.map { $0.with(digest: MessageDigest(octets)) } }
                    lies.body = { _ in LyingBody(octets: other, size: UInt64(other.count)) }
                }
            }
        }
    }

    /// An EXPUNGE, an EXISTS and a FETCH name what the client knows of.
    @Test func changesOfMessagesThatDoNotExist() async throws {
        let strange = UIDSet([2, 90, 91, .max].compactMap { UID($0) })
        for token in [0, 1, UInt64.max] {
            try await play {
                $0.changes = { _ in
                    .some(
                        appeared: strange, vanished: UIDSet(), flagsChanged: UIDSet(), token: ChangeToken(token)
                    )
                }
            }
            try await play {
                $0.changes = { _ in
                    .some(
                        appeared: UIDSet(), vanished: strange, flagsChanged: strange, token: ChangeToken(token))
                }
            }
            try await play {
                $0.changes = { _ in
                    .some(
                        appeared: strange, vanished: strange, flagsChanged: strange, token: ChangeToken(token))
                }
            }
            try await play { $0.changes = { _ in .unknown(uids: strange, token: ChangeToken(token)) } }
        }
        try await play { $0.changes = { _ in .unknown(uids: UIDSet(), token: ChangeToken(0)) } }
        try await play { $0.changes = { _ in .none } }
    }

    /// VANISHED (EARLIER) names no message that the client sees, and HIGHESTMODSEQ stays one.
    @Test func whatVanishedAndDidNot() async throws {
        let strange = UIDSet([1, 2, 90, .max].compactMap { UID($0) })
        for highest in [ModSequence.zero, .zero.next, ModSequence(UInt64(Int64.max)) ?? .zero] {
            let outputs = try await play { lies in
                lies.vanished = { _ in strange }
                lies.highest = { _ in highest }
            }
            for output in outputs { #expect(!output.contains("(EARLIER) 1"), "\(output)") }
        }
        try await play { $0.open = { $0.highestModSequence = .zero } }
        try await play { $0.open = { $0.highestModSequence = nil } }
    }

    @Test func copiesThatDoNotMatch() async throws {
        let one = UIDSet(.first)
        let many = UIDSet([1, 2, 3, .max].compactMap { UID($0) })
        for (source, destination) in [
            (one, many), (many, one), (UIDSet(), one), (one, UIDSet()), (many, many),
        ] {
            let outputs = try await play {
                $0.copied = {
                    CopiedMessages(uidValidity: $0.uidValidity, source: source, destination: destination)
                }
            }
            guard source.count != destination.count else { continue }
            for output in outputs { #expect(!output.contains("COPYUID"), "\(output)") }
        }
    }

    /// APPENDUID has a UID for each message or is not there.
    @Test func appendsThatGaveOtherUIDs() async throws {
        for uids in [UIDSet(), UIDSet(.first), UIDSet([1, 2, 3, .max].compactMap { UID($0) })] {
            let outputs = try await play {
                $0.appended = { AppendedMessages(uidValidity: $0.uidValidity, uids: uids) }
            }
            for output in outputs {
                let codes = output.split(separator: "[APPENDUID ").count - 1
                #expect(codes == (uids.count == 1 ? 1 : 0), "\(uids): \(output)")
            }
        }
    }

    @Test func messagesThatAreRecentAndDoNotExist() async throws {
        let strange = UIDSet([1, 2, 3, 4, 5, 6, 7, 8, 9, 90, .max].compactMap { UID($0) })
        try await play {
            $0.recent = { _ in strange }
            $0.open = { $0.recent = strange }
        }
        try await play { $0.open = { $0.firstUnseen = UID(.max) } }
    }

    @Test func whatWasExpungedOrRefusedAndDoesNotExist() async throws {
        let strange = UIDSet([2, 90, .max].compactMap { UID($0) })
        try await play { $0.expunged = { _ in strange } }
        try await play { $0.refused = { _ in strange } }
        // No number for a code to name.
        for output in try await play({ $0.refused = { _ in UIDSet([90, .max].compactMap { UID($0) }) } }) {
            #expect(!output.contains("MODIFIED"), "\(output)")
        }
    }

    @Test func numbersAtTheirLimits() async throws {
        let last = UID(.max) ?? .first
        try await play {
            $0.status = { status in
                status = MailboxStatus(
                    messages: .max, recent: .max, unseen: .max, deleted: .max, uidNext: last,
                    uidValidity: status.uidValidity, size: .max, deletedSize: .max,
                    highestModSequence: status.highestModSequence, appendLimit: .max)
            }
            $0.open = { open in
                open.uidNext = last
                open.highestModSequence = ModSequence(UInt64(Int64.max))
            }
            $0.messages = { $0.map { $0.with(modSequence: ModSequence(UInt64(Int64.max))) } }
        }
        try await play { $0.open = { $0.highestModSequence = nil } }
        try await play { $0.messages = { $0.map { $0.with(modSequence: .zero) } } }
        try await play { $0.messages = { $0.map { $0.with(modSequence: nil) } } }
    }

    @Test func aListingWithDoublesAndContradictions() async throws {
        try await play {
            $0.mailboxes = { entries in
                let strange = entries.map { entry in
                    var entry = entry
                    entry.attributes = [
                        .nonExistent, .noSelect, .hasChildren, .hasNoChildren, .subscribed, .noSelect,
                    ]
                    entry.isSubscribed.toggle()
                    return entry
                }
                return entries + strange.reversed() + entries
            }
        }
        try await play { $0.mailboxes = { _ in [] } }
    }
}

extension MessageRecord {
    fileprivate func with(size: UInt64) -> MessageRecord {
        var record = self
        record.size = size
        return record
    }

    fileprivate func with(digest: MessageDigest) -> MessageRecord {
        var record = self
        record.digest = digest
        return record
    }

    fileprivate func with(modSequence: ModSequence?) -> MessageRecord {
        var record = self
        record.modSequence = modSequence
        return record
    }
}
