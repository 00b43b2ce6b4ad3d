import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import Testing

@Suite("Conformance of MemoryStore")
struct MemoryStoreConformanceTests {
    /// A restart is another session: what is in memory does not outlive a process.
    static let conformance = StoreConformance(makeStore: { MemoryStore() }, reopen: { $0 })

    @Test(arguments: StoreConformance.rules)
    func memoryStoreKeeps(_ rule: ConformanceRule) async {
        let verdict = await MemoryStoreConformanceTests.conformance.check(rule)
        #expect(verdict.isPassed, "\(verdict)")
    }

    @Test(arguments: ["a store with a short memory", "a flat store"])
    func otherMemoryStoresKeepEveryRule(_ kind: String) async {
        let conformance = StoreConformance(
            makeStore: { kind == "a flat store" ? MemoryStore(separator: nil) : MemoryStore(historyLimit: 2) },
            reopen: { $0 })
        for verdict in await conformance.run() { #expect(verdict.isPassed, "\(kind): \(verdict)") }
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
