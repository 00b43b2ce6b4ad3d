import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMemoryStore

@Suite("Flags")
struct FlagsTests {
    @Test func aKeywordKeepsItsFirstSpellingAndComparesByCase() async throws {
        let store = store(messages: 1)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([try flag("$Label1")]), of: uids(1))
        try await open.mailbox.changeFlags(.add([try flag("$LABEL1")]), of: uids(1))
        let records = try await open.mailbox.messages(uids(1), .flags)
        #expect(records.first?.flags?.map(\.description) == ["$Label1"])
    }

    @Test func unknownBackslashFlagsAreLeftOut() throws {
        let store = store(messages: 1)
        try store.changeFlags(.add([try flag("\\Odd"), .seen]), of: uids(1), in: .inbox, for: alice)
        #expect(try store.records(in: .inbox, for: alice).first?.flags == [.seen])
    }

    @Test func theFlagsOfAMailboxIncludeItsKeywords() async throws {
        let store = store(messages: 1)
        try store.changeFlags(.add([try flag("work")]), of: uids(1), in: .inbox, for: alice)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        #expect(open.flags == [.answered, .flagged, .deleted, .seen, .draft, try flag("work")])
        #expect(open.permanentFlags == open.flags)
        #expect(open.acceptsNewKeywords)
    }

    @Test func aReadOnlyMailboxHasNoPermanentFlagsAndRefusesChanges() async throws {
        let store = store(messages: 1)
        let open = try await store.account(of: alice).open(.inbox, .readOnly)
        #expect(open.access == .readOnly)
        #expect(open.permanentFlags.isEmpty)
        #expect(!open.acceptsNewKeywords)
        await #expect(throws: StoreError.noPermission) {
            try await open.mailbox.changeFlags(.add([.seen]), of: uids(1))
        }
        await #expect(throws: StoreError.noPermission) { try await open.mailbox.expunge(uids(1)) }
        #expect(try store.records(in: .inbox, for: alice).first?.flags == [])
    }

    @Test func aMailboxThatIsReadOnlyIsOpenedSo() async throws {
        let store = store(messages: 0)
        let archive = try mailbox("Archive")
        try store.createMailbox(archive, for: alice, access: .readOnly)
        try store.append([], to: archive, for: alice)
        let account = try await store.account(of: alice)
        let open = try await account.open(archive, .readWrite)
        #expect(open.access == .readOnly)
        #expect(open.recent == uids(1))
        #expect(try await account.status(of: archive).recent == 1)
    }

    @Test func keywordsRunOutAndComeBackWhenNoMessageHasThem() throws {
        let store = store(messages: 2)
        let keywords = try (0..<59).map { try flag("k\($0)") }
        try store.changeFlags(.add(keywords), of: uids(1), in: .inbox, for: alice)
        let before = try store.records(in: .inbox, for: alice)
        #expect(throws: StoreError.limit) {
            try store.changeFlags(.add([.seen, try flag("more")]), of: uids(1, 2), in: .inbox, for: alice)
        }
        #expect(throws: StoreError.limit) {
            try store.append([], to: .inbox, for: alice, flags: [try flag("more")])
        }
        #expect(try store.records(in: .inbox, for: alice) == before)
        try store.changeFlags(.remove([keywords[7]]), of: uids(1), in: .inbox, for: alice)
        try store.changeFlags(.add([try flag("more")]), of: uids(2), in: .inbox, for: alice)
        #expect(try store.records(in: .inbox, for: alice).last?.flags == [try flag("more")])
        #expect(try store.records(in: .inbox, for: alice).first?.flags?.count == 58)
        #expect(throws: StoreError.limit) {
            try store.changeFlags(.add([keywords[7]]), of: uids(2), in: .inbox, for: alice)
        }
    }

    @Test func keywordsOfOneOperationDoNotTakeEachOthersRows() throws {
        var table = FlagTable()
        let many = try (0..<60).map { try flag("k\($0)") }
        #expect(throws: StoreError.limit) { try table.bits(many) }
        var other = FlagTable()
        let bits = try other.bits(Array(many[..<59]))
        #expect(other.flags(of: bits) == Array(many[..<59]))
    }

    @Test func theFirstUnseenMessageIsFoundAfterEveryChange() throws {
        var content = MailboxContent(logCapacity: 100)
        #expect(content.firstUnseen() == nil)
        _ = try content.append([MemoryMessage](repeating: MemoryMessage([]), count: 4))
        #expect(content.firstUnseen() == uid(1))
        _ = try content.changeFlags(.add([.seen]), of: uids(1, 2, 4))
        #expect(content.firstUnseen() == uid(3))
        _ = try content.changeFlags(.remove([.seen]), of: uids(2))
        #expect(content.firstUnseen() == uid(2))
        _ = content.remove(uids(2), having: 0)
        #expect(content.firstUnseen() == uid(3))
        _ = try content.changeFlags(.replace([.seen]), of: uids(3))
        #expect(content.firstUnseen() == nil)
        _ = try content.append([MemoryMessage([])])
        #expect(content.firstUnseen() == uid(5))
    }
}
