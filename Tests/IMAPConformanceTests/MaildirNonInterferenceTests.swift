import Foundation
import IMAPHost
import IMAPMaildirStore
import IMAPTestKit
import Synchronization
import Testing

@Suite("A reused connection over MaildirStore is a fresh connection")
struct MaildirNonInterferenceTests {
    /// UIDVALIDITY, dates of arrival and identifiers are not the same in two stores.
    @Test func randomProgramsSayTheSameOnOneConnectionAsOnMany() async throws {
        let paths = Mutex<[ObjectIdentifier: String]>([:])
        let property = NonInterference(variation: [.uidValidity, .internalDate, .objectIdentifiers]) {
            let path = FileManager.default.temporaryDirectory.appending(path: "maildir-\(UUID().uuidString)").path
            let store = MaildirStore(path: path)
            paths.withLock { $0[ObjectIdentifier(store)] = path }
            return ProgramWorld(store: store)
        } discard: { world in
            guard let store = world.store as? MaildirStore,
                let path = paths.withLock({ $0.removeValue(forKey: ObjectIdentifier(store)) })
            else { return }
            try? FileManager.default.removeItem(atPath: path)
        }
        let found = try await property.run(programs: 60)
        #expect(found == nil, "\(found.map(\.description) ?? "")")
    }
}
