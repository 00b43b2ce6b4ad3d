import IMAPMemoryStore
import IMAPTestKit

/// `imap-bench switches USERS`: that many logins on one connection, and what they leave in memory.
enum Switches {
    static let allowed = 1 << 20

    /// Returns whether memory grew by no more than ``allowed`` behind the first tenth, and every answer was right.
    static func run(_ count: Int) async throws -> Bool {
        let clock = ContinuousClock()
        let began = clock.now
        let running = Task.detached {
            var early = Resident.octets
            let finding = try await UserSwitches.run(count, in: ProgramWorld(store: MemoryStore())) { done in
                if done <= count / 10 { early = Resident.octets }
            }
            return (finding, Resident.octets - early)
        }
        let (finding, growth) = try await running.value
        let took = began.duration(to: clock.now).components
        let seconds = Double(took.seconds) + Double(took.attoseconds) / 1e18
        print(
            "switches: \(count) users on one connection in \((seconds * 100).rounded() / 100) s, "
                + "\(growth >> 10) KiB more at the end than after a tenth")
        if let finding { print("switches: \(finding)") }
        return finding == nil && growth <= allowed
    }
}
