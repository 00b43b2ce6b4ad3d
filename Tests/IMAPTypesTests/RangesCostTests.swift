import Glibc
import IMAPTypes
import Testing

/// Work that is done once for each of many messages must not look at all of them: sixteen times as long for four times as
/// many would say that it does. The time is the thread's own, however busy the machine is.
@Suite("What sets of many ranges cost (R-ALG-1)", .serialized)
struct RangesCostTests {
    private static func nanoseconds(_ body: () -> Void) -> UInt64 {
        func now() -> UInt64 {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
        }
        let before = now()
        body()
        return now() - before
    }

    /// Every second number, `count` of them.
    private static func holes(_ count: UInt32) -> UIDSet { UIDSet((1...count).compactMap { UID($0 * 2) }) }

    /// The best of three each, as little as a millisecond being nothing.
    private static func growth(_ body: (UInt32) -> Void) -> Double {
        func best(_ count: UInt32) -> UInt64 { (0..<3).map { _ in nanoseconds { body(count) } }.min() ?? 0 }
        return Double(best(4000)) / Double(max(best(1000), 1_000_000))
    }

    @Test func whatIsAtTheEndDoesNotCostTheWholeSet() {
        let growth = Self.growth { count in
            var set = Self.holes(count)
            let all = set
            for number in 0..<count {
                guard let uid = UID(count * 2 + 3 + number * 2) else { continue }
                let one = UIDSet(uid)
                // As when a message comes and is claimed: it is looked for, found new, and added.
                if !one.subtracting(all).intersection(all).isEmpty { set = UIDSet() }
                set.formUnion(one)
            }
            #expect(set.bounds.count == Int(count) * 2)
        }
        #expect(growth < 9, "four times as many cost \(growth) times as much")
    }
}
