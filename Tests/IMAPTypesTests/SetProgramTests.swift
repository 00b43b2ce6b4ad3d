import IMAPTypes
import Testing

/// Numbers at both ends of the space and in the middle. What happens to a set happens to each number alone, so a model
/// that knows these numbers alone is exact for them, however wide the ranges between them are.
private let watched: [UInt32] =
    [1...24, 0x7FFF_FFF8...0x8000_0008, 0xFFFF_FFE7...0xFFFF_FFFF].flatMap { Array($0) }

@Suite("Sets of numbers, random programs (RFC 9051 section 9, nz-number; R-ALG-1, R-ALG-7)")
struct SetProgramTests {
    private struct Pair {
        var set = UIDSet()
        var model: Set<UInt32> = []
    }

    private static func bound(_ random: inout Seeded) throws -> UID {
        try #require(watched.randomElement(using: &random).flatMap { UID($0) })
    }

    /// One range of either order, or one number.
    private static func range(_ random: inout Seeded) throws -> Pair {
        let a = try bound(&random)
        let b = Bool.random(using: &random) ? a : try bound(&random)
        let (low, high) = (min(a, b), max(a, b))
        return Pair(
            set: UIDSet(a, b), model: Set(watched.filter { $0 >= low.rawValue && $0 <= high.rawValue }))
    }

    private static func agree(_ pair: Pair) -> Bool {
        let bounds = pair.set.bounds
        let isOrdered = bounds.allSatisfy { $0.lower <= $0.upper }
        let isApart = zip(bounds, bounds.dropFirst()).allSatisfy { a, b in
            UInt64(a.upper.rawValue) + 1 < UInt64(b.lower.rawValue)
        }
        let found = watched.filter { number in UID(number).map(pair.set.contains) ?? false }
        let count = bounds.reduce(0) { $0 + Int($1.upper.rawValue - $1.lower.rawValue) + 1 }
        return isOrdered && isApart && found == pair.model.sorted() && pair.set.count == count
            && pair.set.isEmpty == bounds.isEmpty && pair.set.first == bounds.first?.lower
            && pair.set.last == bounds.last?.upper
    }

    @Test(arguments: 0..<40 as Range<UInt64>)
    func programsOverTheWholeSpaceAgreeWithAModel(seed: UInt64) throws {
        var random = Seeded(state: seed)
        var pool = [Pair(), Pair(), Pair()]
        for step in 0..<200 {
            let place = Int.random(in: 0..<3, using: &random)
            let other = pool[Int.random(in: 0..<3, using: &random)]
            let range = try Self.range(&random)
            var pair = pool[place]
            switch Int.random(in: 0..<7, using: &random) {
            case 0:
                let number = try Self.bound(&random)
                pair.set.insert(number)
                pair.model.insert(number.rawValue)
            case 1: pair = Pair(set: pair.set.union(other.set), model: pair.model.union(other.model))
            case 2: pair = Pair(set: pair.set.intersection(other.set), model: pair.model.intersection(other.model))
            case 3: pair = Pair(set: pair.set.subtracting(other.set), model: pair.model.subtracting(other.model))
            case 4: pair = Pair(set: pair.set.subtracting(range.set), model: pair.model.subtracting(range.model))
            case 5: pair = Pair(set: UIDSet(bounds: pair.set.bounds.reversed()), model: pair.model)
            default: pair = Pair(set: range.set.union(pair.set), model: range.model.union(pair.model))
            }
            #expect(Self.agree(pair), "seed \(seed), step \(step)")
            // One set has one form, however it was made.
            let (a, b) = (pair.set, other.set)
            #expect(a.subtracting(b).union(a.intersection(b)) == a, "seed \(seed), step \(step)")
            #expect(a.union(b) == b.union(a) && a.intersection(b) == b.intersection(a), "seed \(seed), step \(step)")
            #expect(a.subtracting(b).intersection(b).isEmpty, "seed \(seed), step \(step)")
            pool[place] = pair
        }
    }

    @Test func insertingInAnyOrderGivesTheSameSet() throws {
        let numbers = (1...300).compactMap { UID($0) }
        let sorted = UIDSet(numbers)
        var random = Seeded(state: 11)
        for _ in 0..<20 {
            var set = UIDSet()
            for number in numbers.shuffled(using: &random) { set.insert(number) }
            #expect(set == sorted)
            #expect(set.bounds.count == 1)
        }
    }

    @Test func insertingWhatIsThereChangesNothing() throws {
        let last = try #require(UID(.max))
        for set in [UIDSet(.first), UIDSet(last), UIDSet(.first, last)] {
            for number in set.bounds.flatMap({ [$0.lower, $0.upper] }) {
                var again = set
                again.insert(number)
                #expect(again == set)
            }
        }
    }

    @Test func iterationEndsAtTheLargestNumberThereIs() throws {
        let low = try #require(UID(.max - 3))
        let last = try #require(UID(.max))
        let four: [UInt32] = [4_294_967_292, 4_294_967_293, 4_294_967_294, 4_294_967_295]
        #expect(UIDSet(low, last).map(\.rawValue) == four)
        #expect(Array(UIDSet(.first)) == [.first])
        #expect(Array(UIDSet()).isEmpty)
        let ends = UIDSet([.first, last])
        #expect(ends.map(\.rawValue) == [1, .max])
        #expect(ends.bounds.count == 2)
        #expect(ends.count == 2)
        #expect(UIDSet(last, .first) == UIDSet(.first, last), "bounds in either order")
    }

    @Test func neighboursBecomeOneRangeAndAHoleMakesTwo() throws {
        for number: UInt32 in [2, 0x8000_0000, 0xFFFF_FFFE] {
            let (below, middle, above) = try (
                #require(UID(number - 1)), #require(UID(number)), #require(UID(number + 1))
            )
            #expect(UIDSet([below, above]).bounds.count == 2)
            #expect(UIDSet([above, middle, below]).bounds.count == 1)
            #expect(UIDSet(below, above).subtracting(UIDSet(middle)) == UIDSet([below, above]))
            #expect(UIDSet(below, middle).union(UIDSet(middle, above)) == UIDSet(below, above))
        }
    }

    /// Time is not measured here: what is asserted is the number of ranges that every step works on.
    @Test func aSetOfTheWidestRangesHasNoMoreRangesThanWereWritten() throws {
        let widest = SequenceSet.Element(.number(.max), .number(1))
        let set = try #require(SequenceSet([SequenceSet.Element](repeating: widest, count: 10_000)))
        let resolved = UIDSet(ranges: set.resolved(largest: 12))
        #expect(resolved.bounds.count == 1)
        let mailbox = try UIDSet([3, 5, 12].map { try #require(UID($0)) })
        #expect(resolved.intersection(mailbox) == mailbox)

        // Descending and apart: nothing merges, and nothing between the numbers is made.
        let apart = (1...10_000).reversed().map { SequenceSet.Element(.number($0 * 3), .number($0 * 3)) }
        let ranges = try #require(SequenceSet(apart)).resolved(largest: nil)
        #expect(ranges.runs.count == 10_000)
        #expect(ranges.count == 10_000)
        #expect(ranges.runs.first == NumberRanges.Run(3, 3) && ranges.runs.last == NumberRanges.Run(30_000, 30_000))
    }
}

@Suite("Sequence sets and the asterisk (RFC 9051 section 9, seq-range; RFC 3501 section 6.4.8)")
struct SequenceSetTests {
    private static func bound(_ random: inout Seeded) -> SequenceSet.Bound {
        let number = UInt32.random(in: 0...30, using: &random)
        return number == 0 ? .largest : .number(number)
    }

    @Test func resolvedSetsAgreeWithAModel() throws {
        for seed in 0..<4000 as Range<UInt64> {
            var random = Seeded(state: seed)
            let elements = (0..<Int.random(in: 1...6, using: &random)).map { _ in
                SequenceSet.Element(Self.bound(&random), Self.bound(&random))
            }
            let set = try #require(SequenceSet(elements))
            #expect(set.elements == elements, "kept as written")
            let largest = Bool.random(using: &random) ? UInt32.random(in: 1...40, using: &random) : nil
            var model: Set<UInt32> = []
            for element in elements {
                let ends = [element.first, element.second].compactMap { bound -> UInt32? in
                    switch bound {
                    case .number(let number): number
                    case .largest: largest
                    }
                }
                guard ends.count == 2 else { continue }
                model.formUnion(min(ends[0], ends[1])...max(ends[0], ends[1]))
            }
            let found = NumberSet<SequenceNumber>(ranges: set.resolved(largest: largest))
            #expect(found.map(\.rawValue) == model.sorted(), "seed \(seed)")
        }
    }

    @Test func aRangeToTheAsteriskBeyondTheEndStillNamesTheLargest() throws {
        let set = try #require(SequenceSet([SequenceSet.Element(.number(559), .largest)]))
        #expect(set.resolved(largest: 12).contains(12), "RFC 3501 section 6.4.8: 559:* always includes the last UID")
        #expect(set.resolved(largest: .max).runs == [NumberRanges.Run(559, .max)])
        #expect(set.resolved(largest: 559).runs == [NumberRanges.Run(559, 559)])
    }

    @Test func inAnEmptyMailboxNumbersStayAndTheAsteriskNamesNothing() throws {
        let set = try #require(
            SequenceSet([
                SequenceSet.Element(.largest, .largest), SequenceSet.Element(.number(1), .largest),
                SequenceSet.Element(.largest, .number(.max)), SequenceSet.Element(.number(4), .number(2)),
            ]))
        #expect(set.resolved(largest: nil).runs == [NumberRanges.Run(2, 4)])
    }

    @Test func zeroIsInNoSetAndTheLargestNumberIs() {
        for element in [
            SequenceSet.Element(.number(0), .number(0)), SequenceSet.Element(.number(1), .number(0)),
            SequenceSet.Element(.number(0), .largest), SequenceSet.Element(.largest, .number(0)),
        ] {
            #expect(SequenceSet([element]) == nil)
            #expect(SequenceSet([SequenceSet.Element(.number(1), .number(1)), element]) == nil)
        }
        #expect(SequenceSet([SequenceSet.Element(.number(1), .number(.max))]) != nil)
    }
}
