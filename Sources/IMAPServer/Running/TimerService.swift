import IMAPHost
import Synchronization

/// Something with a deadline.
protocol TimerTarget: AnyObject, Sendable {
    /// The clock reached `entry`, a moment asked for. Returns when to be asked again, if a later deadline was set since
    /// and this was the entry that stands for it.
    func timerFired(now: Duration, entry: Duration) -> Duration?
}

/// The one timer of a server: a heap of moments, and one task while there are any (never a sleep for each connection).
///
/// A deadline that moves to later costs nothing: the old entry finds out when it fires. Deadlines are met within a
/// second.
final class TimerService: Sendable {
    fileprivate struct Entry: Sendable {
        let deadline: Duration
        weak var target: (any TimerTarget)?
    }

    fileprivate struct State: Sendable {
        var heap: [Entry] = []
        var isRunning = false
    }

    private let clock: any ServerClock
    private let state = Mutex(State())
    private static let tick = Duration.seconds(1)

    init(clock: any ServerClock) { self.clock = clock }

    /// Entries in the heap, for tests.
    var count: Int { state.withLock { $0.heap.count } }

    func schedule(_ target: any TimerTarget, at deadline: Duration) {
        let starts = state.withLock { state in
            state.push(Entry(deadline: deadline, target: target))
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if starts { Task { await self.run() } }
    }

    private func run() async {
        while let deadline = nextDeadline() {
            await clock.sleep(until: min(deadline, clock.now + TimerService.tick))
            fire(now: clock.now)
        }
    }

    private func nextDeadline() -> Duration? {
        state.withLock { state in
            guard let first = state.heap.first else {
                state.isRunning = false
                return nil
            }
            return first.deadline
        }
    }

    private func fire(now: Duration) {
        while let entry = state.withLock({ $0.pop(dueAt: now) }) {
            guard let target = entry.target, let again = target.timerFired(now: now, entry: entry.deadline) else {
                continue
            }
            state.withLock { $0.push(Entry(deadline: again, target: target)) }
        }
    }
}

extension TimerService.State {
    // A binary heap: the earliest deadline is first.

    fileprivate mutating func push(_ entry: TimerService.Entry) {
        heap.append(entry)
        var index = heap.count - 1
        while index > 0 {
            let parent = (index - 1) / 2
            guard heap[index].deadline < heap[parent].deadline else { break }
            heap.swapAt(index, parent)
            index = parent
        }
    }

    fileprivate mutating func pop(dueAt now: Duration) -> TimerService.Entry? {
        guard let first = heap.first, first.deadline <= now else { return nil }
        heap.swapAt(0, heap.count - 1)
        heap.removeLast()
        var index = 0
        while true {
            var least = index
            for child in [2 * index + 1, 2 * index + 2]
            where child < heap.count && heap[child].deadline < heap[least].deadline {
                least = child
            }
            guard least != index else { break }
            heap.swapAt(index, least)
            index = least
        }
        return first
    }
}
