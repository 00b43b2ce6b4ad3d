import Foundation
import IMAPExtensions
import IMAPHost
import IMAPMemoryStore
import IMAPServer
import IMAPTestKit
import IMAPTypes
import Synchronization
import Testing

/// Lies now and then, the same for the same seed.
private final class Liar: Sendable {
    private let random: Mutex<SeededGenerator>

    init(seed: UInt64) { random = Mutex(SeededGenerator(seed: seed)) }

    /// 0 to `limit` - 1.
    func number(_ limit: Int) -> Int { random.withLock { Int.random(in: 0..<limit, using: &$0) } }

    func pick<Value>(_ values: [Value]) -> Value { values[number(values.count)] }

    /// One time in six.
    var lies: Bool { number(6) == 0 }

    var uid: UID { UID(pick([1, 2, 3, 4, 5, 6, 7, 9, 90, .max - 1, .max])) ?? .first }

    var size: UInt64 {
        pick([0, 1, 2, 47, 48, 49, 65_535, 65_536, 1 << 31, 1 << 32, UInt64(Int64.max), UInt64(Int64.max) + 1, .max])
    }

    var modSequence: ModSequence? {
        pick([nil, .zero, ModSequence(1), ModSequence(2), ModSequence(77), ModSequence(UInt64(Int64.max))])
    }

    func uids(_ truth: UIDSet) -> UIDSet {
        guard lies else { return truth }
        return switch number(4) {
        case 0: UIDSet()
        case 1: UIDSet((0..<number(9)).map { _ in uid })
        case 2: truth.union(UIDSet((0..<3).map { _ in uid }))
        default: UIDSet(truth.filter { _ in number(2) == 0 })
        }
    }

    func flags(_ truth: [Flag]) -> [Flag] {
        guard lies else { return truth }
        let flags: [Flag] =
            [.seen, .deleted, .answered, .flagged, .draft] + [Flag("$x"), Flag("Recent")].compactMap(\.self)
        // Each once: the grammar would let it be said twice, and the checker of all output does not.
        return flags.filter { _ in number(2) == 0 }
    }

    func record(_ truth: MessageRecord) -> MessageRecord {
        var record = truth
        if lies { record.uid = uid }
        record.flags = lies ? nil : record.flags.map(flags)
        if lies { record.size = pick([nil, size]) }
        if lies { record.modSequence = modSequence }
        if lies { record.internalDate = pick([nil, InternalDate(secondsSince1970: pick([.min, -1, 0, .max]))]) }
        if lies, let digest = record.digest?.octets {
            var octets = digest
            for _ in 0...number(3) where !octets.isEmpty { octets[number(octets.count)] = UInt8(number(256)) }
            record.digest = MessageDigest(lies ? Array(octets.prefix(number(octets.count + 1))) : octets)
        }
        return record
    }

    func records(_ truth: [MessageRecord]) -> [MessageRecord] {
        var records = truth.map(record)
        guard lies else { return records }
        switch number(5) {
        case 0: records = []
        case 1: records += records
        case 2: records.reverse()
        case 3: if !records.isEmpty { records.remove(at: number(records.count)) }
        default: records.append(MessageRecord(uid: uid, flags: [], size: size, modSequence: modSequence))
        }
        return records
    }

    func changes(_ truth: Changes) -> Changes {
        guard lies else { return truth }
        let token = ChangeToken(pick([0, 1, 2, .max]))
        return switch number(3) {
        case 0: .none
        case 1: .unknown(uids: UIDSet((0..<number(9)).map { _ in uid }), token: token)
        default:
            .some(
                appeared: UIDSet((0..<number(4)).map { _ in uid }), vanished: UIDSet((0..<number(4)).map { _ in uid }),
                flagsChanged: UIDSet((0..<number(4)).map { _ in uid }), token: token)
        }
    }

    func body(_ truth: any MessageBody) -> any MessageBody {
        guard lies else { return truth }
        let text = "Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\none\r\n--b--\r\n"
        let some = octets(String(repeating: text, count: number(3)))
        return number(2) == 0 ? LyingBody(octets: some, size: size) : LyingBody(octets: some, size: UInt64(some.count))
    }

    func open(_ open: inout OpenMailbox) {
        open.uids = uids(open.uids)
        open.recent = uids(open.recent)
        open.oversized = uids(open.oversized)
        open.flags = flags(open.flags)
        open.permanentFlags = flags(open.permanentFlags)
        if lies { open.firstUnseen = pick([nil, uid]) }
        if lies { open.uidNext = uid }
        if lies { open.highestModSequence = modSequence }
        if lies { open.access = pick([.readOnly, .readWrite]) }
        if lies { open.token = ChangeToken(pick([0, .max])) }
    }

    func status(_ status: inout MailboxStatus) {
        if lies { status.messages = pick([0, 1, .max]) }
        if lies { status.recent = pick([0, .max]) }
        if lies { status.unseen = .max }
        if lies { status.deleted = .max }
        if lies { status.size = size }
        if lies { status.uidNext = uid }
        if lies { status.highestModSequence = modSequence ?? .zero }
        if lies { status.appendLimit = pick([nil, size]) }
    }

    func mailboxes(_ truth: [MailboxEntry]) -> [MailboxEntry] {
        guard lies else { return truth }
        let names = ["INBOX", "box", "box/below", "a/b/c", "\u{e9}", "&", "\"", "a b", "*", "/", "//", "x/"]
        let attributes: [MailboxAttribute] = [.noSelect, .nonExistent, .hasChildren, .hasNoChildren, .subscribed]
        return truth
            + (0..<number(9)).compactMap { _ in
                MailboxName(pick(names)).map {
                    MailboxEntry(
                        $0, attributes: (0..<number(4)).map { _ in pick(attributes) }, isSubscribed: number(2) == 0)
                }
            }
    }

    var tales: Lies {
        var tales = Lies()
        tales.open = { self.open(&$0) }
        tales.changes = { self.changes($0) }
        tales.messages = { self.records($0) }
        tales.body = { self.body($0) }
        tales.copied = {
            CopiedMessages(
                uidValidity: $0.uidValidity, source: self.uids($0.source), destination: self.uids($0.destination))
        }
        tales.appended = { AppendedMessages(uidValidity: $0.uidValidity, uids: self.uids($0.uids)) }
        tales.recent = { self.uids($0) }
        tales.expunged = { self.uids($0) }
        tales.refused = { self.uids($0) }
        tales.status = { self.status(&$0) }
        tales.mailboxes = { self.mailboxes($0) }
        tales.before = { (_: LyingStore.Call) async throws(StoreError) in
            if self.number(40) == 0 { throw self.pick([.overQuota, .internalError, .expunged, .nonExistent]) }
        }
        return tales
    }
}

@Suite("Hostile: a store that lies at random (R-SW-6, R-OUT-2)")
struct HostileRandomLiesTests {
    /// What is said is IMAP, and nothing traps or hangs. `LIES` and `LIES_SEED` make a long run of it.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func everyAnswerIsIMAP(_ share: UInt64) async throws {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["LIES"].flatMap { UInt64($0) } ?? 200
        let first = environment["LIES_SEED"].flatMap { UInt64($0) } ?? 1
        let modes = ["", "CONDSTORE", "IMAP4rev2", "UIDONLY CONDSTORE IMAP4rev2"]
        for seed in first..<first + count where seed % 4 == share {
            let lab = try Lab(store: LyingStore(MemoryStore(), Liar(seed: seed).tales))
            let output = try await HostileLiesTests().play(on: lab, modes[Int(seed / 4 % 4)])
            #expect(!output.contains(OutputReport.marker), "seed \(seed): \(output)")
        }
    }
}
