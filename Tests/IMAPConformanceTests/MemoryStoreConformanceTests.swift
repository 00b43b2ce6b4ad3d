import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import Testing

@Suite("Conformance of MemoryStore")
struct MemoryStoreConformanceTests {
    /// A restart is another session: what is in memory does not outlive a process.
    static let conformance = StoreConformance(
        makeStore: { MemoryStore(sharedPrefix: "#shared/", mayAnnotateServer: { _ in true }) }, reopen: { $0 },
        limitQuota: { store, user, limits in
            guard let store = store as? MemoryStore else { throw StoreError.internalError }
            try store.setQuota(limits, for: user)
        })

    @Test(arguments: StoreConformance.rules)
    func memoryStoreKeeps(_ rule: ConformanceRule) async {
        let verdict = await MemoryStoreConformanceTests.conformance.check(rule)
        #expect(verdict.outcome == .passed, "\(verdict)")
    }

    @Test(arguments: MemoryStoreKind.allCases)
    func everyKindOfMemoryStoreKeepsEveryRule(_ kind: MemoryStoreKind) async {
        let conformance = StoreConformance(makeStore: { kind.store }, reopen: { $0 })
        for verdict in await conformance.run() { #expect(verdict.isPassed, "\(verdict)") }
    }

    @Test func rulesAreNamedOnceAndSaySomething() {
        let rules = StoreConformance.rules
        #expect(Set(rules.map(\.identifier)).count == rules.count)
        #expect(rules.count >= 60)
        for rule in rules {
            #expect(rule.statement.hasSuffix("."), "\(rule)")
            #expect(!rule.reference.isEmpty, "\(rule)")
        }
    }
}

/// The ways a program may set up a ``MemoryStore``.
enum MemoryStoreKind: CaseIterable {
    case flat
    case forgetful
    case shared
    case filled
    case settable

    var store: MemoryStore {
        switch self {
        case .flat: MemoryStore(separator: nil)
        case .forgetful: MemoryStore(historyLimit: 2)
        case .shared: MemoryStore(separator: 0x2E, sharedPrefix: "#shared.")
        case .filled:
            MemoryStore { _ in
                [MemoryMessage](repeating: MemoryMessage(Array("Subject: a\r\n\r\nb\r\n".utf8)), count: 3)
            }
        case .settable: MemoryStore(maySetQuota: { _ in true })
        }
    }
}
