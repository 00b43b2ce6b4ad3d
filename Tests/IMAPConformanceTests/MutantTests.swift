import IMAPHost
import IMAPMemoryStore
import IMAPTestKit
import Testing

@Suite("Conformance convicts deliberately wrong stores")
struct MutantTests {
    @Test(arguments: Fault.allCases)
    func theFaultIsConvictedByItsRule(_ fault: Fault) async {
        let verdicts = await StoreConformance(
            makeStore: { MutantStore(fault) },
            reopen: { store in
                guard let store = store as? MutantStore else { throw StoreError.internalError }
                return MutantStore(fault, over: store)
            }
        ).run(only: [fault.rule])
        #expect(verdicts.count == 1, "there is no rule \(fault.rule)")
        for verdict in verdicts { #expect(!verdict.isPassed, "\(fault) goes by: \(verdict)") }
    }

    /// R-SW-6: no rule traps, whatever a store returns.
    @Test(arguments: [Fault.returnsNoRecords, .saysTheLargestNumbers])
    func nonsenseIsToldOfByEveryRule(_ fault: Fault) async {
        let verdicts = await StoreConformance(makeStore: { MutantStore(fault) }).run()
        #expect(verdicts.count { !$0.isPassed } > 2)
    }
}
