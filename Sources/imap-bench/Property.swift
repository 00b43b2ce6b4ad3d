import Glibc
import IMAPHost
import IMAPMemoryStore
import IMAPTestKit

/// `imap-bench property PROGRAMS FIRST-SEED`: nothing of one user reaches the next, over the store in memory.
enum Property {
    /// Returns whether no program is a counterexample.
    static func run(programs: UInt64, from first: UInt64) async throws -> Bool {
        let property = NonInterference { ProgramWorld(store: MemoryStore()) }
        let missing = try await property.commandsWithoutTemplate()
        if !missing.isEmpty { print("property: no templates for \(missing.joined(separator: ", "))") }
        print("property: \(programs) programs, seeds \(first) to \(first + programs - 1)")
        let clock = ContinuousClock()
        let began = clock.now
        let every: UInt64 = programs > 100_000 ? 10_000 : max(programs / 4, 1)
        // Not on the main thread: each answer would wake it.
        let running = Task.detached {
            try await property.run(programs: programs, from: first) { done in
                guard done % every == 0 || done == programs else { return }
                let took = began.duration(to: clock.now).components
                let seconds = Double(took.seconds) + Double(took.attoseconds) / 1e18
                let rate = Int(Double(done) / max(seconds, 0.001))
                print(
                    "property: \(done) programs agree, next seed \(first + done), \(rate) a second, "
                        + "\(Resident.octets >> 20) MiB")
                fflush(nil)
            }
        }
        let found = try await running.value
        guard let found else { return true }
        print(found)
        return false
    }
}
