import Foundation
import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Testing

func temporaryDirectory() -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("mail-\(UUID().uuidString)")
}

// listing: conformance
@Suite struct DirectoryStoreConformance {
    private static let conformance = StoreConformance(
        makeStore: { DirectoryStore(root: temporaryDirectory()) },
        reopen: { store in
            guard let store = store as? DirectoryStore else { throw StoreError.internalError }
            return DirectoryStore(root: store.root)
        },
        discard: { store in
            if let store = store as? DirectoryStore { try? FileManager.default.removeItem(at: store.root) }
        })

    @Test(arguments: StoreConformance.rules)
    func theStoreKeeps(_ rule: ConformanceRule) async {
        let verdict = await Self.conformance.check(rule)
        #expect(verdict.isPassed, "\(verdict)")
    }
}
// listing: end

@Suite("The store of the article")
struct DirectoryStoreTests {
    @Test func doesNotApply() async {
        let conformance = StoreConformance(makeStore: { DirectoryStore(root: temporaryDirectory()) })
        var rules: [String] = []
        for verdict in await conformance.run() {
            if case .notApplicable = verdict.outcome { rules.append(verdict.rule.identifier) }
        }
        print("NA", rules)
    }
}
