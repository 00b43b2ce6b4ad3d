import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMemoryStore

@Suite("Messages and bodies")
struct MessagesTests {
    @Test func aBatchHasTheMessagesThatExistAscending() async throws {
        let store = store(messages: 10)
        try store.remove(uids(3, 4, 8), in: .inbox, for: alice)
        let open = try await store.account(of: alice).open(.inbox, .readOnly)
        #expect(open.uids == uids(1, 2, 5, 6, 7, 9, 10))
        let some = try await open.mailbox.messages(uids(2, 3, 4, 5, 8, 10, 4_000_000_000), [])
        #expect(some.map(\.uid) == [uid(2), uid(5), uid(10)])
        let all = try await open.mailbox.messages(UIDSet(.first, uid(.max)), [.size, .flags])
        #expect(all.map(\.uid) == Array(open.uids))
        #expect(all.allSatisfy { $0.size == 17 && $0.flags == [] })
        #expect(try await open.mailbox.messages(UIDSet(), .flags).isEmpty)
    }

    @Test func theColumnsAskedForAreThere() async throws {
        let store = store(messages: 0)
        let date = try #require(InternalDate(year: 2024, month: 2, day: 29, hour: 23, zoneMinutes: -480))
        try store.append(Array("a: b\r\n\r\n".utf8), to: .inbox, for: alice, flags: [.draft], internalDate: date)
        let open = try await store.account(of: alice).open(.inbox, .readOnly)
        let records = try await open.mailbox.messages(uids(1), [.flags, .internalDate, .size, .modSequence])
        let record = try #require(records.first)
        #expect(record.flags == [.draft])
        #expect(record.internalDate == date)
        #expect(record.size == 8)
        #expect(record.modSequence?.rawValue == open.token.rawValue)
    }

    @Test func bareLineFeedsBecomeCRLFAndTheSizeAgrees() async throws {
        let store = store(messages: 0)
        let text = Array("a: b\n\r\nc\n\nd\r\n\r".utf8)
        let added = try store.append(text, to: .inbox, for: alice)
        let body = try store.body(of: added, in: .inbox, for: alice)
        let expected = Array("a: b\r\n\r\nc\r\n\r\nd\r\n\r".utf8)
        #expect(try await octets(of: body, step: 3) == expected)
        #expect(body.size == UInt64(expected.count))
        #expect(try store.status(of: .inbox, for: alice).size == body.size)
    }

    @Test func readingOutsideABodyGivesNothing() async throws {
        let bodies: [any MessageBody] = [
            OctetBody([1, 2, 3]), RepeatingBody(header: [1], block: [2, 3], size: 3),
        ]
        for body in bodies {
            #expect(try await body.read(at: 3, max: 10).isEmpty)
            #expect(try await body.read(at: .max, max: .max).isEmpty)
            #expect(try await body.read(at: 0, max: 0).isEmpty)
            #expect(try await body.read(at: 0, max: -1).isEmpty)
            #expect(try await body.read(at: 1, max: .max) == [2, 3])
        }
    }

    @Test(arguments: 1...9)
    func aRepeatingBodyIsTheSameHoweverItIsRead(step: Int) async throws {
        let body = RepeatingBody(header: Array("Subject: x\r\n\r\n".utf8), block: Array("abc\r\n".utf8), size: 41)
        let expected = Array("Subject: x\r\n\r\nabc\r\nabc\r\nabc\r\nabc\r\nabc\r\nab".utf8)
        #expect(try await octets(of: body, step: step) == expected)
    }

    @Test func aRepeatingBodyShorterThanItsHeaderIsCut() async throws {
        let short = RepeatingBody(header: [1, 2, 3], block: [4], size: 2)
        #expect(try await octets(of: short, step: 9) == [1, 2])
        let empty = RepeatingBody(header: [1, 2, 3], block: [], size: 99)
        #expect(empty.size == 3)
        #expect(try await octets(of: empty, step: 2) == [1, 2, 3])
    }

    @Test func aMessageOfAGibibyteIsReadAtItsEnd() async throws {
        let store = store(messages: 0)
        let body = RepeatingBody(header: Array("\r\n".utf8), block: Array("0123456789abcd\r\n".utf8), size: 1 << 30)
        let added = try store.append(body: body, to: .inbox, for: alice)
        let stored = try store.body(of: added, in: .inbox, for: alice)
        #expect(stored.size == 1 << 30)
        let end: UInt64 = (1 << 30) - 4
        // The header's two octets shift the block: the last one is cut before its CRLF.
        #expect(try await stored.read(at: end, max: 100) == Array("abcd".utf8))
        #expect(try await stored.read(at: 0, max: .max).count == RepeatingBody.largestRead)
    }

    @Test func theBodyOfAMessageThatIsGoneIsExpunged() async throws {
        let store = store(messages: 2)
        let open = try await store.account(of: alice).open(.inbox, .readOnly)
        try store.remove(uids(1), in: .inbox, for: alice)
        await #expect(throws: StoreError.expunged) { try await open.mailbox.body(of: uid(1)) }
        await #expect(throws: StoreError.expunged) { try await open.mailbox.body(of: uid(3)) }
        #expect(try await open.mailbox.body(of: uid(2)).size == 17)
        #expect(throws: StoreError.expunged) { try store.body(of: uid(1), in: .inbox, for: alice) }
    }

    @Test func uidsAreNeverUsedAgain() throws {
        let store = store(messages: 2)
        try store.remove(UIDSet(.first, uid(.max)), in: .inbox, for: alice)
        #expect(try store.append([], to: .inbox, for: alice) == uid(3))
        #expect(try store.status(of: .inbox, for: alice).uidNext == uid(4))
    }

    @Test func anAppendBeyondTheLastUIDAddsNothing() throws {
        var content = MailboxContent(uidNext: uid(.max - 2), logCapacity: 100)
        #expect(throws: StoreError.limit) {
            try content.append([MemoryMessage](repeating: MemoryMessage([]), count: 3))
        }
        #expect(content.messages.isEmpty)
        #expect(try content.append([MemoryMessage([]), MemoryMessage([])]) == UIDSet(uid(.max - 2), uid(.max - 1)))
        #expect(content.uidNext == uid(.max))
        #expect(throws: StoreError.limit) { try content.append([MemoryMessage([])]) }
    }

    @Test func anAppendBeyondTheOctetsOfAMailboxAddsNothing() throws {
        let store = store(messages: 0)
        let half = RepeatingBody(header: [], block: [0], size: 1 << 63)
        try store.append(body: half, to: .inbox, for: alice)
        let before = try store.status(of: .inbox, for: alice)
        #expect(throws: StoreError.limit) { try store.append(body: half, to: .inbox, for: alice) }
        #expect(try store.status(of: .inbox, for: alice) == before)
    }

    @Test func concurrentAppendsGiveDistinctAscendingUIDs() async throws {
        let store = store(messages: 0)
        let perTask = try await withThrowingTaskGroup(of: [UID].self) { group in
            for task in 0..<8 {
                group.addTask {
                    try (0..<500).map { _ in try store.append([UInt8(task)], to: .inbox, for: alice) }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        for uids in perTask { #expect(zip(uids, uids.dropFirst()).allSatisfy { $0 < $1 }) }
        #expect(UIDSet(perTask.joined()) == UIDSet(.first, uid(4000)))
        #expect(try store.records(in: .inbox, for: alice).count == 4000)
    }

    @Test func concurrentFlagChangesOfOneMessageAllCount() async throws {
        let store = store(messages: 1)
        let keywords = try (0..<16).map { try flag("k\($0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for keyword in keywords {
                group.addTask {
                    let account = try await store.account(of: alice)
                    let open = try await account.open(.inbox, .readWrite)
                    try await open.mailbox.changeFlags(.add([keyword]), of: uids(1))
                    try await account.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(try store.records(in: .inbox, for: alice).first?.flags ?? []) == Set(keywords))
        #expect(store.openSessionCount == 0)
    }
}
