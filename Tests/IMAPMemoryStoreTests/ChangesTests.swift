import IMAPHost
import IMAPMemoryStore
import IMAPTypes
import Testing

@Suite("Changes since a token")
struct ChangesTests {
    @Test func nothingHappenedIsNone() async throws {
        let open = try await store(messages: 3).account(of: alice).open(.inbox, .readWrite)
        guard case .none = try await open.mailbox.changes(since: open.token) else {
            Issue.record("not none")
            return
        }
    }

    @Test func changesAfterAnAppendNameTheMessage() async throws {
        let store = store(messages: 3)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        let added = try store.append([], to: .inbox, for: alice)
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(added == uid(4))
        #expect(ChangeSummary(changes) == ChangeSummary(appeared: uids(4)))
        let token = try #require(changes.token)
        #expect(ChangeSummary(try await open.mailbox.changes(since: token)) == .nothing)
    }

    @Test func changesAfterAnExpungeNameTheVanishedMessage() async throws {
        let store = store(messages: 5)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        try store.changeFlags(.add([.deleted]), of: uids(2, 4), in: .inbox, for: alice)
        #expect(try store.expunge(uids(1, 2, 3, 4, 9), in: .inbox, for: alice) == uids(2, 4))
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(changes) == ChangeSummary(vanished: uids(2, 4)))
        #expect(try store.records(in: .inbox, for: alice).map(\.uid) == [uid(1), uid(3), uid(5)])
    }

    @Test func changesAfterAFlagChangeNameOnlyWhatChanged() async throws {
        let store = store(messages: 3)
        try store.changeFlags(.add([.seen]), of: uids(2), in: .inbox, for: alice)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        try await open.mailbox.changeFlags(.add([.seen]), of: UIDSet(uid(1), uid(.max)))
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(changes) == ChangeSummary(flagsChanged: uids(1, 3)))
    }

    @Test func aMessageThatCameAndWentIsNotTold() async throws {
        let store = store(messages: 1)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        let added = try store.append([], to: .inbox, for: alice)
        try store.remove(UIDSet(added), in: .inbox, for: alice)
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(changes) == .nothing)
        #expect(changes.token != nil)
    }

    @Test func aMessageThatCameAndWasFlaggedAppearsOnly() async throws {
        let store = store(messages: 1)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        try store.append([], to: .inbox, for: alice)
        try store.changeFlags(.add([.seen]), of: uids(2), in: .inbox, for: alice)
        let changes = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(changes) == ChangeSummary(appeared: uids(2)))
    }

    @Test func aTokenOlderThanTheHistoryIsUnknown() async throws {
        let store = store(messages: 3, historyLimit: 10)
        let open = try await store.account(of: alice).open(.inbox, .readWrite)
        for round in 0..<10 {
            try store.changeFlags(
                round % 2 == 0 ? .add([.seen]) : .remove([.seen]), of: uids(1), in: .inbox, for: alice)
        }
        let known = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(known) == ChangeSummary(flagsChanged: uids(1)))
        try store.append([], to: .inbox, for: alice)
        let unknown = try await open.mailbox.changes(since: open.token)
        #expect(ChangeSummary(unknown).unknown == uids(1, 2, 3, 4))
        #expect(ChangeSummary(try await open.mailbox.changes(since: try #require(unknown.token))) == .nothing)
    }

    @Test func aTokenFromTheFutureIsUnknown() async throws {
        let open = try await store(messages: 2).account(of: alice).open(.inbox, .readWrite)
        let changes = try await open.mailbox.changes(since: ChangeToken(.max))
        #expect(ChangeSummary(changes).unknown == uids(1, 2))
        #expect(changes.token == open.token)
        #expect(ChangeSummary(try await open.mailbox.changes(since: ChangeToken(0))).unknown == uids(1, 2))
    }

    @Test func eachOperationTakesOneModSequence() throws {
        let store = store(messages: 4)
        let start = try store.status(of: .inbox, for: alice).highestModSequence
        try store.changeFlags(.add([.deleted]), of: uids(1, 3), in: .inbox, for: alice)
        let flagged = try store.status(of: .inbox, for: alice).highestModSequence
        #expect(flagged == start.next)
        let records = try store.records(in: .inbox, for: alice)
        #expect(records.map(\.modSequence) == [flagged, start, flagged, start])
        try store.expunge(uids(1, 3), in: .inbox, for: alice)
        #expect(try store.status(of: .inbox, for: alice).highestModSequence == flagged.next)
        #expect(try store.records(in: .inbox, for: alice).map(\.modSequence) == [start, start])
    }

    @Test func anOperationThatChangesNothingTakesNoModSequence() throws {
        let store = store(messages: 2)
        try store.changeFlags(.add([.seen]), of: uids(1, 2), in: .inbox, for: alice)
        let before = try store.status(of: .inbox, for: alice)
        let records = try store.records(in: .inbox, for: alice)
        #expect(try store.changeFlags(.add([.seen]), of: uids(1, 2), in: .inbox, for: alice).isEmpty)
        #expect(try store.changeFlags(.replace([.seen]), of: uids(1, 2), in: .inbox, for: alice).isEmpty)
        #expect(try store.changeFlags(.remove([.draft]), of: uids(1, 2), in: .inbox, for: alice).isEmpty)
        #expect(try store.changeFlags(.add([.seen]), of: uids(77), in: .inbox, for: alice).isEmpty)
        #expect(try store.expunge(uids(1, 2), in: .inbox, for: alice).isEmpty)
        #expect(try store.append(contentsOf: [], to: .inbox, for: alice).isEmpty)
        #expect(try store.status(of: .inbox, for: alice) == before)
        #expect(try store.records(in: .inbox, for: alice) == records)
    }
}
