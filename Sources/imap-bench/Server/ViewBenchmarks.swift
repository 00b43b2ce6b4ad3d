import IMAPHost
import IMAPServer
import IMAPTestKit
import IMAPTypes

/// The map of numbers that a session has of its mailbox, with a million messages: every tenth UID is missing.
enum ViewBenchmarks {
    static var all: [Benchmark] {
        [
            lookups("view/uid-of-number") { view, number in view.uid(of: number) == ManyMessages.uid(number) },
            lookups("view/number-of-uid") { view, number in
                ManyMessages.uid(number).map { view.sequenceNumber(of: $0) == number } ?? false
            },
            expunge(1), expunge(1000), resolve("ordered", isShuffled: false), resolve("shuffled", isShuffled: true),
        ]
    }

    private static func lookups(
        _ name: String, _ isRight: @escaping (MailboxView, SequenceNumber) -> Bool
    ) -> Benchmark {
        let count = 1000
        return Benchmark(name, per: "lookup", units: count) {
            let view = try ManyMessages.view()
            let numbers = ManyMessages.numbers(count)
            return {
                for number in numbers where !isRight(view, number) { throw Benchmark.Failure("another message") }
            }
        }
    }

    /// So many messages all over the mailbox are taken out, and as many come.
    private static func expunge(_ count: Int) -> Benchmark {
        Benchmark("view/expunge-\(count)", per: "expunge") {
            var view = try ManyMessages.view()
            let places = ManyMessages.numbers(count)
            return {
                guard let last = view.largestUID.flatMap({ UID($0 + 1) }),
                    let end = UID(last.rawValue + UInt32(count) - 1)
                else { throw Benchmark.Failure("no UID is left") }
                let gone = UIDSet(places.compactMap { view.uid(of: $0) })
                view.noteVanished(gone)
                let told = view.removeVanished()
                let come = view.append(UIDSet(last, end), upTo: view.token)
                guard told.count == count, come == count, view.count == ManyMessages.count else {
                    throw Benchmark.Failure("\(told.count) gone, \(come) come, \(view.count) there")
                }
            }
        }
    }

    /// What a command does with the set of UIDs it was given: which of the mailbox's messages are these.
    private static func resolve(_ name: String, isShuffled: Bool) -> Benchmark {
        let count = 10_000
        return Benchmark("uidset/resolve-\(name)", per: "UID", units: count) {
            let view = try ManyMessages.view()
            var numbers = ManyMessages.numbers(count)
            if !isShuffled { numbers.sort() }
            let uids = numbers.compactMap { ManyMessages.uid($0) }
            let elements = uids.map { SequenceSet.Element(.number($0.rawValue), .number($0.rawValue)) }
            guard let set = SequenceSet(elements), view.uids(in: set) == UIDSet(uids) else {
                throw Benchmark.Failure("another set")
            }
            return {
                guard view.uids(in: set).count == count else { throw Benchmark.Failure("another set") }
            }
        }
    }
}

/// A million messages.
enum ManyMessages {
    static let count = 1_000_000

    /// The UID of the message with this number.
    static func uid(_ number: SequenceNumber) -> UID? {
        let index = number.rawValue - 1
        return UID(index / 9 * 10 + index % 9 + 1)
    }

    /// So many numbers in no order, none of them twice, the same each time.
    static func numbers(_ count: Int) -> [SequenceNumber] {
        // The step and the count have no divisor in common: it comes back to where it began after all numbers.
        (1...count).compactMap { SequenceNumber(UInt32($0 * 618_041 % ManyMessages.count + 1)) }
    }

    static func view() throws -> MailboxView { MailboxView(try open(), name: .inbox) }

    private static func open() throws -> OpenMailbox {
        guard let validity = UIDValidity(1), let next = UID(UInt32(count) * 2) else {
            throw Benchmark.Failure("no UID")
        }
        let runs = (0...UInt32(count) / 9).map { NumberRanges.Run($0 * 10 + 1, min($0 * 10 + 9, last)) }
        return OpenMailbox(
            mailbox: NoMailbox(), access: .readWrite, uidValidity: validity, uidNext: next,
            uids: UIDSet(ranges: NumberRanges(merging: runs)), recent: UIDSet(), firstUnseen: nil, flags: [],
            permanentFlags: [], acceptsNewKeywords: false, token: ChangeToken(1))
    }

    private static let last = UInt32(count - 1) / 9 * 10 + UInt32(count - 1) % 9 + 1

    /// Says what a view holds. Returns whether it is four octets a message, as it says, and a quarter more at the most.
    static func measureMemory() throws -> Bool {
        let open = try open()
        let before = Resident.octets
        let view = MailboxView(open, name: .inbox)
        let octets = Double(Resident.octets - before) / Double(view.count)
        print("\(view.count) messages in view: \((octets * 100).rounded() / 100) octets resident for each")
        return octets < 5
    }
}
