import IMAPHost
import IMAPTypes
import Testing

@testable import IMAPMaildirStore

/// A loss of power cannot be tried here; what is told to the disk, and in which order, can.
@Suite("Maildir: what lasts before the OK")
struct DurabilityTests {
    private func steps(_ scenario: CrashScenario) async throws -> [FileStep] {
        let scratch = try Scratch()
        try await scenario.prepare(scratch)
        let steps = KillingSteps()
        if scenario.beginsWithSession { steps.arm() }
        let account = try await scratch.account(steps: steps)
        steps.arm()
        try await scenario.run(account)
        return steps.steps
    }

    private func position(_ steps: [FileStep], _ matches: (FileStep) -> Bool) throws -> Int {
        let index = steps.firstIndex(where: matches)
        return try #require(index)
    }

    private func isSync(_ step: FileStep, of suffix: String) -> Bool {
        if case .sync(let path) = step { path.description.hasSuffix(suffix) } else { false }
    }

    /// A message, whose name begins with the time it came.
    private func isSync(_ step: FileStep, in directory: String) -> Bool {
        if case .sync(let path) = step { path.description.contains(directory + "/1") } else { false }
    }

    @Test func aMessageLastsBeforeItsRecordAndItsRecordBeforeItsName() async throws {
        let steps = try await steps(.append)
        let message = try position(steps) { isSync($0, in: "/alice/tmp") }
        let directory = try position(steps) { isSync($0, of: "/alice/tmp") }
        let record = try position(steps) { isSync($0, of: "/alice/imap-index") }
        let rename = try position(steps) { if case .rename = $0 { true } else { false } }
        #expect(message < directory && directory < record && record < rename)
    }

    @Test func aFileIsRemovedWhenTheRecordOfItLasts() async throws {
        for scenario in [CrashScenario.expunge, .move, .moveWithin] {
            let steps = try await steps(scenario)
            let record = try position(steps) { isSync($0, of: "/alice/imap-index") }
            let removal = try position(steps) { step in
                if case .remove(let path) = step { path.description.contains("/alice/cur/") } else { false }
            }
            #expect(record < removal, "\(scenario)")
        }
    }

    /// Else a message that was expunged is a new one after a loss of power: its file is there, and nothing says that it
    /// is to be removed.
    @Test func nothingIsSaidToBeRemovedBeforeThatLasts() async throws {
        for scenario in [CrashScenario.expunge, .move, .moveWithin] {
            let scratch = try Scratch()
            try await scenario.prepare(scratch)
            let (first, second) = (KillingSteps(), KillingSteps())
            let account = try await scratch.account(steps: first)
            first.arm()
            try await scenario.run(account)
            second.arm()
            _ = try await scratch.account(steps: second).open(.inbox, .readWrite)
            for steps in [first.steps + second.steps, second.steps] {
                var isUnsure = steps.count == second.steps.count
                for step in steps {
                    if case .remove(let path) = step, path.description.contains("/alice/cur/") { isUnsure = true }
                    if isSync(step, of: "/alice/cur") { isUnsure = false }
                    if case .write(let path) = step, path.description.hasSuffix("/alice/imap-index") {
                        #expect(!isUnsure, "\(scenario)")
                    }
                }
            }
        }
    }

    @Test func aNewUsersDirectoryLasts() async throws {
        let scratch = try Scratch()
        let steps = KillingSteps()
        steps.arm()
        _ = try await scratch.account(steps: steps)
        let made = try position(steps.steps) { step in
            if case .makeDirectory(let path) = step { path.description.hasSuffix("/alice") } else { false }
        }
        let synced = try position(steps.steps) { isSync($0, of: scratch.path) }
        #expect(made < synced)
    }

    @Test func everyOperationEndsWithSomethingThatLasts() async throws {
        for scenario in CrashScenario.allCases where scenario != .claim {
            #expect(try await steps(scenario).contains { if case .sync = $0 { true } else { false } }, "\(scenario)")
        }
    }
}
