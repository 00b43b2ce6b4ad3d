import IMAPTypes
import Testing

/// SplitMix64: the same programs for the same seed.
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

@Suite("Sets of numbers (RFC 9051 section 9, sequence-set; R-ALG-1)")
struct RangesModelTests {
    private static func random(_ random: inout Seeded) -> (ranges: NumberRanges, model: Set<UInt32>) {
        var runs: [NumberRanges.Run] = []
        var model: Set<UInt32> = []
        for _ in 0..<Int.random(in: 0...6, using: &random) {
            let a = UInt32.random(in: 1...60, using: &random)
            let b = UInt32.random(in: 1...60, using: &random)
            runs.append(NumberRanges.Run(a, b))
            model.formUnion(min(a, b)...max(a, b))
        }
        return (NumberRanges(merging: runs), model)
    }

    private static func numbers(_ ranges: NumberRanges) -> [UInt32] {
        NumberSet<UID>(ranges: ranges).map(\.rawValue)
    }

    private static func isNormal(_ ranges: NumberRanges) -> Bool {
        zip(ranges.runs, ranges.runs.dropFirst()).allSatisfy { UInt64($0.upper) + 1 < UInt64($1.lower) }
    }

    @Test func operationsAgreeWithASetOfNumbers() {
        for seed in 0..<3000 as Range<UInt64> {
            var random = Seeded(state: seed)
            let (a, modelA) = Self.random(&random)
            let (b, modelB) = Self.random(&random)
            for (found, expected) in [
                (a.union(b), modelA.union(modelB)), (a.intersection(b), modelA.intersection(modelB)),
                (a.subtracting(b), modelA.subtracting(modelB)),
            ] {
                #expect(Self.numbers(found) == expected.sorted(), "seed \(seed)")
                #expect(Self.isNormal(found), "seed \(seed)")
                #expect(found.count == expected.count)
            }
            var inserted = a
            let number = UInt32.random(in: 1...60, using: &random)
            inserted.insert(number)
            #expect(Self.numbers(inserted) == modelA.union([number]).sorted())
            #expect(Self.isNormal(inserted), "seed \(seed)")
            var formed = a
            formed.formUnion(b)
            #expect(formed == a.union(b), "seed \(seed)")
            for number in 1...61 as ClosedRange<UInt32> { #expect(a.contains(number) == modelA.contains(number)) }
        }
    }

    @Test func theWholeSpaceOfNumbersIsOneRange() throws {
        let last = try #require(UID(.max))
        var all = UIDSet(.first, last)
        #expect(all.bounds.count == 1)
        #expect(all.count == 4_294_967_295)
        all.insert(last)
        all = all.union(UIDSet(last)).intersection(UIDSet(.first, last))
        #expect(all.bounds.count == 1)
        let holed = all.subtracting(UIDSet(last)).subtracting(UIDSet(.first))
        #expect(holed.first == UID(2))
        #expect(holed.last == UID(.max - 1))
        #expect(UIDSet(last).map(\.rawValue) == [.max])
        #expect(all.subtracting(all).isEmpty)
    }

    @Test func tenThousandDescendingSingletonsBecomeOneRange() throws {
        let elements = (1...10_000).reversed().map { number in
            SequenceSet.Element(.number(UInt32(number)), .number(UInt32(number)))
        }
        let set = try #require(SequenceSet(elements))
        #expect(set.resolved(largest: 10_000).runs == [NumberRanges.Run(1, 10_000)])
    }

    @Test func aStarIsTheLargestNumberAndABackwardRangeIsTurned() throws {
        let set = try #require(
            SequenceSet([
                SequenceSet.Element(.number(5), .number(1)), SequenceSet.Element(.largest, .number(8)),
                SequenceSet.Element(.number(.max), .number(1)),
            ]))
        #expect(set.resolved(largest: 10).runs == [NumberRanges.Run(1, .max)])
        let star = try #require(SequenceSet([SequenceSet.Element(.largest, .largest)]))
        #expect(star.resolved(largest: 7).runs == [NumberRanges.Run(7, 7)])
        #expect(star.resolved(largest: nil).isEmpty, "an empty mailbox has no largest number")
        #expect(SequenceSet([SequenceSet.Element(.number(0), .number(3))]) == nil)
        #expect(SequenceSet([]) == nil)
    }

    @Test func messageNumbersAreNotZeroAndEnd() {
        #expect(UID(0) == nil)
        #expect(SequenceNumber(0) == nil)
        #expect(UIDValidity(0) == nil)
        #expect(UID(.max)?.next == nil)
        #expect(UID(.max - 1)?.next == UID(.max))
        #expect(ModSequence(UInt64(Int64.max))?.next == ModSequence(UInt64(Int64.max)))
        #expect(ModSequence(UInt64(Int64.max) + 1) == nil)
    }
}
