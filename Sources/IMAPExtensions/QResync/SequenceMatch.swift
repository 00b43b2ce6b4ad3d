import IMAPCodec
import IMAPParser
import IMAPServer
import IMAPTypes

/// Numbers of messages and the UIDs that the client knows for them: a sample of its cache (RFC 7162 section 3.2.5.2).
///
/// ```abnf
/// seq-match-data     = "(" known-sequence-set SP known-uid-set ")"
/// known-sequence-set = sequence-set
/// known-uid-set      = sequence-set
/// ```
///
/// Kept as runs in which number and UID grow together, so `1:4294967295` costs as little as `1`.
struct SequenceMatch: Sendable {
    private struct Run: Sendable {
        let number: UInt32
        let uid: UInt32
        /// How far the last pair is from the first.
        let reach: UInt32
    }

    private var runs: [Run] = []

    /// Both sets ascend, are of one size and have no `*`; a session without sequence numbers has no such list
    /// (RFC 9586 section 3.7). Whatever else is BAD.
    init(_ arguments: inout ArgumentReader, _ grammar: Grammar) throws(SyntaxError) {
        guard !grammar.traits.contains(.uidsOnly) else { throw arguments.error(.unexpected) }
        try arguments.openList()
        var numbers = try SequenceMatch.ascending(&arguments)
        try arguments.space()
        var uids = try SequenceMatch.ascending(&arguments)
        try arguments.closeList()
        numbers.reverse()
        uids.reverse()
        while let number = numbers.popLast(), let uid = uids.popLast() {
            let reach = min(number.upper - number.lower, uid.upper - uid.lower)
            runs.append(Run(number: number.lower, uid: uid.lower, reach: reach))
            if number.lower + reach < number.upper { numbers.append(.init(number.lower + reach + 1, number.upper)) }
            if uid.lower + reach < uid.upper { uids.append(.init(uid.lower + reach + 1, uid.upper)) }
            guard numbers.isEmpty == uids.isEmpty else { throw arguments.error(.unexpected) }
        }
    }

    private static func ascending(_ arguments: inout ArgumentReader) throws(SyntaxError) -> [NumberRanges.Run] {
        var runs: [NumberRanges.Run] = []
        for element in try arguments.sequenceSet().elements {
            guard case .number(let lower) = element.first, case .number(let upper) = element.second, lower <= upper,
                runs.last.map({ $0.upper < lower }) ?? true
            else { throw arguments.error(.unexpected) }
            runs.append(NumberRanges.Run(lower, upper))
        }
        return runs
    }

    /// The first UID of which the client may not know that it vanished; `nil` when no pair is right.
    ///
    /// UIDs ascend and none comes in between, so where one pair is right the client has exactly the messages up to it.
    func firstDoubtful(in view: MailboxView) -> UID? {
        for run in runs.reversed() {
            guard let reach = SequenceMatch.lastRight(of: run, in: view) else { continue }
            // 4,294,967,295 is never given (RFC 9051 section 2.3.1.1: UIDNEXT is above it).
            return UID(run.uid + reach)?.next
        }
        return nil
    }

    /// The last right pair of a run: a search by halves, since the UID of a number grows at least as the number does.
    private static func lastRight(of run: Run, in view: MailboxView) -> UInt32? {
        func isPast(_ step: UInt32) -> Bool {
            guard let number = SequenceNumber(run.number + step), let uid = view.uid(of: number) else { return true }
            return uid.rawValue > run.uid + step
        }
        guard !isPast(0) else { return nil }
        var low: UInt32 = 0
        var high = run.reach
        while low < high {
            let middle = high - (high - low) / 2
            if isPast(middle) { high = middle - 1 } else { low = middle }
        }
        guard let number = SequenceNumber(run.number + low) else { return nil }
        return view.uid(of: number)?.rawValue == run.uid + low ? low : nil
    }
}

extension SequenceSet {
    /// Whether `*` is not in it.
    var namesNoLargest: Bool { elements.allSatisfy { $0.first != .largest && $0.second != .largest } }
}
