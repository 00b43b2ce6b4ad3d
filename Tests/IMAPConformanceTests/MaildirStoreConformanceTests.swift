import Foundation
import IMAPHost
import IMAPMaildirStore
import IMAPTestKit
import Synchronization
import Testing

@Suite("Conformance of MaildirStore", .serialized)
struct MaildirStoreConformanceTests {
    /// The directories of the stores that a run made, by store.
    private final class Directories: Sendable {
        private let paths = Mutex<[ObjectIdentifier: String]>([:])

        func make() throws -> MaildirStore {
            let path = FileManager.default.temporaryDirectory.appending(path: "maildir-\(UUID().uuidString)").path
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            return remember(MaildirStore(path: path), path)
        }

        /// A new store on the same directory, as after a restart.
        func reopen(_ store: any MailStore) throws -> any MailStore {
            guard let path = path(of: store) else { throw StoreError.internalError }
            return remember(MaildirStore(path: path), path)
        }

        func remove(_ store: any MailStore) {
            guard let path = path(of: store) else { return }
            try? FileManager.default.removeItem(atPath: path)
        }

        private func remember(_ store: MaildirStore, _ path: String) -> MaildirStore {
            paths.withLock { $0[ObjectIdentifier(store)] = path }
            return store
        }

        private func path(of store: any MailStore) -> String? {
            (store as? MaildirStore).flatMap { store in paths.withLock { $0[ObjectIdentifier(store)] } }
        }
    }

    @Test(arguments: StoreConformance.rules)
    func maildirStoreKeeps(_ rule: ConformanceRule) async {
        let directories = Directories()
        let conformance = StoreConformance(
            makeStore: { try directories.make() }, reopen: { try directories.reopen($0) },
            discard: { directories.remove($0) })
        let verdict = await conformance.check(rule)
        #expect(verdict.isPassed, "\(verdict)")
    }
}
