import Glibc
import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

/// The process that does an operation is killed, with SIGKILL, before each step it makes on disk and behind the last
/// one; then another process looks.
@Suite("Maildir: killed at every step")
struct CrashTests {
    @Test(arguments: CrashScenario.allCases)
    func anOperationIsDoneOrNotDone(scenario: CrashScenario) async throws {
        let whole = try Scratch()
        try await scenario.prepare(whole)
        let counter = KillingSteps()
        if scenario.beginsWithSession { counter.arm() }
        let account = try await whole.account(steps: counter)
        counter.arm()
        try await scenario.run(account)
        let after = try await Snapshot(whole)
        let count = counter.steps.count
        #expect(count > 1)
        var outcomes: Set<Bool> = []
        for fatal in 0...count {
            let scratch = try Scratch()
            try await scenario.prepare(scratch)
            let before = scenario == .adopt ? nil : try await Snapshot(scratch)
            let path = scratch.path
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = path as String, scenario = scenario as CrashScenario, fatal = fatal as Int] in
                try await CrashTests.child(path, scenario, fatal)
            }
            let found = try await Snapshot(scratch)
            let place = "\(scenario), step \(fatal) of \(count): \(fatal < count ? "\(counter.steps[fatal])" : "done")"
            outcomes.insert(check(found, before, after, scenario, isDone: fatal == count, place))
            #expect(try await Snapshot(scratch) == found, "not the same when looked at again: \(place)")
            try await goOn(scratch, found, place)
        }
        #expect(outcomes.contains(true))
    }

    static func child(_ path: String, _ scenario: CrashScenario, _ fatal: Int) async throws {
        let steps = KillingSteps(at: fatal)
        if scenario.beginsWithSession { steps.arm() }
        let account = try await MaildirStore(path: path, options: .init(), steps: steps).account(of: alice)
        steps.arm()
        try await scenario.run(account)
        kill(getpid(), SIGKILL)
    }

    /// Returns whether the operation was done.
    private func check(
        _ found: Snapshot, _ before: Snapshot?, _ after: Snapshot, _ scenario: CrashScenario, isDone: Bool,
        _ place: String
    ) -> Bool {
        let isAfter = found.contents == after.contents && found.entries == after.entries
        #expect(isAfter || !isDone, "acknowledged and lost: \(place)")
        guard let before else {
            #expect(isAfter, "\(place)")
            return isAfter
        }
        for (name, validity) in found.validities {
            if let old = before.validities[name] {
                #expect(old == validity, "\(place)")
                #expect(found.modSequences[name] ?? .zero >= before.modSequences[name] ?? .zero, "\(place)")
            } else if scenario != .rename {
                #expect(validity > before.validities.values.max() ?? validity, "\(place)")
            }
        }
        let isBefore = found.contents == before.contents && found.entries == before.entries
        if scenario.isPerMessage {
            for (name, contents) in found.contents {
                let (old, new) = (before.contents[name] ?? [], after.contents[name] ?? [])
                #expect(contents.map(\.uid) == old.map(\.uid), "\(place)")
                for ((one, old), new) in zip(zip(contents, old), new) {
                    // A keyword is in the index alone; the flags of RFC 9051 may be there without it.
                    #expect(one.text == old.text, "\(place)")
                    let system = one.flags.filter(\.isSystem)
                    #expect(
                        one == old || one == new
                            || (system == new.flags.filter(\.isSystem)
                                && one.flags.subtracting(system) == old.flags.filter { !$0.isSystem }),
                        "\(place)")
                }
            }
        } else if scenario == .appendWithKeyword, !isBefore, !isAfter {
            // Two operations: the first one may be done.
            #expect(found.contents[.inbox] == after.contents[.inbox]?.dropLast(), "\(place)")
        } else {
            #expect(isBefore || isAfter, "half done: \(place)\n\(found.contents)")
        }
        return isAfter
    }

    /// The maildir is one to work with: what comes gets a new UID, and nothing is left behind.
    private func goOn(_ scratch: Scratch, _ found: Snapshot, _ place: String) async throws {
        let account = try await scratch.account()
        let next = try await account.status(of: .inbox).uidNext
        #expect((found.contents[.inbox]?.last?.uid ?? 0) < next.rawValue, "\(place)")
        #expect(try await account.add(1).uids == UIDSet(next), "\(place)")
        let left = scratch.entries(".").filter { $0.hasPrefix("imap-making") || $0.hasPrefix("imap-trash") }
        #expect(left == [], "\(place)")
        let inbox = found.contents[.inbox]?.count ?? 0
        #expect(scratch.entries("cur").count + scratch.entries("new").count == inbox + 1, "\(place)")
        try await account.close()
    }
}
