// listing: non-interference
import Foundation
import IMAPTestKit
import Testing

@Suite struct DirectoryStoreNonInterference {
    /// The store takes UIDVALIDITY and dates of arrival from the clock.
    static let property = NonInterference(variation: [.uidValidity, .internalDate]) {
        ProgramWorld(store: DirectoryStore(root: temporaryDirectory()))
    } discard: { world in
        if let store = world.store as? DirectoryStore { try? FileManager.default.removeItem(at: store.root) }
    }

    @Test func nothingOfOneUserReachesTheNext() async throws {
        let counterexample = try await Self.property.run(programs: 60)
        #expect(counterexample == nil, "\(counterexample.map(\.description) ?? "")")
    }

    @Test func everyCommandIsInThePrograms() async throws {
        #expect(try await Self.property.commandsWithoutTemplate() == [])
    }
}
// listing: end
